"""The two commands' set-up: one list of packages, and errors that say what to do."""

import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = (ROOT / "environment.yml").read_text(encoding="utf-8")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normalised(name): version for name, version in pairs}


def requirements() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(item for extra in extras for item in extra)]
    return [item for item in wanted if not item.startswith("unrolled[")]


def test_every_dependency_is_pinned() -> None:
    pinned = constraints()
    missing = [item for item in requirements() if normalised(re.split(r"[<>=]", item)[0]) not in pinned]
    assert not missing, f"constraints.txt does not pin {missing}; run make constraints"


def test_pins_satisfy_what_is_asked_for() -> None:
    pinned = constraints()
    assert pinned["torch"] == "2.13.0"
    assert pinned["jupyter-book"].startswith("1.")
    assert "+" not in "".join(pinned.values()), "a local build tag would not be found on another machine"


def test_constraints_name_no_file_and_no_address() -> None:
    assert not re.search(r"://|@ |^-", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)


def test_environment_gives_conda_users_the_same_set() -> None:
    assert "-c constraints.txt" in CONDA
    assert "-e .[test,lab]" in CONDA
    lower = re.search(r"python>=([\d.]+)", CONDA)
    assert lower
    assert PROJECT["requires-python"] == f">={lower[1]}"


def test_lock_file_names_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity": "sha512-' in text
    assert '"resolved"' not in text


# Errors of the bootstrap script


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Make a folder that serves as PATH, with the shell's tools and no Python."""
    for tool in ("sh", "dirname", "cat", "cksum", "printf"):
        found = next(p for d in ("/bin", "/usr/bin") if (p := Path(d, tool)).exists())
        (tmp_path / tool).symlink_to(found)
    return tmp_path


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def bootstrap(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools/bootstrap.sh"), "book"],
        env={"PATH": str(path), "VENV": str(path / "venv"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_python(bare: Path) -> None:
    done = bootstrap(bare)
    assert done.returncode != 0
    assert "No Python was found" in done.stderr
    assert "apt install python3" in done.stderr


def test_old_python(bare: Path) -> None:
    script(bare / "python3", 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac')
    done = bootstrap(bare)
    assert done.returncode != 0
    assert "3.11 or newer is needed, and python3 is Python 3.9.2" in done.stderr


def test_old_python_that_was_asked_for(bare: Path) -> None:
    script(bare / "old", 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac')
    done = bootstrap(bare, PYTHON="old")
    assert done.returncode != 0
    assert "3.11 or newer is needed" in done.stderr


def test_python_setting_that_is_no_command(bare: Path) -> None:
    done = bootstrap(bare, PYTHON="snake")
    assert done.returncode != 0
    assert "PYTHON is set to 'snake'" in done.stderr


def test_no_venv_module(bare: Path) -> None:
    script(bare / "python3", 'case "$2" in *"import venv"*) exit 1;; *) exit 0;; esac')
    done = bootstrap(bare)
    assert done.returncode != 0
    assert "has no venv module" in done.stderr
    assert "apt install python3-venv" in done.stderr


def test_no_network(bare: Path) -> None:
    (bare / "python3").symlink_to(sys.executable)
    (bare / "venv" / "bin").mkdir(parents=True)
    install = 'case "$2" in *"import pip"*) exit 0;; esac; echo "ERROR: Could not find a version" >&2; exit 1'
    script(bare / "venv" / "bin" / "python", install)
    done = bootstrap(bare, HOME=os.environ.get("HOME", "/"))
    assert done.returncode != 0
    assert "Without a network nothing can be installed" in done.stderr
    assert not (bare / "venv" / ".installed-book").exists(), "a failed installation must be tried again"


def test_a_broken_environment_is_made_anew(bare: Path) -> None:
    script(
        bare / "python3",
        'case "$2" in venv) mkdir -p "$4/bin"; echo made > "$4/new"; exit 1;; *) exit 0;; esac',
    )
    (bare / "venv" / "bin").mkdir(parents=True)
    script(bare / "venv" / "bin" / "python", "exit 1")  # no pip in it: its making was broken off
    (bare / "mkdir").symlink_to("/bin/mkdir")
    done = bootstrap(bare)
    assert (bare / "venv" / "new").exists()
    assert "could not be made" in done.stderr


def test_a_python_that_does_not_run_is_no_python(bare: Path) -> None:
    script(bare / "python3", "exit 1")
    done = bootstrap(bare)
    assert done.returncode != 0
    assert "3.11 or newer is needed" in done.stderr
