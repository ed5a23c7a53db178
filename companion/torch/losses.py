"""Softmax and the two losses of classification in PyTorch, from logits; autograd differentiates them.

Names, arguments and masks are those of :mod:`companion.reference.losses`. Classes are the last axis, where
``torch.nn.functional.cross_entropy`` wants them second.
"""

import torch

from companion.reference._validate import expect_reduction, expect_shape
from companion.torch._validate import expect_bool, expect_float, expect_integers, expect_range, holds


def softmax(logits: torch.Tensor, dim: int = -1) -> torch.Tensor:
    """Turn logits into probabilities ({eq}`eq-softmax`); the largest logit is subtracted first.

    Parameters
    ----------
    logits
        Finite floating-point numbers, (..., V).
    dim
        The axis along which the probabilities sum to 1.

    Returns
    -------
    Tensor
        Shape and precision of the logits.

    Examples
    --------
    >>> softmax(torch.tensor([1000.0, 1000.0]))
    tensor([0.5000, 0.5000])
    """
    expect_float("logits", logits)
    # A constant shift changes no probability, so none of the gradient runs through the maximum.
    e = torch.exp(logits - logits.detach().amax(dim, keepdim=True))  # (..., V)
    return e / e.sum(dim, keepdim=True)  # {eq}`eq-softmax`


def binary_cross_entropy(
    logits: torch.Tensor,
    targets: torch.Tensor,
    reduction: str = "mean",
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """Score logits z against targets t: ``log(1 + exp(z)) - z t`` ({eq}`eq-bce`).

    Parameters
    ----------
    logits
        Floating-point numbers of any shape.
    targets
        Of the same shape, in [0, 1]: 0 or 1, or a probability; of any type.
    reduction
        ``"mean"`` over the entries, or ``"sum"``.
    mask
        Truth values of the same shape, True where the entry counts; None counts all.

    Returns
    -------
    Tensor
        One number, in nats, in the precision of the logits.

    Raises
    ------
    TypeError
        If the logits are not floating-point or the mask not of truth values.
    ValueError
        If shapes differ; on the CPU also if a target is outside [0, 1], or no entry counts and a mean is
        asked for.

    Examples
    --------
    >>> binary_cross_entropy(torch.tensor([0.0, 1000.0]), torch.tensor([1, 1]), reduction="sum")
    tensor(0.6931)
    """
    expect_float("logits", logits)
    expect_shape("targets", targets.shape, logits.shape)
    divisor = _divisor(logits.shape, reduction, mask)
    z, t = logits, targets.to(logits.dtype)
    if mask is not None:
        z, t = z.where(mask, 0), t.where(mask, 0)
    if not holds(((t >= 0) & (t <= 1)).all()):
        raise ValueError(f"targets: expected numbers in [0, 1], got {t.min():g} to {t.max():g}")
    # logaddexp(z, 0) is log(1 + exp(z)). The reference's max(z, 0) + log(1 + exp(-|z|)) is the same function,
    # but its two parts have kinks at z = 0, and autograd would make the slope there 1, where it is 1/2.
    entries = torch.logaddexp(z, torch.zeros_like(z)) - z * t  # {eq}`eq-bce`
    return _total(entries, mask) / divisor


def cross_entropy(
    logits: torch.Tensor,
    targets: torch.Tensor,
    reduction: str = "mean",
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """Score logits against class ids: ``-log softmax(z)[target]`` ({eq}`eq-cross-entropy`).

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    targets
        Class ids in ``0..V-1``, int64 or int32, (...). Where the mask is False any integer may stand.
    reduction
        ``"mean"`` over the entries, or ``"sum"``.
    mask
        Truth values, (...), True where the entry counts; None counts all.

    Returns
    -------
    Tensor
        One number, in nats, in the precision of the logits.

    Raises
    ------
    TypeError
        If the logits are not floating-point, the targets not integers, or the mask not of truth values.
    ValueError
        If shapes differ; on the CPU also if a target that counts has no logit, or no entry counts and a mean
        is asked for.

    Examples
    --------
    >>> cross_entropy(torch.zeros(2, 4), torch.tensor([2, 1]))
    tensor(1.3863)
    """
    expect_float("logits", logits)
    expect_shape("logits", logits.shape, ("...", "V"))
    expect_integers("targets", targets)
    expect_shape("targets", targets.shape, logits.shape[:-1])
    divisor = _divisor(targets.shape, reduction, mask)
    z, ids = logits, targets.long()
    if mask is not None:
        z, ids = z.where(mask[..., None], 0), ids.where(mask, 0)
    expect_range("targets", ids, z.shape[-1])
    shifted = z - z.detach().amax(-1, keepdim=True)  # (..., V), at most 0
    at_target = shifted.gather(-1, ids[..., None])[..., 0]  # (...)
    entries = shifted.exp().sum(-1).log() - at_target  # (...)  {eq}`eq-cross-entropy`
    return _total(entries, mask) / divisor


def _divisor(shape: torch.Size, reduction: str, mask: torch.Tensor | None) -> int | torch.Tensor:
    """Count the entries that a mean divides by; 1 for a sum."""
    expect_reduction(reduction)
    if mask is not None:
        expect_bool("mask", mask)
        expect_shape("mask", mask.shape, shape)
    if reduction == "sum":
        return 1
    count = shape.numel() if mask is None else mask.sum()
    if not (holds(count > 0) if isinstance(count, torch.Tensor) else count > 0):
        raise ValueError("the mean of no entries: the batch is empty, or the mask is False everywhere")
    return count


def _total(entries: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Add up the entries that count."""
    return (entries if mask is None else entries.where(mask, 0)).sum()
