"""Read the files inside an archive without ever unpacking it to disk, within stated bounds.

Nothing is written under a name that the archive chose, so nothing can land outside a folder; an archive that
tries (an absolute path, ``..``, a link, a device) is refused all the same. What comes out is counted: an
archive that unpacks to more than it may is refused at that byte, however small it is itself.
"""

import gzip
import hashlib
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PureWindowsPath
from typing import IO

from companion.data.cache import DataDamaged
from companion.data.registry import Member

BLOCK = 1 << 20  # bytes read at a time
BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
)


def walk(archive: Path | IO[bytes], limit: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Go through the files of a ``.tar.gz`` or zip archive in their order.

    Parameters
    ----------
    archive : Path or binary file
        The archive.
    limit : int
        The most bytes that it may unpack to.

    Yields
    ------
    name, blocks : str, iterator of bytes
        The path of a file in the archive, and its content in blocks, to be read before the next file is
        asked for.

    Raises
    ------
    DataDamaged
        When the archive is truncated, damaged or oversized, or holds a path or a link that leads out of it.
    """
    with ExitStack() as stack:
        file = stack.enter_context(open(archive, "rb")) if isinstance(archive, Path) else archive
        is_zip = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        stack.enter_context(_refusing())
        yield from (_zip if is_zip else _tar)(file, limit)


def read(archive: Path | IO[bytes], limit: int, wanted: Iterable[Member]) -> dict[str, bytes]:
    """Return the content of the wanted members by path, each checked against its size and SHA-256.

    Raises
    ------
    DataDamaged
        As `walk`; also when a member is missing or is not the one registered.
    """
    members = {member.path: member for member in wanted}
    found = {}
    for name, blocks in walk(archive, limit):
        if name in members:
            found[name] = b"".join(checked(blocks, members[name]))
    if missing := members.keys() - found.keys():
        raise DataDamaged(f"the archive lacks {', '.join(sorted(missing))}")
    return found


def checked(blocks: Iterable[bytes], member: Member) -> Iterator[bytes]:
    """Pass the blocks on; raise at once past the registered size, and at the end if the SHA-256 differs."""
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        size += len(block)
        if size > member.size:
            raise DataDamaged(f"oversized: {member.path} has more than {member.size:,} bytes")
        digest.update(block)
        yield block
    if size < member.size:
        raise DataDamaged(f"truncated: {member.path} has {size:,} bytes, expected {member.size:,}")
    if digest.hexdigest() != member.sha256:
        raise DataDamaged(
            f"damaged: {member.path}: expected SHA-256 {member.sha256}, got {digest.hexdigest()}"
        )


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what the standard library raises on a broken archive into `DataDamaged`."""
    try:
        yield
    except BROKEN as error:
        raise DataDamaged(f"not a whole archive: {error}") from error


class _Bounded(io.RawIOBase):
    """An unzipped file that refuses to give more than `limit` bytes in all."""

    def __init__(self, file: gzip.GzipFile, limit: int) -> None:
        self.file, self.left, self.limit = file, limit, limit

    def read(self, size: int = -1, /) -> bytes:
        """Read at most `size` bytes, however many when negative, and at most one past the limit."""
        block = self.file.read(self.left + 1 if size < 0 else min(size, self.left + 1))
        self.left -= len(block)
        if self.left < 0:
            raise DataDamaged(f"oversized: the archive unpacks to more than {self.limit:,} bytes")
        return block


def _tar(file: IO[bytes], limit: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Walk a gzipped tar archive, read as a stream."""
    with gzip.GzipFile(fileobj=file) as unzipped:
        bounded = _Bounded(unzipped, limit)
        with tarfile.open(fileobj=bounded, mode="r|", bufsize=BLOCK) as tar:
            for info in tar:
                _refuse_outside(info.name)
                if info.isdir():
                    continue
                content = tar.extractfile(info) if info.isreg() and not info.issparse() else None
                if content is None:
                    raise DataDamaged(f"the archive holds a link or a device: {info.name!r}")
                yield info.name, _blocks(content)
        while bounded.read(BLOCK):  # to the end, where gzip keeps its checksum
            continue


def _zip(file: IO[bytes], limit: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Walk a zip archive (a wheel is one)."""
    with zipfile.ZipFile(file) as archive:
        if sum(info.file_size for info in archive.infolist()) > limit:
            raise DataDamaged(f"oversized: the archive unpacks to more than {limit:,} bytes")
        for info in archive.infolist():
            _refuse_outside(info.filename)
            if info.is_dir():
                continue
            if stat.S_ISLNK(info.external_attr >> 16) or info.flag_bits & 1:
                raise DataDamaged(f"the archive holds a link or an encrypted file: {info.filename!r}")
            with archive.open(info) as content:
                yield info.filename, _blocks(content)


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    """Cut the content into blocks; read by whoever walks, and so guarded here once more."""
    with _refusing():
        while block := content.read(BLOCK):
            yield block


def _refuse_outside(name: str) -> None:
    """Refuse a path that leads out of the archive on any platform."""
    path = PureWindowsPath(name)  # it takes both kinds of slash, and drive letters
    if not path.parts or path.drive or path.root or ".." in path.parts:
        raise DataDamaged(f"the archive holds a path that leads out of it: {name!r}")
