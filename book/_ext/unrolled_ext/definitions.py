"""The companion's modules, and where their names are defined, found by reading the source."""

from __future__ import annotations

import ast
import copy
import sys
from functools import lru_cache
from pathlib import Path

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign
FIRST = ["companion.text", "companion.vectors", "companion.reference", "companion.torch", "companion.data"]


@lru_cache(maxsize=512)
def parsed(file: Path, _changed: int) -> ast.Module:
    """Parse a module once for each of its states."""
    return ast.parse(file.read_text(encoding="utf-8"))


def tree_of(file: Path) -> ast.Module:
    """Parse a module."""
    return parsed(file, file.stat().st_mtime_ns)


def file_of(root: Path, module: str) -> Path | None:
    """File of a module; None if it is not in the repository."""
    base = root.joinpath(*module.split("."))
    return next((file for file in (base / "__init__.py", base.with_suffix(".py")) if file.is_file()), None)


def lists_names(file: Path) -> bool:
    """Whether a package says by ``__all__`` what it offers, so that its modules need no page of their own."""
    targets = [node.targets[0] for node in tree_of(file).body if isinstance(node, ast.Assign)]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def modules(root: Path) -> list[str]:
    """List what the reader imports: packages that list their names, and the modules of those that do not."""
    spoken_for: list[Path] = []
    found = []
    for file in sorted((root / "companion").rglob("*.py"), key=lambda file: (file.parent, file.name)):
        parts = file.relative_to(root).with_suffix("").parts
        if any(part.startswith("_") and part != "__init__" for part in parts):
            continue
        if any(folder in file.parents for folder in spoken_for):
            continue
        if file.name != "__init__.py":
            found.append(".".join(parts))
        elif lists_names(file):
            spoken_for.append(file.parent)
            found.append(".".join(parts[:-1]))
    return sorted(found, key=order)


def order(module: str) -> tuple[int, str]:
    """Sort what a chapter uses first to the front, and what is not in the list to the end, by name."""
    prefixes = [prefix for prefix in FIRST if f"{module}.".startswith(f"{prefix}.")]
    return (FIRST.index(prefixes[0]) if prefixes else len(FIRST)), module


def outside(root: Path) -> list[str]:
    """Top-level packages that the companion imports beside NumPy and the standard library."""
    names = set()
    for file in (root / "companion").rglob("*.py"):
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return sorted(names - {"companion", "numpy"} - set(sys.stdlib_module_names))


def names_of(node: ast.stmt) -> list[str]:
    """Names that a statement defines."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def find(root: Path, module: str, name: str) -> tuple[Path, Definition] | None:
    """File and node of ``companion.text``, ``Vocabulary.fit``; follows imports from one module to another."""
    file = file_of(root, module)
    if file is None:
        return None
    first, *rest = name.split(".")
    for node in tree_of(file).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == first:
                    return find(root, node.module, ".".join([alias.name, *rest]))
    body: list[ast.stmt] = tree_of(file).body
    definition = None
    for part in [first, *rest]:
        definition = next((node for node in body if part in names_of(node)), None)
        if not isinstance(definition, Definition):
            return None
        body = getattr(definition, "body", [])
    return (file, definition) if isinstance(definition, Definition) else None


def comment(file: Path, node: Definition) -> str:
    """Text of the comment behind a definition, on its last line."""
    last = file.read_bytes().splitlines()[(node.end_lineno or node.lineno) - 1]
    return last[node.end_col_offset or 0 :].decode().strip().removeprefix("#").strip()


def signature(node: Definition) -> tuple[str, str | None] | None:
    """Parameters and result of a function, or of a class's ``__init__``, as the author wrote them."""
    if isinstance(node, ast.ClassDef):
        init = next((part for part in node.body if "__init__" in names_of(part)), None)
        result = signature(init) if isinstance(init, ast.FunctionDef) else None
        return (result[0], None) if result else None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    args = copy.deepcopy(node.args)
    if args.args and args.args[0].arg in ("self", "cls"):
        del args.args[0]
    return f"({ast.unparse(args)})", ast.unparse(node.returns) if node.returns else None
