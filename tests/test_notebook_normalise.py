"""One form for every notebook: the same ids, nothing that changes by itself, and once is enough."""

import base64
import doctest
import io
import json
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from notebook_samples import base64_png, code, curves, error, png, shown, stream
from PIL import Image

from companion.explore import explore
from tools.notebooks import cell_ids
from tools.notebooks.__main__ import main
from tools.notebooks.cell_ids import id_from_content, is_stable
from tools.notebooks.execute import notebook_from_text, text_from_notebook
from tools.notebooks.files import dumps, find_notebooks, reads
from tools.notebooks.normalise import GLUED, WIDGET_VIEW, normalise
from tools.notebooks.outputs import parts
from tools.notebooks.png import strip_base64, strip_metadata

TEXT = """---
html_meta:
  description: What a token is
---

(sec-tokens)=
# Tokens

Words.

+++

More words, $x$.

```{code-cell}
---
tags: [hide-input]
mystnb:
  image:
    alt: Two curves
  figure:
    caption: Two curves *meet*.
    name: fig-curves
unrolled:
  rtol: 1e-3
  reason: float32 sums in another order
---
print(1)
```

```{code-cell}
print(1)
```
"""


def messy() -> NotebookNode:
    """Return a notebook as an editor leaves it."""
    figure = shown(image_png=base64_png(curves, dpi=20), text_plain="<Figure>")
    figure.metadata = {"needs_background": "light"}
    widget = shown(text_html="<p>1</p>", text_plain="VBox()")
    widget.data[WIDGET_VIEW] = {"model_id": "b0", "version_major": 2, "version_minor": 0}
    cells = [
        nbformat.v4.new_markdown_cell("## A heading\n\nText.\n", metadata={"collapsed": True}),
        code(
            "print(1)\n",
            [stream("1\n"), stream("2\n")],
            tags=["hide-input"],
            execution={"iopub.status.busy": "2024-05-01T12:30:00Z"},
        ),
        code("draw()", [figure, widget], 2, tags=[], scrolled=True),
        code("1 / 0", [error("ZeroDivisionError", "division by zero")], 3, tags=["raises-exception"]),
    ]
    metadata = {
        "kernelspec": {"name": "my-kernel", "display_name": "mine", "language": "python"},
        "language_info": {"name": "python", "version": "3.11.7"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
        "orphan": True,
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def test_what_changes_by_itself_is_dropped() -> None:
    clean = normalise(messy())
    assert clean.metadata == {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        "orphan": True,
    }
    heading, printed, drawn, failed = clean.cells
    assert heading.metadata == drawn.metadata == {}
    assert printed.metadata == {"tags": ["hide-input"]}
    assert [output.text for output in printed.outputs] == ["1\n2\n"]
    assert drawn.outputs[0].metadata == {}
    assert list(drawn.outputs[1].data) == ["text/html"]
    assert failed.outputs[0].traceback == ["ZeroDivisionError: division by zero"]
    assert (heading.source, printed.source) == ("## A heading\n\nText.", "print(1)")


def test_an_explorer_is_the_same_with_and_without_ipywidgets() -> None:
    made = explore(lambda n: "na" * n, description="Sung.", n=(1, 3, 3))
    data = made._repr_mimebundle_()
    assert set(data) == {"text/html", "text/plain"}  # no kernel listens here
    alone, with_widget, table = shown(), shown(), shown(text_html="<table></table>", text_plain="1")
    alone.data, with_widget.data = dict(data), {**data, WIDGET_VIEW: {"model_id": "b0"}}
    cells = [code("f()", [output]) for output in (alone, with_widget, table)]
    first, second, other = (
        cell.outputs[0].data for cell in normalise(nbformat.v4.new_notebook(cells=cells)).cells
    )
    assert first == second == {"text/html": data["text/html"]}
    assert set(other) == {"text/html", "text/plain"}


def test_normalising_twice_changes_nothing() -> None:
    once = dumps(normalise(messy()))
    assert dumps(normalise(reads(once))) == once
    assert once.endswith("}\n")
    assert not once.endswith("\n\n")
    assert json.loads(once)["cells"]


def test_a_glued_value_keeps_its_name() -> None:
    glued = shown(**{"application_papermill.record/text/plain": "0.5"})
    glued.metadata = {"scrapbook": {"name": "loss", "mime_prefix": GLUED}, "isolated": True}
    clean = normalise(nbformat.v4.new_notebook(cells=[code("glue('loss', 0.5)", [glued])]))
    (output,) = clean.cells[0].outputs
    assert output.metadata == {"scrapbook": {"name": "loss", "mime_prefix": GLUED}}
    assert [(part.kind, part.content) for part in parts([output])] == [("text/plain", "0.5")]


def test_the_examples_run() -> None:
    result = doctest.testmod(cell_ids)
    assert result.attempted >= 3
    assert result.failed == 0


def test_ids_come_from_the_content_once_and_stay() -> None:
    clean = normalise(messy())
    ids = [cell.id for cell in clean.cells]
    assert ids == ["text-a-heading", "code-print-1", "code-draw", "code-1-0"]
    assert [cell.id for cell in normalise(messy()).cells] == ids  # new_markdown_cell draws ids at random
    clean.cells[1].source = "print('something else')"
    clean.cells.insert(0, nbformat.v4.new_markdown_cell("A word before"))
    assert [cell.id for cell in normalise(clean).cells] == ["text-a-word-before", *ids]


def test_the_same_content_gets_different_ids() -> None:
    cells = [code("print(1)", [], number) for number in (1, 2, 3)]
    cells[2].id = "code-print-1"
    ids = [cell.id for cell in normalise(nbformat.v4.new_notebook(cells=cells)).cells]
    assert ids == ["code-print-1-2", "code-print-1-3", "code-print-1"]


@pytest.mark.parametrize(
    "cell_id", ["0a1c21fe", "deadbeef", "b0f6c2a4-8d0e-4c5e-9f57-6a8e3bb8b3a1", "xK3v0tQ1zA_b", ""]
)
def test_a_random_id_is_not_stable(cell_id: str) -> None:
    assert not is_stable(cell_id)


@pytest.mark.parametrize("source", ["", "# +++", "x" * 200, "éà", "deadbeef", "word " * 40])
@pytest.mark.parametrize("kind", ["markdown", "code", "raw"])
def test_every_content_gives_a_stable_id(source: str, kind: str) -> None:
    assert is_stable(id_from_content(kind, source))


def test_a_picture_loses_its_metadata_and_keeps_its_pixels() -> None:
    marked = png(curves, dpi=20, metadata={"Software": "some version", "Creation Time": "now"})
    bare = strip_metadata(marked)
    assert b"some version" in marked
    assert b"some version" not in bare
    assert Image.open(io.BytesIO(bare)).tobytes() == Image.open(io.BytesIO(marked)).tobytes()
    assert strip_metadata(bare) == bare
    page = shown(text_html=f'<img src="data:image/png;base64,{base64.b64encode(marked).decode()}">')
    clean = normalise(nbformat.v4.new_notebook(cells=[code("draw()", [page])]))
    assert base64.b64encode(bare).decode() in clean.cells[0].outputs[0].data["text/html"]


def test_what_is_no_png_is_refused_or_left() -> None:
    with pytest.raises(ValueError, match="expected a PNG file, got bytes that begin with b'GIF89a'"):
        strip_metadata(b"GIF89a")
    with pytest.raises(ValueError, match="ends inside a chunk"):
        strip_metadata(png(curves, dpi=20)[:-5])
    assert strip_base64("no base64!") == "no base64!"


def test_a_text_gives_the_same_notebook_each_time_and_its_metadata_survive() -> None:
    made = notebook_from_text(TEXT)
    assert dumps(notebook_from_text(TEXT)) == dumps(made)
    assert [cell.id for cell in made.cells] == [
        "text-tokens",
        "text-more-words-x",
        "code-print-1",
        "code-print-1-2",
    ]
    assert made.metadata["html_meta"] == {"description": "What a token is"}
    assert made.cells[2].metadata == {
        "tags": ["hide-input"],
        "mystnb": {
            "image": {"alt": "Two curves"},
            "figure": {"caption": "Two curves *meet*.", "name": "fig-curves"},
        },
        "unrolled": {"rtol": 0.001, "reason": "float32 sums in another order"},
    }


def test_text_and_notebook_lead_to_each_other() -> None:
    made = notebook_from_text(TEXT)
    assert dumps(notebook_from_text(text_from_notebook(made))) == dumps(made)


def test_a_plain_markdown_text_works_too() -> None:
    made = notebook_from_text("# Tokens\n\n```python\nprint(1)\n```\n")
    assert [(cell.cell_type, cell.source) for cell in made.cells] == [
        ("markdown", "# Tokens"),
        ("code", "print(1)"),
    ]


def test_check_names_the_files_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chapter.ipynb"
    before = nbformat.writes(messy())
    path.write_text(before, encoding="utf-8")
    assert main(["normalise", "--check", str(tmp_path)]) == 1
    assert "chapter.ipynb: not normalised" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == before
    assert main(["normalise", str(tmp_path)]) == 0
    assert "chapter.ipynb: normalised" in capsys.readouterr().out
    assert main(["normalise", "--check", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""


def test_editors_copies_are_no_notebooks_and_other_files_are_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / ".ipynb_checkpoints", tmp_path / "_build"):
        folder.mkdir(exist_ok=True)
        (folder / "a.ipynb").touch()
    assert find_notebooks([tmp_path]) == [tmp_path / "a.ipynb"]
    with pytest.raises(ValueError, match=r"expected a folder or a notebook \(\.ipynb\)"):
        find_notebooks([tmp_path / "b.ipynb"])
