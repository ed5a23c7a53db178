"""AdaGrad against torch.optim.Adagrad and by hand; that rows without gradient stay; refusals; and mutants."""

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, tensor

from companion.reference.adagrad import adagrad_init, adagrad_step

STEPS = 4
LR = 0.3


def losses(params, ids):
    """Square the rows that were looked up: a row that was not has gradient 0."""
    return {name: np.where(np.isin(np.arange(len(v)), ids)[:, None], 2 * v, 0) for name, v in params.items()}


def parity(step, value=0.0):
    """Take four steps, different rows in each, beside torch.optim.Adagrad."""
    rng = np.random.default_rng(0)
    params = {"weight": rng.standard_normal((5, 3)), "context_weight": rng.standard_normal((6, 2))}
    theirs = {name: tensor(array, grad=True) for name, array in params.items()}
    optimiser = torch.optim.Adagrad(theirs.values(), LR, initial_accumulator_value=value)
    state = adagrad_init(params, value)
    for ids in ([0, 2], [2], [1, 2, 4], [0])[:STEPS]:
        params, state = step(params, losses(params, ids), state, LR)
        optimiser.zero_grad()
        sum((array[ids] ** 2).sum() for array in theirs.values()).backward()
        optimiser.step()
    sums = [optimiser.state[array]["sum"] for array in theirs.values()]
    errors = [apart(params[name], theirs[name]) for name in params]
    return max(errors + [apart(state[name], total) for name, total in zip(params, sums, strict=True)])


@pytest.mark.equation("eq-adagrad")
@pytest.mark.parametrize("value", [0.0, 0.1, 1.0])
def test_agrees_with_torch(value, measure):
    measure("eq-adagrad", parity(adagrad_step, value), PARITY)


def test_by_hand():
    params = {"a": np.array([1.0])}
    state = adagrad_init(params, 16.0)
    params, state = adagrad_step(params, {"a": np.array([3.0])}, state, 0.5, eps=0.0)
    assert (params["a"].tolist(), state["a"].tolist()) == ([1 - 0.5 * 3 / 5], [25.0])


def test_the_first_step_is_the_learning_rate_whatever_the_gradient():
    params = {"a": np.zeros(3)}
    new, _ = adagrad_step(params, {"a": np.array([1e-4, -1.0, 1e4])}, adagrad_init(params), 0.1)
    np.testing.assert_allclose(new["a"], [-0.1, 0.1, -0.1], rtol=1e-5)


def test_rows_without_gradient_stay_and_never_divide_zero_by_zero():
    params = {"a": np.ones((3, 2))}
    new, state = adagrad_step(
        params, {"a": np.array([[0, 0], [1.0, 2.0], [0, 0]])}, adagrad_init(params), 0.1
    )
    assert new["a"][[0, 2]].tolist() == [[1, 1], [1, 1]]
    assert state["a"].tolist() == [[0, 0], [1, 4], [0, 0]]


def test_is_pure():
    params, grads = {"a": np.ones(2)}, {"a": np.ones(2)}
    state = adagrad_init(params, 1.0)
    new, new_state = adagrad_step(params, grads, state, 0.5)
    assert all((array == 1).all() for array in (params["a"], grads["a"], state["a"]))
    assert new_state["a"].tolist() == [2, 2]
    assert new["a"] is not params["a"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lr", [0.1, np.float64(0.1)])
def test_precision_is_kept(dtype, lr):
    params = {"a": np.ones(2, dtype)}
    new, state = adagrad_step(params, params, adagrad_init(params), lr)
    assert {new["a"].dtype, state["a"].dtype} == {np.dtype(dtype)}
    assert adagrad_init(params, dtype=np.float64)["a"].dtype == np.float64


def added_after_the_step(params, grads, state, lr, eps=1e-10):
    """Divide by the sum without today's gradient, as the original GloVe does."""
    new = {n: params[n] - lr * grads[n] / (np.sqrt(state[n]) + eps) for n in params}
    return new, {n: state[n] + grads[n] ** 2 for n in params}


def added_without_squaring(params, grads, state, lr):
    new, _ = adagrad_step(params, grads, state, lr)
    return new, {n: state[n] + np.abs(grads[n]) for n in params}


def without_the_root(params, grads, state, lr, eps=1e-10):
    state = {n: state[n] + grads[n] ** 2 for n in params}
    return {n: params[n] - lr * grads[n] / (state[n] + eps) for n in params}, state


def forgetting(params, grads, state, lr):
    """Average the squares: that is RMSProp."""
    decayed = {n: 0.9 * state[n] - 0.9 * grads[n] ** 2 for n in params}
    return adagrad_step(params, grads, decayed, lr)


def one_sum_a_row(params, grads, state, lr, eps=1e-10):
    state = {n: state[n] + (grads[n] ** 2).mean(axis=1, keepdims=True) for n in params}
    return {n: params[n] - lr * grads[n] / (np.sqrt(state[n]) + eps) for n in params}, state


@pytest.mark.parametrize(
    "mutant",
    [added_after_the_step, added_without_squaring, without_the_root, forgetting, one_sum_a_row],
)
def test_mistakes_are_caught(mutant):
    with np.errstate(invalid="ignore"):
        assert caught(lambda: parity(mutant, 1.0))


A = {"a": np.ones(2)}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: adagrad_init(A, -1), ValueError, "value: expected a number of at least 0, got -1"),
        (lambda: adagrad_step(A, {}, A, 0.1), ValueError, "grads: expected the keys ['a'], got []"),
        (lambda: adagrad_step(A, A, {}, 0.1), ValueError, "state: expected the keys ['a'], got []"),
        (
            lambda: adagrad_step(A, {"a": np.ones(3)}, A, 0.1),
            ValueError,
            "grads['a']: expected (2,), got (3,)",
        ),
        (
            lambda: adagrad_step(A, A, {"a": np.ones(1)}, 0.1),
            ValueError,
            "state['a']: expected (2,), got (1,)",
        ),
        (
            lambda: adagrad_step(A, {"a": [1, 2]}, A, 0.1),
            TypeError,
            "grads['a']: expected floating-point numbers, got int64 (2,)",
        ),
        (lambda: adagrad_step(A, A, A, 0.0), ValueError, "lr: expected a number above 0, got 0.0"),
        (lambda: adagrad_step(A, A, A, 1.0, -1), ValueError, "eps: expected a number of at least 0, got -1"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
