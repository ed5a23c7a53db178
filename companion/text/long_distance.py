"""Sentences in which one word decides another, as many words later as one likes, from a small grammar.

The two of the lectures: "the cat, which already ate ..., was full" against "the cats ... were full", and "I
grew up in France ... I speak fluent French". What stands between is drawn from a few nouns and adjectives
and tells nothing about the word that is asked for.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from companion.text._checks import integer

__all__ = ["LANGUAGES", "LONG_DISTANCE_WORDS", "VERBS", "LongSentence", "language_sentence", "verb_sentence"]

VERBS = ("was", "were")
"""What is asked for in :func:`verb_sentence`: of one, of several."""

LANGUAGES = {
    "france": "french", "spain": "spanish", "turkey": "turkish", "japan": "japanese", "iran": "persian",
    "greece": "greek", "poland": "polish", "sweden": "swedish",
}  # fmt: skip
"""What is asked for in :func:`language_sentence`, by the country that decides it."""

_NOUNS = (("cat", "cats"), ("dog", "dogs"), ("bird", "birds"), ("mouse", "mice"), ("fox", "foxes"))
_ADJECTIVES = ("small", "old", "grey", "wild", "slow", "fat")
_STATES = ("full", "tired", "happy", "asleep")
_ATE = (",", "which", "already", "ate")
_FED = (",", "where", "i", "fed")
_SPEAK = (",", "and", "i", "speak", "fluent")
_OPENING = ("i", "grew", "up", "in")
_LEAST = 2  # words of a noun with its article; another one after "and" takes 3
_MORE_ADJECTIVES = 2

LONG_DISTANCE_WORDS: tuple[str, ...] = tuple(
    sorted(
        {*VERBS, *LANGUAGES, *LANGUAGES.values(), *_ADJECTIVES, *_STATES, "the"}
        | {word for pair in _NOUNS for word in pair}
        | {*_ATE, *_FED, *_SPEAK, *_OPENING}
    )
)
"""Every word that a sentence can hold, in alphabetical order."""


class LongSentence(NamedTuple):
    """One sentence.

    ``words`` are its words in lower case, commas among them. ``cue`` is the place of the word that decides,
    counted from 0; ``asked`` that of the word which is decided by it.
    """

    words: tuple[str, ...]
    cue: int
    asked: int

    @property
    def gap(self) -> int:
        """How many words stand between the two."""
        return self.asked - self.cue - 1

    def __str__(self) -> str:
        """Return the words as one string."""
        return " ".join(self.words)


def verb_sentence(rng: np.random.Generator, gap: int) -> LongSentence:
    """Draw a sentence whose verb has to agree with a noun that stands ``gap`` words before it.

    The subject and every noun of the relative clause are drawn from the same nouns, each in the singular or
    the plural with equal probability: the noun nearest to the verb is right half of the time, and how many
    plurals there are tells less the longer the clause is.

    Parameters
    ----------
    rng
        The generator that all choices are drawn from.
    gap
        Words, commas included, between the subject and its verb: 0 for a sentence without a relative
        clause, or at least 7.

    Returns
    -------
    LongSentence

    Raises
    ------
    TypeError
        If the gap is not an integer.
    ValueError
        If no sentence has this gap.

    Examples
    --------
    >>> print(verb_sentence(np.random.default_rng(5), 14))
    the dogs , which already ate the small slow bird and the wild old cats , were tired
    """
    room = _room(gap, (*_ATE, ","), 0)
    plural = int(rng.integers(2))
    clause = (*_ATE, *_nouns(rng, room), ",") if room else ()
    words = ("the", _noun(rng, plural), *clause, VERBS[plural], _one(rng, _STATES))
    return LongSentence(words, 1, len(words) - 2)


def language_sentence(rng: np.random.Generator, gap: int) -> LongSentence:
    """Draw a sentence that ends in the language of a country which it named ``gap`` words before.

    Parameters
    ----------
    rng
        The generator that all choices are drawn from; the eight countries are equally frequent.
    gap
        Words, commas included, between the country and the language: 5, or at least 11.

    Returns
    -------
    LongSentence

    Raises
    ------
    TypeError
        If the gap is not an integer.
    ValueError
        If no sentence has this gap.

    Examples
    --------
    >>> print(language_sentence(np.random.default_rng(1), 12))
    i grew up in japan , where i fed the wild foxes , and i speak fluent japanese
    """
    room = _room(gap, (*_FED, *_SPEAK), len(_SPEAK))
    country = _one(rng, tuple(LANGUAGES))
    clause = (*_FED, *_nouns(rng, room)) if room else ()
    words = (*_OPENING, country, *clause, *_SPEAK, LANGUAGES[country])
    return LongSentence(words, len(_OPENING), len(words) - 1)


def _room(gap: int, fixed: Sequence[str], shortest: int) -> int:
    """Return how many words of the gap are left for nouns; 0 in the sentence that has no clause."""
    words = integer("gap", gap)
    room = words - len(fixed)
    if words != shortest and room < _LEAST:
        raise ValueError(f"gap: expected {shortest}, or at least {len(fixed) + _LEAST}, got {words}")
    return max(room, 0)


def _nouns(rng: np.random.Generator, room: int) -> list[str]:
    """Draw nouns with articles and adjectives, joined by "and", that fill so many words."""
    words: list[str] = []
    while room:
        joint = ["and"] if words else []
        # What is left after this noun must be nothing, or have room for another one.
        fits = [
            count
            for count in range(_MORE_ADJECTIVES + 1)
            if (left := room - len(joint) - _LEAST - count) == 0 or left > _LEAST
        ]
        adjectives = [_one(rng, _ADJECTIVES) for _ in range(fits[int(rng.integers(len(fits)))])]
        phrase = [*joint, "the", *adjectives, _noun(rng, int(rng.integers(2)))]
        words += phrase
        room -= len(phrase)
    return words


def _noun(rng: np.random.Generator, plural: int) -> str:
    return _NOUNS[int(rng.integers(len(_NOUNS)))][plural]


def _one(rng: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(rng.integers(len(words)))]
