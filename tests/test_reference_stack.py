"""Layers on top of each other against torch.nn.RNN, against differences, and against layers by hand."""

from functools import partial

import numpy as np
import pytest
from comparing import CAUGHT, GRADCHECK, PARITY, apart, caught
from recurrent import drawn, of_torch, worst

from companion.reference import rnn, stack
from companion.reference.gradcheck import check

SEEDS = range(3)
layers = pytest.mark.parametrize("layers", [1, 2, 4])
both = pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])


def run(case, nonlinearity="tanh", forward=stack.forward, backward=stack.backward):
    layer = partial(rnn.forward, nonlinearity=nonlinearity)
    y, h_n, cache = forward(case.params, case.x, case.h_0, case.lengths, layer)
    dx, dh_0, dparams = backward(cache, case.dy, case.dh_n)
    return {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0, **dparams}


@both
@layers
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, ragged, layers, nonlinearity):
    case = drawn(seed, layers, ragged)
    results = run(case, nonlinearity)
    assert worst(of_torch(case, nonlinearity), results) <= PARITY
    assert list(results)[4:] == list(case.params)


@both
def test_gradients_against_differences(nonlinearity):
    case = drawn(0, 3, ragged=True)
    forward = partial(
        stack.forward, lengths=case.lengths, layer=partial(rnn.forward, nonlinearity=nonlinearity)
    )
    rng = np.random.default_rng(0)
    report = check(forward, stack.backward, case.params, case.x, case.h_0, rng=rng)
    assert report.error <= GRADCHECK


def test_one_layer_is_the_layer():
    case = drawn(0)
    results = run(case)
    y, h_n, cache = rnn.forward(case.params, case.x, case.h_0[0])
    dx, dh_0, dparams = rnn.backward(cache, case.dy, case.dh_n[0])
    for name, value in {"y": y, "h_n": h_n[None], "dx": dx, "dh_0": dh_0[None], **dparams}.items():
        np.testing.assert_array_equal(results[name], value)


@layers
def test_step_after_step_is_forward(layers):
    case = drawn(1, layers)
    y, h_n, _ = stack.forward(case.params, case.x, case.h_0)
    h = case.h_0
    for x_t, y_t in zip(case.x, y, strict=True):
        h = stack.step(case.params, x_t, h)
        assert apart(h[-1], y_t) <= PARITY
    assert apart(h, h_n) <= PARITY


@layers
def test_chunks_with_the_states_carried_are_one_pass(layers):
    case = drawn(2, layers)
    whole = run(case)
    cut = len(case.x) // 2
    y_1, h_1, first = stack.forward(case.params, case.x[:cut], case.h_0)
    y_2, h_2, second = stack.forward(case.params, case.x[cut:], h_1)
    dx_2, dh_1, dparams_2 = stack.backward(second, case.dy[cut:], case.dh_n)
    dx_1, dh_0, dparams_1 = stack.backward(first, case.dy[:cut], dh_1)
    pieces = {
        "y": np.concatenate([y_1, y_2]),
        "h_n": h_2,
        "dx": np.concatenate([dx_1, dx_2]),
        "dh_0": dh_0,
        **{name: dparams_1[name] + dparams_2[name] for name in dparams_1},
    }
    assert worst(pieces, whole) <= PARITY


def test_what_is_not_given_is_zero():
    case = drawn(0, 2)
    y, h_n, cache = stack.forward(case.params, case.x)
    y_zero, h_zero, _ = stack.forward(case.params, case.x, np.zeros_like(case.h_0))
    np.testing.assert_array_equal(y, y_zero)
    np.testing.assert_array_equal(h_n, h_zero)
    for given, zeros in [
        ((case.dy,), (case.dy, np.zeros_like(h_n))),
        ((None, case.dh_n), (np.zeros_like(y), case.dh_n)),
    ]:
        for a, b in zip(stack.backward(cache, *given)[:2], stack.backward(cache, *zeros)[:2], strict=True):
            np.testing.assert_array_equal(a, b)


def lower_layer_as_output(params, x, h_0, lengths, layer):
    _, h_n, cache = stack.forward(params, x, h_0, lengths, layer)
    below = {name: value for name, value in params.items() if not name.endswith("2")}
    return stack.forward(below, x, h_0[:2], lengths, layer)[0], h_n, cache


def states_upside_down(params, x, h_0, lengths, layer):
    return stack.forward(params, x, h_0[::-1], lengths, layer)


def last_states_upside_down(params, x, h_0, lengths, layer):
    y, h_n, cache = stack.forward(params, x, h_0, lengths, layer)
    return y, h_n[::-1], cache


def one_state_for_all_layers(params, x, h_0, lengths, layer):
    return stack.forward(params, x, np.repeat(h_0[:1], len(h_0), axis=0), lengths, layer)


def layers_share_weights(params, x, h_0, lengths, layer):
    shared = {name: params[name.replace("_l2", "_l1")] for name in params}
    return stack.forward(shared, x, h_0, lengths, layer)


def last_states_gradient_to_the_top_alone(cache, dy, dh_n):
    return stack.backward(cache, dy, dh_n * (np.arange(3) == 2)[:, None, None])


def first_states_gradient_upside_down(cache, dy, dh_n):
    dx, dh_0, dparams = stack.backward(cache, dy, dh_n)
    return dx, dh_0[::-1], dparams


FORWARD = [
    lower_layer_as_output,
    states_upside_down,
    last_states_upside_down,
    one_state_for_all_layers,
    layers_share_weights,
]
BACKWARD = [last_states_gradient_to_the_top_alone, first_states_gradient_upside_down]


@pytest.mark.parametrize("mistake", FORWARD + BACKWARD)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mistake, seed):
    case = drawn(seed, 3, ragged=True)
    place = {"forward": mistake} if mistake in FORWARD else {"backward": mistake}
    assert caught(lambda: worst(of_torch(case), run(case, **place)))
    assert worst(of_torch(case), run(case)) < CAUGHT


PARAMS = stack.init(4, 6, 2, np.random.default_rng(0))
X = np.zeros((5, 3, 4))


@pytest.mark.parametrize(
    ("params", "h_0", "message"),
    [
        (PARAMS, np.zeros((3, 6)), "h_0: expected (2, N, H), got (3, 6)"),
        (PARAMS, np.zeros((1, 3, 6)), "h_0: expected (2, N, H), got (1, 3, 6)"),
        (PARAMS, np.zeros((2, 3, 7)), "h_0: expected (3, 6), got (3, 7)"),
        ({"weight": 0}, None, "params: expected names that end in a layer's number, as _l0, got 'weight'"),
        (
            {k: v for k, v in PARAMS.items() if "l1" in k},
            None,
            "params: expected layers numbered from 0, got [1]",
        ),
        ({}, None, "params: expected layers numbered from 0, got []"),
    ],
)
def test_bad_input_is_refused(params, h_0, message):
    with pytest.raises(ValueError, match="expected") as refusal:
        stack.forward(params, X, h_0)
    assert str(refusal.value) == message


def test_bad_sizes_and_gradients_are_refused():
    with pytest.raises(ValueError, match="num_layers: expected at least 1, got 0"):
        stack.init(4, 6, 0, np.random.default_rng(0))
    _, _, cache = stack.forward(PARAMS, X)
    with pytest.raises(ValueError, match=r"dh_n: expected \(2, N, H\), got \(3, 6\)"):
        stack.backward(cache, None, np.zeros((3, 6)))
    with pytest.raises(ValueError, match=r"h: expected \(2, N, H\), got \(3, 6\)"):
        stack.step(PARAMS, X[0], np.zeros((3, 6)))
