"""Lines of words and numbers: many at a time, and one by one where something is wrong."""

import re
from itertools import islice
from typing import BinaryIO, NoReturn

import numpy as np

from companion.vectors._files import Duplicates, StrPath, Unique, decoded, known_options, shown

BLOCK = 2048
"""So many lines are converted at once."""

LONGEST_WORD = 1 << 16
LONGEST_NUMBER = 64
NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NAMED = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)


def numeric(piece: bytes) -> bool:
    """Whether this can be read as a number, infinite ones and ``nan`` included."""
    return bool(NUMBER.fullmatch(piece) or NAMED.fullmatch(piece))


class Lines:
    """Reads lines of a word and D numbers.

    Parameters
    ----------
    spaces
        Whether a word may hold spaces. Its last part may not be a number then: that line has one too many.
    """

    def __init__(
        self, path: StrPath, errors: str, duplicates: Duplicates, limit: int | None, spaces: bool
    ) -> None:
        known_options(errors, limit)
        self.path, self.errors, self.limit, self.spaces = path, errors, limit, spaces
        self.words = Unique(path, "line", duplicates)

    def read(self, file: BinaryIO, line: int, dimensions: int) -> tuple[int, np.ndarray]:
        """Read to the end or to the limit; give how many lines there were, and the matrix (V, D)."""
        first, limit, blocks = line, self.limit, [np.empty((0, dimensions), np.float32)]
        while limit is None or line < first + limit:
            wanted = BLOCK if limit is None else min(BLOCK, first + limit - line)
            lines = self._lines(file, line, dimensions, wanted)
            if not lines:
                break
            blocks.append(self._block(lines, line, dimensions))
            line += len(lines)
        return line - first, np.concatenate(blocks)

    def _lines(self, file: BinaryIO, line: int, dimensions: int, wanted: int) -> list[bytes]:
        """Read some lines, each complete and none so long that it cannot be one."""
        longest = LONGEST_WORD + (LONGEST_NUMBER + 1) * dimensions
        lines = list(islice(iter(lambda: file.readline(longest), b""), wanted))
        for place, text in enumerate(lines, line):
            if not text.endswith(b"\n"):
                what = f"longer than {longest:,} bytes" if len(text) == longest else "cut short: no line feed"
                self._refuse(place, f"{what} at the end, got {shown(text)}")
        return lines

    def _block(self, lines: list[bytes], line: int, dimensions: int) -> np.ndarray:
        """Convert lines to rows, (number of new words, D)."""
        numbers: list[bytes] = []
        kept = []
        for place, text in enumerate(lines, line):
            pieces = text.rsplit(None, dimensions)
            head = pieces[0] if pieces else b""
            if len(pieces) != dimensions + 1 or (b" " in head and self._too_many(head)):
                columns = len(text.split())
                self._refuse(place, f"expected a word and {dimensions:,} numbers, got {columns:,} columns")
            word = decoded(self.path, f"line {place}", head, self.errors)
            kept.append(self.words.new(word, place))
            numbers += pieces[1:]
        return self._rows(numbers, line, dimensions)[kept]

    def _too_many(self, head: bytes) -> bool:
        return not self.spaces or numeric(head.rpartition(b" ")[2])

    def _rows(self, numbers: list[bytes], line: int, dimensions: int) -> np.ndarray:
        """Convert the numbers of several lines at once; if that fails, say which one it is."""
        if b"".join(numbers).translate(None, b"0123456789+-.eE") or max(map(len, numbers)) > LONGEST_NUMBER:
            self._blame(numbers, line, dimensions)
        try:
            with np.errstate(over="ignore"):
                flat = np.array(numbers, dtype=np.float32)
        except ValueError:
            self._blame(numbers, line, dimensions)
        if not np.isfinite(flat).all():
            self._blame(numbers, line, dimensions)
        return flat.reshape(-1, dimensions)

    def _blame(self, numbers: list[bytes], line: int, dimensions: int) -> NoReturn:
        """Refuse the first number that is none."""
        for place, piece in enumerate(numbers):
            number = NUMBER.fullmatch(piece) and len(piece) <= LONGEST_NUMBER
            with np.errstate(over="ignore"):
                if number and np.isfinite(np.float32(piece)):
                    continue
            expected = "a finite number" if number or NAMED.fullmatch(piece) else "a number"
            where, column = divmod(place, dimensions)
            self._refuse(line + where, f"number {column + 1:,}: expected {expected}, got {shown(piece)}")
        raise AssertionError("every number passes alone")  # pragma: no cover

    def _refuse(self, line: int, what: str) -> NoReturn:
        raise ValueError(f"{self.path}: line {line}: {what}")
