"""What is done to a language model's logits before a token is drawn: temperature, top-k, nucleus, min-p.

Each filter takes logits, (..., V), and returns logits: what it strikes out is minus infinity, whose
probability is 0. So they can be put behind one another, in any order, and another order is another
distribution: the nucleus of a flattened distribution is larger than the nucleus, flattened. The order that
:func:`companion.reference.sampling.probabilities` keeps is that of this list.

Ties are decided for the lower id, always.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_range, expect_shape, floats, integers
from companion.reference.losses import softmax


def forbid(logits: ArrayLike, ids: Sequence[int]) -> np.ndarray:
    """Strike tokens out: ``<unk>``, or the mark of a beginning, which no text should hold.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    ids
        The tokens to strike out, in ``0..V-1``.

    Returns
    -------
    ndarray
        (..., V)

    Raises
    ------
    ValueError
        If an id has no logit, or nothing would be left.

    Examples
    --------
    >>> forbid([1.0, 2.0, 3.0], [1])
    array([  1., -inf,   3.])
    """
    z = _logits(logits)
    struck = integers("ids", ids) if len(ids) else np.zeros(0, int)
    expect_range("ids", struck, z.shape[-1])
    kept = np.ones(z.shape[-1], bool)  # (V,)
    kept[struck] = False
    return _logits(np.where(kept, z, -np.inf))


def apply_temperature(logits: ArrayLike, temperature: float) -> np.ndarray:
    r"""Sharpen a distribution, or flatten it ({eq}`eq-temperature`).

    .. math:: p_k = \frac{\exp(z_k / T)}{\sum_j \exp(z_j / T)}

    T = 1 is the model. Towards 0 all probability goes to the most probable token, and T = 0 is defined as
    that; beyond 1 the improbable gains, towards a uniform distribution.

    Parameters
    ----------
    logits
        z: floating-point numbers, (..., V).
    temperature
        T, a finite number of at least 0.

    Returns
    -------
    ndarray
        Logits, (..., V), the largest of them 0.

    Raises
    ------
    ValueError
        If T is below 0 or not finite.

    References
    ----------
    D. H. Ackley, G. E. Hinton and T. J. Sejnowski, A learning algorithm for Boltzmann machines, 1985.

    Examples
    --------
    >>> for temperature in (0.5, 1.0, 2.0):
    ...     print(softmax(apply_temperature([0.0, 1.0], temperature)).round(3))
    [0.119 0.881]
    [0.269 0.731]
    [0.378 0.622]
    """
    z = _logits(logits)
    if not 0 <= temperature < np.inf:
        raise ValueError(f"temperature: expected a finite number of at least 0, got {temperature}")
    if temperature < np.finfo(z.dtype).tiny:  # what the precision cannot divide by is 0 too
        return np.where(_rank(z) == 0, z.dtype.type(0), -np.inf)
    shifted = z - z.max(axis=-1, keepdims=True)  # (..., V), at most 0: changes no probability
    with np.errstate(over="ignore"):  # minus infinity is right for what falls so far
        return shifted / float(temperature)  # {eq}`eq-temperature`


def keep_top_k(logits: ArrayLike, k: int) -> np.ndarray:
    """Keep the k most probable tokens ({eq}`eq-top-k`).

    Exactly k, even where further ones are as probable as the k-th.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    k
        In ``1..V``.

    Returns
    -------
    ndarray
        (..., V)

    Raises
    ------
    ValueError
        If k is not in ``1..V``.

    References
    ----------
    A. Fan, M. Lewis and Y. Dauphin, Hierarchical neural story generation, ACL 2018.

    Examples
    --------
    >>> keep_top_k([1.0, 3.0, 2.0, 2.0], 2)
    array([-inf,   3.,   2., -inf])
    """
    z = _logits(logits)
    if not 1 <= k <= z.shape[-1]:
        raise ValueError(f"k: expected 1..{z.shape[-1]}, got {k}")
    return np.where(_rank(z) < k, z, -np.inf)  # {eq}`eq-top-k`


def keep_nucleus(logits: ArrayLike, p: float) -> np.ndarray:
    """Keep the fewest tokens that have probability p together, the most probable first ({eq}`eq-nucleus`).

    Where the model is sure that is one token, where it is not it is hundreds.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    p
        In (0, 1]. 1 keeps everything.

    Returns
    -------
    ndarray
        (..., V)

    Raises
    ------
    ValueError
        If p is not in (0, 1].

    References
    ----------
    A. Holtzman, J. Buys, L. Du, M. Forbes and Y. Choi, The curious case of neural text degeneration, ICLR
    2020.

    Examples
    --------
    >>> softmax(keep_nucleus(np.log([0.1, 0.5, 0.1, 0.3]), 0.7))
    array([0.   , 0.625, 0.   , 0.375])
    """
    z = _logits(logits)
    if not 0 < p <= 1:
        raise ValueError(f"p: expected a number in (0, 1], got {p}")
    if p == 1:  # where rounding would strike out what is too improbable to be seen in the sum
        return z.copy()
    rank = _rank(z)  # (..., V)
    falling = np.take_along_axis(softmax(z), np.argsort(rank, axis=-1), axis=-1)  # (..., V), largest first
    before = np.zeros_like(falling)  # (..., V): how much the more probable ones have
    np.cumsum(falling[..., :-1], axis=-1, out=before[..., 1:])
    before = np.take_along_axis(before, rank, axis=-1)  # (..., V), in the order of the ids
    return np.where(before < p, z, -np.inf)  # {eq}`eq-nucleus`


def keep_min_p(logits: ArrayLike, p: float) -> np.ndarray:
    """Keep what has at least a share p of the largest probability ({eq}`eq-min-p`).

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    p
        In [0, 1]. 0 keeps everything, 1 only what is as probable as the most probable.

    Returns
    -------
    ndarray
        (..., V)

    Raises
    ------
    ValueError
        If p is not in [0, 1].

    References
    ----------
    M. N. Nguyen et al., Turning up the heat: min-p sampling for creative and coherent LLM outputs, 2024
    (arXiv:2407.01082).

    Examples
    --------
    >>> softmax(keep_min_p(np.log([0.1, 0.5, 0.1, 0.3]), 0.5))
    array([0.   , 0.625, 0.   , 0.375])
    """
    z = _logits(logits)
    if not 0 <= p <= 1:
        raise ValueError(f"p: expected a number in [0, 1], got {p}")
    share = np.exp(z - z.max(axis=-1, keepdims=True))  # (..., V): p_k / max p
    return np.where(share >= p, z, -np.inf)  # {eq}`eq-min-p`


def _logits(logits: ArrayLike) -> np.ndarray:
    """Return the logits, or say that they are not: a row must have something to draw, and no nan."""
    z = floats("logits", logits)
    expect_shape("logits", z.shape, ("...", "V"))
    largest = z.max(axis=-1, initial=-np.inf)  # (...)
    if not np.all(np.isfinite(largest)):
        raise ValueError("logits: expected a finite largest one in each row, got nan, inf or none")
    return z


def _rank(z: np.ndarray) -> np.ndarray:
    """Give the most probable token of each row 0, the next 1, ...; of equal ones the lower id comes first."""
    order = np.argsort(-z, axis=-1, kind="stable")  # (..., V): the ids, most probable first
    return np.argsort(order, axis=-1)  # (..., V): the place of each id in that order
