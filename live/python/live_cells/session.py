"""Runs the cells of one page, in one namespace, and says what each puts out."""

from __future__ import annotations

import ast
import contextlib
import linecache
import re
import sys
import traceback
import types
from collections.abc import Callable, Sequence
from typing import Any

from live_cells import files, order, shown
from live_cells.split import Cell, Splitter

COMMAND = re.compile(r"^\s*[%!].*$", re.MULTILINE)  # a line for Jupyter, not for Python


class Session:
    """The state of a page: what its cells have defined, and which of them have run.

    Parameters
    ----------
    send : callable
        Takes a kind (``text``, ``warning``, ``image``, ``html``, ``markdown``, ``error``) and the content.
    loaders : dict of str to str
        See `live_cells.split.Splitter`.
    """

    def __init__(self, send: Callable[[str, str], None], loaders: dict[str, str]) -> None:
        self.send = send
        self.streams: tuple[shown.Printed, ...] = ()
        shown.emit = self.emit
        self.loaders = loaders
        self.reset()

    def reset(self) -> None:
        """Forget everything that the cells have defined."""
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        self.namespace: dict[str, Any] = main.__dict__
        self.namespace["display"] = self.display
        self.ran: dict[int, str] = {}

    def plan(self, sources: Sequence[str], target: int) -> list[int]:
        """Return which cells must run so that one can: those before it that set what it reads, and itself."""
        return [*order.needed(sources, target, self.ran), target]

    def run(self, sources: Sequence[str], number: int) -> dict[str, Any]:
        """Run a cell; say how it ended, and what of it was left out.

        Returns
        -------
        dict
            ``ok``; ``left_out``, first and last lines; ``needs``, what those need; ``line`` of an error.
        """
        text = plain(sources[number])
        name = f"cell {number + 1}"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        self.streams = out, warned = shown.Printed("text", self.send), shown.Printed("warning", self.send)
        cell, failed = Cell(), None
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(warned):
            try:
                cell = self._split(sources, number)
                self._execute(cell, text, name)
            except BaseException as error:  # whatever the reader's code raises is shown to the reader
                failed = error
        self._push()
        if failed is not None:
            self.emit("error", told(failed, name))
        self.ran[number] = sources[number]
        return {"ok": failed is None, "how": cell.how, "left_out": cell.left_out, "needs": cell.needs}

    def emit(self, kind: str, content: str) -> None:
        """Send something after what has been printed before it."""
        self._push()
        self.send(kind, content)

    def display(self, *values: object) -> None:
        """Show values in the middle of a cell, as in a notebook."""
        for value in values:
            shown.show(value)

    def _split(self, sources: Sequence[str], number: int) -> Cell:
        """Split all cells up to this one: what is left out of one decides about the next."""
        splitter = Splitter(self.loaders)
        for source in sources[:number]:
            with contextlib.suppress(SyntaxError):  # it says so when it is run itself
                splitter.split(plain(source))
        return splitter.split(plain(sources[number]))

    def _execute(self, cell: Cell, text: str, name: str) -> None:
        last = cell.runs[-1] if cell.runs else None
        whole = ast.parse(text).body
        ends = isinstance(last, ast.Expr) and ast.unparse(whole[-1]) == ast.unparse(last)
        ends = ends and not text.rstrip().endswith(";")
        for statement in cell.runs:
            files.attend()
            if statement is last and ends and isinstance(statement, ast.Expr):
                code = compile(ast.Expression(statement.value), name, "eval", dont_inherit=True)
                value = eval(code, self.namespace)
                shown.show(value)
            else:
                code = compile(ast.Module([statement], []), name, "exec", dont_inherit=True)
                exec(code, self.namespace)
        if "matplotlib.pyplot" in sys.modules:
            from live_cells import figures

            figures.discard() if cell.hides_figures else figures.show()

    def _push(self) -> None:
        for stream in self.streams:
            stream.push()


def plain(source: str) -> str:
    """Return a cell as Python: the lines that are for Jupyter do nothing."""
    return COMMAND.sub(lambda line: re.match(r"\s*", line[0])[0] + "pass", source)


def told(error: BaseException, name: str) -> str:
    """Return an error as Python tells it, with the reader's own lines alone."""
    told = traceback.TracebackException.from_exception(error)
    seen: set[int] = set()
    part: traceback.TracebackException | None = told
    while part is not None and id(part) not in seen:
        seen.add(id(part))
        part.stack = traceback.StackSummary.from_list(
            [frame for frame in part.stack if frame.filename.startswith("cell ")]
        )
        part = part.__cause__ or (None if part.__suppress_context__ else part.__context__)
    return "".join(told.format()).rstrip() + "\n"
