"""What is wrong with a notebook as it is stored, before anything runs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from tools.notebooks.cells import asks_to_be_ignored, may_raise, terms
from tools.notebooks.html import take_apart
from tools.notebooks.normalise import WIDGET_VIEW
from tools.notebooks.outputs import PICTURES, parts

_TEXTS = {"stdout", "error", "text/plain", "text/markdown", "text/latex"}
_KNOWN = {*_TEXTS, *PICTURES, "text/html", "stderr", "application/json", "application/javascript"}

_UNIT = r"(?:ns|[µμ]s|us|ms|s|sec|seconds|minutes)"
# What differs on another machine or at another time: a name, what it is called, how it looks.
_MACHINE = {
    "path": (
        "an absolute path",
        r"(?:^|[\s'\"(\[=,])((?:/[\w.@+-]+){2,}/?|[A-Za-z]:\\[\w.\\-]+)|(\S*site-packages\S*)",
    ),
    "address": ("a memory address", r"(\bat 0x[0-9a-f]{6,}|\b0x(?:7f|5[56])[0-9a-f]{10}\b)"),
    "date": ("a date with a time", r"(\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b\d\d:\d\d:\d\d\b)"),
    "time": (
        "a time it took",
        rf"(\bCPU times\b|\bWall time\b|\d {_UNIT} ± |\b(?:took|elapsed|in)[: ]+\d+(?:\.\d+)? ?{_UNIT}\b)",
    ),
    "progress": ("a progress bar", r"(\d+%\|.*\||\d(?:it|s)/(?:s|it)\b|\d+/\d+ \[?[━=>.]{3,}|\r(?!\n))"),
}


def stored_problems(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with a stored notebook, a sentence each."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = []
    pages = [notebook.metadata, *(cell.metadata for cell in notebook.cells)]
    if any(key.startswith("execution") for metadata in pages for key in metadata.get("mystnb", {})):
        found.append("its metadata ask the build to execute it: the book shows stored outputs alone")
    if cells and not any(cell.outputs for cell in cells):
        found.append("no code cell has an output: they were stripped, or the notebook was never run")
    for number, cell in enumerate(cells, 1):
        found += [f"cell {cell.get('id', number)}: {problem}" for problem in _cell_problems(cell, number)]
    return found


def _cell_problems(cell: NotebookNode, number: int) -> Iterator[str]:
    if not cell.source.strip():
        yield "it is empty"
    if ignored := asks_to_be_ignored(cell):
        yield f"{ignored} keeps its output from being compared"
    if cell.execution_count != number:
        yield f"its execution count is {cell.execution_count}, expected {number}: run the notebook anew"
    try:
        allowed = terms(cell).allow
    except ValueError as error:
        yield str(error)
        allowed = ()
    yield from _error_problems(cell)
    yield from _output_problems(cell, allowed)


def _error_problems(cell: NotebookNode) -> Iterator[str]:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors and not may_raise(cell):
        yield f"it stores an error, {errors[0].ename}, without the tag raises-exception"
    if may_raise(cell) and not errors:
        yield "it has the tag raises-exception and stores no error"


def _output_problems(cell: NotebookNode, allowed: tuple[str, ...]) -> Iterator[str]:
    for part in parts(cell.outputs):
        if part.kind == "stderr":
            yield f"it stores a text from standard error: {part.content.strip()[:200]}"
        elif part.kind == WIDGET_VIEW:
            yield "it stores a live widget without text/html, which shows nothing on the page"
        elif part.kind not in _KNOWN:
            yield f"it stores {part.kind}, which is not compared; show a picture as PNG"
        elif part.kind == "text/html":
            page = take_apart(part.content)
            yield from _machine_problems(page.visible_text(), allowed)
            yield from ("a picture in its HTML has no alt text" for alt in page.alts if not alt)
        elif part.kind in PICTURES:
            yield from _picture_problems(cell, part.content)
        elif part.kind in _TEXTS:
            yield from _machine_problems(part.content, allowed)


def _machine_problems(text: str, allowed: tuple[str, ...]) -> Iterator[str]:
    for name, (called, pattern) in _MACHINE.items():
        match = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
        if match and name not in allowed:
            held = next(group for group in match.groups() if group)
            yield f"an output holds {called}, {held.strip()!r}: it differs on another machine"


def _picture_problems(cell: NotebookNode, content: str) -> Iterator[str]:
    try:
        base64.b64decode(content, validate=False)
    except binascii.Error:
        yield "a picture it stores is not base64"
    image = cell.metadata.get("mystnb", {}).get("image", {})
    if not str(image.get("alt", "")).strip():
        yield "it stores a figure, and its metadata has no alt text (mystnb: {image: {alt: ...}})"
