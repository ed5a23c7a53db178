"""On paper: an explorer stands still, a map is a drawing, a calculator a table, and HTML becomes nodes."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import Tag
from docutils import nodes
from sphinx.util import FilenameUniqDict
from unrolled_ext import paper_html, paper_stills

from companion.explore import explore
from companion.explore.controls import control
from companion.explore.frames import Frame
from companion.explore.page import page

BOOK = Path(__file__).parents[1] / "book"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def env(tmp_path: Path) -> Any:
    """Return what frames need of a build: where files go, and a list of the pictures."""
    return SimpleNamespace(
        doctreedir=str(tmp_path), srcdir=str(tmp_path), docname="text/sums", images=FilenameUniqDict()
    )


def sung() -> str:
    """Return the HTML of an explorer with two controls whose frames are texts."""
    explorer = explore(
        lambda word, n: word * n, description="Sung.", n=(1, 3, 3), word=["na", "la"], start={"n": 2}
    )
    return explorer.html


def texts(shown: list[nodes.Node], kind: type[nodes.Node]) -> list[str]:
    return [node.astext() for top in shown for node in top.findall(kind)]


def test_without_a_choice_an_explorer_shows_where_it_stands_first(env: Any) -> None:
    shown = paper_stills.still(env, sung(), [])
    assert [node["classes"] for node in shown] == [["stills"]]
    assert texts(shown, nodes.literal_block) == ["nana"]
    assert texts(shown, nodes.paragraph) == ["n 2, word na", "Sung."]


def test_the_chosen_settings_are_shown_in_their_order(env: Any) -> None:
    shown = paper_stills.still(env, sung(), [{"n": "3", "word": "la"}, {"word": "la"}])
    assert texts(shown, nodes.literal_block) == ["lalala", "lala"]
    assert texts(shown, nodes.paragraph) == ["n 3, word la", "n 2, word la", "Sung."]


@pytest.mark.parametrize(
    ("setting", "said"),
    [({"m": "1"}, "it has no control m, but n, word"), ({"n": "4"}, "n takes 1, 2, 3, and not 4")],
)
def test_a_setting_that_does_not_exist_is_refused(env: Any, setting: dict[str, str], said: str) -> None:
    with pytest.raises(LookupError, match=said):
        paper_stills.still(env, sung(), [setting])


def test_a_frame_that_is_a_picture_becomes_a_file_with_its_own_alternative_text(env: Any) -> None:
    frames = [Frame("image", f"data:image/png;base64,{base64.b64encode(PNG).decode()}", 1, 1)]
    html = page("One dot.", [control("n", [1, 2])], frames, [0, 0], ["a dot", "the same dot"], [0])
    shown = paper_stills.still(env, html, [{"n": "2"}])
    image = next(shown[0].findall(nodes.image))
    assert image["alt"] == "the same dot"
    assert (Path(env.srcdir) / image["uri"]).read_bytes() == PNG
    assert image["candidates"] == {"*": image["uri"]}
    assert env.images[image["uri"]][0] == {"text/sums"}


def moving(kind: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield notebook, metadata and HTML of the outputs of a kind."""
    for notebook in sorted(BOOK.rglob("*.ipynb")):
        text = notebook.read_text(encoding="utf-8")
        if kind not in text:
            continue
        for cell in json.loads(text)["cells"]:
            for output in cell.get("outputs", []):
                html = "".join(output.get("data", {}).get("text/html", []))
                if f'<figure class="{kind}"' in html:
                    yield notebook.stem, cell["metadata"], html


def figure(html: str, css: str) -> Tag:
    return paper_stills.required(paper_html.parsed(html), f"figure.{css}")


def test_every_explorer_of_the_book_says_which_settings_paper_shows() -> None:
    seen = 0
    for notebook, metadata, html in moving("unrolled-explorer"):
        read = paper_stills.read_explorer(figure(html, "unrolled-explorer"))
        stills = metadata.get("stills", [])
        assert 2 <= len(stills) <= 5, notebook
        places = [tuple(read.places(setting)) for setting in stills]
        assert len(set(places)) == len(places), f"{notebook}: a setting twice"
        seen += 1
    assert seen >= 26


def test_the_word_map_becomes_a_drawing_with_the_colours_said(env: Any) -> None:
    ((_, _, html),) = moving("unrolled-map")
    shown = paper_stills.still(env, html, [])
    image = next(shown[0].findall(nodes.image))
    drawing = (Path(env.srcdir) / image["uri"]).read_text(encoding="utf-8")
    assert drawing.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="')
    assert ".unrolled-map-1 { stroke: #1a6dc4 }" in drawing
    assert "var(" not in drawing
    assert len(image["alt"]) > 40
    assert texts(shown, nodes.paragraph)[0].startswith("animals: blue, food and drink: orange")


def test_the_calculator_shows_the_sentences_the_score_and_both_tables(env: Any) -> None:
    ((_, _, html),) = moving("unrolled-bleu")
    shown = paper_stills.still(env, html, [])
    assert texts(shown, nodes.term) == ["Translation", "Reference", "Reference"]
    assert "BLEU 46.71" in " ".join(texts(shown, nodes.paragraph))
    orders, counts = shown[0].findall(nodes.table)
    assert [row.astext().split() for row in orders.findall(nodes.row)][1] == ["1", "5", "7", "0.7143"]
    assert [row.astext().split() for row in counts.findall(nodes.row)][1] == ["the", "3", "2", "2"]


def test_a_table_keeps_its_head_its_row_names_and_its_spans() -> None:
    html = (
        '<table><tr><th>a</th><th colspan="2">b</th></tr>'
        '<tr><th scope="row">x</th><td>1</td><td rowspan="2">2</td></tr></table>'
    )
    (table,) = paper_html.as_nodes(html)
    assert table[0]["cols"] == 3
    assert [row.astext() for row in next(table.findall(nodes.thead))] == ["a\n\nb"]
    entries = list(table.findall(nodes.entry))
    assert entries[1]["morecols"] == 1
    assert entries[-1]["morerows"] == 1
    assert [node.astext() for node in table.findall(nodes.strong)] == ["x"]


def test_what_is_in_a_table_is_not_shown_twice_and_empty_html_shows_nothing(env: Any) -> None:
    assert len(paper_html.as_nodes("<table><tr><td><p>1</p><pre>2</pre></td></tr></table>")) == 1
    assert paper_stills.still(env, "<style>p {}</style><div></div>", []) == []
