"""HTML of a stored output as nodes that every writer knows: tables, preformatted text, paragraphs."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag
from docutils import nodes


def parsed(html: str) -> BeautifulSoup:
    """Parse a piece of HTML."""
    return BeautifulSoup(html, "html.parser")


def words(tag: Tag) -> str:
    """Return the text of a tag, each run of white space one space."""
    return " ".join(tag.get_text().split())


def as_nodes(html: str) -> list[nodes.Node]:
    r"""Return the tables, the preformatted texts and the paragraphs of a piece of HTML, in their order.

    Examples
    --------
    >>> for node in as_nodes("<pre>a\n  b</pre><p>So <b>it</b> is.</p>"):
    ...     print(node)
    <literal_block language="text" xml:space="preserve">a
      b</literal_block>
    <paragraph>So it is.</paragraph>
    """
    found: list[nodes.Node] = []
    for tag in parsed(html).find_all(["table", "pre", "p"]):
        if tag.find_parent(["table", "pre"]):
            continue
        if tag.name == "table":
            found.append(table(tag))
        elif tag.name == "pre":
            found.append(preformatted(tag.get_text()))
        elif words(tag):
            found.append(nodes.paragraph("", words(tag)))
    return found


def preformatted(text: str) -> nodes.literal_block:
    """Return a text that keeps its lines."""
    return nodes.literal_block(text, text, language="text")


def table(tag: Tag) -> nodes.table:
    """Return a table: its head is what stands in ``thead``, or else a first row of ``th`` alone."""
    rows = tag.find_all("tr")
    head = [row for row in rows if row.find_parent("thead")]
    if not head and rows and not rows[0].find("td"):
        head = rows[:1]
    body = [row for row in rows if row not in head]
    group = nodes.tgroup(cols=max(map(width, rows), default=0))
    group += [nodes.colspec(colwidth=1) for _ in range(group["cols"])]
    if head:
        group += nodes.thead("", *map(table_row, head))
    group += nodes.tbody("", *map(table_row, body))
    return nodes.table("", group)


def width(row: Tag) -> int:
    """Count the columns that a row takes."""
    return sum(int(str(cell.get("colspan", 1))) for cell in row.find_all(["th", "td"]))


def table_row(row: Tag) -> nodes.row:
    """Return one row."""
    return nodes.row("", *map(table_cell, row.find_all(["th", "td"])))


def table_cell(cell: Tag) -> nodes.entry:
    """Return one cell; what is bold as a whole stays so."""
    text = words(cell)
    bold = cell.name == "th" and cell.get("scope") == "row"
    entry = nodes.entry("", nodes.paragraph("", "", nodes.strong("", text) if bold else nodes.Text(text)))
    for name, attribute in (("colspan", "morecols"), ("rowspan", "morerows")):
        if (span := int(str(cell.get(name, 1)))) > 1:
            entry[attribute] = span - 1
    return entry
