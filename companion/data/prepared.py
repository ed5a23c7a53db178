"""Forms of the data that are quick to open: written once into the cache, checked at every opening."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from companion.data.cache import cache_dir, locked, sha256
from companion.data.registry import DataSet

MANIFEST = "manifest.json"


def prepared(data: DataSet, form: str, build: Callable[[Path], None]) -> Path:
    """Return the folder that holds the data set in a form quick to open; build it the first time.

    Parameters
    ----------
    data : DataSet
        The data set.
    form : str
        The name of the form; to be changed when its layout is.
    build : callable
        Called with an empty folder, into which it writes files.

    Returns
    -------
    Path
        The folder. Each file's SHA-256 is kept beside it and checked; a folder that fails is built again.
    """
    folder = cache_dir() / "prepared" / f"{data.name}-{form}-{data.sha256[:12]}"
    if _intact(folder):
        return folder
    with locked(f"{folder.name}.lock"):
        if _intact(folder):  # another process built it while this one waited
            return folder
        partial = folder.with_name(folder.name + ".partial")  # ours alone: the lock is held
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            build(partial)
            digests = {file.name: sha256(file) for file in partial.iterdir()}
            (partial / MANIFEST).write_text(json.dumps(digests), encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def _intact(folder: Path) -> bool:
    """Tell whether the folder holds every file of its manifest, each with its SHA-256."""
    try:
        digests = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return all(sha256(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError, AttributeError):
        return False
