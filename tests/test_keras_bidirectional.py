"""Keras' Bidirectional and our two directions with the same weights: the same outputs and gradients."""

import importlib
from functools import partial

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, numpy, tensor
from directions import KINDS, drawn

from companion.reference import bidirectional, gru, lstm
from companion.reference.keras_bidirectional import bidirectional_from_keras, bidirectional_to_keras
from companion.reference.keras_gru import gru_from_keras, gru_to_keras
from companion.reference.keras_lstm import lstm_from_keras, lstm_to_keras

SEEDS = range(2)


@pytest.fixture(scope="module")
def layers():
    """Keras' layers, computing with PyTorch; and in float64 where they are told to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        dtypes = importlib.import_module("keras.src.backend.common.dtypes")
        patch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
        yield importlib.import_module("keras").layers


def built(layers, case, weights=None, sequences=True):
    T, N, D = case.x.shape
    options = {"return_sequences": sequences, "dtype": "float64", "bias_initializer": "random_normal"}
    layer = layers.Bidirectional(layers.SimpleRNN(case.dy.shape[2] // 2, **options), dtype="float64")
    layer.build((N, T, D))
    if weights is not None:
        layer.set_weights(weights)
    return layer


def weights_of(layer):
    return [numpy(weight.value) for weight in layer.weights]


def of_keras(layer, case):
    """Run Keras' layer, its mask made of the lengths; return outputs and gradients in our form."""
    x = tensor(case.x.swapaxes(0, 1), grad=True)
    live = np.arange(len(case.x)) < case.lengths[:, None]  # (N, T)
    y = layer(x, mask=tensor(live))
    dy = tensor((case.dy * live.T[..., None]).swapaxes(0, 1))
    y.backward(dy)
    gradients = bidirectional_from_keras([numpy(weight.value.grad) for weight in layer.weights])
    return numpy(y).swapaxes(0, 1) * live.T[..., None], numpy(x.grad).swapaxes(0, 1), gradients


def of_ours(params, case):
    y, _, cache = bidirectional.forward(params, case.x, None, case.lengths)
    dx, _, dparams = bidirectional.backward(cache, case.dy)
    return y, dx, dparams


def furthest(ours, theirs):
    """Compare outputs, dx and the weights' gradients; Keras' one bias has the gradient of either of ours."""
    names = [name for name in ours[2] if "bias_hh" not in name]
    pairs = [ours[:2], theirs[:2]]
    return max(
        *(apart(a, b) for a, b in zip(*pairs, strict=True)),
        *(apart(ours[2][name], theirs[2][name]) for name in names),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_load_both_ways_and_give_the_same(seed, layers):
    case = drawn(seed, KINDS["rnn"], ragged=True)
    layer = built(layers, case)
    params = bidirectional_from_keras(weights_of(layer))
    assert furthest(of_ours(params, case), of_keras(layer, case)) <= PARITY
    for a, b in zip(bidirectional_to_keras(params), weights_of(layer), strict=True):
        np.testing.assert_array_equal(a, b)
    ours = built(layers, case, bidirectional_to_keras(case.params))
    assert furthest(of_ours(case.params, case), of_keras(ours, case)) <= PARITY


def test_without_sequences_keras_gives_our_last_states(layers):
    case = drawn(3, KINDS["rnn"])
    layer = built(layers, case, bidirectional_to_keras(case.params), sequences=False)
    _, h_n, _ = bidirectional.forward(case.params, case.x)
    with torch.no_grad():
        theirs = layer(tensor(case.x.swapaxes(0, 1)))
    assert apart(np.concatenate([h_n[0], h_n[1]], axis=1), theirs) <= PARITY


@pytest.mark.parametrize(
    ("name", "forward", "load", "store"),
    [
        ("LSTM", lstm.forward, lstm_from_keras, lstm_to_keras),
        ("GRU", gru.forward, gru_from_keras, gru_to_keras),
        (
            "GRU",
            partial(gru.forward, reset_after=False),
            partial(gru_from_keras, reset_after=False),
            partial(gru_to_keras, reset_after=False),
        ),
    ],
)
def test_two_directions_of_gated_layers(name, forward, load, store, layers):
    case = drawn(5, KINDS["rnn"], ragged=True)
    T, N, D = case.x.shape
    options = {"return_sequences": True, "dtype": "float64", "bias_initializer": "random_normal"}
    if isinstance(forward, partial):
        options["reset_after"] = False
    layer = layers.Bidirectional(getattr(layers, name)(6, **options), dtype="float64")
    layer.build((N, T, D))
    params = bidirectional_from_keras(weights_of(layer), load)
    live = np.arange(T) < case.lengths[:, None]  # (N, T)
    with torch.no_grad():
        theirs = layer(tensor(case.x.swapaxes(0, 1)), mask=tensor(live))
    ours, _, _ = bidirectional.forward(params, case.x, None, case.lengths, forward)
    assert apart(ours, numpy(theirs).swapaxes(0, 1) * live.T[..., None]) <= PARITY
    for a, b in zip(bidirectional_to_keras(params, store), weights_of(layer), strict=True):
        np.testing.assert_array_equal(a, b)


def test_exchanged_directions_are_caught(layers):
    case = drawn(4, KINDS["rnn"], ragged=True)
    layer = built(layers, case)
    weights = weights_of(layer)
    half = len(weights) // 2
    exchanged = bidirectional_from_keras(weights[half:] + weights[:half])
    assert caught(lambda: furthest(of_ours(exchanged, case), of_keras(layer, case)))


def test_bad_weights_are_refused():
    one = [np.ones((4, 6)), np.ones((6, 6)), np.ones(6)]
    with pytest.raises(ValueError, match="weights: expected those of two directions, as many of each, got 5"):
        bidirectional_from_keras(one + one[:2])
    with pytest.raises(ValueError, match="weights: expected kernel"):
        bidirectional_from_keras(one[:1] * 2)
    with pytest.raises(ValueError, match="params: expected each name with and without _reverse"):
        bidirectional_to_keras({"weight_ih_l0": np.ones((6, 4))})
