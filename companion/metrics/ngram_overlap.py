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


class Positions(NamedTuple):
    """Where n-grams begin that may still match: a place, its sentence, its text there, and the n-gram."""

    place: np.ndarray
    sentence: np.ndarray
    text: np.ndarray  # which reference of its sentence; 0 for a hypothesis
    code: np.ndarray


def ngrams(tokens: Tokens, n: int) -> list[tuple[Hashable, ...]]:
    """List the n-grams of a sentence.

    Examples
    --------
    >>> ngrams("the cat sat".split(), 2)
    [('the', 'cat'), ('cat', 'sat')]
    """
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def clipped_matches(hypothesis: Tokens, references: Sequence[Tokens], n: int) -> tuple[int, int]:
    """Count the n-grams of a sentence that its references have too, and all that it has.

    Their quotient is the modified precision of order n.

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

    Examples
    --------
    Seven words, all of them in the first reference, where two of them stand:

    >>> references = ["the cat is on the mat".split(), "there is a cat on the mat".split()]
    >>> clipped_matches("the the the the the the the".split(), references, 1)
    (2, 7)
    """
    if n < 1:
        raise ValueError(f"n: expected at least 1, got {n}")
    counts = Counter(ngrams(hypothesis, n))
    most: Counter[tuple[Hashable, ...]] = Counter()
    for reference in references:
        most |= Counter(ngrams(reference, n))  # of each n-gram the larger number
    return (counts & most).total(), counts.total()  # of each n-gram the smaller number


def corpus_overlap(
    hypotheses: Sequence[Tokens], references: Sequence[Sequence[Tokens]], max_order: int = 4
) -> Overlap:
    """Count matches and lengths of many sentences at once.

    It gives what :func:`clipped_matches` gives for each sentence and order. An n-gram can match only where
    both of its (n-1)-grams did, so that hardly anything is left to be counted of the higher orders.

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
    S = len(hypotheses)
    flat = [tokens for several in references for tokens in several]
    several = np.array([len(given) for given in references])  # (S,)
    lengths = np.array([len(tokens) for tokens in hypotheses])  # (S,)
    orders = np.arange(1, max_order + 1)
    total = np.maximum(lengths[:, None] - orders + 1, 0)  # (S, N)

    numbers: defaultdict[Hashable, int] = defaultdict()
    numbers.default_factory = numbers.__len__  # a token not seen before gets the next number
    ids = np.fromiter(map(numbers.__getitem__, chain.from_iterable([*hypotheses, *flat])), np.int64)
    owner = np.concatenate([np.arange(S), np.repeat(np.arange(S), several)])
    which = np.concatenate([np.zeros(S, np.int64), _counted(several)])
    sizes = np.concatenate([lengths, [len(tokens) for tokens in flat]]).astype(np.int64)
    everything = Positions(np.arange(len(ids)), np.repeat(owner, sizes), np.repeat(which, sizes), ids)
    text = np.repeat(np.arange(len(sizes)), sizes)  # which text each token belongs to

    ours = _where(everything, text < S)
    theirs = _where(everything, text >= S)
    correct = np.zeros((S, max_order), np.int64)
    for order in range(max_order):
        if order:
            ours, theirs = _longer(ours, theirs, ids, text, order)
        correct[:, order], ours, theirs = _match(ours, theirs, S)
    return Overlap(correct, total, lengths, _nearest(lengths, sizes[S:], several))


def _match(ours: Positions, theirs: Positions, S: int) -> tuple[np.ndarray, Positions, Positions]:
    """Count the clipped matches of each sentence, (S,), and keep the places whose n-grams have any."""
    kinds = 1 + max(ours.code.max(initial=0), theirs.code.max(initial=0))
    texts = 1 + theirs.text.max(initial=0)
    our_key, their_key = (side.sentence * kinds + side.code for side in (ours, theirs))
    key, count = np.unique(our_key, return_counts=True)
    in_text, times = np.unique(their_key * texts + theirs.text, return_counts=True)
    known, start = np.unique(
        in_text // texts, return_index=True
    )  # in_text is sorted: so is each of its parts
    if not len(known) or not len(key):
        return np.zeros(S, np.int64), _where(ours, our_key < 0), _where(theirs, their_key < 0)
    most = np.maximum.reduceat(times, start)
    at = _find(known, key)
    found = at >= 0
    clipped = np.minimum(count[found], most[at[found]])
    matches = np.bincount(key[found] // kinds, weights=clipped, minlength=S).astype(np.int64)
    return matches, _where(ours, _find(known, our_key) >= 0), _where(theirs, _find(key, their_key) >= 0)


def _longer(
    ours: Positions, theirs: Positions, ids: np.ndarray, text: np.ndarray, order: int
) -> tuple[Positions, Positions]:
    """Lengthen the n-grams by a token, where the next place has an n-gram of the same text that matched."""
    alive = np.zeros(len(ids) + 1, bool)
    sides = []
    for side in (ours, theirs):
        alive[side.place] = True
    for side in (ours, theirs):
        last = np.minimum(side.place + order, len(ids) - 1)
        goes_on = alive[side.place + 1] & (side.place + order < len(ids)) & (text[last] == text[side.place])
        kept = _where(side, goes_on)
        sides.append(kept._replace(code=kept.code * (ids.max(initial=0) + 1) + ids[kept.place + order]))
    both = np.concatenate([side.code for side in sides])
    _, small = np.unique(both, return_inverse=True)  # numbers from 0: the next product must not overflow
    cut = len(sides[0].code)
    return sides[0]._replace(code=small[:cut]), sides[1]._replace(code=small[cut:])


def _nearest(lengths: np.ndarray, sizes: np.ndarray, several: np.ndarray) -> np.ndarray:
    """Return for each hypothesis the length of the reference that is nearest, the shorter of two."""
    scale = 1 + sizes.max(initial=0)
    rank = abs(sizes - np.repeat(lengths, several)) * scale + sizes  # by distance, then by length
    return np.minimum.reduceat(rank, np.cumsum(several) - several) % scale


def _find(sorted_keys: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return where each key stands among the sorted ones, -1 if nowhere."""
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.where(sorted_keys[at] == keys, at, -1)


def _where(positions: Positions, kept: np.ndarray) -> Positions:
    return Positions(*(array[kept] for array in positions))


def _counted(several: np.ndarray) -> np.ndarray:
    """Return the number of each reference within its sentence: (2, 1, 3) gives 0 1, 0, 0 1 2."""
    ends = np.cumsum(several)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - several, several)
