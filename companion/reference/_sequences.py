"""What the layers over sequences share: where each sequence ends, and all steps below one another."""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_range, expect_shape, integers


def ends(lengths: ArrayLike | None, T: int, N: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the lengths, (N,), and which steps lie beyond them, (T, N), or None if all are T long.

    >>> lengths, ended = ends([3, 1], 3, 2)
    >>> ended.T
    array([[False, False, False],
           [False,  True,  True]])
    """
    if lengths is None:
        return np.full(N, T), None
    lengths = integers("lengths", lengths).astype(np.intp)  # a copy
    expect_shape("lengths", lengths.shape, (N,))
    expect_range("lengths", lengths, T + 1)
    return lengths, np.arange(T)[:, None] >= lengths


def without(sequences: np.ndarray, ended: np.ndarray | None) -> np.ndarray:
    """Set (T, N, D) to zero beyond the ends, whatever stands there; a copy, unless no step lies beyond."""
    return sequences if ended is None else np.where(ended[..., None], 0, sequences)


def rows(sequences: np.ndarray) -> np.ndarray:
    """Write (T, N, D) as (T N, D): a sum over steps and sequences is then a product."""
    return sequences.reshape(-1, sequences.shape[-1])
