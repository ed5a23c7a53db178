"""The companion's own source, shown in a chapter where it is used."""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType


@dataclass(frozen=True)
class Listing:
    """Lines of Python and the file they stand in; a notebook shows them coloured."""

    file: str
    code: str

    def __repr__(self) -> str:
        """Return the code with its file name as a comment."""
        return f"# {self.file}\n{self.code}"

    def _repr_markdown_(self) -> str:
        """Return a fenced block; its fence is longer than any that the code holds."""
        fence = "```"
        while fence in self.code:
            fence += "`"
        return f"{fence}python\n{self!r}\n{fence}"


def source(*objects: FunctionType | type, docstrings: bool = False) -> Listing:
    """Show the source of functions or classes, as it stands in the companion.

    Parameters
    ----------
    *objects : function or class
        What to show, one after the other; all from one file.
    docstrings : bool
        Whether to show docstrings. A chapter says in its text what they say: by default they are left out.

    Returns
    -------
    Listing
        The last line of a cell shows it.

    Raises
    ------
    TypeError
        If it is not a function or class, or is not written in Python.
    ValueError
        If nothing is given, or the objects are from several files or from the notebook itself.

    Examples
    --------
    >>> from companion.explore.frames import text_frame
    >>> source(text_frame)
    # companion/explore/frames.py
    def text_frame(text: str) -> Frame:
        return Frame("html", f"<pre>{html.escape(text.rstrip())}</pre>")
    """
    if not objects:
        raise ValueError("source: expected a function or class, got none")
    files = {_file(thing): None for thing in objects}
    if len(files) > 1:
        raise ValueError(f"source: expected objects of one file, got {', '.join(files)}")
    parts = [_code(thing, docstrings) for thing in objects]
    return Listing(next(iter(files)), "\n\n\n".join(parts))


def _file(thing: FunctionType | type) -> str:
    """Return the file of an object, from its top package on: ``companion/text/...``."""
    if not inspect.isfunction(thing) and not inspect.isclass(thing):
        raise TypeError(f"source: expected a function or class, got {type(thing).__name__}")
    top = inspect.getmodule(thing)
    name = getattr(top, "__name__", "__main__")
    if name == "__main__":
        raise ValueError(f"source: expected something of a module, got {thing.__name__} of the notebook")
    path = str(getattr(top, "__file__", ""))
    if not path.endswith(".py"):
        raise TypeError(f"source: expected something written in Python, got {thing.__name__}")
    depth = name.count(".") + (2 if Path(path).name == "__init__.py" else 1)
    return "/".join(Path(path).parts[-depth:])


def _code(thing: FunctionType | type, docstrings: bool) -> str:
    code = textwrap.dedent(inspect.getsource(inspect.unwrap(thing)))
    return (code if docstrings else _without_docstrings(code)).rstrip()


def _without_docstrings(code: str) -> str:
    """Take out the lines of every docstring that is not all there is."""
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if ast.get_docstring(node) is None or len(node.body) < 2:
            continue
        first, after = node.body[0], node.body[1]
        start, stop = first.lineno - 1, _first_line(after) - 1
        kept = [line for line in lines[first.end_lineno : stop] if line.strip()]  # comments between them
        gone = stop - start - len(kept)
        lines[start:stop] = [*kept, *[_GONE] * gone]  # as many as before: the other line numbers stay right
    return "\n".join(line for line in lines if line is not _GONE)


def _first_line(node: ast.stmt) -> int:
    """Return the line where a statement begins, decorators included."""
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


_GONE = "\0"
