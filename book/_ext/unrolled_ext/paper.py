"""What the EPUB and the PDF have in common: pages that run nothing, and from which nothing unfolds.

Every transform makes nodes that each writer knows. They act for the builders of `places.PAPER` alone; the
HTML book stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from . import paper_epub, paper_solutions, paper_stills, places

if TYPE_CHECKING:
    from sphinx.application import Sphinx

TAG = re.compile(r"</?(br|wbr|a)\b[^<>]*>")
HIDDEN = {"hide-input", "hide-cell", "remove-input"}  # tags of cells whose code is folded away


def classes(node: nodes.Node) -> list[str]:
    """Return the classes of a node, if it can have any."""
    return list(node["classes"]) if isinstance(node, nodes.Element) else []


def design(document: nodes.Element, component: str) -> list[nodes.Element]:
    """Return the components of sphinx-design of one kind."""
    return [node for node in document.findall(nodes.container) if node.get("design_component") == component]


class Unfold(SphinxPostTransform):
    """Open the boxes that fold, and leave out the code that a page hides."""

    default_priority = 2
    builders = places.PAPER

    def run(self, **options: Any) -> None:
        """Change boxes and cells."""
        for node in self.document.findall(nodes.Element):
            if "dropdown" in node["classes"]:
                node["classes"].remove("dropdown")
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") == "cell_code" and HIDDEN & set(cell["cell_metadata"].get("tags", ())):
                hide(cell)


def hide(cell: nodes.Element) -> None:
    """Leave out a cell's code, and the cell where nothing else is in it."""
    for part in [part for part in cell if part.get("nb_element") == "cell_code_source"]:
        cell.remove(part)
    if not cell.children:
        cell.parent.remove(cell)


class ListCards(SphinxPostTransform):
    """Make a list of a grid of cards: a paper page has no room for a card, and nothing to press."""

    default_priority = 2
    builders = places.PAPER

    def run(self, **options: Any) -> None:
        """Replace each grid."""
        for grid in design(self.document, "grid-container"):
            cards = design(grid, "card")
            grid.replace_self(nodes.bullet_list("", *map(item, cards), classes=["cards"], bullet="*"))


def item(card: nodes.Element) -> nodes.list_item:
    """Return a card as an item: its title, which is the link, and what it says."""
    title = " ".join(part.astext() for part in design(card, "card-title"))
    link = next(
        iter(card.findall(lambda node: isinstance(node, addnodes.pending_xref | nodes.reference))), None
    )
    said = [part for part in card.findall(nodes.paragraph) if not within(part, "card-title")]
    heading: nodes.Node = nodes.strong("", title)
    if isinstance(link, nodes.Element):
        target = link.deepcopy()
        target["classes"] = []
        target["refexplicit"] = True
        target.children = []
        target += nodes.inline("", "", heading)
        heading = target
    return nodes.list_item("", nodes.paragraph("", "", heading), *(part.deepcopy() for part in said))


def within(node: nodes.Node, component: str) -> bool:
    """Say whether a node stands in a component of sphinx-design."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.Element) and node.get("design_component") == component:
            return True
    return False


class PlainTags(SphinxPostTransform):
    """Keep of HTML in the text what means something on paper.

    A line's end is a space there, and a link in HTML leads to a file beside the web pages: its words stay.
    """

    default_priority = 2
    builders = places.PAPER

    def run(self, **options: Any) -> None:
        """Replace what breaks a line; drop what may break one, and the tags of links."""
        for raw in list(self.document.findall(nodes.raw)):
            tag = TAG.fullmatch(raw.astext().strip())
            if raw.get("format") == "html" and tag:
                raw.replace_self(nodes.Text(" " if tag[1] == "br" else ""))


class LiftLists(SphinxPostTransform):
    """Take a list out of the paragraph that Sphinx puts it into where a function has several results."""

    default_priority = 2
    builders = places.PAPER

    def run(self, **options: Any) -> None:
        """Replace each such paragraph by what is in it."""
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if any(isinstance(child, nodes.Sequential) for child in paragraph):
                paragraph.replace_self(paragraph.children)


class Sections(SphinxPostTransform):
    """Take the sections away that sphinx-exercise puts into its boxes: a writer would number them."""

    default_priority = 2
    builders = places.PAPER

    def run(self, **options: Any) -> None:
        """Replace each by what is in it."""
        for section in list(self.document.findall(nodes.section)):
            if section["ids"] in (["exercise-content"], ["solution-content"]):
                section["ids"] = []  # or the first of them would inherit it
                section.replace_self(section.children)


def setup(app: Sphinx) -> None:
    """Register everything that paper pages need."""
    paper_solutions.setup(app)
    paper_stills.setup(app)
    paper_epub.setup(app)
    for transform in (Unfold, ListCards, PlainTags, LiftLists, Sections):
        app.add_post_transform(transform)
