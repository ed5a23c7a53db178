"""The equations of the chapter on beam search, each against its definition."""

from itertools import product

import numpy as np
import pytest
import torch
from decoding import EOS, FIRST, T, TableModel, V

from companion.reference.decode import beam_search, exact_search, length_normalised, log_probability
from companion.torch import decode as torch_decode


def factors(model, source, tokens):
    """Return P(y_t | x, y_1, ..., y_{t-1}) of every token."""
    number, token, found = 0, FIRST, []
    for following in tokens:
        number = number * V + token + 1
        e = np.exp(model.logits(number, source))
        found.append(e[following] / e.sum())
        token = following
    return np.array(found)


@pytest.mark.equation("eq-beam-score")
def test_a_score_is_the_sum_of_the_logarithms(measure):
    model, errors = TableModel(2), []
    for one in model.every(5)[::7]:
        p = np.prod(factors(model, 5, one.tokens))
        log_prob = log_probability(model.step, FIRST, model.start([5]), one.tokens)
        errors.append(abs(np.exp(log_prob) - p) / p)
    for one in beam_search(model.step, [FIRST], model.start([5]), T, EOS, 4)[0]:
        p = np.prod(factors(model, 5, one.tokens))
        errors.append(abs(np.exp(one.log_prob) - p) / p)
    measure("eq-beam-score", max(errors), 1e-12)


def by_definition(model, source, B):
    """Keep the B best of all continuations at each step, comparing all of them; the set of what ended."""
    alive, ended = [()], {}
    for _ in range(T):
        everything = [(*tokens, token) for tokens in alive for token in range(V)]
        scores = {tokens: np.log(factors(model, source, tokens)).sum() for tokens in everything}
        ranked = sorted(everything, key=lambda tokens: -scores[tokens])
        ended |= {tokens: scores[tokens] for tokens in ranked[:B] if tokens[-1] == EOS}
        if len(ended) >= B:
            break
        alive = [tokens for tokens in ranked if tokens[-1] != EOS][:B]
    return dict(sorted(ended.items(), key=lambda one: -one[1])[:B])


@pytest.mark.equation("eq-beam-step")
@pytest.mark.parametrize("B", [1, 2, 3, 6])
def test_the_best_of_all_continuations_go_on(B, measure):
    errors = []
    for seed in range(8):
        model = TableModel(seed)
        expected = by_definition(model, 1, B)
        found = beam_search(model.step, [FIRST], model.start([1]), T, EOS, B)[0]
        finished = {one.tokens: one.log_prob for one in found if one.finished}
        assert list(finished) == list(expected)
        errors += [abs(finished[tokens] - expected[tokens]) for tokens in expected]
    measure("eq-beam-step", max(errors), 1e-12)


@pytest.mark.equation("eq-length-normalised")
@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_a_score_is_divided_by_the_length_to_a_power(alpha, measure):
    model = TableModel(3)
    found = beam_search(model.step, [FIRST], model.start([0]), T, EOS, 5, alpha)[0]
    mean = [np.log(factors(model, 0, one.tokens)).sum() / len(one.tokens) ** alpha for one in found]
    measure("eq-length-normalised", np.abs(np.array([one.score for one in found]) - mean).max(), 1e-12)
    assert len({len(one.tokens) for one in found}) > 1


@pytest.mark.equation("eq-exact-bound")
@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_no_end_is_above_the_bound_of_its_beginnings(alpha, measure):
    model, above = TableModel(9), []
    every = model.every(2, alpha)
    for one in every:
        for t in range(1, len(one.tokens)):
            log_prob = np.log(factors(model, 2, one.tokens[:t])).sum()
            above.append(one.score - length_normalised(log_prob, T, alpha))
    assert max(above) < 0
    result = exact_search(model.step, FIRST, model.start([2]), T, EOS, alpha)
    measure("eq-exact-bound", abs(result.bound - every[0].score), 1e-12)


def test_a_bound_by_the_present_length_would_stop_too_early():  # transformers 20901
    """The end at once is likelier than the first token of what then goes on for sure, with less a token."""
    logits = np.log(np.maximum([[0.45, 0.04, 0.5, 0.01], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]], 1e-300))

    def step(ids, counted):
        return logits[counted[0]], counted + 1

    start = np.zeros((1, 1), np.int64)
    result = exact_search(step, FIRST, start, 4, EOS, alpha=1.0)
    assert result.certified
    assert result.best.tokens == (0, 0, 0, EOS)
    assert result.best.score == pytest.approx(np.log(0.45) / 4)
    assert length_normalised(np.log(0.45), 1, 1.0) < np.log(0.5)  # what such a bound would have compared
    short = exact_search(step, FIRST, start, 4, EOS, alpha=0.0)
    assert short.best.tokens == (EOS,)


def test_in_pytorch_what_is_over_leaves_the_batch_and_what_is_handed_on_is_not_copied():
    """A state of three parts: one is handed on, one at every other step only, one always changes."""
    rng = np.random.default_rng(0)
    logits, asked, given = torch.tensor(rng.standard_normal((V**5 * 2, V))), [], []
    logits[:, EOS] -= 1

    def step(ids, state):
        handed_on, often, history = state
        asked.append(len(ids))
        given.append(handed_on)
        history = history * V + ids
        often = history if len(asked) % 2 else often
        source = handed_on[0]
        mixed = (history[0] * 31 + often[0] * 17 + source * 1013) % len(logits)
        return logits[mixed] + 4.0 * (source == 2)[:, None] * (torch.arange(V) == EOS), (
            handed_on,
            often,
            history,
        )

    def start(sources):
        zeros = torch.zeros(1, len(sources), dtype=torch.int64)
        return torch.tensor([sources]), zeros, zeros.clone()

    together = torch_decode.beam_search(step, torch.tensor([0, 0, 0]), start([7, 2, 5]), 6, EOS, 3)
    assert asked[:2] == [3, 9]
    assert asked[-1] < 9  # the second sequence ends soon
    for _, after in zip(given[1:], given[2:], strict=False):
        assert len({*after[0].tolist()}) * 3 >= len(after[0])  # rows of one sequence beside one another
    assert any(before is after for before, after in zip(given, given[1:], strict=False))
    for n, source in enumerate([7, 2, 5]):
        asked.clear()
        alone = torch_decode.beam_search(step, torch.tensor([0]), start([source]), 6, EOS, 3)[0]
        assert [one.tokens for one in alone] == [one.tokens for one in together[n]]
        assert [one.log_prob for one in alone] == pytest.approx([one.log_prob for one in together[n]])


def test_every_sequence_of_up_to_two_tokens_is_counted_once():
    """The tables that the other tests compare with are themselves complete."""
    model = TableModel(0)
    tokens = {one.tokens for one in model.every(0, steps=2)}
    assert tokens == {(EOS,), *(t for t in product(range(V), [EOS]) if t[0] != EOS)}
