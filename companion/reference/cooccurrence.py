"""Which words occur near which, how often, and how near: the table that GloVe is fitted to."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, integers
from companion.text import EncodedCorpus


class Cooccurrences(NamedTuple):
    """The M pairs of words that occur together, sorted by row, then by column.

    Attributes
    ----------
    rows, columns : (M,) int64
        The ids of the two words.
    counts : (M,) float64
        How often, each time divided by the distance; above 0.
    """

    rows: np.ndarray
    columns: np.ndarray
    counts: np.ndarray


def cooccurrences(sentences: EncodedCorpus | Iterable[ArrayLike], window: int = 10) -> Cooccurrences:
    r"""Count pairs of words within a window, a pair at distance d as 1/d ({eq}`eq-cooccurrence`).

    .. math:: X_{ij} = \sum_{t} \sum_{0 < |s - t| \le m} \frac{[w_t = i][w_s = j]}{|s - t|}

    over the positions t and s of the same sentence, with m the window. :math:`X_{ij} = X_{ji}`: each pair of
    positions is seen from both ends. So a word that stands twice within a window counts twice for the
    diagonal.

    Parameters
    ----------
    sentences
        The ids of each sentence, at least 0. A pair never spans two sentences.
    window
        The largest distance m, at least 1.

    Returns
    -------
    Cooccurrences
        The pairs that do occur: of the V x V cells nearly all are empty.

    Raises
    ------
    TypeError
        If the ids are not integers.
    ValueError
        If the window is below 1, an id below 0, or one so large that pairs cannot be numbered.

    References
    ----------
    J. Pennington, R. Socher and C. Manning, *GloVe: Global Vectors for Word Representation*, EMNLP 2014.

    Examples
    --------
    >>> rows, columns, counts = cooccurrences([[0, 1, 0], [1, 2]], window=2)
    >>> for row, column, count in zip(rows, columns, counts, strict=True):
    ...     print(row, column, count)
    0 0 1.0
    0 1 2.0
    1 0 2.0
    1 2 1.0
    2 1 1.0
    """
    if window < 1:
        raise ValueError(f"window: expected at least 1, got {window}")
    ids, sentence = _flattened(sentences)  # (T,) each: the words, and the number of the sentence of each
    size = int(ids.max(initial=0)) + 1
    window = min(window, max(1, len(ids) - 1))  # no two words are farther from each other
    if size * size * window >= 2**63:
        raise ValueError(f"sentences: expected ids that number the words from 0, got one of {size - 1}")
    # A pair and its distance in one number: sorted, equal pairs lie side by side, and what is left is to add
    # up the stretches. The smaller id goes first, which halves the work; the other half is its mirror image.
    keys = []
    for distance in range(1, min(window, len(ids) - 1) + 1):
        together = sentence[distance:] == sentence[:-distance]
        left, right = ids[:-distance][together], ids[distance:][together]
        pairs = np.minimum(left, right) * size + np.maximum(left, right)
        keys.append(pairs * window + (distance - 1))
    key = np.sort(np.concatenate([np.empty(0, np.int64), *keys]))  # (P,)
    pair, distance_less_1 = np.divmod(key, window)
    starts = np.flatnonzero(np.diff(pair, prepend=-1))  # where a pair's stretch begins
    if len(starts) == 0:
        return Cooccurrences(pair, pair.copy(), np.empty(0))
    counts = np.add.reduceat(1 / (distance_less_1 + 1), starts)  # {eq}`eq-cooccurrence`
    return _mirrored(*np.divmod(pair[starts], size), counts)


def _flattened(sentences: EncodedCorpus | Iterable[ArrayLike]) -> tuple[np.ndarray, np.ndarray]:
    """Put the ids of all sentences in one row, and beside each the number of its sentence."""
    if isinstance(sentences, EncodedCorpus):
        ids, lengths = sentences.ids, sentences.lengths
    else:
        each = [_sentence(i, sentence) for i, sentence in enumerate(sentences)]
        ids = np.concatenate([np.empty(0, np.int64), *each])
        lengths = np.array([len(sentence) for sentence in each], np.int64)
    if ids.size and ids.min() < 0:
        raise ValueError(f"sentences: expected ids of at least 0, got {ids.min()}")
    return ids.astype(np.int64, copy=False), np.repeat(np.arange(len(lengths)), lengths)


def _sentence(number: int, sentence: ArrayLike) -> np.ndarray:
    """Check one sentence."""
    array = np.asarray(sentence)
    if array.size == 0:
        return np.empty(0, np.int64)  # an empty list has no type to check
    array = integers(f"sentences[{number}]", array)
    expect_shape(f"sentences[{number}]", array.shape, ("T",))
    return array.astype(np.int64)


def _mirrored(low: np.ndarray, high: np.ndarray, counts: np.ndarray) -> Cooccurrences:
    """Give both halves of a symmetric table of which one is known, and sort them."""
    two = low != high
    counts = np.where(two, counts, 2 * counts)  # on the diagonal both halves fall into the same cell
    rows = np.concatenate([low, high[two]])
    columns = np.concatenate([high, low[two]])
    order = np.argsort(rows * (high.max() + 1) + columns)
    return Cooccurrences(rows[order], columns[order], np.concatenate([counts, counts[two]])[order])
