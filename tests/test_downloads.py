"""What a reader takes along: the companion as a wheel, and the packages that a notebook asks for."""

import ast
import doctest
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from nbformat import v4

from tools import build, node
from tools.downloads import needs, notebook, places, wheel
from tools.notebooks.files import find_notebooks

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [file.stem for file in find_notebooks()]


def of(*lines):
    """Return what a notebook of these lines needs."""
    return needs.needs(
        v4.new_notebook(cells=[v4.new_code_cell("\n".join(lines)), v4.new_markdown_cell("import keras")])
    )


@pytest.fixture(scope="module")
def built():
    """Return the wheel that the book offers, which `make book` has built."""
    wheel.bring_in()
    return wheel.FOLDER / wheel.name()


def test_the_wheel_holds_every_file_of_the_companion(built):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "companion"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    held = {name for name in zipfile.ZipFile(built).namelist() if name.startswith("companion/")}
    there = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert held == there
    assert "companion/weights/pig-latin.safetensors" in held


def test_the_wheel_is_the_same_bytes_again(built, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    before = os.umask(0o077)
    try:
        again = wheel.build(tmp_path)
    finally:
        os.umask(before)
    assert again.read_bytes() == built.read_bytes()


def test_pip_takes_the_wheel_with_an_extra_and_its_versions(built, tmp_path):
    report = tmp_path / "report.json"
    asked = f"unrolled[errata] @ {built.as_uri().replace('+', '%2B')}"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*command, "--quiet", f"--report={report}", asked], check=True)
    text = report.read_text(encoding="utf-8")
    assert wheel.version() in text
    assert f'torch=={wheel.pins()["torch"]}; extra == \\"errata\\"' in text


def test_each_notebook_has_an_extra():
    assert sorted(wheel.extras()) == sorted(NOTEBOOKS)
    assert len(set(NOTEBOOKS)) == len(NOTEBOOKS)
    stated = tomllib.loads(wheel.project())["project"]
    assert stated["optional-dependencies"] == wheel.extras()


def test_a_notebook_that_is_numpy_alone_needs_no_pytorch():
    without = {
        name for name, wanted in wheel.extras().items() if not any(w.startswith("torch") for w in wanted)
    }
    assert {"text-vectorization", "vanishing-gradients", "bleu"} <= without
    assert not {"bptt", "deep-rnn", "errata"} & without


def test_what_computes_has_a_version_and_what_shows_has_none():
    assert wheel.requirements(["numpy", "pyarrow"]) == [f"numpy=={wheel.pins()['numpy']}", "pyarrow"]
    with pytest.raises(wheel.WheelError, match="expected a version of jax"):
        wheel.requirements(["numpy", "jax"])


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("import companion.reference.rnn", set()),
        ("from companion.reference import rnn, lstm", set()),
        ("from companion import plots", {"matplotlib"}),
        ("from companion import weights", {"safetensors"}),
        ("from companion.torch import rnn", {"torch"}),
        ("from companion.weights.taggers import load_tagger", {"safetensors"}),
        ("import torch.nn.functional as F", {"torch"}),
        ("from sklearn.datasets import load_digits", {"scikit-learn"}),
        ("if True:\n    import scipy.sparse", {"scipy"}),
        ("import os, math, matplotlib.pyplot as plt", {"matplotlib"}),
        ("from companion import data\ndata.load_glove(50)", {"pyarrow", needs.NPM}),
        ("from companion.data import load_brown", {needs.NPM}),
        ("from companion.data import load_reviews", set()),
    ],
)
def test_needs(line, needed):
    assert set(of(line)) == {"numpy", *needed}


def test_what_the_companion_imports_late_is_known():
    """A package that the companion imports in a function alone stands in `INSIDE`, or is not necessary."""
    unnecessary = {"tqdm"}  # the bar that is drawn on a terminal
    for file in (ROOT / "companion").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        statements = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        every = set(needs.imported(statements))
        late = {name.partition(".")[0] for name in every - set(needs.of_file(file))}
        known = {*needs.INSIDE.values(), *needs.BROUGHT, *unnecessary, "companion", "numpy"}
        assert late - sys.stdlib_module_names <= known, file


def test_make_lab_installs_what_the_notebooks_need():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    given = {name.partition("==")[0] for extra in ("lab", "torch", "data", "plots") for name in extras[extra]}
    for name, wanted in wheel.extras().items():
        assert {package.partition("==")[0] for package in wanted} <= {*given, "numpy"}, name


def test_a_wheel_that_cannot_be_built_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(wheel, "project", lambda: "no table of a project")
    with pytest.raises(wheel.WheelError, match=r"(?s)could not be built.*setuptools 77"):
        wheel.build(tmp_path)


def test_pyproject_without_the_table_of_extras_is_refused(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'unrolled'\n", encoding="utf-8")
    monkeypatch.setattr(wheel, "ROOT", tmp_path)
    monkeypatch.setattr(wheel, "extras", dict)
    with pytest.raises(wheel.WheelError, match="expected one table"):
        wheel.project()


def test_the_address_is_told_to_the_book(monkeypatch):
    monkeypatch.delenv("ADDRESS", raising=False)
    assert build.known_address() == {}
    monkeypatch.setenv("ADDRESS", "https://example.org/book")
    assert build.known_address() == {"html_baseurl": "https://example.org/book"}


@pytest.mark.parametrize("address", ["example.org", "https://example.org/a b", "https://example.org/$(x)"])
def test_an_address_that_is_none_is_refused(monkeypatch, address):
    monkeypatch.setenv("ADDRESS", address)
    with pytest.raises(node.NodeError, match="ADDRESS: expected"):
        build.known_address()


@pytest.mark.parametrize("module", [needs, notebook, places, wheel])
def test_examples(module):
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0
