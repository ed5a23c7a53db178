"""On paper hints and solutions stand at the end of the book, where the directive ``{solutions}`` makes room.

It makes a section for each chapter of the table of contents that has solutions. An exercise leads to its hint
and to its solution, and both lead back. A book without the directive keeps them where they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

from . import places

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

SOLUTION = re.compile(r"^[`:]{3,}\{solution\}", re.MULTILINE)
HEADING = re.compile(r"^# +(.+)$", re.MULTILINE)


class SolutionsRoom(nodes.General, nodes.Element):
    """The place of one chapter's hints and solutions."""


class Solutions(SphinxDirective):
    """Leave room for the solutions of every chapter."""

    def run(self) -> list[nodes.Node]:
        """Return one section a chapter."""
        rooms(self.env)[self.env.docname] = []
        return [self.section(*chapter) for chapter in chapters(self.env)]

    def section(self, chapter: str, title: str) -> nodes.section:
        """Return the section of one chapter."""
        places.depend(self.env, Path(self.env.doc2path(chapter)))
        rooms(self.env)[self.env.docname].append(chapter)
        name = f"solutions-{chapter}"
        section = nodes.section(ids=[nodes.make_id(name)], names=[name])
        inline, messages = self.parse_inline(title)
        section += [nodes.title("", "", *inline), *messages, SolutionsRoom(chapter=chapter)]
        self.state.document.note_explicit_target(section, section)
        return section


def rooms(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return, for each page with the directive, the chapters whose solutions it shows."""
    known: dict[str, list[str]] = places.kept(env, "solutions", {})
    return known


def chapters(env: BuildEnvironment) -> Iterator[tuple[str, str]]:
    """Yield name and title of every notebook in the table of contents that has solutions."""
    site_map = env.external_site_map
    for document in ordered(site_map, site_map.root.docname):
        file = Path(env.doc2path(document))
        if file.suffix == ".ipynb":
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
            if SOLUTION.search(text) and (heading := HEADING.search(text)):
                yield document, heading[1].strip()


def ordered(site_map: Any, document: str) -> Iterator[str]:
    """Yield a page of the table of contents and those below it, in order."""
    yield document
    for child in site_map[document].child_files():
        yield from ordered(site_map, child)


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again or gone."""
    rooms(env).pop(docname, None)


class Collect(SphinxPostTransform):
    """Put links in the place of hints and solutions, and these into their rooms."""

    default_priority = 1
    builders = places.PAPER

    def run(self, **options: Any) -> None:
        """Leave links in the chapters, and fill the rooms that are here."""
        for solution in list(self.document.findall(is_solution_node)):
            if page := page_of(self.env, solution["docname"]):
                leave_link(self.app, solution, page)
        for room in list(self.document.findall(SolutionsRoom)):
            page = page_of(self.env, room["chapter"])
            room.replace_self(solved(self.app, room["chapter"], page) if page else [])


def page_of(env: BuildEnvironment, chapter: str) -> str | None:
    """Return the page that shows a chapter's solutions, if there is one."""
    return next((page for page, shown in rooms(env).items() if chapter in shown), None)


def hint_of(solution: nodes.Element) -> nodes.Element | None:
    """Return the hint that stands between an exercise and its solution."""
    here = solution.parent.index(solution)
    for node in reversed(solution.parent.children[:here]):
        if is_exercise_node(node):
            break
        if isinstance(node, nodes.admonition) and "hint" in node["classes"]:
            return node
    return None


def leave_link(app: Sphinx, solution: nodes.Element, page: str) -> None:
    """Take hint and solution out, and say where they are."""
    label, hint = solution["target_label"], hint_of(solution)
    line = nodes.paragraph(classes=["to-solution"], ids=solution["ids"])
    if hint is not None:
        line += [places.page_link(app, solution["docname"], page, f"hint-{label}", "Hint"), nodes.Text(", ")]
        hint.parent.remove(hint)
    line += places.page_link(
        app, solution["docname"], page, f"solution-{label}", "solution" if hint else "Solution"
    )
    solution.replace_self(line)


def solved(app: Sphinx, chapter: str, page: str) -> list[nodes.Node]:
    """Return all hints of a chapter, and after them all its solutions."""
    document = app.env.get_doctree(chapter)
    hints, solutions = [], []
    for solution in document.findall(is_solution_node):
        label, hint = solution["target_label"], hint_of(solution)
        title = back(app, page, solution)
        if hint is not None:
            hints.append(box(f"hint-{label}", title, hint.children[1:], page))
        content = [part for child in solution.children[1:] for part in unpacked(child)]
        solutions.append(box(f"solution-{label}", title, content, page))
    return [*part("Hints", hints), *part("Solutions", solutions)]


def unpacked(node: nodes.Node) -> list[nodes.Node]:
    """Return what is in the section that sphinx-exercise makes of a solution."""
    return list(node.children) if isinstance(node, nodes.section) else [node]


def part(title: str, boxes: list[nodes.container]) -> list[nodes.Node]:
    """Put a line above what has something to stand above."""
    return [nodes.rubric("", title), *boxes] if boxes else []


def back(app: Sphinx, page: str, solution: nodes.Element) -> nodes.paragraph:
    """Return the line that leads back to the exercise: its number and its name."""
    label = solution["target_label"]
    exercise = app.env.sphinx_exercise_registry[label]["node"]
    number = app.env.toc_fignumbers.get(solution["docname"], {}).get("exercise", {}).get(label, ())
    name = exercise.children[0].children[1:]
    text = f"Exercise {'.'.join(map(str, number))}".rstrip()
    line = nodes.paragraph("", "", places.page_link(app, page, solution["docname"], label, text))
    if name:
        line += [nodes.Text(". "), *(child.deepcopy() for child in name[0].children)]
    line["classes"] = ["solved-title"]
    return line


def box(node_id: str, title: nodes.paragraph, content: list[nodes.Node], page: str) -> nodes.container:
    """Return a hint or a solution; what it refers to is seen from the page that it is on now."""
    made = nodes.container("", title.deepcopy(), *(node.deepcopy() for node in content), ids=[node_id])
    made["classes"] = ["solved"]
    for node in made.findall(nodes.Element):
        if "refdoc" in node:
            node["refdoc"] = page
    return made


def setup(app: Sphinx) -> None:
    """Register the directive and the transform."""
    app.add_node(SolutionsRoom)
    app.add_directive("solutions", Solutions)
    app.add_post_transform(Collect)
    app.connect("env-purge-doc", purge)
