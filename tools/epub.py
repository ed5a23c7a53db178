"""Build the book as an EPUB into ``_build/unrolled.epub``: ``python -m tools.epub``.

Made from the stored outputs, as the web pages are. Where the command ``epubcheck`` is there, it reads the
file, and an error or a warning stops the build; otherwise the build says how it is had.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml

from tools import assets, node, paper

EPUB = paper.ROOT / "_build" / "unrolled.epub"
PAGES = paper.PAPER / "epub"
COVER = "_static/cover.png"
IDENTIFIER = "urn:uuid:7d0a2a5c-6d5f-5d0e-9c39-0f4d3f5d1c27"  # of the book, not of one build
LICENCE = "Text and figures: CC BY 4.0. Code: BSD 3-Clause Licence."
ABOUT = (
    "A textbook on recurrent networks, from raw text to translation. Each network exists twice: in NumPy, "
    "with its backward pass derived by hand, and in PyTorch. With exercises and their solutions."
)


def settings() -> dict[str, object]:
    """Return Sphinx' configuration of the EPUB: what it says of itself, and what it leaves to web pages."""
    book = yaml.safe_load((paper.ROOT / "_config.yml").read_text(encoding="utf-8"))
    return {
        "project": book["title"],
        "version": "1",
        "epub_title": book["title"],
        "epub_author": book["author"],
        "epub_publisher": book["author"],
        "epub_contributor": book["author"],
        "epub_copyright": f"Copyright {book['copyright']}. {LICENCE}",
        "epub_description": ABOUT,
        "epub_identifier": IDENTIFIER,
        "epub_scheme": "UUID",
        "epub_uid": "book-id",
        "epub_basename": EPUB.stem,
        "epub_cover": (COVER, "epub-cover.html"),
        "epub_tocdepth": 3,
        "epub_tocdup": False,
        "epub_tocscope": "includehidden",
        "epub_show_urls": "no",
        "epub_use_index": False,
        "templates_path": [],
        "pygments_style": "a11y-high-contrast-light",
        "epub_theme_options": {"relbar1": False, "footer": False},
    }


def checker() -> list[str] | None:
    """Return the command that runs epubcheck, if it is there with what it needs.

    Debian's command is a Java archive, which not every kernel knows how to start.
    """
    command = shutil.which("epubcheck")
    if command is None:
        return None
    with open(command, "rb") as program:
        archive = program.read(4) == b"PK\x03\x04"
    if not archive:
        return [command]
    return ["java", "-jar", command] if shutil.which("java") else None


def faults(command: list[str], file: Path) -> str | None:
    """Let epubcheck read the file; return what it found, or nothing."""
    asked = [*command, "--failonwarnings", str(file)]
    done = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8", check=False)
    return None if done.returncode == 0 else f"{done.stdout}\n{done.stderr}".strip()


def main() -> int:
    """Build, check, and put the file where it is looked for."""
    began = time.monotonic()
    print("Building the EPUB (the stored outputs are used, nothing is executed) ...", flush=True)
    try:
        assets.bring_in()
        if not paper.build("epub", PAGES, **settings()):
            return 1
    except node.NodeError as error:
        print(error, file=sys.stderr)
        return 1
    made = PAGES / EPUB.name
    if (command := checker()) is None:
        print("Not checked: the command epubcheck is missing (on Debian and Ubuntu: apt install epubcheck).")
    elif (found := faults(command, made)) is not None:
        print(f"epubcheck finds fault with {made.relative_to(paper.ROOT)}:\n{found}", file=sys.stderr)
        return 1
    else:
        print("epubcheck finds no error and no warning.")
    shutil.move(made, EPUB)
    size = EPUB.stat().st_size / 1e6
    print(f"The book is in {EPUB.relative_to(paper.ROOT)} ({size:.1f} MB, {time.monotonic() - began:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
