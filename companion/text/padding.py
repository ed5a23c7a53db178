"""Sequences of any lengths into one array: padding and truncation."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.text._checks import choice, dtype_of, integer, ragged

__all__ = ["pad", "padded_lengths"]


def pad(
    sequences: Iterable[ArrayLike],
    length: int | None = None,
    side: Literal["right", "left"] = "right",
    truncate: Literal["right", "left"] = "right",
    value: int = 0,
    dtype: DTypeLike = np.int64,
) -> np.ndarray:
    r"""Give all sequences one length: fill the short ones, cut the long ones.

    With T the length asked for, L that of the sequence w and p the padding value, padded and cut on the right

    .. math:: x_t = w_t \text{ if } t \le L, \text{ else } p, \qquad 1 \le t \le T

    ({eq}`eq-padding`) On the left, the same seen from the end. `padded_lengths` tells how much of each row
    is not padding.

    Parameters
    ----------
    sequences : N lists of int
        Of any lengths.
    length : int, optional
        T; by default the length of the longest sequence.
    side : {"right", "left"}
        Where the padding goes. (Keras' ``padding="post"`` and ``"pre"``, its default.)
    truncate : {"right", "left"}
        Which end is cut off. (Keras' ``truncating="post"`` and ``"pre"``, its default.)
    value : int
        p.
    dtype : integer data type

    Returns
    -------
    (N, T)

    Raises
    ------
    TypeError
        If an id is not an integer, or `dtype` is not an integer type.
    ValueError
        If `length` is below 1, `side` or `truncate` is neither of the two, or a number does not fit into
        `dtype`.

    Examples
    --------
    >>> pad([[1, 2, 3, 4], [5]], 3)
    array([[1, 2, 3],
           [5, 0, 0]])
    >>> pad([[1, 2, 3, 4], [5]], 3, side="left", truncate="left")
    array([[2, 3, 4],
           [0, 0, 5]])
    """
    choice("side", side, ("right", "left"))
    choice("truncate", truncate, ("right", "left"))
    kind = dtype_of(dtype, "integer")
    value = integer("value", value)
    flat, lengths = ragged("sequences", sequences)  # (sum of lengths,), (N,)
    longest = int(lengths.max(initial=0))
    width = longest if length is None else integer("length", length, 1)
    _fits(kind, value, flat)
    kept = np.minimum(lengths, width)[:, None]  # (N, 1)
    place = np.arange(width)  # (T,)
    empty = width - kept if side == "left" else 0  # (N, 1): how many places before the first token
    token = place - empty  # (N, T) or (T,): which of the kept tokens stands there
    real = (token >= 0) & (token < kept)  # (N, T)
    skipped = lengths[:, None] - kept if truncate == "left" else 0  # (N, 1): how many are cut off before
    starts = (np.cumsum(lengths) - lengths)[:, None]  # (N, 1): where in `flat` the sequence begins
    result = np.full((len(lengths), width), value, kind)  # (N, T)
    result[real] = flat[(starts + skipped + token)[real]]  # {eq}`eq-padding`
    return result


def padded_lengths(sequences: Iterable[ArrayLike], length: int | None = None) -> np.ndarray:
    """Return how many places of each row of ``pad(sequences, length)`` are not padding, (N,) int64.

    Examples
    --------
    >>> padded_lengths([[1, 2, 3, 4], [5]], 3)
    array([3, 1])
    """
    _, lengths = ragged("sequences", sequences)
    return lengths if length is None else np.minimum(lengths, integer("length", length, 1))


def _fits(dtype: np.dtype, value: int, flat: np.ndarray) -> None:
    limits = np.iinfo(dtype)
    low, high = min(value, flat.min(initial=value)), max(value, flat.max(initial=value))
    if low < limits.min or high > limits.max:
        raise ValueError(f"dtype: expected one that holds {low} to {high}, got {dtype}")
