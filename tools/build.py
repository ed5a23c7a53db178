"""Build the HTML book from the stored outputs into ``_build/html``: ``python -m tools.build``.

Nothing is executed and PyTorch is not needed. Warnings are errors. What the pages ask for is on the same
host: a reference to another one stops the build. ``LIVE=required`` or ``LIVE=no`` in the environment decides
about live cells (see `tools.live`); ``ADDRESS`` is where the book will stand, if it is known (see
`tools.downloads.extension`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jupyter_book.sphinx import build_sphinx

from tools import assets, live, node, runtime, theme
from tools.downloads import wheel

ROOT = node.ROOT
HTML = ROOT / "_build" / "html"
# Style sheets of the built book, and the file of a package that holds the whole of each.
PACKAGED_SHEETS = {
    "styles/pydata-sphinx-theme.css": "pydata_sphinx_theme/theme/pydata_sphinx_theme/static/styles",
    "styles/sphinx-book-theme.css": "sphinx_book_theme/theme/sphinx_book_theme/static/styles",
    "sphinx-design.min.css": "sphinx_design/static",
    "mystnb.*.css": "myst_nb/static",
}
STAMP = ROOT / "_build" / ".made-by"
MADE_OF = ROOT / "_build" / ".made-of"
FOLDERS = ("_assets", "benchmarks", "book", "companion", "live", "tests", "tools", "training")
MACHINERY = (
    "tools/*.py",
    "tools/downloads/extension.py",  # what the others make is written in every build
    "tools/*.cjs",
    "book/_ext/**/*.py",
    "live/python/**/*.py",
    "constraints.txt",
)
MATH_SHEET = "_static/vendor/mathjax/chtml.css"


def main() -> int:
    """Bring in the assets, run Jupyter Book, trim the style sheets, and say where the book is."""
    began = time.monotonic()
    try:
        if assets.bring_in():
            print("Fonts and MathJax are in _assets.")
        if live.bring_in():
            print("What the live cells need is in _assets/live.")
        if wheel.bring_in():
            print("The companion's wheel is in _assets/downloads.")
        if unchanged(inputs_now := inputs()):
            print(f"Nothing has changed: the book is in {HTML.relative_to(ROOT) / 'index.html'}.")
            return 0
        MADE_OF.unlink(missing_ok=True)  # a build that is broken off is none
        print("Building the book (the stored outputs are used, nothing is executed) ...", flush=True)
        if not run_jupyter_book():
            return 1
        node.run("tools/slim.cjs", HTML.relative_to(ROOT).as_posix(), json.dumps(whole_sheets()))
        theme.lighten(HTML / "_static")
    except (node.NodeError, runtime.RuntimeUnavailable, theme.ThemeError, wheel.WheelError) as error:
        print(error, file=sys.stderr)
        return 1
    foreign = [found for page in sorted(HTML.rglob("*.html")) for found in foreign_resources(page)]
    if foreign:
        print("The book must not ask another host for anything:", *foreign, sep="\n  ", file=sys.stderr)
        return 1
    MADE_OF.write_text(inputs_now, encoding="utf-8")
    index = HTML.relative_to(ROOT) / "index.html"
    print(f"The book is in {index} ({time.monotonic() - began:.0f} s). `make serve` opens it on localhost.")
    return 0


def run_jupyter_book() -> bool:
    """Build as ``jupyter-book build book -W --keep-going`` does; say whether there was no warning.

    Sphinx writes the pages again whose sources have changed; all of them when what writes them has changed.
    """
    toc, made_by = str(ROOT / "_toc.yml"), machinery()
    static = HTML / "_static"
    if static.is_file():  # a build that is broken off leaves the theme's logo under the folder's name
        static.unlink()
    static.mkdir(parents=True, exist_ok=True)
    status = build_sphinx(
        ROOT / "book",
        HTML,
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides={"external_toc_path": toc, "latex_individualpages": False, **known_address()},
        warningiserror=True,
        keep_going=True,
        quiet=True,
        freshenv=not STAMP.exists() or STAMP.read_text(encoding="utf-8") != made_by,
    )
    STAMP.write_text(made_by if status == 0 else "", encoding="utf-8")
    return status == 0


def known_address() -> dict[str, str]:
    """Return the setting that tells the book where it will stand; none where nobody says."""
    address = os.environ.get("ADDRESS", "")
    if address and not re.match(r"https?://[^\s\"'$`()<>]+$", address):
        raise node.NodeError(f"ADDRESS: expected where the book will stand, https://..., got {address!r}")
    return {"html_baseurl": address} if address else {}


def inputs() -> str:
    """Return a checksum of every file that the book may be made of, and of what the environment asks for."""
    found = hashlib.sha256(repr([os.environ.get(name) for name in ("LIVE", "ADDRESS")]).encode())
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.is_file()]
    for file in sorted([*files, *(file for file in ROOT.iterdir() if file.is_file())]):
        if "__pycache__" not in file.parts:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            found.update(f"{file.relative_to(ROOT).as_posix()} {content}\n".encode())
    return found.hexdigest()


def unchanged(made_of: str) -> bool:
    """Say whether the book that is there was made of just these files."""
    there = (HTML / "index.html").is_file() and MADE_OF.is_file()
    return there and MADE_OF.read_text(encoding="utf-8") == made_of


def machinery() -> str:
    """Return a checksum of everything that turns sources into pages."""
    files = sorted(file for pattern in MACHINERY for file in ROOT.glob(pattern))
    files += [live.MANIFEST] if live.MANIFEST.exists() else []  # the pages say which cells are live
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def whole_sheets() -> dict[str, str]:
    """Return, for each style sheet of the built book that is trimmed, the file that holds all of it."""
    sheets = {MATH_SHEET: str(ROOT / "_assets" / MATH_SHEET)}
    for pattern, folder in PACKAGED_SHEETS.items():
        originals = theme.packaged(folder)
        for target in (HTML / "_static").glob(pattern):
            name = target.name if "*" not in pattern else pattern.replace(".*", "")
            sheets[target.relative_to(HTML).as_posix()] = str(originals / name)
    return sheets


class Resources(HTMLParser):
    """Collects what a browser fetches to show a page: not the links that a reader may follow."""

    FETCHED = ("stylesheet", "preload", "icon", "manifest")  # words of a link's rel

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses of one tag."""
        given = {name: value or "" for name, value in attrs}
        if tag != "a":
            self.found += [given[name] for name in ("src", "srcset", "poster", "data") if name in given]
        if tag == "link" and any(word in given.get("rel", "") for word in self.FETCHED):
            self.found.append(given.get("href", ""))


def foreign_resources(page: Path) -> Iterator[str]:
    """Yield the addresses on other hosts that a page would fetch."""
    parser = Resources()
    parser.feed(page.read_text(encoding="utf-8"))
    for address in parser.found:
        if re.match(r"\s*(https?:)?//", address):
            yield f"{page.relative_to(HTML)}: {address}"


if __name__ == "__main__":
    sys.exit(main())
