"""The forms in which sequences come to a recurrent module, and go again: as ``torch.nn.RNN`` takes them."""

from collections.abc import Callable, Sequence

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float, expect_integers, expect_range

Sequences = torch.Tensor | PackedSequence
Lengths = torch.Tensor | Sequence[int]
Restore = Callable[[torch.Tensor], Sequences]


def time_major(
    x: Sequences, lengths: Lengths | None, features: int, batch_first: bool, name: str = "x"
) -> tuple[torch.Tensor, torch.Tensor | None, Restore]:
    """Bring sequences into the one form that the modules compute with.

    Parameters
    ----------
    x
        (T, N, D); with ``batch_first`` (N, T, D); one sequence alone, (T, D); or packed.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all. A packed sequence has
        its own.
    features
        D.
    batch_first
        Which axis is the batch, if x is not packed.
    name
        What messages call x.

    Returns
    -------
    x : Tensor
        (T, N, D), zero beyond each sequence's end.
    live : Tensor or None
        (T, N, 1), False beyond a sequence's end; None if all are T long.
    restore
        Brings (T, N, anything) into the form that x came in.
    """
    if isinstance(x, PackedSequence):
        if lengths is not None:
            raise ValueError("lengths: expected None beside a packed sequence, which holds its own")
        padded, lengths = pad_packed_sequence(x)  # (T, N, D), zero beyond the ends
        _expect_features(name, padded, ("T", "N", features))
        return padded, _live(lengths, padded), lambda y: _packed_like(x, y)
    if x.dim() == 2:
        _expect_features(name, x, ("T", features))
        if lengths is not None:
            raise ValueError(f"lengths: expected None beside one sequence, {name} of two axes")
        return x.unsqueeze(1), None, lambda y: y.squeeze(1)
    _expect_features(name, x, ("N", "T", features) if batch_first else ("T", "N", features))

    def swapped(y: torch.Tensor) -> torch.Tensor:
        return y.transpose(0, 1) if batch_first else y

    x = swapped(x)  # (T, N, D)
    if lengths is None:
        return x, None, swapped
    live = _live(_checked(lengths, x), x)
    return torch.where(live, x, 0), live, swapped


def reverse(x: torch.Tensor, live: torch.Tensor | None) -> torch.Tensor:
    """Turn each sequence of (T, N, D) round within its own length; what lies beyond stays where it is.

    Twice is once more what it was ({eq}`eq-birnn-reverse`).
    """
    if live is None:
        return x.flip(0)
    lengths = live.sum(dim=0).squeeze(-1)  # (N,)
    steps = torch.arange(len(x), device=x.device).unsqueeze(1)  # (T, 1)
    order = torch.where(steps < lengths, lengths - 1 - steps, steps)  # (T, N)  {eq}`eq-birnn-reverse`
    T, N = order.shape
    rows = order * N + torch.arange(N, device=x.device)  # (T, N), in (T N, D): whole rows are copied at once
    return x.flatten(0, 1).index_select(0, rows.flatten()).unflatten(0, (T, N))


def counted(lengths: Lengths, keys: torch.Tensor) -> torch.Tensor:
    """Return how many of the keys, (S, N, K), count in each sequence, (N,), or say what is wrong."""
    lengths = _checked(lengths, keys)
    if not bool((lengths > 0).all()):
        raise ValueError(f"lengths: expected at least one key a sequence, got {lengths.tolist()}")
    return lengths.to(keys.device)


def padding(lengths: torch.Tensor, num_keys: int) -> torch.Tensor:
    """Tell the keys that are only padding, (N, S), from those that count.

    >>> padding(torch.tensor([1, 3]), 3)
    tensor([[False,  True,  True],
            [False, False, False]])
    """
    return torch.arange(num_keys, device=lengths.device) >= lengths[:, None]


def _expect_features(name: str, x: torch.Tensor, shape: Sequence[int | str]) -> None:
    expect_float(name, x)
    expect_shape(name, x.shape, shape)


def _checked(lengths: Lengths, x: torch.Tensor) -> torch.Tensor:
    """Return the lengths as a tensor, or say what is wrong with them."""
    steps, batch = x.shape[:2]
    lengths = torch.as_tensor(lengths)
    expect_integers("lengths", lengths)
    expect_shape("lengths", lengths.shape, (batch,))
    expect_range("lengths", lengths, steps + 1)
    return lengths


def _live(lengths: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Tell the steps that count, (T, N, 1), from those beyond a sequence's end."""
    steps = torch.arange(len(x), device=x.device)
    return (steps[:, None] < lengths.to(x.device)).unsqueeze(-1)


def _packed_like(x: PackedSequence, y: torch.Tensor) -> PackedSequence:
    """Pack (T, N, anything) as x is packed: sorted by length if x was, in the same order."""
    order = x.sorted_indices
    lengths = (x.batch_sizes[:, None] > torch.arange(y.shape[1])).sum(dim=0)  # (N,), falling
    packed = pack_padded_sequence(y if order is None else y.index_select(1, order), lengths)
    return PackedSequence(packed.data, packed.batch_sizes, order, x.unsorted_indices)
