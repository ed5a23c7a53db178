"""L1 and L2 penalties: against Keras, torch.optim and differences; and what weight decay is, and is not."""

import importlib

import numpy as np
import pytest
import torch
from comparing import GRADCHECK, PARITY, apart, caught, tensor

from companion.reference import optim
from companion.reference import regularization as reference
from companion.reference.gradcheck import numerical_gradient
from companion.torch import regularization as ours

SEEDS = range(3)
PENALTIES = {"l1": reference.l1, "l2": reference.l2}
kinds = pytest.mark.parametrize("kind", PENALTIES)


@pytest.fixture(scope="module")
def regularizers():
    """Keras' penalties, computing with PyTorch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        yield importlib.import_module("keras").regularizers


def drawn(seed):
    """Draw the parameters of a small network, and gradients; a bias that is large shows if it is charged."""
    rng = np.random.default_rng(seed)
    shapes = {"weight_ih_l0": (6, 4), "weight_hh_l0": (6, 6), "bias_ih_l0": (6,), "filter": (5, 2, 3)}
    params = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    params["bias_ih_l0"] *= 9
    return params, {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def tensors(params):
    return {name: tensor(value, grad=True) for name, value in params.items()}


def of_torch(kind, params, strength, names=None):
    """Return the penalty and its gradients from our PyTorch function."""
    leaves = tensors(params)
    penalty = getattr(ours, kind)(leaves, strength, names)
    penalty.backward()
    zeros = {name: np.zeros_like(value) for name, value in params.items()}
    return penalty, zeros | {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}


def of_keras(rule, params):
    """Return what a rule of Keras charges for the weight matrices, and autograd's gradients."""
    leaves = tensors(params)
    penalty = sum(rule(leaf) for name, leaf in leaves.items() if "bias" not in name)
    penalty.backward()
    zeros = {name: np.zeros_like(value) for name, value in params.items()}
    return penalty, zeros | {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}


def error(a, b):
    """Measure the largest error of the penalty and of every gradient."""
    return max(apart(a[0], b[0]), *(apart(a[1][name], b[1][name]) for name in b[1]))


@pytest.mark.equation("eq-l1", "eq-l2")
@kinds
@pytest.mark.parametrize("seed", SEEDS)
def test_both_back_ends_are_keras(regularizers, seed, kind, measure):
    params, _ = drawn(seed)
    strength = 2.0**-5  # Keras keeps it in float32
    theirs = of_keras({"l1": regularizers.L1, "l2": regularizers.L2}[kind](strength), params)
    measure(f"eq-{kind}", error(PENALTIES[kind](params, strength), theirs), PARITY)
    measure(f"eq-{kind}", error(of_torch(kind, params, strength), theirs), PARITY)


@pytest.mark.equation("eq-l1", "eq-l2")
@kinds
def test_gradients_against_differences(kind, measure):
    params, _ = drawn(0)
    _, grads = PENALTIES[kind](params, 0.7)
    for name, value in params.items():
        numeric = numerical_gradient(lambda w, n=name: PENALTIES[kind]({**params, n: w}, 0.7)[0], value)
        measure(f"eq-{kind}", apart(grads[name], numeric), GRADCHECK)


@kinds
@pytest.mark.parametrize("names", [["bias_ih_l0"], ["filter", "weight_hh_l0"], []])
def test_only_what_is_named_is_charged_for(kind, names):
    params, _ = drawn(1)
    penalty, grads = PENALTIES[kind](params, 0.5, names)
    chosen = {name: params[name] for name in names}
    alone, parts = PENALTIES[kind](chosen, 0.5, names)
    assert penalty == pytest.approx(alone)
    assert {name for name, grad in grads.items() if grad.any()} == set(names)
    assert all((grads[name] == parts[name]).all() for name in names)
    if names:
        assert error((penalty, grads), of_torch(kind, params, 0.5, names)) <= PARITY
    else:
        assert penalty == float(getattr(ours, kind)(tensors(params), 0.5, names)) == 0


def test_what_the_penalties_are_like():
    params, _ = drawn(2)
    for scale in (2.0, -3.0):
        larger = {name: scale * value for name, value in params.items()}
        assert reference.l1(larger, 1)[0] == pytest.approx(abs(scale) * reference.l1(params, 1)[0])
        assert reference.l2(larger, 1)[0] == pytest.approx(scale**2 * reference.l2(params, 1)[0])
    for name, kind in PENALTIES.items():
        assert kind(params, 0)[0] == getattr(ours, name)(tensors(params), 0).item() == 0
        assert kind({"w": np.zeros((2, 3))}, 1)[1]["w"].any() == np.False_
        assert kind(params, 2)[1]["filter"].dtype == np.float64
        assert kind({"w": np.ones((2, 3), np.float32)}, 0.1)[1]["w"].dtype == np.float32
    assert reference.weight_names(params) == ours.weight_names(tensors(params))
    assert reference.weight_names(params) == ["weight_ih_l0", "weight_hh_l0", "filter"]


def steps(params, grads, step, count=5):
    """Take steps, the gradients the same ones drawn at each; ``step(params, grads)``."""
    for _ in range(count):
        params = step(params, grads)
    return params


def of_optimiser(make, params, grads, count=5):
    """Take the same steps with an optimiser of PyTorch's, whose decay is for the weights alone."""
    leaves = tensors(params)
    weights = reference.weight_names(params)
    others = [leaf for name, leaf in leaves.items() if name not in weights]
    optimiser = make([{"params": [leaves[n] for n in weights]}, {"params": others, "weight_decay": 0.0}])
    for _ in range(count):
        for name, leaf in leaves.items():
            leaf.grad = tensor(grads[name])
        optimiser.step()
    return {name: leaf.detach() for name, leaf in leaves.items()}


def furthest(a, b):
    return max(apart(a[name], b[name]) for name in b)


def with_l2(params, grads, strength=0.05):
    """Add the penalty's gradient to the loss's."""
    _, penalty = reference.l2(params, strength)
    return {name: grads[name] + penalty[name] for name in grads}


@pytest.mark.parametrize("seed", SEEDS)
def test_for_sgd_weight_decay_is_l2(seed):
    params, grads = drawn(seed)
    charged = steps(params, grads, lambda p, g: optim.sgd_step(p, with_l2(p, g), 0.1))
    decayed = steps(params, grads, lambda p, g: optim.sgd_step(reference.decay(p, 0.1, 0.05), g, 0.1))
    pytorchs = of_optimiser(lambda groups: torch.optim.SGD(groups, 0.1, weight_decay=0.1), params, grads)
    assert furthest(decayed, charged) <= PARITY
    assert furthest(pytorchs, charged) <= PARITY


def adam(params, grads, before=lambda p, g: (p, g), count=5):
    """Take steps of Adam, what comes before each given: (params, grads) to (params, grads)."""
    state = optim.adam_init(params)
    for _ in range(count):
        params, given = before(params, grads)
        params, state = optim.adam_step(params, given, state, lr=0.1)
    return params


@pytest.mark.parametrize("seed", SEEDS)
def test_for_adam_weight_decay_is_not_l2(seed):
    params, grads = drawn(seed)
    charged = adam(params, grads, lambda p, g: (p, with_l2(p, g)))
    decayed = adam(params, grads, lambda p, g: (reference.decay(p, 0.1, 0.05), g))
    in_loss = of_optimiser(lambda groups: torch.optim.Adam(groups, 0.1, weight_decay=0.1), params, grads)
    apart_from_it = of_optimiser(
        lambda groups: torch.optim.AdamW(groups, 0.1, weight_decay=0.1), params, grads
    )
    assert furthest(in_loss, charged) <= PARITY
    assert furthest(apart_from_it, decayed) <= PARITY
    assert furthest(charged, decayed) > 1e-2


def test_decay_leaves_alone_what_is_not_named():
    params, _ = drawn(0)
    after = reference.decay(params, 0.1, 0.5)
    assert after["bias_ih_l0"] is params["bias_ih_l0"]
    assert apart(after["filter"], 0.9 * params["filter"]) <= PARITY
    only = reference.decay(params, 0.1, 0.5, ["bias_ih_l0"])
    assert only["filter"] is params["filter"]
    assert apart(only["bias_ih_l0"], 0.9 * params["bias_ih_l0"]) <= PARITY


def half(params, strength):
    """Return the other convention, lambda / 2."""
    return reference.l2(params, strength / 2)


def biases_too(params, strength):
    return reference.l2(params, strength, list(params))


def averaged(params, strength):
    penalty, grads = reference.l2(params, strength)
    return penalty, {name: grad / grad.size for name, grad in grads.items()}


def two_forgotten(params, strength):
    penalty, grads = reference.l2(params, strength)
    return penalty, {name: grad / 2 for name, grad in grads.items()}


def uphill(params, strength):
    penalty, grads = reference.l2(params, strength)
    return penalty, {name: -grad for name, grad in grads.items()}


@pytest.mark.parametrize("mistake", [half, biases_too, averaged, two_forgotten, uphill, reference.l1])
def test_mistakes_are_caught(regularizers, mistake):
    params, _ = drawn(0)
    assert caught(lambda: error(mistake(params, 0.5), of_keras(regularizers.L2(0.5), params)))


PARAMS = {"weight": np.ones((2, 3)), "bias": np.ones(2)}


@kinds
def test_bad_input_is_refused_in_the_same_words(kind):
    functions = [(PENALTIES[kind], PARAMS), (getattr(ours, kind), tensors(PARAMS))]
    for penalty, params in functions:
        with pytest.raises(ValueError, match=r"strength: expected 0 or more, got -1"):
            penalty(params, -1)
        with pytest.raises(ValueError, match=r"strength: expected 0 or more, got nan"):
            penalty(params, np.nan)
        with pytest.raises(ValueError, match=r"names: expected some of \['bias', 'weight'\], got \['w'\]"):
            penalty(params, 1, ["weight", "w"])
    with pytest.raises(TypeError, match=r"bias: expected floating-point numbers, got int64 \(2,\)"):
        PENALTIES[kind]({**PARAMS, "bias": np.ones(2, int)}, 1)
    with pytest.raises(TypeError, match=r"bias: expected floating-point numbers, got int64 \(2,\)"):
        getattr(ours, kind)({"bias": torch.ones(2, dtype=torch.int64)}, 1)
    with pytest.raises(ValueError, match="lr: expected a number above 0, got 0"):
        reference.decay(PARAMS, 0, 1)
