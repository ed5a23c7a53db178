"""Vectors in a folder of our own: a matrix that can be mapped, the words, and a page that vouches for both.

``vectors.json`` names the two files; their names carry a random part, so that a new pair never overwrites the
one that is in use. Replacing ``vectors.json`` is the one step that makes the new pair the folder's content.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from companion.vectors._files import atomic

FORMAT = "unrolled vectors 1"
PAGE = "vectors.json"
NAMES = re.compile(r"(matrix-[0-9a-f]{16}\.npy|words-[0-9a-f]{16}\.json)")
FIELDS = {
    "format": str,
    "shape": list,
    "dtype": str,
    "matrix": str,
    "matrix_bytes": int,
    "matrix_sha256": str,
    "words": str,
    "words_bytes": int,
    "words_sha256": str,
}


def save(path: str | os.PathLike[str], words: Sequence[str], matrix: np.ndarray) -> None:
    """Write a pair of files and then the page that names them; remove the pair that was there before."""
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    foreign = [f.name for f in folder.iterdir() if f.name != PAGE and not NAMES.match(f.name)]
    if foreign and not (folder / PAGE).exists():
        raise ValueError(f"{folder}: expected an empty folder or saved vectors, found {min(foreign)!r}")
    before = _named(folder)
    token = secrets.token_hex(8)
    names = {"matrix": f"matrix-{token}.npy", "words": f"words-{token}.json"}
    page: dict[str, Any] = {"format": FORMAT, "shape": list(matrix.shape), "dtype": matrix.dtype.str, **names}
    try:
        with atomic(folder / names["matrix"]) as file:
            np.save(file, np.ascontiguousarray(matrix), allow_pickle=False)
        with atomic(folder / names["words"]) as file:
            file.write(json.dumps(list(words)).encode("ascii"))
        for kind, name in names.items():
            page[f"{kind}_bytes"] = (folder / name).stat().st_size
            page[f"{kind}_sha256"] = _sha256(folder / name)
        with atomic(folder / PAGE) as file:
            file.write(json.dumps(page, indent=1).encode("ascii"))
    except BaseException:
        for name in names.values():
            (folder / name).unlink(missing_ok=True)
        raise
    for name in before:
        (folder / name).unlink(missing_ok=True)


def load(path: str | os.PathLike[str], thorough: bool) -> tuple[list[str], np.ndarray]:
    """Open the pair that the page names. Saved anew in the meantime, the page names another: look again."""
    folder = Path(path)
    while True:
        page = _page(folder)
        try:
            return _words(folder, page), _matrix(folder, page, thorough)
        except FileNotFoundError as error:
            if _page(folder) == page:
                raise ValueError(f"{folder}: {PAGE} names a missing file: {error.filename}") from error


def _page(folder: Path) -> dict[str, Any]:
    """Read the page and check that it is one."""
    file = folder / PAGE
    try:
        page = json.loads(file.read_bytes())
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError both are
        raise ValueError(f"{file}: expected JSON: {error}") from error
    if not isinstance(page, dict) or page.get("format") != FORMAT:
        found = page.get("format") if isinstance(page, dict) else type(page).__name__
        raise ValueError(f"{file}: expected the format {FORMAT!r}, got {found!r}")
    for name, kind in FIELDS.items():
        if not isinstance(page.get(name), kind):
            raise ValueError(f"{file}: {name}: expected {kind.__name__}, got {page.get(name)!r}")
    for name in (page["matrix"], page["words"]):
        if not NAMES.fullmatch(name):
            raise ValueError(f"{file}: expected the name of a file beside it, got {name!r}")
    return page


def _named(folder: Path) -> list[str]:
    """List the files that the page names, none if there is no such page."""
    try:
        page = _page(folder)
    except (OSError, ValueError):
        return []
    return [page["matrix"], page["words"]]


def _words(folder: Path, page: dict[str, Any]) -> list[str]:
    file = folder / page["words"]
    _check_size(file, page["words_bytes"])
    raw = file.read_bytes()
    _check_hash(file, hashlib.sha256(raw).hexdigest(), page["words_sha256"])
    return list(json.loads(raw))


def _matrix(folder: Path, page: dict[str, Any], thorough: bool) -> np.ndarray:
    file = folder / page["matrix"]
    _check_size(file, page["matrix_bytes"])
    if thorough:
        _check_hash(file, _sha256(file), page["matrix_sha256"])
    try:
        matrix = np.load(file, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise ValueError(f"{file}: expected a matrix in NumPy's format: {error}") from error
    found, expected = (list(matrix.shape), matrix.dtype.str), (page["shape"], page["dtype"])
    if found != expected:
        raise ValueError(f"{file}: expected {expected[0]} {expected[1]}, got {found[0]} {found[1]}")
    return matrix


def _check_size(file: Path, expected: int) -> None:
    if (size := file.stat().st_size) != expected:
        raise ValueError(f"{file}: expected {expected:,} bytes, got {size:,}")


def _check_hash(file: Path, found: str, expected: str) -> None:
    if found != expected:
        raise ValueError(f"{file}: damaged: expected SHA-256 {expected}, got {found}")


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
