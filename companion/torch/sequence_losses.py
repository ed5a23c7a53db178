"""The losses over steps in PyTorch; autograd differentiates them.

Names, arguments and masks are those of :mod:`companion.reference.sequence_losses`. Logits are (T, N, V),
where ``torch.nn.functional.cross_entropy`` wants the classes second.
"""

import torch

from companion.reference._validate import expect_shape
from companion.torch import losses
from companion.torch._validate import expect_bool, expect_float, expect_integers, expect_range


def mask_from_lengths(lengths: torch.Tensor, num_steps: int) -> torch.Tensor:
    """Say of every step of every sequence whether it is real: ``t < lengths[n]``.

    Parameters
    ----------
    lengths
        int64 or int32 in ``0..T``, (N,).
    num_steps
        T.

    Returns
    -------
    Tensor of bool
        (T, N)

    Raises
    ------
    TypeError
        If the lengths are not integers.
    ValueError
        If they have more than one axis; on the CPU also if one is not in ``0..T``.

    Examples
    --------
    >>> mask_from_lengths(torch.tensor([3, 1]), 3)
    tensor([[ True,  True],
            [ True, False],
            [ True, False]])
    """
    expect_integers("lengths", lengths)
    expect_shape("lengths", lengths.shape, ("N",))
    expect_range("lengths", lengths, num_steps + 1)
    return torch.arange(num_steps, device=lengths.device)[:, None] < lengths  # (T, N)


def cross_entropy(
    logits: torch.Tensor,
    targets: torch.Tensor,
    reduction: str = "mean",
    mask: torch.Tensor | None = None,
    lengths: torch.Tensor | None = None,
) -> torch.Tensor:
    """Add up what the right tokens cost, ``-sum of log softmax(z)[y]`` ({eq}`eq-sequence-loss`).

    Parameters
    ----------
    logits
        Floating-point numbers, (T, N, V).
    targets
        Ids in ``0..V-1``, (T, N). Where nothing counts any integer may stand.
    reduction
        ``"mean"`` over the real tokens, or ``"sum"`` over the steps of all sequences.
    mask
        Truth values, (T, N), True where the token is real.
    lengths
        How many steps of each sequence are real, (N,). Give one of the two, or neither.

    Returns
    -------
    Tensor
        One number, in nats, in the precision of the logits. Its gradient is {eq}`eq-bptt-output`.

    Raises
    ------
    TypeError
        If logits, targets, mask or lengths are not of their type.
    ValueError
        If shapes differ, or mask and lengths are both given; on the CPU also if a target that counts has no
        logit or a mean over no token is asked for.

    Examples
    --------
    >>> lengths = torch.tensor([2, 1])
    >>> cross_entropy(torch.zeros(2, 2, 4), torch.tensor([[0, 3], [1, 0]]), "sum", lengths=lengths)
    tensor(4.1589)
    """
    kept = _checked(logits, targets, mask, lengths)
    return losses.cross_entropy(logits, targets, reduction, kept)  # {eq}`eq-sequence-loss`


def token_log_probs(
    logits: torch.Tensor,
    targets: torch.Tensor,
    mask: torch.Tensor | None = None,
    lengths: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return the logarithm of each target's probability, one a token.

    Parameters
    ----------
    logits, targets, mask, lengths
        As in :func:`cross_entropy`.

    Returns
    -------
    Tensor
        In nats, (T, N); 0 where nothing counts, so that ``.sum(0)`` is that of each sequence.

    Examples
    --------
    >>> token_log_probs(torch.zeros(1, 2, 4), torch.tensor([[0, 3]]), lengths=torch.tensor([1, 0]))
    tensor([[-1.3863,  0.0000]])
    """
    kept = _checked(logits, targets, mask, lengths)
    z, ids = logits, targets.long()
    if kept is not None:
        z, ids = z.where(kept[..., None], 0), ids.where(kept, 0)
    expect_range("targets", ids, z.shape[-1])
    entries = z.log_softmax(-1).gather(-1, ids[..., None])[..., 0]  # (T, N)
    return entries if kept is None else entries.where(kept, 0)


def binary_cross_entropy(
    logits: torch.Tensor,
    targets: torch.Tensor,
    reduction: str = "mean",
    mask: torch.Tensor | None = None,
    lengths: torch.Tensor | None = None,
) -> torch.Tensor:
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
    Tensor
        One number, in nats, in the precision of the logits.

    Raises
    ------
    TypeError, ValueError
        As :func:`cross_entropy`; on the CPU also if a target is outside [0, 1].

    Examples
    --------
    >>> lengths = torch.tensor([3, 1])
    >>> binary_cross_entropy(torch.zeros(3, 2), torch.ones(3, 2), "sum", lengths=lengths)
    tensor(2.7726)
    """
    expect_float("logits", logits)
    if logits.ndim not in (2, 3):
        expect_shape("logits", logits.shape, ("T", "N"))
    kept = _real(logits.shape[:2], mask, lengths)
    if kept is not None and logits.ndim == 3:
        kept = kept[..., None].expand_as(logits)
    return losses.binary_cross_entropy(logits, targets, reduction, kept)


def _checked(
    logits: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor | None, lengths: torch.Tensor | None
) -> torch.Tensor | None:
    """Return the mask, or say what is wrong with the shapes and types."""
    expect_float("logits", logits)
    expect_shape("logits", logits.shape, ("T", "N", "V"))
    expect_integers("targets", targets)
    expect_shape("targets", targets.shape, logits.shape[:2])
    return _real(targets.shape, mask, lengths)


def _real(shape: torch.Size, mask: torch.Tensor | None, lengths: torch.Tensor | None) -> torch.Tensor | None:
    """Return the mask (T, N), given as one or as lengths; None where everything counts."""
    if mask is not None and lengths is not None:
        raise ValueError("mask and lengths: expected one of the two, got both")
    if lengths is not None:
        expect_shape("lengths", lengths.shape, shape[1:])
        return mask_from_lengths(lengths, shape[0])
    if mask is not None:
        expect_bool("mask", mask)
        expect_shape("mask", mask.shape, shape)
    return mask
