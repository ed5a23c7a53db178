"""Equation, code, test: under a numbered equation the line that computes it and the test that proves it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes

from . import places, scan

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

Problem = tuple[str, Any]  # what is wrong, and where


@dataclass(frozen=True)
class Equation:
    """A numbered equation of the book."""

    label: str
    docname: str
    line: int | None
    stated: bool  # marked ``:class: stated``: the book says it, and nothing computes it
    named: bool = True  # an ``align`` without a label has a number that nothing can refer to


@dataclass(frozen=True)
class Triad:
    """What belongs to a label: lines that compute it, tests that prove it, the error they measured."""

    lines: tuple[scan.Place, ...] = ()
    tests: tuple[scan.Place, ...] = ()
    error: str | None = None


def equations(env: BuildEnvironment) -> dict[str, list[Equation]]:
    """Equations by page, in the order of the page."""
    known: dict[str, list[Equation]] = places.kept(env, "equations", {})
    return known


def triads(env: BuildEnvironment) -> dict[str, Triad]:
    """Triads by label, as they were found when this build began."""
    known: dict[str, Triad] = places.kept(env, "triads", {})
    return known


def find_triads(env: BuildEnvironment) -> tuple[dict[str, Triad], list[scan.Place]]:
    """Read the companion, the tests and the stored errors."""
    root = places.root(env)
    found = scan.computing(root) + scan.proofs(root)
    stored_at = places.book(env) / "appendix" / "equations.json"
    stored = json.loads(stored_at.read_text(encoding="utf-8")) if stored_at.exists() else {}
    parts: dict[str, dict[str, list[scan.Place]]] = defaultdict(lambda: defaultdict(list))
    for place in found:
        parts[place.label][place.kind].append(place)
    joined = {
        label: Triad(tuple(kinds["computes"]), tuple(kinds["proves"]), stored.get(label, {}).get("error"))
        for label, kinds in parts.items()
    }
    return joined, found


def begin(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
    """Find the triads, and have the pages read again whose equations' triads have changed."""
    old = dict(triads(env))
    new, found = find_triads(env)
    triads(env).clear()
    triads(env).update(new)
    places.kept(env, "scan", [])[:] = found
    return [
        docname
        for docname, own in equations(env).items()
        if any(old.get(equation.label) != new.get(equation.label) for equation in own)
    ]


def numbered(doctree: nodes.document) -> Iterator[nodes.math_block]:
    """Yield the blocks that got a number."""
    return (node for node in list(doctree.findall(nodes.math_block)) if node.get("label"))


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the equations of a page that was read."""
    docname = app.env.docname
    equations(app.env)[docname] = [
        Equation(
            node["label"], docname, node.line, "stated" in node["classes"], "amsmath" not in node["classes"]
        )
        for node in numbered(doctree)
    ]


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget the equations of a page that is read again or gone."""
    equations(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    """Take over what another process read."""
    equations(env).update({name: equations(other)[name] for name in docnames if name in equations(other)})


def problems_of_book(by_label: dict[str, list[Equation]], found: dict[str, Triad]) -> Iterator[Problem]:
    """Yield what is wrong with the equations."""
    for label, same in by_label.items():
        first, triad = same[0], found.get(label, Triad())
        here = (first.docname, first.line)
        if not first.named:
            text = "a numbered equation without a label: write $$ ... $$ (eq-...), or use align* and the like"
            yield text, here
            continue
        for other in same[1:]:
            yield f"{label}: this label is already used in {first.docname}", (other.docname, other.line)
        if first.stated and triad.lines:
            yield f"{label}: marked as stated, but {triad.lines[0].where} computes it", here
        elif not first.stated and not triad.lines:
            hint = f"name it in the companion, # {{eq}}`{label}`, or mark it :class: stated"
            yield f"{label}: nothing computes this equation; {hint}", here
        elif not first.stated and not triad.tests:
            hint = f'@pytest.mark.equation("{label}")'
            yield f"{label}: computed in {triad.lines[0].where}, and no test proves it; mark one {hint}", here


def problems_of_code(labels: Iterable[str], found: list[scan.Place]) -> Iterator[Problem]:
    """Yield the comments, docstrings and tests that name no equation of the book."""
    for place in found:
        if place.label == "":
            yield "the label of an equation must be written out, in the comment or on the test", place.where
        elif place.label not in labels:
            who = f"the test {place.test}" if place.kind == "proves" else "this line"
            yield f"{place.label}: {who} names an equation that the book does not have", place.where


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every broken triad, at every build, whatever was read anew."""
    by_label: dict[str, list[Equation]] = defaultdict(list)
    for docname in sorted(equations(env)):
        for equation in equations(env)[docname]:
            by_label[equation.label].append(equation)
    for message, where in problems_of_book(by_label, triads(env)):
        places.warn("equation", message, where)
    for message, where in problems_of_code(by_label, places.kept(env, "scan", [])):
        places.warn("equation", message, where)


def line_name(place: scan.Place) -> str:
    """Short name of a line: ``reference/embedding.py:42``."""
    return f"{place.path.removeprefix('companion/')}:{place.line}"


def test_name(place: scan.Place) -> str:
    """Short name of a test: ``test_embedding.py::test_backward``."""
    return f"{place.path.removeprefix('tests/')}::{place.test}"


def error_text(error: str | None) -> str:
    """Say a stored error in words."""
    if error is None:
        return "\N{EN DASH}"
    return "exact" if error == "0" else f"\N{LESS-THAN OR EQUAL TO} {error}"


def links(app: Sphinx, docname: str, found: tuple[scan.Place, ...]) -> list[nodes.Node]:
    """Links to lines or tests, with commas between them."""
    parts: list[nodes.Node] = []
    for place in found:
        name, css = (
            (test_name(place), "triad-test") if place.kind == "proves" else (line_name(place), "triad-code")
        )
        parts += [nodes.Text(", ")] if parts else []
        parts.append(places.code_link(app, docname, place.path, place.line, name, css))
    return parts


def triad_line(app: Sphinx, docname: str, triad: Triad, stated: bool) -> nodes.paragraph:
    """Build the line under an equation."""
    phrases: list[list[nodes.Node]] = []
    if stated:
        phrases.append([nodes.Text("stated, not computed")])
    if triad.lines:
        phrases.append([nodes.Text("computed in "), *links(app, docname, triad.lines)])
    if triad.tests:
        phrases.append([nodes.Text("proved by "), *links(app, docname, triad.tests)])
    if triad.error is not None:
        said = error_text(triad.error)
        text = said if said == "exact" else f"error {said}"
        phrases.append([nodes.inline("", text, classes=["triad-error"])])
    line = nodes.paragraph(classes=["triad", "triad-stated"] if stated else ["triad"])
    for phrase in phrases:
        line += [nodes.Text(" \N{MIDDLE DOT} ")] if len(line) else []
        line += phrase
    return line


def show(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the line under each equation of a page that is about to be written."""
    for node in numbered(doctree):
        line = triad_line(
            app, docname, triads(app.env).get(node["label"], Triad()), "stated" in node["classes"]
        )
        if len(line):
            node.parent.insert(node.parent.index(node) + 1, line)


def setup(app: Sphinx) -> None:
    """Connect the events."""
    app.connect("env-get-outdated", begin)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", check, priority=900)
    app.connect("doctree-resolved", show)
