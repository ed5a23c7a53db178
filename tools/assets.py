"""Bring what the pages need in a browser out of npm packages: ``python -m tools.assets``.

``package-lock.json`` pins the packages with their checksums. Only the files that a page can ask for are
copied, into ``_assets/_static/vendor``, which ``_config.yml`` adds to the built book. The second call finds
nothing to do.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from tools import node

ROOT = node.ROOT
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "_assets" / "_static" / "vendor"
STAMP = ROOT / "_assets" / ".made-from"
SUBSETS = ("latin", "latin-ext", "greek")
# Family: its package, and for each file the weights and the style it is used for.
FACES = {
    "Source Serif 4": (
        "@fontsource/source-serif-4",
        {
            "400-normal": ("400", "normal"),
            "400-italic": ("400", "italic"),
            "600-normal": ("600 700", "normal"),
            "600-italic": ("600 700", "italic"),
        },
    ),
    "Source Sans 3": (
        "@fontsource-variable/source-sans-3",
        {"wght-normal": ("200 900", "normal"), "wght-italic": ("200 900", "italic")},
    ),
    "Source Code Pro": (
        "@fontsource-variable/source-code-pro",
        {"wght-normal": ("200 900", "normal"), "wght-italic": ("200 900", "italic")},
    ),
}
FACE_RULE = """@font-face {{
  font-family: "{family}";
  font-weight: {weight};
  font-style: {style};
  font-display: swap;
  src: url("{file}") format("woff2");
  unicode-range: {letters};
}}
"""


def bring_in() -> bool:
    """Install the packages and copy their files, unless that is done already; say whether there was work."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted and MODULES.is_dir():
        return False
    node.npm_ci()
    shutil.rmtree(VENDOR, ignore_errors=True)
    copy_fonts(VENDOR / "fonts")
    copy_mathematics(VENDOR / "mathjax")
    STAMP.write_text(wanted, encoding="utf-8")
    return True


def fingerprint() -> str:
    """Return a checksum of everything that decides what is copied."""
    sources = [ROOT / "package-lock.json", Path(__file__), ROOT / "tools" / "mathematics.cjs"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()


def copy_fonts(to: Path) -> None:
    """Copy the faces, the licences that must travel with them, and write the style sheet that names them."""
    to.mkdir(parents=True)
    rules = []
    for family, (package, faces) in FACES.items():
        home, stem = MODULES / package, package.rpartition("/")[2]
        ranges = json.loads((home / "unicode.json").read_text(encoding="utf-8"))
        shutil.copyfile(home / "LICENSE", to / f"{stem}-LICENSE.txt")
        for face, (weight, style) in faces.items():
            for subset in SUBSETS:
                file = f"{stem}-{subset}-{face}.woff2"
                shutil.copyfile(home / "files" / file, to / file)
                letters = ranges[subset]
                rules.append(
                    FACE_RULE.format(family=family, weight=weight, style=style, file=file, letters=letters)
                )
    (to / "fonts.css").write_text("".join(rules), encoding="utf-8")


def copy_mathematics(to: Path) -> None:
    """Copy MathJax's fonts and write its style sheet; the formulas are drawn while the book is built."""
    home = MODULES / "mathjax"
    shutil.copytree(home / "es5" / "output" / "chtml" / "fonts" / "woff-v2", to / "fonts")
    shutil.copyfile(home / "LICENSE", to / "LICENSE.txt")
    (to / "chtml.css").write_text(node.run("tools/mathematics.cjs", "--css"), encoding="utf-8")


if __name__ == "__main__":
    bring_in()
