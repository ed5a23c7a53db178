"""Keras' Conv1D and pooling with the same weights: the same outputs and gradients, both ways."""

import importlib

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, numpy, tensor

from companion.reference import conv, pooling
from companion.reference.keras_conv import conv1d_from_keras, conv1d_to_keras

WAYS = [{}, {"padding": "same"}, {"padding": "causal", "dilation": 2}, {"stride": 2}]
ways = pytest.mark.parametrize("options", WAYS)


@pytest.fixture(scope="module")
def layers():
    """Keras' layers on PyTorch, in float64 where they are given it (see test_keras_weights)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        dtypes = importlib.import_module("keras.src.backend.common.dtypes")
        patch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
        yield importlib.import_module("keras").layers


def drawn(seed, options, square=False):
    rng = np.random.default_rng(seed)
    D, F, K, T, N = (4, 4, 3, 9, 2) if square else (4, 6, 3, 9, 2)
    steps = int(conv.output_size(T, K, **options))
    return conv.init(D, F, K, rng), rng.standard_normal((T, N, D)), rng.standard_normal((steps, N, F))


def built(layers, params, options, weights=None, bias=True):
    F, D, K = params["weight"].shape
    names = {"stride": "strides", "dilation": "dilation_rate", "padding": "padding"}
    given = {names[name]: value for name, value in options.items()}
    layer = layers.Conv1D(F, K, **given, use_bias=bias, bias_initializer="random_normal", dtype="float64")
    layer.build((None, None, D))
    if weights is not None:
        layer.set_weights(weights)
    return layer


def of_keras(layer, x, dy):
    """Run a layer of Keras forward and backward; its batch is the first axis."""
    x = tensor(x.swapaxes(0, 1), grad=True)
    y = layer(x)
    y.backward(tensor(dy.swapaxes(0, 1) if dy.ndim == 3 else dy))
    gradients = [weight.value.grad for weight in layer.weights]
    return [y.transpose(0, 1) if dy.ndim == 3 else y, x.grad.transpose(0, 1), *gradients]


def of_ours(params, x, dy, options):
    y, cache = conv.forward(params, x, **options)
    dx, dparams = conv.backward(cache, dy)
    return [y, dx, *conv1d_to_keras(dparams)]


def weights_of(layer):
    return [numpy(weight.value) for weight in layer.weights]


def furthest(a, b):
    return max(apart(p, q) for p, q in zip(a, b, strict=True))


@pytest.mark.equation("eq-conv1d")
@ways
def test_kernels_load_both_ways_and_give_the_same(options, layers, measure):
    params, x, dy = drawn(0, options)
    theirs = built(layers, params, options)
    loaded = conv1d_from_keras(weights_of(theirs))
    measure("eq-conv1d", furthest(of_ours(loaded, x, dy, options), of_keras(theirs, x, dy)), PARITY)
    given = built(layers, params, options, conv1d_to_keras(params))
    measure("eq-conv1d", furthest(of_ours(params, x, dy, options), of_keras(given, x, dy)), PARITY)
    for back, there in zip(conv1d_to_keras(loaded), weights_of(theirs), strict=True):
        np.testing.assert_array_equal(back, there)


def test_a_layer_without_bias_loads(layers):
    params, x, dy = drawn(1, {})
    layer = built(layers, params, {}, bias=False)
    loaded = conv1d_from_keras(weights_of(layer))
    assert furthest(of_ours(loaded, x, dy, {})[:3], of_keras(layer, x, dy)) <= PARITY


@pytest.mark.equation("eq-max-pool")
@pytest.mark.equation("eq-average-pool")
@pytest.mark.equation("eq-global-pool")
def test_pooling_agrees(layers, measure):
    _, x, _ = drawn(2, {})
    rng = np.random.default_rng(2)
    for label, name, layer, options in [
        ("eq-max-pool", "max_pool", layers.MaxPooling1D(2, dtype="float64"), (2,)),
        ("eq-max-pool", "max_pool", layers.MaxPooling1D(3, 2, dtype="float64"), (3, 2)),
        ("eq-average-pool", "average_pool", layers.AveragePooling1D(2, dtype="float64"), (2,)),
        ("eq-global-pool", "global_max_pool", layers.GlobalMaxPooling1D(dtype="float64"), ()),
        ("eq-global-pool", "global_average_pool", layers.GlobalAveragePooling1D(dtype="float64"), ()),
    ]:
        y, cache = getattr(pooling, name)(x, *options)
        dy = rng.standard_normal(y.shape)
        dx = getattr(pooling, f"{name}_backward")(cache, dy)
        measure(label, furthest([y, dx], of_keras(layer, x, dy)), PARITY)


def test_the_decks_network_has_as_many_parameters_there_as_here(layers):
    rng = np.random.default_rng(0)
    for D in (128, 32):
        layer = layers.Conv1D(32, 7)
        layer.build((None, None, D))
        assert layer.count_params() == sum(a.size for a in conv.init(D, 32, 7, rng).values())
    steps = conv.output_size(conv.output_size(conv.output_size(500, 7), 5, 5), 7)
    assert steps == 92


def test_keras_cuts_off_an_output_that_is_no_probability(layers):
    """What the chapter shows: beyond 0 and 1 the loss is flat, and a network learns nothing there."""
    z, target = tensor([-2.0, 0.3, 1.5, 0.9], grad=True), tensor([1.0, 1.0, 0.0, 0.0])
    loss = importlib.import_module("keras").losses.binary_crossentropy(target, z)
    p = z.clamp(1e-7, 1 - 1e-7)
    assert apart(loss, -(target * p.log() + (1 - target) * (1 - p).log()).mean()) <= 1e-6  # float32
    loss.backward()
    np.testing.assert_array_equal(z.grad != 0, [False, True, False, True])


def not_transposed(weights):
    return {**conv1d_from_keras(weights), "weight": weights[0].transpose(1, 2, 0)}


def flipped(weights):
    """Take Keras' convolution for that of signal processing."""
    params = conv1d_from_keras(weights)
    return {**params, "weight": params["weight"][:, :, ::-1]}


def bias_lost(weights):
    return conv1d_from_keras(weights[:1])


@pytest.mark.parametrize("mistake", [not_transposed, flipped, bias_lost])
def test_mistakes_are_caught(mistake, layers):
    params, x, dy = drawn(3, {}, square=True)
    weights = conv1d_to_keras(params)
    layer = built(layers, params, {}, weights)
    assert caught(lambda: furthest(of_ours(mistake(weights), x, dy, {}), of_keras(layer, x, dy)))


def test_loaded_weights_are_copies():
    weights = [np.ones((3, 4, 6)), np.ones(6)]
    params = conv1d_from_keras(weights)
    for array in (*params.values(), *conv1d_to_keras(params)):
        array += 1
    assert all((weight == 1).all() for weight in weights)
    assert all((value == 2).all() for value in params.values())
    torch_weight = torch.nn.Conv1d(4, 6, 3).weight
    assert torch_weight.shape == params["weight"].shape
