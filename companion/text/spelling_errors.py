"""Spelling errors as fingers make them: letters exchanged, left out, doubled, or those of the key beside."""

from collections.abc import Callable, Sequence

import numpy as np

from companion.text._checks import string, token_list

__all__ = ["ERRORS", "misspell", "misspelled"]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS = {letter: (row, place) for row, keys in enumerate(_ROWS) for place, letter in enumerate(keys)}


def _neighbours(letter: str) -> str:
    """Return the letters whose keys touch this one's on an English keyboard; none for what is no such letter.

    Each row stands half a key to the right of the one above: s touches a and d, w and e, z and x.

    >>> _neighbours("s"), _neighbours("Q"), _neighbours("1")
    ('wezxad', 'AW', '')
    """
    if letter.lower() not in _KEYS:
        return ""
    row, place = _KEYS[letter.lower()]
    touching = [(row - 1, place), (row - 1, place + 1), (row + 1, place - 1), (row + 1, place)]
    touching += [(row, place - 1), (row, place + 1)]
    near = "".join(_ROWS[r][p] for r, p in touching if 0 <= r < len(_ROWS) and 0 <= p < len(_ROWS[r]))
    return near.upper() if letter.isupper() else near


def _exchanged(word: str) -> list[str]:
    pairs = range(len(word) - 1)
    return [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in pairs if word[i] != word[i + 1]]


def _left_out(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))] if len(word) > 1 else []


def _doubled(word: str) -> list[str]:
    return [word[: i + 1] + word[i:] for i, letter in enumerate(word) if letter.isalpha()]


def _mistyped(word: str) -> list[str]:
    return [word[:i] + near + word[i + 1 :] for i, letter in enumerate(word) for near in _neighbours(letter)]


_WAYS: dict[str, Callable[[str], list[str]]] = {
    "swap": _exchanged,
    "drop": _left_out,
    "double": _doubled,
    "neighbour": _mistyped,
}
ERRORS = tuple(_WAYS)
"""The kinds of errors: two neighbouring letters exchanged, a letter left out, a letter doubled, and the key
beside the right one."""


def misspell(word: str, rng: np.random.Generator, kinds: Sequence[str] = ERRORS) -> str:
    """Make one error in a word.

    A kind is drawn from those that can happen to this word, each with equal probability, then one of the
    ways in which it can. The result differs from the word, unless no error is possible, as in ``1961``.

    Parameters
    ----------
    word
        Any word; capitals stay capitals.
    rng
        The generator that both are drawn from.
    kinds
        Some of :data:`ERRORS`.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If the word is not a string.
    ValueError
        If there is no such kind, or none is given.

    Examples
    --------
    >>> [misspell("nation", np.random.default_rng(3), [kind]) for kind in ERRORS]
    ['natino', 'natin', 'natioon', 'natipn']
    """
    string("word", word)
    allowed = token_list("kinds", kinds)
    if not allowed or any(kind not in _WAYS for kind in allowed):
        raise ValueError(f"kinds: expected some of {', '.join(ERRORS)}, got {allowed}")
    if not any(letter.isalpha() for letter in word):
        return word  # a number with another digit is another number, and a mark no word
    possible = [ways for kind in allowed if (ways := [w for w in _WAYS[kind](word) if w != word])]
    if not possible:
        return word
    ways = possible[int(rng.integers(len(possible)))]
    return ways[int(rng.integers(len(ways)))]


def misspelled(words: Sequence[str], share: float, rng: np.random.Generator, shortest: int = 1) -> list[str]:
    """Make one error in each word with the given probability, and leave the others as they are.

    Parameters
    ----------
    words
        The words of a sentence.
    share
        The probability, from 0 to 1.
    rng
        The generator that all is drawn from: first which words, then the errors.
    shortest
        Words of fewer letters are left alone.

    Raises
    ------
    TypeError
        If one string is given in place of several.
    ValueError
        If the share is not from 0 to 1.

    Examples
    --------
    >>> misspelled(["the", "nation", "voted"], 0.7, np.random.default_rng(0), shortest=4)
    ['the', 'antion', 'votde']
    """
    sentence = token_list("words", words)
    if not 0 <= share <= 1:
        raise ValueError(f"share: expected a number from 0 to 1, got {share}")
    drawn = rng.random(len(sentence)) < share
    return [
        misspell(word, rng) if hit and len(word) >= shortest else word
        for word, hit in zip(sentence, drawn, strict=True)
    ]
