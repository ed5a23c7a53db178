"""The directive ``{from-notebook} text/embeddings explorer-bce``: a chapter's stored output elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from . import places

if TYPE_CHECKING:
    from sphinx.application import Sphinx

Cell = dict[str, Any]


def name_of(cell: Cell) -> str | None:
    """Return a cell's name: ``mystnb.figure.name`` or ``unrolled.name`` of its metadata."""
    meta = cell.get("metadata", {})
    name = meta.get("mystnb", {}).get("figure", {}).get("name") or meta.get("unrolled", {}).get("name")
    return str(name) if name else None


def text_of(value: str | list[str]) -> str:
    """Notebook files hold text as one string or as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def find(notebook: Path, name: str) -> Cell:
    """Return the one cell of that name; LookupError says what is there instead."""
    if not notebook.exists():
        raise LookupError(f"there is no notebook {notebook.name}")
    cells: list[Cell] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    named = [cell for cell in cells if name_of(cell) == name]
    if len(named) == 1:
        return named[0]
    others = ", ".join(sorted({other for cell in cells if (other := name_of(cell))})) or "no name"
    raise LookupError(f"{len(named)} cells of {notebook.name} are named {name!r}; it has {others}")


class FromNotebook(SphinxDirective):
    """Show the stored output of a named cell: its HTML, or else its picture with the alternative text."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Return the output, or nothing and a warning."""
        place, name = self.arguments
        notebook = places.book(self.env) / f"{place}.ipynb"
        try:
            cell = find(notebook, name)
            places.depend(self.env, notebook)
            outputs = [output["data"] for output in cell["outputs"] if "data" in output]
            parts = [part for data in outputs for part in self.shown(data, cell, name)]
            if not parts:
                raise LookupError(
                    f"the cell {name!r} of {notebook.name} has no stored HTML and no stored PNG"
                )
        except LookupError as problem:
            places.warn("from-notebook", f"from-notebook: {problem}", self.get_location())
            return []
        shown = nodes.container("", *parts, classes=["from-notebook"], cell_metadata=cell["metadata"])
        return [shown]

    def shown(self, data: dict[str, Any], cell: Cell, name: str) -> list[nodes.Node]:
        """Return one output as nodes; none if it is neither HTML nor a PNG."""
        if "text/html" in data:
            return [nodes.raw("", text_of(data["text/html"]), format="html")]
        if "image/png" not in data:
            return []
        meta = cell["metadata"].get("mystnb", {})
        alt = meta.get("image", {}).get("alt")
        if not alt:
            raise LookupError(f"the picture of cell {name!r} has no alternative text (mystnb.image.alt)")
        image = nodes.image(uri=self.stored(base64.b64decode(text_of(data["image/png"]))), alt=alt)
        return [image, *self.parse_text_to_nodes(meta.get("figure", {}).get("caption", ""))]

    def stored(self, png: bytes) -> str:
        """Write a picture where Sphinx finds it, named by what it shows, and return its address."""
        folder = Path(self.env.doctreedir) / "from-notebook"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{hashlib.sha256(png).hexdigest()[:20]}.png"
        file.write_bytes(png)
        return "/" + Path(os.path.relpath(file, self.env.srcdir)).as_posix()


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("from-notebook", FromNotebook)
