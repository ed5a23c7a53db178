"""What must hold of an LSTM whatever its weights: chunks, padding, open and closed gates."""

import numpy as np
import pytest
from comparing import PARITY, apart
from lstm_cases import drawn, of_layer
from recurrent import errors

from companion.reference import lstm
from companion.reference.rnn import NAMES

with_and_without_peepholes = pytest.mark.parametrize("peepholes", [False, True])
OPEN, CLOSED = 800.0, -800.0  # sigmoid: 1 and 0 to the last digit
ROW = {"i": 0, "f": 1, "g": 2, "o": 3}


def parameters(results):
    return {name: value for name, value in results.items() if "_l0" in name}


def held(case, **gates):
    """Return the case with some gates held at sigmoid(value) whatever comes."""
    H = case.h_0.shape[2]
    params = {name: value.copy() for name, value in case.params.items()}
    for gate, value in gates.items():
        for name in NAMES:
            params[name][ROW[gate] * H : (ROW[gate] + 1) * H] = value if name == "bias_ih_l0" else 0
    return case._replace(params=params)


@with_and_without_peepholes
def test_chunks_with_the_state_carried_are_one_pass(peepholes):
    case = drawn(0, peepholes=peepholes)
    whole = of_layer(case)
    for cut in range(len(case.x) + 1):
        y_1, state, first = lstm.forward(case.params, case.x[:cut], case.state)
        y_2, last, second = lstm.forward(case.params, case.x[cut:], state)
        dx_2, dstate, dparams_2 = lstm.backward(second, case.dy[cut:], case.dstate)
        dx_1, dfirst, dparams_1 = lstm.backward(first, case.dy[:cut], dstate)
        assert apart(np.concatenate([y_1, y_2]), whole["y"]) <= PARITY
        assert apart(np.concatenate([dx_1, dx_2]), whole["dx"]) <= PARITY
        for half, end, start in zip("hc", last, dfirst, strict=True):
            assert apart(end, whole[f"{half}_n"][0]) <= PARITY
            assert apart(start, whole[f"d{half}_0"][0]) <= PARITY
        for name, gradient in parameters(whole).items():
            assert apart(dparams_1[name] + dparams_2[name], gradient) <= PARITY


@with_and_without_peepholes
def test_alone_as_in_a_batch(peepholes):
    case = drawn(0, ragged=True, peepholes=peepholes)
    batch = of_layer(case)
    total = dict.fromkeys(parameters(batch), 0.0)
    for n, length in enumerate(case.lengths):
        one = slice(n, n + 1)
        own = {name: getattr(case, name)[:, one] for name in ("h_0", "c_0", "dh_n", "dc_n")}
        own |= {name: getattr(case, name)[:length, one] for name in ("x", "dy")}
        alone = of_layer(case._replace(lengths=None, **own))
        for name in ("y", "dx"):
            assert apart(batch[name][:length, one], alone[name]) <= PARITY
            assert not batch[name][length:, n].any()
        for name in ("h_n", "c_n", "dh_0", "dc_0"):
            assert apart(batch[name][:, one], alone[name]) <= PARITY
        total = {name: total[name] + alone[name] for name in total}
    assert max(apart(total[name], batch[name]) for name in total) <= PARITY


@with_and_without_peepholes
@pytest.mark.parametrize("junk", [np.nan, np.inf, -1e300])
def test_padding_is_inert(junk, peepholes):
    case = drawn(1, ragged=True, peepholes=peepholes)
    beyond = np.arange(len(case.x))[:, None] >= case.lengths  # (T, N)
    assert beyond.any()
    x, dy = case.x.copy(), case.dy.copy()
    x[beyond], dy[beyond] = junk, junk
    clean, spoilt = of_layer(case), of_layer(case._replace(x=x, dy=dy))
    for name in clean:
        np.testing.assert_array_equal(spoilt[name], clean[name])
    cache = lstm.forward(case.params, x, case.state, case.lengths)[2]
    assert not cache.h[1:][beyond].any()
    assert not cache.c[1:][beyond].any()
    longer = {name: np.concatenate([getattr(case, name)] * 2) for name in ("x", "dy")}
    padded = of_layer(case._replace(**longer))
    for name in ("y", "dx"):
        assert not padded[name][len(case.x) :].any()
        padded[name] = padded[name][: len(case.x)]
    assert max(errors(padded, clean).values()) <= PARITY


def test_full_lengths_are_no_lengths_and_no_state_is_zero():
    case = drawn(2)
    T, N, _ = case.x.shape
    zero = np.zeros_like(case.c_0)
    start = case._replace(h_0=zero, c_0=zero)
    for a, b in zip(
        of_layer(start).values(), of_layer(start._replace(lengths=[T] * N)).values(), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(lstm.forward(case.params, case.x)[0], of_layer(start)["y"])


def test_a_sequence_of_no_steps_leaves_the_state_as_it_is():
    case = drawn(0, ragged=True, peepholes=True)
    case.lengths[1] = 0
    results = of_layer(case)
    for half in "hc":
        np.testing.assert_array_equal(results[f"{half}_n"][0, 1], getattr(case, f"{half}_0")[0, 1])
        np.testing.assert_array_equal(results[f"d{half}_0"][0, 1], getattr(case, f"d{half}_n")[0, 1])
    assert not results["y"][:, 1].any()
    assert not results["dx"][:, 1].any()
    nothing = of_layer(case._replace(x=case.x[:0], dy=case.dy[:0], lengths=None))
    np.testing.assert_array_equal(nothing["c_n"], case.c_0)
    np.testing.assert_array_equal(nothing["dc_0"], case.dc_n)
    assert not any(value.any() for value in parameters(nothing).values())


def test_a_gradient_not_given_is_zero():
    case = drawn(0, ragged=True)
    _, _, cache = lstm.forward(case.params, case.x, case.state, case.lengths)
    zero_y, zero = np.zeros_like(case.dy), np.zeros_like(case.c_0[0])
    dh_n, dc_n = case.dstate
    for short, long in [
        ((case.dy,), (case.dy, (zero, zero))),
        ((None, (dh_n, None)), (zero_y, (dh_n, zero))),
        ((None, [None, dc_n]), (zero_y, (zero, dc_n))),
        ((), (zero_y, (zero, zero))),
    ]:
        (dx, dstate, _), (dx_long, dstate_long, _) = lstm.backward(cache, *short), lstm.backward(cache, *long)
        np.testing.assert_array_equal(dx, dx_long)
        np.testing.assert_array_equal(np.stack(dstate), np.stack(dstate_long))


def test_backward_is_linear_in_the_outputs_gradients():
    case, other = drawn(2, peepholes=True), drawn(2, peepholes=True)
    rng = np.random.default_rng(1)
    names = ("dy", "dh_n", "dc_n")
    other = other._replace(**{name: rng.standard_normal(getattr(case, name).shape) for name in names})
    both = case._replace(**{name: 2 * getattr(case, name) - 3 * getattr(other, name) for name in names})
    one, two, sum_of_both = of_layer(case), of_layer(other), of_layer(both)
    for name in ("dx", "dh_0", "dc_0", *parameters(one)):
        assert apart(sum_of_both[name], 2 * one[name] - 3 * two[name]) <= PARITY


def test_an_open_forget_gate_and_a_closed_input_gate_keep_the_cell_for_ever():
    case = held(drawn(0), f=OPEN, i=CLOSED)
    x = np.concatenate([case.x] * 40)
    _, (_, c_n), cache = lstm.forward(case.params, x, case.state)
    np.testing.assert_array_equal(c_n, case.c_0[0])
    _, (_, dc_0), _ = lstm.backward(cache, None, (None, case.dc_n[0]))
    np.testing.assert_array_equal(dc_0, case.dc_n[0])


def test_a_closed_output_gate_shows_nothing_and_hides_the_cell_from_the_gradient():
    case = held(drawn(1), o=CLOSED)
    y, (h_n, _), cache = lstm.forward(case.params, case.x, case.state)
    assert not y.any()
    assert not h_n.any()
    dx, (dh_0, dc_0), _ = lstm.backward(cache, case.dy)
    assert not any(gradient.any() for gradient in (dx, dh_0, dc_0))


def test_a_closed_forget_gate_makes_the_past_matter_through_h_alone():
    case = held(drawn(0), f=CLOSED)
    other = case._replace(c_0=case.c_0 + 5)
    np.testing.assert_array_equal(of_layer(case)["y"], of_layer(other)["y"])
    assert not of_layer(case)["dc_0"].any()


def test_later_inputs_change_no_earlier_state_and_huge_sums_do_not_overflow():
    case = drawn(0, peepholes=True)
    x = case.x.copy()
    x[2:] += 1
    ahead, later = of_layer(case)["y"], of_layer(case._replace(x=x))["y"]
    np.testing.assert_array_equal(ahead[:2], later[:2])
    assert (ahead[2:] != later[2:]).any(axis=-1).all()
    with np.errstate(all="raise", under="ignore"):
        huge = of_layer(case._replace(params={name: 1e4 * v for name, v in case.params.items()}))
    assert np.isfinite(huge["dx"]).all()


def test_nothing_given_is_changed_and_the_states_cannot_be():
    case = drawn(2, ragged=True, peepholes=True)
    given = [*case.params.values(), case.x, *case.state, case.lengths, case.dy, *case.dstate]
    copies = [array.copy() for array in given]
    y, (h_n, c_n), cache = lstm.forward(case.params, case.x, case.state, case.lengths)
    first = lstm.backward(cache, case.dy, case.dstate)
    for array, copy in zip(given, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    with pytest.raises(ValueError, match="read-only"):
        y *= 2
    h_n *= 2
    c_n *= 2
    case.lengths[:] = 0
    second = lstm.backward(cache, case.dy, case.dstate)
    np.testing.assert_array_equal(first[0], second[0])
    for name in first[2]:
        np.testing.assert_array_equal(first[2][name], second[2][name])
