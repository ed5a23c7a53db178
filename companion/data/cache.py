"""The cache folder, the lock that lets one process at a time write, and the check before anything is opened.

Layout::

    <cache>/archives/<file name>          the archives, as the package client wrote them
    <cache>/prepared/<name>-<form>-.../   what a loader wrote once so that it opens fast (`prepared`)
    <cache>/locks/                        empty files that processes lock

The folder is ``$UNROLLED_CACHE``, else ``$XDG_CACHE_HOME/unrolled``, else the platform's own cache folder:
``~/.cache/unrolled``, on macOS ``~/Library/Caches/unrolled``, on Windows ``unrolled/Cache`` in the folder
that ``%LOCALAPPDATA%`` names.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from companion.data.registry import DataSet


class DataUnavailable(RuntimeError):
    """A data set cannot be had: the message says which, what was tried and how to supply it by hand."""


class DataDamaged(DataUnavailable):
    """A file is not the one the registry describes, or does not hold what it should: it was not used."""


def cache_dir() -> Path:
    """Return the cache folder; it need not exist yet."""
    if chosen := os.environ.get("UNROLLED_CACHE"):
        return Path(chosen).expanduser().absolute()
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg).expanduser().absolute() / "unrolled"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "unrolled"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(local) / "unrolled" / "Cache"
    return Path.home() / ".cache" / "unrolled"


def archive_path(data: DataSet) -> Path:
    """Return where in the cache the archive of this data set lies, or will lie."""
    return cache_dir() / "archives" / data.file_name


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of that name: a second process waits here until the first one leaves.

    The operating system releases the lock when its holder dies, so a lock never has to be removed by hand.
    """
    folder = cache_dir() / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    except OSError as error:
        raise DataUnavailable(unwritable(error)) from error
    with open(folder / name, "r+b") as handle:
        _lock(handle)
        try:
            yield
        finally:
            _unlock(handle)


def unwritable(error: OSError) -> str:
    """Say what to do about a cache that cannot be written to."""
    return (
        f"cannot write in the cache folder {cache_dir()} ({error}): make room there or make it writable, "
        "or name another folder in the environment variable UNROLLED_CACHE"
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: IO[bytes]) -> None:
        while True:
            try:
                handle.seek(0)
                return msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
            except OSError:  # it gives up after ten seconds; a download may take longer
                continue

    def _unlock(handle: IO[bytes]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)

    def _unlock(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


def problem(path: Path, data: DataSet) -> str | None:
    """Say what is wrong with this file as the archive of the data set; None when it is the very file.

    The size is looked at first, so that a file of the wrong size is never read at all.
    """
    if not path.is_file():
        return "it is not a file"
    size = path.stat().st_size
    if size != data.size:
        return (
            f"{'oversized' if size > data.size else 'truncated'}: expected {data.size:,} bytes, got {size:,}"
        )
    if (digest := sha256(path)) != data.sha256:
        return f"damaged: expected SHA-256 {data.sha256}, got {digest}"
    return None


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def by_hand(data: DataSet) -> str:
    """Say how to supply the archive of this data set by hand."""
    return (
        f"To supply it by hand, put the file\n    {data.file_name}\n"
        f"    ({data.size:,} bytes, SHA-256 {data.sha256}, from the {data.source})\n"
        f"at\n    {archive_path(data)}\n"
        "or into any folder, and name that folder in the environment variable UNROLLED_DATA. "
        "It is checked all the same."
    )
