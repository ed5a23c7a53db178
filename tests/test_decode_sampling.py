"""Ancestral sampling: as often as the model says, and with what the searches return."""

import numpy as np
import pytest
import torch
from decoding import EOS, FIRST, T, TableModel, V

from companion.reference import decode
from companion.reference.decode import ancestral_sampling, greedy_search, log_probability
from companion.reference.sampling import generate
from companion.torch import decode as torch_decode


def in_torch(model):
    """Return the same model, asked with tensors."""

    def step(ids, state):
        logits, after = model.step(ids.numpy(), {name: part.numpy() for name, part in state.items()})
        return torch.as_tensor(logits), {name: torch.as_tensor(np.asarray(p)) for name, p in after.items()}

    return step, lambda sources: {name: torch.as_tensor(a) for name, a in model.start(sources).items()}


def draw(back_end, model, sources, seed=0, **settings):
    if back_end == "reference":
        rng = np.random.default_rng(seed)
        firsts = [FIRST] * len(sources)
        return ancestral_sampling(model.step, firsts, model.start(sources), T, EOS, rng, **settings)
    step, start = in_torch(model)
    generator = torch.Generator().manual_seed(seed)
    firsts = torch.full((len(sources),), FIRST)
    return torch_decode.ancestral_sampling(step, firsts, start(sources), T, EOS, generator, **settings)


BACK_ENDS = ["reference", "torch"]


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_a_sequence_is_drawn_as_often_as_it_is_probable(back_end):
    model, N = TableModel(4), 4000
    drawn = draw(back_end, model, [3] * N)
    for one in model.every(3)[:8]:
        p = np.exp(one.log_prob)
        share = sum(other.tokens == one.tokens for other in drawn) / N
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / N)
    ended = sum(np.exp(one.log_prob) for one in model.every(3))
    assert sum(one.finished for one in drawn) / N == pytest.approx(ended, abs=0.03)


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_what_is_drawn_is_what_it_says(back_end):
    model = TableModel(7)
    for filters in ({}, {"temperature": 0.5, "top_k": 2}, {"top_p": 0.6}, {"min_p": 0.5}, {"forbidden": [1]}):
        for one in draw(back_end, model, [2] * 30, alpha=0.7, **filters):
            log_prob = log_probability(model.step, FIRST, model.start([2]), one.tokens)
            assert one.log_prob == pytest.approx(log_prob, abs=1e-12)  # the model's, not the filters'
            assert one.score == one.log_prob / len(one.tokens) ** 0.7
            assert one.finished == (one.tokens[-1] == EOS)
            assert EOS not in one.tokens[:-1]
            assert "forbidden" not in filters or 1 not in one.tokens


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_no_temperature_is_greedy_search(back_end):
    model, sources = TableModel(5), [0, 1, 2, 3]
    greedy = greedy_search(model.step, [FIRST] * 4, model.start(sources), T, EOS)
    assert [one.tokens for one in draw(back_end, model, sources, temperature=0.0)] == [
        one.tokens for one in greedy
    ]


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_the_seed_decides(back_end):
    model, sources = TableModel(6), [1] * 50
    assert draw(back_end, model, sources, 1) == draw(back_end, model, sources, 1)
    assert draw(back_end, model, sources, 1) != draw(back_end, model, sources, 2)


def test_it_writes_what_generate_writes():
    model, sources = TableModel(8), [0, 4, 9]
    firsts = [FIRST] * 3
    text = generate(
        model.step, firsts, model.start(sources), T, np.random.default_rng(3), top_k=3, eos=EOS
    ).T.tolist()
    for one, column in zip(draw("reference", model, sources, 3, top_k=3), text, strict=True):
        assert list(one.tokens) == column[: len(one.tokens)]
        assert set(column[len(one.tokens) :]) <= {EOS}


def test_what_makes_no_sampling_is_refused():
    model = TableModel(0)
    for settings, message in (
        ({"num_steps": 0}, "num_steps: expected at least 1, got 0"),
        ({"eos": V}, "eos: expected 0.*4"),
        ({"temperature": -1.0}, "temperature: expected a finite number of at least 0, got -1.0"),
        ({"top_k": 0}, "k: expected 1..4, got 0"),
    ):
        usual = {"num_steps": T, "eos": EOS} | settings
        with pytest.raises(ValueError, match=message):
            ancestral_sampling(model.step, [FIRST], model.start([0]), rng=np.random.default_rng(0), **usual)
        step, start = in_torch(model)
        with pytest.raises(ValueError, match=message):
            torch_decode.ancestral_sampling(step, torch.tensor([FIRST]), start([0]), **usual)
    assert decode.ancestral_sampling is ancestral_sampling
