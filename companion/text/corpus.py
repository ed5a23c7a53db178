"""A whole corpus at once: from texts to a vocabulary and one flat array of ids.

Most of a text's words have been seen before: the 1.16 million tokens of the Brown corpus are 56,000
different ones. So each different piece between white space is cut into tokens, and looked up in the
vocabulary, once; what is left to do for every occurrence is one look-up in a dictionary and one gather of
an array.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from companion.text._checks import each_text
from companion.text.tokenize import words
from companion.text.vocabulary import PAD, UNK, Vocabulary

__all__ = ["EncodedCorpus", "encode_corpus", "fit_and_encode"]


@dataclass(frozen=True, eq=False)
class EncodedCorpus:
    """The ids of N texts, one behind the other; iterating and indexing give one text's ids at a time.

    Attributes
    ----------
    ids : (total,) int64
        The ids of all texts.
    offsets : (N + 1,) int64
        Text i is ``ids[offsets[i]:offsets[i + 1]]``.
    """

    ids: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1

    def __getitem__(self, text: int) -> np.ndarray:
        """Return the ids of text number `text`, (T,) int64, as a view."""
        if not 0 <= text < len(self):
            raise IndexError(f"text: expected a number in [0, {len(self)}), got {text}")
        return self.ids[self.offsets[text] : self.offsets[text + 1]]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[text] for text in range(len(self)))

    @property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each text, (N,) int64."""
        return np.diff(self.offsets)

    def sparse_counts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Count each text's ids, and keep only the counts that are not 0 (compressed sparse rows).

        Returns
        -------
        indptr : (N + 1,) int64
            Row i stands at ``indptr[i]:indptr[i + 1]`` of the other two.
        indices : (nonzero,) int64
            The ids that occur in the text, rising.
        counts : (nonzero,) int64
            How often.
        """
        size = int(self.ids.max(initial=0)) + 1
        cells = np.repeat(np.arange(len(self)), self.lengths) * size + self.ids  # (total,)
        cells, counts = np.unique(cells, return_counts=True)  # (nonzero,) each
        rows, indices = np.divmod(cells, size)
        return np.searchsorted(rows, np.arange(len(self) + 1)), indices, counts


def fit_and_encode(
    texts: Iterable[str],
    tokenize: Callable[[str], list[str]] = words,
    min_count: int = 1,
    max_size: int | None = None,
    specials: Iterable[str] = (PAD, UNK),
    unknown: str | None = None,
) -> tuple[Vocabulary, EncodedCorpus]:
    """Cut `texts` into tokens, fit a vocabulary on them, and encode them.

    The same as ``documents = [tokenize(text) for text in texts]``, `Vocabulary.fit` and
    `Vocabulary.encode`, in a fraction of the time.

    Parameters
    ----------
    texts : iterable of str
    tokenize : callable
        Cuts a text into tokens. It is called once for each different piece between white space, so it must
        cut a piece in the same way whatever stands around it, and no token may hold white space. `words` is
        so.
    min_count, max_size, specials, unknown
        As in `Vocabulary.fit`.

    Returns
    -------
    vocabulary : Vocabulary
    corpus : EncodedCorpus

    Raises
    ------
    TypeError
        If `texts` is one string, or a text is not a string.
    ValueError
        As `Vocabulary.fit`; or if `min_count` or `max_size` leave tokens without an id and no special is
        `unknown`.

    Examples
    --------
    >>> vocabulary, corpus = fit_and_encode(["The cat sat on the mat.", "The dog ate my homework."])
    >>> corpus[1]
    array([2, 5, 3, 8, 6])
    >>> vocabulary.decode(corpus[1])
    ['the', 'dog', 'ate', 'my', 'homework']
    """
    pieces = _Pieces.of(texts, tokenize)
    vocabulary = Vocabulary.from_counts(pieces.token_counts(), min_count, max_size, specials, unknown)
    return vocabulary, pieces.encode(vocabulary)


def encode_corpus(
    texts: Iterable[str], vocabulary: Vocabulary, tokenize: Callable[[str], list[str]] = words
) -> EncodedCorpus:
    """Cut `texts` into tokens and encode them with a vocabulary that was fitted before, on other texts.

    Arguments and exceptions are those of `fit_and_encode`.

    Examples
    --------
    >>> vocabulary = Vocabulary.fit([["the", "cat", "sat"]])
    >>> encode_corpus(["The cat!", "", "The dog sat"], vocabulary)[2]
    array([4, 1, 3])
    """
    return _Pieces.of(texts, tokenize).encode(vocabulary)


@dataclass(frozen=True)
class _Pieces:
    """Texts cut at white space, and the tokens of each different piece."""

    tokens: list[str]  # of all different pieces, one piece behind the other
    lengths: np.ndarray  # (different pieces,) how many tokens each has
    numbers: np.ndarray  # (pieces of all texts,) which piece stands there
    offsets: np.ndarray  # (N + 1,) where in `numbers` each text begins, and the end

    @classmethod
    def of(cls, texts: Iterable[str], tokenize: Callable[[str], list[str]]) -> "_Pieces":
        number_of: defaultdict[str, int] = defaultdict()
        number_of.default_factory = number_of.__len__  # a piece not seen before gets the next number
        numbers: list[int] = []
        offsets = [0]
        for text in each_text(texts):
            numbers.extend(map(number_of.__getitem__, text.split()))
            offsets.append(len(numbers))
        tokens: list[str] = []
        ends = [0]
        for piece in number_of:
            tokens.extend(tokenize(piece))
            ends.append(len(tokens))
        return cls(tokens, np.diff(ends), np.array(numbers, np.int64), np.array(offsets))

    def token_counts(self) -> dict[str, int]:
        """Count the tokens of all texts: each as often as the pieces that it stands in."""
        counts: defaultdict[str, int] = defaultdict(int)
        occurrences = np.bincount(self.numbers, minlength=len(self.lengths))  # (different pieces,)
        for token, times in zip(self.tokens, np.repeat(occurrences, self.lengths).tolist(), strict=True):
            counts[token] += times
        return counts

    def encode(self, vocabulary: Vocabulary) -> EncodedCorpus:
        """Put in the place of every piece the ids of its tokens."""
        ids = np.array(vocabulary.encode(self.tokens), np.int64)
        starts = np.cumsum(self.lengths) - self.lengths  # where in `ids` the tokens of a piece begin
        lengths = self.lengths[self.numbers]  # (pieces of all texts,)
        ends = np.concatenate([[0], np.cumsum(lengths)])  # where in the result each piece begins, and the end
        shift = np.repeat(starts[self.numbers] - ends[:-1], lengths)  # (total,) from the result back to `ids`
        return EncodedCorpus(ids[shift + np.arange(len(shift))], ends[self.offsets])
