"""Figures of all chapters for those who do not see them, or not well: words, and words that can be read."""

import ast
import json
import re
from functools import cache

from nbformat import NotebookNode

from companion import plots
from tools.notebooks.files import find_notebooks, read, shown

WRITING = ("text", "annotate")  # methods of axes
LEGIBLE = 4.5  # WCAG 2.2, success criterion 1.4.3
SETTINGS = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


@cache
def cells() -> list[tuple[str, NotebookNode]]:
    """Return where each code cell of the book stands, and the cell."""
    return [
        (f"{shown(path)}, cell {number}", cell)
        for path in find_notebooks()
        for number, cell in enumerate(read(path).cells)
        if cell.cell_type == "code"
    ]


def unread(source: str) -> list[str]:
    """Return the calls that write in a colour for lines which is, or may be, too pale for words."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or getattr(call.func, "attr", "") not in WRITING:
            continue
        for colour in (word.value for word in call.keywords if word.arg == "color"):
            if not isinstance(colour, ast.Call) or getattr(colour.func, "attr", "") != "colour":
                continue
            role = colour.args[0]
            known = isinstance(role, ast.Constant) and role.value in plots.PALETTE
            if not known or plots.contrast(plots.PALETTE[role.value], "#ffffff") < LEGIBLE:
                found.append(ast.unparse(call))
    return found


def test_the_check_finds_what_cannot_be_read() -> None:
    assert unread('axes.text(0, 1, "a", color=plots.colour("state"))')
    assert unread('axes.text(0, 1, "a", color=plots.colour(role))')
    assert not unread('axes.text(0, 1, "a", color=plots.ink(role))')
    assert not unread('axes.text(0, 1, "a", color=plots.colour("neutral"))')
    assert not unread('axes.plot(x, color=plots.colour("state"))')


def test_words_in_figures_are_written_in_ink() -> None:
    pale = {where: found for where, cell in cells() if (found := unread(cell.source))}
    assert not pale, f"write with plots.ink(role) instead: {pale}"


def test_every_figure_is_described_in_a_sentence() -> None:
    bare = []
    for where, cell in cells():
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if "image/png" in kinds and (
            len(alt.split()) < 8 or alt.split()[0].lower() in ("figure", "image", "plot")
        ):
            bare.append((where, alt))
    assert not bare


def test_explorers_with_pictures_say_what_each_setting_shows() -> None:
    """Where frames differ, most of their words do; they are more than the positions of the sliders."""
    for where, cell in cells():
        for page in (output.get("data", {}).get("text/html", "") for output in cell.outputs):
            if "data-explorer" not in page:
                continue
            found = SETTINGS.search("".join(page))
            assert found, where
            stored = json.loads(found.group(1))
            if stored["frames"][0].startswith("data:"):
                assert len(set(stored["alts"])) >= len(stored["frames"]) / 2, where
                assert min(len(alt.split()) for alt in stored["alts"]) >= 5, where
