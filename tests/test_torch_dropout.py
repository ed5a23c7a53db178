"""The module against the reference and PyTorch under one mask, its modes; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, PARITY, apart, caught, sizes, tensor

from companion.reference import dropout as reference
from companion.torch.dropout import Dropout, sample_mask

SEEDS = range(4)
RATES = [0.2, 0.5, 0.9]


def drawn(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(sizes(rng, 3)).astype(dtype)
    return x, rng.standard_normal(x.shape).astype(dtype)


def run(layer, x, dy, device, *arguments):
    x = tensor(x, device, grad=True)
    y = layer(x, *arguments)
    y.backward(tensor(dy, device))
    return y, x.grad


def parity(module, seed, p, device):
    """Measure the errors of y and dx against PyTorch's dropout, and the reference's, with PyTorch's mask."""
    x, dy = drawn(seed)
    torch.manual_seed(seed)
    y_torch, dx_torch = run(torch.nn.Dropout(p), x, dy, device)
    mask = y_torch != 0
    y, dx = run(module(p), x, dy, device, mask)
    y_reference, cache = reference.forward(x, mask.cpu().numpy(), p)
    dx_reference = reference.backward(cache, dy)
    return (
        max(apart(y, y_torch), apart(y, y_reference)),
        max(apart(dx, dx_torch), apart(dx, dx_reference)),
    )


@pytest.mark.equation("eq-dropout")
@pytest.mark.equation("eq-dropout-grad")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("p", RATES)
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch_and_with_the_reference(seed, p, device, measure):
    y_error, dx_error = parity(Dropout, seed, p, device)
    measure("eq-dropout", y_error, PARITY)
    measure("eq-dropout-grad", dx_error, PARITY)


@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device):
    x, dy = drawn(0, np.float32)
    mask = reference.sample_mask(x.shape, 0.3, np.random.default_rng(0))
    y, dx = run(Dropout(0.3), x, dy, device, tensor(mask, device))
    assert y.dtype == dx.dtype == torch.float32
    assert apart(y, reference.forward(x.astype(float), mask, 0.3)[0]) <= FLOAT32


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("p", RATES)
def test_its_own_mask_keeps_the_right_share_and_the_mean(p, device):
    x = torch.ones(400, 500, device=device)
    generators = [torch.Generator(device).manual_seed(3) for _ in range(3)]
    y = Dropout(p)(x, generator=generators[0])
    assert torch.equal(y, Dropout(p)(x, generator=generators[1]))
    assert torch.equal(y != 0, sample_mask(x.shape, p, generators[2], device))
    assert abs(float(y.mean()) - 1) < 5 * np.sqrt(p / (1 - p) / x.numel())


def test_without_a_generator_pytorchs_own_is_used():
    torch.manual_seed(5)
    first = Dropout(0.5)(torch.ones(100))
    second = Dropout(0.5)(torch.ones(100))
    torch.manual_seed(5)
    assert torch.equal(first, Dropout(0.5)(torch.ones(100)))
    assert not torch.equal(first, second)


def test_rate_zero_and_evaluation_are_the_identity():
    x = torch.randn(3, 4)
    assert torch.equal(Dropout(0.0)(x), x)
    layer = Dropout(0.5).eval()
    assert layer(x) is x
    assert layer(x, mask=torch.zeros(3, 4, dtype=bool)) is x
    assert repr(layer) == "Dropout(p=0.5)"


def test_one_mask_may_serve_all_steps():
    x = torch.randn(5, 3, 4)
    mask = sample_mask((1, 3, 4), 0.5)
    assert torch.equal(Dropout(0.5)(x, mask), Dropout(0.5)(x, mask.expand(5, 3, 4)))


class NotRescaled(Dropout):
    def forward(self, x, mask):
        return x * mask


class RescaledByP(Dropout):
    def forward(self, x, mask):
        return x * mask / self.p


class ForwardAlone(Dropout):
    """Drop in the output, and send the gradient back whole."""

    def forward(self, x, mask):
        return x + (super().forward(x, mask) - x).detach()


@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(seed):
    for mutant in (NotRescaled, RescaledByP):
        assert caught(lambda mutant=mutant: parity(mutant, seed, 0.2, "cpu")[0])
    assert caught(lambda: parity(ForwardAlone, seed, 0.2, "cpu")[1])


X = torch.zeros(2, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Dropout(1.0), ValueError, "p: expected 0 <= p < 1, got 1.0"),
        (lambda: sample_mask((2,), -1), ValueError, "p: expected 0 <= p < 1, got -1"),
        (lambda: Dropout()(X, X), TypeError, "mask: expected truth values (bool), got float32 (2, 3)"),
        (
            lambda: Dropout()(X, torch.ones(3, 2, dtype=bool)),
            ValueError,
            "mask: expected (2, 3) or what broadcasts to it, got (3, 2)",
        ),
        (lambda: Dropout()(X.long()), TypeError, "x: expected floating-point numbers, got int64 (2, 3)"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
