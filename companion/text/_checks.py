"""Checks of arguments, made once at the public entry; every message says what was expected and what came."""

from collections.abc import Iterable, Iterator, Sequence
from operator import index
from typing import Literal, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

__all__ = [
    "choice",
    "collection",
    "dtype_of",
    "each_text",
    "id_array",
    "integer",
    "ragged",
    "string",
    "token_list",
]

T = TypeVar("T")


def string(name: str, value: object) -> str:
    """Return `value`, which must be a string."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a string, got {type(value).__name__}")
    return value


def choice(name: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a `value` that is not one of `allowed`."""
    if value not in allowed:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, allowed))}, got {value!r}")


def integer(name: str, value: object, minimum: int | None = None) -> int:
    """Return `value` as an int; it must be a whole number, of at least `minimum`, and no bool."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{name}: expected an integer, got {type(value).__name__} ({value!r})")
    number = index(value)
    if minimum is not None and number < minimum:
        raise ValueError(f"{name}: expected an integer of at least {minimum}, got {number}")
    return number


def dtype_of(dtype: DTypeLike, kind: Literal["integer", "float", "number"]) -> np.dtype:
    """Return `dtype` as a NumPy dtype, which must be of that kind."""
    result = np.dtype(dtype)
    if result.kind not in {"integer": "iu", "float": "f", "number": "iufb"}[kind]:
        raise TypeError(f"dtype: expected one of kind {kind}, got {result}")
    return result


def collection(name: str, value: T, expected: str = "a list of strings") -> T:
    """Return `value`, which must be iterable and neither one string nor bytes (whose items are no tokens)."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected {expected}, got one {type(value).__name__}")
    return value


def each_text(texts: Iterable[str]) -> Iterator[str]:
    """Yield the `texts`, each of which must be a string."""
    for position, text in enumerate(collection("texts", texts)):
        if not isinstance(text, str):
            raise TypeError(f"texts[{position}]: expected a string, got {type(text).__name__}")
        yield text


def token_list(name: str, tokens: Iterable[str]) -> list[str]:
    """Return `tokens` as a list of strings; one string instead of a list is refused, not cut into letters."""
    result = list(collection(name, tokens))
    for position, token in enumerate(result):
        if not isinstance(token, str):
            raise TypeError(f"{name}[{position}]: expected a string, got {type(token).__name__} ({token!r})")
    return result


def id_array(name: str, ids: ArrayLike, size: int) -> np.ndarray:
    """Return `ids` as an integer array of any shape, every id in [0, size)."""
    array = np.asarray(ids)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers, got {array.dtype} {array.shape}")
    _in_range(name, array, size)
    return array


def ragged(
    name: str, sequences: Iterable[ArrayLike], size: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Flatten sequences of ids of any lengths.

    Returns
    -------
    flat : (sum of lengths,) int64
    lengths : (N,) int64
    """
    sequences = collection(name, sequences, "a list of lists of ids")
    rows = [_row(f"{name}[{i}]", row) for i, row in enumerate(sequences)]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)  # (N,)
    flat = np.concatenate([np.empty(0, np.int64), *rows])  # (sum of lengths,)
    if size is not None:
        _in_range(name, flat, size)
    return flat, lengths


def _row(name: str, row: ArrayLike) -> np.ndarray:
    try:
        array = np.asarray(row)
    except ValueError:
        raise ValueError(f"{name}: expected a flat list of ids, got a nested one") from None
    if array.ndim != 1:
        raise ValueError(f"{name}: expected a flat list of ids, got an array of shape {array.shape}")
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers, got {array.dtype} {array.shape}")
    if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
        raise ValueError(f"{name}: expected ids below 2**63, got {array.max()}")
    return array.astype(np.int64, copy=False)


def _in_range(name: str, ids: np.ndarray, size: int) -> None:
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        worst = ids.min() if ids.min() < 0 else ids.max()
        raise ValueError(f"{name}: expected ids in [0, {size}), got {worst}")
