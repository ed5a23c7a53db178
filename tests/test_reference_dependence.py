"""Autocorrelation and bits against their definitions, on sequences whose answers are known."""

import numpy as np
import pytest

from companion.reference.dependence import autocorrelation, entropy, mutual_information


@pytest.mark.parametrize("lag", [0, 1, 3, 8])
def test_autocorrelation_is_its_definition(lag):
    x = np.random.default_rng(0).standard_normal(9).cumsum() + 5
    m = sum(x) / len(x)
    above = sum((x[t] - m) * (x[t + lag] - m) for t in range(len(x) - lag))
    assert np.isclose(autocorrelation(x, lag), above / sum((v - m) ** 2 for v in x))


def test_autocorrelation_does_not_depend_on_level_and_unit():
    x = np.random.default_rng(1).standard_normal(50)
    assert np.isclose(autocorrelation(3 * x - 70, 4), autocorrelation(x, 4))


def test_a_wave_comes_back_after_its_period():
    x = np.sin(2 * np.pi * np.arange(500) / 20)
    assert autocorrelation(x, 20) > 0.95
    assert autocorrelation(x, 10) < -0.95
    assert abs(autocorrelation(x, 5)) < 0.05


def test_noise_stays_within_two_standard_errors_nineteen_times_in_twenty():
    x = np.random.default_rng(2).standard_normal(4_000)
    inside = [abs(autocorrelation(x, lag)) < 2 / np.sqrt(len(x)) for lag in range(1, 401)]
    assert 0.92 < np.mean(inside) < 0.99


def test_entropy_of_equal_and_of_certain_symbols():
    assert entropy(np.arange(8)) == 3.0
    assert entropy([5, 5, 5]) == 0.0
    assert np.isclose(entropy([0, 0, 0, 1]), 2 - 0.75 * np.log2(3))


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_mutual_information_is_its_definition(lag):
    ids = np.random.default_rng(3).integers(0, 4, 60)
    pairs = list(zip(ids[:-lag], ids[lag:], strict=True))
    total = 0.0
    for a in range(4):
        for b in range(4):
            both = np.mean([pair == (a, b) for pair in pairs])
            if both:
                first, second = np.mean([p == a for p, _ in pairs]), np.mean([q == b for _, q in pairs])
                total += both * np.log2(both / (first * second))
    assert np.isclose(mutual_information(ids, lag), total)


def test_what_is_settled_tells_everything_and_independent_symbols_nothing():
    cycle = np.arange(4_000) % 4
    assert np.isclose(mutual_information(cycle, 1), 2.0, atol=1e-3)
    free = np.random.default_rng(4).integers(0, 4, 40_000)
    assert 0 < mutual_information(free, 1) < 1e-3


def test_a_long_way_back():
    copied = np.tile(np.random.default_rng(5).integers(0, 2, 7), 500)
    assert np.isclose(mutual_information(copied, 7), entropy(copied), atol=1e-3)


def test_bad_input_is_refused():
    with pytest.raises(TypeError, match="x: expected floating-point numbers, got int64"):
        autocorrelation([1, 2, 3], 1)
    with pytest.raises(ValueError, match="x: expected numbers that are not all the same"):
        autocorrelation([1.0, 1.0], 1)
    with pytest.raises(ValueError, match=r"lag: expected 0..2, got 3"):
        autocorrelation([1.0, 2.0, 3.0], 3)
    with pytest.raises(ValueError, match=r"x: expected \(T,\), got \(2, 2\)"):
        autocorrelation(np.eye(2), 1)
    with pytest.raises(ValueError, match=r"lag: expected 1..2, got 0"):
        mutual_information([0, 1, 0], 0)
    with pytest.raises(ValueError, match="symbols: expected integers from 0 on, got -1"):
        entropy([0, -1])
    with pytest.raises(ValueError, match="symbols: expected at least 2, got 1"):
        mutual_information([0])
    with pytest.raises(TypeError, match="symbols: expected integers, got float64"):
        entropy([0.5])
