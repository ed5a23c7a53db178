"""Where the notebooks are, and how a notebook is read from and written to its file."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"


def find_notebooks(paths: Iterable[Path] = (BOOK,)) -> list[Path]:
    """Return the notebooks among `paths` and below the folders among them, in order, without editors' copies.

    Raises
    ------
    ValueError
        If a path is neither a folder nor a file that ends in ``.ipynb``.
    """
    found = []
    for path in paths:
        if path.is_dir():
            below = path.rglob("*.ipynb")
            found += sorted(
                p for p in below if ".ipynb_checkpoints" not in p.parts and "_build" not in p.parts
            )
        elif path.is_file() and path.suffix == ".ipynb":
            found.append(path)
        else:
            raise ValueError(f"{path}: expected a folder or a notebook (.ipynb)")
    return found


def shown(path: Path) -> str:
    """Return `path` as the reader knows it: from the root of the repository, if it lies there."""
    resolved = path.resolve()
    return str(resolved.relative_to(ROOT)) if resolved.is_relative_to(ROOT) else str(path)


def read(path: Path) -> NotebookNode:
    """Read a notebook; what it lacks (cell ids of an old file, say) is left to `normalise`."""
    return reads(path.read_text(encoding="utf-8"))


def reads(text: str) -> NotebookNode:
    """Read a notebook from its text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing or doubled id: `normalise` gives every cell its own
        return nbformat.reads(text, as_version=4)


def dumps(notebook: NotebookNode) -> str:
    """Return the text of a notebook: an indent of one blank, sorted keys, a newline at the end."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook."""
    path.write_text(dumps(notebook), encoding="utf-8")
