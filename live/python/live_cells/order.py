"""Which cells must have run before another can."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from live_cells.names import names


@dataclass
class Facts:
    """The names of one cell.

    ``needs`` before it can run, ``late`` before what it defines is called, ``sets``, ``changes`` in place,
    and ``modules`` that it imports.
    """

    needs: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
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
    found: set[int] = set()
    asked: set[tuple[str, int]] = set()
    waiting = [(name, target) for name in cells[target].needs | cells[target].late]
    while waiting:
        name, before = waiting.pop()
        if (name, before) in asked:
            continue
        asked.add((name, before))
        for number in range(before - 1, -1, -1):
            cell = cells[number]
            if name in cell.sets or (name in cell.changes and name not in modules):
                if ran.get(number) != sources[number]:
                    found.add(number)
                    waiting += [(other, number) for other in cell.needs]
                waiting += [(other, target) for other in cell.late]
                if name in cell.sets and name not in cell.needs:
                    break
    return sorted(found)


def facts(source: str) -> Facts:
    """Return the names of a cell; none where it is not Python."""
    cell = Facts()
    with contextlib.suppress(SyntaxError):
        for statement in ast.parse(source).body:
            found = names(statement)
            cell.needs |= ((found.reads - found.late) | found.changes) - cell.sets
            cell.late |= found.late
            cell.sets |= found.sets
            cell.changes |= found.changes
            cell.modules |= found.modules
    return cell
