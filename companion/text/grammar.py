"""Sentences with a year in them, drawn from a small grammar: where does it stand, and which one is meant.

The two sentences of the lecture, "I went to Nepal in 1999" and "In 1999, I went to Nepal", are among them.
Half of all sentences name a second year in a relative clause, so that it is not enough to know a year when
one meets it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from companion.text._checks import integer

__all__ = ["YEAR_GRAMMAR_WORDS", "YearSentence", "year_sentence"]

_OPENINGS = (
    "well ,", "yes ,", "of course ,", "as i said ,", "to tell the truth ,", "as far as i know ,",
    "if i remember it right ,", "my mother often says that", "nobody at home believes that",
)  # fmt: skip
_SUBJECTS = (
    "i", "we", "my sister", "his brother", "her parents", "our teacher", "the old doctor", "two of us",
    "a friend of mine", "the whole family",
)  # fmt: skip
_VERBS = ("went", "travelled", "flew", "drove", "moved", "came back")
_PLACES = (
    "nepal", "kenya", "peru", "norway", "chile", "japan", "iran", "egypt", "cuba", "new zealand",
    "south korea", "the north of spain",
)  # fmt: skip
_ASIDES = (
    "where my cousin was born in", "where her uncle got married in", "where our neighbour bought a house in",
    "where a war had ended in", "whose king had died in", "which had been flooded in",
)  # fmt: skip
_HOW = (
    "alone", "with two friends", "with a small tent", "with a heavy bag", "without any money",
    "in a small car", "in a hurry", "in winter",
)  # fmt: skip
_HOW_LONG = ("for a week", "for three months", "for the first time", "to see the mountains")


class YearSentence(NamedTuple):
    """One sentence.

    ``words`` are its words in lower case, commas and years among them. ``asked`` is the place of the year in
    which somebody travelled, counted from 0; ``other`` that of the year in the relative clause, or None.
    """

    words: tuple[str, ...]
    asked: int
    other: int | None

    def __str__(self) -> str:
        """Return the words as one string."""
        return " ".join(self.words)


YEAR_GRAMMAR_WORDS: tuple[str, ...] = tuple(
    sorted(
        {
            word
            for group in (_OPENINGS, _SUBJECTS, _VERBS, _PLACES, _ASIDES, _HOW, _HOW_LONG)
            for phrase in group
            for word in phrase.split()
        }
        | {"in", "to", ","}
    )
)
"""Every word that a sentence can hold beside its years, in alphabetical order."""


def year_sentence(rng: np.random.Generator, years: Sequence[int]) -> YearSentence:
    """Draw a sentence about a journey: who went where, and in which year.

    Every choice is made with equal probability. The year stands in front ("in 1999 , i went to nepal"), after
    the journey, or behind all that is said of it; half of the sentences have an opening before
    everything, and half of them a relative clause with a year of its own. The two years differ, and neither
    tells anything about the other.

    Parameters
    ----------
    rng
        The generator that all choices are drawn from.
    years
        The years that may occur, at least two, all different.

    Returns
    -------
    YearSentence

    Raises
    ------
    TypeError
        If a year is not an integer.
    ValueError
        If there are fewer than two different years.

    Examples
    --------
    >>> print(year_sentence(np.random.default_rng(5), [1984, 1999]))
    a friend of mine flew to iran , where her uncle got married in 1999 , in 1984 alone
    """
    numbers = [integer("years", year) for year in years]
    if len(set(numbers)) < 2 or len(set(numbers)) < len(numbers):
        raise ValueError(f"years: expected at least two, all different, got {numbers}")
    asked, other = (numbers[i] for i in rng.choice(len(numbers), 2, replace=False))
    opening = _one(rng, _OPENINGS) if rng.integers(2) else ""
    journey = f"{_one(rng, _SUBJECTS)} {_one(rng, _VERBS)} to {_one(rng, _PLACES)}"
    aside = f", {_one(rng, _ASIDES)} {other}" if rng.integers(2) else ""
    manner = [_one(rng, group) for group in (_HOW, _HOW_LONG) if rng.integers(2)]
    closed = [f"{aside} ,"] if aside else []
    parts = (
        [opening, f"in {asked} ,", journey, *([aside] if aside else manner)],
        [opening, journey, *closed, f"in {asked}", *manner],
        [opening, journey, *closed, *manner, f"in {asked}"],
    )[int(rng.integers(3))]
    words = tuple(" ".join(parts).split())
    return YearSentence(words, words.index(str(asked)), words.index(str(other)) if aside else None)


def _one(rng: np.random.Generator, phrases: Sequence[str]) -> str:
    return phrases[int(rng.integers(len(phrases)))]
