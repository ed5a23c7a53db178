"""The outputs of a cell: tables cell by cell, sliders frame by frame, nothing missing and nothing new."""

import base64
from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes
from nbformat import NotebookNode
from notebook_samples import base64_png, curves, error, png, shown, stream
from PIL import Image

from tools.notebooks.normalise import WIDGET_VIEW
from tools.notebooks.numbers import Tolerance
from tools.notebooks.outputs import output_differences

TABLE = """<table border="1" class="dataframe"><thead><tr><th></th><th>words</th><th>loss</th></tr></thead>
<tbody><tr><th>train</th><td>1161192</td><td>{loss}</td></tr><tr><th>test</th><td>320</td><td>0.25</td></tr></tbody>
</table>"""


def differences(stored: list[NotebookNode], new: list[NotebookNode], **tolerance: Any) -> list[str]:
    def keep(name: str, pictures: dict[str, Image.Image]) -> str:
        return f"{name}: {', '.join(sorted(pictures))}"

    return output_differences(stored, new, Tolerance(**tolerance), keep)


def test_chunks_of_a_stream_are_one() -> None:
    assert differences([stream("one\ntwo\n")], [stream("one\n"), stream("two\n")]) == []


@pytest.mark.parametrize(
    ("stored", "new", "said"),
    [
        ([stream("a")], [], "stored: stdout\n  now:    nothing"),
        ([], [stream("a")], "stored: nothing\n  now:    stdout"),
        ([stream("a")], [stream("a"), stream("careful", "stderr")], "on standard error: careful"),
        ([stream("a"), shown(text_plain="b")], [shown(text_plain="b"), stream("a")], "text/plain, stdout"),
        ([shown(text_plain="b")], [shown(text_plain="b", text_html="b")], "text/html, text/plain"),
    ],
)
def test_what_is_missing_new_or_out_of_order_fails(stored: list, new: list, said: str) -> None:
    (why,) = differences(stored, new)
    assert said in why


def test_every_difference_is_reported() -> None:
    found = differences([stream("1"), shown(text_plain="2")], [stream("3"), shown(text_plain="4")])
    assert len(found) == 2
    assert found[0].startswith("output 1 (stdout), line 1: 1 became 3")
    assert found[1].startswith("output 2 (text/plain), line 1: 2 became 4")


@pytest.mark.parametrize("mime", ["text_plain", "text_markdown", "text_latex", "text_html"])
def test_numbers_have_a_tolerance_in_every_text(mime: str) -> None:
    stored = [shown(**{mime: "loss 0.50000000000000001"})]
    assert differences(stored, [shown(**{mime: "loss 0.5"})]) == []
    assert differences(stored, [shown(**{mime: "loss 0.51"})]) != []
    assert differences(stored, [shown(**{mime: "loss 0.51"})], atol=0.1) == []
    assert differences(stored, [shown(**{mime: "cost 0.5"})]) != []


def test_an_error_is_compared_by_name_and_message() -> None:
    stored = [error("ValueError", "ids: expected (N, T), got (3,)")]
    same = error("ValueError", "ids: expected (N, T), got (3,)")
    same.traceback = ["File elsewhere.py, line 7"]
    assert differences(stored, [same]) == []
    assert differences(stored, [error("TypeError", "ids: expected (N, T), got (3,)")]) != []
    assert differences(stored, [error("ValueError", "ids: expected (N, T), got (4,)")]) != []
    assert differences(stored, []) != []


def test_a_table_is_compared_cell_by_cell() -> None:
    stored = [shown(text_html=TABLE.format(loss="0.125"))]
    assert differences(stored, [shown(text_html=TABLE.format(loss="0.125000000000000001"))]) == []
    (why,) = differences(stored, [shown(text_html=TABLE.format(loss="0.126"))])
    assert "table 1, row 2, column 3" in why
    assert "0.125 became 0.126" in why
    assert differences(stored, [shown(text_html=TABLE.format(loss="0.126"))], rtol=0.01) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss", "cost"),
        ('class="dataframe"', 'class="table"'),
        ("<tr><th>test</th><td>320</td><td>0.25</td></tr>", ""),
        ("<td>320</td>", "<td>320</td><td>1</td>"),
        ("<th>test", "<td>test"),
    ],
)
def test_other_words_elements_or_attributes_fail(old: str, new: str) -> None:
    page = TABLE.format(loss="0.125")
    assert old in page
    assert differences([shown(text_html=page)], [shown(text_html=page.replace(old, new))]) != []
    assert differences([shown(text_html=page.replace(old, new))], [shown(text_html=page)]) != []


def up(by: float) -> str:
    return base64_png(lambda axes: curves(axes, up=by), dpi=60)


def swapped(axes: Axes) -> None:
    curves(axes, colours=("C1", "C0"))


def frames(*pictures: str) -> list[NotebookNode]:
    """Return an output like an explorer's: the first frame in the page, all of them in a script."""
    sources = ", ".join(f'"data:image/png;base64,{picture}"' for picture in pictures)
    first = f'<img src="data:image/png;base64,{pictures[0]}" alt="a curve">'
    script = f'<script type="application/json">{{"frames": [{sources}]}}</script>'
    return [shown(text_html=f"<figure>{first}{script}</figure>")]


def test_frames_of_a_slider_are_compared_one_by_one() -> None:
    stored = frames(up(0), up(0.2), up(0.4))
    again = base64_png(lambda axes: curves(axes, up=0.2), dpi=60, metadata={"Software": "next year's"})
    assert differences(stored, frames(up(0), again, up(0.4))) == []
    (why,) = differences(stored, frames(up(0), up(0.3), up(0.4)))
    assert "frame 3 of 4" in why  # the first is in the page and in the script
    assert "1-frame-3: difference, now, stored" in why
    assert differences(stored, frames(up(0), up(0.4), up(0.2))) != []
    assert differences(stored, frames(up(0), up(0.2))) != []
    assert differences(stored, frames(up(0), up(0.2), base64_png(swapped, dpi=60))) != []


def test_a_figure_is_compared_by_look() -> None:
    stored = [shown(image_png=base64_png(curves), text_plain="<Figure size 640x480 with 1 Axes>")]
    again = shown(
        image_png=base64_png(curves, metadata={"Software": "x"}),
        text_plain="<Figure size 640x480 with 1 Axes>",
    )
    assert differences(stored, [again]) == []
    other = shown(image_png=base64_png(swapped), text_plain="<Figure size 640x480 with 1 Axes>")
    (why,) = differences(stored, [other])
    assert "output 1 (image/png), the picture looks different at" in why
    assert "1: difference, now, stored" in why


def test_a_live_widget_is_left_out_where_html_stands_for_it() -> None:
    stored = shown(text_html="<p>0.5</p>")
    new = shown(text_html="<p>0.5</p>", text_plain="VBox(children=(IntSlider(value=3),))")
    new.data[WIDGET_VIEW] = {"model_id": "3f2a91bc", "version_major": 2, "version_minor": 0}
    assert differences([stored], [new]) == []
    assert differences([new], [stored]) == []
    new.data["text/html"] = "<p>0.6</p>"
    assert differences([stored], [new]) != []


def test_pictures_are_kept_to_be_looked_at(tmp_path: Path) -> None:
    def keep(name: str, pictures: dict[str, Image.Image]) -> str:
        for kind, picture in pictures.items():
            picture.save(tmp_path / f"{name}-{kind}.png")
        return str(tmp_path)

    a, b = (base64.b64encode(png(draw, dpi=50)).decode() for draw in (curves, swapped))
    output_differences([shown(image_png=a)], [shown(image_png=b)], Tolerance(), keep)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "1-difference.png",
        "1-now.png",
        "1-stored.png",
    ]
