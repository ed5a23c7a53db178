"""A word map as HTML that needs nothing else: a still picture, its data, and the script that moves it."""

import html
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

SCRIPTS = ("chart", "labels", "chosen", "gestures", "search", "main")
LETTER = 0.56
"""A letter's mean width in heights of the text, to see which names have room in the still picture."""

REST = "other words"

_TOOLS = {
    "left": ("Move left", "M14 5 7 12l7 7"),
    "up": ("Move up", "M5 14l7-7 7 7"),
    "down": ("Move down", "M5 10l7 7 7-7"),
    "right": ("Move right", "M10 5l7 7-7 7"),
    "out": ("Zoom out", "M5 12h14"),
    "in": ("Zoom in", "M5 12h14M12 5v14"),
    "whole": ("Show the whole map", "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"),
    "finger": (
        "Move the map with one finger",
        "M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3",
    ),
}


@dataclass(frozen=True)
class Drawn:
    """A map whose parts fit together: V words, and integer places (V, 2) with y downwards.

    ``colours`` (V,) holds the number of each word's group from 1 on, 0 for none; ``near`` (V, k) the rows of
    its neighbours in what is called ``space``; ``start`` a row, or -1.
    """

    words: tuple[str, ...]
    places: np.ndarray
    size: tuple[int, int]
    titles: tuple[str, ...]
    colours: np.ndarray
    near: np.ndarray
    space: str
    start: int


def page(drawn: Drawn, description: str, alt: str) -> str:
    """Return the HTML of a map, the same for the same words and places."""
    named = list(_with_room(drawn))
    count = f"{len(drawn.words):,}"
    return f"""<figure class="unrolled-map">
<style>{_asset("map.css")}</style>
<div class="unrolled-map-search" hidden><label><span>Find one of {count} words</span>
<input type="text" autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false"
enterkeyhint="search"></label>
<ul hidden></ul></div>
<div class="unrolled-map-stage" tabindex="0" role="group" aria-label="Map of words">
{_picture(drawn, named, alt)}</div>
<div class="unrolled-map-tools" hidden>{_tools()}<output aria-live="off">1×</output></div>
<p class="unrolled-map-told" role="status"></p>
<ol class="unrolled-map-near" hidden></ol>
<p class="unrolled-map-kept" hidden></p>
{_legend(drawn)}<p class="unrolled-map-hint" hidden>
<span class="unrolled-map-mouse">Drag to move. The wheel zooms once you have clicked the map, or with Ctrl.
Keys on the map: arrows, + and −, 0 for all of it, Enter for the word in the middle.</span>
<span class="unrolled-map-touch">Two fingers move and zoom the map, one finger scrolls the page. A tap on a
dot names it.</span></p>
<p class="unrolled-map-note">Shown here: the whole map, with {len(named)} of its {count} words named.
To search it and to move in it needs JavaScript; in Jupyter, a notebook that is trusted.</p>
<figcaption>{html.escape(description)}</figcaption>
<span class="unrolled-map-said" role="status"></span>
<script type="application/json">{_data(drawn)}</script>
<script>{_script()}</script>
</figure>"""


def _data(drawn: Drawn) -> str:
    """Return what the script reads, one field a line."""
    fields = {
        "words": drawn.words,
        "at": drawn.places.ravel().tolist(),  # x, y, x, y, ...
        "size": drawn.size,
        "titles": drawn.titles,
        "colours": drawn.colours.tolist(),
        "near": drawn.near.ravel().tolist(),  # k of each word, word after word
        "k": drawn.near.shape[1],
        "space": drawn.space,
        "start": drawn.start,
    }
    lines = (
        f"{json.dumps(name)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for name, value in fields.items()
    )
    return "{" + ",\n".join(lines).replace("<", "\\u003c") + "}"  # <!-- and </script> would end it


def _picture(drawn: Drawn, named: Iterable[tuple[int, int, int]], alt: str) -> str:
    """Return the still picture; the script takes over its dots."""
    width, height = drawn.size
    edge = _edge(drawn)
    box = f"{-edge} {-edge} {width + 2 * edge} {height + 2 * edge}"
    paths = []
    for number in range(len(drawn.titles) + 1):
        rows = np.flatnonzero(drawn.colours == number)
        dots = "".join(f"M{x} {y}h0" for x, y in drawn.places[rows].tolist())
        paths.append(f'<path class="unrolled-map-{number}" d="{dots}"/>\n')
    texts = "".join(f'<text x="{x}" y="{y}">{html.escape(drawn.words[row])}</text>\n' for row, x, y in named)
    return (
        f'<svg viewBox="{box}" role="img" aria-label="{html.escape(alt)}">\n'
        f'<g class="unrolled-map-dots" stroke-width="{_unit(drawn) // 3}">\n{"".join(paths)}</g>\n'
        f'<g class="unrolled-map-names" font-size="{_unit(drawn)}">\n{texts}</g></svg>'
    )


def _unit(drawn: Drawn) -> int:
    """Return the height of the still picture's text: a fiftieth of the longer side."""
    return max(drawn.size) // 50


def _edge(drawn: Drawn) -> int:
    return max(drawn.size) // 25


def _with_room(drawn: Drawn) -> Iterator[tuple[int, int, int]]:
    """Yield the words with room for their names, the first words first: row, and where the text begins."""
    unit, right = _unit(drawn), drawn.size[0] + _edge(drawn)
    taken: list[tuple[float, float, float, float]] = []
    for row, (x, y) in enumerate(drawn.places.tolist()):
        left, base = x + unit // 3, y + unit // 3
        end = left + LETTER * unit * len(drawn.words[row])
        box = (left - unit // 2, base - 1.4 * unit, end + unit // 2, base + 0.7 * unit)
        if end > right or any(
            box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken
        ):
            continue
        taken.append(box)
        yield row, left, base


def _tools() -> str:
    """Return the buttons in two groups that stay together on a narrow page."""
    made = [_tool(name, *tool) for name, tool in _TOOLS.items()]
    return (
        f'<div role="group" aria-label="Move">{"".join(made[:4])}</div>'
        f'<div role="group" aria-label="Zoom">{"".join(made[4:])}</div>'
    )


def _tool(name: str, title: str, shape: str) -> str:
    pressed = ' aria-pressed="false"' if name == "finger" else ""
    return (
        f'<button type="button" data-tool="{name}" aria-label="{title}" title="{title}"{pressed}>'
        f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{shape}"/></svg></button>\n'
    )


def _legend(drawn: Drawn) -> str:
    """Return the colours' names; the script lets a press on one hide the others."""
    if not drawn.titles:
        return ""
    items = [*enumerate(drawn.titles, 1)]
    if not drawn.colours.all():
        items.append((0, REST))
    keys = "".join(
        f'<button type="button" data-group="{number}" aria-pressed="false" disabled>'
        f'<svg viewBox="0 0 10 10" aria-hidden="true"><path class="unrolled-map-{number}" d="M5 5h0"/></svg>'
        f"{html.escape(title)}</button>\n"
        for number, title in items
    )
    return f'<div class="unrolled-map-legend" role="group" aria-label="Show one group alone">\n{keys}</div>\n'


@cache
def _asset(name: str) -> str:
    return files("companion.explore").joinpath("map", name).read_text(encoding="utf-8").strip()


def _script() -> str:
    """Return the script, all its parts in one scope of their own."""
    return "(() => {\n" + "\n\n".join(_asset(f"{name}.js") for name in SCRIPTS) + "\n})();"
