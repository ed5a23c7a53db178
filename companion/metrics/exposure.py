"""Exposure bias, measured: how much worse a model is on histories of its own than on true ones.

In training with a teacher a model meets true histories alone. Left on its own it meets what it wrote itself,
and what it has not learned to deal with. The gap between the two, step by step, is what is called exposure
bias, since S. Bengio et al. (2015) and M. Ranzato et al. (2016).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, floats, truths


class Gap(NamedTuple):
    """What :func:`exposure_gap` returns."""

    gap: np.ndarray  # (T,), nan where no sequence of one kind is left
    error: np.ndarray  # (T,), its standard error; nan where fewer than two of one kind are left


def exposure_gap(
    own: ArrayLike,
    true: ArrayLike,
    own_mask: ArrayLike | None = None,
    true_mask: ArrayLike | None = None,
) -> Gap:
    r"""Compare how bad a model is on its own histories with how bad it is on true ones ({eq}`eq-exposure`).

    .. math:: \Delta_t = \mathbb{E}_{\text{own}}[d_t] - \mathbb{E}_{\text{true}}[d_t]

    d_t is how bad step t is, such as a distance between what the model says and what it should say *after the
    history that it has seen*. Take one that is zero for a perfect model, or the gap of a perfect model will
    not be zero either.

    Parameters
    ----------
    own
        d_t along sequences that the model went through on its own, (T, N).
    true
        d_t along true sequences, (T, M); another number of them, if need be.
    own_mask, true_mask
        Truth values of the same shapes, False beyond a sequence's end; None counts all.

    Returns
    -------
    Gap
        The gap at each step, and its standard error as for independent sequences.

    Raises
    ------
    TypeError
        If distances are not floating-point numbers, or masks not truth values.
    ValueError
        If shapes do not fit.

    Examples
    --------
    >>> gap, error = exposure_gap([[1.0, 3.0], [2.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]])
    >>> gap, error
    (array([1., 2.]), array([1., 1.]))
    """
    own, true = floats("own", own), floats("true", true)
    expect_shape("own", own.shape, ("T", "N"))
    expect_shape("true", true.shape, (len(own), "M"))
    own_mean, own_variance = _mean("own_mask", own, own_mask)
    true_mean, true_variance = _mean("true_mask", true, true_mask)
    return Gap(own_mean - true_mean, np.sqrt(own_variance + true_variance))  # {eq}`eq-exposure`


def _mean(name: str, values: np.ndarray, mask: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    """Return each step's mean over what counts, and the variance of this mean."""
    counted = np.ones(values.shape, bool) if mask is None else truths(name, mask)
    expect_shape(name, counted.shape, values.shape)
    count = counted.sum(axis=1)  # (T,)
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing by nothing is nan, as promised
        mean = np.where(counted, values, 0).sum(axis=1) / count
        squares = np.where(counted, values - mean[:, None], 0) ** 2
        return mean, np.where(count > 1, squares.sum(axis=1) / (count - 1), np.nan) / count
