"""How many n-grams of a sentence stand in its references too: counted one by one, and for a corpus at once.

An n-gram of the hypothesis counts as often as it occurs there, but no more often than in the reference that
has it most often (Papineni et al., 2002). :func:`clipped_matches` says just that, and
:func:`corpus_overlap` gives the same numbers for thousands of sentences, counting by sorting.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

Tokens = Sequence[Hashable]


class Overlap(NamedTuple):
    """What BLEU needs to know of S sentences, for n-grams of 1 to N tokens."""

    correct: np.ndarray
    """Clipped matches, (S, N)."""
    total: np.ndarray
    """n-grams of the hypotheses, (S, N)."""
    hypothesis_length: np.ndarray
    """In tokens, (S,)."""
    reference_length: np.ndarray
    """Of the reference whose length is nearest, of two equally near the shorter, (S,)."""


def ngrams(tokens: Tokens, n: int) -> list[tuple[Hashable, ...]]:
    """List the n-grams of a sentence.

    Examples
    --------
    >>> ngrams("the cat sat".split(), 2)
    [('the', 'cat'), ('cat', 'sat')]
    """
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def matches(hypothesis: Tokens, references: Sequence[Tokens], n: int) -> tuple[int, int]:
    """Count the n-grams of a sentence that stand in one of its references, and all that it has.

    Their quotient is the precision of order n, {eq}`eq-precision`: each occurrence counts, however often.

    Parameters
    ----------
    hypothesis, references, n
        As in :func:`clipped_matches`.

    Returns
    -------
    correct, total : int

    Raises
    ------
    ValueError
        If n is below 1.

    Examples
    --------
    >>> references = ["the cat is on the mat".split(), "there is a cat on the mat".split()]
    >>> matches("the the the the the the the".split(), references, 1)
    (7, 7)
    """
    grams = _checked_ngrams(hypothesis, n)
    known = {gram for reference in references for gram in ngrams(reference, n)}
    return sum(gram in known for gram in grams), len(grams)  # {eq}`eq-precision`


def clipped_matches(hypothesis: Tokens, references: Sequence[Tokens], n: int) -> tuple[int, int]:
    """Count the n-grams of a sentence that its references have too, and all that it has.

    Their quotient is the modified precision of order n, {eq}`eq-clipped-precision`: an n-gram counts no more
    often than in the reference that has it most often.

    Parameters
    ----------
    hypothesis
        Its tokens.
    references
        The tokens of each reference, at least one.
    n
        The length of the n-grams, at least 1.

    Returns
    -------
    correct, total : int

    Raises
    ------
    ValueError
        If n is below 1.

    Examples
    --------
    Seven words, all of them in the first reference, where two of them stand:

    >>> references = ["the cat is on the mat".split(), "there is a cat on the mat".split()]
    >>> clipped_matches("the the the the the the the".split(), references, 1)
    (2, 7)
    """
    counts = Counter(_checked_ngrams(hypothesis, n))
    most: Counter[tuple[Hashable, ...]] = Counter()
    for reference in references:
        most |= Counter(ngrams(reference, n))  # of each n-gram the larger number
    return (counts & most).total(), counts.total()  # {eq}`eq-clipped-precision`


def _checked_ngrams(tokens: Tokens, n: int) -> list[tuple[Hashable, ...]]:
    if n < 1:
        raise ValueError(f"n: expected at least 1, got {n}")
    return ngrams(tokens, n)


def corpus_overlap(
    hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]], max_order: int = 4
) -> Overlap:
    """Count matches and lengths of many sentences at once.

    It gives what :func:`clipped_matches` gives for each sentence and order.

    Parameters
    ----------
    hypotheses
        The tokens of S sentences.
    references
        For each of them the tokens of at least one reference.
    max_order
        N, the length of the longest n-grams.

    Returns
    -------
    Overlap

    Examples
    --------
    >>> overlap = corpus_overlap(["the cat sat".split()], [["the cat sat down".split()]], max_order=2)
    >>> overlap.correct, overlap.total, overlap.reference_length
    (array([[3, 2]]), array([[3, 2]]), array([4]))
    """
    flat = [tokens for several in references for tokens in several]
    ids, sizes = number_tokens([*hypotheses, *flat])
    return count_overlap(ids, sizes, np.array([len(several) for several in references]), max_order)


def number_tokens(texts: Sequence[Tokens]) -> tuple[np.ndarray, np.ndarray]:
    """Return a number for each token, text after text, and how many tokens each text has.

    Examples
    --------
    >>> number_tokens([["a", "b", "a"], [], ["b"]])
    (array([0, 1, 0, 1]), array([3, 0, 1]))
    """
    numbers: defaultdict[Hashable, int] = defaultdict()
    numbers.default_factory = numbers.__len__  # a token not seen before gets the next number
    ids = np.fromiter(map(numbers.__getitem__, chain.from_iterable(texts)), np.int64)
    return ids, np.fromiter(map(len, texts), np.int64, len(texts))


def count_overlap(ids: np.ndarray, sizes: np.ndarray, several: np.ndarray, max_order: int) -> Overlap:
    """Count matches and lengths of texts whose tokens are numbers.

    An n-gram is counted by sorting: equal ones come to lie beside each other. Of the higher orders hardly
    anything is left to be sorted, for an n-gram can match only where both of its (n-1)-grams did; and the
    numbers of these two say which n-gram it is.

    Parameters
    ----------
    ids
        The tokens of all texts one after the other: of S hypotheses, then of their references.
    sizes
        How many tokens each of these texts has.
    several
        How many references each hypothesis has, (S,).
    max_order
        N, the length of the longest n-grams.

    Returns
    -------
    Overlap
    """
    S = len(several)
    owner = np.concatenate([np.arange(S), np.repeat(np.arange(S), several)])  # whose text it is
    which = np.concatenate([np.zeros(S, np.int64), 1 + counted(several)])  # 0, or the reference's number
    text = np.repeat(np.arange(len(sizes)), sizes)  # which text each token belongs to
    sentence, which = owner[text], which[text]
    goes_on = text[1:] == text[:-1]  # the next token belongs to the same text
    place = np.arange(len(ids))  # where n-grams begin that may still match
    gram = sentence * (1 + ids.max(initial=0)) + ids  # one number for an n-gram of a sentence
    correct = np.zeros((S, max_order), np.int64)
    for order in range(max_order):
        matched, clipped, kept, number = _match(gram, which[place])
        correct[:, order] = np.bincount(sentence[place[matched]], weights=clipped, minlength=S)
        found = np.full(len(ids) + 1, -1)  # one more: where there is no token at all
        found[place[kept]] = number
        place = np.flatnonzero((found[:-2] >= 0) & (found[1:-1] >= 0) & goes_on)
        gram = found[place] * (1 + found.max()) + found[place + 1]
    lengths = sizes[:S]
    total = np.maximum(lengths[:, None] - np.arange(max_order), 0)  # (S, N)
    return Overlap(correct, total, lengths, _nearest(lengths, sizes[S:], several))


def _match(gram: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Count the clipped matches of each n-gram.

    Returns
    -------
    matched, clipped
        For each n-gram that matches: where it stands, for one, among those given; how often it matches.
    kept, number
        All that match, and for each which n-gram it is, as a small number.
    """
    texts = 1 + which.max(initial=0)
    order = np.argsort(gram * texts + which)
    gram, which = gram[order], which[order]
    run = np.flatnonzero(_differs(gram) | _differs(which))  # where the n-gram or the text is another one
    count = np.diff(run, append=len(gram))
    gram, which = gram[run], which[run]
    first = np.flatnonzero(_differs(gram))  # among the runs: those of the hypothesis, if it has the n-gram
    most = np.maximum.reduceat(np.where(which > 0, count, 0), first) if len(first) else first
    clipped = np.minimum(np.where(which[first] > 0, 0, count[first]), most)
    times = np.diff(run[first], append=len(order))  # how often each n-gram stands here in all
    kept = np.repeat(clipped > 0, times)
    number = np.repeat(np.arange(len(first)), times)
    return order[run[first]][clipped > 0], clipped[clipped > 0], order[kept], number[kept]


def _differs(values: np.ndarray) -> np.ndarray:
    """Say of each value whether it is another than the one before; the first one is."""
    return np.concatenate([[True], values[1:] != values[:-1]])[: len(values)]


def _nearest(lengths: np.ndarray, sizes: np.ndarray, several: np.ndarray) -> np.ndarray:
    """Return for each hypothesis the length of the reference that is nearest, the shorter of two."""
    scale = 1 + sizes.max(initial=0)
    rank = abs(sizes - np.repeat(lengths, several)) * scale + sizes  # by distance, then by length
    return np.minimum.reduceat(rank, np.cumsum(several) - several) % scale


def counted(several: np.ndarray) -> np.ndarray:
    """Count from 0 within each group: groups of 2, 1 and 3 give 0 1, 0, 0 1 2."""
    ends = np.cumsum(several)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - several, several)
