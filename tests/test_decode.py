"""Greedy, beam and exact search: the laws that tie them together, on models whose every sequence is known."""

import numpy as np
import pytest
from decoding import EOS, FIRST, T, TableModel, V

from companion.reference import lm
from companion.reference.decode import beam_search, exact_search, greedy_search, log_probability

WIDE = V**T  # more than there are beginnings


def beam(model, sources, width, alpha=0.0, steps=T):
    firsts = [FIRST] * len(sources)
    return beam_search(model.step, firsts, model.start(sources), steps, EOS, width, alpha)


def near(a, b):
    return a.tokens == b.tokens and a.score == pytest.approx(b.score, abs=1e-12) and a.finished == b.finished


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("ties", [False, True])
def test_a_beam_of_one_is_greedy_search(seed, ties):
    model = TableModel(seed, ties)
    sources = [0, 1, 2]
    greedy = greedy_search(model.step, [FIRST] * 3, model.start(sources), T, EOS, alpha=0.7)
    assert all(near(*pair) for pair in zip(greedy, [b[0] for b in beam(model, sources, 1, 0.7)], strict=True))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_a_wide_beam_finds_everything(seed, alpha):
    model = TableModel(seed)
    found = beam(model, [5], WIDE, alpha)[0]
    every = model.every(5, alpha)
    ended = [one for one in found if one.finished]
    assert len(ended) == len(every)
    assert all(near(*pair) for pair in zip(ended, every, strict=True))
    assert len(found) == len(every) + 3**T  # and all that there was no room to end
    assert found[: len(ended)] == ended


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_exact_search_finds_the_best_and_proves_it(seed, alpha):
    model = TableModel(seed)
    result = exact_search(model.step, FIRST, model.start([1]), T, EOS, alpha)
    best = model.every(1, alpha)[0]
    assert result.certified
    assert near(result.best, best)
    assert result.bound == result.best.score
    assert result.steps <= sum(3**t for t in range(T))
    from_beam = beam(model, [1], 2, alpha)[0][0]
    quick = exact_search(model.step, FIRST, model.start([1]), T, EOS, alpha, known=from_beam)
    assert near(quick.best, best)
    assert quick.steps <= result.steps
    assert from_beam.score <= best.score + 1e-12 or not from_beam.finished


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4])  # models that are not sure at once
def test_a_spent_budget_is_no_proof(seed):
    model = TableModel(seed)
    whole = exact_search(model.step, FIRST, model.start([0]), T, EOS)
    cut = exact_search(model.step, FIRST, model.start([0]), T, EOS, budget=whole.steps - 1)
    assert not cut.certified
    assert cut.steps == whole.steps - 1
    assert cut.bound >= whole.best.score


@pytest.mark.parametrize("width", [1, 2, 3, 7])
def test_alone_as_in_a_batch(width):
    model = TableModel(3)
    sources = [4, 0, 9, 4]
    together = beam(model, sources, width, 0.7)
    assert together == [beam(model, [source], width, 0.7)[0] for source in sources]
    assert together[0] == together[3]


@pytest.mark.parametrize("seed", range(5))
def test_no_hypothesis_is_found_twice_and_all_are_what_they_say(seed):
    model = TableModel(seed)
    found = beam(model, [2], 3, 0.7)[0]
    assert len({one.tokens for one in found}) == len(found) == 3
    for one in found:
        assert one.log_prob == pytest.approx(
            log_probability(model.step, FIRST, model.start([2]), one.tokens), abs=1e-12
        )
        assert one.score == one.log_prob / len(one.tokens) ** 0.7
        assert one.finished == (one.tokens[-1] == EOS)
        assert EOS not in one.tokens[:-1]
        assert len(one.tokens) == T or one.finished


def test_equal_scores_are_ordered_by_tokens():
    def indifferent(ids, state):
        return np.zeros((len(ids), V)), state

    found = beam_search(indifferent, [FIRST], None, 2, EOS, WIDE)[0]
    assert [one.tokens for one in found[:4]] == [(2,), (0, 2), (1, 2), (3, 2)]
    assert beam_search(indifferent, [FIRST], None, 2, EOS, 1)[0][0].tokens == (0, 0)
    assert greedy_search(indifferent, [FIRST], None, 2, EOS)[0].tokens == (0, 0)


def test_it_decodes_a_language_model():
    params = lm.init(6, 4, 5, np.random.default_rng(0), num_layers=2)
    state = np.random.default_rng(1).standard_normal((2, 3, 5))  # (L, N, H)

    def step(ids, h):
        return lm.step(params, ids, h)

    together = beam_search(step, [0, 1, 5], state, 5, 2, 3, 1.0)
    for n, first in enumerate([0, 1, 5]):
        alone = beam_search(step, [first], state[:, [n]], 5, 2, 3, 1.0)[0]
        assert [one.tokens for one in alone] == [one.tokens for one in together[n]]
        best = exact_search(step, first, state[:, [n]], 5, 2, 1.0)
        wide = beam_search(step, [first], state[:, [n]], 5, 2, 6**5, 1.0)[0][0]
        assert best.certified
        assert best.best.tokens == wide.tokens


def test_greedy_is_beaten_as_on_the_deck():
    """Going is likelier than visiting, and what follows it is less likely still."""
    words = ["jane", "is", "going", "visiting", "to", "be", "africa", "</s>"]
    after = {
        "jane": {"is": 1.0},
        "is": {"going": 0.6, "visiting": 0.4},
        "going": {"to": 1.0},
        "to": {"be": 0.5, "africa": 0.5},
        "be": {"visiting": 1.0},
        "visiting": {"africa": 1.0},
        "africa": {"</s>": 1.0},
    }
    table = np.full((8, 8), -np.inf)
    for word, following in after.items():
        for token, p in following.items():
            table[words.index(word), words.index(token)] = np.log(p)

    def step(ids, state):
        return table[ids], state

    greedy = greedy_search(step, [0], None, 9, 7)[0]
    best = beam_search(step, [0], None, 9, 7, 3)[0][0]
    assert "going" in [words[token] for token in greedy.tokens]
    assert [words[token] for token in best.tokens] == ["is", "visiting", "africa", "</s>"]
    assert np.exp([greedy.log_prob, best.log_prob]) == pytest.approx([0.3, 0.4])
