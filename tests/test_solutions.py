"""Every exercise of every chapter: its folded solution passes its checker, and its starting cell does not."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from companion.check import check, exercises

BOOK = Path(__file__).parents[1] / "book"
FENCED = r"^(?P<fence>`{3,}|:{3,})\{solution\}\s*(?P<label>\S+)\n(?P<body>.*?)^(?P=fence)\s*$"
SOLUTION = re.compile(FENCED, re.M | re.S)
PYTHON = re.compile(r"^```python\n(.*?)^```\s*$", re.M | re.S)
CALL = re.compile(r"^check\(\"([\w-]+)\", (\w+)\)", re.M)


class Exercise(NamedTuple):
    """One exercise with a checker, as it stands in a chapter."""

    chapter: str
    name: str  # of the checker
    function: str  # what the reader is to write
    start: str  # the starting cell
    output: str  # what the page shows below it
    solution: str  # the code in the folded solution


def in_book() -> list[Exercise]:
    found = []
    for path in sorted(BOOK.glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        prose = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        solutions = {m["label"]: "\n".join(PYTHON.findall(m["body"])) for m in SOLUTION.finditer(prose)}
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and (call := CALL.search(source)):
                output = "".join("".join(o.get("text", "")) for o in cell["outputs"])
                solution = solutions.get(f"ex-{call[1]}", "")
                found.append(Exercise(path.stem, call[1], call[2], source, output, solution))
    return found


ALL = in_book()


def test_every_checker_has_its_exercise_in_the_book_and_the_other_way_round() -> None:
    assert sorted(e.name for e in ALL) == sorted(exercises())


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_the_folded_solution_passes(exercise: Exercise) -> None:
    assert exercise.solution, f"no python block in the solution labelled ex-{exercise.name}"
    space: dict[str, object] = {}
    exec(compile(exercise.solution, f"<solution of {exercise.name}>", "exec"), space)  # the book's own text
    assert check(exercise.name, space[exercise.function])


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_the_starting_cell_does_not_pass_and_says_so(exercise: Exercise) -> None:
    space: dict[str, object] = {}
    exec(compile(CALL.sub("", exercise.start), f"<start of {exercise.name}>", "exec"), space)
    assert not check(exercise.name, space[exercise.function])
    assert exercise.output.strip(), "the page shows no verdict below the starting cell"
