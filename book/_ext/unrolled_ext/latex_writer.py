"""Sphinx' LaTeX writer with the built book's numbers, pictures that say what they show, and our boxes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.math import wrap_displaymath
from sphinx.writers.latex import CR, LaTeXTranslator

from tools.pages import png_size

KINDS = {  # Sphinx' kinds of boxes, whose colours latex.BOXES sets, by our classes
    "check": "tip",
    "tip": "tip",
    "breaks": "warning",
    "warning": "warning",
    "in-the-lectures": "important",
    "where": "seealso",
    "exercise": "hint",
    "solution": "hint",
}
COLUMN = 720  # pixels of the built book's column: a picture of that width, or more, fills it
LARGEST = 0.76  # of the text's width
LISTED = re.compile(r",\s+(?![^{}]*\})")  # a comma that is in no group
CHARACTERS = 100  # of a table's line
BEGINNING = 10  # lines of a box with its name
MOST = 42  # lines that a box asks for
TOGETHER = 7  # lines of code that stay on one page
BREAKABLE = re.compile(r"(::|/|_(?=[^_])|-(?=\w)|\.(?=\w)|=|,(?=\S))")  # where a long name may end its line


class Writer(LaTeXTranslator):
    """Writes the one tree that holds the whole book."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.labelled: set[tuple[str, str]] = set()

    def hypertarget(self, id: str, withdoc: bool = True, anchor: bool = True) -> str:
        """Return a label, once: a box may have it from the target above."""
        key = (self.curfilestack[-1] if withdoc else "", id)
        if key in self.labelled:
            return ""
        self.labelled.add(key)
        return super().hypertarget(id, withdoc, anchor)

    def number(self, kind: str, node: nodes.Element) -> str:
        """Return the number that the built book gives to an equation, a figure or a table; else nothing."""
        document = node.get("docname") or self.curfilestack[-1]
        known = self.builder.env.toc_fignumbers.get(document, {}).get(kind, {})
        found = next((known[id] for id in node["ids"] if id in known), ())
        return ".".join(map(str, found))

    def visit_math_block(self, node: nodes.Element) -> None:
        """Write a formula; one with a label gets its number as a tag."""
        self.anchor(node)
        number = self.number("displaymath", node) if node.get("label") else ""
        self.body.append(r"\stepcounter{target}" if number else "")
        if not number or node.get("nowrap"):
            super().visit_math_block(node)
        label = f"equation:{node['docname']}:{node['label']}"
        written = wrap_displaymath(node.astext(), label, False)
        self.body.append(written.replace(rf"\label{{{label}}}", rf"\label{{{label}}}\tag{{{number}}}", 1))
        raise nodes.SkipNode

    def anchor(self, node: nodes.Element) -> None:
        """Let links lead to a node; Sphinx gives LaTeX labels to some kinds alone."""
        if node["ids"]:
            self.body.append(self.hypertarget_to(node, anchor=True) + CR)

    def visit_math(self, node: nodes.Element) -> None:
        """Write a formula in a line; a list of many in the narrow column of a table may break."""
        if self.table:
            node.children = [nodes.Text(LISTED.sub(r",\\allowbreak ", node.astext()))]
        super().visit_math(node)

    def visit_figure(self, node: nodes.Element) -> None:
        """Let a figure stand where it is written; several pictures in one may be higher than a page."""
        number = self.number("figure", node)
        self.body.append(
            CR + r"\begingroup" + (rf"\renewcommand{{\thefigure}}{{{number}}}" if number else "")
        )
        if any("stills" in part["classes"] for part in node.findall(nodes.container)):
            self.body.append(CR + r"\begin{stills}" + CR)
            self.context.append(r"\end{stills}" + CR + r"\endgroup" + CR)
            self.in_minipage += 1
        else:
            super().visit_figure(node)
            self.context.append(self.context.pop() + r"\endgroup" + CR)

    def depart_figure(self, node: nodes.Element) -> None:
        """End what `visit_figure` began."""
        ended = self.context.pop()
        self.in_minipage -= ended.startswith(r"\end{stills}")
        self.body.append(ended)

    def visit_image(self, node: nodes.Element) -> None:
        """Write a picture with what it shows, a quarter smaller beside the text than on a screen."""
        file = Path(self.builder.srcdir, node["uri"])
        if size := png_size(file):
            node["width"] = f"{100 * LARGEST * min(1, size[0] / COLUMN):.1f}%"
        before, self.body = self.body, []
        super().visit_image(node)
        picture, self.body = "".join(self.body), before
        alt = self.encode(" ".join(node.get("alt", "").split()))
        command = re.search(r"\\sphinxincludegraphics(\[[^]]*\])?\{.*\}", picture)
        if alt and command:
            picture = picture.replace(command[0], rf"\described{{{alt}}}{{{command[0]}}}")
        self.body.append(picture)

    def visit_table(self, node: nodes.Element) -> None:
        """Write a table under its number."""
        number = self.number("table", node)
        self.body.append(CR + r"\begingroup\footnotesize")
        self.body.append(rf"\renewcommand{{\thetable}}{{{number}}}" if number else "")
        super().visit_table(node)

    def depart_table(self, node: nodes.Element) -> None:
        """End the table."""
        super().depart_table(node)
        self.body.append(r"\endgroup" + CR)

    def visit_container(self, node: nodes.Element) -> None:
        """Let links lead to a container."""
        self.anchor(node)
        super().visit_container(node)

    def visit_literal_block(self, node: nodes.Element) -> None:
        """Write code; a page does not begin or end with a line or two of it."""
        lines = min(node.astext().count("\n") + 1, TOGETHER)
        if not self.table:
            self.body.append(CR + rf"\needspace{{{lines}\baselineskip}}")
        super().visit_literal_block(node)

    def visit_admonition(self, node: nodes.Element) -> None:
        """Open a box in the colour of what it is for, not at the end of a page."""
        self.body.append(CR + rf"\needspace{{{lines_of(node)}\baselineskip}}" + CR)
        self.anchor(node)
        super().visit_admonition(node)
        kind = next((KINDS[name] for name in node["classes"] if name in KINDS), "note")
        environment = "openbox" if "open-box" in node["classes"] else "sphinxadmonition"
        self.body[-1] = rf"{CR}\begin{{{environment}}}{{{kind}}}"
        self.context.append(rf"\end{{{environment}}}" + CR)

    def depart_admonition(self, node: nodes.Element) -> None:
        """Close a box."""
        super().depart_admonition(node)
        self.body[-1] = self.context.pop()

    def visit_paragraph(self, node: nodes.Element) -> None:
        """Open a paragraph; some have a look of their own."""
        if "to-solution" in node["classes"]:
            self.anchor(node)
        if command := paragraph_command(node):
            self.body.append(CR + command + "{")
        else:
            super().visit_paragraph(node)

    def depart_paragraph(self, node: nodes.Element) -> None:
        """Close a paragraph."""
        if paragraph_command(node):
            self.body.append("}")
        super().depart_paragraph(node)

    def visit_inline(self, node: nodes.Element) -> None:
        """Let the name of a line or of a test break where its parts meet."""
        if {"triad-code", "triad-test"} & set(node["classes"]):
            self.body.append(r"\breakablename{" + self.breakable(words(node)) + "}")
            raise nodes.SkipNode
        super().visit_inline(node)

    def visit_literal(self, node: nodes.Element) -> None:
        """Let a long name in a table break where its parts meet."""
        if self.table and " " not in node.astext():
            self.body.append(r"\breakablename{" + self.breakable(node.astext()) + "}")
            raise nodes.SkipNode
        super().visit_literal(node)

    def breakable(self, text: str) -> str:
        """Return a long name in LaTeX, with the places where a line may end."""
        pieces = BREAKABLE.split(text)
        return "".join(
            self.encode(piece) + (r"\allowbreak{}" if at % 2 else "") for at, piece in enumerate(pieces)
        )


PARAGRAPHS = {
    "triad": r"\triad",
    "still-setting": r"\stillsetting",
    "solved-title": r"\solvedtitle",
    "table-title": r"\tabletitle",
}


def lines_of(box: nodes.Element) -> int:
    """Return how many lines a page needs for a box to begin on it: a table in it stays whole."""
    if "open-box" in box["classes"]:
        return BEGINNING
    lines = BEGINNING
    for row in box.findall(nodes.row):
        lines += max(1 + len(cell.astext()) * len(row) // CHARACTERS for cell in row)
    return min(lines, MOST)


def words(node: nodes.Element) -> str:
    """Return the text of a node without what is HTML in it."""
    return "".join(
        text.astext() for text in node.findall(nodes.Text) if not isinstance(text.parent, nodes.raw)
    )


def paragraph_command(node: nodes.Element) -> str:
    r"""Return the command that sets a paragraph of a class.

    Examples
    --------
    >>> paragraph_command(nodes.paragraph(classes=["triad", "triad-stated"]))
    '\\triad'
    """
    return next((PARAGRAPHS[name] for name in node["classes"] if name in PARAGRAPHS), "")
