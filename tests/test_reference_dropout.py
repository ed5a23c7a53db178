"""Dropout against PyTorch with PyTorch's own mask, its laws, and mutants."""

from itertools import product

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, caught, sizes, tensor

from companion.reference import dropout
from companion.reference.gradcheck import numerical_gradient, relative_error

SEEDS = range(4)
RATES = [0.2, 0.5, 0.9]


def drawn(seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(sizes(rng, 3))
    return x, rng.standard_normal(x.shape), rng


def parity(forward, backward, seed, p):
    """Measure the errors of y and dx against torch.nn.functional.dropout, with the mask that it drew."""
    x, dy, _ = drawn(seed)
    torch.manual_seed(seed)
    x_torch = tensor(x, grad=True)
    y_torch = torch.nn.functional.dropout(x_torch, p)
    y_torch.backward(tensor(dy))
    y, cache = forward(x, (y_torch != 0).numpy(), p)
    return apart(y, y_torch), apart(backward(cache, dy), x_torch.grad)


def difference(forward, backward, seed, p):
    x, dy, rng = drawn(seed)
    mask = dropout.sample_mask(x.shape, p, rng)
    numeric = numerical_gradient(lambda x: forward(x, mask, p)[0], x, dy=dy)
    return float(relative_error(backward(forward(x, mask, p)[1], dy), numeric, floor=1e-3).max())


@pytest.mark.equation("eq-dropout")
@pytest.mark.equation("eq-dropout-grad")
@pytest.mark.parametrize("p", RATES)
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, p, measure):
    y_error, dx_error = parity(dropout.forward, dropout.backward, seed, p)
    measure("eq-dropout", y_error, PARITY)
    measure("eq-dropout-grad", dx_error, PARITY)


@pytest.mark.parametrize("p", RATES)
@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_against_differences(seed, p):
    assert difference(dropout.forward, dropout.backward, seed, p) <= GRADCHECK


def test_rate_zero_is_the_identity():
    x, dy, rng = drawn(0)
    mask = dropout.sample_mask(x.shape, 0.0, rng)
    y, cache = dropout.forward(x, mask, 0.0)
    assert mask.all()
    assert np.array_equal(y, x)
    assert np.array_equal(dropout.backward(cache, dy), dy)


def mean_over_all_masks(forward, x, p):
    """Weigh the outputs under each of the 2**D masks by the mask's probability."""
    total = np.zeros_like(x)
    for bits in product([False, True], repeat=x.size):
        mask = np.array(bits)
        total += forward(x, mask, p)[0] * (1 - p) ** mask.sum() * p ** (~mask).sum()
    return total


@pytest.mark.parametrize("p", RATES)
def test_the_mean_is_kept_exactly(p):
    x = np.random.default_rng(0).standard_normal(6)
    assert apart(mean_over_all_masks(dropout.forward, x, p), x) < 1e-14


@pytest.mark.parametrize("p", RATES)
def test_the_mask_keeps_a_share_of_one_minus_p(p):
    mask = dropout.sample_mask((400, 500), p, np.random.default_rng(0))
    assert mask.dtype == np.bool_
    assert abs(mask.mean() - (1 - p)) < 5 * np.sqrt(p * (1 - p) / mask.size)
    assert np.array_equal(mask, dropout.sample_mask((400, 500), p, np.random.default_rng(0)))


def test_one_mask_may_serve_all_steps():
    x, dy, rng = drawn(1)
    mask = dropout.sample_mask((1, *x.shape[1:]), 0.5, rng)
    full = np.broadcast_to(mask, x.shape)
    (y, cache), (y_full, cache_full) = (dropout.forward(x, m, 0.5) for m in (mask, full))
    assert np.array_equal(y, y_full)
    assert np.array_equal(dropout.backward(cache, dy), dropout.backward(cache_full, dy))


@pytest.mark.parametrize("p", [0.3, np.float64(0.3)])
def test_precision_is_kept(p):
    x, dy, rng = drawn(2)
    mask = dropout.sample_mask(x.shape, p, rng)
    y, cache = dropout.forward(x.astype(np.float32), mask, p)
    dx = dropout.backward(cache, dy.astype(np.float32))
    assert {y.dtype, dx.dtype} == {np.dtype(np.float32)}
    assert apart(y, dropout.forward(x, mask, p)[0]) <= FLOAT32


def not_rescaled(x, mask, p):
    return x * mask, (mask, p, x.shape)


def rescaled_by_p(x, mask, p):
    return x * mask / p, (mask, p, x.shape)


def inverted(x, mask, p):
    return dropout.forward(x, ~mask, p)


def without_mask(cache, dy):
    return dy / (1 - cache[1])


def without_scale(cache, dy):
    return dy * cache[0]


def fresh_mask(cache, dy):
    mask, p, shape = cache
    return dropout.backward((dropout.sample_mask(shape, p, np.random.default_rng(99)), p, shape), dy)


@pytest.mark.parametrize("mutant", [not_rescaled, rescaled_by_p, inverted])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_output_are_caught(mutant, seed):
    x = np.random.default_rng(0).standard_normal(6)
    assert caught(lambda: parity(mutant, dropout.backward, seed, 0.2)[0])
    assert caught(lambda: apart(mean_over_all_masks(mutant, x, 0.2), x))


@pytest.mark.parametrize("mutant", [without_mask, without_scale, fresh_mask])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradient_are_caught(mutant, seed):
    assert caught(lambda: parity(dropout.forward, mutant, seed, 0.5)[1])
    assert caught(lambda: difference(dropout.forward, mutant, seed, 0.5))


X, KEEP = np.zeros((2, 3)), np.ones((2, 3), bool)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dropout.forward(X, KEEP, 1.0), ValueError, "p: expected 0 <= p < 1, got 1.0"),
        (lambda: dropout.forward(X, KEEP, -0.1), ValueError, "p: expected 0 <= p < 1, got -0.1"),
        (
            lambda: dropout.forward(X, KEEP.astype(float), 0.5),
            TypeError,
            "mask: expected truth values (bool), got float64 (2, 3)",
        ),
        (
            lambda: dropout.forward(X, KEEP.T, 0.5),
            ValueError,
            "mask: expected (2, 3) or what broadcasts to it, got (3, 2)",
        ),
        (
            lambda: dropout.forward(X, KEEP[None], 0.5),
            ValueError,
            "mask: expected (2, 3) or what broadcasts to it, got (1, 2, 3)",
        ),
        (
            lambda: dropout.forward(X.astype(int), KEEP, 0.5),
            TypeError,
            "x: expected floating-point numbers, got int64 (2, 3)",
        ),
        (
            lambda: dropout.backward(dropout.forward(X, KEEP, 0.5)[1], np.zeros(3)),
            ValueError,
            "dy: expected (2, 3), got (3,)",
        ),
        (
            lambda: dropout.sample_mask((2,), float("nan"), np.random.default_rng(0)),
            ValueError,
            "p: expected 0 <= p < 1, got nan",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
