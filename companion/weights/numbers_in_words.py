"""Saved encoder-decoders that write numbers and dates in words: signs in, words out, one vector between."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from companion.reference import lstm, seq2seq
from companion.reference.decode import greedy_search
from companion.text.codec import BOS, EOS, SPECIALS
from companion.text.number_words import LANGUAGES
from companion.text.padding import pad, padded_lengths
from companion.weights import load

KINDS = ("numbers", "dates")
SIGNS = "0123456789-"
LONGEST = 24  # pieces of an answer


class NumberWriter(NamedTuple):
    """A network that writes what it reads in words."""

    params: dict[str, np.ndarray]
    """By the names of :mod:`companion.reference.seq2seq`, with layers of :mod:`companion.reference.lstm`."""
    words: tuple[str, ...]
    """What it can write, by number; the first three are padding, begin and end."""

    def write(self, texts: Sequence[str]) -> list[str]:
        """Give the most probable word after word for each text, such as ``"1984"`` or ``"1984-01-01"``."""
        ids = [sign_ids(text) for text in texts]
        state = seq2seq.encode(self.params, pad(ids).T, padded_lengths(ids), lstm)
        step = partial(seq2seq.step, self.params, layer=lstm)
        found = greedy_search(step, np.full(len(ids), BOS), state, LONGEST, EOS)
        return [joined(self.words[i] for i in one.tokens if i != EOS) for one in found]


def sign_ids(text: str) -> list[int]:
    """Give the numbers of a text's signs.

    >>> sign_ids("10-2")
    [1, 0, 10, 2]
    """
    unknown = sorted(set(text) - set(SIGNS))
    if unknown or not text:
        raise ValueError(f"text: expected digits and hyphens, got {text!r}")
    return [SIGNS.index(sign) for sign in text]


def pieces(words: str) -> list[str]:
    """Cut words at spaces and hyphens; a hyphen is a piece.

    >>> pieces("deux cent quatre-vingt-un")
    ['deux', 'cent', 'quatre', '-', 'vingt', '-', 'un']
    """
    return re.findall("-|[^ -]+", words)


def joined(cut: Iterable[str]) -> str:
    """Put pieces together again.

    >>> joined(["deux", "cent", "quatre", "-", "vingt", "-", "un"])
    'deux cent quatre-vingt-un'
    """
    return " ".join(cut).replace(" - ", "-")


def load_number_writer(kind: str, language: str) -> NumberWriter:
    """Open a network, in double precision.

    Parameters
    ----------
    kind
        ``"numbers"`` below a million, or ``"dates"`` of three centuries, as in ``"1984-01-01"``.
    language
        ``"en"`` or ``"fr"``.

    Raises
    ------
    ValueError
        If there is no such kind or language.

    Examples
    --------
    >>> load_number_writer("numbers", "fr").write(["71", "80"])
    ['soixante et onze', 'quatre-vingts']
    """
    if kind not in KINDS or language not in LANGUAGES:
        raise ValueError(f"expected one of {KINDS} and of {LANGUAGES}, got {kind!r} and {language!r}")
    weights = load("numbers-in-words")
    words = weights.settings["words"][kind][language]
    return NumberWriter(weights.of(f"{kind}/{language}"), (*SPECIALS, *words))
