"""Compare two printed texts: the words between the numbers exactly, the numbers as numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A number does not begin inside a word or another number: h2o, v1.2.3 and 0x1f are words.
_NUMBER = re.compile(r"(?<![\w.])[-+\u2212]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_INTEGER = re.compile(r"[-+\u2212]?\d+")


@dataclass(frozen=True)
class Tolerance:
    """How far an output may lie from the stored one.

    A number may be ``atol + rtol * |stored|`` away. The default catches a changed digit among the first ten
    that a number shows, and lets pass what another instruction set does to the digits that nobody asked to
    see: 0.30000000000000004 for 0.3, or 2.2e-16 for 4.4e-16. It is for numbers with a point or an exponent;
    an integer is a count, and a count is exact. What is drawn in a figure may have moved by `pixels`.
    """

    rtol: float = 1e-11
    atol: float = 1e-13
    pixels: int = 0

    def admits(self, stored: float, new: float) -> bool:
        """Say whether `new` is near enough to `stored`."""
        return abs(new - stored) <= self.atol + self.rtol * abs(stored)


def difference(stored: str, new: str, tolerance: Tolerance) -> str | None:
    """Return a sentence that says where two texts differ, or None where they say the same.

    >>> difference("loss 0.30000000000000004", "loss 0.3", Tolerance()) is None
    True
    >>> print(difference("3 words, loss 0.1234", "3 words, loss 0.1235", Tolerance()))
    line 1: 0.1234 became 0.1235, 0.0001 apart (allowed: 1e-13 + 1e-11 of the stored one)
      stored: 3 words, loss 0.1234
      now:    3 words, loss 0.1235
    """
    if stored == new:
        return None
    a, b = list(_NUMBER.finditer(stored)), list(_NUMBER.finditer(new))
    same_shape = len(a) == len(b) and _words(stored, a, b) == _words(new, b, a)
    if not same_shape:
        return _words_differ(stored, new)
    for left, right in zip(a, b, strict=True):
        why = _apart(left[0], right[0], tolerance)
        if why:
            return _at(stored, left.start(), new, right.start(), why)
    return None


def _words(text: str, numbers: list[re.Match], others: list[re.Match]) -> list[str]:
    """Return what stands between the numbers, without blanks if one is printed at another length."""
    ends = [0, *(match.end() for match in numbers)]
    starts = [*(match.start() for match in numbers), len(text)]
    words = [text[end:start] for end, start in zip(ends, starts, strict=True)]
    if any(len(mine[0]) != len(other[0]) for mine, other in zip(numbers, others, strict=True)):
        return ["".join(word.split()) for word in words]
    return words


def _apart(stored: str, new: str, tolerance: Tolerance) -> str | None:
    if stored == new:
        return None
    if _INTEGER.fullmatch(stored) or _INTEGER.fullmatch(new):
        return f"{stored} became {new} (an integer is compared exactly)"
    x, y = (float(text.replace("\u2212", "-")) for text in (stored, new))
    if tolerance.admits(x, y):
        return None
    allowed = f"{tolerance.atol:g} + {tolerance.rtol:g} of the stored one"
    return f"{stored} became {new}, {abs(x - y):.3g} apart (allowed: {allowed})"


def _words_differ(stored: str, new: str) -> str:
    start = next((i for i, (x, y) in enumerate(zip(stored, new, strict=False)) if x != y), None)
    if start is None:
        start = min(len(stored), len(new))
    return _at(stored, start, new, start, "the words differ")


def _at(stored: str, i: int, new: str, j: int, why: str) -> str:
    number = stored.count("\n", 0, i) + 1
    return f"line {number}: {why}\n  stored: {_line(stored, i)}\n  now:    {_line(new, j)}"


def _line(text: str, position: int, longest: int = 160) -> str:
    """Return the line that holds a position, cut to what a person reads."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)]
    if len(line) <= longest:
        return line or "(nothing)"
    begin = max(0, position - start - longest // 2)
    return "... " + line[begin : begin + longest] + " ..."
