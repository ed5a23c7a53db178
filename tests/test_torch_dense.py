"""The module against torch.nn.Linear and against the reference; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, PARITY, apart, caught, sizes, tensor

from companion.reference import dense as reference
from companion.torch.dense import Dense

SEEDS = range(4)


def drawn(seed, batch_axes, dtype=np.float64):
    rng = np.random.default_rng(seed)
    d_in, d_out, *batch = sizes(rng, 2 + batch_axes)
    params = reference.init(d_in, d_out, rng, dtype)
    return (
        params,
        rng.standard_normal((*batch, d_in)).astype(dtype),
        rng.standard_normal((*batch, d_out)).astype(dtype),
    )


def loaded(module, params, device):
    d_out, d_in = params["weight"].shape
    layer = module(d_in, d_out, device=device, dtype=tensor(params["weight"]).dtype)
    layer.load_state_dict({name: tensor(value) for name, value in params.items()})
    return layer


def run(layer, x, dy):
    """Run a module forward and backward, and return y, dx, dweight and dbias."""
    x = x.clone().requires_grad_()
    y = layer(x)
    y.backward(dy)
    return y, x.grad, layer.weight.grad, layer.bias.grad


def parity(module, seed, batch_axes, device):
    """Measure the error of y and the largest of the gradients, against torch.nn and the reference."""
    params, x, dy = drawn(seed, batch_axes)
    arguments = tensor(x, device), tensor(dy, device)
    ours = run(loaded(module, params, device), *arguments)
    theirs = run(loaded(torch.nn.Linear, params, device), *arguments)
    y, cache = reference.forward(params, x)
    dx, dparams = reference.backward(cache, dy)
    errors = [
        max(apart(a, b), apart(a, c))
        for a, b, c in zip(ours, theirs, (y, dx, dparams["weight"], dparams["bias"]), strict=True)
    ]
    return errors[0], max(errors[1:])


@pytest.mark.equation("eq-dense")
@pytest.mark.equation("eq-dense-grad")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("batch_axes", [0, 1, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch_and_with_the_reference(seed, batch_axes, device, measure):
    y_error, gradient_error = parity(Dense, seed, batch_axes, device)
    measure("eq-dense", y_error, PARITY)
    measure("eq-dense-grad", gradient_error, PARITY)


@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device):
    params, x, dy = drawn(0, 2, np.float32)
    results = run(loaded(Dense, params, device), tensor(x, device), tensor(dy, device))
    exact = {name: value.astype(float) for name, value in params.items()}
    y, cache = reference.forward(exact, x.astype(float))
    dx, dparams = reference.backward(cache, dy.astype(float))
    assert {r.dtype for r in results} == {torch.float32}
    expected = (y, dx, dparams["weight"], dparams["bias"])
    assert max(apart(a, b) for a, b in zip(results, expected, strict=True)) <= FLOAT32


@pytest.mark.parametrize("device", DEVICES)
def test_init_is_pytorchs_distribution_and_repeatable(device):
    def made():
        return Dense(400, 300, generator=torch.Generator(device).manual_seed(3), device=device)

    for a, b in zip(made().state_dict().values(), made().state_dict().values(), strict=True):
        assert torch.equal(a, b)
        assert 0.049 < float(a.abs().max()) <= 0.05
        assert abs(float(a.mean())) < 0.01


def test_names_shapes_and_repr_are_those_of_linear():
    ours, theirs = Dense(4, 3), torch.nn.Linear(4, 3)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {
        k: v.shape for k, v in theirs.state_dict().items()
    }
    assert repr(ours) == "Dense(4, 3)"


class NoBias(Dense):
    def forward(self, x):
        return x @ self.weight.T + 0 * self.bias


class NotTransposed(Dense):
    def forward(self, x):
        return x @ self.weight.reshape(self.in_features, self.out_features) + self.bias


class BiasTwice(Dense):
    def forward(self, x):
        return super().forward(x) + self.bias


@pytest.mark.parametrize("mutant", [NoBias, NotTransposed, BiasTwice])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mutant, seed):
    assert caught(lambda: parity(mutant, seed, 2, "cpu")[0])
    assert caught(lambda: parity(mutant, seed, 2, "cpu")[1])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda d: d(torch.zeros(5, 4)), ValueError, "x: expected (..., 3), got (5, 4)"),
        (
            lambda d: d(torch.zeros(5, 3, dtype=int)),
            TypeError,
            "x: expected floating-point numbers, got int64 (5, 3)",
        ),
        (lambda d: Dense(0, 2), ValueError, "expected at least one input and one output, got 0 and 2"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call(Dense(3, 2))
    assert str(refusal.value) == message
