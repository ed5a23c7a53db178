"""``python -m tools.notebooks``: normalise, execute, from-text, to-text, count."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nbformat import NotebookNode

from tools.notebooks.count import Count, count
from tools.notebooks.execute import NotebookFailed, execute, notebook_from_text, text_from_notebook
from tools.notebooks.files import BOOK, find_notebooks, read, shown, write
from tools.notebooks.guards import stored_problems
from tools.notebooks.normalise import normalise_file

CHAPTER_LIMIT = 60.0  # seconds on two cores


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (NotebookFailed, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.notebooks", description="The notebooks of the book."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser(
        "normalise", help="bring notebooks into their one form: ids, metadata, pictures"
    )
    one.add_argument("paths", nargs="*", type=Path, default=[BOOK])
    one.add_argument(
        "--check", action="store_true", help="change nothing; fail and name the files that need it"
    )
    one.set_defaults(command=_normalise)

    two = commands.add_parser("execute", help="run notebooks from top to bottom and store their outputs")
    two.add_argument("paths", nargs="+", type=Path)
    _add_limit(two)
    two.set_defaults(command=_execute)

    three = commands.add_parser(
        "from-text", help="make a notebook of a MyST text: converted, run, normalised"
    )
    three.add_argument("text", type=Path, metavar="FILE.md")
    three.add_argument("notebook", type=Path, metavar="NOTEBOOK.ipynb")
    _add_limit(three)
    three.set_defaults(command=_from_text)

    four = commands.add_parser("to-text", help="write the MyST text of a notebook, to edit and convert back")
    four.add_argument("notebook", type=Path, metavar="NOTEBOOK.ipynb")
    four.add_argument("text", type=Path, metavar="FILE.md")
    four.set_defaults(command=_to_text)

    five = commands.add_parser(
        "count", help="count the outputs that are compared, and the cells that are ignored"
    )
    five.add_argument("paths", nargs="*", type=Path, default=[BOOK])
    five.set_defaults(command=_count)
    return parser


def _add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit",
        type=float,
        default=CHAPTER_LIMIT,
        metavar="SECONDS",
        help="fail above this (default %(default)g)",
    )


def _normalise(options: argparse.Namespace) -> int:
    changed = [path for path in find_notebooks(options.paths) if normalise_file(path, options.check)]
    for path in changed:
        print(f"{shown(path)}: {'not normalised' if options.check else 'normalised'}")
    if changed and options.check:
        print("Run `python -m tools.notebooks normalise` and look at the difference.", file=sys.stderr)
    return int(bool(changed) and options.check)


def _execute(options: argparse.Namespace) -> int:
    status = 0
    for path in find_notebooks(options.paths):
        status |= _run_and_store(read(path), path, options.limit)
    return status


def _from_text(options: argparse.Namespace) -> int:
    if options.notebook.suffix != ".ipynb":
        raise ValueError(f"{options.notebook}: expected a file that ends in .ipynb")
    notebook = notebook_from_text(options.text.read_text(encoding="utf-8"))
    options.notebook.parent.mkdir(parents=True, exist_ok=True)
    return _run_and_store(notebook, options.notebook, options.limit)


def _to_text(options: argparse.Namespace) -> int:
    options.text.write_text(text_from_notebook(read(options.notebook)), encoding="utf-8")
    return 0


def _count(options: argparse.Namespace) -> int:
    print(sum((count(read(path)) for path in find_notebooks(options.paths)), Count()))
    return 0


def _run_and_store(notebook: NotebookNode, path: Path, limit: float) -> int:
    """Run one notebook and store it, or say why not; say how long it took, and what the tests will refuse."""
    try:
        run = execute(notebook, path.resolve().parent)
    except NotebookFailed as error:
        print(f"{shown(path)}: a cell failed, nothing is stored\n\n{error}", file=sys.stderr)
        return 1
    write(run.notebook, path)
    print(f"{shown(path)}: {run.seconds:.1f} s")
    for seconds, cell in run.slowest():
        print(f"  {seconds:6.1f} s  {cell}")
    problems = stored_problems(run.notebook)
    if run.seconds > limit:
        problems.append(f"took {run.seconds:.1f} s, more than {limit:g} s")
    for problem in problems:
        print(f"{shown(path)}: {problem}", file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
