"""Softmax, and the two losses of classification, computed from logits so that no size of logit overflows.

A loss is one number: the mean or the sum over the entries, all of them or those that a mask keeps. Entries
outside the mask change nothing, whatever stands there, and get a gradient of exactly 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import (
    expect_range,
    expect_reduction,
    expect_shape,
    floats,
    integers,
    truths,
)
from companion.reference.activations import sigmoid


class Cache(NamedTuple):
    """What a loss keeps for its backward pass."""

    logits: np.ndarray
    targets: np.ndarray
    mask: np.ndarray | None
    divisor: int


def softmax(logits: ArrayLike, axis: int = -1) -> np.ndarray:
    """Turn logits into probabilities: ``p_k = exp(z_k) / sum_j exp(z_j)`` ({eq}`eq-softmax`).

    The largest logit is subtracted first. That changes no probability, and no exponential can overflow then.

    Parameters
    ----------
    logits
        Finite floating-point numbers, (..., V).
    axis
        The axis along which the probabilities sum to 1.

    Returns
    -------
    ndarray
        Shape and precision of the logits.

    Examples
    --------
    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    logits = floats("logits", logits)
    e = np.exp(logits - logits.max(axis=axis, keepdims=True))  # (..., V), in (0, 1]
    return e / e.sum(axis=axis, keepdims=True)  # {eq}`eq-softmax`


def softmax_backward(p: np.ndarray, dp: np.ndarray, axis: int = -1) -> np.ndarray:
    """Pass the gradient on to the logits: ``dz = p (dp - sum_j p_j dp_j)``.

    Parameters
    ----------
    p
        The output of :func:`softmax`, which is all that the derivative needs.
    dp
        Gradient with respect to p, of the same shape.
    axis
        As in the forward pass.

    Returns
    -------
    ndarray
        Gradient with respect to the logits.
    """
    dp = floats("dp", dp)
    expect_shape("dp", dp.shape, p.shape)
    return p * (dp - (p * dp).sum(axis=axis, keepdims=True))


def binary_cross_entropy(
    logits: ArrayLike, targets: ArrayLike, reduction: str = "mean", mask: ArrayLike | None = None
) -> tuple[np.floating, Cache]:
    """Score logits z against targets t ({eq}`eq-bce`).

    With p the sigmoid of z, an entry costs ``-t log p - (1 - t) log(1 - p)``, or ``log(1 + exp(z)) - z t``.
    Written ``max(z, 0) - z t + log(1 + exp(-abs(z)))`` that cannot overflow, nor take the logarithm of 0.

    Parameters
    ----------
    logits
        Floating-point numbers of any shape.
    targets
        Of the same shape, in [0, 1]: 0 or 1, or a probability.
    reduction
        ``"mean"`` over the entries, or ``"sum"``.
    mask
        Truth values of the same shape, True where the entry counts; None counts all.

    Returns
    -------
    loss : floating
        One number, in nats, in the precision of the logits.
    cache
        What :func:`binary_cross_entropy_backward` needs.

    Raises
    ------
    TypeError
        If the logits are not floating-point or the mask not of truth values.
    ValueError
        If shapes differ, a target is outside [0, 1], or no entry counts and a mean is asked for.

    Examples
    --------
    >>> loss, cache = binary_cross_entropy([0.0, 1000.0], [1, 1], reduction="sum")
    >>> print(f"{loss:.6f}")
    0.693147
    """
    z = floats("logits", logits)
    t = np.asarray(targets).astype(z.dtype)
    expect_shape("targets", t.shape, z.shape)
    kept = None if mask is None else truths("mask", mask)
    divisor = _divisor(z.shape, reduction, kept)
    if kept is not None:
        z, t = np.where(kept, z, 0), np.where(kept, t, 0)
    if not np.all((t >= 0) & (t <= 1)):
        raise ValueError(f"targets: expected numbers in [0, 1], got {t.min()} to {t.max()}")
    entries = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))  # {eq}`eq-bce`
    return _total(entries, kept, divisor), Cache(z, t, kept, divisor)


def binary_cross_entropy_backward(cache: Cache, dloss: float = 1.0) -> np.ndarray:
    """Subtract the target from the probability ({eq}`eq-bce-grad`).

    ``dz = p - t`` for a sum; a mean divides it by the count.

    Parameters
    ----------
    cache
        From :func:`binary_cross_entropy`.
    dloss
        Gradient with respect to the loss, 1 unless the loss is part of something larger.

    Returns
    -------
    ndarray
        Gradient with respect to the logits.
    """
    z, t, mask, divisor = cache
    dz = sigmoid(z) - t  # {eq}`eq-bce-grad`
    return _spread(dz, mask, float(dloss) / divisor)


def cross_entropy(
    logits: ArrayLike, targets: ArrayLike, reduction: str = "mean", mask: ArrayLike | None = None
) -> tuple[np.floating, Cache]:
    """Score logits against class ids: ``-log softmax(z)[target]`` ({eq}`eq-cross-entropy`).

    The logarithm is taken of the sum, ``log softmax(z)_k = z_k - log sum_j exp(z_j)``, after the largest
    logit is subtracted; a probability that rounds to 0 costs its true price and not infinity.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V). The classes are the last axis, where
        ``torch.nn.functional.cross_entropy`` wants them second.
    targets
        Class ids in ``0..V-1``, (...). Where the mask is False any integer may stand.
    reduction
        ``"mean"`` over the entries, or ``"sum"``.
    mask
        Truth values, (...), True where the entry counts; None counts all.

    Returns
    -------
    loss : floating
        One number, in nats, in the precision of the logits.
    cache
        What :func:`cross_entropy_backward` needs.

    Raises
    ------
    TypeError
        If the logits are not floating-point, the targets not integers, or the mask not of truth values.
    ValueError
        If shapes differ, a target that counts has no logit, or no entry counts and a mean is asked for.

    Examples
    --------
    >>> loss, cache = cross_entropy([[0.0, 0.0, 0.0, 0.0], [0.0, 1000.0, 0.0, 0.0]], [2, 1], reduction="sum")
    >>> print(f"{loss:.6f}")
    1.386294
    """
    z = floats("logits", logits)
    expect_shape("logits", z.shape, ("...", "V"))
    ids = integers("targets", targets)
    expect_shape("targets", ids.shape, z.shape[:-1])
    kept = None if mask is None else truths("mask", mask)
    divisor = _divisor(ids.shape, reduction, kept)
    if kept is not None:
        z, ids = np.where(kept[..., None], z, 0), np.where(kept, ids, 0)
    expect_range("targets", ids, z.shape[-1])
    shifted = z - z.max(axis=-1, keepdims=True)  # (..., V), at most 0
    at_target = np.take_along_axis(shifted, ids[..., None], axis=-1)[..., 0]  # (...)
    entries = np.log(np.exp(shifted).sum(axis=-1)) - at_target  # (...)  {eq}`eq-cross-entropy`
    return _total(entries, kept, divisor), Cache(z, ids, kept, divisor)


def cross_entropy_backward(cache: Cache, dloss: float = 1.0) -> np.ndarray:
    """Subtract the one-hot target from the probabilities ({eq}`eq-cross-entropy-grad`).

    ``dz = p - y`` for a sum; a mean divides it by the count.

    Parameters
    ----------
    cache
        From :func:`cross_entropy`.
    dloss
        Gradient with respect to the loss, 1 unless the loss is part of something larger.

    Returns
    -------
    ndarray
        Gradient with respect to the logits, (..., V).
    """
    z, ids, mask, divisor = cache
    dz = softmax(z)  # (..., V)
    at_target = np.take_along_axis(dz, ids[..., None], axis=-1)  # (..., 1)
    np.put_along_axis(dz, ids[..., None], at_target - 1, axis=-1)  # {eq}`eq-cross-entropy-grad`
    return _spread(dz, None if mask is None else mask[..., None], float(dloss) / divisor)


def _divisor(shape: tuple[int, ...], reduction: str, mask: np.ndarray | None) -> int:
    """Count the entries that a mean divides by; 1 for a sum."""
    expect_reduction(reduction)
    if mask is not None:
        expect_shape("mask", mask.shape, shape)
    if reduction == "sum":
        return 1
    count = int(np.prod(shape)) if mask is None else int(mask.sum())
    if count == 0:
        raise ValueError("the mean of no entries: the batch is empty, or the mask is False everywhere")
    return count


def _total(entries: np.ndarray, mask: np.ndarray | None, divisor: int) -> np.floating:
    """Add up the entries that count, and divide, in the entries' precision."""
    return np.sum(entries if mask is None else entries[mask]) / entries.dtype.type(divisor)


def _spread(gradient: np.ndarray, mask: np.ndarray | None, scale: float) -> np.ndarray:
    """Scale the gradient of the entries that count, and set the others to 0."""
    scaled = gradient * scale
    return scaled if mask is None else np.where(mask, scaled, 0)
