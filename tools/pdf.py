"""Build the book as a PDF file, ``_build/unrolled.pdf``: ``python -m tools.pdf``.

Sphinx writes LaTeX from the stored outputs, LuaLaTeX sets it. What a reader would see amiss stops the build:
a reference that leads nowhere, a character that no face has, a line that leaves the page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tools import node, paper

ROOT = node.ROOT
SOURCES = paper.PAPER / "latex"
WORK = paper.PAPER / "pdf"  # LuaLaTeX leaves here what the next run starts from
NAME = "unrolled"
# What is asked for, and the Debian package that has it.
PROGRAMS = {"lualatex": "texlive-luatex", "latexmk": "latexmk", "rsvg-convert": "librsvg2-bin"}
FILES = {
    "luaotfload.sty": "texlive-luatex",
    "titlesec.sty": "texlive-latex-extra",
    "texgyrepagella-regular.otf": "fonts-texgyre",
    "texgyrepagella-math.otf": "fonts-texgyre-math",
    "DejaVuSansMono.ttf": "fonts-dejavu",
    "FreeSerif.otf": "fonts-freefont-otf",
}
WIDE = 5.0  # points over the margin that nobody sees
PROBLEMS = (
    re.compile(r"^(?:! |\S+\.tex:\d+: )"),  # an error, in TeX's form and in that of -file-line-error
    re.compile(r"LaTeX Warning: .*(?:undefined|multiply defined|not found|may have changed|Float too large)"),
    re.compile(r"Missing character: "),
    re.compile(r"Package hyperref Warning: Suppressing"),
    re.compile(r"ignoring duplicate destination"),
)
OVERFULL = re.compile(r"Overfull \\([hv])box \(([\d.]+)pt too (?:wide|high)\).*")


class PdfError(Exception):
    """The PDF cannot be made; the message says why, and what to do."""


def main() -> int:
    """Write the LaTeX sources, set them, check the log, and say where the book is."""
    began = time.monotonic()
    try:
        require(absent())
        print("Writing the book as LaTeX (the stored outputs are used, nothing is executed) ...", flush=True)
        if not paper.build("latex", SOURCES, html_extra_path=[]):
            return 1
        print("Setting it (LuaLaTeX runs several times; minutes) ...", flush=True)
        pages = typeset()
    except PdfError as error:
        print(error, file=sys.stderr)
        return 1
    book = ROOT / "_build" / f"{NAME}.pdf"
    shutil.copyfile(WORK / f"{NAME}.pdf", book.with_suffix(".part"))
    book.with_suffix(".part").replace(book)
    size, seconds = book.stat().st_size / 1e6, time.monotonic() - began
    print(f"The book is {book.relative_to(ROOT)}: {pages} pages, {size:.1f} MB ({seconds:.0f} s).")
    return 0


def found_file(name: str) -> bool:
    """Say whether TeX or the system's list of faces finds a file."""
    if shutil.which("kpsewhich") and run(["kpsewhich", name]).stdout.strip():
        return True
    listed = run(["fc-list", ":", "file"]).stdout if shutil.which("fc-list") else ""
    return f"/{name}" in listed


def absent(
    has_program: Callable[[str], object] = shutil.which, has_file: Callable[[str], object] = found_file
) -> list[str]:
    """Return the Debian packages that are missing, each once."""
    programs = [package for name, package in PROGRAMS.items() if not has_program(name)]
    files = [package for name, package in FILES.items() if not has_file(name)]
    return list(dict.fromkeys([*programs, *files]))


def require(missing: list[str]) -> None:
    """Raise PdfError where packages are missing."""
    if missing:
        command = f"apt-get install --no-install-recommends {' '.join(missing)}"
        raise PdfError(
            "The PDF is set with LuaLaTeX, and parts of it are missing. On Debian and Ubuntu, as root:\n\n"
            f"    {command}\n\nThen run `make pdf` again. `make book` and `make epub` need none of this."
        )


def run(
    command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program and return what it wrote."""
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, errors="replace", check=False
    )


def typeset() -> int:
    """Set the book in a folder that keeps what the next run needs, and return its number of pages.

    Raises
    ------
    PdfError
        If LuaLaTeX stops, or if its log names something that a reader would see.
    """
    whole = WORK / ".whole"  # what a run leaves that was broken off stops the next one
    if not whole.exists():
        shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    whole.unlink(missing_ok=True)
    latex = "lualatex -interaction=nonstopmode -halt-on-error -file-line-error %O %S"
    options = ["-norc", "-silent", "-pdflua", f"-pdflualatex={latex}", f"-outdir={WORK}"]
    settings = {**os.environ, "max_print_line": "10000", "openout_any": "a"}
    ended = run(["latexmk", *options, f"{NAME}.tex"], SOURCES, settings)
    if not ended.returncode:
        whole.touch()
    log = WORK / f"{NAME}.log"
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ended.stdout + ended.stderr
    found = list(dict.fromkeys(problems(text)))
    pages = re.search(r"Output written on .*\((\d+) pages", text)
    if ended.returncode or found or not pages:
        shown = "\n  ".join(found[:40] or ended.stderr.splitlines()[-10:])
        more = f"\n  ... and {len(found) - 40} more" if len(found) > 40 else ""
        raise PdfError(f"LaTeX reports what a reader would see; the whole log is {log}:\n  {shown}{more}")
    return int(pages[1])


def problems(log: str) -> Iterator[str]:
    r"""Yield what a LaTeX log reports that a reader would see.

    Examples
    --------
    >>> log = "Overfull \\\\hbox (1.2pt too wide) in paragraph at lines 1--2"
    >>> list(problems(log))
    []
    >>> list(problems("Missing character: There is no ☃ (U+2603) in font x!"))
    ['Missing character: There is no ☃ (U+2603) in font x!']
    """
    for line in log.splitlines():
        if over := OVERFULL.search(line):
            if float(over[2]) > WIDE:
                yield over[0]
            continue
        if any(problem.search(line) for problem in PROBLEMS):
            yield line.strip()


if __name__ == "__main__":
    sys.exit(main())
