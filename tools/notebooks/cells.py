"""What a cell says about itself: the tolerance it states, and why; whether it asks not to be compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from tools.notebooks.numbers import Tolerance

RAISES = "raises-exception"
# What a stored output must not hold, unless its cell says why.
ALLOWED = ("address", "date", "path", "progress", "time")
_STATED = {"rtol", "atol", "pixels", "allow", "reason"}
_MOST_PIXELS = 10
_COMMENT = re.compile(r"\s*#+\s*((?:NBVAL|PYTEST_VALIDATE)_[A-Z_]+)\s*")
_TAG = re.compile(r"(?:nbval|pytest-validate)-.*|skip-execution")


@dataclass(frozen=True)
class Terms:
    """The terms on which a cell's outputs are compared."""

    tolerance: Tolerance = Tolerance()
    allow: tuple[str, ...] = ()
    reason: str = ""


def terms(cell: NotebookNode) -> Terms:
    """Return what the cell's metadata states under ``unrolled``: rtol, atol, pixels, allow, and the reason.

    Raises
    ------
    ValueError
        If a key is unknown, a value is of the wrong kind, or something is stated without a reason.
    """
    stated = cell.metadata.get("unrolled", {})
    if not isinstance(stated, Mapping):
        raise ValueError(f"metadata unrolled: expected a mapping, got {stated!r}")
    if unknown := set(stated) - _STATED:
        raise ValueError(f"metadata unrolled: expected {sorted(_STATED)}, got {sorted(unknown)}")
    reason = stated.get("reason", "")
    if stated and not (isinstance(reason, str) and reason.strip()):
        raise ValueError("metadata unrolled: expected a reason beside what it states, got none")
    for key in {"rtol", "atol"} & set(stated):
        _require(key, stated[key], "a number in [0, 1)", _is_number(stated[key]) and 0 <= stated[key] < 1)
    pixels = stated.get("pixels", 0)
    whole = _is_number(pixels) and pixels == int(pixels) and 0 <= pixels <= _MOST_PIXELS
    _require("pixels", pixels, f"a whole number up to {_MOST_PIXELS}", whole)
    allow = stated.get("allow", [])
    _require("allow", allow, f"a list of {ALLOWED}", isinstance(allow, list) and set(allow) <= set(ALLOWED))
    bounds = {key: float(stated[key]) for key in ("rtol", "atol") if key in stated}
    return Terms(Tolerance(**bounds, pixels=int(pixels)), tuple(allow), reason)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _require(key: str, value: object, expected: str, holds: bool) -> None:
    if not holds:
        raise ValueError(f"metadata unrolled: expected {key} to be {expected}, got {value!r}")


def asks_to_be_ignored(cell: NotebookNode) -> str | None:
    """Return the comment or tag by which a code cell asks not to be compared like the others, or None."""
    for line in cell.source.splitlines():  # as nbval cuts lines: at a form feed too
        if comment := _COMMENT.fullmatch(line):
            return f"the comment {comment[1]}"
    tags = [tag for tag in cell.metadata.get("tags", []) if _TAG.fullmatch(tag)]
    return f"the tag {tags[0]}" if tags else None


def may_raise(cell: NotebookNode) -> bool:
    """Say whether the cell is there to show an error."""
    return RAISES in cell.metadata.get("tags", [])
