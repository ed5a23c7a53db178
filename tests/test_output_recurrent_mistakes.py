"""Mistakes in the network that remembers by its output, each caught; and bad input."""

import numpy as np
import pytest
import torch
from comparing import PARITY, caught
from test_output_recurrent import drawn, of_autograd, of_module, of_reference, worst

from companion.reference import output_recurrent as reference
from companion.torch.output_recurrent import OutputRecurrent

SEEDS = range(3)


def swapped(params, first, second):
    return {**params, first: params[second], second: params[first]}


def output_not_fed_back(params, x, o_0, targets, lengths):
    return reference.forward({**params, "weight_oh_l0": 0 * params["weight_oh_l0"]}, x, o_0, targets, lengths)


def matrices_swapped(params, x, o_0, targets, lengths):
    params = swapped(params, "weight_oh_l0", "weight_ho_l0")
    return reference.forward(params, x, o_0, targets, lengths)


def feedback_transposed(params, x, o_0, targets, lengths):
    params = {**params, "weight_oh_l0": params["weight_oh_l0"].T}
    return reference.forward(params, x, o_0, targets, lengths)


def bias_dropped(params, x, o_0, targets, lengths):
    return reference.forward({**params, "bias_ho_l0": 0 * params["bias_ho_l0"]}, x, o_0, targets, lengths)


def told_its_own_target(params, x, o_0, targets, lengths):
    """Shift nothing: at step t the target of t itself is told, and the loss is easy to beat."""
    if targets is None:
        targets, _, _ = reference.forward(params, x, o_0, None, lengths)
    ahead = np.concatenate([targets[1:], targets[:1]])
    return reference.forward(params, x, targets[0], ahead, lengths)


def told_two_steps_late(params, x, o_0, targets, lengths):
    if targets is None:
        targets, _, _ = reference.forward(params, x, o_0, None, lengths)
    late = np.concatenate([o_0[None], targets[:-1]])
    return reference.forward(params, x, o_0, late, lengths)


def beginning_ignored(params, x, o_0, targets, lengths):
    return reference.forward(params, x, 0 * o_0, targets, lengths)


def padding_read(params, x, o_0, targets, lengths):
    return reference.forward(params, x, o_0, targets)


def last_row_for_last_output(params, x, o_0, targets, lengths):
    o, _, cache = reference.forward(params, x, o_0, targets, lengths)
    return o, o[-1], cache


def gradient_goes_through_the_teacher(cache, do, do_n):
    return reference.backward(cache._replace(forced=not cache.forced), do, do_n)


def last_outputs_gradient_ignored(cache, do, do_n):
    return reference.backward(cache, do)


def beginnings_gradient_missing(cache, do, do_n):
    dx, do_0, dparams = reference.backward(cache, do, do_n)
    return dx, 0 * do_0, dparams


def slope_at_the_preactivation(cache, do, do_n):
    return reference.backward(cache._replace(h=np.arctanh(cache.h)), do, do_n)


def told_off_by_one(cache, do, do_n):
    return reference.backward(cache._replace(told=np.roll(cache.told, -1, axis=0)), do, do_n)


def paddings_gradient_read(cache, do, do_n):
    return reference.backward(cache._replace(ended=None), do, do_n)


FORWARD = [
    output_not_fed_back,
    matrices_swapped,
    feedback_transposed,
    bias_dropped,
    told_its_own_target,
    told_two_steps_late,
    beginning_ignored,
    padding_read,
    last_row_for_last_output,
]
BACKWARD = [
    gradient_goes_through_the_teacher,
    last_outputs_gradient_ignored,
    beginnings_gradient_missing,
    slope_at_the_preactivation,
    told_off_by_one,
    paddings_gradient_read,
]


@pytest.mark.parametrize("forced", [False, True])
@pytest.mark.parametrize("mistake", FORWARD + BACKWARD)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mistake, seed, forced):
    case = drawn(seed, forced, ragged=True, square=True)
    place = {"forward": mistake} if mistake in FORWARD else {"backward": mistake}
    assert caught(lambda: worst(of_reference(*case, **place), of_autograd(*case)))
    assert worst(of_reference(*case), of_autograd(*case)) <= PARITY


class BeginningForgotten(OutputRecurrent):
    """Start from zero."""

    def _free(self, a, o, live):
        return super()._free(a, 0 * o, live)


class Peeking(OutputRecurrent):
    """Tell every step its own target."""

    def _forced(self, a, o_0, targets, live):
        return super()._forced(a, targets[0], torch.roll(targets, -1, 0), live)


@pytest.mark.parametrize(("mutant", "forced"), [(BeginningForgotten, False), (Peeking, True)])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_module_are_caught(mutant, forced, seed):
    case = drawn(seed, forced)
    assert caught(lambda: worst(of_module(*case, module=mutant), of_autograd(*case)))


PARAMS = reference.init(4, 6, 2, np.random.default_rng(0))
X = np.zeros((5, 3, 4))
MODULE = OutputRecurrent(4, 6, 2)
X_TORCH = torch.zeros(5, 3, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: reference.forward(PARAMS, X[0]), ValueError, "x: expected (T, N, 4), got (3, 4)"),
        (
            lambda: reference.forward(PARAMS, X.astype(int)),
            TypeError,
            "x: expected floating-point numbers, got int64 (5, 3, 4)",
        ),
        (
            lambda: reference.forward(PARAMS, X, np.zeros((3, 6))),
            ValueError,
            "o_0: expected (3, 2), got (3, 6)",
        ),
        (
            lambda: reference.forward(PARAMS, X, None, np.zeros((4, 3, 2))),
            ValueError,
            "targets: expected (5, 3, 2), got (4, 3, 2)",
        ),
        (
            lambda: reference.forward(PARAMS, X, lengths=[1, 2, 9]),
            ValueError,
            "lengths: expected 0..5, got 9 at 2",
        ),
        (
            lambda: reference.forward({**PARAMS, "weight_oh_l0": np.zeros((2, 6))}, X),
            ValueError,
            "weight_oh_l0: expected (6, 2), got (2, 6)",
        ),
        (
            lambda: reference.backward(reference.forward(PARAMS, X)[2], np.zeros((5, 3, 6))),
            ValueError,
            "do: expected (5, 3, 2), got (5, 3, 6)",
        ),
        (
            lambda: reference.backward(reference.forward(PARAMS, X)[2], None, np.zeros(2)),
            ValueError,
            "do_n: expected (3, 2), got (2,)",
        ),
        (
            lambda: reference.step(PARAMS, X[0], np.zeros((3, 6))),
            ValueError,
            "told: expected (3, 2), got (3, 6)",
        ),
        (
            lambda: reference.init(4, 6, 0, np.random.default_rng(0)),
            ValueError,
            "expected sizes of at least 1, got (4, 6, 0)",
        ),
        (lambda: MODULE(X_TORCH[..., :3]), ValueError, "x: expected (T, N, 4), got (5, 3, 3)"),
        (
            lambda: MODULE(X_TORCH, torch.zeros(1, 3, 2)),
            ValueError,
            "o_0: expected (3, 2), got (1, 3, 2)",
        ),
        (
            lambda: MODULE(X_TORCH, targets=torch.zeros(5, 3, 6)),
            ValueError,
            "targets: expected (T, N, 2), got (5, 3, 6)",
        ),
        (
            lambda: MODULE(X_TORCH, targets=torch.zeros(4, 3, 2)),
            ValueError,
            "targets: expected (5, 3, 2), got (4, 3, 2)",
        ),
        (
            lambda: MODULE.step(X_TORCH[0], torch.zeros(3, 6)),
            ValueError,
            "told: expected (3, 2), got (3, 6)",
        ),
        (lambda: OutputRecurrent(4, 0, 2), ValueError, "expected sizes of at least 1, got (4, 0, 2)"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message


def test_repr_says_the_sizes():
    assert repr(MODULE) == "OutputRecurrent(4, 6, 2)"
    assert repr(OutputRecurrent(4, 6, 2, batch_first=True)) == "OutputRecurrent(4, 6, 2, batch_first=True)"
