"""What must hold of gated units whatever their weights: chunks, batches, padding, open and closed gates."""

import numpy as np
import pytest
from comparing import PARITY, apart
from gated import KINDS, drawn
from recurrent import errors

from companion.reference import gru, rnn, simple_gru
from companion.reference.rnn import NAMES

every = pytest.mark.parametrize("kind", KINDS)
SATURATED = 40.0  # sigmoid(40) is 1 to the last digit


def run(kind, case, **other):
    """Run forward and backward, some parts of the case replaced, and return everything by name."""
    case = case._replace(**other)
    y, h_n, cache = KINDS[kind].forward(case.params, case.x, case.h_0[0], case.lengths)
    dx, dh_0, dparams = KINDS[kind].module.backward(cache, case.dy, case.dh_n[0])
    return {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0, **dparams}


def gradients(results):
    return {name: value for name, value in results.items() if "_l0" in name}


def gate_set(kind, case, gate, value):
    """Return the parameters with a gate held at sigmoid(value) whatever comes."""
    row = {"simple": ["z", "n"]}.get(kind, ["r", "z", "n"]).index(gate)
    H = case.h_0.shape[2]
    held = {name: array.copy() for name, array in case.params.items()}
    for name in NAMES:
        held[name][row * H : (row + 1) * H] = value if name == "bias_ih_l0" else 0
    return held


@every
def test_chunks_with_the_state_carried_are_one_pass(kind):
    case = drawn(kind, 0)
    whole, forward, backward = run(kind, case), KINDS[kind].forward, KINDS[kind].module.backward
    for cut in range(len(case.x) + 1):
        y_1, h_1, first = forward(case.params, case.x[:cut], case.h_0[0])
        y_2, h_2, second = forward(case.params, case.x[cut:], h_1)
        dx_2, dh_1, dparams_2 = backward(second, case.dy[cut:], case.dh_n[0])
        dx_1, dh_0, dparams_1 = backward(first, case.dy[:cut], dh_1)
        assert apart(np.concatenate([y_1, y_2]), whole["y"]) <= PARITY
        assert apart(np.concatenate([dx_1, dx_2]), whole["dx"]) <= PARITY
        assert max(apart(h_2, whole["h_n"]), apart(dh_0, whole["dh_0"])) <= PARITY
        for name, gradient in gradients(whole).items():
            assert apart(dparams_1[name] + dparams_2[name], gradient) <= PARITY


@every
def test_alone_as_in_a_batch(kind):
    case = drawn(kind, 0, ragged=True)
    batch = run(kind, case)
    total = dict.fromkeys(gradients(batch), 0.0)
    for n, length in enumerate(case.lengths):
        one = slice(n, n + 1)
        own = {name: getattr(case, name)[:, one] for name in ("h_0", "dh_n")}
        own |= {name: getattr(case, name)[:length, one] for name in ("x", "dy")}
        alone = run(kind, case, lengths=None, **own)
        for name in ("y", "dx"):
            assert apart(batch[name][:length, one], alone[name]) <= PARITY
            assert not batch[name][length:, n].any()
        for name in ("h_n", "dh_0"):
            assert apart(batch[name][one], alone[name]) <= PARITY
        total = {name: total[name] + alone[name] for name in total}
    assert max(apart(total[name], batch[name]) for name in total) <= PARITY


@every
@pytest.mark.parametrize("junk", [np.nan, np.inf, -1e300])
def test_padding_is_inert(junk, kind):
    case = drawn(kind, 1, ragged=True)
    beyond = np.arange(len(case.x))[:, None] >= case.lengths  # (T, N)
    assert beyond.any()
    x, dy = case.x.copy(), case.dy.copy()
    x[beyond], dy[beyond] = junk, junk
    clean, spoilt = run(kind, case), run(kind, case, x=x, dy=dy)
    for name in clean:
        np.testing.assert_array_equal(spoilt[name], clean[name])
    longer = {name: np.concatenate([getattr(case, name)] * 2) for name in ("x", "dy")}
    padded = run(kind, case, **longer)
    for name in ("y", "dx"):
        assert not padded[name][len(case.x) :].any()
        padded[name] = padded[name][: len(case.x)]
    assert max(errors(padded, clean).values()) <= PARITY


@every
def test_full_lengths_are_no_lengths(kind):
    case = drawn(kind, 2)
    T, N, _ = case.x.shape
    for a, b in zip(run(kind, case).values(), run(kind, case, lengths=[T] * N).values(), strict=True):
        np.testing.assert_array_equal(a, b)


@every
def test_a_sequence_of_no_steps_leaves_the_state_as_it_is(kind):
    case = drawn(kind, 0, ragged=True)
    lengths = case.lengths.copy()
    lengths[1] = 0
    results = run(kind, case, lengths=lengths)
    np.testing.assert_array_equal(results["h_n"][1], case.h_0[0, 1])
    np.testing.assert_array_equal(results["dh_0"][1], case.dh_n[0, 1])
    assert not results["y"][:, 1].any()
    assert not results["dx"][:, 1].any()
    nothing = run(kind, case, x=case.x[:0], dy=case.dy[:0], lengths=None)
    np.testing.assert_array_equal(nothing["h_n"], case.h_0[0])
    np.testing.assert_array_equal(nothing["dh_0"], case.dh_n[0])
    assert not any(value.any() for value in gradients(nothing).values())


@every
def test_later_inputs_change_no_earlier_state(kind):
    case = drawn(kind, 0)
    x = case.x.copy()
    x[2:] += 1
    ahead, later = run(kind, case)["y"], run(kind, case, x=x)["y"]
    np.testing.assert_array_equal(ahead[:2], later[:2])
    assert (ahead[2:] != later[2:]).any(axis=-1).all()


@every
def test_backward_is_linear_in_the_outputs_gradients(kind):
    case, rng = drawn(kind, 2), np.random.default_rng(1)
    dy, dh_n = rng.standard_normal(case.dy.shape), rng.standard_normal(case.dh_n.shape)
    one, two = run(kind, case), run(kind, case, dy=dy, dh_n=dh_n)
    both = run(kind, case, dy=2 * case.dy - 3 * dy, dh_n=2 * case.dh_n - 3 * dh_n)
    for name in ("dx", "dh_0", *gradients(one)):
        assert apart(both[name], 2 * one[name] - 3 * two[name]) <= PARITY


@every
def test_a_state_stays_between_its_start_and_the_candidates(kind):
    case = drawn(kind, 3)
    y, _, cache = KINDS[kind].forward(case.params, case.x, case.h_0[0])
    before = np.concatenate([case.h_0, y[:-1]])
    low, high = np.minimum(before, cache.n), np.maximum(before, cache.n)
    assert ((low - PARITY <= y) & (y <= high + PARITY)).all()
    assert ((cache.z > 0) & (cache.z < 1) & (np.abs(cache.n) < 1)).all()


@every
def test_with_z_at_one_nothing_is_written_and_the_gradient_arrives_unchanged(kind):
    case = drawn(kind, 0)
    results = run(kind, case, params=gate_set(kind, case, "z", SATURATED))
    assert apart(results["y"], np.broadcast_to(case.h_0, case.dy.shape)) <= PARITY
    assert apart(results["dh_0"], case.dy.sum(axis=0) + case.dh_n[0]) <= PARITY
    assert np.abs(results["dx"]).max() <= PARITY


@every
def test_with_z_at_zero_and_r_at_one_it_is_the_recurrent_layer(kind):
    case = drawn(kind, 1, ragged=True)
    H = case.h_0.shape[2]
    params = gate_set(kind, case, "z", -SATURATED)
    if kind != "simple":
        params = gate_set(kind, case._replace(params=params), "r", SATURATED)
    ours = run(kind, case, params=params)
    theirs_params = {name: value[-H:] for name, value in params.items()}
    y, h_n, cache = rnn.forward(theirs_params, case.x, case.h_0[0], case.lengths)
    dx, dh_0, dparams = rnn.backward(cache, case.dy, case.dh_n[0])
    for name, value in {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0}.items():
        assert apart(ours[name], value) <= PARITY
    for name, value in dparams.items():
        assert apart(ours[name][-H:], value) <= PARITY
        assert np.abs(ours[name][:-H]).max() <= PARITY


@pytest.mark.equation("eq-simple-gru")
@pytest.mark.equation("eq-simple-gru-grad")
@pytest.mark.parametrize("kind", ["after", "before"])
def test_with_r_at_one_both_are_the_simplified_unit(kind, measure):
    case = drawn(kind, 0, ragged=True)
    H = case.h_0.shape[2]
    params = gate_set(kind, case, "r", SATURATED)
    full = run(kind, case, params=params)
    simple = run("simple", case, params={name: value[H:] for name, value in params.items()})
    measure("eq-simple-gru", max(apart(full[name], simple[name]) for name in ("y", "h_n")), PARITY)
    measure("eq-simple-gru-grad", max(apart(full[name], simple[name]) for name in ("dx", "dh_0")), PARITY)
    for name in NAMES:
        measure("eq-simple-gru-grad", apart(full[name][H:], simple[name]), PARITY)


def test_with_r_at_zero_the_candidate_does_not_see_the_state():
    for kind in ("after", "before"):
        case = drawn(kind, 0)
        params = gate_set(kind, case, "r", -SATURATED)
        _, _, cache = KINDS[kind].forward(params, case.x, case.h_0[0])
        _, _, other = KINDS[kind].forward(params, case.x, -case.h_0[0])
        assert apart(cache.n[0], other.n[0]) <= PARITY


def test_the_side_of_the_reset_gate_is_another_function_unless_w_hn_is_diagonal_and_unbiased():
    case = drawn("after", 0)
    H = case.h_0.shape[2]
    sides = [gru.forward(case.params, case.x, case.h_0[0], reset_after=side)[0] for side in (True, False)]
    assert apart(*sides) > 0.01
    case.params["weight_hh_l0"][2 * H :] = np.diag(np.linspace(-2, 2, H))
    case.params["bias_hh_l0"][2 * H :] = 0
    sides = [gru.forward(case.params, case.x, case.h_0[0], reset_after=side)[0] for side in (True, False)]
    assert apart(*sides) <= PARITY


@every
def test_exchanging_z_and_one_minus_z_is_a_change_of_sign_in_its_rows(kind):
    case = drawn(kind, 1)
    H = case.h_0.shape[2]
    rows = slice(0, H) if kind == "simple" else slice(H, 2 * H)
    turned = {name: value.copy() for name, value in case.params.items()}
    for name in NAMES:
        turned[name][rows] *= -1
    _, _, cache = KINDS[kind].forward(case.params, case.x[:1], case.h_0[0])
    y, _, other = KINDS[kind].forward(turned, case.x[:1], case.h_0[0])
    assert apart(other.z, 1 - cache.z) <= PARITY
    assert apart(y, cache.z * cache.n + (1 - cache.z) * case.h_0) <= PARITY


def test_one_gate_less_is_a_third_less():
    rng = np.random.default_rng(0)
    full, simple = (sum(v.size for v in m.init(7, 5, rng).values()) for m in (gru, simple_gru))
    assert 2 * full == 3 * simple
