"""What one statement of a cell reads, sets, changes and imports: by name."""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Iterator
from dataclasses import dataclass

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
HERE = {"companion", "numpy", "matplotlib", "PIL", "cycler", "dateutil"} | set(sys.stdlib_module_names)
AWAY = {"companion.torch": "PyTorch", "subprocess": "other programs"}
CALLED = {
    "torch": "PyTorch",
    "keras": "Keras",
    "sklearn": "scikit-learn",
    "scipy": "SciPy",
    "sacrebleu": "sacreBLEU",
}


@dataclass(frozen=True)
class Names:
    """The names of one statement.

    Attributes
    ----------
    reads : frozenset of str
        Global names whose values it may need, inside the functions that it defines too.
    sets : frozenset of str
        Names that it gives a value.
    changes : frozenset of str
        Names whose values it may change in place: ``x[0] = 1``, ``x += 1``, ``x.append(1)``.
    modules : frozenset of str
        Names that it imports.
    late : frozenset of str
        Of what it reads, what is read only when the function that it defines is called.
    """

    reads: frozenset[str]
    sets: frozenset[str]
    changes: frozenset[str]
    modules: frozenset[str]
    late: frozenset[str]


def names(statement: ast.stmt) -> Names:
    """Return the names of a statement that stands at the top of a cell.

    Examples
    --------
    >>> found = names(ast.parse("y[0] = [f(x) for x in rows]").body[0])
    >>> sorted(found.reads), sorted(found.sets), sorted(found.changes)
    (['f', 'rows', 'y'], [], ['y'])
    """
    top = symtable.symtable(ast.unparse(statement), "cell", "exec")
    reads = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    at_once = frozenset(reads) if isinstance(statement, FUNCTION) else None
    sets = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_namespace()}
    for inner in _inside(top):
        for symbol in inner.get_symbols():
            if symbol.is_global():
                reads.add(symbol.get_name())
                if symbol.is_assigned():
                    sets.add(symbol.get_name())
    imported = {s.get_name() for s in top.get_symbols() if s.is_imported()}
    sets = {name for name in sets | imported if not name.startswith(".")}
    late = frozenset() if at_once is None else frozenset(reads - at_once)
    changes = frozenset(_changed(statement))
    return Names(frozenset(reads), frozenset(sets), changes, frozenset(imported), late)


def missing(statement: ast.stmt) -> dict[str, str]:
    """Return which imported names are not to be had in a page, and what each belongs to.

    Examples
    --------
    >>> missing(ast.parse("from torch import nn").body[0])
    {'nn': 'PyTorch'}
    """
    found = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if of := _away(alias.name):
                    found[alias.asname or alias.name.partition(".")[0]] = of
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if of := _away(f"{node.module}.{alias.name}"):
                    found[alias.asname or alias.name] = of
    return found


def _away(module: str) -> str | None:
    """Say what a module belongs to that a page has not; nothing where it has it."""
    for name, of in AWAY.items():
        if module == name or module.startswith(name + "."):
            return of
    top = module.partition(".")[0]
    return None if top in HERE else CALLED.get(top, top)


def _inside(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inside(child)


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Yield the names whose values are changed in place, outside the functions that are only defined."""
    if isinstance(statement, (*FUNCTION, ast.ClassDef)):
        return
    for node in ast.walk(statement):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.For)):
            targets = [node.target]
        elif isinstance(node, ast.Delete):
            targets = node.targets
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            targets = [call.func] if isinstance(call.func, ast.Attribute) else []
        for target in targets:
            for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                if name := _base(part, augmented=isinstance(node, ast.AugAssign)):
                    yield name


def _base(target: ast.expr, augmented: bool) -> str | None:
    """Return ``x`` of ``x[0].y``, and of ``x`` itself where it is augmented."""
    deep = augmented
    while isinstance(target, (ast.Subscript, ast.Attribute, ast.Starred, ast.Call)):
        deep = True
        target = target.func if isinstance(target, ast.Call) else target.value
    return target.id if deep and isinstance(target, ast.Name) else None
