"""Where things are, and how one page refers to another; shared by the other modules."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.osutil import relative_uri

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).resolve().parents[3]
CODE = "code"  # the folder of the built book that holds the source pages
PAPER = ("epub", "latex")  # the builders whose pages stand still
logger = logging.getLogger(__name__)


def root(env: BuildEnvironment) -> Path:
    """Return the repository's root, which holds ``book``, ``companion`` and ``tests``."""
    return Path(env.config.unrolled_root).resolve()


def book(env: BuildEnvironment) -> Path:
    """Return the folder of the chapters. Sphinx may read from here or from the root above it."""
    return root(env) / "book"


def kept(env: BuildEnvironment, name: str, empty: Any) -> Any:
    """Return what the extension keeps under a name from one build to the next; ``empty`` the first time."""
    return vars(env).setdefault(f"unrolled_{name}", empty)


def docname(env: BuildEnvironment, place: str) -> str:
    """Sphinx' name of a page that is given from the book's folder: ``text/embeddings``."""
    return Path(os.path.relpath(book(env) / place, env.srcdir)).as_posix()


def from_book(env: BuildEnvironment, document: str) -> str:
    """Undo :func:`docname`."""
    return Path(os.path.relpath(Path(env.srcdir) / document, book(env))).as_posix()


def depend(env: BuildEnvironment, file: Path) -> None:
    """Read the current page again when ``file`` changes."""
    env.note_dependency(Path(os.path.relpath(file, env.srcdir)).as_posix())


def warn(kind: str, message: str, location: Any = None) -> None:
    """Emit a warning of our own; the book is built with warnings as errors."""
    logger.warning(message, type="unrolled", subtype=kind, location=location)


def code_page(path: str) -> str:
    """Page name of a source file: ``companion/text.py`` is shown on ``code/companion/text``."""
    return f"{CODE}/{path.removesuffix('.py')}"


def is_code_page(page: str) -> bool:
    """Say whether a page shows a source file."""
    return page.startswith(f"{CODE}/")


def on_paper(app: Sphinx) -> bool:
    """Say whether what is built runs no script and has no source pages."""
    return app.builder.name in PAPER


def code_link(app: Sphinx, document: str, path: str, line: int, text: str, css: str) -> nodes.Node:
    """Link from a page of the book to a line of a source page; plain text where there are no such pages."""
    if on_paper(app) or app.builder.format != "html":
        return nodes.inline("", "", *breakable(text, "<wbr/>"), classes=[css])
    here = app.builder.get_target_uri(document)
    uri = relative_uri(here, app.builder.get_target_uri(code_page(path))) + f"#L{line}"
    title = f"{path}, line {line}"
    return nodes.reference("", "", *breakable(text), internal=True, refuri=uri, reftitle=title, classes=[css])


def breakable(text: str, mark: str = "<wbr>") -> list[nodes.Node]:
    """Let a long name of a file or a test break where its parts meet; ``mark`` is the tag that says so."""
    parts: list[nodes.Node] = []
    for piece in re.findall(r".+?(?:::|/|_(?=[^_])|$)", text):
        parts += [nodes.raw("", mark, format="html")] if parts else []
        parts.append(nodes.Text(piece))
    return parts


def page_link(app: Sphinx, document: str, target: str, node_id: str, text: str) -> nodes.Node:
    """Link from a page of the book to another, or to a place on it."""
    fragment = f"#{node_id}" if node_id else ""
    uri = app.builder.get_relative_uri(document, target) + fragment
    return nodes.reference("", text, internal=True, refuri=uri or f"#{node_id}")


def title(env: BuildEnvironment, document: str) -> str:
    """Title of a page, as text."""
    return env.titles[document].astext() if document in env.titles else document


def table(
    id: str, caption: nodes.Node, heads: list[str], rows: list[list[nodes.Node]], css: str
) -> nodes.table:
    """Build a table with a caption and a row of heads; each cell is one node."""

    def entry(cell: nodes.Node) -> nodes.entry:
        return nodes.entry("", cell if isinstance(cell, nodes.paragraph) else nodes.paragraph("", "", cell))

    def row(cells: list[nodes.Node]) -> nodes.row:
        return nodes.row("", *(entry(cell) for cell in cells))

    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=1) for _ in heads]
    group += nodes.thead("", row([nodes.Text(head) for head in heads]))
    group += nodes.tbody("", *(row(cells) for cells in rows))
    return nodes.table("", nodes.title("", "", caption), group, ids=[id], classes=[css])


def setup(app: Sphinx) -> None:
    """Add the root as an option, so that the tests can build other books."""
    app.add_config_value("unrolled_root", str(ROOT), "env", [str])
