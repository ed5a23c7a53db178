"""Vectors made of subwords: a word is the mean of its own row and of those of its character n-grams."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from companion.vectors._files import encoded
from companion.vectors.subwords import ngram_buckets
from companion.vectors.table import Vectors

SUPERVISED = 3
BLOCK = 512


@dataclass(frozen=True)
class Settings:
    """What fastText was told, by the names and in the order of its file.

    Parameters
    ----------
    dim, ws, epoch, min_count, neg, word_ngrams
        Dimensions, window, epochs, least count, negative samples, n-grams of words.
    loss
        1 hierarchical softmax, 2 negative sampling, 3 softmax, 4 one against all.
    model
        1 CBOW, 2 skip-gram, 3 supervised.
    bucket, minn, maxn
        The number of buckets, the shortest and the longest n-gram; ``maxn=0`` means none.
    lr_update_rate, t
        How often the learning rate changes, and the threshold above which common words are dropped.
    """

    dim: int
    ws: int = 5
    epoch: int = 5
    min_count: int = 5
    neg: int = 5
    word_ngrams: int = 1
    loss: int = 2
    model: int = 2
    bucket: int = 2_000_000
    minn: int = 3
    maxn: int = 6
    lr_update_rate: int = 100
    t: float = 1e-4

    def problem(self) -> str | None:
        """Say what cannot be, if something is."""
        if self.dim < 1 or self.bucket < 0 or self.minn < 0 or self.maxn < 0:
            return f"expected dim of at least 1, bucket, minn and maxn of at least 0, got {self}"
        if self.maxn > 0 and self.bucket == 0:
            return f"expected buckets for the n-grams of up to {self.maxn} characters, got none"
        if self.loss not in (1, 2, 3, 4) or self.model not in (1, 2, 3):
            return f"expected loss in 1..4 and model in 1..3, got {self.loss} and {self.model}"
        return None


class SubwordVectors:
    """Words, buckets of n-grams, and a vector for any word, seen or not.

    Parameters
    ----------
    words
        V different words.
    matrix
        (V + bucket, D), float32: the rows of the words, then those of the buckets. It may be a memory map.
    settings
        With `dim` and `bucket` as the matrix has them.
    counts
        How often each word was seen, (V,); ones if left out.
    labels, label_counts
        What a supervised model tells apart.
    output
        The rows that predict, (V, D) or (number of labels, D); zeros if left out, as before training.
    tokens
        How many words were read in training; the sum of the counts if left out.

    Raises
    ------
    ValueError
        If shapes or settings do not agree.

    Examples
    --------
    >>> settings = Settings(dim=2, bucket=3, minn=2, maxn=2)
    >>> model = SubwordVectors(["ab"], np.array([[1, 1], [0, 3], [6, 0], [3, 0]], np.float32), settings)
    >>> model["ab"], model["b"]
    (array([1.75, 1.  ], dtype=float32), array([1.5, 1.5], dtype=float32))
    """

    def __init__(
        self,
        words: Sequence[str],
        matrix: np.ndarray,
        settings: Settings,
        counts: np.ndarray | None = None,
        labels: Sequence[str] = (),
        label_counts: np.ndarray | None = None,
        output: np.ndarray | None = None,
        tokens: int | None = None,
    ) -> None:
        if problem := settings.problem():
            raise ValueError(f"settings: {problem}")
        if matrix.dtype != np.float32 or matrix.shape != (len(words) + settings.bucket, settings.dim):
            expected = f"({len(words)} + {settings.bucket}, {settings.dim}) float32"
            raise ValueError(f"matrix: expected {expected}, got {matrix.shape} {matrix.dtype}")
        self.words, self.labels = tuple(words), tuple(labels)
        self.matrix = matrix.view()
        self.matrix.flags.writeable = False
        self.settings = settings
        self.counts = _counts("counts", counts, len(self.words))
        self.label_counts = _counts("label_counts", label_counts, len(self.labels))
        self.tokens = int(self.counts.sum()) if tokens is None else tokens
        shape = (len(self.labels) if settings.model == SUPERVISED else len(self.words), settings.dim)
        self.output = np.zeros(shape, np.float32) if output is None else output
        if self.output.shape != shape or self.output.dtype != np.float32:
            raise ValueError(f"output: expected {shape} float32, got {self.output.shape} {self.output.dtype}")
        self._rows = {word: row for row, word in enumerate(self.words)}
        if len(self._rows) != len(self.words):
            raise ValueError(f"words: expected different ones, got {len(self._rows):,} of {len(words):,}")

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        """Whether the word has a row of its own."""
        return word in self._rows

    def __repr__(self) -> str:
        s = self.settings
        return f"SubwordVectors({len(self):,} words, {s.bucket:,} buckets, {s.dim} dimensions)"

    def rows(self, word: str) -> list[int]:
        """Give the rows that a word is the mean of: its own, if it was seen, and those of its n-grams."""
        own = [self._rows[word]] if word in self._rows else []
        s, first = self.settings, len(self.words)
        if s.maxn == 0:
            return own
        return own + [first + b for b in ngram_buckets(encoded(word), s.minn, s.maxn, s.bucket)]

    def __getitem__(self, word: str) -> np.ndarray:
        """Give the vector of a word, (D,), seen or not: the mean of its rows ({eq}`eq-fasttext-vector`).

        Raises
        ------
        KeyError
            If the word was not seen and has no n-gram.
        """
        rows = self.rows(word)
        if not rows:
            raise KeyError(f"{word!r} is not among the {len(self):,} words and has no n-grams")
        return self.matrix[rows].mean(axis=0, dtype=np.float64).astype(np.float32)  # {eq}`eq-fasttext-vector`

    def vectors(self) -> Vectors:
        """Give the vectors of all words that were seen, as a table of their own."""
        table = np.empty((len(self), self.settings.dim), np.float32)  # (V, D)
        for start in range(0, len(self), BLOCK):
            rows = [self.rows(word) for word in self.words[start : start + BLOCK]]
            lengths = np.array([len(some) for some in rows])  # (number of words,), each at least 1
            gathered = self.matrix[np.concatenate(rows)].astype(np.float64)  # (sum of lengths, D)
            starts = (np.cumsum(lengths) - lengths).astype(np.intp, copy=False)  # as wide as an index is here
            sums = np.add.reduceat(gathered, starts, axis=0)
            table[start : start + BLOCK] = sums / lengths[:, None]
        return Vectors(self.words, table)


def _counts(name: str, counts: np.ndarray | None, expected: int) -> np.ndarray:
    """Check counts, or make them ones."""
    result = np.ones(expected, np.int64) if counts is None else np.asarray(counts)
    if not np.issubdtype(result.dtype, np.integer) or result.shape != (expected,) or (result < 0).any():
        raise ValueError(f"{name}: expected ({expected},) integers of at least 0, got {result!r}")
    return result.astype(np.int64)
