"""Pig Latin: a word is said anew by a rule on its first letters, which makes a task of known answers.

The rules, as children play it in English, with one choice where customs differ ("way"):

1. A word that begins with a vowel (a, e, i, o, u) gets "way": "apple" is "appleway".
2. Of another the consonants before the first vowel move to the end, and "ay" follows: "string" is
   "ingstray".
3. A "u" behind a leading "q" goes with it: "quick" is "ickquay", "square" is "aresquay".
4. "y" is a consonant where the word begins with it and a vowel elsewhere: "yellow" is "ellowyay", "rhythm"
   is "ythmrhay".
5. A word without any vowel stays whole, and "ay" follows: "hmm" is "hmmay".

There is no way back: "ashway" is "ash" and also "wash".
"""

from collections.abc import Iterable, Sequence

import numpy as np

__all__ = ["BOS", "EOS", "LETTERS", "PAD", "ids_of", "letters_of", "pig_latin", "words_for_pig_latin"]

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PAD, BOS, EOS = 0, 1, 2
"""Numbers of what is not a letter: filling, beginning, end. The letters follow, from 3."""

_FIRST = 3
_VOWELS = frozenset("aeiou")


def pig_latin(word: str) -> str:
    """Say a word in Pig Latin.

    Parameters
    ----------
    word
        At least one letter, a to z in lower case.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If something else is in the word, or nothing.

    Examples
    --------
    >>> [pig_latin(word) for word in ("cat", "string", "apple", "square", "yellow", "rhythm", "hmm")]
    ['atcay', 'ingstray', 'appleway', 'aresquay', 'ellowyay', 'ythmrhay', 'hmmay']
    """
    _expect_letters(word)
    if word[0] in _VOWELS:
        return word + "way"
    head = next((i for i in range(1, len(word)) if word[i] in _VOWELS or word[i] == "y"), len(word))
    if word[head - 1 : head + 1] == "qu":
        head += 1
    return word[head:] + word[:head] + "ay"


def ids_of(word: str) -> list[int]:
    """Give the letters of a word as numbers, from 3 for a.

    >>> ids_of("cab")
    [5, 3, 4]
    """
    _expect_letters(word)
    return [ord(letter) - ord("a") + _FIRST for letter in word]


def letters_of(ids: Sequence[int]) -> str:
    """Write numbers as letters, up to the first end; of filling and beginnings nothing is written.

    >>> letters_of([1, 5, 3, 4, 2, 0, 0])
    'cab'
    """
    written = []
    for number in ids:
        if number == EOS:
            break
        if not 0 <= number < _FIRST + len(LETTERS):
            raise ValueError(f"ids: expected 0..{_FIRST + len(LETTERS) - 1}, got {number}")
        if number >= _FIRST:
            written.append(LETTERS[number - _FIRST])
    return "".join(written)


def words_for_pig_latin(
    tokens: Iterable[str], held_out: int, rng: np.random.Generator, shortest: int = 2, longest: int = 14
) -> tuple[list[str], list[str]]:
    """Choose the words to learn from and the words to ask for, none of which is in both.

    Parameters
    ----------
    tokens
        A text, word by word. Words that are written in small letters, a to z, are taken, each once.
    held_out
        How many of them are kept for the questions.
    rng
        The generator that they are drawn with.
    shortest, longest
        The least and the largest number of letters.

    Returns
    -------
    known, asked : list of str
        In an order drawn at random.

    Raises
    ------
    ValueError
        If there are no more than ``held_out`` words.

    Examples
    --------
    >>> words_for_pig_latin("The cat and the dog and I".split(), 1, np.random.default_rng(0))
    (['and', 'cat', 'the'], ['dog'])
    """
    alphabet = frozenset(LETTERS)
    kinds = sorted(w for w in set(tokens) if shortest <= len(w) <= longest and alphabet.issuperset(w))
    if not 0 <= held_out < len(kinds):
        raise ValueError(f"held_out: expected 0 to {len(kinds) - 1}, got {held_out}")
    words = [kinds[i] for i in rng.permutation(len(kinds))]
    return words[held_out:], words[:held_out]


def _expect_letters(word: str) -> None:
    if not word or not frozenset(LETTERS).issuperset(word):
        raise ValueError(f"word: expected letters a to z, got {word!r}")
