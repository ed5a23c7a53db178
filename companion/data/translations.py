"""Translations of the news of 2017 by sixteen systems, and by a translator: what scores are tested on."""

import bz2
import pickletools
from functools import lru_cache
from typing import Any, NamedTuple

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.registry import find

UNPACKED = 6_785_352  # bytes of the file, once decompressed


class Translations(NamedTuple):
    """What sixteen systems made of the same sentences."""

    systems: dict[str, tuple[str, ...]]
    """By the name of the system: its German sentences."""
    reference: tuple[str, ...]
    """A translator's German sentences."""


@lru_cache(maxsize=1)
def load_translations() -> Translations:
    """Load the WMT17 news test, English to German: 3,004 sentences, sixteen systems.

    The file is a pickle. It is not unpickled: strings, lists and pairs are read from it, and anything else in
    it is refused.

    Raises
    ------
    DataUnavailable
        When it can neither be found nor fetched; the message says how to supply it by hand.

    Examples
    --------
    >>> news = load_translations()
    >>> len(news.systems), len(news.reference)
    (16, 3004)
    >>> news.reference[0]
    '28-jähriger Koch in San Francisco Mall tot aufgefunden'
    """
    data = find("translations")
    content = read(fetch(data), data.unpacked, data.members)[data.members[0].path]
    try:
        *systems, (_, (reference,)) = _plain(bz2.BZ2Decompressor().decompress(content, UNPACKED))
    except (OSError, ValueError, TypeError) as error:
        raise DataDamaged(f"translations: {error}") from error
    named = {name.split(".", 1)[1].rsplit(".", 2)[0]: tuple(sentences) for name, sentences in systems}
    return Translations(named, tuple(reference))


def _plain(pickled: bytes) -> Any:
    """Read the strings, lists and pairs of a pickle, without executing anything.

    >>> import pickle
    >>> _plain(pickle.dumps([("a", ["b", "c"])], protocol=2))
    [('a', ['b', 'c'])]
    """
    stack: list[Any] = []
    marks: list[int] = []
    for opcode, argument, _ in pickletools.genops(pickled):
        match opcode.name:
            case "BINUNICODE":
                stack.append(argument)
            case "EMPTY_LIST":
                stack.append([])
            case "MARK":
                marks.append(len(stack))
            case "APPENDS":
                start = marks.pop()
                stack[start - 1] += stack[start:]
                del stack[start:]
            case "APPEND":
                last = stack.pop()
                stack[-1].append(last)
            case "TUPLE2":
                stack[-2:] = [tuple(stack[-2:])]
            case "PROTO" | "BINPUT" | "LONG_BINPUT" | "STOP":
                pass  # what could be referred to later; nothing is
            case name:
                raise ValueError(f"expected strings, lists and pairs, got {name}")
    (result,) = stack
    return result
