"""The real thing: a notebook is run and stored, then spoilt, and ``pytest --nbval`` must tell where."""

import base64
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from nbformat import NotebookNode
from PIL import Image, PngImagePlugin

from tools.notebooks.__main__ import main
from tools.notebooks.files import ROOT, read, write
from tools.notebooks.pytest_plugin import DIFFERENCES

TEXT = """# A chapter

```{code-cell}
import matplotlib.pyplot as plt
import ipykernel
assert '"transport": "ipc"' in ipykernel.get_connection_info()
print("loss", 0.1 + 0.2)
```

```{code-cell}
---
mystnb:
  image:
    alt: Two lines that cross.
---
plt.figure(figsize=(2, 2))
plt.plot([0, 1], color="C0")
plt.plot([1, 0], color="C1")
plt.show()
```

```{code-cell}
from IPython.display import HTML
HTML("<table><tr><th>words</th><td>0.25</td></tr></table>")
```

```{code-cell}
:tags: [raises-exception]

int("nine")
```

```{code-cell}
done = True
```
"""
PRINTS, DRAWS, TABLE, RAISES, SILENT = range(1, 6)  # the cells


def stamp(notebook: NotebookNode) -> None:
    data = notebook.cells[DRAWS].outputs[0].data
    info = PngImagePlugin.PngInfo()
    info.add_text("Creation Time", "2024-05-01 12:30:00")
    stamped = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).save(stamped, "PNG", pnginfo=info)
    data["image/png"] = base64.b64encode(stamped.getvalue()).decode()


def text_of(cell: int, old: str, new: str) -> Callable[[NotebookNode], None]:
    def spoil(notebook: NotebookNode) -> None:
        output = notebook.cells[cell].outputs[0]
        if output.output_type == "stream":
            output.text = output.text.replace(old, new)
        elif output.output_type == "error":
            output.evalue = output.evalue.replace(old, new)
        else:
            output.data["text/html"] = output.data["text/html"].replace(old, new)

    return spoil


def source_of(cell: int, old: str, new: str) -> Callable[[NotebookNode], None]:
    def spoil(notebook: NotebookNode) -> None:
        assert old in notebook.cells[cell].source
        notebook.cells[cell].source = notebook.cells[cell].source.replace(old, new)

    return spoil


def swap(notebook: NotebookNode) -> None:
    source = notebook.cells[DRAWS].source
    notebook.cells[DRAWS].source = source.replace("C0", "C9").replace("C1", "C0").replace("C9", "C1")


def strip(notebook: NotebookNode, *cells: int) -> None:
    for cell in cells:
        notebook.cells[cell].outputs = []
        notebook.cells[cell].execution_count = None


Spoil = Callable[[NotebookNode], None]

SAME: dict[str, list[Spoil]] = {
    "untouched": [],
    "time-stamp-and-noise": [stamp, text_of(PRINTS, "0.30000000000000004", "0.30000000000000010")],
}

# Notebooks, each spoilt in several cells: how, which item must fail, and what it must say.
SPOILT: dict[str, list[tuple[Spoil, str, str]]] = {
    "digit": [
        (text_of(PRINTS, "0.3", "0.4"), "Cell 0", "0.40000000000000004 became 0.30000000000000004"),
    ],
    "changed": [
        (text_of(PRINTS, "loss", "cost"), "Cell 0", "the words differ"),
        (swap, "Cell 1", "the picture looks different at x"),
        (text_of(TABLE, "0.25", "0.26"), "Cell 2", "table 1, row 1, column 2, line 1: 0.26 became 0.25"),
        (text_of(RAISES, "nine", "ten"), "Cell 3", "the words differ"),
        (source_of(SILENT, "True", "1 / 0"), "Cell 4", "ZeroDivisionError"),
    ],
    "missing-and-new": [
        (source_of(PRINTS, 'print("loss", 0.1 + 0.2)', ""), "Cell 0", "now:    nothing"),
        (source_of(DRAWS, "[1, 0]", "[1, 0.1]"), "Cell 1", "the picture looks different at x"),
        (lambda notebook: strip(notebook, TABLE), "Cell 2", "nothing is stored"),
        (source_of(RAISES, '"nine"', '"9"'), "Cell 3", "stored: error"),
        (source_of(SILENT, "done", "import sys; print('soon', file=sys.stderr); done"), "Cell 4", "soon"),
    ],
    "ignored": [
        (
            source_of(PRINTS, "print", "# NBVAL_IGNORE_OUTPUT\nprint"),
            "stored outputs",
            "the comment NBVAL_IGNORE_OUTPUT keeps its output from being compared",
        ),
        (
            lambda notebook: notebook.cells[TABLE].update(outputs=[]),
            "Cell 2",
            "stored: nothing\n  now:    text/html, text/plain",
        ),
        (source_of(SILENT, "done = True", "print(set('abcdefgh'))"), "Cell 4", "stored: nothing"),
    ],
    "stripped": [
        (
            lambda notebook: strip(notebook, PRINTS, DRAWS, TABLE, RAISES, SILENT),
            "stored outputs",
            "no code cell has an output",
        ),
    ],
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a notebook made of the text above, run and stored."""
    folder = tmp_path_factory.mktemp("stored")
    (folder / "chapter.md").write_text(TEXT, encoding="utf-8")
    assert main(["from-text", str(folder / "chapter.md"), str(folder / "chapter.ipynb")]) == 0
    return folder / "chapter.ipynb"


@pytest.fixture(scope="module")
def outcome(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Return what nbval said of each notebook: item -> failure, the empty text where it passed."""
    folder = tmp_path_factory.mktemp("compared")
    for name, ways in {
        **SAME,
        **{name: [case[0] for case in cases] for name, cases in SPOILT.items()},
    }.items():
        notebook = read(stored)
        for spoil in ways:
            spoil(notebook)
        write(notebook, folder / f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "-n", "2", "-p", "tools.notebooks.pytest_plugin"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "no:cacheprovider"]
    command += ["--junitxml", str(folder / "report.xml"), "-o", "junit_family=xunit1", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False)
    said: dict[str, dict[str, str]] = {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        problems = [case.find("failure"), case.find("error")]
        text = "".join(problem.text or "" for problem in problems if problem is not None)
        said.setdefault(Path(case.get("file", "")).stem, {})[case.get("name", "")] = text
    return said


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_passes(name: str, outcome: dict[str, dict[str, str]]) -> None:
    assert set(outcome[name]) == {"stored outputs", "run time", *(f"Cell {number}" for number in range(5))}
    assert not any(outcome[name].values())


@pytest.mark.parametrize(
    ("name", "item", "said"), [(name, item, said) for name in SPOILT for _, item, said in SPOILT[name]]
)
def test_what_is_spoilt_fails_where_it_is(
    name: str, item: str, said: str, outcome: dict[str, dict[str, str]]
) -> None:
    assert said in outcome[name][item]


def test_only_the_spoilt_cell_fails(outcome: dict[str, dict[str, str]]) -> None:
    assert [item for item, said in outcome["digit"].items() if said] == ["Cell 0"]


def test_a_failure_shows_the_cell_and_keeps_the_pictures(outcome: dict[str, dict[str, str]]) -> None:
    said = outcome["changed"]["Cell 1"]
    assert "code cell 1 (code-plt-figure-figsize-2-2)" in said
    assert 'plt.plot([0, 1], color="C1")' in said
    for kind in ("stored", "now", "difference"):
        with Image.open(DIFFERENCES / "changed" / f"code-plt-figure-figsize-2-2-1-{kind}.png") as kept:
            assert kept.width > 100


def test_a_failed_cell_stores_nothing(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = read(stored)
    notebook.cells[SILENT].source = "raise RuntimeError('no luck')"
    path = stored.with_name("failing.ipynb")
    write(notebook, path)
    before = path.read_bytes()
    assert main(["execute", str(path)]) == 1
    assert path.read_bytes() == before
    said = capsys.readouterr().err
    assert "a cell failed, nothing is stored" in said
    assert "no luck" in said


def test_running_again_stores_the_same_and_tells_the_time(
    stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored.read_bytes()
    assert main(["execute", "--limit", "0.001", str(stored)]) == 1
    assert stored.read_bytes() == before
    said = capsys.readouterr()
    assert "s  code-import-matplotlib-pyplot-as-plt" in said.out
    assert "more than 0.001 s" in said.err


def test_what_is_compared_is_counted(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["count", str(stored)]) == 0
    words = capsys.readouterr().out.split()
    counted = dict(zip(words[-4::2], words[-3::2], strict=True))
    assert counted == {"ignored": "0", "compared": "6"}
