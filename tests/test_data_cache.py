"""The cache folder, and the forms of the data that are kept in it."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from companion.data import DataDamaged, DataUnavailable, cache_dir, load_glove
from companion.data.cache import sha256
from companion.data.prepared import MANIFEST, prepared
from companion.data.registry import find


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UNROLLED_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"UNROLLED_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ("linux", {"XDG_CACHE_HOME": "/b"}, "/b/unrolled"),
        ("darwin", {"XDG_CACHE_HOME": "/b"}, "/b/unrolled"),
        ("linux", {"HOME": "/h"}, "/h/.cache/unrolled"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Caches/unrolled"),
        ("win32", {"HOME": "/h", "LOCALAPPDATA": "/l"}, "/l/unrolled/Cache"),
        ("win32", {"HOME": "/h"}, "/h/AppData/Local/unrolled/Cache"),
        ("linux", {"HOME": "/h", "UNROLLED_CACHE": "~/mine"}, "/h/mine"),
    ],
)
def test_cache_folder(monkeypatch, platform, variables, expected):
    for name in ("UNROLLED_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_dir() == Path(expected)


def write(folder):
    (folder / "a.txt").write_text("alpha", encoding="utf-8")


def load(folder):
    return (folder / "a.txt").read_text(encoding="utf-8")


def test_prepared_once(own_cache):
    assert prepared(find("brown"), "toy", write, load) == "alpha"
    assert prepared(find("brown"), "toy", lambda folder: pytest.fail("built again"), load) == "alpha"


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove", "manifest", "list"])
def test_prepared_again_when_damaged(own_cache, damage):
    prepared(find("brown"), "toy", write, load)
    (file,) = own_cache.glob("prepared/*/a.txt")
    if damage == "remove":
        file.unlink()
    elif damage in ("manifest", "list"):
        file.with_name(MANIFEST).write_text("[]" if damage == "list" else "{", encoding="utf-8")
    else:
        file.write_text("alph" if damage == "truncate" else "alphb", encoding="utf-8")
    assert prepared(find("brown"), "toy", write, load) == "alpha"
    assert load(file.parent) == "alpha"


def test_failed_preparation_leaves_nothing(own_cache):
    def fail(folder):
        write(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(DataUnavailable, match="cannot write in the cache folder .*No space left"):
        prepared(find("brown"), "toy", fail, load)
    assert list((own_cache / "prepared").iterdir()) == []


class Trap:
    """An object whose unpickling leaves a mark."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (os.mkdir, (str(self.mark),))


def test_pickle_inside_an_array_is_refused_and_not_run(own_cache, tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    folder = own_cache / "prepared" / f"glove-50-rows-1-{find('glove-50').sha256[:12]}"
    folder.mkdir(parents=True)
    np.save(folder / "matrix.npy", np.array([[Trap(mark)]], dtype=object), allow_pickle=True)
    (folder / "words.json").write_text('["word"]', encoding="utf-8")
    digests = {name: sha256(folder / name) for name in ("matrix.npy", "words.json")}
    (folder / MANIFEST).write_text(json.dumps(digests), encoding="utf-8")
    with pytest.raises(DataDamaged, match="does not hold what it should .*remove it"):
        load_glove(50)
    assert not mark.exists()
    np.load(folder / "matrix.npy", allow_pickle=True)
    assert mark.exists()  # so it would have left its mark
