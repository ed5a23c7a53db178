"""Rectifier and sigmoid against PyTorch and against differences; and mutants."""

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, caught, sizes, tensor

from companion.reference.activations import relu, relu_backward, sigmoid, sigmoid_backward
from companion.reference.gradcheck import numerical_gradient, relative_error

SEEDS = range(4)
PAIRS = {"relu": (relu, relu_backward, torch.relu), "sigmoid": (sigmoid, sigmoid_backward, torch.sigmoid)}


def drawn(seed):
    rng = np.random.default_rng(seed)
    x = 3 * rng.standard_normal(sizes(rng, 3))
    x[np.abs(x) < 0.01] = 0.5  # no difference quotient across the rectifier's kink
    return x, rng.standard_normal(x.shape)


def parity(forward, backward, peer, x, dy):
    x_torch = tensor(x, grad=True)
    y_torch = peer(x_torch)
    y_torch.backward(tensor(dy))
    y = forward(x)
    return apart(y, y_torch), apart(backward(y, dy), x_torch.grad)


def difference(forward, backward, x, dy):
    return float(relative_error(backward(forward(x), dy), numerical_gradient(forward, x, dy=dy), 1e-3).max())


@pytest.mark.equation("eq-relu")
@pytest.mark.equation("eq-relu-grad")
@pytest.mark.parametrize("seed", SEEDS)
def test_relu_agrees_with_torch(seed, measure):
    x, dy = drawn(seed)
    x[0, 0, 0] = 0.0  # where the convention decides
    y_error, dx_error = parity(*PAIRS["relu"], x, dy)
    measure("eq-relu", y_error, PARITY)
    measure("eq-relu-grad", dx_error, PARITY)


@pytest.mark.equation("eq-sigmoid")
@pytest.mark.parametrize("seed", SEEDS)
def test_sigmoid_agrees_with_torch(seed, measure):
    x, dy = drawn(seed)
    x[0, 0, :2] = 0.0, -700.0
    measure("eq-sigmoid", max(parity(*PAIRS["sigmoid"], x, dy)), PARITY)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(name, seed):
    forward, backward, _ = PAIRS[name]
    assert difference(forward, backward, *drawn(seed)) <= GRADCHECK


def test_sigmoid_is_accurate_far_out():
    x = np.array([-1000.0, -700.0, -40.0, 40.0, 1000.0])
    y = sigmoid(x)
    assert y[[0, 3, 4]].tolist() == [0.0, 1 - np.exp(-40.0), 1.0]
    assert relative_error(y[1:3], np.exp(x[1:3])).max() < 1e-15
    assert apart(sigmoid(-x), 1 - y) < 1e-15
    assert np.isfinite(sigmoid(np.float32([-1e4, 1e4]))).all()


@pytest.mark.parametrize("name", PAIRS)
def test_precision_is_kept(name):
    forward, backward, _ = PAIRS[name]
    x, dy = drawn(0)
    y = forward(x.astype(np.float32))
    dx = backward(y, dy.astype(np.float32))
    assert {y.dtype, dx.dtype} == {np.dtype(np.float32)}
    assert apart(dx, backward(forward(x), dy)) <= FLOAT32


def test_nan_is_not_hidden():
    assert np.isnan(relu([np.nan])).all()
    assert np.isnan(sigmoid([np.nan])).all()


def overflowing(x):
    return 1 / (1 + np.exp(-x))


def test_a_sigmoid_that_overflows_is_caught():
    with pytest.warns(RuntimeWarning, match="overflow"):
        overflowing(np.array([-1000.0]))
    assert sigmoid([-1000.0]).tolist() == [0.0]  # warnings are errors here, and this gives none


@pytest.mark.parametrize(
    ("name", "mutant"),
    [
        ("relu", lambda y, dy: dy),
        ("relu", lambda y, dy: y * dy),
        ("relu", lambda y, dy: np.maximum(dy, 0)),
        ("relu", lambda y, dy: np.where(y > 0, 0, dy)),
        ("sigmoid", lambda y, dy: dy * y * (1 + y)),
        ("sigmoid", lambda y, dy: dy * sigmoid(y) * (1 - sigmoid(y))),
        ("sigmoid", lambda y, dy: dy * (1 - y**2)),
        ("sigmoid", lambda y, dy: y * (1 - y)),
    ],
    ids=[
        "let through",
        "input",
        "gradient cut",
        "inverted",
        "sign",
        "squashed twice",
        "tanh's",
        "chain forgotten",
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(name, mutant, seed):
    forward, _, peer = PAIRS[name]
    x, dy = drawn(seed)
    assert caught(lambda: parity(forward, mutant, peer, x, dy)[1])
    assert caught(lambda: difference(forward, mutant, x, dy))


def test_the_wrong_convention_at_zero_is_caught():
    x, dy = np.zeros(3), np.ones(3)
    assert caught(lambda: parity(relu, lambda y, dy: np.where(y >= 0, dy, 0), torch.relu, x, dy)[1])


@pytest.mark.parametrize("name", PAIRS)
def test_bad_input_is_refused(name):
    forward, backward, _ = PAIRS[name]
    with pytest.raises(TypeError, match=r"x: expected floating-point numbers, got int64 \(2,\)"):
        forward([1, 2])
    with pytest.raises(ValueError, match=r"dy: expected \(2,\), got \(3,\)"):
        backward(forward(np.zeros(2)), np.zeros(3))
