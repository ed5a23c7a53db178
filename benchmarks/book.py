"""What the book costs whoever makes it: ``python -m benchmarks.book``.

make book
    From a clean clone, with the installation and what is fetched once; and again, when nothing has changed.
    The network and pip's cache have their share in the first.
every chapter
    Executed from top to bottom with its stored outputs compared, as ``make test`` does it, as many at once as
    there are cores. The time is that of the whole process, its start included. An output that differs ends
    the run.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from benchmarks.harness import Options, Subject, main
from benchmarks.results import Row

ROOT = Path(__file__).resolve().parents[1]
TAIL = 2000  # characters of a failed command's words that are shown


def run(command: list[str], folder: Path, **environment: str) -> float:
    """Run a command and return the seconds it took; its failure ends the run, with its last words."""
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        words = (done.stdout + done.stderr)[-TAIL:]
        sys.exit(f"{' '.join(command)}: ended with status {done.returncode}. Its last words:\n{words}")
    return seconds


def builds() -> Iterator[Row]:
    """Yield the time of ``make book`` in a clean clone, and again."""
    with tempfile.TemporaryDirectory() as name:
        clone = Path(name) / "clone"
        run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], ROOT)
        for case, promise in (("from a clean clone", "first build"), ("again", "next build")):
            seconds = run(["make", "book"], clone, VENV=".venv")
            yield Row("make book", case, "book", ours=[seconds], promise=promise)


def documents(toc: Path) -> list[str]:
    """Return the pages of a table of contents, in its order."""
    read = yaml.safe_load(toc.read_text(encoding="utf-8"))
    parts = [entry["file"] for part in read["parts"] for entry in part["chapters"]]
    return [read["root"], *parts]


def notebooks() -> list[Path]:
    """Return the pages that are notebooks, in the order of the book."""
    files = [ROOT / "book" / f"{name}.ipynb" for name in documents(ROOT / "_toc.yml")]
    return [file for file in files if file.exists()]


def chapter(notebook: Path) -> Row:
    """Execute a notebook and compare its outputs."""
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "-p", "no:cacheprovider", str(notebook)]
    seconds = run(command, ROOT)
    name = notebook.relative_to(ROOT / "book").with_suffix("").as_posix()
    return Row("executed, outputs compared", name, "book", ours=[seconds], promise="chapter")


def contests(options: Options) -> Iterator[Row | str]:
    """Yield the builds, and every chapter; a trial builds nothing."""
    if options.quick:
        yield chapter(min(notebooks(), key=lambda path: path.stat().st_size))
        return
    yield from builds()
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        rows = list(pool.map(chapter, notebooks()))
    yield from rows
    minutes = sum(row.ours[0] for row in rows) / 60
    yield f"{len(rows)} notebooks, {workers} at a time; their times add up to {minutes:.1f} minutes."


SUBJECT = Subject("book", "The book: built, and executed", contests)

if __name__ == "__main__":
    main(SUBJECT)
