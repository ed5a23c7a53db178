"""The recurrent module against torch.nn.RNN and against the reference; and mutants."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import CAUGHT, DEVICES, FLOAT32, PARITY, apart, caught, tensor
from recurrent import drawn, errors, of_torch, states, worst

from companion.reference import rnn as reference
from companion.reference import stack
from companion.torch.rnn import RNN

SEEDS = range(3)
both = pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])


def of_module(module, case, nonlinearity="tanh", device="cpu"):
    """Run a module of ours forward and backward, with lengths where the case has them."""
    layers, _, hidden = case.h_0.shape
    layer = module(case.x.shape[2], hidden, layers, nonlinearity, device=device, dtype=tensor(case.x).dtype)
    layer.load_state_dict(states(case.params))
    x, h_0 = tensor(case.x, device, grad=True), tensor(case.h_0, device, grad=True)
    y, h_n = layer(x, h_0, case.lengths if case.lengths is None else tensor(case.lengths))
    torch.autograd.backward([y, h_n], [tensor(case.dy, device), tensor(case.dh_n, device)])
    gradients = {name: value.grad for name, value in layer.named_parameters()}
    return {"y": y, "h_n": h_n, "dx": x.grad, "dh_0": h_0.grad, **gradients}


def of_reference(case, nonlinearity="tanh"):
    forward = partial(reference.forward, nonlinearity=nonlinearity)
    y, h_n, cache = stack.forward(case.params, case.x, case.h_0, case.lengths, layer=forward)
    dx, dh_0, dparams = stack.backward(cache, case.dy, case.dh_n)
    return {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0, **dparams}


@pytest.mark.equation("eq-rnn")
@pytest.mark.equation("eq-unfolded")
@pytest.mark.equation("eq-rnn-last")
@both
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch_and_with_the_reference(seed, layers, ragged, device, nonlinearity, measure):
    case = drawn(seed, layers, ragged)
    ours = of_module(RNN, case, nonlinearity, device)
    for theirs in (of_torch(case, nonlinearity), of_reference(case, nonlinearity)):
        apart_by = errors(ours, theirs)
        measure("eq-rnn", max(apart_by.values()), PARITY)
        measure("eq-unfolded", apart_by["y"], PARITY)
        measure("eq-rnn-last", apart_by["h_n"], PARITY)


@both
@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device, nonlinearity):
    case = drawn(0, 2, ragged=True)
    single = case._replace(**{k: getattr(case, k).astype(np.float32) for k in ("x", "h_0", "dy", "dh_n")})
    results = of_module(RNN, single, nonlinearity, device)
    assert {value.dtype for value in results.values()} == {torch.float32}
    assert worst(results, of_reference(case, nonlinearity)) <= FLOAT32


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layers", [1, 2])
def test_state_dicts_load_both_ways_and_start_alike(layers, bias):
    torch.manual_seed(3)
    theirs = torch.nn.RNN(4, 6, layers, bias=bias)
    torch.manual_seed(3)
    ours = RNN(4, 6, layers, bias=bias)
    x = torch.randn(5, 3, 4)
    for a, b in ((ours, theirs), (theirs, ours)):
        assert list(a.state_dict()) == list(b.state_dict())
        for p, q in zip(a.parameters(), b.parameters(), strict=True):
            assert torch.equal(p, q)
        a.reset_parameters()
        b.load_state_dict(a.state_dict())
        assert apart(a(x)[0], b(x)[0]) <= FLOAT32
    if bias:
        params = {name: value.numpy() for name, value in theirs.state_dict().items()}
        assert apart(stack.forward(params, x.numpy())[0], ours(x)[0]) <= FLOAT32


@both
@pytest.mark.parametrize("layers", [1, 3])
def test_step_after_step_is_forward(layers, nonlinearity):
    case = drawn(0, layers)
    _, _, hidden = case.h_0.shape
    layer = RNN(case.x.shape[2], hidden, layers, nonlinearity, dtype=torch.float64)
    layer.load_state_dict(states(case.params))
    y, h_n = layer(tensor(case.x), tensor(case.h_0))
    h, steps = tensor(case.h_0), []
    for x_t in tensor(case.x):
        h = layer.step(x_t, h)
        steps.append(h[-1])
    assert max(apart(torch.stack(steps), y), apart(h, h_n)) <= PARITY


@both
def test_second_derivatives(nonlinearity):
    layer = RNN(2, 3, 2, nonlinearity, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    x = torch.randn(4, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    assert torch.autograd.gradgradcheck(lambda x: layer(x, lengths=[4, 2]), x.requires_grad_())


@pytest.mark.parametrize("device", DEVICES)
def test_generator_decides(device):
    def made():
        return RNN(4, 6, generator=torch.Generator(device).manual_seed(3), device=device)

    for a, b in zip(made().parameters(), made().parameters(), strict=True):
        assert torch.equal(a, b)


class Forgetful(RNN):
    """Start every layer from zero."""

    def run_layer(self, x, h, live, weights):
        return super().run_layer(x, 0 * h, live, weights)


class OneBias(RNN):
    """Leave the second bias out."""

    def run_layer(self, x, h, live, weights):
        return super().run_layer(x, h, live, weights._replace(bias_hh=0 * weights.bias_hh))


class Transposed(RNN):
    """Multiply by W_hh where its transpose is meant."""

    def run_layer(self, x, h, live, weights):
        return super().run_layer(x, h, live, weights._replace(weight_hh=weights.weight_hh.T))


class Padded(RNN):
    """Read the padding too."""

    def run_layer(self, x, h, live, weights):
        return super().run_layer(x, h, None, weights)


class Detached(RNN):
    """Cut the graph in the middle of the sequence."""

    def run_layer(self, x, h, live, weights):
        half = len(x) // 2
        first, h = super().run_layer(x[:half], h, live if live is None else live[:half], weights)
        rest = live if live is None else live[half:]
        second, h = super().run_layer(x[half:], h.detach(), rest, weights)
        return torch.cat([first, second]), h


@pytest.mark.parametrize("mutant", [Forgetful, OneBias, Transposed, Padded, Detached])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mutant, seed):
    case = drawn(seed, 2, ragged=True)
    assert caught(lambda: worst(of_module(mutant, case), of_torch(case)))
    assert worst(of_module(RNN, case), of_torch(case)) <= PARITY < CAUGHT
