"""Keras' LSTM and our layer with the same weights: the same states and the same gradients, both ways."""

import importlib

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, numpy, tensor
from lstm_cases import drawn, of_layer

from companion.reference import lstm
from companion.reference.keras_lstm import lstm_from_keras, lstm_to_keras
from companion.reference.lstm_algebra import parameter_count
from companion.reference.rnn import NAMES

SEEDS = range(2)


@pytest.fixture(scope="module")
def keras_lstm():
    """Keras' layer, computing with PyTorch, and in float64 where it would multiply in float32."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        dtypes = importlib.import_module("keras.src.backend.common.dtypes")
        patch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
        yield importlib.import_module("keras").layers.LSTM


def built(keras_lstm, case, weights=None):
    """Make Keras' layer in float64; without weights it draws its own."""
    T, N, D = case.x.shape
    options = {"return_sequences": True, "return_state": True, "dtype": "float64"}
    layer = keras_lstm(case.h_0.shape[2], **options)
    layer.build((N, T, D))
    if weights is not None:
        layer.set_weights(weights)
    return layer


def weights_of(layer):
    return [numpy(weight.value) for weight in layer.weights]


def of_keras(layer, case):
    """Run Keras' layer forward and backward; its batch is the first axis."""
    x, h_0, c_0 = (tensor(v, grad=True) for v in (case.x.swapaxes(0, 1), case.h_0[0], case.c_0[0]))
    y, h_n, c_n = layer(x, initial_state=[h_0, c_0])
    gradients = [tensor(v) for v in (case.dy.swapaxes(0, 1), *case.dstate)]
    torch.autograd.backward([y, h_n, c_n], gradients)
    kernel, recurrent, bias = (weight.value.grad for weight in layer.weights)
    outputs = [y.transpose(0, 1), h_n[None], c_n[None]]
    dinputs = [x.grad.transpose(0, 1), h_0.grad[None], c_0.grad[None]]
    return [*outputs, *dinputs, kernel.T, recurrent.T, bias, bias]


def furthest(params, layer, case):
    ours = of_layer(case._replace(params=params))
    names = ("y", "h_n", "c_n", "dx", "dh_0", "dc_0", *NAMES)
    return max(apart(ours[name], b) for name, b in zip(names, of_keras(layer, case), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_keras_weights_load_and_give_the_same(seed, keras_lstm):
    case = drawn(seed)
    layer = built(keras_lstm, case)
    params = lstm_from_keras(weights_of(layer))
    assert furthest(params, layer, case) <= PARITY
    for ours, theirs in zip(lstm_to_keras(params), weights_of(layer), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("seed", SEEDS)
def test_our_weights_load_into_keras_and_give_the_same(seed, keras_lstm):
    case = drawn(seed)
    assert furthest(case.params, built(keras_lstm, case, lstm_to_keras(case.params)), case) <= PARITY


def test_keras_starts_with_a_forget_bias_of_one(keras_lstm):
    case = drawn(0)
    H = case.h_0.shape[2]
    keras = lstm_from_keras(weights_of(built(keras_lstm, case)))
    ours = lstm.init(4, H, np.random.default_rng(0), forget_bias=1.0)
    for params in (keras, ours):
        total = params["bias_ih_l0"] + params["bias_hh_l0"]
        np.testing.assert_array_equal(total[H : 2 * H], 1)


@pytest.mark.equation("eq-gate-parameters")
@pytest.mark.parametrize(
    ("kind", "ours", "biases"), [("LSTM", "lstm", 1), ("GRU", "gru", 2), ("SimpleRNN", "rnn", 1)]
)
def test_keras_counts_alike(kind, ours, biases, keras_lstm, measure):
    layer = getattr(importlib.import_module("keras").layers, kind)(5)
    layer.build((2, 3, 7))
    measure("eq-gate-parameters", abs(parameter_count(ours, 7, 5, biases) - layer.count_params()), 0)


def kernel_not_transposed(weights):
    return {**lstm_from_keras(weights), "weight_ih_l0": np.tile(weights[0][:, : len(weights[0])], (4, 1))}


def candidate_before_forget(weights):
    return lstm_from_keras(
        [np.concatenate([np.split(w, 4, -1)[k] for k in (0, 2, 1, 3)], -1) for w in weights]
    )


def bias_in_both_places(weights):
    return {**lstm_from_keras(weights), "bias_hh_l0": weights[2]}


def bias_lost(weights):
    return lstm_from_keras(weights[:2])


MISTAKES = [kernel_not_transposed, candidate_before_forget, bias_in_both_places, bias_lost]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_caught(mistake, keras_lstm):
    case = drawn(0, square=True)
    weights = lstm_to_keras(case.params)
    layer = built(keras_lstm, case, weights)
    assert caught(lambda: furthest(mistake(weights), layer, case))


def test_loaded_weights_are_copies():
    weights = [np.ones((4, 24)), np.ones((6, 24)), np.ones(24)]
    params = lstm_from_keras(weights)
    for array in (*params.values(), *lstm_to_keras(params)):
        array += 1
    assert all((weight == 1).all() for weight in weights)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(4, 24)], "weights: expected kernel, recurrent kernel and bias, got 1 arrays"),
        ([(24, 4), (6, 24), (24,)], "kernel: expected (D, 24), got (24, 4)"),
        ([(4, 24), (6, 18), (24,)], "recurrent kernel: expected (6, 24), got (6, 18)"),
        ([(4, 24), (6, 24), (2, 24)], "bias: expected (24,), got (2, 24)"),
    ],
)
def test_bad_weights_are_refused(shapes, message):
    with pytest.raises(ValueError, match="expected") as refusal:
        lstm_from_keras([np.zeros(shape) for shape in shapes])
    assert str(refusal.value) == message


def test_peepholes_have_no_place_in_keras():
    with pytest.raises(ValueError, match="params: expected the keys"):
        lstm_to_keras(lstm.init(4, 6, np.random.default_rng(0), peepholes=True))
