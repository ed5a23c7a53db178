"""The notebooks of the book: each is stored whole, in one form, and no cell is kept from being compared."""

from tools.notebooks.count import Count, count
from tools.notebooks.files import find_notebooks, read, shown
from tools.notebooks.guards import stored_problems
from tools.notebooks.normalise import normalise_file

ALLOWED_TO_BE_IGNORED = 0


def test_every_stored_output_can_be_compared() -> None:
    problems = {shown(path): stored_problems(read(path)) for path in find_notebooks()}
    assert {path: said for path, said in problems.items() if said} == {}


def test_no_cell_is_ignored() -> None:
    total = sum((count(read(path)) for path in find_notebooks()), Count())
    assert total.ignored == ALLOWED_TO_BE_IGNORED
    assert total.compared > 0


def test_every_notebook_is_normalised() -> None:
    assert [shown(path) for path in find_notebooks() if normalise_file(path, check=True)] == []
