"""``s2s-word``: a word in Pig Latin."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

WORDS = (
    "cat", "apple", "string", "quick", "square", "yellow", "rhythm", "queue", "style", "idea", "shy", "qat",
    "yes", "school", "a",
)  # fmt: skip


def _word_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for start, end in ((0, 1), (1, 3), (3, 7), (7, 11), (11, 15)):
        yield (list(WORDS[start:end]),)
    yield (["".join(rng.choice(list("aeioubcdlmnprst"), size)) + "e" for size in (4, 7, 2, 5, 1)],)
    yield ([],)


WORD = Exercise(
    "s2s-word",
    _word_cases,
    (
        Law("every word ends in ay.", lambda given, got: all(said.endswith("ay") for said in got)),
        Law(
            "no letter gets lost: what is said is the word's own letters, and two or three more.",
            lambda given, got: all(
                sorted(said) in (sorted(word + "ay"), sorted(word + "way"))
                for word, said in zip(given[0], got, strict=True)
            ),
        ),
    ),
)


def _said(word: str, vowels: str = "aeiou", with_u: bool = True, y_inside: str = "y") -> str:
    head = next((i for i in range(1, len(word)) if word[i] in vowels + y_inside), len(word))
    if with_u and word[head - 1 : head + 1] == "qu":
        head += 1
    return word[head:] + word[:head] + "ay"


def _all(words: list[str], first: str = "aeiou", ending: str = "way", **rules: Any) -> list[str]:
    return [word + ending if word[0] in first else _said(word, **rules) for word in words]


@WORD.solved_by
def pig_latin(words: list[str]) -> list[str]:
    """Return the words in Pig Latin."""
    return _all(words)


@WORD.mistake("After a q the u goes along: qu moves as if it were one consonant.")
def _no_qu(words: list[str]) -> list[str]:
    return _all(words, with_u=False)


@WORD.mistake("Inside a word, y is a vowel.")
def _y_consonant(words: list[str]) -> list[str]:
    return _all(words, y_inside="")


@WORD.mistake("A word that begins with y begins with a consonant.")
def _y_vowel(words: list[str]) -> list[str]:
    return _all(words, first="aeiouy")


@WORD.mistake("A word that begins with a vowel gets way.")
def _no_w(words: list[str]) -> list[str]:
    return _all(words, ending="ay")


@WORD.mistake("All the consonants before the first vowel move, and not the first letter alone.")
def _one_letter(words: list[str]) -> list[str]:
    return [word + "way" if word[0] in "aeiou" else word[1:] + word[0] + "ay" for word in words]
