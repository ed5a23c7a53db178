"""Which rows of fastText's table a word is the mean of, and the way from there to files and back."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from companion.reference._validate import expect_keys
from companion.vectors import Settings, SubwordVectors
from companion.vectors.fasttext import SUPERVISED
from companion.vectors.subwords import ngram_buckets

Params = dict[str, np.ndarray]


class Subwords(NamedTuple):
    """Which rows each word is the mean of.

    Attributes
    ----------
    rows : (R,) int64
        The rows of all words, one word behind the other: of each its own first, then those of its n-grams,
        an n-gram that it has twice twice.
    offsets : (V + 1,) int64
        Word w is the mean of ``rows[offsets[w]:offsets[w + 1]]``.
    size : int
        V + B, how many rows there are.
    """

    rows: np.ndarray
    offsets: np.ndarray
    size: int


def subwords(words: Sequence[str], minn: int = 3, maxn: int = 6, buckets: int = 20_000) -> Subwords:
    """Cut words into n-grams of ``minn`` to ``maxn`` characters, and hash these ({eq}`eq-fasttext-hash`).

    Parameters
    ----------
    words
        V different words.
    minn, maxn
        The shortest and the longest n-gram of ``<word>``; ``maxn=0`` for none.
    buckets
        B. n-grams that fall into the same bucket share a row.

    Returns
    -------
    Subwords

    Raises
    ------
    TypeError
        If `words` is one string.
    ValueError
        If a length is below 0, or there are n-grams and no bucket.

    Examples
    --------
    >>> pieces = subwords(["cat", "cats"], 3, 3, buckets=10)
    >>> pieces.rows  # cat: <ca cat at>; cats: <ca cat ats ts>, of which two share a bucket
    array([ 0,  9,  3,  8,  1,  9,  3,  3, 10])
    >>> pieces.offsets, pieces.size
    (array([0, 4, 9]), 12)
    """
    if isinstance(words, str):
        raise TypeError("words: expected a sequence of strings, got one string")
    if min(minn, maxn, buckets) < 0 or (maxn > 0 and buckets == 0):
        got = f"{minn}, {maxn} and {buckets}"
        raise ValueError(f"minn, maxn, buckets: expected at least 0, and a bucket if maxn > 0, got {got}")
    rows: list[int] = []
    ends = [0]
    for number, word in enumerate(words):
        rows.append(number)
        if maxn > 0:
            raw = word.encode("utf-8", "surrogateescape")
            rows += [len(words) + bucket for bucket in ngram_buckets(raw, minn, maxn, buckets)]
        ends.append(len(rows))
    return Subwords(np.array(rows, np.int64), np.array(ends, np.int64), len(words) + buckets)


def to_vectors(
    params: Params, words: Sequence[str], settings: Settings, counts: np.ndarray | None = None
) -> SubwordVectors:
    """Make of trained tables what answers for any word, and what :func:`write_fasttext` writes.

    Parameters
    ----------
    params
        ``{"input": (V + B, D), "output": (V, D)}``
    words
        The V words, in the order of the rows.
    settings
        Of the file; `dim`, `bucket`, `minn` and `maxn` as the tables were trained with.
    counts
        How often each word occurs, (V,).

    Returns
    -------
    companion.vectors.SubwordVectors
        In float32.

    Raises
    ------
    ValueError
        If names, shapes or settings do not fit.

    Examples
    --------
    >>> params = {"input": np.array([[1, 1], [0, 3], [6, 0], [3, 0.0]]), "output": np.zeros((1, 2))}
    >>> model = to_vectors(params, ["ab"], Settings(dim=2, bucket=3, minn=2, maxn=2))
    >>> model["ab"], model["b"]
    (array([1.75, 1.  ], dtype=float32), array([1.5, 1.5], dtype=float32))
    """
    expect_keys("params", params, ("input", "output"))
    tables = {name: table.astype(np.float32) for name, table in params.items()}
    return SubwordVectors(words, tables["input"], settings, counts, output=tables["output"])


def from_vectors(model: SubwordVectors) -> tuple[Params, Subwords]:
    """Take a model, such as :func:`read_fasttext` gives, apart, for training to go on.

    Returns
    -------
    params : dict
        ``{"input": (V + B, D), "output": (V, D)}``, copies, float32.
    pieces : Subwords

    Raises
    ------
    ValueError
        If the model is supervised: its output rows stand for labels.
    """
    s = model.settings
    if s.model == SUPERVISED:
        raise ValueError("model: expected one of words alone, got a supervised one")
    params = {"input": np.array(model.matrix), "output": np.array(model.output)}
    return params, subwords(model.words, s.minn, s.maxn, s.bucket)
