"""The running average: by its weights, as a leaky unit without activation, and what is refused."""

import numpy as np
import pytest
from comparing import PARITY, apart

from companion.reference import leaky
from companion.reference.running_average import average_weights, running_average

ALPHAS = np.array([0.0, 0.3, 0.9, 1.0])


@pytest.mark.equation("eq-running-average")
@pytest.mark.equation("eq-average-weights")
def test_is_the_sum_over_the_past_with_its_weights(measure):
    v, mu_0 = np.random.default_rng(0).standard_normal((7, 3, 1)), np.array([2.0, -1, 0.5, 4])
    averages = running_average(v, ALPHAS, mu_0)  # (7, 3, 4)
    for t in range(1, 8):
        weights = average_weights(ALPHAS, t)  # (t, 4), the newest first
        by_hand = (weights[:, None] * v[:t][::-1]).sum(axis=0) + ALPHAS**t * mu_0
        measure("eq-running-average", apart(averages[t - 1], by_hand), PARITY)
        measure("eq-average-weights", apart(weights.sum(axis=0), 1 - ALPHAS**t), PARITY)
    impulse = running_average(np.eye(6)[0][:, None], ALPHAS)  # (6, 4): how a single 1 is remembered
    measure("eq-average-weights", apart(average_weights(ALPHAS, 6), impulse), PARITY)


@pytest.mark.equation("eq-running-average")
def test_is_a_leaky_unit_with_nothing_but_the_leak(measure):
    v = np.random.default_rng(1).standard_normal((9, 5, 1))
    alphas = np.array([0.1, 0.5, 0.95])
    params = {"weight_ih_l0": np.ones((3, 1)), "weight_hh_l0": np.zeros((3, 3))}
    params |= {"bias_ih_l0": np.zeros(3), "bias_hh_l0": np.zeros(3)}
    y, _, _ = leaky.forward(params, v, tau=1 / (1 - alphas), nonlinearity="identity")
    measure("eq-running-average", apart(running_average(v, alphas), y), PARITY)


def test_forms():
    v = np.arange(4.0)
    np.testing.assert_array_equal(running_average(v, 0.0), v)
    np.testing.assert_array_equal(running_average(v, 1.0, 3.0), np.full(4, 3.0))
    assert running_average(v[:0], 0.5).shape == (0,)
    assert running_average(v.astype(np.float32), np.float32(0.5)).dtype == np.float32
    assert average_weights(0.5, 0).shape == (0,)
    shifted = running_average(v + 7, 0.8, 7.0)
    assert apart(shifted, 7 + running_average(v, 0.8)) <= PARITY


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: running_average(np.ones(3), 1.5), ValueError, "alpha: expected 0 <= alpha <= 1, got 1.5"),
        (lambda: running_average(np.ones(3), -0.1), ValueError, "alpha: expected 0 <= alpha <= 1, got -0.1"),
        (lambda: running_average(np.ones(3), np.nan), ValueError, "alpha: expected 0 <= alpha <= 1, got nan"),
        (
            lambda: running_average(np.ones(3), 1),
            TypeError,
            "alpha: expected floating-point numbers, got int",
        ),
        (lambda: running_average([1, 2], 0.5), TypeError, "v: expected floating-point numbers, got int"),
        (lambda: running_average(1.0, 0.5), ValueError, "v: expected (T, ...), got ()"),
        (
            lambda: running_average(np.ones((3, 2)), np.full(5, 0.5)),
            ValueError,
            "alpha: expected what broadcasts with (2,), a step of v, got (5,)",
        ),
        (lambda: running_average(np.ones(3), 0.5, np.ones(2)), ValueError, "mu_0: expected () or what"),
        (lambda: average_weights(2.0, 3), ValueError, "alpha: expected 0 <= alpha <= 1, got 2.0"),
        (lambda: average_weights(0.5, -1), ValueError, "steps: expected at least 0, got -1"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value).startswith(message)
