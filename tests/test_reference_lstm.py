"""The LSTM against torch.nn.LSTM, against its formulas under autograd, and against differences."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, tensor
from lstm_cases import cell, drawn, flat_backward, flat_forward, of_autograd, of_layer, of_stack, of_torch
from recurrent import errors

from companion.reference import lstm, stack
from companion.reference.gradcheck import check
from companion.reference.lstm_algebra import GATES, carry, parameter_count

SEEDS = range(3)
with_and_without_lengths = pytest.mark.parametrize("ragged", [False, True])
with_and_without_peepholes = pytest.mark.parametrize("peepholes", [False, True])


@pytest.mark.equation("eq-lstm-gates")
@pytest.mark.equation("eq-lstm-cell")
@pytest.mark.equation("eq-lstm-hidden")
@pytest.mark.equation("eq-lstm-grad-hidden")
@pytest.mark.equation("eq-lstm-grad-cell")
@pytest.mark.equation("eq-lstm-grad-gates")
@with_and_without_lengths
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, ragged, measure):
    case = drawn(seed, ragged=ragged)
    apart_by = errors(of_torch(case), of_layer(case))
    measure("eq-lstm-hidden", max(apart_by["y"], apart_by["h_n"]), PARITY)
    measure("eq-lstm-cell", apart_by["c_n"], PARITY)
    measure("eq-lstm-gates", max(apart_by["y"], apart_by["c_n"]), PARITY)
    for label in ("eq-lstm-grad-hidden", "eq-lstm-grad-cell", "eq-lstm-grad-gates"):
        measure(label, max(apart_by.values()), PARITY)


@pytest.mark.equation("eq-lstm-peephole")
@with_and_without_peepholes
@with_and_without_lengths
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_the_formulas_under_autograd(seed, ragged, peepholes, measure):
    case = drawn(seed, ragged=ragged, peepholes=peepholes)
    measure("eq-lstm-peephole", max(errors(of_autograd(case), of_layer(case)).values()), PARITY)


@pytest.mark.equation("eq-lstm-peephole")
@with_and_without_peepholes
@with_and_without_lengths
def test_gradients_against_differences(ragged, peepholes, measure):
    case = drawn(2, ragged=ragged, peepholes=peepholes)
    forward = partial(flat_forward, lengths=case.lengths)
    rng = np.random.default_rng(0)
    found = check(forward, flat_backward, case.params, case.x, *case.state, rng=rng)
    measure("eq-lstm-peephole", found.error, GRADCHECK)


@pytest.mark.equation("eq-lstm-grad-hidden")
@pytest.mark.equation("eq-lstm-grad-cell")
@pytest.mark.equation("eq-lstm-grad-gates")
@with_and_without_peepholes
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_inside_the_loop_agree_with_autograd(seed, peepholes, measure):
    case = drawn(seed, peepholes=peepholes)
    params = {name: tensor(value) for name, value in case.params.items()}
    first = tensor(case.h_0[0], grad=True), tensor(case.c_0[0], grad=True)
    (h, c), kept = first, []
    for x_t in tensor(case.x):
        h, c = cell(params, x_t, h, c, kept)
    for value in (part for step in kept for part in step):
        value.retain_grad()
    shown = torch.stack([step[4] for step in kept])
    torch.autograd.backward([shown, h, c], [tensor(v) for v in (case.dy, *case.dstate)])
    dh, dc, da = lstm.through_time(lstm.forward(case.params, case.x, case.state)[2], case.dy, case.dstate)
    theirs = [torch.stack([step[part].grad for step in kept]) for part in range(6)]
    measure("eq-lstm-grad-gates", apart(da, torch.stack(theirs[:4], dim=2)), PARITY)
    measure("eq-lstm-grad-hidden", max(apart(dh[1:], theirs[4]), apart(dh[0], first[0].grad)), PARITY)
    measure("eq-lstm-grad-cell", max(apart(dc[1:], theirs[5]), apart(dc[0], first[1].grad)), PARITY)


@pytest.mark.equation("eq-lstm-gates")
@pytest.mark.equation("eq-lstm-cell")
@pytest.mark.equation("eq-lstm-hidden")
@pytest.mark.equation("eq-lstm-peephole")
@with_and_without_peepholes
@pytest.mark.parametrize("seed", SEEDS)
def test_step_after_step_is_forward(seed, peepholes, measure):
    case = drawn(seed, peepholes=peepholes)
    y, (h_n, c_n), _ = lstm.forward(case.params, case.x, case.state)
    h, c = case.state
    for x_t, y_t in zip(case.x, y, strict=True):
        h, c = lstm.step(case.params, x_t, (h, c))
        for label in ("eq-lstm-gates", "eq-lstm-hidden", "eq-lstm-peephole"):
            measure(label, apart(h, y_t), PARITY)
    measure("eq-lstm-cell", max(apart(h, h_n), apart(c, c_n)), PARITY)


@with_and_without_lengths
@pytest.mark.parametrize("layers", [2, 3])
def test_layers_above_each_other_agree_with_torch(layers, ragged):
    case = drawn(0, layers, ragged)
    assert max(errors(of_torch(case), of_stack(case)).values()) <= PARITY


def test_stacked_steps_are_the_stacked_forward():
    case = drawn(1, layers=2, peepholes=True)
    y, last, _ = stack.forward(case.params, case.x, (case.h_0, case.c_0), None, lstm.forward)
    state = case.h_0, case.c_0
    for x_t, y_t in zip(case.x, y, strict=True):
        state = stack.step(case.params, x_t, state, lstm.step)
        assert apart(state[0][-1], y_t) <= PARITY
    assert max(apart(a, b) for a, b in zip(state, last, strict=True)) <= PARITY


@pytest.mark.equation("eq-lstm-carry")
@with_and_without_lengths
@pytest.mark.parametrize("seed", SEEDS)
def test_the_belt_alone_carries_the_product_of_forget_gates(seed, ragged, measure):
    case = drawn(seed, ragged=ragged)
    case.params["weight_hh_l0"][:] = 0  # no other way from cell to cell than the belt
    _, _, cache = lstm.forward(case.params, case.x, case.state, case.lengths)
    ones = np.ones_like(case.c_0[0])
    _, dc, _ = lstm.through_time(cache, None, (None, ones))
    carried = carry(cache)
    steps = np.arange(len(case.x) + 1)[:, None]
    counted = np.broadcast_to(steps <= cache.lengths, carried.shape[:2])
    measure("eq-lstm-carry", apart(carried[counted], dc[counted]), PARITY)
    assert (carried[~counted] == 1).all()
    by_hand = [np.prod(cache.gates[1, : cache.lengths[n], n], axis=0) for n in range(len(ones))]
    measure("eq-lstm-carry", apart(carried[0], by_hand), PARITY)


@pytest.mark.equation("eq-gate-parameters")
@pytest.mark.parametrize("layer", ["rnn", "gru", "lstm"])
def test_parameters_are_counted_as_torch_has_them(layer, measure):
    theirs = getattr(torch.nn, layer.upper())(7, 5)
    count = sum(parameter.numel() for parameter in theirs.parameters())
    measure("eq-gate-parameters", abs(parameter_count(layer, 7, 5) - count), 0)
    one = [p.numel() for name, p in theirs.named_parameters() if name != "bias_hh_l0"]
    measure("eq-gate-parameters", abs(parameter_count(layer, 7, 5, biases=1) - sum(one)), 0)


@pytest.mark.equation("eq-gate-parameters")
def test_peepholes_are_counted_and_nonsense_is_refused(measure):
    params = lstm.init(7, 5, np.random.default_rng(0), peepholes=True)
    counted = parameter_count("lstm", 7, 5, peepholes=True)
    measure("eq-gate-parameters", abs(counted - sum(v.size for v in params.values())), 0)
    assert list(GATES) == ["rnn", "simple_gru", "gru", "lstm"]
    with pytest.raises(ValueError, match=r"layer: expected one of .*, got 'LSTM'"):
        parameter_count("LSTM", 7, 5)
    with pytest.raises(ValueError, match="peepholes: expected False but for an LSTM, got True for 'gru'"):
        parameter_count("gru", 7, 5, peepholes=True)


def test_init_is_pytorchs_distribution():
    params = lstm.init(300, 400, np.random.default_rng(0), peepholes=True)
    theirs = torch.nn.LSTM(300, 400).state_dict()
    plain = {name: value for name, value in params.items() if name not in lstm.PEEPHOLES}
    assert {k: v.shape for k, v in plain.items()} == {k: tuple(v.shape) for k, v in theirs.items()}
    for value in params.values():
        assert 0.049 < np.abs(value).max() <= 0.05
        assert abs(value.mean()) < 5 * 0.05 / np.sqrt(3 * value.size)
    assert {params[name].shape for name in lstm.PEEPHOLES} == {(400,)}
    single = lstm.init(4, 3, np.random.default_rng(0), np.float32, peepholes=True)
    assert {value.dtype for value in single.values()} == {np.dtype(np.float32)}


def test_the_forget_bias_is_the_sum_of_both_and_nothing_else_changes():
    drawn_alone = lstm.init(4, 3, np.random.default_rng(0))
    params = lstm.init(4, 3, np.random.default_rng(0), forget_bias=1.5)
    np.testing.assert_array_equal((params["bias_ih_l0"] + params["bias_hh_l0"])[3:6], 1.5)
    for name, value in params.items():
        kept = np.r_[:3, 6:12]
        np.testing.assert_array_equal(value[kept], drawn_alone[name][kept])
    np.testing.assert_array_equal(params["weight_hh_l0"], drawn_alone["weight_hh_l0"])


@with_and_without_peepholes
def test_precision_is_kept(peepholes):
    case = drawn(0, ragged=True, peepholes=peepholes)
    arrays = ("x", "h_0", "c_0", "dy", "dh_n", "dc_n")
    single = case._replace(
        params={name: value.astype(np.float32) for name, value in case.params.items()},
        **{name: getattr(case, name).astype(np.float32) for name in arrays},
    )
    rounded = of_layer(single)
    assert {value.dtype for value in rounded.values()} == {np.dtype(np.float32)}
    assert max(errors(of_layer(case), rounded).values()) <= FLOAT32
    for state in ((case.h_0[0], single.c_0[0]), (single.h_0[0], case.c_0[0])):
        y, (h_n, c_n), _ = lstm.forward(single.params, single.x, state)  # the widest of all
        assert y.dtype == h_n.dtype == c_n.dtype == np.float64
