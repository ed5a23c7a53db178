"""The losses of a network that answers at every step: summed over steps, or averaged over the real tokens.

Sequences of a batch have different lengths, and what fills the short ones up must not count. Which entries
are real is said by a mask (T, N), or by the lengths (N,). Everything else gets a loss of 0 and a gradient of
exactly 0, whatever stands there, and a mean divides by the number of real tokens, not by T N.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference import losses
from companion.reference._validate import (
    expect_range,
    expect_reduction,
    expect_shape,
    floats,
    integers,
    truths,
)


class Cache(NamedTuple):
    """What :func:`cross_entropy` keeps for its backward pass."""

    p: np.ndarray  # (T, N, V) probabilities
    targets: np.ndarray  # (T, N)
    mask: np.ndarray | None  # (T, N)
    divisor: int


def mask_from_lengths(lengths: ArrayLike, num_steps: int) -> np.ndarray:
    """Say of every step of every sequence whether it is real: ``t < lengths[n]``.

    Parameters
    ----------
    lengths
        Integers in ``0..T``, (N,).
    num_steps
        T.

    Returns
    -------
    ndarray of bool
        (T, N)

    Raises
    ------
    TypeError
        If the lengths are not integers.
    ValueError
        If one is not in ``0..T``, or they have more than one axis.

    Examples
    --------
    >>> mask_from_lengths([3, 1], 3)
    array([[ True,  True],
           [ True, False],
           [ True, False]])
    """
    lengths = integers("lengths", lengths)
    expect_shape("lengths", lengths.shape, ("N",))
    expect_range("lengths", lengths, num_steps + 1)
    return np.arange(num_steps)[:, None] < lengths  # (T, N)


def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    reduction: str = "mean",
    mask: ArrayLike | None = None,
    lengths: ArrayLike | None = None,
) -> tuple[np.floating, Cache]:
    r"""Add up what the right tokens cost ({eq}`eq-sequence-loss`).

    .. math:: L = -\sum_{t, n} m_{tn} \log \mathrm{softmax}(z_{tn})_{y_{tn}}

    with m the mask; ``reduction="mean"`` divides by the number of real tokens, the sum of m.

    Parameters
    ----------
    logits
        z: floating-point numbers, (T, N, V).
    targets
        y: ids in ``0..V-1``, (T, N). Where nothing counts any integer may stand.
    reduction
        ``"mean"`` over the real tokens, or ``"sum"`` over the steps of all sequences.
    mask
        m: truth values, (T, N), True where the token is real.
    lengths
        How many steps of each sequence are real, (N,): the same as a mask from
        :func:`mask_from_lengths`. Give one of the two, or neither where all tokens are real.

    Returns
    -------
    loss : floating
        In nats, in the precision of the logits.
    cache
        What :func:`cross_entropy_backward` needs.

    Raises
    ------
    TypeError
        If logits, targets, mask or lengths are not of their type.
    ValueError
        If shapes differ, a target that counts has no logit, mask and lengths are both given, or a mean over
        no token is asked for.

    Examples
    --------
    Two sequences, of 2 tokens and of 1, and 4 equally probable tokens: 3 log 4 in all.

    >>> loss, cache = cross_entropy(np.zeros((2, 2, 4)), [[0, 3], [1, 0]], "sum", lengths=[2, 1])
    >>> print(f"{loss:.6f}")
    4.158883
    """
    z, ids, kept = _checked(logits, targets, mask, lengths)
    divisor = _divisor(ids.shape, reduction, kept)
    p, entries = _softmax_and_costs(z, ids)  # (T, N, V), (T, N)
    if kept is not None:
        entries = np.where(kept, entries, 0)
    loss = entries.sum() / entries.dtype.type(divisor)  # {eq}`eq-sequence-loss`
    return loss, Cache(p, ids, kept, divisor)


def cross_entropy_backward(cache: Cache, dloss: float = 1.0) -> np.ndarray:
    """Subtract the one-hot target from the probabilities ({eq}`eq-bptt-output`).

    ``dz[t, n] = m[t, n] (p[t, n] - onehot(y[t, n]))`` for a sum; a mean divides it by the number of tokens.

    Parameters
    ----------
    cache
        From :func:`cross_entropy`.
    dloss
        Gradient with respect to the loss, 1 unless the loss is part of something larger.

    Returns
    -------
    ndarray
        Gradient with respect to the logits, (T, N, V).
    """
    p, ids, mask, divisor = cache
    weight = float(dloss) / divisor * (np.ones(ids.shape) if mask is None else mask)  # (T, N)
    weight = weight[..., None].astype(p.dtype)  # (T, N, 1)
    dz = p * weight  # (T, N, V)
    at_target = np.take_along_axis(dz, ids[..., None], axis=-1)  # (T, N, 1)
    np.put_along_axis(dz, ids[..., None], at_target - weight, axis=-1)  # {eq}`eq-bptt-output`
    return dz


def token_log_probs(
    logits: ArrayLike, targets: ArrayLike, mask: ArrayLike | None = None, lengths: ArrayLike | None = None
) -> np.ndarray:
    """Return the logarithm of each target's probability, one a token: what :func:`cross_entropy` adds up.

    Parameters
    ----------
    logits, targets, mask, lengths
        As in :func:`cross_entropy`.

    Returns
    -------
    ndarray
        In nats, (T, N); 0 where nothing counts, so that ``.sum(axis=0)`` is that of each sequence.

    Examples
    --------
    >>> token_log_probs(np.zeros((2, 2, 4)), [[0, 3], [1, 0]], lengths=[2, 1]).round(3)
    array([[-1.386, -1.386],
           [-1.386,  0.   ]])
    """
    z, ids, kept = _checked(logits, targets, mask, lengths)
    _, entries = _softmax_and_costs(z, ids)
    return 0 - (entries if kept is None else np.where(kept, entries, 0))  # 0 - 0 is 0, where -0 prints as -0


def binary_cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    reduction: str = "mean",
    mask: ArrayLike | None = None,
    lengths: ArrayLike | None = None,
) -> tuple[np.floating, losses.Cache]:
    """Score yes-or-no answers at every step ({eq}`eq-bce` for each, {eq}`eq-sequence-loss` for all).

    Parameters
    ----------
    logits
        Floating-point numbers, (T, N), or (T, N, K) for K questions at each step.
    targets
        Of the same shape, in [0, 1].
    reduction
        ``"mean"`` over the real entries, all K of each real step, or ``"sum"``.
    mask, lengths
        As in :func:`cross_entropy`: (T, N) or (N,).

    Returns
    -------
    loss : floating
        In nats, in the precision of the logits.
    cache
        What :func:`binary_cross_entropy_backward` needs.

    Raises
    ------
    TypeError, ValueError
        As :func:`cross_entropy`; also if a target is outside [0, 1].

    Examples
    --------
    >>> loss, cache = binary_cross_entropy(np.zeros((3, 2)), np.ones((3, 2)), "sum", lengths=[3, 1])
    >>> print(f"{loss:.6f}")
    2.772589
    """
    z = floats("logits", logits)
    if z.ndim not in (2, 3):
        expect_shape("logits", z.shape, ("T", "N"))
    kept = _real(z.shape[:2], mask, lengths)
    if kept is not None and z.ndim == 3:
        kept = np.broadcast_to(kept[..., None], z.shape)
    return losses.binary_cross_entropy(z, targets, reduction, kept)


def binary_cross_entropy_backward(cache: losses.Cache, dloss: float = 1.0) -> np.ndarray:
    """Subtract the target from the probability, as :func:`.losses.binary_cross_entropy_backward` does."""
    return losses.binary_cross_entropy_backward(cache, dloss)


def _softmax_and_costs(z: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities, (T, N, V), and what each target costs, (T, N).

    One array of (T, N, V) is made and worked on in place: with 10,000 words it holds millions of numbers, and
    each further copy would take longer than the exponentials.
    """
    p = z - z.max(axis=-1, keepdims=True)  # (T, N, V), at most 0: no exponential can overflow
    at_target = np.take_along_axis(p, ids[..., None], axis=-1)[..., 0]  # (T, N)
    np.exp(p, out=p)
    total = p.sum(axis=-1)  # (T, N), at least 1
    p /= total[..., None]
    return p, np.log(total) - at_target


def _checked(
    logits: ArrayLike, targets: ArrayLike, mask: ArrayLike | None, lengths: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return logits and targets, both 0 where nothing counts, and the mask; or say what is wrong."""
    z = floats("logits", logits)
    expect_shape("logits", z.shape, ("T", "N", "V"))
    ids = integers("targets", targets)
    expect_shape("targets", ids.shape, z.shape[:2])
    kept = _real(ids.shape, mask, lengths)
    if kept is not None:
        z, ids = np.where(kept[..., None], z, 0), np.where(kept, ids, 0)
    expect_range("targets", ids, z.shape[-1])
    return z, ids, kept


def _real(shape: tuple[int, ...], mask: ArrayLike | None, lengths: ArrayLike | None) -> np.ndarray | None:
    """Return the mask (T, N), given as one or as lengths; None where everything counts."""
    if mask is not None and lengths is not None:
        raise ValueError("mask and lengths: expected one of the two, got both")
    if mask is not None:
        kept = truths("mask", mask)
        expect_shape("mask", kept.shape, shape)
    elif lengths is not None:
        kept = mask_from_lengths(lengths, shape[0])
        expect_shape("lengths", np.shape(lengths), shape[1:])
    else:
        return None
    return None if kept.all() else kept


def _divisor(shape: tuple[int, ...], reduction: str, mask: np.ndarray | None) -> int:
    """Count the real tokens, which a mean divides by; 1 for a sum."""
    expect_reduction(reduction)
    if reduction == "sum":
        return 1
    count = int(np.prod(shape)) if mask is None else int(mask.sum())
    if count == 0:
        raise ValueError("the mean over no tokens: the batch is empty, or all of it is padding")
    return count
