"""What the book's labels stand for: numbers, titles, addresses and sources, as Sphinx has gathered them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from pybtex.backends import markdown, plaintext
from pybtex.richtext import Text

if TYPE_CHECKING:
    from pybtex.database import Entry
    from sphinx.environment import BuildEnvironment

MARKDOWN, TEXT = markdown.Backend(), plaintext.Backend()  # looked up by name they cost a fifth of a build


@dataclass(frozen=True)
class Places:
    """The places of the book, seen from one page.

    Attributes
    ----------
    env : BuildEnvironment
        What Sphinx knows when all pages have been read.
    docname : str
        The page.
    book : str or None
        The address of the book's folder, with a slash at its end; nothing if it is not known.
    """

    env: BuildEnvironment
    docname: str
    book: str | None

    def number(self, kind: str, label: str) -> str | None:
        """Return the number of a ``figure``, an ``exercise`` or a ``displaymath``, such as 19.2."""
        for numbers in self.env.toc_fignumbers.values():
            if label in numbers.get(kind, {}):
                return ".".join(map(str, numbers[kind][label]))
        return None

    def equation(self, label: str) -> str | None:
        """Return the number of an equation, without parentheses."""
        if number := self.number("displaymath", f"equation-{label}"):
            return number
        known = self.env.get_domain("math").objects.get(label)
        return str(known[1]) if known else None

    def section(self, label: str) -> tuple[str, str, str] | None:
        """Return the page of a label, its anchor there, and the title of what it marks."""
        standard = self.env.get_domain("std")
        if label in standard.labels:
            return standard.labels[label]
        if label in standard.anonlabels:
            return (*standard.anonlabels[label], "")
        return None

    def term(self, term: str) -> tuple[str, str] | None:
        """Return the page and the anchor of an entry of the glossary; capitals do not matter."""
        for (kind, name), place in self.env.get_domain("std").objects.items():
            if kind == "term" and name.lower() == term.lower():
                return place
        return None

    def module(self, name: str) -> tuple[str, str] | None:
        """Return the page and the anchor of a module's description."""
        found = self.env.get_domain("py").modules.get(name)
        return (found.docname, found.node_id) if found else None

    def page(self, target: str) -> tuple[str, str] | None:
        """Return the page and the anchor of a link to a file, as it stands in the source of this page."""
        path, _, anchor = target.partition("#")
        docname = self.env.path2doc(self.env.relfn2path(path, self.docname)[1]) if path else self.docname
        return (docname, anchor) if docname in self.env.all_docs else None

    def link(self, text: str, docname: str, anchor: str = "") -> str:
        """Return a link to a place in the book; bare text if it is on this page or has no known address."""
        if self.book is None or docname == self.docname:
            return text
        mark = f"#{quote(anchor)}" if anchor else ""
        return f"[{text}]({self.book}{docname}.html{mark})"

    def cite(self, keys: str, in_text: bool) -> str:
        """Return a citation: Author (year) in a sentence, (Author, year) behind one."""
        sources = [source(self.entry(key.strip())) for key in keys.split(",")]
        if in_text:
            return ", ".join(f"{authors} ({year})" for authors, year in sources)
        return f"({'; '.join(f'{authors}, {year}' for authors, year in sources)})"

    def entry(self, key: str) -> Entry:
        """Return an entry of the bibliography."""
        return next(cited for cited in self.env.get_domain("cite").citations if cited.key == key).entry

    def reference(self, key: str) -> str:
        """Return how the bibliography prints an entry, in Markdown."""
        cited = next(cited for cited in self.env.get_domain("cite").citations if cited.key == key)
        return cited.formatted_entry.text.render(MARKDOWN)


def source(entry: Entry) -> tuple[str, str]:
    r"""Return the authors and the year of an entry, as they are cited.

    Examples
    --------
    >>> from pybtex.database import Entry, Person
    >>> source(Entry("book", {"year": "1999"}, {"author": [Person(r"Ada B\'yron"), Person("B. Cox")]}))
    ('Býron and Cox', '1999')
    """
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [Text(" ").join(person.rich_prelast_names + person.rich_last_names) for person in people]
    if not names:
        names = [Text.from_latex(entry.fields.get("key") or entry.fields["title"])]
    written = [name.render(TEXT) for name in names]
    if len(written) > 2:
        written = [f"{written[0]} et al."]
    return " and ".join(written), entry.fields.get("year", "n.d.")
