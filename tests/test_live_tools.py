"""What brings in the live cells' files: sources in order, checksums, and a build where they cannot be had."""

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pytest

from companion.data import DataUnavailable
from tools import live, live_data, runtime

ROOT = Path(__file__).resolve().parents[1]
GOOD = b"the upstream file"
ENTRY = {"file_name": "some-1.0.whl", "sha256": hashlib.sha256(GOOD).hexdigest()}


@pytest.fixture
def sources(monkeypatch, tmp_path):
    """Give each source something to write, in place of the network; note who is asked."""
    asked = []

    def give(official, carried):
        def source(name, content):
            def write(files):
                asked.append(name)
                for file in files if content is not None else []:
                    file.write_bytes(content)

            return write

        monkeypatch.setattr(runtime, "cache_dir", lambda: tmp_path)
        monkeypatch.setattr(runtime, "_official", source("official", official))
        monkeypatch.setattr(runtime, "_carried", source("carried", carried))
        return asked

    return give


@pytest.mark.parametrize(
    ("official", "carried", "who"),
    [
        (GOOD, None, ["official"]),
        (None, GOOD, ["official", "carried"]),
        (b"something else", GOOD, ["official", "carried"]),
    ],
)
def test_the_official_source_is_asked_first_and_none_is_believed(sources, official, carried, who):
    asked = sources(official, carried)
    found = runtime.wheels({"some": ENTRY})
    assert found["some"].read_bytes() == GOOD
    assert asked == who
    assert runtime.wheels({"some": ENTRY}) == found
    assert asked == who  # the second time it is in the cache


def test_a_file_that_nobody_has_as_it_should_be_is_named(sources):
    sources(b"wrong", b"wrong too")
    with pytest.raises(runtime.RuntimeUnavailable, match=r"some-1\.0\.whl"):
        runtime.wheels({"some": ENTRY})


def test_a_machine_without_the_internet_waits_once(monkeypatch, tmp_path):
    calls = []

    def refuse(address, timeout):
        calls.append((address, timeout))
        raise OSError("no way there")

    monkeypatch.setattr(runtime.urllib.request, "urlopen", refuse)
    runtime._official([tmp_path / "a.whl", tmp_path / "b.whl"])
    assert calls == [(runtime.OFFICIAL + "a.whl", 5)]


def test_a_carrier_that_cannot_be_had_is_no_crash(monkeypatch, tmp_path, capsys):
    def refuse(data):
        raise DataUnavailable("the package cannot be had\nand how to help")

    monkeypatch.setattr(runtime, "fetch", refuse)
    runtime._carried([tmp_path / "a.whl"])
    assert capsys.readouterr().err == "the package cannot be had\n"


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """Let the live cells' folder be elsewhere, and let Python for the browser not be had."""

    def refuse(to):
        raise runtime.RuntimeUnavailable("numpy-2.whl is nowhere")

    monkeypatch.setattr(live, "LIVE", tmp_path / "live")
    monkeypatch.setattr(live.runtime, "copy", refuse)
    return tmp_path / "live"


def test_without_python_the_book_has_no_live_cells(nowhere, monkeypatch, capsys):
    monkeypatch.delenv("LIVE", raising=False)
    assert live.bring_in() is False
    assert "built without live cells: numpy-2.whl is nowhere" in capsys.readouterr().err
    assert not nowhere.exists()


def test_live_required(nowhere, monkeypatch):
    monkeypatch.setenv("LIVE", "required")
    with pytest.raises(runtime.RuntimeUnavailable, match="nowhere"):
        live.bring_in()


def test_live_no(nowhere, monkeypatch):
    monkeypatch.setenv("LIVE", "no")
    nowhere.mkdir()
    assert live.bring_in() is False
    assert not nowhere.exists()


def test_a_part_is_made_when_its_sources_change(monkeypatch, tmp_path):
    monkeypatch.setattr(live, "LIVE", tmp_path / "live")
    monkeypatch.setattr(live, "ROOT", tmp_path)
    source, made = tmp_path / "source", []
    for content in ("one", "one", "two"):
        source.write_text(content)
        live.part("some", lambda to: made.append(to.is_dir()), [source])
    assert made == [True, True]


def test_archives_are_compiled_by_the_browsers_own_python(tmp_path):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as packed:
        packed.writestr("pack/mod.py", "x = 1")
        packed.writestr("pack/data.json", "{}")
    runtime.compile_archives(tmp_path, ["some.zip"], replace=False)
    kept = zipfile.ZipFile(tmp_path / "some.zip").namelist()
    assert kept == ["pack/mod.py", "pack/__pycache__/mod.cpython-312.pyc", "pack/data.json"]


def test_a_page_gets_no_pytorch_and_no_weights_with_the_companion():
    places = {place.as_posix() for place in dict(live.inside(ROOT / "companion")).values()}
    assert {"reference/rnn.py", "check/verdict.py", "py.typed"} <= places
    assert not [place for place in places if place.startswith("torch/") or "__pycache__" in place]
    assert not [place for place in places if place.endswith(".safetensors")]


def test_every_loader_of_a_chapter_is_known():
    text = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "book").glob("*/*.ipynb"))
    own = {"load_stocks", "load_picture"}  # they come with matplotlib
    from companion import data

    named = {name for name in dir(data) if name.startswith("load_") and f"{name}(" in text}
    assert named - own - live_data.TOO_LARGE.keys() <= set(live_data.loaders())


def test_the_build_marks_what_cannot_run(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "live" / "python"))
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    from unrolled_ext import live_cells

    cells = ["import numpy as np\nimport torch, keras", "torch.ones(3) + keras.ops.ones(3)", "print(np.pi)"]
    notebook = tmp_path / "some.ipynb"
    code = [{"cell_type": "code", "source": [cell]} for cell in cells]
    notebook.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "a"}, *code]}))
    assert live_cells.marks(notebook, {}) == ["", "Keras and PyTorch", ""]
    assert live_cells._marked('<div class="cell"', "Keras and PyTorch") == (
        '<div class="cell" data-live="Keras and PyTorch">'
    )
    assert "live_cells.split" in sys.modules
