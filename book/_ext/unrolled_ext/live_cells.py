"""Marks the cells that can be made live: ``data-live``, with what a cell needs of which nothing runs."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import places

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CELL = re.compile(r'(<div class="cell(?: [^"]*)?")>')


def marks(notebook: Path, loaders: dict[str, str]) -> list[str]:
    """Return the mark of each code cell: a text where none of the cell can run, else an empty one."""
    from live_cells.session import plain
    from live_cells.split import Splitter

    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    splitter = Splitter(loaders)
    split = [splitter.split(plain("".join(cell["source"]))) for cell in cells if cell["cell_type"] == "code"]
    return [" and ".join(cell.needs) if cell.how == "none" else "" for cell in split]


def mark(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Mark the cells of one page, if it was made from a notebook and the book has live cells."""
    root = places.root(app.env)
    manifest = root / "_assets" / "live" / "manifest.json"
    if doctree is None or not manifest.exists() or not context.get("body") or places.on_paper(app):
        return
    notebook = Path(app.env.doc2path(pagename))
    if notebook.suffix != ".ipynb":
        return
    sys.path.insert(0, str(root / "live" / "python"))
    made = marks(notebook, json.loads(manifest.read_text(encoding="utf-8"))["loaders"])
    sys.path.pop(0)
    here = CELL.findall(context["body"])
    if len(here) != len(made):
        places.warn("live", f"live cells: {notebook.name} has {len(made)} code cells, its page {len(here)}")
        return
    given = iter(made)
    context["body"] = CELL.sub(lambda cell: _marked(cell[1], next(given)), context["body"])


def _marked(tag: str, needs: str) -> str:
    return f'{tag} data-live="{needs}">' if needs else f"{tag} data-live>"


def setup(app: Sphinx) -> None:
    """Mark each page after tools.pages has mended it."""
    app.connect("html-page-context", mark, priority=950)
