"""The LaTeX of a tiny book: its parts and numbers, boxes, tables, pictures and the short reference."""

import base64

import pytest
from docutils import nodes
from sphinx import addnodes
from tiny_book import CHAPTER, tiny_book
from unrolled_ext import latex_order

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAWgAAAABCAAAAADNMlw3AAAAEUlEQVR4nGP8z0A7wERDsxkAGBoBAWbQH4kAAAAASUVORK5CYII="
)  # 360 pixels wide
INDEX = """# Start

What only the web page says.

```{toctree}
preface
```

```{toctree}
:caption: Adding
:numbered:
text/sums
```

```{toctree}
:caption: Appendix
equations
map
```
"""
BODY = """
```{figure} /dot.png
:alt: One grey dot & nothing else
:name: the-dot

A dot.
```

:::{admonition} What breaks
:class: breaks
Too much.
:::
"""


@pytest.fixture(scope="module")
def latex(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the book as LaTeX."""
    book = tiny_book(tmp_path_factory.mktemp("latex"))
    (book.root / "book" / "dot.png").write_bytes(PNG)
    book.write(
        {
            "book/index.md": INDEX,
            "book/preface.md": "# Before\n\nSee {eq}`eq-sum`.\n",
            "book/text/sums.md": CHAPTER + BODY,
        }
    )
    assert book.build(builder="latex") == []
    return (book.root / "out" / "latex" / "unrolled.tex").read_text(encoding="utf-8")


def body_of(latex: str) -> str:
    return latex.partition(r"\begin{document}")[2]


def test_the_book_has_its_parts_and_no_landing_page(latex: str) -> None:
    body = body_of(latex)
    order = [r"\chapter{Before}", r"\mainmatter", r"\part{Adding}", r"\chapter{Sums}", r"\part{Appendix}"]
    assert [body.index(part) for part in order] == sorted(body.index(part) for part in order)
    assert body.index(r"\unnumbered") < body.index(r"\chapter{Before}")
    assert r"\unnumbered" in body.partition(r"\chapter{Sums}")[2].partition(r"\part{Appendix}")[0]
    assert "only the web page" not in body


def test_numbers_are_those_of_the_web_pages(latex: str) -> None:
    body = body_of(latex)
    assert r"\label{equation:text/sums:eq-sum}\tag{1.1}" in body
    assert r"\label{equation:text/sums:eq-law}\tag{1.2}" in body
    assert r"\renewcommand{\thefigure}{1.1}" in body
    assert r"\phantomsection\label{\detokenize{text/sums:equation-eq-sum}}" in body  # where links lead


def test_the_line_under_an_equation_may_break(latex: str) -> None:
    line = body_of(latex).partition(r"\triad{")[2].partition("\n\n")[0]
    assert r"\breakablename{add.\allowbreak{}py:7}" in line
    assert r"test\_\allowbreak{}add.\allowbreak{}py::\allowbreak{}test\_\allowbreak{}add" in line


def test_a_picture_says_what_it_shows_and_is_smaller_than_on_a_screen(latex: str) -> None:
    picture = body_of(latex).partition(r"\described{")[2].partition("\n")[0]
    assert picture.startswith(r"One grey dot \& nothing else}{\sphinxincludegraphics[width=0.380\linewidth]")


def test_a_box_has_the_colour_of_what_it_is_for(latex: str) -> None:
    assert r"\begin{sphinxadmonition}{warning}{What breaks}" in body_of(latex)


def test_a_table_without_a_number_is_named_above(latex: str) -> None:
    body = body_of(latex)
    assert r"\tabletitle{" in body
    assert r"\caption{First deck" not in body


def desc(name: str, said: str, *inside: nodes.Node) -> addnodes.desc:
    signature = addnodes.desc_signature("", "", addnodes.desc_name("", name), ids=[f"companion.add.{name}"])
    content = addnodes.desc_content("", nodes.paragraph("", said), nodes.paragraph("", "More."), *inside)
    return addnodes.desc("", signature, content)


def test_the_reference_has_names_and_first_sentences() -> None:
    section = nodes.section("", nodes.title("", "companion.add"), nodes.paragraph("", "Sums."))
    section += [addnodes.index(), desc("Sum", "Keep a sum.", desc("more", "Add to it.")), desc("add", "Add.")]
    latex_order.shorten(section)
    assert section.astext().split() == ["companion.add", "Sums.", "Sum", "Keep", "a", "sum.", "add", "Add."]
    terms = list(section.findall(nodes.term))
    assert [term["ids"] for term in terms] == [
        ["companion.add.Sum", "companion.add.more"],
        ["companion.add.add"],
    ]


def table(words: int) -> nodes.table:
    rows = [
        nodes.row(
            "",
            nodes.entry("", nodes.paragraph("", "a" * 10)),
            nodes.entry("", nodes.paragraph("", "b" * words)),
        )
        for _ in range(10)
    ]
    group = nodes.tgroup(
        "", nodes.colspec(colwidth=1), nodes.colspec(colwidth=1), nodes.tbody("", *rows), cols=2
    )
    return nodes.table("", group)


def test_a_table_of_many_words_may_go_on_over_pages() -> None:
    long, short, boxed, larger = table(1000), table(20), table(200), table(1000)
    box, open_box = nodes.admonition("", boxed), nodes.admonition("", larger)
    for each in (long, short, boxed, larger):
        latex_order.lengthen(each)
    assert long["classes"] == ["longtable", "colwidths-given"]
    assert [spec["colwidth"] for spec in long.findall(nodes.colspec)] == [20, 60]
    assert short["classes"] == boxed["classes"] == box["classes"] == []
    assert larger["classes"] == ["longtable", "colwidths-given"]
    assert open_box["classes"] == ["open-box"]  # a frame would keep it on one page
