"""What is refused in a stored notebook, each guard shown to refuse and to let pass."""

import re
from typing import Any

import pytest
from nbformat import NotebookNode
from notebook_samples import base64_png, code, curves, error, notebook, shown, stream

from tools.notebooks.cells import terms
from tools.notebooks.count import Count, count
from tools.notebooks.guards import stored_problems
from tools.notebooks.normalise import WIDGET_VIEW

ALT = {"mystnb": {"image": {"alt": "Two curves"}}}
FIGURE = base64_png(curves, dpi=20)


def problems(*cells: NotebookNode) -> str:
    return "\n".join(stored_problems(notebook(*cells)))


def test_a_good_notebook_has_no_problem() -> None:
    good = notebook(
        code("print(1)", [stream("1\n")]),
        code("draw()", [shown(image_png=FIGURE)], 2, **ALT),
        code("x = 1", [], 3),
        code("1 / 0", [error("ZeroDivisionError", "division by zero")], 4, tags=["raises-exception"]),
        code("show()", [shown(text_html=f'<img src="data:image/png;base64,{FIGURE}" alt="Two curves">')], 5),
    )
    assert stored_problems(good) == []
    assert count(good) == Count(notebooks=1, code_cells=5, texts=1, html=1, figures=1, frames=1, errors=1)
    assert count(good).compared == 5


def test_stripped_outputs_are_found() -> None:
    assert "no code cell has an output" in problems(code("print(1)", [], None), code("print(2)", [], None))
    assert "its execution count is None, expected 1" in problems(code("print(1)", [], None))


@pytest.mark.parametrize("counts", [(2, 3), (1, 3), (2, 1), (1, None)])
def test_a_notebook_not_run_from_the_top_is_found(counts: tuple[int | None, int | None]) -> None:
    cells = [code("print(1)", [stream("1\n")], number) for number in counts]
    assert re.search(r"execution count is \w+, expected \d", problems(*cells))


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("# NBVAL_IGNORE_OUTPUT\nprint(1)", []),
        ("print(1)\n  #NBVAL_SKIP", []),
        ("print(1)  # x\x0c# NBVAL_IGNORE_OUTPUT", []),
        ("# PYTEST_VALIDATE_IGNORE_OUTPUT\nprint(1)", []),
        ("print(1)", ["nbval-ignore-output"]),
        ("print(1)", ["hide-input", "nbval-skip"]),
        ("print(1)", ["skip-execution"]),
    ],
)
def test_an_ignored_cell_is_found_and_counted(source: str, tags: list[str]) -> None:
    ignored = notebook(code(source, [stream("1\n")], tags=tags))
    assert "keeps its output from being compared" in "".join(stored_problems(ignored))
    assert count(ignored).ignored == 1
    assert count(ignored).compared == 0


def test_a_page_that_asks_to_be_executed_by_the_build_is_found() -> None:
    asking = notebook(code("print(1)", [stream("1\n")]))
    asking.metadata["mystnb"] = {"execution_mode": "force"}
    assert "ask the build to execute it" in "".join(stored_problems(asking))


def test_standard_error_is_found() -> None:
    said = problems(code("import x", [stream("FutureWarning: soon\n", "stderr")]))
    assert "standard error: FutureWarning: soon" in said


def test_an_error_needs_its_tag_and_the_tag_its_error() -> None:
    assert "without the tag raises-exception" in problems(code("1 / 0", [error("ZeroDivisionError", "")]))
    said = problems(code("print(1)", [stream("1\n")], tags=["raises-exception"]))
    assert "stores no error" in said


MACHINE = {
    "path": [
        "saved in /home/me/book",
        "'/usr/share/dict'",
        "C:\\Users\\me\\x.py",
        ".venv/site-packages/numpy",
    ],
    "address": ["<Model object at 0x10f3a2b50>", "0x7f3a2b50c1d0"],
    "date": ["written 2024-05-01 12:30", "at 12:30:59"],
    "time": ["Wall time: 3 s", "took 3.2 s", "1.2 ms ± 3 µs per loop", "finished in 12 seconds"],
    "progress": ["50%|#####     | 5/10", "12.3it/s", "10/10 ━━━━━━━━━━", "10/10 [=====>....]"],
}
HARMLESS = [
    "the/at Fulton/np-tl and/or 3/4",
    "0xdeadbeef % 16",
    "on 2024-05-01, 12:30",
    "a window of 25 ms, 16 s of sound",
    "50% of the words; 5/10",
    "https://example.org/a/b",
    "</div>",
    "[0.5 / 0.25]",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in MACHINE for text in MACHINE[kind]])
@pytest.mark.parametrize("mime", ["stdout", "text_plain", "text_html"])
def test_what_differs_on_another_machine_is_found(kind: str, text: str, mime: str) -> None:
    escaped = text.replace("<", "&lt;") if mime == "text_html" else text
    output = stream(text) if mime == "stdout" else shown(**{mime: escaped})
    assert "differs on another machine" in problems(code("f()", [output]))
    stated = {"unrolled": {"allow": [kind], "reason": "the data say so"}}
    assert problems(code("f()", [output], **stated)) == ""


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_passes(text: str) -> None:
    assert problems(code("f()", [stream(text)])) == ""


def test_a_figure_needs_alt_text() -> None:
    assert "no alt text" in problems(code("draw()", [shown(image_png=FIGURE)]))
    assert "no alt text" in problems(
        code("draw()", [shown(image_png=FIGURE)], mystnb={"image": {"alt": " "}})
    )
    picture = f'<img src="data:image/png;base64,{FIGURE}">'
    assert "no alt text" in problems(code("draw()", [shown(text_html=picture)]))


def test_what_cannot_be_compared_is_found() -> None:
    assert "image/svg+xml, which is not compared" in problems(
        code("f()", [shown(**{"image_svg+xml": "<svg/>"})])
    )
    widget = shown(text_plain="IntSlider(value=3)")
    widget.data[WIDGET_VIEW] = {"model_id": "a", "version_major": 2, "version_minor": 0}
    assert "live widget without text/html" in problems(code("f()", [widget]))
    assert "it is empty" in problems(code("", []))


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"rtol": 1e-3}, "a reason"),
        ({"rtol": 1e-3, "reason": " "}, "a reason"),
        ({"rtol": -1.0, "reason": "r"}, "rtol to be a number in"),
        ({"atol": "much", "reason": "r"}, "atol to be a number in"),
        ({"pixels": 1.5, "reason": "r"}, "pixels to be a whole number"),
        ({"allow": ["anything"], "reason": "r"}, "allow to be a list of"),
        ({"tolerance": 1, "reason": "r"}, "tolerance"),
        ("loose", "a mapping"),
    ],
)
def test_terms_that_cannot_be_read_are_refused(stated: Any, said: str) -> None:
    cell = code("print(1)", [stream("1\n")], unrolled=stated)
    with pytest.raises(ValueError, match=said):
        terms(cell)
    assert said in problems(cell)


def test_terms_are_read() -> None:
    stated = {"rtol": "1e-3", "atol": 0, "pixels": 2, "reason": "float32 sums in another order"}
    (cell,) = notebook(code("f()", [stream("1")], unrolled=stated)).cells  # YAML reads 1e-3 as a text
    read = terms(cell)
    assert (read.tolerance.rtol, read.tolerance.atol, read.tolerance.pixels) == (1e-3, 0.0, 2)
    assert read.reason == stated["reason"]
