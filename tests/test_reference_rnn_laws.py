"""What must hold of a recurrent layer whatever its weights: chunks, batches, padding, shifts and signs."""

import numpy as np
import pytest
from comparing import PARITY, apart
from recurrent import drawn

from companion.reference import rnn

SEEDS = range(3)
both = pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])


def run(case, nonlinearity="tanh", **other):
    """Run forward and backward, some parts of the case replaced, and return everything by name."""
    case = case._replace(**other)
    y, h_n, cache = rnn.forward(case.params, case.x, case.h_0[0], case.lengths, nonlinearity)
    dx, dh_0, dparams = rnn.backward(cache, case.dy, case.dh_n[0])
    return {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0, **dparams}


def gradients(results):
    return {name: value for name, value in results.items() if "_l0" in name}


@both
@pytest.mark.parametrize("seed", SEEDS)
def test_chunks_with_the_state_carried_are_one_pass(seed, nonlinearity):
    case = drawn(seed)
    whole = run(case, nonlinearity)
    for cut in range(len(case.x) + 1):
        y_1, h_1, first = rnn.forward(case.params, case.x[:cut], case.h_0[0], nonlinearity=nonlinearity)
        y_2, h_2, second = rnn.forward(case.params, case.x[cut:], h_1, nonlinearity=nonlinearity)
        dx_2, dh_1, dparams_2 = rnn.backward(second, case.dy[cut:], case.dh_n[0])
        dx_1, dh_0, dparams_1 = rnn.backward(first, case.dy[:cut], dh_1)
        assert apart(np.concatenate([y_1, y_2]), whole["y"]) <= PARITY
        assert apart(np.concatenate([dx_1, dx_2]), whole["dx"]) <= PARITY
        assert max(apart(h_2, whole["h_n"]), apart(dh_0, whole["dh_0"])) <= PARITY
        for name, gradient in gradients(whole).items():
            assert apart(dparams_1[name] + dparams_2[name], gradient) <= PARITY


@both
@pytest.mark.parametrize("ragged", [False, True])
def test_alone_as_in_a_batch(ragged, nonlinearity):
    case = drawn(0, ragged=ragged)
    batch = run(case, nonlinearity)
    lengths = np.full(case.x.shape[1], len(case.x)) if case.lengths is None else case.lengths
    total = dict.fromkeys(gradients(batch), 0.0)
    for n, length in enumerate(lengths):
        one = slice(n, n + 1)
        alone = run(
            case,
            nonlinearity,
            x=case.x[:length, one],
            h_0=case.h_0[:, one],
            lengths=None,
            dy=case.dy[:length, one],
            dh_n=case.dh_n[:, one],
        )
        for name in ("y", "dx"):
            assert apart(batch[name][:length, one], alone[name]) <= PARITY
            assert not batch[name][length:, n].any()
        for name in ("h_n", "dh_0"):
            assert apart(batch[name][one], alone[name]) <= PARITY
        total = {name: total[name] + alone[name] for name in total}
    assert max(apart(total[name], batch[name]) for name in total) <= PARITY


@both
@pytest.mark.parametrize("junk", [np.nan, np.inf, -1e300])
@pytest.mark.parametrize("seed", SEEDS)
def test_padding_is_inert(seed, junk, nonlinearity):
    case = drawn(seed, ragged=True)
    beyond = np.arange(len(case.x))[:, None] >= case.lengths  # (T, N)
    assert beyond.any()
    x, dy = case.x.copy(), case.dy.copy()
    x[beyond], dy[beyond] = junk, junk
    clean, spoilt = run(case, nonlinearity), run(case, nonlinearity, x=x, dy=dy)
    for name in clean:
        np.testing.assert_array_equal(spoilt[name], clean[name])


@both
def test_more_padding_changes_nothing(nonlinearity):
    case = drawn(1, ragged=True)
    longer = {name: np.concatenate([getattr(case, name)] * 2) for name in ("x", "dy")}
    short, long = run(case, nonlinearity), run(case, nonlinearity, **longer)
    for name, value in short.items():
        axis_of_time = name in ("y", "dx")
        assert apart(long[name][: len(value)] if axis_of_time else long[name], value) <= PARITY
        assert not (axis_of_time and long[name][len(value) :].any())


def test_full_lengths_are_no_lengths():
    case = drawn(2)
    _, N, _ = case.x.shape
    for a, b in zip(run(case).values(), run(case, lengths=np.full(N, len(case.x))).values(), strict=True):
        np.testing.assert_array_equal(a, b)


@both
def test_a_sequence_of_no_steps_leaves_the_state_as_it_is(nonlinearity):
    case = drawn(0, ragged=True)
    lengths = case.lengths.copy()
    lengths[1] = 0
    results = run(case, nonlinearity, lengths=lengths)
    np.testing.assert_array_equal(results["h_n"][1], case.h_0[0, 1])
    np.testing.assert_array_equal(results["dh_0"][1], case.dh_n[0, 1])
    assert not results["y"][:, 1].any()
    assert not results["dx"][:, 1].any()
    nothing = run(case, nonlinearity, x=case.x[:0], dy=case.dy[:0], lengths=None)
    np.testing.assert_array_equal(nothing["h_n"], case.h_0[0])
    np.testing.assert_array_equal(nothing["dh_0"], case.dh_n[0])
    assert not any(value.any() for value in gradients(nothing).values())


def test_an_unstable_layer_does_not_overflow_in_the_padding():
    params = {"weight_ih_l0": np.ones((1, 1)), "weight_hh_l0": np.full((1, 1), 1e60)}
    params |= {"bias_ih_l0": np.ones(1), "bias_hh_l0": np.ones(1)}
    y, h_n, _ = rnn.forward(params, np.ones((9, 1, 1)), lengths=[2], nonlinearity="relu")
    assert h_n == y[1] == 3e60


@both
def test_reading_backward_is_reading_the_reversed_sequence(nonlinearity):
    case = drawn(0)
    y, h_n, _ = rnn.forward(case.params, case.x[::-1], case.h_0[0], nonlinearity=nonlinearity)
    h = case.h_0[0]
    for t in reversed(range(len(case.x))):
        h = rnn.step(case.params, case.x[t], h, nonlinearity)
        assert apart(y[::-1][t], h) <= PARITY
    assert apart(h_n, h) <= PARITY


@both
def test_the_order_of_the_batch_means_nothing(nonlinearity):
    case = drawn(1, ragged=True)
    order = np.random.default_rng(0).permutation(case.x.shape[1])
    turned = {name: getattr(case, name)[:, order] for name in ("x", "h_0", "dy", "dh_n")}
    ahead, after = run(case, nonlinearity), run(case, nonlinearity, lengths=case.lengths[order], **turned)
    for name in ("y", "dx"):
        assert apart(ahead[name][:, order], after[name]) <= PARITY
    for name in ("h_n", "dh_0"):
        assert apart(ahead[name][order], after[name]) <= PARITY
    assert max(apart(ahead[name], after[name]) for name in gradients(ahead)) <= PARITY


@both
def test_later_inputs_change_no_earlier_state(nonlinearity):
    case = drawn(0)
    x = case.x.copy()
    x[2:] += 1
    ahead, after = run(case, nonlinearity)["y"], run(case, nonlinearity, x=x)["y"]
    np.testing.assert_array_equal(ahead[:2], after[:2])
    assert (ahead[2:] != after[2:]).any(axis=-1).all()


def unbiased(case):
    """Return the case's parameters, their biases zero."""
    return {name: value * ("weight" in name) for name, value in case.params.items()}


@both
def test_silence_before_a_sequence_delays_the_states(nonlinearity):
    case = drawn(2)
    params = unbiased(case)
    y, _, _ = rnn.forward(params, case.x, nonlinearity=nonlinearity)
    silence = np.zeros((3, *case.x.shape[1:]))
    late, _, _ = rnn.forward(params, np.concatenate([silence, case.x]), nonlinearity=nonlinearity)
    assert not late[:3].any()
    assert apart(late[3:], y) <= PARITY


def test_tanh_is_odd_and_relu_is_not():
    case = drawn(0)
    params = unbiased(case)
    for nonlinearity, odd in (("tanh", True), ("relu", False)):
        y, _, _ = rnn.forward(params, case.x, case.h_0[0], nonlinearity=nonlinearity)
        mirrored, _, _ = rnn.forward(params, -case.x, -case.h_0[0], nonlinearity=nonlinearity)
        assert (apart(mirrored, -y) <= PARITY) == odd


def test_relu_scales_and_where_all_units_are_on_it_is_linear():
    case = drawn(1)
    params = unbiased(case)

    def states(x, h_0, weights=params):
        return rnn.forward(weights, x, h_0, nonlinearity="relu")[0]

    assert apart(states(4 * case.x, 4 * case.h_0[0]), 4 * states(case.x, case.h_0[0])) <= PARITY
    on = {name: np.abs(value) for name, value in params.items()}
    rng = np.random.default_rng(0)
    x_1, x_2 = rng.random(case.x.shape), rng.random(case.x.shape)
    h_1, h_2 = rng.random(case.h_0[0].shape), rng.random(case.h_0[0].shape)
    total = states(2 * x_1 + 3 * x_2, 2 * h_1 + 3 * h_2, on)
    assert apart(total, 2 * states(x_1, h_1, on) + 3 * states(x_2, h_2, on)) <= PARITY


@both
def test_backward_is_linear_in_the_outputs_gradients(nonlinearity):
    case, other = drawn(2), drawn(2)
    rng = np.random.default_rng(1)
    other = other._replace(dy=rng.standard_normal(case.dy.shape), dh_n=rng.standard_normal(case.dh_n.shape))
    both_at_once = run(case, nonlinearity, dy=2 * case.dy - 3 * other.dy, dh_n=2 * case.dh_n - 3 * other.dh_n)
    one, two = run(case, nonlinearity), run(other, nonlinearity)
    for name in ("dx", "dh_0", *gradients(one)):
        assert apart(both_at_once[name], 2 * one[name] - 3 * two[name]) <= PARITY


def test_the_last_output_is_the_last_state():
    case = drawn(0, ragged=True)
    y, h_n, _ = rnn.forward(case.params, case.x, case.h_0[0], case.lengths)
    np.testing.assert_array_equal(h_n, y[case.lengths - 1, np.arange(len(case.lengths))])
    case.dy[:] = 0
    dy = np.zeros_like(case.dy)
    dy[case.lengths - 1, np.arange(len(case.lengths))] = case.dh_n[0]
    through_y, through_h = run(case, dy=dy, dh_n=0 * case.dh_n), run(case)
    for name in through_y:
        np.testing.assert_array_equal(through_y[name], through_h[name])
