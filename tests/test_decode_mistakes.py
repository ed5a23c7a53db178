"""The searches: what other tools got wrong, and what must be refused."""

import numpy as np
import pytest
from decoding import EOS, FIRST, T, TableModel, V

from companion.reference.decode import (
    beam_search,
    exact_search,
    greedy_search,
    length_normalised,
    log_probability,
)


def chain(rows):
    """Return a model whose next token depends on the step alone: its state counts the steps."""
    table = np.log(np.maximum(np.array(rows), 1e-300))

    def step(ids, state):
        return table[np.minimum(state[0], len(table) - 1)], state + 1

    return step, np.zeros((1, 1), np.int64)


def test_one_end_does_not_stop_the_search():  # joeynmt 148
    """The first end to be found is not the best, if length counts."""
    step, state = chain([[0.5, 0.0, 0.5, 0.0], [0.0, 0.0, 1.0, 0.0]])
    found = beam_search(step, [FIRST], state, 4, EOS, 2, alpha=1.0)[0]
    assert [one.tokens for one in found] == [(0, 2), (2,)]


def test_what_was_given_is_not_in_the_length():  # transformers 26624, 27351
    step, state = chain([[0.9, 0.05, 0.05, 0.0], [0.0, 0.0, 1.0, 0.0]])
    best = beam_search(step, [FIRST], state, 4, EOS, 1, alpha=1.0)[0][0]
    assert best.tokens == (0, 2)
    assert best.score == pytest.approx(np.log(0.9) / 2)


def test_each_is_divided_by_its_own_length():  # OpenNMT-tf 456
    step, state = chain([[0.5, 0.1, 0.4, 0.0], [0.0, 0.1, 0.9, 0.0]])
    found = beam_search(step, [FIRST], state, 4, EOS, 3, alpha=1.0)[0]
    assert {one.tokens: one.score for one in found if one.finished} == pytest.approx(
        {(0, 2): np.log(0.45) / 2, (2,): np.log(0.4), (1, 2): np.log(0.09) / 2}
    )


def test_a_larger_alpha_favours_longer_ones():
    assert length_normalised(-2.0, 2, 1.0) > length_normalised(-1.5, 1, 1.0)
    assert length_normalised(-2.0, 2, 0.0) < length_normalised(-1.5, 1, 0.0)


def test_the_first_step_has_one_beginning():  # ParlAI 2047
    model = TableModel(0)
    found = beam_search(model.step, [FIRST], model.start([0]), T, EOS, 3)[0]
    assert len({one.tokens[0] for one in found} | {one.tokens for one in found}) > 3
    assert model.asked[0] == 1


def test_nothing_goes_on_past_the_end():  # ParlAI 2058
    step, state = chain([[0.1, 0.1, 0.8, 0.0]])
    for one in beam_search(step, [FIRST], state, 6, EOS, 4)[0]:
        assert EOS not in one.tokens[:-1]
    assert greedy_search(step, [FIRST], state, 6, EOS)[0].tokens == (EOS,)


def test_the_end_counts_as_a_step():  # transformers 8722, sockeye 483
    step, state = chain([[0.6, 0.3, 0.1, 0.0], [0.0, 0.0, 1.0, 0.0]])
    assert beam_search(step, [FIRST], state, 2, EOS, 1)[0][0].finished
    cut = beam_search(step, [FIRST], state, 1, EOS, 1)[0][0]
    assert (cut.tokens, cut.finished) == ((0,), False)


@pytest.mark.parametrize("width", [5, 40])
def test_a_beam_may_be_wider_than_the_vocabulary(width):  # espnet 4981, fairseq 358
    model = TableModel(1)
    assert len(beam_search(model.step, [FIRST], model.start([0]), T, EOS, width)[0]) == width


def test_what_is_not_there_is_not_filled_up():
    """A model that allows two sequences has two hypotheses, however wide the beam."""

    def sure(ids, counted):
        allowed = np.where(
            counted[0][:, None] == 0, [0.0, -np.inf, 0.0, -np.inf], [-np.inf, -np.inf, 0.0, -np.inf]
        )
        return allowed, counted + 1

    found = beam_search(sure, [FIRST], np.zeros((1, 1)), 5, EOS, 8)[0]
    assert [one.tokens for one in found] == [(0, 2), (2,)]  # equally likely


def test_a_dead_end_gives_nothing():
    """Where the model forbids the end there is no sequence that ends."""

    def endless(ids, state):
        return np.where(np.arange(V) == EOS, -np.inf, np.zeros((len(ids), V))), state

    assert not beam_search(endless, [FIRST], None, 3, EOS, 2)[0][0].finished
    result = exact_search(endless, FIRST, None, 3, EOS)
    assert (result.best, result.certified) == (None, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": 0}, r"first: expected \(N,\), got \(\)"),
        ({"num_steps": 0}, "num_steps: expected at least 1, got 0"),
        ({"eos": -1}, "eos: expected a token, got -1"),
        ({"eos": 4}, r"eos: .*4"),
        ({"alpha": -0.5}, "alpha: expected a number of at least 0, got -0.5"),
        ({"alpha": np.nan}, "alpha: expected a number of at least 0, got nan"),
        ({"beam_width": 0}, "beam_width: expected at least 1, got 0"),
        ({"step": lambda ids, s: (np.zeros(V), s)}, r"logits: expected \(1, V\), got \(4,\)"),
        ({"step": lambda ids, s: (np.full((1, V), np.nan), s)}, "logits: expected numbers"),
        ({"step": lambda ids, s: (np.full((1, V), -np.inf), s)}, "in each row one that is not -inf"),
    ],
)
def test_what_makes_no_search_is_refused(change, message):
    usual = {"step": lambda ids, s: (np.zeros((len(ids), V)), s), "first": [0], "state": None, "num_steps": 3}
    with pytest.raises(ValueError, match=message):
        beam_search(**({**usual, "eos": EOS, "beam_width": 2} | change))


def test_other_arguments_are_refused():
    model = TableModel(0)
    with pytest.raises(ValueError, match="budget: expected at least 1, got 0"):
        exact_search(model.step, FIRST, model.start([0]), T, EOS, budget=0)
    with pytest.raises(ValueError, match="tokens: expected 0 to 3, got 7"):
        log_probability(model.step, FIRST, model.start([0]), [7])


def test_states_of_all_kinds_follow_their_beginnings():
    """A tuple of arrays, one of them with the sequences along another axis, would be mixed up otherwise."""
    seen = []

    def step(ids, state):
        history, pair = state
        seen.append((history.copy(), pair["a"].copy()))
        grown = np.concatenate([history, ids[None]])  # (steps, N): what this beginning has read
        logits = np.sin(np.arange(V) + 3 * grown.sum(axis=0)[:, None])
        return logits, (grown, {"a": pair["a"]})

    start = (np.zeros((0, 2), np.int64), {"a": np.array([[10, 20]])})
    found = beam_search(step, [0, 1], start, 3, EOS, 3)
    for history, names in seen:
        assert ((history[0] == 1) == (names[0] == 20)).all() if len(history) else True
    for first, hypotheses in zip([0, 1], found, strict=True):
        for one in hypotheses:
            total, read = 0.0, first
            for token in one.tokens:
                row = np.sin(np.arange(V) + 3 * read)
                total += row[token] - np.log(np.exp(row).sum())
                read += token
            assert one.log_prob == pytest.approx(total, abs=1e-12)
