"""The Brown corpus's 472 part-of-speech tags as the twelve universal ones; and texts that are held out.

A tag of the corpus is made of parts: ``fw-`` before it says that the word is foreign; ``-tl``, ``-hl`` and
``-nc`` behind it that it stands in a title, in a headline, or is quoted; ``+`` joins the tags of a
contraction (``ppss+bem``: I'm); ``*`` is its not; ``$`` marks a possessive. What is left begins with the
part of speech.
"""

import hashlib
import re

from companion.text._checks import string

__all__ = ["COARSE_TAGS", "coarse_tag", "held_out"]

COARSE_TAGS = ("NOUN", "VERB", "ADJ", "ADV", "PRON", "DET", "ADP", "NUM", "CONJ", "PRT", ".", "X")
"""The universal tags: nouns, verbs, adjectives, adverbs, pronouns, determiners, prepositions and
subordinating conjunctions, numbers, other conjunctions, particles, punctuation marks, and the rest."""

_BEGINNINGS = {
    "NOUN": ("nn", "np", "nr"),
    "VERB": ("vb", "be", "do", "hv", "md"),
    "ADJ": ("jj", "ap", "od"),
    "ADV": ("rb", "rn", "ql", "wrb", "wql", "*"),
    "PRON": ("pp", "pn", "wp"),
    "DET": ("at", "ab", "dt", "wdt", "ex"),
    "ADP": ("in", "cs"),
    "NUM": ("cd",),
    "CONJ": ("cc",),
    "PRT": ("to", "rp", "uh"),
}
_BY_BEGINNING = {beginning: coarse for coarse, group in _BEGINNINGS.items() for beginning in group}
_LONGEST = max(map(len, _BY_BEGINNING))
_MARKS = {".", ",", ":", "(", ")", "--", "``", "''", "'"}
_SUFFIX = re.compile(r"(?<=.)-(tl|hl|nc)\b.*|(?<=.)\+.*")


def coarse_tag(tag: str) -> str:
    """Return which of the twelve :data:`COARSE_TAGS` a tag of the corpus is.

    Of a contraction it is that of the first part: ``I'm`` is a pronoun. Foreign words are ``X``, whatever
    they are in their own language, and so is what the corpus left without a tag (``nil``).

    Parameters
    ----------
    tag
        As the corpus writes it: in small letters.

    Raises
    ------
    TypeError
        If the tag is not a string.
    ValueError
        If the corpus has no such tag.

    References
    ----------
    S. Petrov, D. Das and R. McDonald, *A Universal Part-of-Speech Tagset*, LREC 2012. The table is ours.

    Examples
    --------
    >>> [coarse_tag(tag) for tag in ("nn-tl", "ppss+bem", "bedz*", "pp$", "fw-in", ".-hl", "*")]
    ['NOUN', 'PRON', 'VERB', 'PRON', 'X', '.', 'ADV']
    """
    left = _SUFFIX.sub("", string("tag", tag))
    if left == "nil" or left.startswith("fw-"):
        return "X"
    if left in _MARKS:
        return "."
    for length in range(_LONGEST, 0, -1):
        if left[:length] in _BY_BEGINNING:
            return _BY_BEGINNING[left[:length]]
    raise ValueError(f"tag: expected one of the Brown corpus's, such as 'nn-tl', got {tag!r}")


def held_out(text: str, share: float = 0.1) -> bool:
    """Say whether a text is kept for the test, by a SHA-256 of its name: the same on every machine.

    Whole texts are held out and not sentences: the names in a text, and its subject, come back throughout it.

    Parameters
    ----------
    text
        The text's name, such as ``"ca01"``.
    share
        About which share of the texts is held out, from 0 to 1.

    Raises
    ------
    ValueError
        If the share is not from 0 to 1.

    Examples
    --------
    >>> [name for name in ("ca01", "ca02", "ca03", "ca04", "ca05", "ca06") if held_out(name, 0.3)]
    ['ca05']
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share: expected a number from 0 to 1, got {share}")
    digest = hashlib.sha256(string("text", text).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share
