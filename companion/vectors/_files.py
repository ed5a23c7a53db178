"""What the readers and writers share: files written whole or not at all, and what is refused everywhere."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

StrPath = str | os.PathLike[str]
Duplicates = Literal["refuse", "first"]


@contextmanager
def atomic(path: StrPath) -> Iterator[BinaryIO]:
    """Open a file beside `path` that takes its place when all is written; else `path` stays as it was."""
    target = Path(path)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def not_packed(path: StrPath, start: bytes) -> None:
    """Refuse a file that is still compressed."""
    if start.startswith(b"\x1f\x8b"):
        raise ValueError(f"{path}: compressed with gzip: unpack it first")


def header_sizes(path: StrPath, line: bytes) -> tuple[int, int]:
    """Read the line ``words dimensions`` that opens a file of the word2vec tool."""
    not_packed(path, line)
    match = re.fullmatch(rb"(\d{1,18})[ \t]+(\d{1,9})[ \t\r]*\n", line)
    if not match or int(match[2]) == 0:
        raise ValueError(f"{path}: line 1: expected the header 'words dimensions', got {shown(line)}")
    return int(match[1]), int(match[2])


def enough_bytes(path: StrPath, words: int, dimensions: int, least: int, found: int) -> None:
    """Refuse a header that promises more than the file can hold, before anything is allocated."""
    if least > found:
        raise ValueError(
            f"{path}: the header promises {words:,} words in {dimensions:,} dimensions, "
            f"at least {least:,} bytes, and {found:,} follow it"
        )


def decoded(path: StrPath, where: str, raw: bytes, errors: str) -> str:
    """Decode a word from UTF-8."""
    try:
        return raw.decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: {where}: the word {shown(raw)} is not UTF-8 ({error.reason}): errors= says what to do"
        ) from error


def encoded(word: str) -> bytes:
    """Encode a word; bytes that were kept as "surrogateescape" come back as they were."""
    try:
        return word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ValueError(f"words: {word!r} cannot be written as UTF-8: {error.reason}") from error


def known_options(errors: str, limit: int | None) -> None:
    """Refuse a name of no error handler at once, and not at the first word that needs it."""
    if limit is not None and limit < 1:
        raise ValueError(f"limit: expected at least 1, got {limit}")
    known = ("strict", "replace", "ignore", "backslashreplace", "surrogateescape")
    if errors not in known:
        raise ValueError(f"errors: expected one of {', '.join(known)}, got {errors!r}")


class Unique:
    """The words read so far, each with the line or byte it came from."""

    def __init__(self, path: StrPath, unit: str, duplicates: Duplicates) -> None:
        if duplicates not in ("refuse", "first"):
            raise ValueError(f"duplicates: expected 'refuse' or 'first', got {duplicates!r}")
        self.path, self.unit, self.duplicates = path, unit, duplicates
        self.places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.places)

    def new(self, word: str, place: int) -> bool:
        """Keep the word; tell whether it is new, or refuse one that is not."""
        first = self.places.setdefault(word, place)
        if first == place:
            return True
        if self.duplicates == "first":
            return False
        raise ValueError(
            f"{self.path}: {self.unit} {place}: the word {word!r} was already at {self.unit} {first}: "
            "duplicates='first' keeps the first"
        )


def single(matrix: np.ndarray, words: tuple[str, ...]) -> np.ndarray:
    """Give the matrix in single precision, which is what the formats hold, and refuse what is not finite."""
    with np.errstate(over="ignore"):
        table = np.asarray(matrix, dtype="<f4")  # (V, D)
    finite = np.isfinite(table).all(axis=1)  # (V,)
    if not finite.all():
        word = words[int(np.argmin(finite))]
        raise ValueError(f"vectors: expected numbers finite in single precision, got others for {word!r}")
    return table


def shown(raw: bytes) -> str:
    """Show bytes in a message, cut where they are many."""
    cut, more = raw[:60], "..." if len(raw) > 60 else ""
    try:
        return repr(cut.decode("utf-8")) + more
    except UnicodeDecodeError:
        return repr(cut) + more
