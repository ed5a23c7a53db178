"""Drawing tokens: both back ends draw the same, as often as they should; writing text; and mutants."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, PARITY, apart, numpy, tensor

from companion.reference import lm
from companion.reference import sampling as reference
from companion.reference.losses import softmax
from companion.torch import sampling as ours
from companion.torch.lm import LM

SETTINGS = [
    {},
    {"temperature": 0.5},
    {"temperature": 0.0},
    {"top_k": 4},
    {"top_p": 0.6},
    {"min_p": 0.2},
    {"temperature": 2.0, "top_k": 7, "top_p": 0.9, "min_p": 0.1, "forbidden": [0, 3]},
]
P = np.array([0.05, 0.4, 0.0, 0.2, 0.3, 0.0, 0.05])
DRAWS = 20_000


def drawn(seed):
    return 2 * np.random.default_rng(seed).standard_normal((4, 3, 9))


def chi_square(ids, p):
    """Measure Pearson's statistic, divided by what 1 fair sample of 5 outcomes in 10,000 exceeds, 23.5."""
    counts = np.bincount(ids.reshape(-1), minlength=len(p))
    if counts[p == 0].any():
        return np.inf
    expected = p[p > 0] * ids.size
    return ((counts[p > 0] - expected) ** 2 / expected).sum() / 23.5


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("settings", SETTINGS)
def test_the_back_ends_have_the_same_probabilities_and_draws(settings, device):
    z = drawn(0)
    p, p_torch = reference.probabilities(z, **settings), ours.probabilities(tensor(z, device), **settings)
    assert apart(p, p_torch) <= PARITY
    assert apart(p.sum(-1), np.ones((4, 3))) < 1e-14
    u = np.random.default_rng(1).random((4, 3))
    ids = reference.draw(p, u)
    assert ids.dtype == np.int64
    assert np.array_equal(ids, numpy(ours.draw(p_torch, tensor(u, device))))
    assert (np.take_along_axis(p, ids[..., None], -1) > 0).all()


def test_the_order_of_the_filters():
    """Take temperature first, then top-k, nucleus and min-p, each on what the one before has left."""
    z = np.log([0.02, 0.5, 0.2, 0.16, 0.12])
    p = softmax(z / 2)
    p = np.where(np.argsort(np.argsort(-p)) < 4, p, 0)
    p /= p.sum()
    falling = np.sort(p)[::-1]
    p = np.where(p >= falling[np.searchsorted(np.cumsum(falling), 0.8)], p, 0)
    p /= p.sum()
    p = np.where(p >= 0.6 * p.max(), p, 0)
    expected = p / p.sum()
    settings = {"temperature": 2.0, "top_k": 4, "top_p": 0.8, "min_p": 0.6}
    assert apart(reference.probabilities(z, **settings), expected) <= PARITY
    assert (expected > 0).tolist() == [False, True, True, False, False]  # each of the three struck one out
    assert reference.probabilities(z, forbidden=[1])[1] == 0


def by_uniform(draw):
    rng = np.random.default_rng(0)
    return chi_square(draw(np.tile(P, (DRAWS, 1)), rng.random(DRAWS)), P)


def test_tokens_come_as_often_as_they_should():
    assert by_uniform(reference.draw) < 1
    assert (
        chi_square(reference.sample(np.tile(np.log(P + 1e-300), (DRAWS, 1)), np.random.default_rng(1)), P) < 1
    )


@pytest.mark.parametrize("device", DEVICES)
def test_tokens_come_as_often_from_torch(device):
    generator = torch.Generator(device).manual_seed(0)
    z = tensor(np.log(P + 1e-300), device).expand(DRAWS, -1)
    assert chi_square(numpy(ours.sample(z, generator)), P) < 1


@pytest.mark.parametrize("total", [1.0, 0.9, 1.0000000000000002, 3.0, 1e-307])
def test_the_ends_of_the_interval(total):
    """Draw with the smallest and the largest uniform number: never a token without probability."""
    p = np.array([[0.0, 0.3, 0.0, 0.7, 0.0]] * 2) * total
    u = np.array([0.0, np.nextafter(1.0, 0.0)])
    assert reference.draw(p, u).tolist() == [1, 3]
    assert ours.draw(tensor(p), tensor(u)).tolist() == [1, 3]


def test_single_precision_sums_to_enough():
    p = np.full((1, 50_000), np.float32(1 / 50_000))
    u = np.array([np.nextafter(1.0, 0.0)])
    assert reference.draw(p, u).tolist() == ours.draw(tensor(p), tensor(u)).tolist() == [49_999]


def table(ids, state):
    """Stand for a model: the next token depends on the last one, and the state counts the steps."""
    return np.log(np.roll(P, int(state))[None] + 1e-9 * (1 + ids[:, None])), state + 1


def test_generate_reads_what_it_has_drawn():
    ids = reference.generate(table, [0, 1, 2], 0, 6, np.random.default_rng(3), top_k=5)
    rng, expected, read, state = np.random.default_rng(3), [], np.array([0, 1, 2]), 0
    for _ in range(6):
        logits, state = table(read, state)
        read = reference.sample(logits, rng, top_k=5)
        expected.append(read)
    assert np.array_equal(ids, expected)
    assert np.array_equal(ids, reference.generate(table, [0, 1, 2], 0, 6, np.random.default_rng(3), top_k=5))


def test_generate_with_a_model_in_both_back_ends():
    """Take the most probable token each time: no draw, so both must write the same."""
    params = lm.init(9, 4, 16, np.random.default_rng(0), num_layers=2)
    params = {name: 5 * value for name, value in params.items()}  # untrained, and decided all the same
    model = LM(9, 4, 16, 2, dtype=torch.float64)
    model.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    settings = {"temperature": 0.0, "forbidden": [0]}
    step = partial(lm.step, params)
    ids = reference.generate(step, [1, 2, 3], None, 12, np.random.default_rng(0), **settings)
    ids_torch = ours.generate(model.step, torch.tensor([1, 2, 3]), None, 12, **settings)
    assert ids.tolist() == ids_torch.tolist()
    assert len(np.unique(ids)) > 3
    logits, _, _ = lm.forward(params, np.vstack([[[1, 2, 3]], ids[:-1]]))
    assert np.array_equal(np.where(np.arange(9) == 0, -np.inf, logits).argmax(-1), ids)
    assert not ids_torch.requires_grad


def test_an_ended_text_stays_ended():
    eos = 3

    def ends(module, generator, first):
        step = table if module is reference else lambda ids, s: (tensor(table(numpy(ids), s)[0]), s + 1)
        return numpy(module.generate(step, first, 0, 500, generator, eos=eos))

    for ids in (
        ends(reference, np.random.default_rng(0), [0] * 40),
        ends(ours, torch.Generator().manual_seed(0), torch.zeros(40, dtype=torch.int64)),
    ):
        ended = np.cumsum(ids == eos, axis=0) > 0
        assert (ids[ended] == eos).all()
        assert ended[-1].all()
        assert not ended[-2].all()  # no step is taken once all have ended
        assert len(ids) < 500


def test_nothing_to_write():
    assert reference.generate(table, [0, 1], 0, 0, np.random.default_rng(0)).shape == (0, 2)
    assert ours.generate(table, torch.tensor([0, 1]), 0, 0).shape == (0, 2)


def uniform_tokens(p, u):
    return (u * p.shape[-1]).astype(int)


def one_after(p, u):
    return np.minimum(reference.draw(p, u) + 1, p.shape[-1] - 1)


def last_reached(p, u):
    """Count what is strictly below: with u = 0 this draws a token of probability 0 too."""
    return (np.cumsum(p, -1) < u[:, None]).sum(-1)


def always_the_best(p, u):
    return p.argmax(-1)


@pytest.mark.parametrize("mutant", [uniform_tokens, one_after, always_the_best])
def test_mistakes_in_the_draw_are_caught(mutant):
    assert by_uniform(mutant) > 1


def test_the_boundary_that_belongs_to_the_wrong_token_is_caught():
    p, u = np.array([[0.0, 0.5, 0.5]]), np.array([0.0])
    assert last_reached(p, u).tolist() == [0]
    assert reference.draw(p, u).tolist() == [1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m, c: m.draw(c(P[None]), c(P)), ValueError, "u: expected (1,), got (7,)"),
        (
            lambda m, c: m.draw(c(P), c(np.array(1.0))),
            ValueError,
            "u: expected numbers in [0, 1), got 1.0 to 1.0",
        ),
        (
            lambda m, c: m.draw(c(0 * P), c(np.array(0.5))),
            ValueError,
            "p: expected rows with a sum above 0, got 0.0",
        ),
        (
            lambda m, c: m.draw(c(np.array([2e-323])), c(np.array(0.99))),
            ValueError,
            "p: expected rows with a sum above 0, got 2e-323",
        ),
        (
            lambda m, c: m.draw(c(P), c(np.array(0))),
            TypeError,
            "u: expected floating-point numbers, got int64 ()",
        ),
        (lambda m, c: m.probabilities(c(P), top_k=8), ValueError, "k: expected 1..7, got 8"),
        (
            lambda m, c: m.generate(table, c(np.zeros((2, 2), int)), 0, 1, None),
            ValueError,
            "first: expected (N,), got (2, 2)",
        ),
    ],
)
@pytest.mark.parametrize("module", [reference, ours])
def test_bad_input_is_refused(module, call, error, message):
    with pytest.raises(error) as refusal:
        call(module, tensor if module is ours else np.asarray)
    assert str(refusal.value) == message
