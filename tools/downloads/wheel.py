"""The companion as a wheel, from the tree: ``python -m tools.downloads.wheel``.

The same sources give the same bytes, and the name says which sources they were. For each notebook the wheel
has an extra of the notebook's name, ``unrolled[lstm-gru]``: the packages that it needs, in the versions with
which the book was made.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import node
from tools.downloads.needs import NPM, needs
from tools.notebooks.files import find_notebooks, read

ROOT = node.ROOT
FOLDER = ROOT / "_assets" / "downloads"  # which _config.yml adds to the built book
FRAME = ("README.md", "LICENSE")
PACKAGE_DATA = (".py", ".json", ".safetensors", ".typed", ".js", ".css")
UMASK = 0o022  # the archive keeps the modes of its files
WHEN = "315532800"  # seconds since 1970: the first day that a zip file knows
# These show and fetch, and compute no number of the book: the reader's own versions stay.
UNPINNED = {"ipywidgets", "pyarrow", NPM}


class WheelError(RuntimeError):
    """The wheel could not be built; the message says why, and what to do."""


@functools.cache
def pins() -> dict[str, str]:
    """Return the version of each package with which the book was made."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


@functools.cache
def extras() -> dict[str, list[str]]:
    """Return for each notebook, by the name of its file, what has to be installed for it."""
    return {file.stem: requirements(needs(read(file))) for file in find_notebooks()}


def requirements(names: list[str]) -> list[str]:
    """Return packages with the versions with which the book was made.

    Raises
    ------
    WheelError
        If constraints.txt does not know a package.

    Examples
    --------
    >>> requirements(["torch", "ipywidgets"])
    ['torch==2.13.0', 'ipywidgets']
    """
    missing = [name for name in names if name not in pins()]
    if missing:
        raise WheelError(
            f"constraints.txt: expected a version of {', '.join(missing)}, which a notebook needs; got none. "
            "Add the package to pyproject.toml and run `make constraints`."
        )
    return [name if name in UNPINNED else f"{name}=={pins()[name]}" for name in names]


def project() -> str:
    """Return the text of pyproject.toml with an extra for each notebook in the place of its own extras."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    table = "".join(f"{json.dumps(name)} = {json.dumps(wanted)}\n" for name, wanted in extras().items())
    changed, count = re.subn(
        r"(?ms)^(\[project\.optional-dependencies\]\n).*?(?=^\[)", lambda found: f"{found[1]}{table}\n", text
    )
    if count != 1:
        raise WheelError(
            "pyproject.toml: expected one table [project.optional-dependencies] before another one"
        )
    return changed


def sources() -> list[Path]:
    """Return the files of the companion."""
    found = (file for file in sorted((ROOT / "companion").rglob("*")) if file.suffix in PACKAGE_DATA)
    return [file for file in found if file.is_file()]


@functools.cache
def version() -> str:
    """Return the version of the wheel: the companion's own, and what its sources come to.

    So that pip replaces the wheel of an earlier book whose companion had the same version.
    """
    digest = hashlib.sha256(f"{project()}{pins()['setuptools']}".encode())  # which builds it
    for file in [*sources(), *(ROOT / name for name in FRAME)]:
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return f"{own_version()}+book{digest.hexdigest()[:8]}"


def own_version() -> str:
    """Return the companion's version."""
    found = re.search(r'(?m)^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if found is None:
        raise WheelError('pyproject.toml: expected a line `version = "..."`, found none')
    return found[1]


def name() -> str:
    """Return the name of the wheel's file."""
    return f"unrolled-{version()}-py3-none-any.whl"


def bring_in() -> bool:
    """Build the wheel into ``_assets/downloads``, unless it is there; say whether there was work.

    Raises
    ------
    WheelError
        If it cannot be built.
    """
    if (FOLDER / name()).exists():
        return False
    with tempfile.TemporaryDirectory() as scratch:
        built = build(Path(scratch))
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        partial = FOLDER / ".partial"
        shutil.copyfile(built, partial)
        partial.replace(FOLDER / name())
    return True


def build(folder: Path) -> Path:
    """Build the wheel in an empty folder, from a copy of the sources, without a network."""
    tree, out = folder / "tree", folder / "out"
    for file in [*sources(), *(ROOT / frame for frame in FRAME)]:
        copy = tree / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
        copy.chmod(0o666 & ~UMASK)
    stated = project().replace(f'version = "{own_version()}"', f'version = "{version()}"', 1)
    (tree / "pyproject.toml").write_text(stated, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check", f"--wheel-dir={out}", str(tree)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": WHEN, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, umask=UMASK)
    if done.returncode or not (out / name()).is_file():
        raise WheelError(
            f"{done.stderr.strip()}\n\nThe companion's wheel could not be built (pip's words stand above). "
            "It needs setuptools 77 or newer in this environment; `make book` installs it."
        )
    return out / name()


if __name__ == "__main__":
    bring_in()
    print((FOLDER / name()).relative_to(ROOT))
