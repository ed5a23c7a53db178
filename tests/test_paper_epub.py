"""A book of two chapters as an EPUB: its package, its links, and what became of what moves and folds."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from docutils import nodes
from docutils.utils import new_document
from tiny_book import tiny_book
from unrolled_ext import paper

from companion.explore import explore
from tools import epub as epub_tool

XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
TOC = """format: jb-book
root: index
parts:
  - caption: Words
    numbered: 2
    chapters: [{file: text/sums}, {file: text/more}]
  - caption: Appendix
    chapters: [{file: solutions}, {file: equations}, {file: map}]
"""
INDEX = """# Start

::::{grid} 1
:::{grid-item-card} Sums
:link: text/sums
:link-type: doc

Why does one add?
:::
::::

One line<br>and another, <a href="downloads/x.whl" download>a file</a>.
"""
EXERCISE = """```{exercise} Add
:label: ex-add
Add, {eq}`eq-sum`.
```

```{admonition} Hint
:class: dropdown hint
From the *left*, as in [sums](sums.md).
```

````{solution} ex-add
:class: dropdown
A sum, $a$, by {eq}`eq-sum`, and [sums](sums.md).
````
"""


def code(source: str, html: str = "", **metadata: Any) -> dict[str, Any]:
    data = {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": {"text/html": html},
    }
    return {
        "cell_type": "code",
        "id": f"code-{len(source)}",
        "source": source,
        "metadata": metadata,
        "outputs": [data] if html else [],
        "execution_count": 1,
    }


def notebook() -> str:
    html = explore(lambda n: "na" * n, description="Sung.", n=(1, 3, 3)).html
    markdown = {"cell_type": "markdown", "metadata": {}}
    cells = [
        {**markdown, "id": "top", "source": "# More *sums*"},
        code("explore(...)", html, tags=["hide-input"], stills=[{"n": "1"}, {"n": "3"}]),
        code("shown()", "<table><tr><th>head</th></tr><tr><td>body</td></tr></table>"),
        {**markdown, "id": "end", "source": EXERCISE},
    ]
    return json.dumps(
        {
            "cells": cells,
            "metadata": {"language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


@pytest.fixture(scope="module")
def epub(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Build the book and return the files in it."""
    book = tiny_book(tmp_path_factory.mktemp("epub"))
    book.write(
        {
            "book/index.md": INDEX,
            "book/_toc.yml": TOC,
            "book/text/more.ipynb": notebook(),
            "book/solutions.md": "# Solutions\n\n```{solutions}\n```\n",
            "book/equations.md": "# Equations\n\n```{equation-index}\n```\n",
            "book/paper/epub.css": "p { margin: 0 }",
            "book/paper/cover.png": "a picture",
        }
    )
    said = book.build(
        builder="epub",
        extensions=[
            "myst_nb",
            "sphinx_design",
            "sphinx_exercise",
            "sphinx_external_toc",
            "tools.mathematics",
            "unrolled_ext",
        ],
        exclude_patterns=[],
        external_toc_path=str(book.root / "book" / "_toc.yml"),
        external_toc_exclude_missing=True,
        html_math_renderer="drawn",
        **(epub_tool.settings() | {"project": "Sums"}),
    )
    assert said == []
    with zipfile.ZipFile(book.root / "out" / "epub" / "unrolled.epub") as archive:
        assert archive.namelist()[0] == "mimetype"
        return {name: archive.read(name) for name in archive.namelist()}


def page(epub: dict[str, bytes], name: str) -> ElementTree.Element:
    return ElementTree.fromstring(epub[f"{name}.xhtml"])


def words(node: ElementTree.Element) -> str:
    return " ".join("".join(node.itertext()).split())


def of_class(node: ElementTree.Element, css: str) -> list[ElementTree.Element]:
    return [found for found in node.iter() if css in found.get("class", "").split()]


def test_every_page_is_xml_and_every_link_leads_to_something_in_the_book(epub: dict[str, bytes]) -> None:
    pages = {name: ElementTree.fromstring(text) for name, text in epub.items() if name.endswith(".xhtml")}
    assert {"index.xhtml", "text/sums.xhtml", "text/more.xhtml", "solutions.xhtml", "nav.xhtml"} <= set(pages)
    followed = 0
    for name, tree in pages.items():
        assert tree.get("lang") == "en", name
        ids = [node.get("id") for node in tree.iter() if node.get("id")]
        assert len(ids) == len(set(ids)), name
        for link in tree.iter(f"{XHTML}a"):
            file, _, place = link.get("href", "").partition("#")
            target = (Path(name).parent / file).as_posix() if file else name
            target = re.sub(r"[^/]+/\.\./", "", target)
            assert target in pages, f"{name}: {link.get('href')}"
            assert not place or any(node.get("id") == place for node in pages[target].iter()), place
            followed += 1
        assert not list(tree.iter(f"{XHTML}script"))
        assert {Path(link.get("href", "")).name for link in tree.iter(f"{XHTML}link")} <= {
            "epub.css",
            "pygments.css",
        }
    assert followed > 20


def test_the_contents_have_parts_and_the_numbers_of_the_book(epub: dict[str, bytes]) -> None:
    nav = [words(link) for link in page(epub, "nav").iter(f"{XHTML}a")]
    chapters = ["Start", "Words", "1. Sums", "1.1. Why sums", "2. More sums"]
    assert nav == [
        *chapters,
        "Appendix",
        "Solutions",
        "More sums",
        "Equations",
        "Map",
        "First deck",
        "Second deck",
    ]
    points = re.findall(r'playOrder="(\d+)">.*?<content src="([^"]+)"', epub["toc.ncx"].decode(), re.DOTALL)
    assert len({number for number, _ in points}) == len({place for _, place in points})


def test_the_package_says_what_is_in_its_pages(epub: dict[str, bytes]) -> None:
    package = ElementTree.fromstring(epub["content.opf"])
    items = {item.get("href"): item.get("properties") for item in package.iter(f"{OPF}item")}
    assert items["text/sums.xhtml"] == "mathml"
    assert items["_static/cover.png"] == "cover-image"
    assert items["nav.xhtml"] == "nav"
    assert items["map.xhtml"] is None
    spine = [item.get("idref") for item in package.iter(f"{OPF}itemref")]
    assert len(spine) == len(set(spine)) == len([name for name in items if name.endswith(".xhtml")]) - 1
    assert page(epub, "epub-cover").findtext(f"{XHTML}head/{XHTML}title") == "Sums"
    stated = {meta.get("property"): meta.text for meta in package.iter(f"{OPF}meta")}
    assert stated["schema:accessibilityHazard"] == "none"
    assert "ibooks:version" not in stated


def test_formulas_are_mathml_with_their_source_and_number_and_no_listing_is_linked(
    epub: dict[str, bytes],
) -> None:
    sums = page(epub, "text/sums")
    formula = next(sums.iter("{http://www.w3.org/1998/Math/MathML}math"))
    assert formula.get("alttext") == "a = b + c"
    assert [words(number) for number in of_class(sums, "eqno")] == ["(1.1)", "(1.2)"] or of_class(
        sums, "eqno"
    )
    line = of_class(sums, "triad")[0]
    assert words(line).startswith("computed in add.py:7 · proved by test_add.py::test_add")
    assert not list(line.iter(f"{XHTML}a"))
    assert not [name for name in epub if name.startswith("code/")]


def test_the_explorer_stands_still_and_the_code_that_draws_it_is_gone(epub: dict[str, bytes]) -> None:
    more = page(epub, "text/more")
    assert [words(line) for line in of_class(more, "still-setting")] == ["n 1", "n 3"]
    assert "explore(...)" not in words(more)
    assert "shown()" in words(more)
    assert [words(cell) for cell in more.iter(f"{XHTML}td")] == ["body"]


def test_hint_and_solution_stand_at_the_end_and_lead_back(epub: dict[str, bytes]) -> None:
    more, solutions = page(epub, "text/more"), page(epub, "solutions")
    assert "From the left" not in words(more)
    (line,) = of_class(more, "to-solution")
    assert [link.get("href") for link in line.iter(f"{XHTML}a")] == [
        "../solutions.xhtml#hint-ex-add",
        "../solutions.xhtml#solution-ex-add",
    ]
    assert [words(title) for title in solutions.iter(f"{XHTML}h2")] == ["More sums"]
    hint, solution = of_class(solutions, "solved")
    assert words(hint) == "Exercise 2.1. Add From the left, as in sums."
    links = [link.get("href") for link in solution.iter(f"{XHTML}a")]
    assert links == ["text/more.xhtml#ex-add", "text/sums.xhtml#equation-eq-sum", "text/sums.xhtml"]


def test_cards_are_a_list_and_tags_that_mean_nothing_here_are_gone(epub: dict[str, bytes]) -> None:
    index = page(epub, "index")
    (cards,) = of_class(index, "cards")
    assert words(cards) == "Sums Why does one add?"
    assert [link.get("href") for link in cards.iter(f"{XHTML}a")] == ["text/sums.xhtml"]
    assert "One line and another, a file." in words(index)


def test_several_results_are_a_list_of_their_own() -> None:
    document = new_document("x")
    document += nodes.paragraph("", "", nodes.bullet_list("", nodes.list_item("", nodes.paragraph("", "a"))))
    paper.LiftLists(document).run()
    assert [type(child) for child in document] == [nodes.bullet_list]
