"""The fixture ``measure``: each way in which it must fail, and what becomes of the errors it took."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from unrolled_ext import scan

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "book" / "appendix" / "equations.json"

MEASURED = """
import pytest

@pytest.mark.equation("eq-a")
@pytest.mark.parametrize("error", [1e-16, 1.3e-16])
def test_a(measure, error):
    measure("eq-a", error, 1e-10)

@pytest.mark.equation("eq-b")
@pytest.mark.equation("eq-c")
def test_both(measure):
    measure("eq-b", 0, 0)
    measure("eq-c", 0.0123, 0.05)
"""

REFUSED = """
import pytest

@pytest.mark.equation("eq-a")
@pytest.mark.parametrize(("label", "error", "tolerance"), [
    ("eq-a", 2e-10, 1e-10),
    ("eq-a", float("nan"), 1e-10),
    ("eq-a", -1.0, 1e-10),
    ("eq-a", 0.0, float("inf")),
    ("eq-b", 0.0, 1e-10),
])
def test_refused(measure, label, error, tolerance):
    measure(label, error, tolerance)
"""

FORGOTTEN = """
import pytest

@pytest.mark.equation("eq-a")
def test_forgets():
    pass
"""


def run(folder: Path, tests: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project of its own that has our conftest.py and one file of tests."""
    (folder / "tests").mkdir(exist_ok=True)
    stored_in(folder).parent.mkdir(parents=True, exist_ok=True)
    (folder / "tests" / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (folder / "tests" / "test_it.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = equation(label)\naddopts = -rf\n")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "book" / "_ext"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "tests"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def stored_in(folder: Path) -> Path:
    return folder / "book" / "appendix" / "equations.json"


def entry(error: str, tolerance: float) -> dict[str, object]:
    return {"error": error, "tolerance": tolerance, "test": "tests/test_it.py::test_old"}


def test_the_largest_error_of_all_workers_is_stored_rounded_up(tmp_path: Path) -> None:
    stored_in(tmp_path).parent.mkdir(parents=True)
    stored_in(tmp_path).write_text(json.dumps({"eq-gone": entry("1e-16", 1e-10)}))  # no test has its label
    result = run(tmp_path, MEASURED, "--write-errors", "-p", "xdist", "-n", "2")
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(stored_in(tmp_path).read_text()) == {
        "eq-a": {"error": "2e-16", "tolerance": 1e-10, "test": "tests/test_it.py::test_a"},
        "eq-b": {"error": "0", "tolerance": 0.0, "test": "tests/test_it.py::test_both"},
        "eq-c": {"error": "2e-2", "tolerance": 0.05, "test": "tests/test_it.py::test_both"},
    }


def test_what_another_machine_may_measure_is_not_stale(tmp_path: Path) -> None:
    stored_in(tmp_path).parent.mkdir(parents=True)
    stored = {"eq-a": entry("0", 1e-10), "eq-b": entry("3e-11", 1e-10)}  # one unit rounding; still at most
    stored_in(tmp_path).write_text(json.dumps(stored))
    result = run(tmp_path, MEASURED)
    assert result.returncode == 0, result.stdout


def test_a_stale_error_fails_the_session(tmp_path: Path) -> None:
    stored_in(tmp_path).parent.mkdir(parents=True)
    stored = {"eq-a": entry("2e-16", 1e-12), "eq-b": entry("0", 0), "eq-c": entry("1e-5", 0.05)}
    stored_in(tmp_path).write_text(json.dumps(stored))
    result = run(tmp_path, MEASURED)
    assert result.returncode == 1, result.stdout
    assert "eq-a: stored with the tolerance 1e-12, tested with 1e-10" in result.stdout
    assert "eq-b: " not in result.stdout
    assert "eq-c: stored as 1e-5, measured 2e-2 by tests/test_it.py::test_both" in result.stdout


def test_what_cannot_be_an_error_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, REFUSED, "--write-errors")
    for said in [
        "eq-a: the error is 2e-10, the tolerance 1e-10",
        "eq-a: the error is nan, the tolerance 1e-10",
        "expected an error of at least 0, got -1; is abs() missing?",
        "expected a finite tolerance of at least 0, got inf",
        "eq-b: measured in a test that is not marked",
        "5 failed",
        "nothing was stored: some tests failed",
    ]:
        assert said in result.stdout
    assert not stored_in(tmp_path).exists()


def test_a_marked_test_that_never_measures_fails_the_session(tmp_path: Path) -> None:
    result = run(tmp_path, FORGOTTEN)
    assert result.returncode == 1
    assert "eq-a: tests/test_it.py::test_forgets is marked with it and never measures it" in result.stdout


def test_every_equation_with_a_test_has_a_stored_error(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("write_errors"):
        return  # they are stored when this session ends
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    proofs = scan.proofs(ROOT)
    remedy = "run python -m pytest --write-errors -m equation"
    assert sorted(stored) == sorted({place.label for place in proofs}), remedy
    known = {f"{place.path}::{place.test}" for place in proofs}
    assert {entry["test"] for entry in stored.values()} <= known, remedy
