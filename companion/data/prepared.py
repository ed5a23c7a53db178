"""Forms of the data that are quick to open: written once into the cache, checked at every opening."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from companion.data.cache import DataDamaged, DataUnavailable, cache_dir, locked, sha256, unwritable
from companion.data.registry import DataSet

MANIFEST = "manifest.json"
T = TypeVar("T")


def prepared(data: DataSet, form: str, build: Callable[[Path], None], load: Callable[[Path], T]) -> T:
    """Open the data set in a form that is quick to open; write it so the first time.

    Parameters
    ----------
    data : DataSet
        The data set.
    form : str
        The name of the form; to be changed when its layout is.
    build : callable
        Called with an empty folder, into which it writes files.
    load : callable
        Called with that folder in its place in the cache; what it returns is returned. Each file's SHA-256 is
        kept beside it and checked before; a folder that fails is built again.

    Raises
    ------
    DataDamaged
        When the files pass and yet cannot be loaded: somebody changed them and their checksums.
    DataUnavailable
        When the cache cannot be written to, besides what `build` raises.
    """
    folder = cache_dir() / "prepared" / f"{data.name}-{form}-{data.sha256[:12]}"
    if not _intact(folder):
        with locked(f"{folder.name}.lock"):
            if not _intact(folder):  # unless another process built it while this one waited
                _build(folder, build)
    try:
        return load(folder)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise DataDamaged(
            f"data set {data.name!r}: {folder} does not hold what it should ({error}): remove it"
        ) from error


def _build(folder: Path, build: Callable[[Path], None]) -> None:
    """Build in a temporary folder and move it into place in one step."""
    partial = folder.with_name(folder.name + ".partial")  # ours alone: the lock is held
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        build(partial)
        digests = {file.name: sha256(file) for file in partial.iterdir()}
        (partial / MANIFEST).write_text(json.dumps(digests), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    except OSError as error:
        raise DataUnavailable(unwritable(error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _intact(folder: Path) -> bool:
    """Tell whether the folder holds every file of its manifest, each with its SHA-256."""
    try:
        digests = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return all(sha256(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError, AttributeError):
        return False
