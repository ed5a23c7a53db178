"""Momentum and Adam against torch.optim, step for step; what is frozen, what is refused; and mutants."""

import numpy as np
import pytest
import torch
from comparing import apart, caught, tensor

from companion.reference import optim

STEPS = 40
EXACT = 1e-12  # float64, parameters and state after every step

MOMENTUM = {"lr": 0.05, "momentum": 0.8}
ADAM = {"lr": 0.05, "betas": (0.8, 0.95), "eps": 0.1}


def drawn():
    rng = np.random.default_rng(0)
    return {"weight": rng.standard_normal((4, 3)), "bias": rng.standard_normal(4)}


def slopes(params, t):
    """Give the gradients of a function that bends and drifts: none is a multiple of another."""
    return {name: np.sin(3 * value + t) + value for name, value in params.items()}


def path(init, step, settings):
    """Take the steps of ours, or of a mutant, and keep the parameters after each."""
    params, state = drawn(), init(drawn())
    result = []
    for t in range(STEPS):
        params, state = step(params, slopes(params, t), state, **settings)
        result.append(params)
    return result


def torch_path(optimiser, settings):
    params = {name: tensor(value, grad=True) for name, value in drawn().items()}
    theirs = optimiser(params.values(), **settings)
    result = []
    for t in range(STEPS):
        for name, grad in slopes({name: value.detach().numpy() for name, value in params.items()}, t).items():
            params[name].grad = tensor(grad)
        theirs.step()
        result.append({name: value.detach().clone() for name, value in params.items()})
    return result


def parity(init, step, optimiser, settings):
    ours, theirs = path(init, step, settings), torch_path(optimiser, settings)
    return max(apart(a[name], b[name]) for a, b in zip(ours, theirs, strict=True) for name in a)


def momentum_parity(step, settings=MOMENTUM):
    return parity(optim.momentum_init, step, torch.optim.SGD, settings)


def adam_parity(step, settings=ADAM):
    return parity(optim.adam_init, step, torch.optim.Adam, settings)


@pytest.mark.equation("eq-momentum")
@pytest.mark.parametrize("settings", [MOMENTUM, {"lr": 0.3, "momentum": 0.0}, {"lr": 0.01, "momentum": 0.99}])
def test_momentum_agrees_with_torch(settings, measure):
    measure("eq-momentum", momentum_parity(optim.momentum_step, settings), EXACT)


@pytest.mark.equation("eq-adam")
@pytest.mark.parametrize("settings", [ADAM, {"lr": 1e-3}, {"lr": 0.1, "betas": (0.0, 0.5), "eps": 1e-2}])
def test_adam_agrees_with_torch(settings, measure):
    measure("eq-adam", adam_parity(optim.adam_step, settings), EXACT)


@pytest.mark.parametrize(
    ("ours", "theirs", "settings"),
    [
        (optim.sgd, torch.optim.SGD, {"lr": 0.05}),
        (optim.momentum, torch.optim.SGD, MOMENTUM),
        (optim.adam, torch.optim.Adam, ADAM),
    ],
)
def test_optimisers_are_the_steps_with_their_settings(ours, theirs, settings):
    optimiser = ours(**settings)
    steps, expected = path(optimiser.init, optimiser.step, {}), torch_path(theirs, settings)
    assert max(apart(steps[-1][name], expected[-1][name]) for name in drawn()) <= EXACT


def test_the_first_step_of_adam_is_as_long_as_the_learning_rate():
    """Forget the size of every gradient: 1e-3 or 1e3, each number moves by lr."""
    grads = {"a": np.array([1e-3, -1.0, 1e3])}
    params, _ = optim.adam_step({"a": np.zeros(3)}, grads, optim.adam_init(grads), lr=0.1, eps=0.0)
    assert apart(params["a"], [-0.1, 0.1, -0.1]) < 1e-15


def test_velocity_under_a_constant_gradient_grows_to_its_limit():
    params, velocity = {"a": np.zeros(1)}, {"a": np.zeros(1)}
    for _ in range(300):
        params, velocity = optim.momentum_step(params, {"a": np.ones(1)}, velocity, lr=0.1, momentum=0.9)
    assert apart(velocity["a"], [10.0]) < 1e-12


@pytest.mark.parametrize("optimiser", [optim.sgd(0.5), optim.momentum(0.5), optim.adam(0.5)])
def test_steps_are_pure(optimiser):
    params, grads = {"a": np.ones(2), "b": np.ones(3)}, {"a": np.ones(2), "b": np.ones(3)}
    state = optimiser.init(params)
    first, first_state = optimiser.step(params, grads, state)
    optimiser.step(first, grads, first_state)
    again, _ = optimiser.step(params, grads, state)
    assert all((value == 1).all() for value in (*params.values(), *grads.values()))
    assert all(np.array_equal(first[name], again[name]) for name in params)
    assert not np.array_equal(first["a"], params["a"])


@pytest.mark.parametrize("make", [optim.sgd, optim.momentum, optim.adam])
@pytest.mark.parametrize("lr", [0.1, np.float64(0.1), np.float32(0.1)])
def test_precision_is_kept(make, lr):
    params = {"a": np.ones(2, np.float32)}
    optimiser = make(lr)
    params, state = optimiser.step(params, params, optimiser.init(params))
    params, state = optimiser.step(params, params, state)
    assert params["a"].dtype == np.float32
    arrays = [state] if isinstance(state, dict) else [] if state is None else [state.mean, state.square]
    assert {array["a"].dtype for array in arrays} <= {np.dtype(np.float32)}


@pytest.mark.parametrize("make", [optim.sgd, optim.momentum, optim.adam])
def test_what_is_frozen_stays(make):
    params = {"embedding.weight": np.ones((3, 2)), "dense.weight": np.ones((1, 2))}
    grads = {"dense.weight": np.full((1, 2), 4.0)}
    optimiser = make(0.5, frozen=["embedding.weight"])
    for given in (grads, {**grads, "embedding.weight": np.ones((3, 2))}):
        new, state = optimiser.step(params, given, optimiser.init(params))
        new, _ = optimiser.step(new, given, state)
        assert new["embedding.weight"] is params["embedding.weight"]
        assert (new["dense.weight"] < 0.6).all()


def dampened(params, grads, velocity, lr, momentum):
    return optim.momentum_step(
        params, {k: (1 - momentum) * g for k, g in grads.items()}, velocity, lr, momentum
    )


def velocity_forgotten(params, grads, velocity, lr, momentum):
    return optim.momentum_step(params, grads, optim.momentum_init(params), lr, momentum)


def velocity_of_the_step_before(params, grads, velocity, lr, momentum):
    _, new = optim.momentum_step(params, grads, velocity, lr, momentum)
    return {name: params[name] - lr * velocity[name] for name in params}, new


def nesterov(params, grads, velocity, lr, momentum):
    _, new = optim.momentum_step(params, grads, velocity, lr, momentum)
    return {name: params[name] - lr * (grads[name] + momentum * new[name]) for name in params}, new


@pytest.mark.parametrize("mutant", [dampened, velocity_forgotten, velocity_of_the_step_before, nesterov])
def test_mistakes_in_momentum_are_caught(mutant):
    assert caught(lambda: momentum_parity(mutant))


def bias_not_corrected(params, grads, state, lr, betas, eps):
    _, new = optim.adam_step(params, grads, state, lr, betas, eps)
    return {k: params[k] - lr * new.mean[k] / (np.sqrt(new.square[k]) + eps) for k in params}, new


def step_counted_from_zero(params, grads, state, lr, betas, eps):
    t = max(state.step, 1) - 1 or 1
    return optim.adam_step(params, grads, state._replace(step=t), lr, betas, eps)


def step_not_counted(params, grads, state, lr, betas, eps):
    new, after = optim.adam_step(params, grads, state, lr, betas, eps)
    return new, after._replace(step=0)


def eps_under_the_root(params, grads, state, lr, betas, eps):
    _, new = optim.adam_step(params, grads, state, lr, betas, eps)
    mean, root = 1 - betas[0] ** new.step, 1 - betas[1] ** new.step
    return {k: params[k] - lr * new.mean[k] / mean / np.sqrt(new.square[k] / root + eps) for k in params}, new


def betas_swapped(params, grads, state, lr, betas, eps):
    return optim.adam_step(params, grads, state, lr, betas[::-1], eps)


def square_not_squared(params, grads, state, lr, betas, eps):
    new, after = optim.adam_step(params, grads, state, lr, betas, eps)
    wrong = {k: betas[1] * state.square[k] + (1 - betas[1]) * np.abs(grads[k]) for k in params}
    return new, after._replace(square=wrong)


@pytest.mark.parametrize(
    "mutant",
    [
        bias_not_corrected,
        step_counted_from_zero,
        step_not_counted,
        eps_under_the_root,
        betas_swapped,
        square_not_squared,
    ],
)
def test_mistakes_in_adam_are_caught(mutant):
    assert caught(lambda: adam_parity(mutant))


A = {"a": np.ones(2)}
STATE = optim.adam_init(A)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: optim.momentum_step(A, {}, A, 0.1), ValueError, "grads: expected the keys ['a'], got []"),
        (lambda: optim.momentum_step(A, A, {}, 0.1), ValueError, "velocity: expected the keys ['a'], got []"),
        (
            lambda: optim.momentum_step(A, A, A, 0.1, 1.0),
            ValueError,
            "momentum: expected 0 <= momentum < 1, got 1.0",
        ),
        (lambda: optim.momentum_step(A, A, A, -1), ValueError, "lr: expected a number above 0, got -1"),
        (
            lambda: optim.adam_step(A, {"a": np.ones(3)}, STATE),
            ValueError,
            "grads['a']: expected (2,), got (3,)",
        ),
        (
            lambda: optim.adam_step(A, {"a": [1, 2]}, STATE),
            TypeError,
            "grads['a']: expected floating-point numbers, got int64 (2,)",
        ),
        (
            lambda: optim.adam_step(A, A, STATE._replace(mean={})),
            ValueError,
            "state.mean: expected the keys ['a'], got []",
        ),
        (
            lambda: optim.adam_step(A, A, STATE, betas=(0.9, 1.0)),
            ValueError,
            "betas[1]: expected 0 <= betas[1] < 1, got 1.0",
        ),
        (
            lambda: optim.adam_step(A, A, STATE, eps=-1e-8),
            ValueError,
            "eps: expected a number of at least 0, got -1e-08",
        ),
        (lambda: optim.adam_step(A, A, STATE, lr=0), ValueError, "lr: expected a number above 0, got 0"),
        (
            lambda: optim.adam_step(A, A, STATE, frozen=["b"]),
            ValueError,
            "frozen: expected names among ['a'], got ['b']",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
