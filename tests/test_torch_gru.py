"""The gated units in PyTorch against torch.nn.GRU and against the reference; and mutants."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import CAUGHT, DEVICES, FLOAT32, PARITY, apart, caught, tensor
from gated import KINDS, drawn, of_torch
from recurrent import errors, states, worst

from companion.reference import stack
from companion.torch import _gru
from companion.torch.gru import GRU
from companion.torch.rnn import RNN
from companion.torch.simple_gru import SimpleGRU

MODULES = {"after": GRU, "before": partial(GRU, reset_after=False), "simple": SimpleGRU}
every = pytest.mark.parametrize("kind", MODULES)
DERIVED = {**MODULES, "plain": RNN}  # what goes back through time by hand, as one node of the graph
by_hand = pytest.mark.parametrize("kind", DERIVED)


def of_module(module, case, device="cpu"):
    """Run a module of ours forward and backward, with lengths where the case has them."""
    layers, _, hidden = case.h_0.shape
    layer = module(case.x.shape[2], hidden, layers, device=device, dtype=tensor(case.x).dtype)
    layer.load_state_dict(states(case.params))
    x, h_0 = tensor(case.x, device, grad=True), tensor(case.h_0, device, grad=True)
    y, h_n = layer(x, h_0, case.lengths if case.lengths is None else tensor(case.lengths))
    torch.autograd.backward([y, h_n], [tensor(case.dy, device), tensor(case.dh_n, device)])
    gradients = {name: value.grad for name, value in layer.named_parameters()}
    return {"y": y, "h_n": h_n, "dx": x.grad, "dh_0": h_0.grad, **gradients}


def of_reference(kind, case):
    forward, backward = KINDS[kind].forward, KINDS[kind].module.backward
    y, h_n, cache = stack.forward(case.params, case.x, case.h_0, case.lengths, layer=forward)
    dx, dh_0, dparams = stack.backward(cache, case.dy, case.dh_n, layer=backward)
    return {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0, **dparams}


@pytest.mark.equation("eq-gru-gates")
@pytest.mark.equation("eq-gru-candidate")
@pytest.mark.equation("eq-gru-candidate-before")
@pytest.mark.equation("eq-gru-state")
@pytest.mark.equation("eq-gru-grad-state")
@pytest.mark.equation("eq-gru-grad-gates")
@pytest.mark.equation("eq-gru-grad-reset")
@pytest.mark.equation("eq-simple-gru")
@pytest.mark.equation("eq-simple-gru-grad")
@every
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize(("seed", "layers"), [(0, 1), (1, 3)])
def test_agrees_with_torch_and_with_the_reference(seed, layers, ragged, device, kind, measure):
    case = drawn(kind, seed, layers, ragged)
    ours = of_module(MODULES[kind], case, device)
    for theirs in [of_reference(kind, case), *([of_torch(case)] if kind == "after" else [])]:
        by = errors(ours, theirs)
        outputs, everything = max(by["y"], by["h_n"]), max(by.values())
        if kind == "simple":
            measure("eq-simple-gru", outputs, PARITY)
            measure("eq-simple-gru-grad", everything, PARITY)
            continue
        candidate = "eq-gru-candidate" if kind == "after" else "eq-gru-candidate-before"
        for label in ("eq-gru-gates", candidate, "eq-gru-state"):
            measure(label, outputs, PARITY)
        for label in ("eq-gru-grad-state", "eq-gru-grad-gates", "eq-gru-grad-reset"):
            measure(label, everything, PARITY)


@every
@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device, kind):
    case = drawn(kind, 0, 2, ragged=True)
    single = case._replace(**{k: getattr(case, k).astype(np.float32) for k in ("x", "h_0", "dy", "dh_n")})
    results = of_module(MODULES[kind], single, device)
    assert {value.dtype for value in results.values()} == {torch.float32}
    assert worst(results, of_reference(kind, case)) <= FLOAT32


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layers", [1, 2])
def test_state_dicts_load_both_ways_and_start_alike(layers, bias):
    torch.manual_seed(3)
    theirs = torch.nn.GRU(4, 6, layers, bias=bias)
    torch.manual_seed(3)
    ours = GRU(4, 6, layers, bias=bias)
    x = torch.randn(5, 3, 4)
    for a, b in ((ours, theirs), (theirs, ours)):
        assert list(a.state_dict()) == list(b.state_dict())
        for p, q in zip(a.parameters(), b.parameters(), strict=True):
            assert torch.equal(p, q)
        a.reset_parameters()
        b.load_state_dict(a.state_dict())
        assert apart(a(x)[0], b(x)[0]) <= FLOAT32
    other = GRU(4, 6, layers, bias=bias, reset_after=False)
    other.load_state_dict(theirs.state_dict())  # it loads, and is another function
    assert apart(other(x)[0], ours(x)[0]) > CAUGHT


@every
@pytest.mark.parametrize("bias", [True, False])
def test_step_after_step_is_forward(bias, kind):
    case = drawn(kind, 0, 2)
    layer = MODULES[kind](case.x.shape[2], case.h_0.shape[2], 2, bias=bias, dtype=torch.float64)
    layer.load_state_dict({k: v for k, v in states(case.params).items() if bias or "weight" in k})
    y, h_n = layer(tensor(case.x), tensor(case.h_0))
    h, steps = tensor(case.h_0), []
    for x_t in tensor(case.x):
        h = layer.step(x_t, h)
        steps.append(h[-1])
    assert max(apart(torch.stack(steps), y), apart(h, h_n)) <= PARITY


@every
def test_the_derived_loop_is_the_loop_written_out(kind, monkeypatch):
    case = drawn(kind, 1, 2, ragged=True)
    derived = of_module(MODULES[kind], case)
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda device: True)  # then autograd goes back
    assert worst(derived, of_module(MODULES[kind], case)) <= PARITY


@every
def test_second_derivatives(kind):
    layer = MODULES[kind](2, 3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    x = torch.randn(3, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    assert torch.autograd.gradgradcheck(lambda x: layer(x, lengths=[3, 2]), x.requires_grad_())


@by_hand
def test_gradients_of_functions_agree_with_backward(kind):
    layer = DERIVED[kind](4, 6, dtype=torch.float64)
    x = torch.randn(5, 3, 4, dtype=torch.float64)

    def loss(params):
        return torch.func.functional_call(layer, params, (x,))[0].square().sum()

    functional = torch.func.grad(loss)(dict(layer.named_parameters()))
    loss(dict(layer.named_parameters())).backward()
    for name, value in layer.named_parameters():
        assert apart(functional[name], value.grad) <= PARITY


@by_hand
def test_what_needs_no_gradient_gets_none(kind):
    layer = DERIVED[kind](4, 6, dtype=torch.float64)
    layer.weight_hh_l0.requires_grad_(False)
    x = torch.randn(5, 3, 4, dtype=torch.float64)
    layer(x)[0].sum().backward()
    assert layer.weight_hh_l0.grad is None
    assert layer.weight_ih_l0.grad.abs().max() > 0
    frozen = layer.requires_grad_(False)(x)[0]
    assert not frozen.requires_grad


@by_hand
def test_lower_precision_where_autocast_asks_for_it(kind):
    layer, x = DERIVED[kind](4, 6), torch.randn(5, 3, 4)
    exact = layer(x)[0]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = layer(x)[0]
    rough.sum().backward()
    assert 0 < apart(rough.float(), exact) < 0.05
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters())


@every
@pytest.mark.parametrize("T", [0, 1])
def test_no_step_or_one(T, kind):
    case = drawn(kind, 0)
    layer = MODULES[kind](case.x.shape[2], case.h_0.shape[2], dtype=torch.float64)
    h_0 = tensor(case.h_0, grad=True)
    y, h_n = layer(tensor(case.x[:T]), h_0)
    (h_n.sum() + y.sum()).backward()
    assert y.shape == (T, *case.dy.shape[1:])
    if T == 0:
        assert torch.equal(h_n, h_0)
        assert torch.equal(h_0.grad, torch.ones_like(h_0))


def replaced(name, function):
    """Put a mistake into the step that both the written-out loop and the module's own step take."""

    def module(*arguments, **options):
        layer = GRU(*arguments, **options)

        def run_layer(x, state, live, weights):
            weights, state, live = function(weights, state, live)
            return GRU.run_layer(layer, x, state, live, weights)

        layer.run_layer = run_layer
        return layer

    module.__name__ = name
    return module


def rows(weights, order):
    """Put the thirds of all four parameters in another order."""
    turned = [torch.cat([value.chunk(3)[i] for i in order]) for value in weights[:4]]
    return weights._replace(weight_ih=turned[0], weight_hh=turned[1], bias_ih=turned[2], bias_hh=turned[3])


def summed(weights):
    return weights._replace(bias_ih=weights.bias, bias_hh=0 * weights.bias_hh)


def negated(weights):
    """Change the sign of z's rows: z becomes 1 - z."""
    sign = torch.tensor([1.0, -1.0, 1.0]).repeat_interleave(weights.weight_hh.shape[1]).double()
    new = [value * (sign if value.dim() == 1 else sign[:, None]) for value in weights[:4]]
    return weights._replace(weight_ih=new[0], weight_hh=new[1], bias_ih=new[2], bias_hh=new[3])


MUTANTS = [
    replaced("r and z rows swapped", lambda w, h, live: (rows(w, (1, 0, 2)), h, live)),
    replaced("z and n rows swapped", lambda w, h, live: (rows(w, (0, 2, 1)), h, live)),
    replaced("biases of the candidate summed", lambda w, h, live: (summed(w), h, live)),
    replaced("z for 1 - z", lambda w, h, live: (negated(w), h, live)),
    replaced("second bias missing", lambda w, h, live: (w._replace(bias_hh=0 * w.bias_hh), h, live)),
    replaced("h_0 ignored", lambda w, h, live: (w, 0 * h, live)),
    replaced("padding read", lambda w, h, live: (w, h, None)),
    partial(GRU, reset_after=False),
]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mistakes_are_caught(mutant):
    case = drawn("after", 0, 2, ragged=True)
    assert caught(lambda: worst(of_module(mutant, case), of_torch(case)))
    assert worst(of_module(GRU, case), of_torch(case)) <= PARITY < CAUGHT


def test_a_mask_on_the_state_is_where_w_hh_is_applied_and_not_on_what_is_carried():
    case = drawn("after", 0)
    h, a = tensor(case.h_0[0]), tensor(np.zeros((case.h_0.shape[1], 3 * case.h_0.shape[2])))
    W, b = (tensor(case.params[name]) for name in ("weight_hh_l0", "bias_hh_l0"))
    nothing = torch.zeros_like(h)
    for masked, unseen in (
        (_gru.after(a, h, W, b, nothing), _gru.after(a, h, 0 * W, b)),
        (_gru.before(a, h, W, nothing), _gru.before(a, h, 0 * W)),
    ):
        assert torch.equal(masked, unseen)
        assert apart(masked, _gru.after(a, nothing, W, b)) > CAUGHT


@pytest.mark.equation("eq-variational-dropout")
@every
def test_a_mask_on_the_state_is_one_on_the_columns_of_w_hh(kind, measure):
    case = drawn(kind, 0)
    layer = MODULES[kind](case.x.shape[2], case.h_0.shape[2], dtype=torch.float64)
    layer.load_state_dict(states(case.params))
    x, h_0, weights = tensor(case.x), tensor(case.h_0[0]), layer.layer_weights(0)
    scale = 2.0 * (torch.arange(h_0.shape[1]) % 2).double()  # every other unit, p = 1/2
    masked, _ = layer.run_layer(x, h_0, None, weights._replace(state_mask=scale.expand_as(h_0)))
    columns, _ = layer.run_layer(x, h_0, None, weights._replace(weight_hh=weights.weight_hh * scale))
    measure("eq-variational-dropout", apart(masked, columns), PARITY)
    assert apart(masked, layer(x, h_0[None])[0]) > CAUGHT


def test_it_says_what_it_is():
    assert repr(GRU(4, 6)) == "GRU(4, 6)"
    assert repr(GRU(4, 6, 2, reset_after=False)) == "GRU(4, 6, num_layers=2, reset_after=False)"
    assert repr(SimpleGRU(4, 6, bias=False)) == "SimpleGRU(4, 6, bias=False)"
