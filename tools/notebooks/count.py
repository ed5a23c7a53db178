"""How much of the book's outputs is compared, and how much is not."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

from nbformat import NotebookNode

from tools.notebooks.cells import asks_to_be_ignored
from tools.notebooks.html import take_apart
from tools.notebooks.outputs import PICTURES, parts


@dataclass
class Count:
    """How many notebooks, code cells, outputs of each kind, cells with own terms, and ignored cells."""

    notebooks: int = 0
    code_cells: int = 0
    texts: int = 0
    html: int = 0
    figures: int = 0
    frames: int = 0
    errors: int = 0
    own_terms: int = 0
    ignored: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def compared(self) -> int:
        """Return the number of compared outputs; each frame of a slider counts as one."""
        return self.texts + self.html + self.figures + self.frames + self.errors

    def __str__(self) -> str:
        lines = [f"{field.name.replace('_', ' '):12}{getattr(self, field.name):7}" for field in fields(self)]
        return "\n".join([*lines, f"{'compared':12}{self.compared:7}"])


def count(notebook: NotebookNode) -> Count:
    """Count one notebook."""
    total = Count(notebooks=1)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        total.code_cells += 1
        total.own_terms += bool(cell.metadata.get("unrolled"))
        if asks_to_be_ignored(cell):
            total.ignored += 1
            continue
        for part in parts(cell.outputs):
            if part.kind in PICTURES:
                total.figures += 1
            elif part.kind == "text/html":
                total.html += 1
                total.frames += len(set(take_apart(part.content).frames))
            elif part.kind == "error":
                total.errors += 1
            else:
                total.texts += 1
    return total
