"""French sentences with two English translations each: verses, as the public-domain Bibles have them."""

import json
import re
import sqlite3
import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.prepared import prepared
from companion.data.registry import find

COUNT = 28_734
VERSIONS = {"l": "Louis Segond, 1910", "3": "Basic English, 1949-1964", "4": "World English, 1997"}
VERSES = """
    SELECT name.bName, f.cNumber, f.vNumber, f.vText, b.vText, w.vText
    FROM bible f
    JOIN bible b ON b.bbName = '3' AND (b.bNumber, b.cNumber, b.vNumber) = (f.bNumber, f.cNumber, f.vNumber)
    JOIN bible w ON w.bbName = '4' AND (w.bNumber, w.cNumber, w.vNumber) = (f.bNumber, f.cNumber, f.vNumber)
    JOIN bibleRef name ON name.bbName = '4' AND name.bNumber = f.bNumber
    WHERE f.bbName = 'l' ORDER BY f.bNumber, f.cNumber, f.vNumber
"""
HEADING = re.compile(r"^\(\d+:\d+\)\s*")  # the number a verse has in another numbering
REMARK = re.compile(r"[\[\]()*\d]|\.\.\.|^\W*$")  # footnotes, references, what is missing
PARTS = 20  # of which one is for testing, and one for development


class SentencePair(NamedTuple):
    """One verse: where it stands, in French, and in English (Basic English, then World English)."""

    place: str
    french: str
    english: tuple[str, str]


class SentencePairs(NamedTuple):
    """The verses to train on, those to choose settings by, and those to test on."""

    training: tuple[SentencePair, ...]
    development: tuple[SentencePair, ...]
    test: tuple[SentencePair, ...]


@lru_cache(maxsize=4)
def load_sentence_pairs(longest: int | None = None) -> SentencePairs:
    """Load the verses in French (Segond, 1910) and in Basic and World English.

    Which part a verse is in depends on the letters of its French alone. Some verses stand in the text more
    than once: wherever they stand, they are in the same part, so that nothing which is tested on was trained
    on. (Formulas come back with a word or two changed, and books tell of the same events: the parts are not
    as different as those of two authors would be.) Verses with a footnote or without a text are left out.

    Parameters
    ----------
    longest
        Leave out what has more words than this, as white space separates them, in any of the three; None
        leaves out nothing.

    Returns
    -------
    SentencePairs
        18 of 20, one and one, roughly.

    Raises
    ------
    ValueError
        If `longest` is below 1.
    DataUnavailable
        When they can neither be found nor fetched; the message says how to supply them by hand.

    Examples
    --------
    >>> pairs = load_sentence_pairs(longest=20)
    >>> pairs.training[0].french
    'Au commencement, Dieu créa les cieux et la terre.'
    >>> pairs.training[0].english[0]
    'At the first God made the heaven and the earth.'
    """
    if longest is not None and longest < 1:
        raise ValueError(f"longest: expected at least 1, got {longest}")
    parts: tuple[list[SentencePair], ...] = ([], [], [])
    for pair in prepared(find("sentence-pairs"), "verses-1", _build, _load):
        if longest is None or max(len(text.split()) for text in (pair.french, *pair.english)) <= longest:
            parts[part(pair.french)].append(pair)
    return SentencePairs(*map(tuple, parts))


def part(french: str) -> int:
    """Return the part of a sentence: 0 for training, 1 for development, 2 for testing.

    Letters alone count, small or capital: what differs in a comma is not held apart.

    >>> part("Jésus pleura."), part("Jésus pleura!")
    (0, 0)
    """
    letters = "".join(re.findall(r"[^\W\d_]+", french.casefold()))
    return {0: 2, 1: 1}.get(zlib.crc32(letters.encode("utf-8")) % PARTS, 0)


def _build(folder: Path) -> None:
    """Take the verses that all three have out of the database, and write them as JSON."""
    data = find("sentence-pairs")
    content = read(fetch(data), data.unpacked, data.members)[data.members[0].path]
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(content)
        found = connection.execute(VERSES).fetchall()
    except sqlite3.Error as error:
        raise DataDamaged(f"sentence-pairs: {error}") from error
    finally:
        connection.close()
    rows = []
    for book, chapter, verse, *texts in found:
        french, basic, world = (HEADING.sub("", text.strip()).replace("`", "'") for text in texts)
        if not any(REMARK.search(text) for text in (french, basic, world)):
            rows.append((f"{book} {chapter}:{verse}", french, basic, world))
    (folder / "verses.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def _load(folder: Path) -> list[SentencePair]:
    rows = json.loads((folder / "verses.json").read_text(encoding="utf-8"))
    if len(rows) != COUNT:
        raise ValueError(f"expected {COUNT:,} verses, got {len(rows):,}")
    return [SentencePair(place, french, (basic, world)) for place, french, basic, world in rows]
