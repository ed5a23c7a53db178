"""Do what a reader does who has a notebook and nothing else: ``python -m tools.downloads.prove [NAME ...]``.

Each notebook of the built book (``make book``) goes into an empty folder outside the repository and runs from
its first cell, which installs, to its last, in a virtual environment that holds Jupyter's kernel and nothing
more; every output is compared with the stored one, as ``make test`` compares them. With ``--fresh`` each
notebook gets an environment of its own; without, they share one, and each installs what the others lacked.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from tools import node
from tools.downloads.extension import MARK
from tools.notebooks.cells import terms
from tools.notebooks.environment import SEED_WHEN_CHECKED, kernel_sockets
from tools.notebooks.execute import CELL_TIMEOUT
from tools.notebooks.files import reads
from tools.notebooks.outputs import output_differences
from tools.serving import served

HTML = node.ROOT / "_build" / "html"
INSTALL = "taken-install"


class Kernels(KernelSpecManager):
    """Knows one kernel, that of another Python."""

    def __init__(self, python: Path) -> None:
        super().__init__()
        self.python = python

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel."""
        argv = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def main(arguments: list[str] | None = None) -> int:
    """Try notebooks; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.downloads.prove",
        description="Run the notebooks that the book offers, each alone.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as bleu; without one, all of them")
    parser.add_argument("--fresh", action="store_true", help="an environment of its own for each notebook")
    options = parser.parse_args(arguments)
    scripts = [file for file in sorted(HTML.glob("*/*.ipynb.js")) if wanted(file, options.names)]
    if not scripts:
        print(
            f"No such notebook in {HTML.relative_to(node.ROOT)}; `make book` writes them there.",
            file=sys.stderr,
        )
        return 1
    failed = 0
    with tempfile.TemporaryDirectory() as folder, served(HTML) as address:
        for number, script in enumerate(scripts):
            place = Path(folder, str(number))
            python = environment(Path(folder, f"python{number if options.fresh else ''}"))
            began = time.monotonic()
            found = differences(notebook(script, address), place, python)
            print(
                f"{time.monotonic() - began:6.1f} s  {script.name.removesuffix('.js')}: {len(found)} differ",
                flush=True,
            )
            print(*found, sep="\n", end="\n" if found else "")
            failed += bool(found)
    return int(failed > 0)


def wanted(file: Path, names: list[str]) -> bool:
    """Say whether a notebook is one of those asked for."""
    return not names or file.name.removesuffix(".ipynb.js") in names


def notebook(script: Path, address: str) -> NotebookNode:
    """Return the notebook that the button of a page at this address gives; `download.js` does the same."""
    text = script.read_text(encoding="utf-8").strip().removeprefix("unrolledNotebook(").removesuffix(");")
    return reads(json.loads(text).replace(MARK, address))


def environment(folder: Path) -> Path:
    """Make a virtual environment with Jupyter's kernel, unless it is there; return its Python."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "ipykernel"], check=True)
    return python


def differences(
    taken: NotebookNode, folder: Path, python: Path, settings: Mapping[str, str] | None = None
) -> list[str]:
    """Run a notebook in an empty folder, in an environment; return what differs from what it holds."""
    folder.mkdir()
    result = nbformat.from_dict(taken)
    for cell in result.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        result,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=Kernels(python), **kernel_sockets()),
        timeout=CELL_TIMEOUT,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**reader_environment(folder), **(settings or {})}, cleanup_kc=True)
    left = [file.name for file in folder.iterdir() if file.name != "ipython"]
    found = [f"the notebook left {', '.join(left)} in its folder"] if left else []
    for stored, new in zip(taken.cells, result.cells, strict=True):
        if stored.cell_type == "code" and stored.id != INSTALL:
            unlike = output_differences(stored.outputs, new.outputs, terms(stored).tolerance, not_kept)
            found += [f"  {stored.id}: {text}" for text in unlike]
    return found


def reader_environment(folder: Path) -> dict[str, str]:
    """Return this process's environment without what leads to the repository."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONPATH", "VIRTUAL_ENV", "MPLBACKEND")
    }
    return {**kept, "IPYTHONDIR": str(folder / "ipython"), "PYTHONHASHSEED": SEED_WHEN_CHECKED}


def not_kept(name: str, pictures: dict[str, object]) -> str:
    """Keep no pictures of a difference."""
    return f"not kept; {name}"


if __name__ == "__main__":
    sys.exit(main())
