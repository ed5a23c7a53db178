"""The recurrent layer against torch.nn.RNN, against autograd step by step, and against differences."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, tensor
from recurrent import drawn, errors, of_layer, of_torch

from companion.reference import rnn
from companion.reference.gradcheck import check

SEEDS = range(4)
both = pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
with_and_without_lengths = pytest.mark.parametrize("ragged", [False, True])


@pytest.mark.equation("eq-rnn")
@pytest.mark.equation("eq-rnn-last")
@pytest.mark.equation("eq-bptt-recurrent")
@pytest.mark.equation("eq-bptt-input")
@pytest.mark.equation("eq-bptt-bias")
@pytest.mark.equation("eq-bptt-x")
@pytest.mark.equation("eq-bptt-h0")
@both
@with_and_without_lengths
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, ragged, nonlinearity, measure):
    case = drawn(seed, ragged=ragged)
    apart_by = errors(of_torch(case, nonlinearity), of_layer(rnn.forward, rnn.backward, case, nonlinearity))
    measure("eq-rnn", apart_by["y"], PARITY)
    measure("eq-rnn-last", apart_by["h_n"], PARITY)
    measure("eq-bptt-recurrent", apart_by["weight_hh_l0"], PARITY)
    measure("eq-bptt-input", apart_by["weight_ih_l0"], PARITY)
    measure("eq-bptt-bias", max(apart_by["bias_ih_l0"], apart_by["bias_hh_l0"]), PARITY)
    measure("eq-bptt-x", apart_by["dx"], PARITY)
    measure("eq-bptt-h0", apart_by["dh_0"], PARITY)


def inner_gradients(case, nonlinearity):
    """Unroll the recurrence under autograd, and return dL/da_t and dL/dh_t of every step, (T, N, H) each."""
    params = {name: tensor(value) for name, value in case.params.items()}
    f = getattr(torch, nonlinearity)
    a, h = [], [tensor(case.h_0[0], grad=True)]
    for x_t in tensor(case.x):
        from_input = x_t @ params["weight_ih_l0"].T + params["bias_ih_l0"]
        a.append(from_input + h[-1] @ params["weight_hh_l0"].T + params["bias_hh_l0"])
        h.append(f(a[-1]))
    for value in a + h:
        value.retain_grad()
    torch.autograd.backward([torch.stack(h[1:]), h[-1]], [tensor(case.dy), tensor(case.dh_n[0])])
    return torch.stack([v.grad for v in a]), torch.stack([v.grad for v in h[1:]])


@pytest.mark.equation("eq-bptt-preactivation")
@pytest.mark.equation("eq-bptt-state")
@both
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_inside_the_loop_agree_with_autograd(seed, nonlinearity, measure):
    case = drawn(seed, square=True)
    case.params["weight_ih_l0"][:] = np.eye(case.x.shape[2])  # then dx_t is dL/da_t
    da, dh = inner_gradients(case, nonlinearity)
    y, _, cache = rnn.forward(case.params, case.x, case.h_0[0], nonlinearity=nonlinearity)
    ours_dh, ours_da = rnn.through_time(cache, case.dy, case.dh_n[0])
    measure("eq-bptt-preactivation", apart(ours_da, da), PARITY)
    measure("eq-bptt-state", apart(ours_dh[1:], dh), PARITY)
    dx, dh_0, _ = rnn.backward(cache, case.dy, case.dh_n[0])
    np.testing.assert_array_equal(ours_dh[0], dh_0)
    measure("eq-bptt-preactivation", apart(dx, da), PARITY)
    for t in range(len(y)):  # all that comes after step t is a run that starts at h_t
        _, _, cache = rnn.forward(case.params, case.x[t + 1 :], y[t], nonlinearity=nonlinearity)
        _, through_later_steps, _ = rnn.backward(cache, case.dy[t + 1 :], case.dh_n[0])
        measure("eq-bptt-state", apart(case.dy[t] + through_later_steps, dh[t]), PARITY)


@both
@with_and_without_lengths
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(seed, ragged, nonlinearity):
    case = drawn(seed, ragged=ragged)
    forward = partial(rnn.forward, lengths=case.lengths, nonlinearity=nonlinearity)
    rng = np.random.default_rng(seed)
    assert check(forward, rnn.backward, case.params, case.x, case.h_0[0], rng=rng).error <= GRADCHECK


@pytest.mark.equation("eq-rnn")
@pytest.mark.equation("eq-unfolded")
@both
@pytest.mark.parametrize("seed", SEEDS)
def test_step_after_step_is_forward(seed, nonlinearity, measure):
    case = drawn(seed)
    y, _, _ = rnn.forward(case.params, case.x, case.h_0[0], nonlinearity=nonlinearity)
    h = case.h_0[0]
    for x_t, y_t in zip(case.x, y, strict=True):
        h = rnn.step(case.params, x_t, h, nonlinearity)
        measure("eq-rnn", apart(h, y_t), PARITY)
    f = partial(rnn.step, case.params, nonlinearity=nonlinearity)
    x_1, x_2 = case.x[:2]
    measure("eq-unfolded", apart(f(x_2, f(x_1, case.h_0[0])), y[1]), PARITY)


def test_a_gradient_not_given_is_zero():
    case = drawn(0, ragged=True)
    _, _, cache = rnn.forward(case.params, case.x, case.h_0[0], case.lengths)
    zero_y, zero_h = np.zeros_like(case.dy), np.zeros_like(case.dh_n[0])
    for short, long in [
        ((case.dy, None), (case.dy, zero_h)),
        ((None, case.dh_n[0]), (zero_y, case.dh_n[0])),
        ((None, None), (zero_y, zero_h)),
    ]:
        for a, b in zip(rnn.backward(cache, *short)[:2], rnn.backward(cache, *long)[:2], strict=True):
            np.testing.assert_array_equal(a, b)


def test_no_initial_state_is_zero():
    case = drawn(1)
    y, h_n, _ = rnn.forward(case.params, case.x)
    y_zero, h_zero, _ = rnn.forward(case.params, case.x, np.zeros_like(case.h_0[0]))
    np.testing.assert_array_equal(y, y_zero)
    np.testing.assert_array_equal(h_n, h_zero)


@both
def test_precision_is_kept(nonlinearity):
    case = drawn(0, ragged=True)
    exact = of_layer(rnn.forward, rnn.backward, case, nonlinearity)
    single = case._replace(
        params={name: value.astype(np.float32) for name, value in case.params.items()},
        **{name: getattr(case, name).astype(np.float32) for name in ("x", "h_0", "dy", "dh_n")},
    )
    rounded = of_layer(rnn.forward, rnn.backward, single, nonlinearity)
    assert {value.dtype for value in rounded.values()} == {np.dtype(np.float32)}
    assert max(errors(exact, rounded).values()) <= FLOAT32


def test_nothing_given_is_changed_and_the_states_cannot_be():
    case = drawn(2, ragged=True)
    given = [*case.params.values(), case.x, case.h_0, case.lengths, case.dy, case.dh_n]
    before = [array.copy() for array in given]
    y, h_n, cache = rnn.forward(case.params, case.x, case.h_0[0], case.lengths)
    first = rnn.backward(cache, case.dy, case.dh_n[0])
    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    with pytest.raises(ValueError, match="read-only"):
        y *= 2
    h_n *= 2
    case.lengths[:] = 0
    second = rnn.backward(cache, case.dy, case.dh_n[0])
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[2]["weight_hh_l0"], second[2]["weight_hh_l0"])


def test_init_is_pytorchs_distribution():
    params = rnn.init(300, 400, np.random.default_rng(0))
    theirs = torch.nn.RNN(300, 400).state_dict()
    assert {k: v.shape for k, v in params.items()} == {k: tuple(v.shape) for k, v in theirs.items()}
    for value in params.values():
        assert 0.0495 < np.abs(value).max() <= 0.05
        assert abs(value.mean()) < 5 * 0.05 / np.sqrt(3 * value.size)
    assert rnn.init(4, 3, np.random.default_rng(0), np.float32)["weight_hh_l0"].dtype == np.float32
