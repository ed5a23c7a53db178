"""How much a step of a sequence tells about a later one: autocorrelation of numbers, bits of symbols."""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, floats, integers


def autocorrelation(x: ArrayLike, lag: int) -> float:
    """Compute ``r_k = sum_t (x_t - m)(x_{t+k} - m) / sum_t (x_t - m)^2``, with m the mean of all of x.

    Parameters
    ----------
    x
        A series of floating-point numbers, (T,), not all the same.
    lag
        k, from 0 to T - 1.

    Returns
    -------
    float
        From -1 to 1; 1 at lag 0.

    Raises
    ------
    TypeError
        If x is not floating-point.
    ValueError
        If x is not one-dimensional or is constant, or the lag does not fit.

    Examples
    --------
    >>> autocorrelation([1.0, -1.0, 1.0, -1.0], 1)
    -0.75
    """
    values = floats("x", x)
    expect_shape("x", values.shape, ("T",))
    _expect_lag(lag, len(values), 0)
    d = values - values.mean()  # (T,)
    if not d.any():
        raise ValueError("x: expected numbers that are not all the same")
    return float(d[: len(d) - lag] @ d[lag:] / (d @ d))


def entropy(symbols: ArrayLike) -> float:
    """Compute ``H = -sum_a p_a log2 p_a``: the bits that a symbol needs if only frequencies are known.

    Parameters
    ----------
    symbols
        Integers from 0 on, (T,), T at least 1.

    Returns
    -------
    float

    Examples
    --------
    >>> entropy([0, 1, 2, 3])
    2.0
    """
    return _bits(np.bincount(_symbols(symbols, 1)))


def mutual_information(symbols: ArrayLike, lag: int = 1) -> float:
    """Compute how many bits a symbol tells about the one ``lag`` steps later: ``H(a) + H(b) - H(a, b)``.

    The frequencies are those of the sequence itself, so that independent symbols get a little more than 0;
    compare with the same symbols shuffled.

    Parameters
    ----------
    symbols
        Integers from 0 on, (T,).
    lag
        From 1 to T - 1.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        If the symbols are not integers.
    ValueError
        If they are not one-dimensional or below 0, or the lag does not fit.

    Examples
    --------
    >>> mutual_information([0, 1, 0, 1, 0, 1, 0, 1, 0])
    1.0
    """
    ids = _symbols(symbols, 2)  # (T,)
    _expect_lag(lag, len(ids), 1)
    size = int(ids.max()) + 1
    pairs = np.bincount(ids[:-lag] * size + ids[lag:], minlength=size**2)  # (A A,)
    table = pairs.reshape(size, size)  # (A, A): how often b comes so many steps after a
    return _bits(table.sum(axis=1)) + _bits(table.sum(axis=0)) - _bits(pairs)


def _bits(counts: np.ndarray) -> float:
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log2(p)).sum()) + 0.0  # + 0.0: no minus before a zero


def _symbols(symbols: ArrayLike, least: int) -> np.ndarray:
    ids = integers("symbols", symbols)
    expect_shape("symbols", ids.shape, ("T",))
    if len(ids) < least:
        raise ValueError(f"symbols: expected at least {least}, got {len(ids)}")
    if ids.min() < 0:
        raise ValueError(f"symbols: expected integers from 0 on, got {ids.min()}")
    return ids.astype(np.int64)


def _expect_lag(lag: int, steps: int, least: int) -> None:
    if not least <= lag < steps:
        raise ValueError(f"lag: expected {least}..{steps - 1}, got {lag}")
