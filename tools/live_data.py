"""The files that live cells fetch when they ask for weights or data: as small as the loaders allow."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from companion import data
from companion.data import DataUnavailable, archives, cache_dir
from companion.data.dataset import Member
from companion.data.registry import find
from tools import node

ROOT = node.ROOT
LACKING = "lacking.json"
LARGEST = 8_000_000  # bytes of a member that a page may fetch
PREPARED = {"load_brown": "brown", "load_sentence_pairs": "sentence-pairs"}  # what is opened in another form
CONTAINERS = (".tar.gz", ".zip")  # members that hold others: these are stored, not those
TOO_LARGE = {"load_glove": "word vectors of 76 MB and more"}
# What is called so that every member which a loader of that name may read is read.
LOADERS: dict[str, Callable[[], object]] = {
    "load_addresses": data.load_addresses,
    "load_analogies": data.load_analogies,
    "load_brown": data.load_brown,
    "load_chorale": data.load_chorale,
    "load_dna": data.load_dna,
    "load_el_nino": data.load_el_nino,
    "load_names": data.load_names,
    "load_phrases": data.load_phrases,
    "load_reviews": data.load_reviews,
    "load_sentence_pairs": data.load_sentence_pairs,
    "load_speech": data.load_speech,
    "load_sunspots": data.load_sunspots,
    "load_translations": data.load_translations,
    "load_vowels": data.load_vowels,
    "load_word_pairs": lambda: [data.load_word_pairs(name) for name in ("wordsim353", "simlex999")],
}


def loaders() -> list[str]:
    """Return the loaders that some chapter names."""
    text = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "book").glob("*/*.ipynb")))
    return sorted(set(re.findall(r"\bload_[a-z_]+\b", text)) & LOADERS.keys())


def sources() -> list[Path]:
    """Return the files that decide what `copy` writes."""
    data_code, weights = ROOT / "companion" / "data", ROOT / "companion" / "weights"
    found = [*data_code.glob("*.py"), *weights.glob("*.safetensors"), Path(__file__)]
    return [*found, *(ROOT / "book").glob("*/*.ipynb")]


def copy(to: Path) -> None:
    """Copy weights and data. A data set that cannot be had is left out, which its loader says in the page."""
    for name in ("weights", "members", "prepared"):
        (to / name).mkdir()
    for file in (ROOT / "companion" / "weights").glob("*.safetensors"):
        shutil.copyfile(file, to / "weights" / file.name)
    lacking = dict(TOO_LARGE)
    for loader in loaders():
        try:
            with recorded(to / "members"):
                LOADERS[loader]()
        except DataUnavailable as error:
            print(f"Live cells cannot {loader}: {str(error).splitlines()[0]}", file=sys.stderr)
            lacking[loader] = f"the data of {loader}"
    for loader in PREPARED.keys() & set(loaders()) - lacking.keys():
        zip_prepared(find(PREPARED[loader]), to / "prepared")
    (to / LACKING).write_text(json.dumps(lacking), encoding="utf-8")


def offered(folder: Path) -> dict[str, Any]:
    """Return which files there are, and which loaders have none and what they would need."""
    names = ("weights", "members", "prepared")
    files = sorted(
        file.relative_to(folder).as_posix() for name in names for file in (folder / name).iterdir()
    )
    return {"files": files, "loaders": json.loads((folder / LACKING).read_text(encoding="utf-8"))}


def zip_prepared(of: data.DataSet, to: Path) -> None:
    """Pack the folder of a prepared form, whose files its manifest checks when it is opened."""
    for folder in sorted((cache_dir() / "prepared").glob(f"{of.name}-*-{of.sha256[:12]}")):
        with zipfile.ZipFile(to / f"{folder.name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.iterdir()):
                archive.write(file, file.name)


@contextlib.contextmanager
def recorded(to: Path) -> Iterator[None]:
    """Store what the loaders read out of archives, each member under its SHA-256."""
    changed: list[tuple[ModuleType, Callable[..., Any]]] = []
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{data.__name__}.") and name != archives.__name__ and hasattr(module, "read"):
            changed.append((module, module.read))
            module.read = _recording(module.read, to)
    yield
    for module, read in changed:
        module.read = read


def _recording(read: Callable[..., dict[str, bytes]], to: Path) -> Callable[..., dict[str, bytes]]:
    def reading(archive: Any, unpacked: int, members: list[Member]) -> dict[str, bytes]:
        found = read(archive, unpacked, members)
        for member in members:
            if not member.path.endswith(CONTAINERS) and member.size <= LARGEST:
                (to / member.sha256).write_bytes(found[member.path])
        return found

    return reading
