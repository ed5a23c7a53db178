"""Clipping by norm and by value against torch.nn.utils; the laws they keep; and mutants."""

import math

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, tensor

from companion.reference import clipping

SEEDS = range(4)
SHARE = 0.3  # of its length that a gradient is cut to


def drawn(seed):
    rng = np.random.default_rng(seed)
    return {"weight": 5 * rng.standard_normal((4, 3)), "bias": rng.standard_normal(4), "scale": np.array(2.0)}


def flat(grads):
    return np.concatenate([np.ravel(grads[name]) for name in sorted(grads)])


def by_torch(grads, clip, limit):
    parameters = {name: tensor(np.zeros_like(grad), grad=True) for name, grad in grads.items()}
    for name, parameter in parameters.items():
        parameter.grad = tensor(grads[name])
    norm = clip(parameters.values(), limit)
    return {name: parameter.grad.numpy() for name, parameter in parameters.items()}, norm


def definition(clip, seed):
    """Measure against the definition written for one long vector, and the norm against NumPy's."""
    grads = drawn(seed)
    g = flat(grads)
    limit = SHARE * np.linalg.norm(g)
    clipped, norm = clip(grads, limit)
    return max(apart(flat(clipped), g * limit / np.linalg.norm(g)), apart(norm, np.linalg.norm(g)))


@pytest.mark.equation("eq-clip-norm")
@pytest.mark.parametrize("seed", SEEDS)
def test_by_norm_is_its_definition(seed, measure):
    measure("eq-clip-norm", definition(clipping.clip_by_norm, seed), 1e-14)


@pytest.mark.parametrize("share", [0.01, 0.9, 1.1])
@pytest.mark.parametrize("seed", SEEDS)
def test_by_norm_agrees_with_torch_up_to_its_millionth(seed, share):
    grads = drawn(seed)
    limit = share * clipping.global_norm(grads)
    ours, norm = clipping.clip_by_norm(grads, limit)
    theirs, their_norm = by_torch(grads, torch.nn.utils.clip_grad_norm_, limit)
    shortened = (norm + 1e-6) / norm if share < 1 else 1.0  # PyTorch divides by norm + 1e-6
    assert apart(norm, their_norm) <= PARITY
    assert apart(flat(ours), flat(theirs) * shortened) <= PARITY


@pytest.mark.equation("eq-clip-value")
@pytest.mark.parametrize("limit", [0.5, 3.0, 100.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_by_value_agrees_with_torch(seed, limit, measure):
    grads = drawn(seed)
    theirs, _ = by_torch(grads, torch.nn.utils.clip_grad_value_, limit)
    measure("eq-clip-value", apart(flat(clipping.clip_by_value(grads, limit)), flat(theirs)), 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_direction_is_kept_and_length_is_the_limit(seed):
    g = flat(drawn(seed))
    clipped, norm = clipping.clip_by_norm(drawn(seed), 0.7)
    c = flat(clipped)
    assert apart(c @ g / np.linalg.norm(c) / np.linalg.norm(g), 1.0) < 1e-14
    assert apart(clipping.global_norm(clipped), 0.7) < 1e-14
    assert apart(norm, np.linalg.norm(g)) < 1e-14
    by_value = flat(clipping.clip_by_value(drawn(seed), 0.7))
    assert c @ by_value / np.linalg.norm(c) / np.linalg.norm(by_value) < 0.99  # by value it is not


def test_what_is_short_enough_stays():
    grads = drawn(0)
    clipped, norm = clipping.clip_by_norm(grads, clipping.global_norm(grads))
    assert all(clipped[name] is grads[name] for name in grads)
    assert clipping.clip_by_norm({"a": np.zeros(3)}, 1.0)[1] == 0
    assert clipping.clip_by_norm({}, 1.0) == ({}, 0.0)


def test_clipping_twice_is_clipping_once():
    once, _ = clipping.clip_by_norm(drawn(1), 0.7)
    twice, _ = clipping.clip_by_norm(once, 0.7)
    assert apart(flat(once), flat(twice)) < 1e-15


def test_arguments_and_precision_are_kept():
    grads = {name: grad.astype(np.float32) for name, grad in drawn(2).items()}
    before = flat(grads).copy()
    for clipped in (clipping.clip_by_norm(grads, np.float64(0.1))[0], clipping.clip_by_value(grads, 0.1)):
        assert {grad.dtype for grad in clipped.values()} == {np.dtype(np.float32)}
    assert np.array_equal(flat(grads), before)


@pytest.mark.parametrize("size", [1e-200, 1e200, 1e-320])
def test_no_size_overflows_on_the_way(size):
    grads = {"a": np.array([3 * size, 0.0]), "b": np.array([4 * size])}
    rounding = 1e-3 if size < 1e-300 else 1e-14  # 1e-320 has three digits
    assert apart(clipping.global_norm(grads) / size, 5.0) < rounding
    if size > 1:
        clipped, _ = clipping.clip_by_norm(grads, 1.0)
        assert apart(flat(clipped), [0.6, 0.0, 0.8]) < 1e-14
    single = {"a": np.full(4, 1e30, np.float32)}  # its square is no float32
    assert apart(clipping.global_norm(single) / 2e30, 1.0) < 1e-6


def each_by_its_own_norm(grads, limit):
    norm = clipping.global_norm(grads)
    return {name: clipping.clip_by_norm({name: grad}, limit)[0][name] for name, grad in grads.items()}, norm


def by_the_squared_norm(grads, limit):
    norm = clipping.global_norm(grads)
    return {name: grad * limit / norm**2 for name, grad in grads.items()}, norm


def by_the_largest_number(grads, limit):
    norm = max(float(np.abs(grad).max()) for grad in grads.values())
    return {name: grad * limit / norm for name, grad in grads.items()}, norm


def norm_after_clipping(grads, limit):
    clipped, _ = clipping.clip_by_norm(grads, limit)
    return clipped, clipping.global_norm(clipped)


def by_value(grads, limit):
    return clipping.clip_by_value(grads, limit), clipping.global_norm(grads)


@pytest.mark.parametrize(
    "mutant",
    [each_by_its_own_norm, by_the_squared_norm, by_the_largest_number, norm_after_clipping, by_value],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mutant, seed):
    assert caught(lambda: definition(mutant, seed))


def test_clipping_before_the_sum_is_another_vector():
    """Clip the parts and add them up: the real bug, and it changes the direction."""
    parts = drawn(0), {name: -0.9 * grad + 0.1 for name, grad in drawn(0).items()}
    total = {name: parts[0][name] + parts[1][name] for name in parts[0]}
    right, _ = clipping.clip_by_norm(total, 0.5)
    clipped = [clipping.clip_by_norm(part, 0.5)[0] for part in parts]
    wrong = {name: clipped[0][name] + clipped[1][name] for name in total}
    cosine = flat(right) @ flat(wrong) / np.linalg.norm(flat(right)) / np.linalg.norm(flat(wrong))
    assert cosine < 0.9


def test_what_has_no_direction_is_refused():
    for bad in (np.nan, np.inf, -np.inf):
        grads = {"a": np.ones(2), "b": np.array([1.0, bad])}
        assert math.isnan(clipping.global_norm(grads)) == math.isnan(bad)
        with pytest.raises(
            ValueError, match=r"grads: expected finite numbers in 'b', got the norm (nan|inf)"
        ):
            clipping.clip_by_norm(grads, 1.0)
    with pytest.raises(ValueError, match="grads: expected a norm that is finite, got the norm inf"):
        clipping.clip_by_norm({"a": np.full(9, 1.7e308)}, 1.0)
    assert math.isnan(clipping.global_norm({"a": np.array([np.nan]), "b": np.array([np.inf])}))
    assert np.isnan(clipping.clip_by_value({"a": np.array([np.nan])}, 1.0)["a"]).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: clipping.clip_by_norm({}, 0.0), ValueError, "max_norm: expected a number above 0, got 0.0"),
        (lambda: clipping.clip_by_value({}, -1), ValueError, "limit: expected a number above 0, got -1"),
        (
            lambda: clipping.clip_by_norm({}, math.nan),
            ValueError,
            "max_norm: expected a number above 0, got nan",
        ),
        (
            lambda: clipping.clip_by_norm({"a": [1, 2]}, 1.0),
            TypeError,
            "grads['a']: expected floating-point numbers, got int64 (2,)",
        ),
        (
            lambda: clipping.clip_by_value({"a": [1, 2]}, 1.0),
            TypeError,
            "grads['a']: expected floating-point numbers, got int64 (2,)",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
