"""A stored output of a chapter on another page."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tiny_book import INDEX, TinyBook, tiny_book

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def cell(metadata: dict[str, Any], *outputs: dict[str, Any]) -> dict[str, Any]:
    found = [{"output_type": "display_data", "data": data, "metadata": {}} for data in outputs]
    return {"cell_type": "code", "metadata": metadata, "source": "", "outputs": found, "execution_count": 1}


FIGURE = {"figure": {"name": "sum-figure", "caption": "It *rises*."}}
CELLS = [
    cell({"unrolled": {"name": "explorer"}}, {"text/html": ["<b>moves", "</b>"], "image/png": PNG}),
    cell({"mystnb": {**FIGURE, "image": {"alt": "A line that rises"}}}, {"image/png": PNG}),
    cell({"mystnb": {"figure": {"name": "no-alt"}}}, {"image/png": PNG}),
    cell({"unrolled": {"name": "text-only"}}, {"text/plain": "42"}),
    cell({"unrolled": {"name": "twice"}}, {"text/html": "1"}),
    cell({"unrolled": {"name": "twice"}}, {"text/html": "2"}),
]


def with_landing(root: Path, argument: str) -> TinyBook:
    """Write a book whose first page shows an output of a notebook."""
    book = tiny_book(root)
    book.write({"book/text/plot.ipynb": json.dumps({"cells": CELLS, "nbformat": 4, "nbformat_minor": 5})})
    book.write({"book/index.md": f"{INDEX}\n```{{from-notebook}} {argument}\n```\n"})
    return book


def test_html_is_shown_as_it_is_stored_and_follows_the_notebook(tmp_path: Path) -> None:
    book = with_landing(tmp_path, "text/plot explorer")
    assert book.build() == []
    assert '<div class="from-notebook docutils container">\n<b>moves</b>' in book.page("index")
    changed = (tmp_path / "book/text/plot.ipynb").read_text().replace("moves", "stands")
    book.write({"book/text/plot.ipynb": changed})
    assert book.build() == []
    assert "<b>stands</b>" in book.page("index")


def test_a_picture_has_its_text_and_its_caption(tmp_path: Path) -> None:
    book = with_landing(tmp_path, "text/plot sum-figure")
    assert book.build() == []
    shown = book.between("index", '<div class="from-notebook docutils container">', "</div>")
    assert 'alt="A line that rises"' in shown
    assert "<p>It <em>rises</em>.</p>" in shown
    address = shown.partition('src="')[2].partition('"')[0]
    assert (tmp_path / "out/html" / address).read_bytes() == base64.b64decode(PNG)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        (
            "text/plot explorr",
            "0 cells of plot.ipynb are named 'explorr'; it has explorer, no-alt, sum-figure",
        ),
        ("text/plots explorer", "there is no notebook plots.ipynb"),
        ("text/plot text-only", "the cell 'text-only' of plot.ipynb has no stored HTML and no stored PNG"),
        ("text/plot no-alt", "the picture of cell 'no-alt' has no alternative text"),
        ("text/plot twice", "2 cells of plot.ipynb are named 'twice'"),
    ],
)
def test_what_cannot_be_shown_is_warned_of(tmp_path: Path, argument: str, said: str) -> None:
    warnings = with_landing(tmp_path, argument).build()
    assert len(warnings) == 1
    assert "index.md:" in warnings[0]
    assert said in warnings[0]
