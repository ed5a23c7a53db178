"""Gradient descent against torch.optim.SGD, what is frozen, what is refused; and mutants."""

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, tensor

from companion.reference.optim import sgd_step

STEPS = 3


def parity(step):
    """Take three steps on a quadratic, with different gradients each, beside torch.optim.SGD."""
    rng = np.random.default_rng(0)
    params = {"weight": rng.standard_normal((4, 3)), "bias": rng.standard_normal(4)}
    theirs = {name: tensor(value, grad=True) for name, value in params.items()}
    optimiser = torch.optim.SGD(theirs.values(), lr=0.3)
    for _ in range(STEPS):
        params = step(params, {name: 2 * value for name, value in params.items()}, 0.3)
        optimiser.zero_grad()
        sum((value**2).sum() for value in theirs.values()).backward()
        optimiser.step()
    return max(apart(params[name], theirs[name]) for name in params)


@pytest.mark.equation("eq-sgd")
def test_agrees_with_torch(measure):
    measure("eq-sgd", parity(sgd_step), PARITY)


def is_pure(step):
    params, grads = {"a": np.ones(2), "b": np.ones(3)}, {"a": np.ones(2), "b": np.ones(3)}
    new = step(params, grads, 0.5)
    untouched = all((value == 1).all() for value in (*params.values(), *grads.values()))
    return untouched and new is not params and all((value == 0.5).all() for value in new.values())


def test_is_pure():
    assert is_pure(sgd_step)


@pytest.mark.parametrize("lr", [0.1, np.float64(0.1), np.float32(0.1)])
def test_precision_is_kept(lr):
    params = {"a": np.ones(2, np.float32)}
    assert sgd_step(params, params, lr)["a"].dtype == np.float32


def test_what_is_frozen_stays():
    params = {"embedding.weight": np.ones((3, 2)), "dense.weight": np.ones((1, 2))}
    grads = {"dense.weight": np.full((1, 2), 4.0)}
    for given in (grads, {**grads, "embedding.weight": np.ones((3, 2))}):
        new = sgd_step(params, given, 0.5, frozen=["embedding.weight"])
        assert new["embedding.weight"] is params["embedding.weight"]
        assert new["dense.weight"].tolist() == [[-1.0, -1.0]]
        assert list(new) == list(params)


def ascent(params, grads, lr):
    return sgd_step(params, {name: -grad for name, grad in grads.items()}, lr)


def normalised(params, grads, lr):
    return sgd_step(params, {name: grad / np.linalg.norm(grad) for name, grad in grads.items()}, lr)


def first_only(params, grads, lr):
    return sgd_step(params, grads, lr, frozen=list(params)[1:])


@pytest.mark.parametrize("mutant", [ascent, normalised, first_only])
def test_mistakes_are_caught(mutant):
    assert caught(lambda: parity(mutant))


def test_a_step_in_place_is_caught():
    def in_place(params, grads, lr):
        for name in params:
            params[name] -= lr * grads[name]
        return params

    assert not is_pure(in_place)


A = {"a": np.ones(2)}


@pytest.mark.parametrize(
    ("grads", "lr", "frozen", "error", "message"),
    [
        ({}, 0.1, (), ValueError, "grads: expected the keys ['a'], got []"),
        ({**A, "b": 1}, 0.1, (), ValueError, "grads: expected the keys ['a'], got ['a', 'b']"),
        ({"a": np.ones(3)}, 0.1, (), ValueError, "grads['a']: expected (2,), got (3,)"),
        ({"a": [1, 2]}, 0.1, (), TypeError, "grads['a']: expected floating-point numbers, got int64 (2,)"),
        (A, 0.0, (), ValueError, "lr: expected a number above 0, got 0.0"),
        (A, float("nan"), (), ValueError, "lr: expected a number above 0, got nan"),
        (A, 0.1, ["c"], ValueError, "frozen: expected names among ['a'], got ['c']"),
    ],
)
def test_bad_input_is_refused(grads, lr, frozen, error, message):
    with pytest.raises(error) as refusal:
        sgd_step(A, grads, lr, frozen)
    assert str(refusal.value) == message
