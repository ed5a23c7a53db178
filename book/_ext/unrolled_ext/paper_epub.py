"""The EPUB: Sphinx' own builder, with the book's numbers in its contents, one style sheet and no script."""

from __future__ import annotations

import re
import shutil
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from docutils import nodes
from pygments.formatters import HtmlFormatter
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
DARK = "a11y-high-contrast-dark"
ElementTree.register_namespace("", OPF)
ElementTree.register_namespace("dc", DC)


class EpubBuilder(Epub3Builder):
    """Writes the pages with one style sheet and no script, and a package that says what is in them."""

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
        dark = HtmlFormatter(style=DARK).get_style_defs(".highlight")
        sheet = f"{self.highlighter.get_stylesheet()}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
        (static / CODE_SHEET).write_text(sheet, encoding="utf-8")
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
                first = {**entries[0], "text": escape(caption.astext()), "level": 1}
                first["refuri"] += "#" + self.first_id(entries[0]["refuri"])
                entries = [first, *({**entry, "level": entry["level"] + 1} for entry in entries)]
            result += entries
        return result

    def entries(self, wrapper: nodes.Element) -> list[dict[str, Any]]:
        """List what one part of the table of contents refers to."""
        found = []
        for link in wrapper.findall(nodes.reference):
            levels = [int(name[-1]) for name in link.parent["classes"] if re.fullmatch(r"toctree-l\d", name)]
            if levels and "refuri" in link:
                number = ".".join(map(str, link.get("secnumber", ())))
                text = f"{number}. {link.astext()}" if number else link.astext()
                found.append({"level": levels[0], "refuri": escape(link["refuri"]), "text": escape(text)})
        return found

    def first_id(self, uri: str) -> str:
        """Return the id of a page's first section."""
        document = self.env.get_doctree(uri.removesuffix(self.out_suffix))
        return str(next(iter(document.findall(nodes.section)))["ids"][0])

    def toc_metadata(self, level: int, navpoints: list[Any]) -> dict[str, Any]:
        """Name the book in the old table of contents as in the package."""
        return {**super().toc_metadata(level, navpoints), "uid": self.config.epub_identifier}

    def build_content(self) -> None:
        """Write the package, then mend what the template has no place for."""
        super().build_content()
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
        for entry in list(found):
            if entry.get("property", "").startswith("ibooks:") or entry.tag == f"{{{DC}}}contributor":
                found.remove(entry)
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


def setup(app: Sphinx) -> None:
    """Put the builder in the place of Sphinx' own."""
    app.add_builder(EpubBuilder, override=True)
