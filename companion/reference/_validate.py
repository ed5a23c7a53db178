"""What the public functions refuse, and the sentence they say: what was expected, and what came.

Everything here looks only at ``shape``, ``dtype`` and values, so both back ends use it for shapes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Expected = Sequence[int | str]
"""A shape: a number must be met, a letter stands for any size, a leading ``"..."`` for any axes at all."""


def shown(shape: Expected) -> str:
    """Write a shape, expected or real, as a tuple is written.

    >>> shown(("...", 4)), shown((3,))
    ('(..., 4)', '(3,)')
    """
    inside = ", ".join(str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def expect_shape(name: str, shape: Sequence[int], expected: Expected) -> None:
    """Refuse a shape that is not the expected one.

    >>> expect_shape("x", (5, 3, 7), ("T", "N", 4))
    Traceback (most recent call last):
    ValueError: x: expected (T, N, 4), got (5, 3, 7)
    """
    sizes = tuple(expected)
    tail = tuple(shape)
    if sizes and sizes[0] == "...":
        sizes = sizes[1:]
        tail = tail[max(len(tail) - len(sizes), 0) :]
    fits = len(tail) == len(sizes) and all(
        isinstance(e, str) or e == s for e, s in zip(sizes, tail, strict=True)
    )
    if not fits:
        raise ValueError(f"{name}: expected {shown(expected)}, got {shown(shape)}")


def expect_broadcast(name: str, shape: Sequence[int], full: Sequence[int]) -> None:
    """Refuse a shape that does not broadcast to the full one, or that would enlarge it.

    >>> expect_broadcast("mask", (3, 1), (5, 3, 4))
    >>> expect_broadcast("mask", (2, 4), (5, 3, 4))
    Traceback (most recent call last):
    ValueError: mask: expected (5, 3, 4) or what broadcasts to it, got (2, 4)
    """
    pairs = zip(reversed(shape), reversed(full), strict=False)
    if len(shape) > len(full) or any(size not in (1, there) for size, there in pairs):
        raise ValueError(f"{name}: expected {shown(full)} or what broadcasts to it, got {shown(shape)}")


def expect_keys(name: str, mapping: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Refuse a dict whose keys are not exactly these."""
    wanted = set(keys)
    if set(mapping) != wanted:
        raise ValueError(f"{name}: expected the keys {sorted(wanted)}, got {sorted(mapping)}")


def expect_padding_idx(padding_idx: int | None, num_embeddings: int) -> None:
    """Refuse a padding id that no row of the table has."""
    if padding_idx is not None and not 0 <= padding_idx < num_embeddings:
        raise ValueError(f"padding_idx: expected None or an id in 0..{num_embeddings - 1}, got {padding_idx}")


def expect_dropout_rate(p: float) -> None:
    """Refuse a dropout rate outside [0, 1)."""
    if not 0 <= p < 1:
        raise ValueError(f"p: expected 0 <= p < 1, got {p}")


def expect_reduction(reduction: str) -> None:
    """Refuse a reduction other than the two there are."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f'reduction: expected "mean" or "sum", got {reduction!r}')


def floats(name: str, values: ArrayLike) -> np.ndarray:
    """Return ``values`` as an array of floating-point numbers, its precision kept; refuse any other type."""
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.floating):
        raise TypeError(f"{name}: expected floating-point numbers, got {array.dtype} {shown(array.shape)}")
    return array


def integers(name: str, values: ArrayLike) -> np.ndarray:
    """Return ``values`` as an array of integers; refuse any other type, truth values too."""
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"{name}: expected integers, got {array.dtype} {shown(array.shape)}")
    return array


def indices(name: str, values: ArrayLike) -> np.ndarray:
    """Return ``values`` as an array that can index and be computed with; refuse any other type, as above.

    In a narrow type sums and products of ids would wrap around: of uint8, 200 * 2 is 144.
    """
    return integers(name, values).astype(np.intp, copy=False)


def truths(name: str, values: ArrayLike) -> np.ndarray:
    """Return ``values`` as an array of truth values; refuse any other type."""
    array = np.asarray(values)
    if array.dtype != np.bool_:
        raise TypeError(f"{name}: expected truth values (bool), got {array.dtype} {shown(array.shape)}")
    return array


def expect_range(name: str, ids: np.ndarray, size: int) -> None:
    """Refuse ids outside ``0..size-1``: name the first, and where it stands.

    >>> expect_range("ids", np.array([[1, 2], [3, -1]]), 3)
    Traceback (most recent call last):
    ValueError: ids: expected 0..2, got 3 at (1, 0)
    """
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        place = tuple(int(i) for i in np.argwhere((ids < 0) | (ids >= size))[0])
        where = f"{place[0]}" if len(place) == 1 else shown(place)
        raise ValueError(f"{name}: expected 0..{size - 1}, got {ids[place]} at {where}")
