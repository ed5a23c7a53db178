"""Equation, code, test: the links of a book that is whole, and the warning for each way of breaking it."""

from pathlib import Path

import pytest
from sphinx.errors import SphinxWarning
from tiny_book import CHAPTER, CODE, TEST, TinyBook, tiny_book
from unrolled_ext import scan


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """Build the book that has nothing wrong with it."""
    book = tiny_book(tmp_path_factory.mktemp("whole"))
    assert book.build() == []
    return book


def test_the_line_under_an_equation_leads_to_its_code_and_its_test(whole: TinyBook) -> None:
    line = whole.between("text/sums", '<p class="triad">', "</p>").replace("<wbr>", "")
    assert 'href="../code/companion/add.html#L7" title="companion/add.py, line 7">add.py:7</a>' in line
    assert (
        'href="../code/tests/test_add.html#L5" title="tests/test_add.py, line 5">test_add.py::test_add</a>'
        in line
    )
    assert "computed in" in line
    assert "proved by" in line
    assert "error ≤ 2e-16" in line


def test_the_lines_lead_back_to_the_equation(whole: TinyBook) -> None:
    code, test = whole.page("code/companion/add"), whole.page("code/tests/test_add")
    back = '<a class="source-equation" href="../../text/sums.html#equation-eq-sum">'
    assert f"{back}{{eq}}`eq-sum`</a></span>" in code  # the comment
    assert f'"{back}eq-sum</a>"' in test
    assert 'id="equation-eq-sum"' in whole.page("text/sums")
    assert 'id="L7"' in code
    assert 'id="L5"' in test


def test_what_is_only_stated_says_so(whole: TinyBook) -> None:
    assert whole.between("text/sums", '<p class="triad triad-stated">', "</p>") == "stated, not computed"


def test_the_table_lists_all_equations_in_reading_order(whole: TinyBook) -> None:
    caption = whole.between("equations", "<caption>", "</caption>")
    assert '<a class="reference internal" href="text/sums.html">Sums</a>' in caption
    table = whole.between("equations", "<tbody>", "</tbody>")
    assert '<a class="reference internal" href="text/sums.html#equation-eq-sum">(1.1)</a>' in table
    assert 'href="code/companion/add.html#L7"' in table
    assert "≤ 2e-16" in table
    assert table.index("eq-sum") < table.index("eq-law")
    assert "2 numbered equations, 1 of them computed." in whole.page("equations")


BROKEN: dict[str, tuple[dict[str, str | None], str]] = {
    "nothing computes it": (
        {"companion/add.py": CODE.replace("# {eq}`eq-sum`", "# the sum")},
        "text/sums.md:6: WARNING: eq-sum: nothing computes this equation",
    ),
    "a docstring does not compute": (
        {"companion/add.py": CODE.replace("    # {eq}`eq-sum`\n", "")},
        "text/sums.md:6: WARNING: eq-sum: nothing computes this equation",
    ),
    "no test proves it": (
        {"tests/test_add.py": TEST.replace('@pytest.mark.equation("eq-sum")\n', "")},
        "text/sums.md:6: WARNING: eq-sum: computed in companion/add.py:7, and no test proves it",
    ),
    "a comment names none": (
        {"companion/add.py": CODE.replace("# {eq}`eq-sum`", "# {eq}`eq-sum`, {eq}`eq-sun`")},
        "companion/add.py:7: WARNING: eq-sun: this line names an equation that the book does not have",
    ),
    "a docstring names none": (
        {"companion/add.py": CODE.replace("Add ({eq}`eq-sum`)", "Add ({eq}`eq-sun`)")},
        "companion/add.py:5: WARNING: eq-sun: this line names an equation that the book does not have",
    ),
    "a marker names none": (
        {"tests/test_more.py": TEST.replace("eq-sum", "eq-sun")},
        "tests/test_more.py:5: WARNING: eq-sun: the test test_add names an equation that the",
    ),
    "a marker cannot be read": (
        {"tests/test_more.py": TEST.replace('"eq-sum")', "LABEL)")},
        "tests/test_more.py:5: WARNING: the label of an equation must be written out",
    ),
    "a label is used twice": (
        {"book/equations.md": "# Equations\n\n$$ a $$ (eq-sum)\n\n```{equation-index}\n```\n"},
        "WARNING: eq-sum: this label is already used in equations",
    ),
    "a stated equation is computed": (
        {"companion/add.py": CODE.replace("# {eq}`eq-sum`", "# {eq}`eq-sum` {eq}`eq-law`")},
        "text/sums.md:8: WARNING: eq-law: marked as stated, but companion/add.py:7 computes it",
    ),
    "a number without a label": (
        {"book/text/sums.md": CHAPTER + "\n\\begin{align}\na &= b\n\\end{align}\n"},
        "WARNING: a numbered equation without a label",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_triad_is_warned_of(tmp_path: Path, name: str) -> None:
    change, said = BROKEN[name]
    warnings = tiny_book(tmp_path).write(change).build()
    assert any(said in line for line in warnings), warnings


def test_warnings_stop_a_build_that_is_told_so(tmp_path: Path) -> None:
    book = tiny_book(tmp_path).write({"tests/test_add.py": None})
    with pytest.raises(SphinxWarning, match="no test proves it"):
        book.build(warningiserror=True)


def test_a_warning_comes_back_until_it_is_mended(tmp_path: Path) -> None:
    book = tiny_book(tmp_path).write({"tests/test_more.py": TEST.replace("eq-sum", "eq-sun")})
    assert len(book.build()) == 1
    assert len(book.build()) == 1  # nothing is read again
    assert book.write({"tests/test_more.py": None}).build() == []


def test_a_line_that_moves_is_followed(tmp_path: Path) -> None:
    book = tiny_book(tmp_path)
    assert book.build() == []
    book.write({"companion/add.py": "# A line.\n" + CODE})
    book.write({"book/appendix/equations.json": '{"eq-sum": {"error": "0"}}'})
    assert book.build() == []
    for page in ("text/sums", "equations"):
        assert "companion/add.html#L8" in book.page(page)
        assert "exact" in book.page(page)


def test_processes_that_read_in_parallel_see_one_book(tmp_path: Path) -> None:
    names = [f"text/p{number}" for number in range(8)]
    pages = {f"book/{name}.md": f"# {name}\n\n$$ a $$ (eq-{name[5:]})\n" for name in names}
    pages["book/text/p7.md"] = pages["book/text/p6.md"]  # the same label, perhaps in another process
    toc = "\n".join(names)
    book = tiny_book(tmp_path).write(pages)
    book.write({"book/index.md": f"# Start\n\n```{{toctree}}\ntext/sums\nequations\nmap\n{toc}\n```\n"})
    warnings = book.build(parallel=3)
    assert not any("parallel" in line for line in warnings)  # an extension that is not safe for it
    assert any("eq-p6: this label is already used in text/p6" in line for line in warnings)
    assert sum("nothing computes this equation" in line for line in warnings) == 7
    table = book.page("equations")
    assert [table.count(f"eq-p{number}</span>") for number in range(8)] == [1, 1, 1, 1, 1, 1, 2, 0]


def test_the_book_may_be_built_from_the_root(tmp_path: Path) -> None:
    book = tiny_book(tmp_path)
    book.write({"index.md": "# Root\n\n```{toctree}\nbook/index\n```\n"})
    assert book.build(srcdir=".") == []
    assert 'href="../../code/companion/add.html#L7"' in book.page("book/text/sums")
    assert 'href="text/sums.html#sum-why"' in book.page("book/map")


def test_comments_mean_their_line_or_the_next() -> None:
    code = 'x = "# {eq}`eq-no`"\ny = 1  # {eq}`eq-a`\n# {eq}`eq-b`\n# more\n\nz = (\n    2  # {eq}`eq-c`\n)\n'
    found = [(place.label, place.line) for place in scan.in_code("a.py", code) if place.kind == "computes"]
    assert found == [("eq-a", 2), ("eq-b", 6), ("eq-c", 7)]


def test_markers_are_found_on_functions_classes_and_parameters() -> None:
    tests = """
@pytest.mark.equation("eq-a")
class TestIt:
    @mark.equation("eq-b")
    def test_b(self): ...


@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.equation("eq-c"))])
def test_c(x): ...
"""
    found = [(place.label, place.test, place.line) for place in scan.in_tests("t.py", tests)]
    assert found == [("eq-a", "TestIt::test_b", 5), ("eq-b", "TestIt::test_b", 5), ("eq-c", "test_c", 9)]
