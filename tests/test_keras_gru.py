"""Keras' GRU and ours with the same weights, both sides of the reset gate: the same states and gradients."""

import importlib

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, numpy, tensor
from gated import drawn

from companion.reference import gru
from companion.reference.keras_gru import gru_from_keras, gru_to_keras
from companion.reference.rnn import NAMES

both = pytest.mark.parametrize("reset_after", [True, False])
SEEDS = range(2)


@pytest.fixture(scope="module")
def keras_gru():
    """Keras' layer, computing with PyTorch, in float64 where it is asked to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        dtypes = importlib.import_module("keras.src.backend.common.dtypes")
        patch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
        yield importlib.import_module("keras").layers.GRU


def built(keras_gru, case, reset_after, weights=None):
    """Make Keras' layer in float64; without weights it draws its own."""
    T, N, D = case.x.shape
    H = case.h_0.shape[2]
    options = {"return_sequences": True, "return_state": True, "dtype": "float64"}
    layer = keras_gru(H, reset_after=reset_after, bias_initializer="random_normal", **options)
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
    gradients = [numpy(weight.value.grad) for weight in layer.weights]
    outputs = [y.transpose(0, 1), h_n, x.grad.transpose(0, 1), h_0.grad]
    return outputs, gradients


def of_ours(params, case, reset_after):
    y, h_n, cache = gru.forward(params, case.x, case.h_0[0], reset_after=reset_after)
    dx, dh_0, dparams = gru.backward(cache, case.dy, case.dh_n[0])
    gradients = gru_to_keras(dparams, reset_after)  # gradients lie as what they are gradients of
    if not reset_after:
        gradients[2] /= 2  # one bias for two: its gradient is that of either
    return [y, h_n, dx, dh_0], gradients


def furthest(ours, theirs):
    pairs = zip([*ours[0], *ours[1]], [*theirs[0], *theirs[1]], strict=True)
    return max(apart(a, b) for a, b in pairs)


@pytest.mark.equation("eq-gru-candidate")
@pytest.mark.equation("eq-gru-candidate-before")
@both
@pytest.mark.parametrize("seed", SEEDS)
def test_keras_weights_load_and_give_the_same(seed, reset_after, keras_gru, measure):
    case = drawn("after", seed)
    layer = built(keras_gru, case, reset_after)
    params = gru_from_keras(weights_of(layer), reset_after)
    error = furthest(of_ours(params, case, reset_after), of_keras(layer, case))
    measure("eq-gru-candidate" if reset_after else "eq-gru-candidate-before", error, PARITY)
    for ours, theirs in zip(gru_to_keras(params, reset_after), weights_of(layer), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@both
@pytest.mark.parametrize("seed", SEEDS)
def test_our_weights_load_into_keras_and_give_the_same(seed, reset_after, keras_gru):
    case = drawn("after", seed)
    layer = built(keras_gru, case, reset_after, gru_to_keras(case.params, reset_after))
    assert furthest(of_ours(case.params, case, reset_after), of_keras(layer, case)) <= PARITY


@both
def test_a_layer_without_bias_loads(reset_after):
    rng = np.random.default_rng(0)
    kernel, recurrent = rng.standard_normal((4, 18)), rng.standard_normal((6, 18))
    zeros = np.zeros((2, 18) if reset_after else 18)
    with_zeros, without = (
        gru_from_keras(w, reset_after) for w in ([kernel, recurrent, zeros], [kernel, recurrent])
    )
    for name in NAMES:
        np.testing.assert_array_equal(with_zeros[name], without[name])


@pytest.mark.equation("eq-gate-parameters")
@both
def test_both_count_the_parameters_alike(reset_after, keras_gru, measure):
    case = drawn("after", 0)
    D, H = case.x.shape[2], case.h_0.shape[2]
    counted = built(keras_gru, case, reset_after).count_params()
    measure("eq-gate-parameters", abs(counted - 3 * H * (D + H + (2 if reset_after else 1))), 0)


def order_as_it_is(weights):
    exchanged = gru_from_keras(weights)
    return {
        name: np.concatenate([*np.split(v, 3)[1::-1], np.split(v, 3)[2]]) for name, v in exchanged.items()
    }


def z_turned_round(weights):
    params = gru_from_keras(weights)
    H = params["weight_hh_l0"].shape[1]
    for name in NAMES:
        params[name][H : 2 * H] *= -1
    return params


def biases_summed(weights):
    params = gru_from_keras(weights)
    return {**params, "bias_ih_l0": sum(params[n] for n in NAMES[2:]), "bias_hh_l0": 0 * params["bias_hh_l0"]}


def biases_exchanged(weights):
    params = gru_from_keras(weights)
    return {**params, "bias_ih_l0": params["bias_hh_l0"], "bias_hh_l0": params["bias_ih_l0"]}


def one_bias(weights):
    return gru_from_keras([*weights[:2], weights[2] * [[1], [0]]])


def recurrent_blocks_not_transposed(weights):
    params = gru_from_keras(weights)
    turned = [block.T for block in np.split(params["weight_hh_l0"], 3)]
    return {**params, "weight_hh_l0": np.concatenate(turned)}


MISTAKES = [
    order_as_it_is,
    z_turned_round,
    biases_summed,
    biases_exchanged,
    one_bias,
    recurrent_blocks_not_transposed,
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_caught(mistake, keras_gru):
    case = drawn("after", 0)
    weights = gru_to_keras(case.params)
    theirs = of_keras(built(keras_gru, case, True, weights), case)
    assert furthest(of_ours(gru_from_keras(weights), case, True), theirs) <= PARITY
    assert caught(lambda: furthest(of_ours(mistake(weights), case, True), theirs))


def test_the_other_side_of_the_reset_gate_is_caught(keras_gru):
    case = drawn("after", 0)
    theirs = of_keras(built(keras_gru, case, True, gru_to_keras(case.params)), case)[0]
    ours = of_ours(case.params, case, False)[0]
    assert caught(lambda: max(apart(a, b) for a, b in zip(ours, theirs, strict=True)))


def test_loaded_weights_are_copies():
    weights = [np.ones((4, 18)), np.ones((6, 18)), np.ones((2, 18))]
    params = gru_from_keras(weights)
    back = gru_to_keras(params)
    for array in (*params.values(), *back):
        array += 1
    assert all((weight == 1).all() for weight in weights)


@pytest.mark.parametrize(
    ("shapes", "reset_after", "message"),
    [
        ([(4, 18)], True, "weights: expected kernel, recurrent kernel and bias, got 1 arrays"),
        ([(18, 4), (6, 18), (2, 18)], True, "kernel: expected (D, 18), got (18, 4)"),
        ([(4, 18), (18, 6), (2, 18)], True, "recurrent kernel: expected (18, 54), got (18, 6)"),
        ([(4, 18), (6,), (2, 18)], True, "recurrent kernel: expected (H, 3 H), got (6,)"),
        ([(4, 18), (6, 18), (18,)], True, "bias: expected (2, 18), got (18,)"),
        ([(4, 18), (6, 18), (2, 18)], False, "bias: expected (18,), got (2, 18)"),
    ],
)
def test_bad_weights_are_refused(shapes, reset_after, message):
    with pytest.raises(ValueError, match="expected") as refusal:
        gru_from_keras([np.zeros(shape) for shape in shapes], reset_after)
    assert str(refusal.value) == message
    with pytest.raises(TypeError, match="kernel: expected floating-point numbers"):
        gru_from_keras([np.zeros((4, 18), int), np.zeros((6, 18))])
