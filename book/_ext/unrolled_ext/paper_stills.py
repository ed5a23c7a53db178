"""What moves stands still on paper: explorers, word maps and the BLEU calculator as frames, texts and tables.

A cell says which settings of its explorer are shown: ``stills: [{"kernel": "3"}, ...]`` in its metadata names
for each frame controls and their labels, as the reader sees them. A control that is not named stands where it
stands first. Without it, the first setting is shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import Tag
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from . import paper_html, places

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

Setting = Mapping[str, str]  # a control's title, and the label that it shows
COLOURS = {"1": "blue", "2": "orange", "3": "green", "4": "violet", "5": "dark olive", "6": "purple"}


@dataclass(frozen=True)
class Explorer:
    """An explorer as its page holds it."""

    titles: list[str]
    start: list[int]
    labels: list[list[str]]
    frames: list[str]
    order: list[int]
    alts: list[str]
    description: str

    def places(self, setting: Setting) -> list[int]:
        """Return where the controls stand; LookupError says what the explorer has instead."""
        if unknown := set(setting) - set(self.titles):
            raise LookupError(f"it has no control {', '.join(sorted(unknown))}, but {', '.join(self.titles)}")
        at = []
        for title, start, labels in zip(self.titles, self.start, self.labels, strict=True):
            label = setting.get(title, labels[start])
            if label not in labels:
                raise LookupError(f"{title} takes {', '.join(labels)}, and not {label}")
            at.append(labels.index(label))
        return at

    def number(self, at: Sequence[int]) -> int:
        """Return the number of a setting, the last control moving fastest."""
        number = 0
        for position, labels in zip(at, self.labels, strict=True):
            number = number * len(labels) + position
        return number

    def said(self, at: Sequence[int]) -> str:
        """Name a setting: ``kernel 3, layers 2``."""
        named = zip(self.titles, at, self.labels, strict=True)
        return ", ".join(f"{title} {labels[position]}" for title, position, labels in named)


def read_explorer(figure: Tag) -> Explorer:
    """Read an explorer from its HTML."""
    data = json.loads(str(required(figure, 'script[type="application/json"]').string))
    return Explorer(
        titles=[paper_html.words(tag) for tag in figure.select(".unrolled-explorer-controls label > span")],
        start=[int(str(tag["value"])) for tag in figure.select(".unrolled-explorer-controls input")],
        description=paper_html.words(required(figure, "figcaption")),
        **{key: data[key] for key in ("labels", "frames", "order", "alts")},
    )


def required(tag: Tag, selector: str) -> Tag:
    """Return the first tag that fits; LookupError where there is none."""
    found = tag.select_one(selector)
    if found is None:
        raise LookupError(f"its HTML has no {selector}")
    return found


def explorer(env: BuildEnvironment, figure: Tag, stills: Sequence[Setting]) -> list[nodes.Node]:
    """Return the chosen frames of an explorer, each under its setting, and what it says of itself."""
    read = read_explorer(figure)
    shown: list[nodes.Node] = []
    for at in [read.places(setting) for setting in stills or [{}]]:
        content, alt = read.frames[read.order[read.number(at)]], read.alts[read.number(at)]
        still = nodes.container(classes=["still"])
        still += nodes.paragraph("", read.said(at), classes=["still-setting"])
        still += frame(env, content, alt)
        shown.append(still)
    return [*shown, nodes.paragraph("", read.description, classes=["still-description"])]


def frame(env: BuildEnvironment, content: str, alt: str) -> list[nodes.Node]:
    """Return one frame: a picture, or what its HTML says."""
    if content.startswith("data:image/png;base64,"):
        return [picture(env, base64.b64decode(content.partition(",")[2]), ".png", alt)]
    return paper_html.as_nodes(content)


def picture(env: BuildEnvironment, data: bytes, suffix: str, alt: str) -> nodes.image:
    """Write a picture where Sphinx finds it, named by what it shows, and return the node that shows it."""
    folder = Path(env.doctreedir) / "stills"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(data).hexdigest()[:20]}{suffix}"
    file.write_bytes(data)
    uri = Path(os.path.relpath(file, env.srcdir)).as_posix()
    env.images.add_file(env.docname, uri)
    return nodes.image(uri=uri, alt=alt, candidates={"*": uri})


def word_map(env: BuildEnvironment, figure: Tag, stills: Sequence[Setting]) -> list[nodes.Node]:
    """Return the still picture of a word map, with the colours that its style sheet gives to the groups."""
    drawing = required(figure, ".unrolled-map-stage svg")
    colours: dict[str, str] = {}
    for number, colour in re.findall(r"--map-(\d): (#\w+)", str(required(figure, "style").string)):
        colours.setdefault(number, colour)  # the first is that of a light page
    rules = [f".unrolled-map-{number} {{ stroke: {colour} }}" for number, colour in colours.items()]
    rules.append("path { fill: none; stroke-linecap: round }")
    rules.append("text { fill: #1d2125; font-family: sans-serif }")
    box = str(drawing["viewbox"])  # the parser writes names small
    inside = "".join(map(str, drawing.contents))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><style>{" ".join(rules)}</style>'
        f'<rect x="-9999" y="-9999" width="99999" height="99999" fill="#ffffff"/>{inside}</svg>\n'
    )
    groups = [
        f"{paper_html.words(key)}: {COLOURS.get(str(key['data-group']), 'grey')}"
        for key in figure.select("[data-group]")
    ]
    legend = [nodes.paragraph("", f"{', '.join(groups)}.", classes=["still-setting"])] if groups else []
    caption = nodes.paragraph("", paper_html.words(required(figure, "figcaption")))
    caption["classes"] = ["still-description"]
    return [picture(env, svg.encode(), ".svg", str(drawing["aria-label"])), *legend, caption]


def calculator(env: BuildEnvironment, figure: Tag, stills: Sequence[Setting]) -> list[nodes.Node]:
    """Return what stands in the BLEU calculator first: the sentences, the score, and what was counted."""
    hypothesis, references = (tag.get_text() for tag in figure.select("textarea"))
    rows = [("Translation", hypothesis), *(("Reference", line) for line in references.splitlines())]
    length = required(figure, "fieldset input[checked]")["value"]
    sentences = nodes.definition_list()
    for term, text in rows:
        entry = nodes.definition("", nodes.paragraph("", text))
        sentences += nodes.definition_list_item("", nodes.term("", term), entry)
    return [
        sentences,
        nodes.paragraph("", paper_html.words(required(figure, ".unrolled-bleu-score"))),
        paper_html.table(required(figure, ".unrolled-bleu-orders")),
        nodes.paragraph("", f"The n-grams of length {length}:"),
        paper_html.table(required(figure, ".unrolled-bleu-counts")),
        nodes.paragraph("", paper_html.words(required(figure, "figcaption")), classes=["still-description"]),
    ]


MAKERS = {"unrolled-explorer": explorer, "unrolled-map": word_map, "unrolled-bleu": calculator}


def still(env: BuildEnvironment, html: str, stills: Sequence[Setting]) -> list[nodes.Node]:
    """Return what a piece of HTML shows on paper; nothing for HTML that holds nothing a page can show."""
    soup = paper_html.parsed(html)
    for css, make in MAKERS.items():
        if figure := soup.select_one(f"figure.{css}"):
            return [nodes.container("", *make(env, figure, stills), classes=["stills"])]
    return paper_html.as_nodes(html)


def metadata(node: nodes.Node) -> dict[str, Any]:
    """Return the metadata of the cell that a node belongs to."""
    while isinstance(node, nodes.Element):
        if "cell_metadata" in node:
            return dict(node["cell_metadata"])
        node = node.parent
    return {}


def moving(document: nodes.document) -> list[nodes.Element]:
    """Return what holds HTML of an output: what notebooks put out, and what other pages show of it."""
    found = []
    for node in document.findall(nodes.container):
        if node.get("nb_element") == "mime_bundle":
            found += [node for part in node if part.get("mime_type") == "text/html"]
        elif "from-notebook" in node["classes"]:
            found += [part for part in node if isinstance(part, nodes.raw)]
    return found


class StandStill(SphinxPostTransform):
    """Put frames in the place of HTML that moves; before MyST-NB chooses what of an output is shown."""

    default_priority = 3
    builders = places.PAPER

    def run(self, **options: Any) -> None:
        """Replace everything that holds HTML."""
        for node in moving(self.document):
            raw = next(iter(node.findall(nodes.raw)), None)
            if raw is None:
                continue
            stills = metadata(node).get("stills", ())
            try:
                shown = still(self.env, raw.astext(), stills)
            except LookupError as problem:
                places.warn("stills", f"stills: {problem}", location=raw)
                continue
            if shown:
                node.replace_self(shown)


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(StandStill)
