"""The GRUs against torch.nn.GRU, against their formulas under autograd, and against differences."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, tensor
from gated import KINDS, drawn, of_autograd, of_kind, of_torch
from recurrent import errors

from companion.reference import gru, simple_gru, stack
from companion.reference.gradcheck import check

SEEDS = range(2)
every = pytest.mark.parametrize("kind", KINDS)
with_and_without_lengths = pytest.mark.parametrize("ragged", [False, True])


@pytest.mark.equation("eq-gru-gates")
@pytest.mark.equation("eq-gru-candidate")
@pytest.mark.equation("eq-gru-state")
@pytest.mark.equation("eq-gru-grad-gates")
@pytest.mark.equation("eq-gru-grad-reset")
@pytest.mark.equation("eq-gru-grad-state")
@with_and_without_lengths
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, ragged, measure):
    case = drawn("after", seed, ragged=ragged)
    apart_by = errors(of_torch(case), of_kind("after", case))
    for label in ("eq-gru-gates", "eq-gru-candidate", "eq-gru-state"):
        measure(label, max(apart_by["y"], apart_by["h_n"]), PARITY)
    for label in ("eq-gru-grad-gates", "eq-gru-grad-reset", "eq-gru-grad-state"):
        measure(label, max(apart_by.values()), PARITY)


@pytest.mark.equation("eq-gru-candidate-before")
@pytest.mark.equation("eq-gru-grad-reset")
@pytest.mark.equation("eq-gru-grad-state")
@pytest.mark.equation("eq-simple-gru")
@pytest.mark.equation("eq-simple-gru-grad")
@every
@with_and_without_lengths
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_the_formulas_under_autograd(seed, ragged, kind, measure):
    case = drawn(kind, seed, ragged=ragged)
    apart_by = errors(of_autograd(case, KINDS[kind].cell), of_kind(kind, case))
    outputs, everything = max(apart_by["y"], apart_by["h_n"]), max(apart_by.values())
    if kind == "simple":
        measure("eq-simple-gru", outputs, PARITY)
        measure("eq-simple-gru-grad", everything, PARITY)
        return
    if kind == "before":
        measure("eq-gru-candidate-before", outputs, PARITY)
    measure("eq-gru-grad-reset", everything, PARITY)
    measure("eq-gru-grad-state", everything, PARITY)


@pytest.mark.equation("eq-gru-grad-gates")
@pytest.mark.equation("eq-gru-grad-reset")
@pytest.mark.equation("eq-gru-grad-state")
@pytest.mark.parametrize("kind", ["after", "before"])
def test_gradients_inside_the_loop_agree_with_autograd(kind, measure):
    case = drawn(kind, 0)
    params = {name: tensor(value) for name, value in case.params.items()}
    h, sums = [tensor(case.h_0[0], grad=True)], []
    for x_t in tensor(case.x):
        h.append(KINDS[kind].cell(params, x_t, h[-1], keep=sums))
    for value in [*h, *(part for step in sums for part in step)]:
        value.retain_grad()
    torch.autograd.backward([torch.stack(h[1:]), h[-1]], [tensor(case.dy), tensor(case.dh_n[0])])
    _, _, cache = KINDS[kind].forward(case.params, case.x, case.h_0[0])
    dh, da, da_n = gru.through_time(cache, case.dy, case.dh_n[0])
    theirs = [torch.stack([step[part].grad for step in sums]) for part in range(4)]
    da_r, da_z, da_m = np.split(da, 3, axis=-1)
    measure("eq-gru-grad-reset", max(apart(da_r, theirs[0]), apart(da_m, theirs[2])), PARITY)
    measure("eq-gru-grad-gates", max(apart(da_z, theirs[1]), apart(da_n, theirs[3])), PARITY)
    measure("eq-gru-grad-state", apart(dh, torch.stack([state.grad for state in h])), PARITY)


@every
@with_and_without_lengths
def test_gradients_against_differences(ragged, kind):
    case = drawn(kind, 1, ragged=ragged)
    forward = partial(KINDS[kind].forward, lengths=case.lengths)
    rng = np.random.default_rng(0)
    found = check(forward, KINDS[kind].module.backward, case.params, case.x, case.h_0[0], rng=rng)
    assert found.error <= GRADCHECK


@pytest.mark.equation("eq-gru-gates")
@pytest.mark.equation("eq-gru-candidate")
@pytest.mark.equation("eq-gru-candidate-before")
@pytest.mark.equation("eq-gru-state")
@pytest.mark.equation("eq-simple-gru")
@every
@pytest.mark.parametrize("seed", SEEDS)
def test_step_after_step_is_forward(seed, kind, measure):
    labels = {
        "after": ("eq-gru-gates", "eq-gru-candidate", "eq-gru-state"),
        "before": ("eq-gru-gates", "eq-gru-candidate-before", "eq-gru-state"),
        "simple": ("eq-simple-gru",),
    }
    case = drawn(kind, seed)
    y, _, _ = KINDS[kind].forward(case.params, case.x, case.h_0[0])
    h = case.h_0[0]
    for x_t, y_t in zip(case.x, y, strict=True):
        h = KINDS[kind].step(case.params, x_t, h)
        for label in labels[kind]:
            measure(label, apart(h, y_t), PARITY)


@pytest.mark.parametrize("layers", [2, 3])
def test_layers_above_each_other_agree_with_torch(layers):
    case = drawn("after", 0, layers, ragged=True)
    y, h_n, cache = stack.forward(case.params, case.x, case.h_0, case.lengths, layer=gru.forward)
    dx, dh_0, dparams = stack.backward(cache, case.dy, case.dh_n, layer=gru.backward)
    ours = {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0, **dparams}
    assert max(errors(of_torch(case), ours).values()) <= PARITY


@pytest.mark.equation("eq-gate-parameters")
@every
def test_init_is_pytorchs_distribution_and_the_count_is_as_said(kind, measure):
    D, H, module = 300, 400, KINDS[kind].module
    gates = 2 if kind == "simple" else 3
    params = module.init(D, H, np.random.default_rng(0))
    measure("eq-gate-parameters", abs(sum(v.size for v in params.values()) - gates * H * (D + H + 2)), 0)
    if kind != "simple":
        theirs = torch.nn.GRU(D, H).state_dict()
        assert {k: v.shape for k, v in params.items()} == {k: tuple(v.shape) for k, v in theirs.items()}
    for value in params.values():
        assert 0.0495 < np.abs(value).max() <= 0.05
        assert abs(value.mean()) < 5 * 0.05 / np.sqrt(3 * value.size)
    assert module.init(4, 3, np.random.default_rng(0), np.float32)["weight_hh_l0"].dtype == np.float32


@every
def test_a_gradient_or_a_state_not_given_is_zero(kind):
    case, backward = drawn(kind, 0, ragged=True), KINDS[kind].module.backward
    y, h_n, cache = KINDS[kind].forward(case.params, case.x, None, case.lengths)
    zero_y, zero_h = np.zeros_like(case.dy), np.zeros_like(case.dh_n[0])
    y_zero, h_zero, _ = KINDS[kind].forward(case.params, case.x, zero_h, case.lengths)
    np.testing.assert_array_equal(y, y_zero)
    np.testing.assert_array_equal(h_n, h_zero)
    for short, long in [
        ((case.dy, None), (case.dy, zero_h)),
        ((None, case.dh_n[0]), (zero_y, case.dh_n[0])),
        ((), (zero_y, zero_h)),
    ]:
        for a, b in zip(backward(cache, *short)[:2], backward(cache, *long)[:2], strict=True):
            np.testing.assert_array_equal(a, b)


@every
def test_precision_is_kept(kind):
    case = drawn(kind, 0, ragged=True)
    exact = of_kind(kind, case)
    single = case._replace(
        params={name: value.astype(np.float32) for name, value in case.params.items()},
        **{name: getattr(case, name).astype(np.float32) for name in ("x", "h_0", "dy", "dh_n")},
    )
    rounded = of_kind(kind, single)
    assert {value.dtype for value in rounded.values()} == {np.dtype(np.float32)}
    assert max(errors(exact, rounded).values()) <= FLOAT32
    y, _, _ = KINDS[kind].forward(single.params, single.x, case.h_0[0])  # the wider of the two
    assert y.dtype == np.float64


@every
def test_nothing_given_is_changed_and_the_states_cannot_be(kind):
    case, backward = drawn(kind, 2, ragged=True), KINDS[kind].module.backward
    given = [*case.params.values(), case.x, case.h_0, case.lengths, case.dy, case.dh_n]
    copies = [array.copy() for array in given]
    y, h_n, cache = KINDS[kind].forward(case.params, case.x, case.h_0[0], case.lengths)
    first = backward(cache, case.dy, case.dh_n[0])
    for array, copy in zip(given, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    with pytest.raises(ValueError, match="read-only"):
        y *= 2
    h_n *= 2
    case.lengths[:] = 0
    second = backward(cache, case.dy, case.dh_n[0])
    np.testing.assert_array_equal(first[0], second[0])
    for name in first[2]:
        np.testing.assert_array_equal(first[2][name], second[2][name])


def test_huge_sums_do_not_overflow():
    for module in (gru, simple_gru):
        params = {name: 1e4 * np.sign(v) for name, v in module.init(4, 6, np.random.default_rng(0)).items()}
        with np.errstate(all="raise", under="ignore"):
            y, h_n, cache = module.forward(params, np.ones((5, 3, 4)))
            dx, _, _ = module.backward(cache, np.ones_like(y), np.ones_like(h_n))
        assert np.isfinite(dx).all()
        assert np.abs(y).max() <= 1
