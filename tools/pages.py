"""A Sphinx extension that mends what the writers leave in a page's body.

Boxes of the class ``dropdown`` become ``details``, which fold without a script, open for a search in the page
and serve the keyboard. Tables in a notebook's output get the box they scroll in. Pictures say their size,
so that the text does not jump when they arrive. Code loses the marks that the style sheet gives no colour.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, NavigableString, Tag

from tools.languages import mark_languages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# What stands close before and after a formula in a sentence.
OPENS = re.compile(r"[(\[“‘]+$")
CLOSES = re.compile(r"[,.;:!?)\]”’]+")
PNG = b"\x89PNG\r\n\x1a\n"
# Kinds of code that are written in the colour of the text (see _static/code.css): a mark around each name,
# bracket and operator is two thirds of what a listing weighs.
UNCOLOURED = re.compile(r'<span class="(?:n|nn|nb|bp|p|o|w)">([^<]*)</span>')


def fold(soup: BeautifulSoup) -> None:
    """Turn each box that is to be folded into ``details``, its title into the ``summary``.

    Examples
    --------
    >>> box = '<div class="admonition dropdown"><p class="admonition-title">A</p></div>'
    >>> soup = BeautifulSoup(box, "html.parser")
    >>> fold(soup)
    >>> print(soup)
    <details class="admonition"><summary class="admonition-title">A</summary></details>
    """
    for box in soup.select("div.admonition.dropdown"):
        title = box.find(class_="admonition-title", recursive=False)
        if isinstance(title, Tag):
            box.name, title.name = "details", "summary"
            box["class"] = [name for name in box.get_attribute_list("class") if name != "dropdown"]
            for link in title.find_all("a"):  # a summary is a button, and holds no other
                link.unwrap()


def name_folded_cells(soup: BeautifulSoup) -> None:
    """Let the summary of a folded cell be called what it says, not "Toggle hidden content"."""
    for summary in soup.select("details.hide > summary[aria-label]"):
        del summary["aria-label"]


def box_tables(soup: BeautifulSoup) -> None:
    """Give a table that stands in a cell's output the box that the theme gives every other table."""
    for table in soup.select(".cell_output table, .from-notebook table"):
        if table.find_parent(class_=["pst-scrollable-table-container", "unrolled-explorer"]) is None:
            table.wrap(soup.new_tag("div", attrs={"class": "pst-scrollable-table-container"}))


def keep_together(soup: BeautifulSoup) -> None:
    """Keep a formula in a sentence on one line with the bracket before it and the comma after it.

    To a browser a drawn formula is a picture, around which a line may always end.

    Examples
    --------
    >>> soup = BeautifulSoup('<p>Let (<span class="math">x</span>), or</p>', "html.parser")
    >>> keep_together(soup)
    >>> print(soup)
    <p>Let <span class="kept-together">(<span class="math">x</span>),</span> or</p>
    """
    for formula in soup.select("span.math"):
        before, after = formula.previous_sibling, formula.next_sibling
        opens = OPENS.search(before) if isinstance(before, NavigableString) else None
        closes = CLOSES.match(after) if isinstance(after, NavigableString) else None
        if not opens and not closes:
            continue
        box = formula.wrap(soup.new_tag("span", attrs={"class": "kept-together"}))
        if opens and isinstance(before, NavigableString):
            before.replace_with(before[: opens.start()])
            box.insert(0, opens.group())
        if closes and isinstance(after, NavigableString):
            after.replace_with(after[closes.end() :])
            box.append(closes.group())


def name_headers(soup: BeautifulSoup) -> None:
    """Make the empty corner of a table a plain cell: a header has to say something."""
    for cell in soup.select("thead th"):
        if not cell.get_text(strip=True) and cell.find(["img", "svg"]) is None:
            cell.name = "td"


def drop_repeated_ids(soup: BeautifulSoup) -> None:
    """Drop the id that sphinx-exercise gives to every exercise's content alike, and to every solution's."""
    for section in soup.select("section#exercise-content, section#solution-content"):
        section.name = "div"
        del section["id"]


def list_citations(soup: BeautifulSoup) -> None:
    """Call the entries of the bibliography what their list requires."""
    for entry in soup.select("div.citation-list[role=list] > div.citation"):
        entry["role"] = "listitem"


def size_pictures(soup: BeautifulSoup, files: dict[str, Path]) -> None:
    """Write width and height of each PNG picture; ``files`` says where the one of a given name lies."""
    for picture in soup.select("img[src]:not([width])"):
        size = png_size(files.get(str(picture["src"]).rpartition("/")[2]))
        if size:
            picture["width"], picture["height"] = map(str, size)


def png_size(file: Path | None) -> tuple[int, int] | None:
    """Return width and height of a PNG file in pixels, and nothing for another file."""
    if file is None or not file.exists():
        return None
    with file.open("rb") as stream:
        head = stream.read(24)
    return struct.unpack(">II", head[16:24]) if head.startswith(PNG) else None


def unmark(body: str) -> str:
    """Take the marks from code that has no colour of its own.

    Examples
    --------
    >>> unmark('<span class="k">return</span><span class="w"> </span><span class="n">x</span>')
    '<span class="k">return</span> x'
    """
    return UNCOLOURED.sub(r"\1", body)


def mend(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Mend the body of one page before it goes into its template."""
    if not context.get("body") or app.builder.name != "html":
        return
    if doctree is None:  # a listing of code, say: there is nothing in it but code
        context["body"] = unmark(context["body"])
        return
    soup = BeautifulSoup(context["body"], "html.parser")
    files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
    fold(soup)
    name_folded_cells(soup)
    box_tables(soup)
    name_headers(soup)
    mark_languages(soup)
    keep_together(soup)
    drop_repeated_ids(soup)
    list_citations(soup)
    size_pictures(soup, files)
    context["body"] = unmark(soup.decode(formatter="minimal"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Mend each page after everything else has written it; leave no page of a build before."""
    app.setup_extension("tools.leftovers")
    app.connect("html-page-context", mend, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
