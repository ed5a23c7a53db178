"""Stable cell ids: readable words, made once from what the cell says, kept ever after."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nbformat import NotebookNode

_WORDS = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_RANDOM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}")
_KIND = {"markdown": "text", "code": "code", "raw": "raw"}
_LONGEST = 48


def is_stable(cell_id: str) -> bool:
    """Say whether an id was made by a person or by `id_from_content`, not drawn at random by an editor.

    >>> is_stable("code-import-numpy-as-np"), is_stable("3f2a91bc"), is_stable("xK3v0tQ1zA_b")
    (True, False, False)
    """
    fits = len(cell_id) <= 64 and _WORDS.fullmatch(cell_id) is not None
    return fits and _RANDOM.fullmatch(cell_id) is None


def id_from_content(cell_type: str, source: str) -> str:
    r"""Return the id a cell gets from its kind and its first words: a heading, or else its first line.

    >>> id_from_content("markdown", "(sec-lookup)=\n## Looking up a row\nA word is ...")
    'text-looking-up-a-row'
    >>> id_from_content("code", "import numpy as np")
    'code-import-numpy-as-np'
    """
    lines = [
        line for line in source.splitlines() if re.search(r"\w", line) and not re.match(r"\(.*\)=$", line)
    ]
    headings = [line for line in lines if line.startswith("#")] if cell_type == "markdown" else []
    first = (headings or lines or [""])[0]
    name = _KIND[cell_type]
    for word in re.findall(r"[a-z0-9]+", first.lower()):
        if len(name) + 1 + len(word) > _LONGEST:
            break
        name += "-" + word
    return name if "-" in name else name + "-cell"


def set_cell_ids(cells: Iterable[NotebookNode]) -> None:
    """Give each cell an id of its own: the one it has, if stable and free; else one from its content."""
    cells = list(cells)
    taken: set[str] = set()
    waiting = []
    for cell in cells:
        if is_stable(cell.get("id", "")) and cell.id not in taken:
            taken.add(cell.id)
        else:
            waiting.append(cell)
    for cell in waiting:
        name = id_from_content(cell.cell_type, cell.source)
        number = 1
        cell.id = name
        while cell.id in taken:
            number += 1
            cell.id = f"{name}-{number}"
        taken.add(cell.id)
