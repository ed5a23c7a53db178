"""The losses against torch.nn.functional and against the reference's losses and gradients; and mutants."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from comparing import DEVICES, FLOAT32, PARITY, apart, caught, sizes, tensor

from companion.reference import losses as reference
from companion.torch import losses

SEEDS = range(4)


def binary(seed):
    rng = np.random.default_rng(seed)
    z = 3 * rng.standard_normal(sizes(rng, 2))
    z[0, :2] = 0.0  # where a kink would show
    return z, rng.integers(0, 2, z.shape).astype(float), rng.random(z.shape) < 0.6


def classes(seed):
    rng = np.random.default_rng(seed)
    n, t, v = sizes(rng, 3)
    return 3 * rng.standard_normal((n, t, v)), rng.integers(0, v, (n, t)), rng.random((n, t)) < 0.6


def torch_binary(z, t, reduction, mask):
    entries = F.binary_cross_entropy_with_logits(z, t, reduction="none")[mask]
    return entries.mean() if reduction == "mean" else entries.sum()


def torch_classes(z, ids, reduction, mask):
    return F.cross_entropy(z.movedim(-1, 1), ids.where(mask, -100), reduction=reduction)


LOSSES = {
    "binary": ("binary_cross_entropy", torch_binary, binary),
    "classes": ("cross_entropy", torch_classes, classes),
}


def parity(name, seed, reduction, device, ours=None):
    """Measure the errors of loss and gradient, of ours or of a mutant, against PyTorch and the reference."""
    function, peer, drawn = LOSSES[name]
    z, targets, mask = drawn(seed)
    results = []
    for loss_function in (ours or getattr(losses, function), peer):
        z_torch = tensor(z, device, grad=True)
        loss = loss_function(z_torch, tensor(targets, device), reduction, tensor(mask, device))
        loss.backward()
        results.append((loss, z_torch.grad))
    loss, cache = getattr(reference, function)(z, targets, reduction, mask)
    results.append((loss, getattr(reference, f"{function}_backward")(cache)))
    (loss, dz), *others = results
    return max(apart(loss, other) for other, _ in others), max(apart(dz, other) for _, other in others)


@pytest.mark.equation("eq-bce")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("seed", SEEDS)
def test_binary_cross_entropy_agrees(seed, reduction, device, measure):
    measure("eq-bce", max(parity("binary", seed, reduction, device)), PARITY)


@pytest.mark.equation("eq-cross-entropy")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("seed", SEEDS)
def test_cross_entropy_agrees(seed, reduction, device, measure):
    measure("eq-cross-entropy", max(parity("classes", seed, reduction, device)), PARITY)


@pytest.mark.equation("eq-softmax")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("seed", SEEDS)
def test_softmax_agrees(seed, dim, device, measure):
    z, _, _ = classes(seed)
    dp = np.random.default_rng(seed).standard_normal(z.shape)
    results = []
    for function in (losses.softmax, torch.softmax):
        z_torch = tensor(z, device, grad=True)
        p = function(z_torch, dim)
        p.backward(tensor(dp, device))
        results.append((p, z_torch.grad))
    p = reference.softmax(z, dim)
    results.append((p, reference.softmax_backward(p, dp, dim)))
    (p, dz), *others = results
    measure("eq-softmax", max(max(apart(p, a), apart(dz, b)) for a, b in others), PARITY)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", LOSSES)
def test_single_precision_and_no_mask(name, device):
    function, _, drawn = LOSSES[name]
    z, targets, _ = drawn(1)
    z_torch = tensor(z.astype(np.float32), device, grad=True)
    loss = getattr(losses, function)(z_torch, tensor(targets, device))
    loss.backward()
    expected, cache = getattr(reference, function)(z, targets)
    assert loss.dtype == torch.float32
    assert apart(loss, expected) <= FLOAT32
    assert apart(z_torch.grad, getattr(reference, f"{function}_backward")(cache)) <= FLOAT32


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_logits_of_a_thousand_are_finite(dtype, device):
    z = torch.tensor([-1000, 1000, -1000, 1000], dtype=dtype, device=device).requires_grad_()
    loss = losses.binary_cross_entropy(z, torch.tensor([0, 0, 1, 1], device=device), "sum")
    loss.backward()
    assert loss.item() == 2000
    assert z.grad.tolist() == [0, 1, -1, 0]
    z.grad = None
    loss = losses.cross_entropy(z[None], torch.tensor([2], dtype=torch.int32, device=device), "sum")
    loss.backward()
    assert loss.item() == pytest.approx(2000 + np.log(2))
    assert z.grad.tolist() == [0, 0.5, -1, 0.5]
    assert losses.softmax(z).tolist() == [0, 0.5, 0, 0.5]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", LOSSES)
def test_what_the_mask_hides_changes_nothing(name, rubbish, device):
    function, _, drawn = LOSSES[name]
    z, targets, mask = drawn(3)
    kept = mask if z.ndim == 2 else mask[..., None]
    results = []
    for logits, t in ((z, targets), (np.where(kept, z, rubbish), np.where(mask, targets, -100))):
        z_torch = tensor(logits, device, grad=True)
        loss = getattr(losses, function)(z_torch, tensor(t, device), mask=tensor(mask, device))
        loss.backward()
        results.append((loss, z_torch.grad))
    (loss, dz), (other, dz_other) = results
    assert torch.equal(loss, other)
    assert torch.equal(dz, dz_other)
    assert not dz[tensor(~mask, device)].any()


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_per_example_by_vmap(name):
    function, _, drawn = LOSSES[name]
    z, targets, mask = (tensor(a) for a in drawn(1))
    mask[:, 0] = True
    loss = getattr(losses, function)
    each = torch.func.vmap(torch.func.grad(lambda *row: loss(*row[:2], "mean", row[2])))(z, targets, mask)
    expected = []
    for row, target, kept in zip(z, targets, mask, strict=True):
        row = row.clone().requires_grad_()
        loss(row, target, "mean", kept).backward()
        expected.append(row.grad)
    assert apart(each, torch.stack(expected)) <= PARITY


def kinked(z, t, reduction, mask):
    """Let autograd differentiate the reference's formula as it stands."""
    entries = (z.clamp(min=0) - z * t + torch.log1p(torch.exp(-z.abs())))[mask]
    return entries.mean() if reduction == "mean" else entries.sum()


def padding_counted(z, t, reduction, mask):
    return losses.binary_cross_entropy(z, t, reduction)


def sum_for_mean(z, t, reduction, mask):
    return losses.binary_cross_entropy(z, t, "sum", mask)


@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(seed):
    assert parity("binary", seed, "sum", "cpu", kinked)[0] < PARITY
    assert caught(lambda: parity("binary", seed, "sum", "cpu", kinked)[1])
    for mutant in (padding_counted, sum_for_mean):
        assert caught(lambda mutant=mutant: parity("binary", seed, "mean", "cpu", mutant)[0])
        assert caught(lambda mutant=mutant: parity("binary", seed, "mean", "cpu", mutant)[1])


Z, IDS = torch.zeros(2, 3), torch.tensor([0, 2])
NONE = "the mean of no entries: the batch is empty, or the mask is False everywhere"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: losses.cross_entropy(Z, IDS + 1), ValueError, "targets: expected 0..2, got 3 at 1"),
        (
            lambda: losses.cross_entropy(Z, IDS / 2),
            TypeError,
            "targets: expected int64 or int32, got float32 (2,)",
        ),
        (lambda: losses.cross_entropy(Z, IDS[None]), ValueError, "targets: expected (2,), got (1, 2)"),
        (
            lambda: losses.cross_entropy(Z, IDS, "none"),
            ValueError,
            'reduction: expected "mean" or "sum", got \'none\'',
        ),
        (
            lambda: losses.cross_entropy(Z, IDS, mask=IDS),
            TypeError,
            "mask: expected truth values (bool), got int64 (2,)",
        ),
        (lambda: losses.cross_entropy(Z, IDS, mask=IDS < 0), ValueError, NONE),
        (
            lambda: losses.cross_entropy(Z, IDS, mask=(IDS < 0)[:1]),
            ValueError,
            "mask: expected (2,), got (1,)",
        ),
        (lambda: losses.binary_cross_entropy(Z[:0], Z[:0]), ValueError, NONE),
        (
            lambda: losses.binary_cross_entropy(Z[0], Z[0] + 2),
            ValueError,
            "targets: expected numbers in [0, 1], got 2 to 2",
        ),
        (lambda: losses.binary_cross_entropy(Z, Z[0]), ValueError, "targets: expected (2, 3), got (3,)"),
        (
            lambda: losses.softmax(IDS),
            TypeError,
            "logits: expected floating-point numbers, got int64 (2,)",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
