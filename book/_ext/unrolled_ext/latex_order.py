"""What a book on paper has in another order than the built book, or shorter: parts, boxes, the reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.texescape import escape

if TYPE_CHECKING:
    from sphinx.application import Sphinx

REFERENCE = "appendix/api/"  # the pages that docstrings fill
LONG = 1500  # characters in a table that may not fit on what is left of a page
LEAST, MOST = 20, 60  # of a column's characters, where it is one of several
LONG_IN_BOX = 2400  # in one that a box keeps together: more may not fit on a page
BOXES = ("exercise_node", "exercise_enumerable_node", "solution_node")  # of sphinx-exercise


class Boxes(SphinxPostTransform):
    """Make an ordinary box of an exercise: its extension writes one for LaTeX whose kind cannot be chosen."""

    default_priority = 910
    builders = ("latex",)

    def run(self, **options: Any) -> None:
        """Replace each, its names and title kept."""
        for node in list(self.document.findall(nodes.Admonition)):
            if type(node).__name__ in BOXES:
                box = nodes.admonition("", *node.children, ids=node["ids"], classes=node["classes"])
                node.replace_self([self.named(node), box])

    def named(self, node: nodes.Element) -> nodes.raw:
        """Return the label that sphinx-exercise's own references lead to."""
        return nodes.raw("", rf"\phantomsection\label{{exercise:{node['label']}}}", format="latex")


class ShortReference(SphinxPostTransform):
    """Leave of the reference each public name and the first sentence on it; all of it is half a book."""

    default_priority = 920
    builders = ("latex",)

    def run(self, **options: Any) -> None:
        """Replace what each module documents by one list."""
        for page in self.document.findall(addnodes.start_of_file):
            if page["docname"].startswith(REFERENCE):
                for section in page.findall(nodes.section):
                    shorten(section)


def shorten(section: nodes.section) -> None:
    """Make a definition list of what stands documented in a section, in place of the first."""
    described = [node for node in section if isinstance(node, addnodes.desc)]
    if described:
        place = section.index(described[0])
        rows = nodes.definition_list("", *map(short, described))
        section.children = [node for node in section if node not in described and not is_index(node)]
        section.insert(min(place, len(section)), rows)


def is_index(node: nodes.Node) -> bool:
    """Say whether a node is an entry of an index that paper does not have."""
    return isinstance(node, addnodes.index)


def short(desc: addnodes.desc) -> nodes.definition_list_item:
    """Return a name with the first sentence on it; the names inside it, methods say, lead here too."""
    signature = next(desc.findall(addnodes.desc_signature))
    name = "".join(part.astext() for part in signature.findall(addnodes.desc_name))
    term = nodes.term("", "", nodes.literal("", name))
    term["ids"] = [id for part in desc.findall(addnodes.desc_signature) for id in part["ids"]]
    content = next(iter(desc.findall(addnodes.desc_content)), None)
    said = [] if content is None else [node for node in content if isinstance(node, nodes.paragraph)]
    return nodes.definition_list_item("", term, nodes.definition("", *said[:1]))


def mend_tables(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Let tables of many words go on over pages; a line above names those that have no number."""
    if app.builder.name != "latex":
        return
    numbered = {id for kinds in app.env.toc_fignumbers.values() for id in kinds.get("table", ())}
    for table in list(document.findall(nodes.table)):
        lengthen(table)
        title = table.next_node(nodes.title)
        if title is not None and title.parent is table and not numbered & set(table["ids"]):
            table.remove(title)
            line = nodes.paragraph("", "", *title.children, classes=["table-title"])
            table.parent.insert(table.parent.index(table), line)


def lengthen(table: nodes.table) -> None:
    """Give a table of many words the widths of its columns, and let a page end in it."""
    rows = [[cell.astext() for cell in row] for row in table.findall(nodes.row)]
    words = sum(len(cell) for row in rows for cell in row)
    box = box_around(table)
    if words < (LONG if box is None else LONG_IN_BOX) or within_still(table):
        return
    if box is not None:
        box["classes"].append("open-box")
    widths = [
        min(MOST, max(LEAST, sorted(map(len, column))[-len(column) // 8 or -1]))
        for column in zip(*rows, strict=True)
    ]
    for spec, width in zip(table.findall(nodes.colspec), widths, strict=True):
        spec["colwidth"] = width
    table["classes"] += ["longtable", "colwidths-given"]


def within_still(node: nodes.Node) -> bool:
    """Say whether a node stands in a frame of an explorer, which is kept together."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.container) and "still" in node["classes"]:
            return True
    return False


def box_around(node: nodes.Node) -> nodes.Element | None:
    """Return the box that a node stands in: a table in it can go on over a page if the box has no frame."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.Admonition):
            return node
    return None


class Parts(SphinxPostTransform):
    """Give the book its parts. The landing page, which the cover stands for, is left out."""

    default_priority = 930
    builders = ("latex",)

    def run(self, **options: Any) -> None:
        """Put the pages under their parts."""
        book = next(iter(self.document.findall(nodes.section)), None)
        pages = {node["docname"]: node for node in self.document.findall(addnodes.start_of_file)}
        if book is None or not pages:
            return
        book.children = book.children[:1]  # its title
        for toctree in self.env.get_doctree(self.config.root_doc).findall(addnodes.toctree):
            book += [nodes.raw("", "\n".join(opening(toctree)), format="latex")]
            for _, name in toctree["entries"]:
                book += pages[name]


def opening(toctree: addnodes.toctree) -> Iterator[str]:
    """Yield what LaTeX is told where a list of pages begins.

    Pages without a caption come before the chapters; a captioned list is a part, whose chapters are numbered
    if its list says so.
    """
    caption, numbered = toctree.get("caption"), toctree.get("numbered")
    if not caption:
        yield r"\pagestyle{normal}\unnumbered"
    elif numbered:
        yield r"\ifdefined\chaptersbegun\else\gdef\chaptersbegun{}\mainmatter\fi\pagestyle{normal}\numbered"
    else:
        yield r"\unnumbered\listchaptersalone"
    if caption:
        yield rf"\part{{{escape(caption, 'lualatex')}}}"
    yield ""
