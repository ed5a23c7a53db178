"""A Sphinx extension that writes, beside each page that is a notebook, the notebook to take along.

``chapter.ipynb`` is it. Unless the book is told its address (``html_baseurl``), that file has to ask for the
wheel beside it; ``chapter.ipynb.js`` then holds the same notebook with a mark for the address, which
``_static/download.js`` fills in when the reader presses the button: a script may be read from a page that was
opened as a file, and nothing else may.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

from tools.downloads import wheel
from tools.downloads.notebook import Companion, take_along
from tools.downloads.places import Places
from tools.downloads.plain import Unknown
from tools.notebooks.files import dumps, read

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MARK = "https://book.invalid/"  # no host is called so (RFC 2606); as in _static/download.js
PLACE = re.compile(r'<(?P<tag>span|a) class="companion-file"[^>]*>(?P<text>.*?)</(?P=tag)>', re.DOTALL)
LOG = logging.getLogger(__name__)


def notebooks(app: Sphinx) -> list[str]:
    """Return the pages that are notebooks."""
    return [name for name in sorted(app.env.all_docs) if app.env.doc2path(name).endswith(".ipynb")]


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the notebooks of all pages, for a title or a number may have changed elsewhere."""
    if exception or app.builder.name != "html":
        return
    address = known_address(app)
    for docname in notebooks(app):
        try:
            target = Path(app.outdir, f"{docname}.ipynb")
            script = target.with_name(f"{target.name}.js")
            store(target, taken(app, docname, address))
            if address is None:
                store(script, f"unrolledNotebook({json.dumps(taken(app, docname, MARK))});\n")
            else:
                script.unlink(missing_ok=True)
        except Unknown as error:
            LOG.warning("%s", error, location=docname)
    for old in Path(app.outdir, "downloads").glob("unrolled-*.whl"):
        if old.name != wheel.name():
            old.unlink()
    link_wheel(Path(app.outdir, "preface.html"))


def taken(app: Sphinx, docname: str, book: str | None) -> str:
    """Return the text of one page's notebook."""
    file = Path(app.env.doc2path(docname))
    stored = read(file)
    names = [name.partition("==")[0] for name in wheel.extras()[file.stem]]
    data = any("companion.data" in cell.source for cell in stored.cells if cell.cell_type == "code")
    companion = Companion(file.stem, names, data, book)
    title = app.env.titles[docname].astext()
    return dumps(take_along(stored, companion, title, Places(app.env, docname, book)))


def link_wheel(page: Path) -> None:
    """Let what the preface marks as the companion's file lead to the wheel, also on a page that is kept."""
    link = f'<a class="companion-file" href="downloads/{wheel.name().replace("+", "%2B")}" download>'
    store(page, PLACE.sub(rf"{link}\g<text></a>", page.read_text(encoding="utf-8")))


def store(file: Path, text: str) -> None:
    """Write a file in one step."""
    partial = file.with_name(f"{file.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(file)


def known_address(app: Sphinx) -> str | None:
    """Return the address of the book's folder, with a slash at its end, if the book was told it."""
    address = app.config.html_baseurl
    return f"{address.rstrip('/')}/" if address else None


def offer(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Tell the button's template whether there is a notebook, and whether its address is to be filled in."""
    is_notebook = pagename in app.env.all_docs and app.env.doc2path(pagename).endswith(".ipynb")
    context["notebook"] = f"{pagename}.ipynb" if is_notebook else ""
    context["notebook_with_mark"] = is_notebook and known_address(app) is None


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the events."""
    app.connect("html-page-context", offer)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
