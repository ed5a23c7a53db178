"""N-gram language models: what follows the last n - 1 words, counted. The baseline of every language model.

:func:`count` goes through a corpus once. :func:`maximum_likelihood` and :func:`add_k` make a model of the
counts here, :func:`companion.reference.kneser_ney.kneser_ney` the one to be beaten.

A sentence is read after the mark of its beginning and foretold up to that of its end, as in
:func:`companion.reference.batching.sentence_batch`, so that perplexities compare with a recurrent model's.
There is one mark at the beginning, not n - 1: the history of an early word is all there is before it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_range, expect_shape, integers


class Table(NamedTuple):
    """All different n-grams of one length, in rising order of their keys.

    An n-gram's key is the place of its history (its first n - 1 words) in the table of the next shorter ones,
    times V, plus its last word: the n-grams of one history stand side by side. The table of the 1-grams has
    all V words, the place of a word is its id, and their history is place 0.
    """

    keys: np.ndarray  # (G,) int64
    counts: np.ndarray  # (G,) how often the n-gram's last word was foretold after the others
    shorter: np.ndarray  # (G,) the place of the n-gram without its first word in the shorter table
    begins: np.ndarray  # (G,) whether its first word is the mark of a beginning


class Counts(NamedTuple):
    """What :func:`count` found: the tables of the 1-grams to the n-grams, and what the ids mean."""

    tables: list[Table]
    num_words: int
    bos: int
    eos: int
    possible: np.ndarray  # (V,) which words a model may foretell


class Level(NamedTuple):
    """What a model knows of histories of one length."""

    keys: np.ndarray  # (G,) as in Table
    alpha: np.ndarray  # (G,) the probability of each n-gram's last word that its own count gives
    gamma: np.ndarray  # (G of the shorter table,) the share of the shorter history; 1 where nothing was seen


def count(
    sentences: Iterable[ArrayLike],
    order: int,
    num_words: int,
    bos: int,
    eos: int,
    never: Sequence[int] = (),
) -> Counts:
    """Count the n-grams of all lengths up to `order`.

    Parameters
    ----------
    sentences
        Lists of ids, without marks.
    order
        The length of the longest n-grams, at least 1: a model of order 3 looks at two words.
    num_words
        V, the number of ids.
    bos, eos
        The marks of a sentence's beginning and end.
    never
        Ids that are not words, such as padding: like `bos`, no model gives them a probability.

    Returns
    -------
    Counts

    Raises
    ------
    TypeError
        If a sentence does not hold integers.
    ValueError
        If an id is out of range, a mark stands inside a sentence, there are no sentences, or the order is
        below 1.

    Examples
    --------
    >>> counts = count([[2, 3, 2], [3]], order=2, num_words=4, bos=0, eos=1)
    >>> counts.tables[0].counts.tolist()
    [0, 2, 2, 2]
    >>> keys = counts.tables[1].keys
    >>> [divmod(key, 4) for key in keys.tolist()], counts.tables[1].counts.tolist()
    ([(0, 2), (0, 3), (2, 1), (2, 3), (3, 1), (3, 2)], [1, 1, 1, 1, 1, 1])
    """
    if order < 1:
        raise ValueError(f"order: expected at least 1, got {order}")
    possible = np.ones(num_words, bool)  # (V,)
    marks = integers("bos, eos, never", [bos, eos, *never])
    expect_range("bos, eos, never", marks, num_words)
    possible[[bos, *never]] = False
    words, place = _flat(sentences, num_words, bos, eos)  # (S,) each
    if np.any(~possible[words] & (place > 0)):
        raise ValueError(f"sentences: expected no {np.flatnonzero(~possible).tolist()} inside, got one")

    foretold = np.bincount(words[place > 0], minlength=num_words)  # (V,)
    every = np.arange(num_words)
    tables = [Table(every, foretold, np.zeros_like(every), every == bos)]
    node = words  # (S,): the place of the n-gram that ends here
    for n in range(2, order + 1):
        ends = np.flatnonzero(place >= n - 1)  # where an n-gram ends
        keys, first, inverse, counts = np.unique(
            node[ends - 1] * num_words + words[ends],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        begins = tables[-1].begins[keys // num_words]
        tables.append(Table(keys, counts, node[ends[first]], begins))
        node = np.full(len(words), -1, np.int64)  # times V it is beyond the 32 bits of some platforms
        node[ends] = inverse
    return Counts(tables, num_words, bos, eos, possible)


class NGram:
    """A language model of counts: a probability for every word after every history."""

    def __init__(self, counts: Counts, levels: list[Level], interpolated: bool) -> None:
        self.counts, self.order = counts, len(levels)
        self._levels, self._interpolated = levels, interpolated
        self._uniform = counts.possible / counts.possible.sum()  # (V,)

    def distribution(self, history: ArrayLike) -> np.ndarray:
        """Return the probability of every word after a history.

        Parameters
        ----------
        history
            Ids, (n,), of which the last ``order - 1`` count. Begin it with `bos` at a sentence's beginning.

        Returns
        -------
        ndarray
            (V,), summing to 1 whatever the history; after one that never occurred too.
        """
        history = integers("history", history) if np.size(history) else np.zeros(0, int)
        expect_shape("history", history.shape, ("n",))
        expect_range("history", history, self.counts.num_words)
        p = self._uniform  # (V,)
        for n, (keys, alpha, gamma) in enumerate(self._levels, start=1):
            if n - 1 > len(history):
                break
            place = self._find(history[len(history) - n + 1 :])
            lower = p if self._interpolated else self._uniform
            if place is None:
                p = lower
                continue
            start, stop = np.searchsorted(keys, [place * len(p), (place + 1) * len(p)])
            p = gamma[place] * lower
            p[keys[start:stop] % len(p)] += alpha[start:stop]
        return p.copy()

    def log_probs(self, sentences: Iterable[ArrayLike]) -> np.ndarray:
        """Return the logarithm of the probability of every token of some sentences, their ends included.

        Parameters
        ----------
        sentences
            Lists of ids, without marks.

        Returns
        -------
        ndarray
            In nats, one sentence behind the other, len(sentence) + 1 numbers each; minus infinity for what
            the model holds for impossible.
        """
        counts = self.counts
        words, place = _flat(sentences, counts.num_words, counts.bos, counts.eos)
        ends = np.flatnonzero(place > 0)  # (M,): the tokens to be foretold
        uniform = self._uniform[words[ends]]  # (M,)
        p = uniform
        node = np.zeros(len(words) + 1, np.int64)  # the place of the history before each token, -1 for none
        for n, (keys, alpha, gamma) in enumerate(self._levels, start=1):
            there = place[ends] >= n - 1  # (M,): whether there are n - 1 tokens before
            # (S,): of every token, marks too; after no history the key is below 0, and there is none.
            gram = _look_up(keys, node[:-1] * counts.num_words + words)
            # Place -1, of what never occurred, is the last: nothing of its own, and all to the shorter.
            own, share = np.append(alpha, 0.0)[gram[ends]], np.append(gamma, 1.0)[node[ends]]  # (M,)
            lower = p if self._interpolated else uniform
            p = np.where(there, own + share * lower, p)
            node = np.concatenate([[-1], gram])  # the n-gram that ends at a token is the next one's history
        with np.errstate(divide="ignore"):
            return np.log(p)

    def _find(self, history: np.ndarray) -> int | None:
        """Return the place of a history in its table, or None if it never occurred."""
        place = 0
        for level, word in zip(self._levels, history, strict=False):
            found = int(_look_up(level.keys, np.array([place * self.counts.num_words + int(word)]))[0])
            if found < 0:
                return None
            place = found
        return place


def maximum_likelihood(counts: Counts) -> NGram:
    r"""Take the relative frequencies: what never occurred is impossible.

    .. math:: p(w \mid h) = \frac{c(h w)}{c(h)}

    After a history that never occurred all words are equally probable.

    Examples
    --------
    >>> model = maximum_likelihood(count([[2, 3, 2], [3]], order=2, num_words=4, bos=0, eos=1))
    >>> model.distribution([3])
    array([0. , 0.5, 0.5, 0. ])
    """
    return _frequencies(counts, 0.0)


def add_k(counts: Counts, k: float = 1.0) -> NGram:
    r"""Pretend that every word was seen k more times after every history.

    .. math:: p(w \mid h) = \frac{c(h w) + k}{c(h) + k W}

    with W the number of words that can follow. With k = 1 it is Laplace's rule.

    Parameters
    ----------
    counts
        From :func:`count`.
    k
        A finite number above 0.

    Returns
    -------
    NGram

    Raises
    ------
    ValueError
        If k is not above 0 or not finite.

    Examples
    --------
    >>> model = add_k(count([[2, 3, 2], [3]], order=2, num_words=4, bos=0, eos=1), k=1.0)
    >>> model.distribution([3])
    array([0. , 0.4, 0.4, 0.2])
    """
    if not 0 < k < np.inf:
        raise ValueError(f"k: expected a finite number above 0, got {k}")
    return _frequencies(counts, float(k))


def _frequencies(counts: Counts, k: float) -> NGram:
    """Make the model of relative frequencies, every count k larger than it is."""
    levels, histories = [], 1
    for table in counts.tables:
        history = table.keys // counts.num_words  # (G,)
        total = np.bincount(history, table.counts, histories)  # (G of the shorter table,)
        added = k * counts.possible.sum()
        with np.errstate(invalid="ignore"):  # 0 / 0: a history that was never followed by anything
            alpha = table.counts / (total + added)[history]
            gamma = np.where(total > 0, added / (total + added), 1.0)
        levels.append(Level(table.keys, np.where(total[history] > 0, alpha, 0.0), gamma))
        histories = len(table.keys)
    return NGram(counts, levels, interpolated=False)


def _flat(
    sentences: Iterable[ArrayLike], num_words: int, bos: int, eos: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return all tokens, each sentence between its marks, (S,), and the place of each in its sentence."""
    rows = [np.asarray(sentence) for sentence in sentences]
    if not rows:
        raise ValueError("sentences: expected at least one, got none")
    for number, row in enumerate(rows):
        if row.size:
            expect_shape(f"sentences[{number}]", integers(f"sentences[{number}]", row).shape, ("n",))
    lengths = np.array([row.size + 2 for row in rows])
    ends = np.cumsum(lengths)
    words = np.full(ends[-1], bos, np.int64)
    words[ends - 1] = eos
    inside = np.ones(ends[-1], bool)
    inside[ends - 1] = inside[ends - lengths] = False
    words[inside] = np.concatenate([row.reshape(-1).astype(np.int64) for row in rows])
    expect_range("sentences", words, num_words)
    if np.isin(words[inside], (bos, eos)).any():
        raise ValueError("sentences: expected no marks of beginning and end inside, got one")
    return words, np.arange(len(words)) - np.repeat(ends - lengths, lengths)


def _look_up(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the place of each wanted key, -1 where it is not there."""
    if len(keys) == 0:  # no sentence was as long as that
        return np.full(wanted.shape, -1, np.int64)
    place = np.searchsorted(keys, wanted)
    place[place == len(keys)] = 0
    return np.where(keys[place] == wanted, place, np.int64(-1))
