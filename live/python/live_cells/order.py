"""Which cells must have run before another can."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from live_cells.names import names


@dataclass
class Facts:
    """The names of one cell: what it needs from before, what it sets or changes, what it imports."""

    needs: set[str] = field(default_factory=set)
    sets: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)


def needed(sources: Sequence[str], target: int, ran: Mapping[int, str]) -> list[int]:
    """Return the cells before ``target`` that set or change what it needs and have not run as they stand.

    Examples
    --------
    >>> needed(["import re", "x = 1", "y = 2", "x += y", "print(x)"], 4, {2: "y = 2"})
    [1, 3]
    """
    cells = [facts(source) for source in sources[: target + 1]]
    modules = set().union(*(cell.modules for cell in cells))
    wanted = set(cells[target].needs)
    found = []
    for number in range(target - 1, -1, -1):
        cell = cells[number]
        if not wanted & (cell.sets | (cell.changes - modules)):
            continue
        if ran.get(number) == sources[number]:
            wanted -= cell.sets - cell.needs
            continue
        found.append(number)
        wanted = (wanted - cell.sets) | cell.needs
    return found[::-1]


def facts(source: str) -> Facts:
    """Return the names of a cell; none where it is not Python."""
    cell = Facts()
    with contextlib.suppress(SyntaxError):
        for statement in ast.parse(source).body:
            found = names(statement)
            cell.needs |= (found.reads | found.changes) - cell.sets
            cell.sets |= found.sets
            cell.changes |= found.changes
            cell.modules |= found.modules
    return cell
