"""`word_map` stores what a reader will see and search, the same every time, and refuses what does not fit."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from companion.explore import WordMap, nearest_rows, word_map
from companion.plots.palette import PALETTE, contrast
from tools.notebooks.guards import stored_problems
from tools.notebooks.html import take_apart
from tools.notebooks.normalise import normalise
from tools.notebooks.numbers import Tolerance
from tools.notebooks.outputs import output_differences

WORDS = ["the", "cat", "dog", "Paris", "Rome"]
XY = [[0.0, 0.0], [4.0, 1.0], [4.5, 1.5], [-3.0, 2.0], [-3.5, 2.5]]
GROUPS = {"animals": ["cat", "dog"], "cities": ["Paris", "Rome"]}
NEAR = [[1, 2], [2, 0], [1, 0], [4, 0], [3, 0]]


def made(**changed: Any) -> WordMap:
    given: dict[str, Any] = {"words": WORDS, "xy": XY, "description": "Five words.", "groups": GROUPS}
    return word_map(**({"neighbours": NEAR} | given | changed))


def stored(shown: WordMap) -> dict[str, Any]:
    """Return what the script reads."""
    found = re.search(r'<script type="application/json">(.*?)</script>', shown.html, re.DOTALL)
    assert found
    return json.loads(found[1])


class Elements(HTMLParser):
    """Every element with its attributes and the text directly in it; nothing may close that is not open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[list[Any]] = []
        self.open: list[list[Any]] = []
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append([tag, dict(attrs), ""])
        if tag != "input":
            self.open.append(self.found[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append([tag, dict(attrs), ""])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][2] += data

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, text) for name, attributes, text in self.found if name == tag]


def test_it_says_what_it_is() -> None:
    assert repr(made()) == "WordMap: 5 words. Five words."
    assert made()._repr_html_() == made().html
    assert made().size == len(made().html.encode())
    assert made().words == tuple(WORDS)


def test_places_are_integers_with_one_scale_for_both_axes_and_y_upwards() -> None:
    data = stored(made())
    places = np.array(data["at"]).reshape(-1, 2)  # (V, 2), y downwards
    assert data["size"] == places.max(axis=0).tolist() == [10_000, 3125]
    assert places.min(axis=0).tolist() == [0, 0]
    back = places * [1, -1] * (8 / 10_000) + [-3.5, 2.5]
    np.testing.assert_allclose(back, XY, atol=8 / 10_000)


def test_the_data_hold_words_groups_neighbours_and_the_start() -> None:
    data = stored(made(start="Rome", space="50 dimensions"))
    assert data["words"] == WORDS
    assert data["titles"] == ["animals", "cities"]
    assert data["colours"] == [0, 1, 1, 2, 2]
    assert data["k"] == 2
    assert np.reshape(data["near"], (5, 2)).tolist() == NEAR
    assert data["start"] == 4
    assert data["space"] == "50 dimensions"
    bare = stored(made(groups=None, neighbours=None))
    assert (bare["titles"], bare["colours"], bare["k"], bare["near"], bare["start"]) == (
        [],
        [0] * 5,
        0,
        [],
        -1,
    )


def test_the_still_picture_has_every_dot_and_the_first_words_names() -> None:
    page = Elements(made().html)
    dots = [
        re.findall(r"M(\d+) (\d+)h0", str(attrs["d"]))
        for attrs, _ in page.all("path")
        if attrs["d"] != "M5 5h0"
    ]
    data = stored(made())
    places = np.array(data["at"]).reshape(-1, 2)
    for number in range(3):
        rows = np.flatnonzero(np.array(data["colours"]) == number)
        assert np.array(dots[number], dtype=int).tolist() == places[rows].tolist()
    names = [text for _, text in page.all("text")]
    assert names[:2] == ["the", "cat"], "the commonest first"
    assert set(names) <= set(WORDS)
    (picture,) = [attrs for attrs, _ in page.all("svg") if attrs.get("role") == "img"]
    assert picture["aria-label"] == "Map of 5 words, in colour: animals, cities."
    alt = Elements(made(alt='Cats & "dogs".').html)
    assert 'Cats & "dogs".' in [attrs.get("aria-label") for attrs, _ in alt.all("svg")]


def test_names_of_the_still_picture_do_not_cover_each_other() -> None:
    rng = np.random.default_rng(0)
    words = [f"{'abcdefgh'[i % 8] * (3 + i % 6)}{i}" for i in range(600)]
    page = Elements(word_map(words, rng.normal(size=(600, 2)), description="Many.").html)
    boxes = []
    for attrs, text in page.all("text"):
        x, y = int(str(attrs["x"])), int(str(attrs["y"]))
        boxes.append((x, y - 160, x + 0.5 * 200 * len(text), y + 40))
    assert len(boxes) > 20
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def test_without_a_script_nothing_is_offered_that_does_nothing() -> None:
    page = Elements(made().html)
    for attrs, _ in page.all("div"):
        if attrs.get("class") in ("unrolled-map-search", "unrolled-map-tools"):
            assert "hidden" in attrs
    keys = [attrs for attrs, _ in page.all("button") if "data-group" in attrs]
    assert len(keys) == 3
    assert all("disabled" in attrs for attrs in keys)
    assert "needs JavaScript" in take_apart(made().html).visible_text()


def test_every_button_has_a_name() -> None:
    buttons = Elements(made().html).all("button")
    assert len(buttons) == 8 + 3
    assert all(attrs.get("aria-label") or text.strip() for attrs, text in buttons)


def test_a_word_may_hold_any_sign_and_can_start_nothing() -> None:
    words = ["<b>", "</script>", "<!--", "a&b", '"quoted"', "'", "naïve", "کتاب\u200cها", "\\u003c", "日本"]
    shown = word_map(
        words,
        np.random.default_rng(0).normal(size=(10, 2)),
        description="</figcaption><script>alert(1)</script>",
        groups={"<i>": ["<b>"], 'a"b': ["'"]},
        alt='"><script>',
    )
    page = Elements(shown.html)
    assert stored(shown)["words"] == words
    assert stored(shown)["titles"] == ["<i>", 'a"b']
    assert [tag for tag, *_ in page.found].count("script") == 2
    assert not page.all("b")
    assert not page.all("i")
    (caption,) = page.all("figcaption")
    assert caption[1] == "</figcaption><script>alert(1)</script>"
    assert {text for _, text in page.all("text")} <= set(words)


def test_it_asks_nothing_of_another_host() -> None:
    assert "//" not in re.sub(r"^\s*//.*$|[^:]// .*$", "", made().html, flags=re.MULTILINE)
    assert "url(" not in made().html
    assert "import(" not in made().html


def big(seed: int = 0) -> WordMap:
    rng = np.random.default_rng(seed)
    words = [f"word{i:06d}" for i in range(1500)]
    space = rng.normal(size=(1500, 20))
    return word_map(
        words,
        space[:, :2],
        description="Many.",
        groups={"some": words[:300]},
        neighbours=nearest_rows(space, 8),
    )


def test_fifteen_hundred_words_weigh_little_and_are_the_same_each_time() -> None:
    assert big().size < 200_000
    assert big().html == big().html
    assert big().html != big(1).html


def test_a_stored_map_is_compared_word_for_word_and_place_for_place(tmp_path: Path) -> None:
    def output(shown: WordMap) -> Any:
        data = {"text/html": shown.html, "text/plain": repr(shown)}
        return [{"output_type": "execute_result", "data": data, "metadata": {}}]

    def differs(**changed: Any) -> bool:
        new = output(made(**changed))
        return bool(output_differences(output(made()), new, Tolerance(), lambda name, pictures: name))

    dust = [[x * (1 + 1e-12), y] for x, y in XY]
    assert not differs(xy=dust)
    assert differs(xy=[[x + (x > 4.2) * 0.01, y] for x, y in XY])
    assert differs(neighbours=[[2, 1], *NEAR[1:]])
    assert differs(groups={"animals": ["cat"], "cities": ["Paris", "Rome", "dog"]})
    assert differs(words=["a", *WORDS[1:]])
    assert differs(start="cat")


def test_a_notebook_may_store_it() -> None:
    cell = nbformat.v4.new_code_cell("made", execution_count=1)
    data = {"text/html": made().html, "text/plain": repr(made())}
    cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert stored_problems(notebook) == []
    kept = normalise(notebook).cells[0].outputs[0].data
    assert kept["text/html"] == made().html


def dark(rgb: str) -> str:
    """Return what the CSS filter ``invert(1) hue-rotate(180deg)`` makes of a colour."""
    turned = np.array([[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]])
    light = 1 - np.array([int(rgb[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return "#" + "".join(f"{round(v * 255):02x}" for v in np.clip(turned @ light, 0, 1))


def shade(one: str, other: str) -> int:
    """Return how far two colours are apart in the channel where they differ most."""
    return max(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5))


def test_the_colours_are_the_books_in_light_and_in_dark() -> None:
    style = files("companion.explore").joinpath("map", "map.css").read_text(encoding="utf-8")
    roles = ["baseline", "input", "output", "state", "gradient", "gate", "highlight"]
    found = re.findall(r"--map-(\d): (#\w{6});", style)
    assert [int(number) for number, _ in found] == [*range(7), *range(7)]
    light, night = [rgb for _, rgb in found[:7]], [rgb for _, rgb in found[7:]]
    # On paper, which is not quite white, two need to be a shade darker than in a figure.
    assert all(shade(PALETTE[role], rgb) <= 2 for role, rgb in zip(roles, light, strict=True))
    assert night == [dark(rgb) for rgb in light]
    tokens = (Path(__file__).parents[1] / "book/_static/tokens.css").read_text(encoding="utf-8")
    papers = re.findall(r"--paper: (#\w{6});", tokens)
    for paper, colours in zip(papers, (light, night), strict=True):
        assert all(contrast(rgb, paper) >= 3 for rgb in colours)


BAD = [
    ({"words": "cat"}, TypeError, "words: expected a sequence of strings, got one string"),
    ({"words": ["cat", 3]}, TypeError, "words: expected strings, got int at 1"),
    ({"words": ["cat", ""]}, ValueError, "words: expected printable text, got '' at 1"),
    ({"words": ["cat", "a\nb"]}, ValueError, r"words: expected printable text, got 'a\\nb' at 1"),
    ({"words": ["cat", "\ud800"]}, ValueError, r"words: expected printable text, got '\\ud800' at 1"),
    ({"words": ["cat", "\u202edog"]}, ValueError, r"words: expected printable text, got '\\u202edog' at 1"),
    ({"words": ["cat", "dog", "cat"]}, ValueError, "words: 'cat' at 2 was already at 0"),
    ({"words": ["cat"]}, ValueError, "words: expected two or more, got 1"),
    ({"xy": XY[:4]}, ValueError, r"xy: expected \(5, 2\), a row for each word, got \(4, 2\)"),
    ({"xy": np.ones((5, 3))}, ValueError, r"xy: expected \(5, 2\), a row for each word, got \(5, 3\)"),
    ({"xy": [*XY[:4], [0, np.inf]]}, ValueError, "xy: expected finite numbers, got inf at row 4"),
    ({"xy": np.ones((5, 2))}, ValueError, r"xy: expected different places, got \[1.0, 1.0\] for every word"),
    ({"description": " "}, ValueError, "description: expected a text, got ' '"),
    ({"alt": ""}, ValueError, "alt: expected a text, got ''"),
    ({"space": ""}, ValueError, "space: expected a text, got ''"),
    ({"start": "cow"}, ValueError, "start: expected one of the words, got 'cow'"),
    ({"groups": {"a": ["cow"]}}, ValueError, "groups: expected words of the map in 'a', got 'cow'"),
    ({"groups": {"a": "cat"}}, TypeError, "groups: expected a sequence of words in 'a', got one string"),
    ({"groups": {"a": ["cat"], "b": ["cat"]}}, ValueError, "groups: 'cat' is in 'a' and in 'b'"),
    ({"groups": {str(i): [] for i in range(7)}}, ValueError, "groups: expected at most 6, .* got 7"),
    ({"groups": {"": ["cat"]}}, ValueError, "groups: a name: expected a text, got ''"),
    ({"neighbours": np.ones((5, 2))}, TypeError, "neighbours: expected integers, .* got float64"),
    ({"neighbours": NEAR[:4]}, ValueError, r"neighbours: expected \(5, k\), k from 1 to 12, got \(4, 2\)"),
    ({"neighbours": [1, 2, 3, 4, 0]}, ValueError, r"neighbours: expected \(5, k\), .* got \(5,\)"),
    (
        {"neighbours": [*NEAR[:4], [3, 5]]},
        ValueError,
        "neighbours: expected rows from 0 to 4, got 5 for 'Rome'",
    ),
    ({"neighbours": [[-1, 2], *NEAR[1:]]}, ValueError, "neighbours: expected rows .* got -1 for 'the'"),
    ({"neighbours": [[0, 2], *NEAR[1:]]}, ValueError, r"neighbours: expected different other .* for 'the'"),
    ({"neighbours": [[2, 2], *NEAR[1:]]}, ValueError, r"neighbours: expected different other .* for 'the'"),
]


@pytest.mark.parametrize(("changed", "error", "message"), BAD)
def test_bad_input_is_refused(changed: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        made(**changed)


def test_too_much_is_refused() -> None:
    words = [f"{i:060d}" for i in range(20_000)]
    with pytest.raises(ValueError, match=r"words: expected at most 1.5 MB in all, got \d"):
        word_map(words, np.random.default_rng(0).normal(size=(20_000, 2)), description="Too many.")
