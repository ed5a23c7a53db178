"""Softmax and the two losses against torch.nn.functional and against differences, and the laws they keep."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from comparing import FLOAT32, GRADCHECK, PARITY, apart, sizes, tensor

from companion.reference import losses
from companion.reference.gradcheck import numerical_gradient, relative_error

SEEDS = range(4)
REDUCTIONS = ["mean", "sum"]


def binary(seed):
    """Draw logits, targets of all kinds, and a mask: (N, T) each."""
    rng = np.random.default_rng(seed)
    z = 3 * rng.standard_normal(sizes(rng, 2))
    t = rng.integers(0, 2, z.shape).astype(float)
    t[0, 0] = 0.3
    return z, t, rng.random(z.shape) < 0.6


def classes(seed):
    """Draw logits (N, T, V), class ids (N, T), and a mask (N, T)."""
    rng = np.random.default_rng(seed)
    n, t, v = sizes(rng, 3)
    return 3 * rng.standard_normal((n, t, v)), rng.integers(0, v, (n, t)), rng.random((n, t)) < 0.6


def torch_binary(z, t, reduction, mask):
    loss = F.binary_cross_entropy_with_logits(z, tensor(t), reduction="none")
    loss = loss if mask is None else loss[tensor(mask)]
    return loss.mean() if reduction == "mean" else loss.sum()


def torch_classes(z, ids, reduction, mask):
    ids = ids if mask is None else np.where(mask, ids, -100)  # PyTorch's own way to leave entries out
    return F.cross_entropy(z.movedim(-1, 1), tensor(ids), reduction=reduction, ignore_index=-100)


LOSSES = {
    "binary": (losses.binary_cross_entropy, losses.binary_cross_entropy_backward, torch_binary, binary),
    "classes": (losses.cross_entropy, losses.cross_entropy_backward, torch_classes, classes),
}


def parity(name, seed, reduction, masked, forward=None, backward=None):
    """Measure the errors of the loss and of its gradient, of ours or of a mutant, against PyTorch."""
    ours, ours_backward, peer, drawn = LOSSES[name]
    z, targets, mask = drawn(seed)
    mask = mask if masked else None
    z_torch = tensor(z, grad=True)
    loss_torch = peer(z_torch, targets, reduction, mask)
    (2.5 * loss_torch).backward()
    loss, cache = (forward or ours)(z, targets, reduction, mask)
    dz = (backward or ours_backward)(cache, 2.5)
    return apart(loss, loss_torch), apart(dz, z_torch.grad)


def difference(name, seed, reduction, masked, backward=None):
    ours, ours_backward, _, drawn = LOSSES[name]
    z, targets, mask = (
        a[:2, :2] for a in drawn(seed)
    )  # few entries: rounding grows with the size of the loss
    mask[0] = True, False
    mask = mask if masked else None
    _, cache = ours(z, targets, reduction, mask)
    numeric = numerical_gradient(lambda z: ours(z, targets, reduction, mask)[0], z)
    return apart((backward or ours_backward)(cache), numeric)


@pytest.mark.equation("eq-bce")
@pytest.mark.equation("eq-bce-grad")
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_binary_cross_entropy_agrees_with_torch(seed, reduction, masked, measure):
    loss_error, gradient_error = parity("binary", seed, reduction, masked)
    measure("eq-bce", loss_error, PARITY)
    measure("eq-bce-grad", gradient_error, PARITY)


@pytest.mark.equation("eq-cross-entropy")
@pytest.mark.equation("eq-cross-entropy-grad")
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_cross_entropy_agrees_with_torch(seed, reduction, masked, measure):
    loss_error, gradient_error = parity("classes", seed, reduction, masked)
    measure("eq-cross-entropy", loss_error, PARITY)
    measure("eq-cross-entropy-grad", gradient_error, PARITY)


@pytest.mark.equation("eq-softmax")
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("seed", SEEDS)
def test_softmax_agrees_with_torch(seed, axis, measure):
    z, _, _ = classes(seed)
    dp = np.random.default_rng(seed).standard_normal(z.shape)
    z_torch = tensor(z, grad=True)
    p_torch = torch.softmax(z_torch, axis)
    p_torch.backward(tensor(dp))
    p = losses.softmax(z, axis)
    dz = losses.softmax_backward(p, dp, axis)
    measure("eq-softmax", max(apart(p, p_torch), apart(dz, z_torch.grad)), PARITY)
    numeric = numerical_gradient(lambda z: losses.softmax(z, axis), z, dy=dp)
    assert relative_error(dz, numeric, floor=1e-3).max() <= GRADCHECK


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(name, seed, reduction, masked):
    assert difference(name, seed, reduction, masked) <= GRADCHECK


@pytest.mark.parametrize("shift", [-1000.0, 3.5, 1000.0])
def test_a_shift_of_all_logits_changes_nothing(shift):
    z, ids, _ = classes(0)
    assert apart(losses.softmax(z + shift), losses.softmax(z)) < 1e-12
    assert apart(losses.cross_entropy(z + shift, ids)[0], losses.cross_entropy(z, ids)[0]) < 1e-12


def test_probabilities_sum_to_one():
    p = losses.softmax(classes(1)[0])
    assert apart(p.sum(axis=-1), np.ones(p.shape[:-1])) < 1e-14
    assert (p > 0).all()


def test_binary_is_cross_entropy_of_two_classes():
    z, t, mask = binary(2)
    t = np.round(t)
    pair = np.stack([np.zeros_like(z), z], axis=-1)  # logits 0 and z: the sigmoid is a softmax over two
    assert (
        apart(
            losses.binary_cross_entropy(z, t, mask=mask)[0],
            losses.cross_entropy(pair, t.astype(int), mask=mask)[0],
        )
        < 1e-14
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_a_thousand_are_finite(dtype):
    z = np.array([-1000, 1000, -1000, 1000], dtype)
    loss, cache = losses.binary_cross_entropy(z, [0, 0, 1, 1], "sum")
    assert loss == 2000
    assert losses.binary_cross_entropy_backward(cache).tolist() == [0, 1, -1, 0]
    loss, cache = losses.cross_entropy(z[None], [2], "sum")
    assert loss == dtype(2000 + np.log(2))
    assert losses.cross_entropy_backward(cache).tolist() == [[0, 0.5, -1, 0.5]]
    assert losses.softmax(z).tolist() == [0, 0.5, 0, 0.5]


@pytest.mark.parametrize("name", LOSSES)
def test_what_the_mask_hides_changes_nothing(name):
    forward, backward, _, drawn = LOSSES[name]
    z, targets, mask = drawn(3)
    loss, cache = forward(z, targets, "mean", mask)
    alone, alone_cache = forward(z[mask], targets[mask])
    dz = backward(cache)
    assert apart(loss, alone) < 1e-14
    assert apart(dz[mask], backward(alone_cache)) < 1e-14
    assert not dz[~mask].any()
    for rubbish in (np.nan, np.inf, -np.inf):
        hidden = np.where(mask if z.ndim == 2 else mask[..., None], z, rubbish)
        other, cache = forward(hidden, np.where(mask, targets, -100), "mean", mask)
        assert other == loss
        assert np.array_equal(backward(cache), dz)


@pytest.mark.parametrize("name", LOSSES)
def test_arguments_are_left_alone(name):
    forward, backward, _, drawn = LOSSES[name]
    arguments = drawn(0)
    before = [a.copy() for a in arguments]
    z, targets, mask = arguments
    for kept in (mask, None):
        _, cache = forward(z, targets, "mean", kept)
        assert np.array_equal(backward(cache), backward(cache))
    assert all(np.array_equal(a, b) for a, b in zip(before, arguments, strict=True))


def test_layout_in_memory_does_not_matter():
    z, ids, _ = classes(1)
    striped = np.asfortranarray(z)
    expected = losses.cross_entropy_backward(losses.cross_entropy(z, ids)[1])
    assert apart(losses.cross_entropy_backward(losses.cross_entropy(striped, ids)[1]), expected) < 1e-15


@pytest.mark.parametrize("name", LOSSES)
def test_precision_is_kept(name):
    forward, backward, _, drawn = LOSSES[name]
    z, targets, mask = drawn(0)
    for kept in (None, mask):
        loss, cache = forward(z.astype(np.float32), targets, "mean", kept)
        exact, exact_cache = forward(z, targets, "mean", kept)
        dz = backward(cache)
        assert {loss.dtype, dz.dtype, losses.softmax(z.astype(np.float32)).dtype} == {np.dtype(np.float32)}
        assert max(apart(loss, exact), apart(dz, backward(exact_cache))) <= FLOAT32


def test_by_hand():
    loss, _ = losses.binary_cross_entropy([0.0, 0.0], [0, 1])
    assert abs(loss - np.log(2)) < 1e-15
    loss, cache = losses.cross_entropy([[np.log(1.0), np.log(2.0), np.log(5.0)]], [1])
    assert abs(loss - np.log(4)) < 1e-15
    assert apart(losses.cross_entropy_backward(cache), [[1 / 8, 2 / 8 - 1, 5 / 8]]) < 1e-15


Z, IDS = np.zeros((2, 3)), [0, 2]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: losses.cross_entropy(Z, [0, 3]), ValueError, "targets: expected 0..2, got 3 at 1"),
        (lambda: losses.cross_entropy(Z, [0, -1]), ValueError, "targets: expected 0..2, got -1 at 1"),
        (
            lambda: losses.cross_entropy(Z, [0.0, 1.0]),
            TypeError,
            "targets: expected integers, got float64 (2,)",
        ),
        (lambda: losses.cross_entropy(Z, [[0, 1]]), ValueError, "targets: expected (2,), got (1, 2)"),
        (lambda: losses.cross_entropy(np.float64(0), IDS), ValueError, "logits: expected (..., V), got ()"),
        (
            lambda: losses.cross_entropy(Z, IDS, "none"),
            ValueError,
            'reduction: expected "mean" or "sum", got \'none\'',
        ),
        (
            lambda: losses.cross_entropy(Z, IDS, mask=[1, 0]),
            TypeError,
            "mask: expected truth values (bool), got int64 (2,)",
        ),
        (
            lambda: losses.cross_entropy(Z, IDS, mask=[True]),
            ValueError,
            "mask: expected (2,), got (1,)",
        ),
        (
            lambda: losses.cross_entropy(Z, IDS, mask=[False, False]),
            ValueError,
            "the mean of no entries: the batch is empty, or the mask is False everywhere",
        ),
        (
            lambda: losses.binary_cross_entropy(np.zeros(0), []),
            ValueError,
            "the mean of no entries: the batch is empty, or the mask is False everywhere",
        ),
        (
            lambda: losses.binary_cross_entropy(np.zeros(2), [0, 2]),
            ValueError,
            "targets: expected numbers in [0, 1], got 0.0 to 2.0",
        ),
        (
            lambda: losses.binary_cross_entropy(np.zeros(2), [[0], [1]]),
            ValueError,
            "targets: expected (2,), got (2, 1)",
        ),
        (
            lambda: losses.binary_cross_entropy([0, 1], [0, 1]),
            TypeError,
            "logits: expected floating-point numbers, got int64 (2,)",
        ),
        (
            lambda: losses.softmax([1, 2]),
            TypeError,
            "logits: expected floating-point numbers, got int64 (2,)",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message


def test_a_sum_over_nothing_is_zero():
    assert losses.binary_cross_entropy(np.zeros(2), [0, 1], "sum", [False, False])[0] == 0
    assert losses.cross_entropy(Z, IDS, "sum", [False, False])[0] == 0
