"""What a form says to its user, in English and in French."""

import ast
import re
from functools import lru_cache
from typing import NamedTuple

from companion.data.archives import read
from companion.data.fetch import fetch
from companion.data.registry import find

ENTRY = re.compile(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', re.M)


class Phrase(NamedTuple):
    """One message: ``source`` in English, ``target`` in French."""

    source: str
    target: str


@lru_cache(maxsize=1)
def load_phrases() -> tuple[Phrase, ...]:
    """Load the messages of a library for forms with their French translations, those without blanks to fill.

    Raises
    ------
    DataUnavailable
        When the messages can neither be found nor fetched; the message says how to supply them by hand.

    Examples
    --------
    >>> load_phrases()[0]
    Phrase(source='This field is required.', target='Ce champ est requis.')
    """
    data = find("phrases")
    content = read(fetch(data), data.unpacked, data.members)[data.members[0].path].decode("utf-8")
    pairs = (Phrase(_joined(source), _joined(target)) for source, target in ENTRY.findall(content))
    return tuple(pair for pair in pairs if pair.source and pair.target and "%" not in pair.source)


def _joined(literals: str) -> str:
    """Put the quoted lines of a message together."""
    return "".join(ast.literal_eval(line) for line in literals.splitlines())
