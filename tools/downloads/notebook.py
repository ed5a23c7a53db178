"""The notebook that a reader takes along: the stored one in plain Markdown, and what gets the companion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from tools.downloads import wheel
from tools.downloads.needs import PACKAGES
from tools.downloads.places import Places
from tools.downloads.plain import inline, plain

MODULES = {package: module for module, package in PACKAGES.items()}
CITED = re.compile(r"\{cite:[tp]\}`([^`]+)`")
INTRODUCTION = """\
*{title}* is a part of the textbook *Unrolled*. {where}

It needs the book's companion library, with {packages}. **The cell below gets them**, in the versions with
which the book was made, so that every number comes out as it is stored here; where they are installed, it
does nothing.{put} In a terminal the same is

```shell
python -m pip install {arguments}
```

That takes Python 3.11 or newer. A virtual environment of its own keeps your other projects as they are; if it
has no JupyterLab, write `jupyterlab` behind the command.{torch} Then run the
notebook from top to bottom, which takes about a minute.{data}"""
INSTALL = """\
# Get the companion and what else this notebook needs, unless it is here. (Run the last line alone to replace
# the companion of an older edition.)
from importlib.util import find_spec

if not all(map(find_spec, {modules})):
    %pip install --quiet {arguments}"""
WHERE = "It can be read, with its controls and its checks, at [{address}]({address})."
NOWHERE = "The built book shows the same text with controls that move, and its exercises run in the page."
PUT = (
    " First put the companion's file `{file}` into this notebook's folder: the book's page “How to read, run "
    "and break this book” has a link to it."
)
TORCH = (
    " It brings PyTorch: on Linux pip fetches the build for graphics cards, several gigabytes. The small one "
    "for the processor is enough: to have that, first install `torch=={version}` with the command that "
    "[PyTorch's page](https://pytorch.org/get-started/locally/) shows under CPU."
)
DATA = " The data sets are fetched once, checked, and kept in your cache folder."


@dataclass(frozen=True)
class Companion:
    """How a notebook gets the companion.

    Attributes
    ----------
    extra : str
        The notebook's extra of the wheel.
    names : list of str
        The packages that the extra brings.
    data : bool
        Whether the notebook loads data sets.
    book : str or None
        The address of the book's folder; nothing if the wheel is to lie beside the notebook.
    """

    extra: str
    names: list[str]
    data: bool
    book: str | None

    @property
    def arguments(self) -> str:
        """What ``pip install`` is told."""
        if self.book is None:
            return f'"./{wheel.name()}[{self.extra}]"'
        file = wheel.name().replace("+", "%2B")  # a plus in an address means a blank to some servers
        return f'"unrolled[{self.extra}] @ {self.book}downloads/{file}"'

    @property
    def computing(self) -> list[str]:
        """The packages without which the notebook does not run."""
        return [name for name in self.names if name not in wheel.UNPINNED]

    @property
    def modules(self) -> list[str]:
        """The modules that are looked for."""
        return ["companion", *(MODULES.get(name, name) for name in self.computing)]


def take_along(notebook: NotebookNode, companion: Companion, title: str, places: Places) -> NotebookNode:
    """Return the notebook as it is downloaded."""
    result = nbformat.v4.new_notebook(metadata=notebook.metadata)
    result.cells = [*first_cells(companion, title, places), *body(notebook, places)]
    cited = sorted({key.strip() for cell in notebook.cells for key in keys(cell)})
    if cited:
        listed = "\n".join(f"* {places.reference(key)}" for key in cited)
        result.cells.append(text_cell("taken-sources", f"## Sources\n\n{listed}"))
    return result


def first_cells(companion: Companion, title: str, places: Places) -> list[NotebookNode]:
    """Return the cell that says how to get the companion, and the cell that gets it."""
    known = companion.book is not None
    address = f"{companion.book}{places.docname}.html"
    introduction = INTRODUCTION.format(
        title=title,
        where=WHERE.format(address=address) if known else NOWHERE,
        packages=enumerated(companion.computing),
        put="" if known else PUT.format(file=wheel.name()),
        arguments=companion.arguments,
        torch=TORCH.format(version=wheel.pins()["torch"]) if "torch" in companion.names else "",
        data=DATA if companion.data else "",
    )
    install = INSTALL.format(modules=quoted(companion.modules), arguments=companion.arguments)
    code = nbformat.v4.new_code_cell(install, id="taken-install")
    return [text_cell("taken-companion", introduction), code]


def body(notebook: NotebookNode, places: Places) -> Iterator[NotebookNode]:
    """Yield the stored cells: texts plain, code and outputs as they are, captions under the figures."""
    for stored in notebook.cells:
        cell = nbformat.from_dict(stored)
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, places)
            if cell.source:
                yield cell
            continue
        if "hide-input" in cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = {"source_hidden": True}
        yield cell
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if "caption" in figure:
            number = places.number("figure", figure.get("name", ""))
            start = f"**Figure {number}.** " if number else ""
            yield text_cell(f"{cell.id}-caption", start + inline(figure["caption"], places))


def keys(cell: NotebookNode) -> Iterator[str]:
    """Yield the sources that a cell cites, in its text or in the caption of its figure."""
    caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
    for text in (cell.source if cell.cell_type == "markdown" else "", caption):
        for found in CITED.finditer(text):
            yield from found[1].split(",")


def text_cell(name: str, source: str) -> NotebookNode:
    """Return a Markdown cell."""
    return nbformat.v4.new_markdown_cell(source, id=name[:64])


def quoted(names: list[str]) -> str:
    """Return names as a list in Python."""
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def enumerated(names: list[str]) -> str:
    """Return names as a sentence lists them.

    Examples
    --------
    >>> enumerated(["matplotlib", "numpy", "torch"])
    'matplotlib, numpy and torch'
    """
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
