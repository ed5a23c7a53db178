"""A Sphinx extension that removes from the built book the pages that its sources no longer have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

WRITTEN: set[str] = set()  # pages of this build that have no source: the search, the listings of code


def note(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Note a page that has no source; Sphinx writes all of these at every build."""
    if doctree is None:
        WRITTEN.add(pagename)


def sweep(app: Sphinx, exception: Exception | None) -> None:
    """Remove every page that has neither a source nor been written, and the source beside it."""
    if exception is not None or app.builder.name != "html" or not WRITTEN:
        return
    for name in leftovers(app.outdir, app.env.found_docs | WRITTEN):
        (app.outdir / f"{name}.html").unlink()
        for source in (app.outdir / "_sources").glob(f"{name}.*"):
            source.unlink()


def leftovers(folder: Path, names: set[str]) -> list[str]:
    """Return the names of the pages in a folder that are not among those given.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for file in ("index.html", "old.html", "data.json"):
    ...     folder.joinpath(file).touch()
    >>> leftovers(folder, {"index"})
    ['old']
    """
    pages = (page.relative_to(folder) for page in folder.rglob("*.html"))
    found = {page.with_suffix("").as_posix() for page in pages if not page.parts[0].startswith("_")}
    return sorted(found - names)


def setup(app: Sphinx) -> dict[str, Any]:
    """Sweep at the end of each build."""
    WRITTEN.clear()
    app.connect("html-page-context", note)
    app.connect("build-finished", sweep)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
