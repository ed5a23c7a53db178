r"""Before byte-pair encoding: pieces of text that no merge crosses, and bytes as visible characters.

Both are those of GPT-2 (A. Radford et al., *Language Models are Unsupervised Multitask Learners*, 2019),
which most byte-level tokenizers have kept.
"""

import re
from collections.abc import Callable
from functools import cache

from companion.text._unicode import character_class

__all__ = ["BYTES", "from_visible", "split_pieces", "visible"]

# What Unicode calls White_Space. Python's \s also has U+001C to U+001F.
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

_PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_OTHERS = [byte for byte in range(256) if byte not in _PRINTABLE]

BYTES = bytes(_PRINTABLE + _OTHERS)
"""The 256 bytes in GPT-2's order: first those that Latin-1 prints, then the others."""

_VISIBLE = {byte: chr(byte) for byte in _PRINTABLE} | {byte: chr(256 + i) for i, byte in enumerate(_OTHERS)}
_BYTE_OF = {character: byte for byte, character in _VISIBLE.items()}


def visible(token: bytes) -> str:
    """Write bytes as characters that can be seen: those Latin-1 prints as they are, others from U+0100.

    Examples
    --------
    >>> visible(" thé".encode())
    'ĠthÃ©'
    """
    return "".join(map(_VISIBLE.__getitem__, token))


def from_visible(characters: str) -> bytes:
    """Return the bytes that `visible` wrote as `characters`; any other character raises ValueError."""
    try:
        return bytes(map(_BYTE_OF.__getitem__, characters))
    except KeyError as error:
        raise ValueError(f"{characters!r}: {error.args[0]!r} stands for no byte") from None


def split_pieces(text: str) -> list[str]:
    r"""Cut `text` into pieces; joined, they are the text.

    A piece is the end of an English contraction, or a run of letters, of numbers or of anything else with
    at most one space before it, or white space. The pattern is

    ``'(?:[sdmt]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+``

    where letters and numbers are those of the Unicode version that this Python carries.

    Examples
    --------
    >>> split_pieces("I can't see 3  cats!")
    ['I', ' can', "'t", ' see', ' 3', ' ', ' cats', '!']
    """
    return _find_pieces()(text)


@cache
def _find_pieces() -> Callable[[str], list[str]]:
    r"""Return the pattern's ``findall``, ``\p{L}`` and ``\p{N}`` written with what ``re`` has.

    ``\w`` is letters, numbers and the underscore, ``\d`` the decimal digits; numbers that are no decimal
    digits (² Ⅷ ½) are listed.
    """
    others = character_class(lambda c: c.isnumeric() and not c.isdecimal() and not c.isalpha())
    letter, number, rest = rf"[^\W\d_{others}]", rf"[\d{others}]", rf"(?:[^\w{_SPACE}]|_)"
    pattern = (
        rf"'(?:[sdmt]|re|ve|ll)| ?{letter}+| ?{number}+| ?{rest}+|[{_SPACE}]+(?![^{_SPACE}])|[{_SPACE}]+"
    )
    return re.compile(pattern).findall
