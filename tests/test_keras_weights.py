"""Keras' SimpleRNN and our layer with the same weights: the same states and the same gradients, both ways."""

import importlib

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, numpy, tensor
from recurrent import drawn

from companion.reference import rnn
from companion.reference.keras_weights import simple_rnn_from_keras, simple_rnn_to_keras
from companion.reference.rnn_algebra import parameter_count

SEEDS = range(3)


@pytest.fixture(scope="module")
def simple_rnn():
    """Keras' layer, computing with PyTorch.

    Keras multiplies two float64 arrays in float32 (as JAX does unless told otherwise). Here it must not: to
    1e-5 a mistake could hide.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        dtypes = importlib.import_module("keras.src.backend.common.dtypes")
        patch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
        yield importlib.import_module("keras").layers.SimpleRNN


def built(simple_rnn, case, activation="tanh", weights=None):
    """Make Keras' layer in float64; without weights it draws its own."""
    T, N, D = case.x.shape
    H = case.h_0.shape[2]
    options = {"return_sequences": True, "return_state": True, "dtype": "float64"}
    layer = simple_rnn(H, activation=activation, bias_initializer="random_normal", **options)
    layer.build((N, T, D))
    if weights is not None:
        layer.set_weights(weights)
    return layer


def weights_of(layer):
    return [numpy(weight.value) for weight in layer.weights]


def of_keras(layer, case):
    """Run Keras' layer forward and backward; its batch is the first axis."""
    x, h_0 = tensor(case.x.swapaxes(0, 1), grad=True), tensor(case.h_0[0], grad=True)
    y, h_n = layer(x, initial_state=[h_0])
    dy, dh_n = tensor(case.dy.swapaxes(0, 1)), tensor(case.dh_n[0])
    torch.autograd.backward([y, h_n], [dy, dh_n])
    kernel, recurrent, bias = (weight.value.grad for weight in layer.weights)
    return [y.transpose(0, 1), h_n, x.grad.transpose(0, 1), h_0.grad, kernel.T, recurrent.T, bias, bias]


def of_ours(params, case, nonlinearity="tanh"):
    y, h_n, cache = rnn.forward(params, case.x, case.h_0[0], nonlinearity=nonlinearity)
    dx, dh_0, dparams = rnn.backward(cache, case.dy, case.dh_n[0])
    return [y, h_n, dx, dh_0, *(dparams[name] for name in rnn.NAMES)]


def furthest(ours, theirs):
    return max(apart(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("seed", SEEDS)
def test_keras_weights_load_and_give_the_same(seed, activation, simple_rnn):
    case = drawn(seed)
    layer = built(simple_rnn, case, activation)
    params = simple_rnn_from_keras(weights_of(layer))
    assert furthest(of_ours(params, case, activation), of_keras(layer, case)) <= PARITY
    for ours, theirs in zip(simple_rnn_to_keras(params), weights_of(layer), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("seed", SEEDS)
def test_our_weights_load_into_keras_and_give_the_same(seed, activation, simple_rnn):
    case = drawn(seed)
    layer = built(simple_rnn, case, activation, simple_rnn_to_keras(case.params))
    assert furthest(of_ours(case.params, case, activation), of_keras(layer, case)) <= PARITY


def test_a_layer_without_bias_loads():
    rng = np.random.default_rng(0)
    kernel, recurrent = rng.standard_normal((4, 6)), rng.standard_normal((6, 6))
    with_zeros, without = (
        simple_rnn_from_keras(w) for w in ([kernel, recurrent, np.zeros(6)], [kernel, recurrent])
    )
    for name in rnn.NAMES:
        np.testing.assert_array_equal(with_zeros[name], without[name])


@pytest.mark.equation("eq-rnn-parameters")
@pytest.mark.parametrize("seed", SEEDS)
def test_both_count_the_parameters_alike(seed, simple_rnn, measure):
    case = drawn(seed)
    D, H = case.x.shape[2], case.h_0.shape[2]
    theirs = built(simple_rnn, case).count_params()
    measure("eq-rnn-parameters", abs(parameter_count(D, H, biases=1) - theirs), 0)
    in_torch = sum(p.numel() for p in torch.nn.RNN(D, H).parameters())
    measure("eq-rnn-parameters", abs(parameter_count(D, H) - in_torch), 0)


def test_the_lectures_counts():
    assert 10_000 * 32 == 320_000
    assert parameter_count(32, 32, biases=1) == 2_080


def kernel_not_transposed(weights):
    params = simple_rnn_from_keras(weights)
    return {**params, "weight_ih_l0": weights[0]}


def recurrent_kernel_not_transposed(weights):
    return {**simple_rnn_from_keras(weights), "weight_hh_l0": weights[1]}


def bias_in_both_places(weights):
    return {**simple_rnn_from_keras(weights), "bias_hh_l0": weights[2]}


def bias_lost(weights):
    return simple_rnn_from_keras(weights[:2])


MISTAKES = [kernel_not_transposed, recurrent_kernel_not_transposed, bias_in_both_places, bias_lost]


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mistake, seed, simple_rnn):
    case = drawn(seed, square=True)
    weights = simple_rnn_to_keras(case.params)
    layer = built(simple_rnn, case, weights=weights)
    assert caught(lambda: furthest(of_ours(mistake(weights), case), of_keras(layer, case)))


def test_loaded_weights_are_copies():
    weights = [np.ones((4, 6)), np.ones((6, 6)), np.ones(6)]
    params = simple_rnn_from_keras(weights)
    back = simple_rnn_to_keras(params)
    for array in (*params.values(), *back):
        array += 1
    assert all((weight == 1).all() for weight in weights)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(4, 6)], "weights: expected kernel, recurrent kernel and bias, got 1 arrays"),
        ([(6, 4), (6, 6), (6,)], "kernel: expected (D, 6), got (6, 4)"),
        ([(4, 6), (6, 4), (6,)], "recurrent kernel: expected (6, 6), got (6, 4)"),
        ([(4, 6), (6, 6), (2, 6)], "bias: expected (6,), got (2, 6)"),
    ],
)
def test_bad_weights_are_refused(shapes, message):
    with pytest.raises(ValueError, match="expected") as refusal:
        simple_rnn_from_keras([np.zeros(shape) for shape in shapes])
    assert str(refusal.value) == message
