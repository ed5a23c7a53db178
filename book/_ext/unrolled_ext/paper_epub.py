"""The EPUB: Sphinx' own builder, with the book's numbers in its contents, one style sheet and no script."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx.builders._epub_base import NavPoint
from sphinx.builders.epub3 import Epub3Builder

from . import places

if TYPE_CHECKING:
    from sphinx.application import Sphinx

OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
ACCESS = [
    ("accessMode", "textual"),
    ("accessMode", "visual"),
    ("accessModeSufficient", "textual"),
    ("accessibilityFeature", "alternativeText"),
    ("accessibilityFeature", "MathML"),
    ("accessibilityFeature", "structuralNavigation"),
    ("accessibilityFeature", "tableOfContents"),
    ("accessibilityHazard", "none"),
    (
        "accessibilitySummary",
        "Formulas are MathML, figures have alternative texts, and every page has its headings in order.",
    ),
]
SHEET, CODE_SHEET = "epub.css", "pygments.css"
ElementTree.register_namespace("", OPF)
ElementTree.register_namespace("dc", DC)


class EpubBuilder(Epub3Builder):
    """Writes the pages with one style sheet and no script, and a package that says what is in them."""

    latest = ""  # the address of the last entry of the old table of contents

    def prepare_writing(self, docnames: set[str]) -> None:
        """Say on each page in which language it is, for those who have it read aloud."""
        super().prepare_writing(docnames)
        language = self.config.epub_language
        spoken = self.html_tag.replace("<html ", f'<html lang="{language}" xml:lang="{language}" ')
        self.globalcontext["html_tag"] = spoken

    def init_css_files(self) -> None:
        """Link our sheet alone: those of the extensions are for web pages."""
        self._css_files = []
        self.add_css_file(CODE_SHEET)
        self.add_css_file(SHEET)

    def add_css_file(self, filename: str, **attributes: Any) -> None:
        """Link one of our two sheets, and none that an extension brings later."""
        if filename in (SHEET, CODE_SHEET):
            super().add_css_file(filename, **attributes)

    def init_js_files(self) -> None:
        """Link no script."""
        self._js_files = []

    def copy_static_files(self) -> None:
        """Write the two sheets."""
        static = Path(self.outdir, "_static")
        static.mkdir(parents=True, exist_ok=True)
        (static / CODE_SHEET).write_text(self.highlighter.get_stylesheet(), encoding="utf-8")
        shutil.copy(places.book(self.env) / "paper" / SHEET, static)

    def copy_extra_files(self) -> None:
        """Copy the cover, if there is one."""
        if self.config.epub_cover:
            shutil.copy(places.book(self.env) / "paper" / "cover.png", Path(self.outdir, "_static"))

    def get_refnodes(self, doctree: nodes.Node, result: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """List the entries of the table of contents, numbered, those of a part one level below its name."""
        for wrapper in doctree.findall(nodes.compound):
            if "toctree-wrapper" not in wrapper["classes"]:
                continue
            caption = next(iter(wrapper.findall(nodes.title)), None)
            entries = list(self.entries(wrapper))
            if caption is not None and entries:
                part = {**entries[0], "text": escape(caption.astext()), "part": True}
                entries = [part, *({**one, "level": one["level"] + 1} for one in entries)]
            result += entries
        return result

    def entries(self, wrapper: nodes.Element) -> Iterator[dict[str, Any]]:
        """Yield the pages that one part of the table of contents refers to, each with its sections."""
        for link in wrapper.findall(nodes.reference):
            if "toctree-l1" not in link.parent["classes"] or "refuri" not in link:
                continue
            uri = link["refuri"]
            yield entry(1, uri, link.astext(), link.get("secnumber"))
            page = uri.removesuffix(self.out_suffix)
            numbers = self.env.toc_secnumbers.get(page, {})
            for section in sections(self.env.tocs[page]):
                place = section["anchorname"]
                yield entry(2, f"{uri}{place}", section.astext(), numbers.get(place))

    def check_refnodes(self, entries: list[dict[str, Any]]) -> None:
        """Look for entries that come twice; a part leads where its first chapter begins."""
        super().check_refnodes([one for one in entries if "part" not in one])

    def new_navpoint(self, node: dict[str, Any], level: int, incr: bool = True) -> NavPoint:
        """Give each place a number: a part and its first chapter are one."""
        again, self.latest = node["refuri"] == self.latest, node["refuri"]
        return super().new_navpoint(node, level, incr and not again)

    def toc_metadata(self, level: int, navpoints: list[Any]) -> dict[str, Any]:
        """Name the book in the old table of contents as in the package."""
        return {**super().toc_metadata(level, navpoints), "uid": self.config.epub_identifier}

    def build_content(self) -> None:
        """Write the package, each page once, then mend what the template has no place for."""
        contents = self.refnodes
        self.refnodes = [one for one in contents if "part" not in one]
        super().build_content()
        self.refnodes = contents
        file = Path(self.outdir, "content.opf")
        package = ElementTree.parse(file)
        self.describe(package)
        self.declare(package)
        package.write(file, encoding="utf-8", xml_declaration=True)

    def describe(self, package: ElementTree.ElementTree[Any]) -> None:
        """Say who may use the book; what the template says of a shop's reader goes."""
        found = package.find(f"{{{OPF}}}metadata")
        if found is None:
            raise ValueError("content.opf: expected metadata, got none")
        for one in list(found):
            if one.get("property", "").startswith("ibooks:") or one.tag == f"{{{DC}}}contributor":
                found.remove(one)
        for name, said in ACCESS:
            ElementTree.SubElement(found, f"{{{OPF}}}meta", property=f"schema:{name}").text = said
        package.getroot().attrib.pop("prefix", None)

    def declare(self, package: ElementTree.ElementTree[Any]) -> None:
        """Say of each page whether it has formulas or drawings, and which picture is the cover."""
        cover = self.config.epub_cover[0] if self.config.epub_cover else None
        for item in package.iter(f"{{{OPF}}}item"):
            address = item.get("href", "")
            properties = item.get("properties", "").split()
            if address == cover:
                properties.append("cover-image")
            if address.endswith(self.out_suffix) and address != "nav.xhtml":
                text = Path(self.outdir, address).read_text(encoding="utf-8")
                properties += [name for mark, name in (("<math", "mathml"), ("<svg", "svg")) if mark in text]
            if properties:
                item.set("properties", " ".join(properties))


def entry(level: int, uri: str, title: str, number: tuple[int, ...] | None) -> dict[str, Any]:
    """Return an entry of the table of contents as Sphinx keeps it, with its number before its title."""
    text = f"{'.'.join(map(str, number))}. {title}" if number else title
    return {"level": level, "refuri": escape(uri), "text": escape(text)}


def sections(toc: nodes.Element) -> list[nodes.reference]:
    """Return the links to the sections of a page that stand directly under its title."""
    return [
        next(iter(item.findall(nodes.reference)))
        for page in toc.children
        for below in page.children[1:]
        for item in below.children
        if isinstance(item, nodes.list_item)
    ]


def setup(app: Sphinx) -> None:
    """Put the builder in the place of Sphinx' own."""
    app.add_builder(EpubBuilder, override=True)
