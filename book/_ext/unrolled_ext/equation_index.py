"""The directive ``{equation-index}``: every numbered equation, its code, its test and its measured error."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from . import equations, late, places

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

HEADS = ["Equation", "Measured error", "Computed in", "Proved by"]


class EquationIndex(SphinxDirective):
    """Leave room for the tables; which equations there are is known when all pages have been read."""

    def run(self) -> list[nodes.Node]:
        """Return the room."""
        return [late.room(self.env, "equation-index")]


def in_reading_order(env: BuildEnvironment) -> list[equations.Equation]:
    """All equations, chapter by chapter in the order of the table of contents."""
    order = [env.config.root_doc, *late.toc_order(env, env.config.root_doc)]
    known = equations.equations(env)
    return [
        equation for docname in dict.fromkeys(order + sorted(known)) for equation in known.get(docname, ())
    ]


def number(app: Sphinx, docname: str, label: str) -> nodes.Node:
    """Link to the equation, named by its number."""
    text = nodes.Text(label)
    reference = addnodes.pending_xref("", text)
    domain = app.env.get_domain("math")
    return domain.resolve_xref(app.env, docname, app.builder, "eq", label, reference, text) or text


def cells(app: Sphinx, docname: str, equation: equations.Equation) -> list[nodes.Node]:
    """Build one row of a table."""
    triad = equations.triads(app.env).get(equation.label, equations.Triad())
    link = number(app, docname, equation.label)
    lines = equations.links(app, docname, triad.lines) or [
        nodes.Text("stated" if equation.stated else "nothing")
    ]
    tests = equations.links(app, docname, triad.tests) or [nodes.Text("\N{EN DASH}")]
    return [
        nodes.paragraph("", "", link, nodes.Text(" "), nodes.literal("", equation.label)),
        nodes.Text(equations.error_text(triad.error)),
        nodes.paragraph("", "", *lines),
        nodes.paragraph("", "", *tests),
    ]


def fill(app: Sphinx, docname: str, room: nodes.Element) -> list[nodes.Node]:
    """Build a table for each chapter, and count."""
    known = [equation for equation in in_reading_order(app.env) if equation.named]
    found = equations.triads(app.env)
    computed = sum(label in found and bool(found[label].lines) for label in (one.label for one in known))
    text = f"{len(known)} numbered equations, {computed} of them computed."
    tables = [
        chapter_table(app, docname, chapter, list(own))
        for chapter, own in groupby(known, key=attrgetter("docname"))
    ]
    return [nodes.paragraph("", text, classes=["equation-count"]), *tables]


def chapter_table(app: Sphinx, docname: str, chapter: str, own: list[equations.Equation]) -> nodes.table:
    """Build the table of one chapter; its caption leads there."""
    caption = places.page_link(app, docname, chapter, "", places.title(app.env, chapter))
    rows = [cells(app, docname, equation) for equation in own]
    return places.table(nodes.make_id(f"equations-{chapter}"), caption, HEADS, rows, "equation-index")


def state(env: BuildEnvironment) -> Any:
    """Return what the tables depend on."""
    titles = {name: places.title(env, name) for name in env.titles}
    return in_reading_order(env), equations.triads(env), env.toc_fignumbers, titles


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("equation-index", EquationIndex)
    late.register("equation-index", fill, state)
