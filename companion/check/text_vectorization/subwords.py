"""``tv-bpe-step``: one merge of byte-pair encoding. The solution's docstring is what is asked."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Pair = tuple[str, str]
Word = tuple[str, ...]
Words = dict[Word, int]


def _bpe_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield ({("a", "b"): 1},)
    yield ({("a", "a", "a"): 2},)
    yield ({("b", "c"): 2, ("a", "b"): 2},)
    yield ({("ab", "c"): 1, ("a", "bc"): 1},)  # equally often, and the same text when joined
    yield ({("a", "b"): 3, ("ab",): 2},)  # two words that become one
    yield ({("a", "b", "a", "b"): 3, ("x",): 9},)
    yield ({("l", "o", "w"): 5, ("l", "o", "w", "e", "r"): 2, ("n", "e", "w"): 6},)
    yield ({("ca", "b", "a", "b"): 1, ("a", "b"): 4},)
    yield ({("c", "a", "c", "a"): 1, ("d", "a", "c"): 7, ("d", "a"): 7},)
    words = {tuple(rng.choice(list("abc"), rng.integers(2, 7)).tolist()) for _ in range(14)}
    yield ({word: int(rng.integers(1, 9)) for word in sorted(words)},)


BPE_STEP = Exercise(
    "tv-bpe-step",
    _bpe_cases,
    (
        Law(
            "a merge changes no word's spelling, and each spelling occurs as often as before.",
            lambda given, got: _spelled(got[1]) == _spelled(given[0]),
        ),
        Law(
            "the pair stands next to each other somewhere.",
            lambda given, got: any(got[0] in pairwise(word) for word in given[0]),
        ),
        Law(
            "once merged, the pair is nowhere left.",
            lambda given, got: not any(got[0] in pairwise(word) for word in got[1]),
        ),
    ),
)


def _spelled(words: Words) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word, count in words.items():
        counts["".join(word)] += count
    return counts


def _pair_counts(words: Words) -> Counter[Pair]:
    counts: Counter[Pair] = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            counts[pair] += count
    return counts


def _merge(word: Word, pair: Pair) -> Word:
    merged: list[str] = []
    i = 0
    while i < len(word):
        together = word[i : i + 2] == pair
        merged.append("".join(pair) if together else word[i])
        i += 2 if together else 1
    return tuple(merged)


def _step(words: Words, pair: Pair, merge: Callable[[Word, Pair], Word]) -> tuple[Pair, Words]:
    merged: Counter[Word] = Counter()
    for word, count in words.items():
        merged[merge(word, pair)] += count
    return pair, dict(merged)


@BPE_STEP.solved_by
def bpe_step(words: Words) -> tuple[Pair, Words]:
    """Make one merge of byte-pair encoding.

    Takes a dict of word -> count, a word being a tuple of symbols; at least one word has two. Returns the
    pair (a, b) of neighbours that occurs most often in all, of several such pairs the first in
    alphabetical order; and the dict of words in which every a followed by b, from left to right, has
    become the one symbol a + b. Words that have become the same are one, and their counts add up.
    """
    counts = _pair_counts(words)
    best = min(counts, key=lambda pair: (-counts[pair], pair))
    return _step(words, best, _merge)


@BPE_STEP.mistake("Of pairs that occur equally often you take the last in alphabetical order.")
def _bpe_last_tie(words: Words) -> tuple[Pair, Words]:
    counts = _pair_counts(words)
    return _step(words, max(counts, key=lambda pair: (counts[pair], pair)), _merge)


@BPE_STEP.mistake(
    "Of pairs that occur equally often you take the one that you met first. Then the order of the words "
    "decides."
)
def _bpe_first_met(words: Words) -> tuple[Pair, Words]:
    counts = _pair_counts(words)
    return _step(words, max(counts, key=lambda pair: counts[pair]), _merge)


@BPE_STEP.mistake(
    "Of pairs that occur equally often you take the one whose joined text comes first. ('a', 'bc') and "
    "('ab', 'c') join to the same text: compare the first symbols, then the second."
)
def _bpe_joined_tie(words: Words) -> tuple[Pair, Words]:
    counts = _pair_counts(words)
    return _step(words, min(counts, key=lambda pair: (-counts[pair], "".join(pair))), _merge)


@BPE_STEP.mistake(
    "Two words can become one by a merge, as ('a', 'b') and ('ab',) do. You keep the count of the last; "
    "how often does the word occur then?"
)
def _bpe_loses_counts(words: Words) -> tuple[Pair, Words]:
    pair, _ = bpe_step(words)
    return pair, {_merge(word, pair): count for word, count in words.items()}


@BPE_STEP.mistake("You count each word once. How often does a pair occur if its word occurs seven times?")
def _bpe_uncounted(words: Words) -> tuple[Pair, Words]:
    counts = _pair_counts(dict.fromkeys(words, 1))
    return _step(words, min(counts, key=lambda pair: (-counts[pair], pair)), _merge)


@BPE_STEP.mistake(
    "The second symbol of a merged pair stays behind: what has become part of a symbol is gone."
)
def _bpe_overlapping(words: Words) -> tuple[Pair, Words]:
    def merge(word: Word, pair: Pair) -> Word:
        return tuple("".join(pair) if word[i : i + 2] == pair else word[i] for i in range(len(word)))

    return _step(words, bpe_step(words)[0], merge)


@BPE_STEP.mistake("You merge from right to left. Where the pair overlaps itself, that gives other symbols.")
def _bpe_from_the_right(words: Words) -> tuple[Pair, Words]:
    def merge(word: Word, pair: Pair) -> Word:
        if len(word) < 2:
            return word
        if word[-2:] == pair:
            return (*merge(word[:-2], pair), "".join(pair))
        return (*merge(word[:-1], pair), word[-1])

    return _step(words, bpe_step(words)[0], merge)


@BPE_STEP.mistake(
    "You merge the pair only where it first occurs in a word; look at a word that holds it twice."
)
def _bpe_once(words: Words) -> tuple[Pair, Words]:
    def merge(word: Word, pair: Pair) -> Word:
        at = list(pairwise(word)).index(pair) if pair in pairwise(word) else len(word)
        return (*word[:at], *_merge(word[at : at + 2], pair), *word[at + 2 :])

    return _step(words, bpe_step(words)[0], merge)


@BPE_STEP.mistake(
    "You replace the pair in the word's text, and so merge the end of a longer symbol: look at ('ca', 'b') "
    "when the pair is ('a', 'b')."
)
def _bpe_replace(words: Words) -> tuple[Pair, Words]:
    def merge(word: Word, pair: Pair) -> Word:
        return tuple(" ".join(word).replace(" ".join(pair), "".join(pair)).split(" "))

    return _step(words, bpe_step(words)[0], merge)
