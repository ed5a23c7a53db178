"""The exposure gap: against SciPy, by hand, where it must be zero; laws, bad input, and mutants."""

import numpy as np
import pytest
from comparing import apart, caught
from scipy import stats

from companion import metrics
from companion.reference import lm, sampling

T, N, M = 5, 7, 4
EXACT = 1e-12


def drawn(seed):
    rng = np.random.default_rng(seed)
    own, true = rng.exponential(2.0, (T, N)), rng.exponential(1.0, (T, M))
    lengths = np.append(T, rng.integers(2, T + 1, N - 1)), np.append(T, rng.integers(2, T + 1, M - 1))
    masks = [np.arange(T)[:, None] < each for each in lengths]
    masks[0][:, 1] = masks[1][:, 1] = True  # two of each kind at every step
    return own, true, *masks


def by_welch(own, true, own_mask, true_mask):
    """Take gap and error from SciPy's t-test for unequal variances, step by step."""
    steps = zip(own, true, own_mask, true_mask, strict=True)
    pairs = [(row[mask], other[its]) for row, other, mask, its in steps]
    gap = np.array([a.mean() - b.mean() for a, b in pairs])
    return gap, gap / np.array([stats.ttest_ind(a, b, equal_var=False).statistic for a, b in pairs])


def wrong(exposure_gap, seed):
    """Measure how far gap and error are from SciPy's."""
    case = drawn(seed)
    got, expected = exposure_gap(*case), by_welch(*case)
    return max(apart(a, b) for a, b in zip(got, expected, strict=True))


@pytest.mark.equation("eq-exposure")
@pytest.mark.parametrize("seed", range(4))
def test_gap_and_its_error_are_scipys(seed, measure):
    measure("eq-exposure", wrong(metrics.exposure_gap, seed), EXACT)


def test_what_lies_beyond_the_end_does_not_count():
    own, true, own_mask, true_mask = drawn(0)
    expected = metrics.exposure_gap(own, true, own_mask, true_mask)
    spoilt = np.where(own_mask, own, np.nan), np.where(true_mask, true, np.inf)
    got = metrics.exposure_gap(*spoilt, own_mask, true_mask)
    assert np.array_equal(got.gap, expected.gap)
    assert np.array_equal(got.error, expected.error)


def test_steps_that_nobody_reaches_are_nan():
    mask = np.array([[True, True], [True, False], [False, False]])
    gap, error = metrics.exposure_gap(np.ones((3, 2)), np.zeros((3, 2)), mask)
    assert gap[:2].tolist() == [1, 1]
    assert error[0] == 0
    assert np.isnan(gap[2])
    assert np.isnan(error[1:]).all()


def test_a_model_that_goes_on_its_own_is_judged_by_its_own_histories():
    """A model held against itself has no gap; held against another it has one at every step but the first."""
    rng = np.random.default_rng(0)
    params, other = ({k: 4 * v for k, v in lm.init(6, 3, 5, rng).items()} for _ in range(2))

    def distances(ids):
        logs = []
        for each in (params, other):
            logits, _, _ = lm.forward(each, ids[:-1])
            logs.append(logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True)))
        return (np.exp(logs[1]) * (logs[1] - logs[0])).sum(axis=-1)  # (T, N)

    def written(by):
        first = np.zeros(4000, int)
        ids = sampling.generate(lambda i, h: lm.step(by, i, h), first, None, T, np.random.default_rng(1))
        return np.vstack([first[None], ids])

    same = metrics.exposure_gap(distances(written(other)), distances(written(other)))
    gap, error = metrics.exposure_gap(distances(written(params)), distances(written(other)))
    assert not same.gap.any()
    assert abs(gap[0]) < EXACT
    assert (np.abs(gap[1:]) > 5 * error[1:]).all()


def turned_round(own, true, own_mask, true_mask):
    gap, error = metrics.exposure_gap(own, true, own_mask, true_mask)
    return -gap, error


def padding_counted(own, true, own_mask, true_mask):
    return metrics.exposure_gap(own * own_mask, true * true_mask)


def one_number(own, true, own_mask, true_mask):
    gap = np.full(T, own[own_mask].mean() - true[true_mask].mean())
    return gap, metrics.exposure_gap(own, true, own_mask, true_mask).error


def a_ratio(own, true, own_mask, true_mask):
    gap, error = metrics.exposure_gap(own, true, own_mask, true_mask)
    return (own * own_mask).sum(1) / own_mask.sum(1) / (gap + 1), error


def spread_of_one_sequence(own, true, own_mask, true_mask):
    gap, error = metrics.exposure_gap(own, true, own_mask, true_mask)
    return gap, error * np.sqrt(own_mask.sum(axis=1))


@pytest.mark.parametrize(
    "mutant", [turned_round, padding_counted, one_number, a_ratio, spread_of_one_sequence]
)
@pytest.mark.parametrize("seed", range(4))
def test_mistakes_are_caught(mutant, seed):
    assert caught(lambda: wrong(mutant, seed))


D = np.ones((T, N))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: (D[0], D), ValueError, "own: expected (T, N), got (7,)"),
        (lambda: (D, D[1:]), ValueError, "true: expected (5, M), got (4, 7)"),
        (lambda: (D.astype(int), D), TypeError, "own: expected floating-point numbers, got int64 (5, 7)"),
        (lambda: (D, D, D), TypeError, "own_mask: expected truth values (bool), got float64 (5, 7)"),
        (lambda: (D, D, None, D[1:] > 0), ValueError, "true_mask: expected (5, 7), got (4, 7)"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        metrics.exposure_gap(*call())
    assert str(refusal.value) == message
