"""Put together what the live cells need into ``_assets/live``: ``python -m tools.live``.

Python for the browser (`tools.runtime`), the companion without PyTorch, the weights and the data that
chapters load, and our scripts with the editor, bundled. ``LIVE=required`` in the environment makes it an
error if Python cannot be had; ``LIVE=no`` leaves all of it out. The second call does little.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tools import live_data, node, runtime

ROOT = node.ROOT
SOURCES = ROOT / "live"
LIVE = ROOT / "_assets" / "live"
MANIFEST = LIVE / "manifest.json"
LOCK = ROOT / "package-lock.json"
WHEN = (1980, 1, 1, 0, 0, 0)


def bring_in() -> bool:
    """Make the folder, or those parts of it anew that have changed; say whether the book has live cells.

    Raises
    ------
    RuntimeUnavailable
        Under ``LIVE=required``, if Python for the browser cannot be had.
    """
    choice = os.environ.get("LIVE", "")
    if choice == "no":
        shutil.rmtree(LIVE, ignore_errors=True)
        return False
    tools = [ROOT / "tools" / name for name in ("runtime.py", "compile.cjs")]
    try:
        part("pyodide", runtime.copy, [LOCK, *tools])
    except runtime.RuntimeUnavailable as error:
        shutil.rmtree(LIVE, ignore_errors=True)
        if choice == "required":
            raise
        print(f"The book is built without live cells: {error}.", file=sys.stderr)
        return False
    part("files", live_data.copy, live_data.sources())
    manifest = {"packages": ["numpy", "matplotlib"], **live_data.offered(LIVE / "files")}
    MANIFEST.write_text(json.dumps(manifest), encoding="utf-8")
    python = [file for folder in packed() for file, _ in inside(folder)]
    part("python", pack, [LOCK, ROOT / "tools" / "compile.cjs", *python])
    bundle()
    return True


def part(name: str, make: Callable[[Path], None], sources: Iterable[Path]) -> None:
    """Let a function fill a folder, unless it did so from these very files."""
    digest = hashlib.sha256()
    for file in sorted(sources):
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    folder, stamp = LIVE / name, LIVE / name / ".made-from"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make(folder)
    stamp.write_text(digest.hexdigest(), encoding="utf-8")


def packed() -> dict[Path, str]:
    """Return the folders whose Python a page gets, and the name of each there."""
    return {ROOT / "companion": "companion", SOURCES / "python": "", SOURCES / "stand_ins": ""}


def inside(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the files of such a folder and their places in it: not the PyTorch half, not the weights."""
    for file in sorted(folder.rglob("*")):
        place = file.relative_to(folder)
        if file.is_file() and file.suffix not in (".pyc", ".safetensors") and place.parts[0] != "torch":
            yield file, place


def pack(to: Path) -> None:
    """Write the companion without its PyTorch half, and our Python, as one archive."""
    with zipfile.ZipFile(to / "book.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        content = {
            (Path(name) / place).as_posix(): file.read_bytes()
            for folder, name in packed().items()
            for file, place in inside(folder)
        }
        content[f"live_cells/{runtime.FONTS}"] = (LIVE / "pyodide" / runtime.FONTS).read_bytes()
        for place, data in content.items():
            archive.writestr(zipfile.ZipInfo(place, WHEN), data, zipfile.ZIP_DEFLATED)
    runtime.compile_archives(to, ["book.zip"], replace=False)


def bundle() -> None:
    """Bundle the page's scripts with the editor; copy the worker, which imports its interpreter itself."""
    node.run("tools/bundle.cjs", str(SOURCES / "page.js"), str(LIVE / "page.js"))
    for name in ("worker.js", "live.css"):
        shutil.copyfile(SOURCES / name, LIVE / name)


if __name__ == "__main__":
    bring_in()
