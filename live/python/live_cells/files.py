"""Weights and data that a page fetches from its own host when a cell first asks for them."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _nothing(name: str) -> bytes:
    raise FileNotFoundError(name)


fetch: Callable[[str], bytes] = _nothing  # gives a file of the page's folder of files
offered: set[str] = set()  # what that folder holds
_attended: set[str] = set()


def attend() -> None:
    """Let the companion's modules that have been imported since the last call find their files here."""
    for name in [name for name in sys.modules if name.startswith("companion.")]:
        if name in _attended:
            continue
        _attended.add(name)
        module = sys.modules[name]
        if name == "companion.weights":
            _weights(module)
        elif name == "companion.data.prepared":
            _prepared(module)
        elif name.startswith("companion.data.") and hasattr(module, "read"):
            _members(module)


def _weights(module: Any) -> None:
    """Fetch a file of weights when it is opened."""
    folder: Path = module.FOLDER

    def path(name: str) -> Path:
        file = folder / f"{name}.safetensors"
        if not file.exists():
            file.write_bytes(fetch(f"weights/{file.name}"))
        return file

    module._path = path
    module.available = lambda: sorted(Path(name).stem for name in offered if name.startswith("weights/"))


def _prepared(module: Any) -> None:
    """Fetch a prepared form when it is asked whether it is there."""
    intact = module._intact

    def there(folder: Path) -> bool:
        name = f"prepared/{folder.name}.zip"
        if name in offered and not folder.exists():
            folder.mkdir(parents=True)
            with zipfile.ZipFile(io.BytesIO(fetch(name))) as packed:
                packed.extractall(folder)
        return bool(intact(folder))

    module._intact = there


def _members(module: Any) -> None:
    """Give a loader the members of an archive that it wants; the archive itself is not here."""

    def read(archive: Any, limit: int, wanted: Any) -> dict[str, bytes]:
        here = {member.path: f"members/{member.sha256}" for member in wanted}
        return {path: fetch(name) if name in offered else b"" for path, name in here.items()}

    module.read = read
    module.fetch = lambda data: Path(data.file_name)
