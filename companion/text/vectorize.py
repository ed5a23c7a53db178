"""From ids to arrays: one-hot, multi-hot, counts, frequencies, tf-idf.

Here N is the number of sequences, T their length, V (`size`) the number of ids.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.text._checks import dtype_of, id_array, integer, ragged

__all__ = [
    "bag_of_words",
    "frequency",
    "inverse_document_frequency",
    "multi_hot",
    "one_hot",
    "tfidf",
]


def one_hot(ids: ArrayLike, size: int, dtype: DTypeLike = np.float64) -> np.ndarray:
    r"""Return for each id a vector that is 1 at its place and 0 elsewhere.

    .. math:: (o_v)_j = [\, j = v \,], \qquad 0 \le j < V

    ({eq}`eq-one-hot`)

    Parameters
    ----------
    ids : (...) int
        Any shape.
    size : int
        V.
    dtype : data type

    Returns
    -------
    (..., V)

    Raises
    ------
    TypeError
        If `ids` are not integers.
    ValueError
        If an id is not in [0, size).

    Examples
    --------
    >>> one_hot([2, 0], 4, dtype=int)
    array([[0, 0, 1, 0],
           [1, 0, 0, 0]])
    """
    size = integer("size", size, 1)
    array = id_array("ids", ids, size)  # (...)
    dtype = dtype_of(dtype, "number")
    return (array[..., None] == np.arange(size)).astype(dtype)  # (..., V)  {eq}`eq-one-hot`


def multi_hot(sequences: Iterable[ArrayLike], size: int, dtype: DTypeLike = np.float64) -> np.ndarray:
    r"""Return for each sequence a vector of 0 and 1: which ids occur in it, in whatever order.

    .. math:: m_j = \max_t\, (o_{w_t})_j

    ({eq}`eq-multi-hot`; the ``vectorize_sequences`` of F. Chollet, *Deep Learning with Python*.)

    Parameters
    ----------
    sequences : N lists of int
        Of any lengths.
    size : int
        V.
    dtype : data type

    Returns
    -------
    (N, V)

    Raises
    ------
    TypeError
        If an id is not an integer.
    ValueError
        If an id is not in [0, size).

    Examples
    --------
    >>> multi_hot([[3, 5]], 8, dtype=int)
    array([[0, 0, 0, 1, 0, 1, 0, 0]])
    """
    rows, ids, shape = _cells(sequences, size)
    result = np.zeros(shape, dtype_of(dtype, "number"))  # (N, V)
    result[rows, ids] = 1  # {eq}`eq-multi-hot`
    return result


def bag_of_words(sequences: Iterable[ArrayLike], size: int, dtype: DTypeLike = np.float64) -> np.ndarray:
    r"""Return for each sequence how often each id occurs in it: the sum of its one-hot vectors.

    .. math:: c = \sum_{t=1}^{T} o_{w_t}

    ({eq}`eq-bag-of-words`) Arguments and exceptions are those of `multi_hot`.

    Returns
    -------
    (N, V)

    Examples
    --------
    >>> bag_of_words([[1, 3, 1], []], 4, dtype=int)
    array([[0, 2, 0, 1],
           [0, 0, 0, 0]])
    """
    rows, ids, (n, size) = _cells(sequences, size)
    counts = np.bincount(rows * size + ids, minlength=n * size)  # {eq}`eq-bag-of-words`
    kind = dtype_of(dtype, "number")
    held = counts.astype(kind)
    if not np.array_equal(held, counts):
        raise ValueError(f"dtype: expected one that holds {counts[held != counts].max()}, got {kind}")
    return held.reshape(n, size)  # (N, V)


def frequency(sequences: Iterable[ArrayLike], size: int, dtype: DTypeLike = np.float64) -> np.ndarray:
    r"""Return for each sequence the share that each id has in it.

    .. math:: f = \frac{c}{T}

    ({eq}`eq-frequency`) An empty sequence gives zeros. Arguments and exceptions are those of `multi_hot`.

    Returns
    -------
    (N, V)
        Rows sum to 1, or to 0 where the sequence is empty.

    Examples
    --------
    >>> frequency([[1, 3, 1, 2]], 4)
    array([[0.  , 0.5 , 0.25, 0.25]])
    """
    counts = bag_of_words(sequences, size)  # (N, V)
    lengths = counts.sum(axis=1, keepdims=True)  # (N, 1)
    return (counts / np.maximum(lengths, 1)).astype(dtype_of(dtype, "float"))  # {eq}`eq-frequency`


def inverse_document_frequency(counts: ArrayLike) -> np.ndarray:
    r"""Return how much each id tells a text from the others.

    .. math:: \mathrm{idf}_v = \ln \frac{1 + N}{1 + \mathrm{df}_v} + 1

    with df the number of texts that v occurs in. The ones that are added are those of one more text that
    holds every word: nothing is divided by zero.

    Parameters
    ----------
    counts : (N, V)
        Such as `bag_of_words` gives.

    Returns
    -------
    (V,) float64

    Raises
    ------
    ValueError
        If `counts` has not two dimensions, or holds something else than numbers of at least 0.
    """
    counts = _counts(counts)  # (N, V)
    documents = np.count_nonzero(counts, axis=0)  # (V,)
    return np.log((1 + len(counts)) / (1 + documents)) + 1


def tfidf(counts: ArrayLike, idf: ArrayLike | None = None, dtype: DTypeLike = np.float64) -> np.ndarray:
    r"""Weigh counts by how rare each id is, and give every text the length 1.

    .. math:: x = \frac{c \odot \mathrm{idf}}{\lVert c \odot \mathrm{idf} \rVert_2}

    ({eq}`eq-tfidf`) with `inverse_document_frequency`; the definition, one of many, is that of scikit-learn's
    ``TfidfTransformer``. A text without words gives zeros.

    Parameters
    ----------
    counts : (N, V)
    idf : (V,), optional
        Those of the texts a model was trained on, when these are other ones. By default that of `counts`.
    dtype : data type

    Returns
    -------
    (N, V)

    Raises
    ------
    ValueError
        If `counts` has not two dimensions, or holds something else than numbers of at least 0; or if `idf`
        is not (V,).

    Examples
    --------
    >>> tfidf([[2, 1, 0], [1, 0, 0]]).round(3)
    array([[0.818, 0.575, 0.   ],
           [1.   , 0.   , 0.   ]])
    """
    counts = _counts(counts)  # (N, V)
    weights = inverse_document_frequency(counts) if idf is None else np.asarray(idf, dtype=np.float64)  # (V,)
    if weights.shape != counts.shape[1:]:
        raise ValueError(f"idf: expected {counts.shape[1:]} for counts {counts.shape}, got {weights.shape}")
    weighted = counts * weights  # (N, V)
    lengths = np.linalg.norm(weighted, axis=1, keepdims=True)  # (N, 1)
    return (weighted / np.where(lengths > 0, lengths, 1)).astype(dtype_of(dtype, "float"))  # {eq}`eq-tfidf`


def _cells(sequences: Iterable[ArrayLike], size: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Return row and column of every id in a matrix of one row per sequence, and the shape of that matrix."""
    size = integer("size", size, 1)
    ids, lengths = ragged("sequences", sequences, size)
    return np.repeat(np.arange(len(lengths)), lengths), ids, (len(lengths), size)


def _counts(counts: ArrayLike) -> np.ndarray:
    array = np.asarray(counts)
    if array.ndim != 2 or array.dtype.kind not in "iuf":
        raise ValueError(f"counts: expected (N, V) numbers, got {array.dtype} {array.shape}")
    array = array.astype(np.float64, copy=False)
    if not np.all((array >= 0) & np.isfinite(array)):
        raise ValueError(f"counts: expected numbers of at least 0, got {array.min()}")
    return array
