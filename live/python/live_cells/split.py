"""Which statements of a notebook's cells can run in a page, and which need what a page has not.

A page has Python, NumPy, matplotlib and the companion, and no PyTorch. A statement is left out if it imports
what is missing, or reads a name that such a statement would have set or changed; so is every later one that
reads what it sets. What else the cell says runs.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from live_cells.names import Names, missing, names


@dataclass
class Cell:
    """A cell, split.

    Attributes
    ----------
    runs : list of ast.stmt
        What runs, in order.
    left_out : list of (int, int)
        First and last line of each stretch that is left out.
    needs : list of str
        What those need, such as PyTorch, in the order in which it is met.
    hides_figures : bool
        Whether a figure of the cell would be drawn in part only.
    """

    runs: list[ast.stmt] = field(default_factory=list)
    left_out: list[tuple[int, int]] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    hides_figures: bool = False

    @property
    def how(self) -> str:
        """``all``, ``part`` or ``none`` of it runs."""
        if not self.left_out:
            return "all"
        return "part" if self.runs else "none"

    def leave_out(self, statement: ast.stmt) -> None:
        """Note the lines of a statement; lines that follow each other are one stretch."""
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
        last = statement.end_lineno or first
        if self.left_out and self.left_out[-1][1] >= first - 1:
            first = self.left_out.pop()[0]
        self.left_out.append((first, last))


class Splitter:
    r"""Splits the cells of one notebook, one after the other.

    Parameters
    ----------
    loaders : dict of str to str, optional
        Functions of ``companion.data`` whose data the page has not: what each would fetch.

    Examples
    --------
    >>> splitter = Splitter()
    >>> splitter.split("import numpy as np\nimport torch").how
    'part'
    >>> splitter.split("x = torch.ones(3)").how
    'none'
    >>> splitter.split("print(x)").needs
    ['PyTorch']
    """

    def __init__(self, loaders: dict[str, str] | None = None) -> None:
        self.loaders = loaders or {}
        self.lacking: dict[str, dict[str, None]] = {}  # name: what it needs, in order
        self.modules: set[str] = set()
        self.generators: set[str] = set()

    def split(self, source: str) -> Cell:
        """Split the next cell.

        Raises
        ------
        SyntaxError
            If it is not Python.
        """
        cell, drawn = Cell(), set()
        for statement in ast.parse(source).body:
            found = names(statement)
            if "plt" in found.reads:
                drawn |= found.sets
            if why := self._lacks(statement, found):
                self._leave_out(cell, statement, found, why)
            elif drawn & self.lacking.keys() and "plt" in found.reads and isinstance(statement, ast.Expr):
                cell.leave_out(statement)
                cell.hides_figures = True
            else:
                self._keep(cell, statement, found)
        if drawn & self.lacking.keys():
            cell.hides_figures = True
        return cell

    def _lacks(self, statement: ast.stmt, found: Names) -> dict[str, None]:
        """Return what a statement needs that is not there."""
        away = dict.fromkeys(missing(statement).values())
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return away if len(missing(statement)) == len(statement.names) else {}
        why: dict[str, None] = dict(away)
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and node.attr in self.loaders:  # data.load_glove
                why[self.loaders[node.attr]] = None
        for name in sorted(found.reads | found.changes):
            why |= self.lacking.get(name, {})
        return why

    def _leave_out(self, cell: Cell, statement: ast.stmt, found: Names, why: dict[str, None]) -> None:
        cell.leave_out(statement)
        cell.needs += [what for what in why if what not in cell.needs]
        # What it would have changed has another value from here on, and so has what it would have drawn from.
        changed = (found.changes - self.modules) | (found.reads & self.generators)
        for name in found.sets | changed:
            self.lacking[name] = why
        for name, of in missing(statement).items():
            self.lacking[name] = {of: None}

    def _keep(self, cell: Cell, statement: ast.stmt, found: Names) -> None:
        away = missing(statement)
        if away and isinstance(statement, (ast.Import, ast.ImportFrom)):
            kept = [a for a in statement.names if (a.asname or a.name.partition(".")[0]) not in away]
            statement.names = kept
            cell.leave_out(statement)
            cell.needs += [what for what in dict.fromkeys(away.values()) if what not in cell.needs]
        for name in found.sets:
            self.lacking.pop(name, None)
        for name, of in away.items():
            self.lacking[name] = {of: None}
        self.modules |= found.modules
        self.generators -= found.sets
        if "default_rng" in ast.unparse(statement):
            self.generators |= found.sets
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("companion.data"):
            for alias in statement.names:
                if alias.name in self.loaders:
                    self.lacking[alias.asname or alias.name] = {self.loaders[alias.name]: None}
        cell.runs.append(statement)
