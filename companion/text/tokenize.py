r"""Cutting text into tokens: words, characters, and overlapping groups of them.

A network is fed numbers; before the numbers come the pieces that are numbered. These functions make the
pieces. Every one returns a plain list of strings, in the order of the text, or a set of them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal

from companion.text._checks import choice, integer, string, token_list
from companion.text._unicode import character_class

__all__ = ["char_ngrams", "characters", "ngrams_up_to", "normalise", "word_ngrams", "words"]

_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_STRAIGHT = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
)


def normalise(
    text: str,
    lower: bool = True,
    form: Literal["NFC", "NFD", "NFKC", "NFKD"] = "NFC",
    *,
    strip_accents: bool = False,
    straight_quotes: bool = False,
    collapse_spaces: bool = False,
) -> str:
    """Write text that a reader takes for the same in the same way.

    Parameters
    ----------
    text : str
    lower : bool
        Lower case, by the rules of Unicode.
    form : {"NFC", "NFD", "NFKC", "NFKD"}
        Unicode normal form. "é" can be one character or an "e" and a combining accent; NFC makes it one,
        NFD two. The two K forms also replace look-alikes ("ﬁ" by "fi", "①" by "1").
    strip_accents : bool
        Remove the marks that combine with a letter: "é" becomes "e". Letters in their own right stay ("ø",
        "ł"). Not for scripts that write their vowels as marks, such as Hebrew or Devanagari.
    straight_quotes : bool
        Replace curly quotation marks and apostrophes by ' and ", so that "don’t" and "don't" are one word.
    collapse_spaces : bool
        Replace every run of white space by one space, and drop it at both ends.

    Returns
    -------
    str
        Normalising it again changes nothing.

    Raises
    ------
    TypeError
        If `text` is not a string.
    ValueError
        If `form` is not a normal form.

    Examples
    --------
    >>> normalise("Cafe\u0301 CRÈME")
    'café crème'
    >>> normalise("Don’t  stop, José!", strip_accents=True, straight_quotes=True, collapse_spaces=True)
    "don't stop, jose!"
    """
    choice("form", form, _FORMS)
    text = unicodedata.normalize(form, string("text", text))
    if straight_quotes:
        text = text.translate(_STRAIGHT)
    if lower:
        text = text.lower()
    if strip_accents:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    if collapse_spaces:
        text = " ".join(text.split())
    return unicodedata.normalize(form, text)


@cache
def _word_patterns() -> dict[str, Callable[[str], list[str]]]:
    r"""Return one ``findall`` for each treatment of punctuation.

    A run is letters and digits with the marks that combine with them, and the joiners U+200C and U+200D,
    which Persian and Hindi write inside words. A word is runs joined by one apostrophe or hyphen or,
    between digits, by one point or comma. An abbreviation is single letters with points.
    """
    marks = character_class(lambda c: unicodedata.category(c)[0] == "M") + "\u200c\u200d"
    run = rf"[^\W_]+(?:[{marks}]+[^\W_]*)*"
    word = rf"{run}(?:['\u2019\u2010\u2011-]{run}|(?<=\d)[.,](?=\d){run})*"
    letter = rf"[^\W\d_][{marks}]*"
    abbreviation = rf"{letter}(?:\.{letter})+\.?(?![\w{marks}])"
    drop = f"{abbreviation}|{word}"
    return {"drop": re.compile(drop).findall, "keep": re.compile(rf"{drop}|\.\.+|--+|\S").findall}


def words(text: str, lower: bool = True, punctuation: Literal["drop", "keep"] = "drop") -> list[str]:
    r"""Cut text into words.

    A word keeps its inner apostrophes and hyphens (don't, mother-in-law), a number its inner points and
    commas (3.14, 1,000), an abbreviation its points (U.S.), a letter the marks that combine with it. No
    token holds white space, and no word changes when the words around it do.

    Parameters
    ----------
    text : str
    lower : bool
        Lower-case first.
    punctuation : {"drop", "keep"}
        What becomes of every other character that is not white space: left out, or a token of its own (a
        run of points or of hyphens is one token). Nothing is lost with "keep": the tokens joined are the
        text without its white space.

    Returns
    -------
    list of str

    Raises
    ------
    TypeError
        If `text` is not a string.
    ValueError
        If `punctuation` is neither of the two.

    Examples
    --------
    >>> words("The cat sat on the mat.")
    ['the', 'cat', 'sat', 'on', 'the', 'mat']
    >>> words("Don't pay $1,000 -- it's over-priced!", lower=False, punctuation="keep")
    ["Don't", 'pay', '$', '1,000', '--', "it's", 'over-priced', '!']
    """
    choice("punctuation", punctuation, ("drop", "keep"))
    string("text", text)
    return _word_patterns()[punctuation](text.lower() if lower else text)


def characters(text: str) -> list[str]:
    r"""Cut text into its characters, spaces and punctuation included.

    A character is one Unicode code point: normalise to NFC first to have an accented letter in one piece.

    Raises
    ------
    TypeError
        If `text` is not a string.

    Examples
    --------
    >>> characters("a cat")
    ['a', ' ', 'c', 'a', 't']
    """
    return list(string("text", text))


def word_ngrams(tokens: Iterable[str], n: int, joiner: str = " ") -> list[str]:
    """Return every group of exactly `n` consecutive tokens: overlapping, in order, with repetitions.

    Parameters
    ----------
    tokens : iterable of str
    n : int
        At least 1.
    joiner : str
        What stands between the tokens of a group.

    Returns
    -------
    list of str
        ``max(0, len(tokens) - n + 1)`` groups.

    Raises
    ------
    TypeError
        If `tokens` is one string or holds something else than strings, or if `n` is no integer.
    ValueError
        If `n` is less than 1.

    Examples
    --------
    >>> word_ngrams(["the", "cat", "sat", "on"], 2)
    ['the cat', 'cat sat', 'sat on']
    """
    tokens = token_list("tokens", tokens)
    n = integer("n", n, 1)
    return [joiner.join(tokens[start : start + n]) for start in range(len(tokens) - n + 1)]


def char_ngrams(text: str, n: int) -> list[str]:
    """Return every group of exactly `n` consecutive characters: overlapping, in order, with repetitions.

    Raises
    ------
    TypeError
        If `text` is not a string or `n` no integer.
    ValueError
        If `n` is less than 1.

    Examples
    --------
    >>> char_ngrams("hello", 3)
    ['hel', 'ell', 'llo']
    """
    n = integer("n", n, 1)
    return [text[start : start + n] for start in range(len(string("text", text)) - n + 1)]


def ngrams_up_to(tokens: Iterable[str], n: int, joiner: str = " ") -> set[str]:
    r"""Return the set of all groups of `n` or fewer consecutive tokens.

    .. math:: G_n(w) = \{ w_i w_{i+1} \cdots w_{i+k-1} : 1 \le k \le n,\ 1 \le i \le T - k + 1 \}

    with T the number of tokens ({eq}`eq-ngram-set`). Being a set, it has forgotten order and repetitions.

    Parameters
    ----------
    tokens : iterable of str
    n : int
        At least 1.
    joiner : str
        What stands between the tokens of a group; "" for groups of characters.

    Returns
    -------
    set of str

    Raises
    ------
    TypeError
        If `tokens` is one string or holds something else than strings, or if `n` is no integer.
    ValueError
        If `n` is less than 1.

    Examples
    --------
    >>> sorted(ngrams_up_to(["The", "cat", "sat"], 2))
    ['The', 'The cat', 'cat', 'cat sat', 'sat']
    """
    tokens = token_list("tokens", tokens)
    grams: set[str] = set()
    for size in range(1, min(integer("n", n, 1), len(tokens)) + 1):
        grams.update(word_ngrams(tokens, size, joiner))  # {eq}`eq-ngram-set`
    return grams
