"""A stand-in for the library in a page, where it cannot be had: it reads what the companion has stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
}


class SafetensorError(Exception):
    """The file is not what it should be."""


class safe_open:  # noqa: N801
    """Opens a file and gives what its header says."""

    def __init__(self, path: Path, framework: str) -> None:
        self.header, self.data = _parts(path)

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *error: object) -> None:
        """Close nothing: all has been read."""

    def metadata(self) -> dict[str, str] | None:
        """Return what stands in the header beside the tensors."""
        return self.header.get("__metadata__")


def read(path: Path) -> dict[str, np.ndarray]:
    """Return the tensors of a file by name."""
    header, data = _parts(path)
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = np.frombuffer(data[begin:end], dtype=TYPES[entry["dtype"]])
            found[name] = flat.reshape(entry["shape"]).copy()
    return found


def _parts(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the header and the bytes after it."""
    content = Path(path).read_bytes()
    size = int.from_bytes(content[:8], "little")
    if size > len(content) - 8:
        raise SafetensorError("the header is longer than the file")
    return json.loads(content[8 : 8 + size]), content[8 + size :]
