"""JSON files that are written whole or not at all, and that know when they are damaged."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["read_json", "write_json"]


def write_json(path: str | os.PathLike[str], kind: str, content: dict[str, Any]) -> None:
    """Write `content` with its kind and its SHA-256; an interrupted call leaves the old file as it was."""
    document = {"format": kind, "sha256": _digest(content), **content}
    target = Path(path)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(_canonical(document))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def read_json(
    path: str | os.PathLike[str], kind: str, fields: Mapping[str, type | tuple[type, ...]]
) -> dict[str, Any]:
    """Read what `write_json` wrote; a damaged file or one of another kind raises ValueError saying which."""
    try:
        document = json.loads(Path(path).read_bytes())
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError both are
        raise ValueError(
            f"{path}: expected a file of the kind {kind!r}, got something that is not JSON: {error}"
        ) from error
    if not isinstance(document, dict) or document.get("format") != kind:
        found = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise ValueError(f"{path}: expected a file of the kind {kind!r}, got {found!r}")
    digest = document.pop("sha256", None)
    del document["format"]
    if document.keys() != fields.keys():
        raise ValueError(f"{path}: expected the fields {sorted(fields)}, got {sorted(document)}")
    for name, expected in fields.items():
        if not isinstance(document[name], expected):
            raise ValueError(f"{path}: {name}: unexpected {type(document[name]).__name__}")
    if digest != _digest(document):
        raise ValueError(f"{path}: the content does not match its SHA-256: the file is damaged or was edited")
    return document


def _canonical(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        bad = text[error.start : error.end]
        raise ValueError(
            f"cannot be written as UTF-8: half of a surrogate pair, {bad!r}, in a token"
        ) from error


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()
