"""Build the book for paper and reading devices: what ``make epub`` and ``make pdf`` have in common.

As for the web pages nothing is executed, PyTorch is not needed and warnings are errors. The table of contents
has two pages more, ``paper/edition`` and ``paper/solutions``. What is read is kept in ``_build/paper``.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml
from jupyter_book.sphinx import build_sphinx

from tools import node
from tools.build import machinery

ROOT = node.ROOT
PAPER = ROOT / "_build" / "paper"
DOCTREES = PAPER / ".doctrees"
EDITION, SOLUTIONS = "paper/edition", "paper/solutions"


def toc(file: Path = ROOT / "_toc.yml") -> Path:
    """Write the table of contents with the pages that only paper has, and return where it is.

    The page about the edition comes first, the solutions begin the last part, which is the appendix.
    """
    contents = yaml.safe_load(file.read_text(encoding="utf-8"))
    contents["parts"][0]["chapters"].insert(0, {"file": EDITION})
    contents["parts"][-1]["chapters"].insert(0, {"file": SOLUTIONS})
    PAPER.mkdir(parents=True, exist_ok=True)
    written = PAPER / "_toc.yml"
    written.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return written


def build(builder: str, folder: Path, **settings: Any) -> bool:
    """Build with one of Sphinx' builders into an empty folder; say whether there was no warning.

    Parameters
    ----------
    builder : str
        ``epub`` or ``latex``.
    folder : Path
        Where the pages go. What is there is removed first.
    **settings
        Configuration of Sphinx that differs from ``_config.yml``.
    """
    shutil.rmtree(folder, ignore_errors=True)
    stamp, made_by = PAPER / f".made-by-{builder}", machinery()
    status = build_sphinx(
        ROOT / "book",
        folder,
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides={"external_toc_path": str(toc()), "latex_individualpages": False, **settings},
        doctreedir=DOCTREES / builder,
        builder=builder,
        warningiserror=True,
        keep_going=True,
        quiet=True,
        force_all=False,
        freshenv=not stamp.exists() or stamp.read_text(encoding="utf-8") != made_by,
    )
    stamp.write_text(made_by if status == 0 else "", encoding="utf-8")
    return status == 0
