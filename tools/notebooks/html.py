"""Compare two HTML outputs: the same elements, tables cell by cell, numbers as numbers, pictures by look."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tools.notebooks.numbers import Tolerance, difference

_FRAME = re.compile(r"data:image/(?:png|jpeg|webp);base64,([A-Za-z0-9+/=\s]+)")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_UNSEEN = {"script", "style", "template"}


@dataclass
class Piece:
    """A tag with its attributes, or a text: what it says, where it stands, whether a reader sees it."""

    says: str
    where: str
    seen: bool = False


@dataclass
class Page:
    """An HTML output taken apart: its pieces, its pictures in order, and the alt text of every ``img``."""

    pieces: list[Piece] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)

    def visible_text(self) -> str:
        """Return what a reader sees of it, tags, scripts and pictures left out."""
        return "\n".join(p.says for p in self.pieces if p.seen)


class _Reader(HTMLParser):
    """Takes an HTML output apart, counting the rows and columns of tables as it goes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []
        self.tables = self.row = self.column = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables, self.row = self.tables + 1, 0
        elif tag == "tr":
            self.row, self.column = self.row + 1, 0
        elif tag in ("td", "th"):
            self.column += 1
        named = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.page.alts.append(named.get("alt", "").strip())
        says = "".join(f' {name}="{self._frames_out(named[name])}"' for name in sorted(named))
        self._add(f"<{tag}{says}>")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        self._add(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._add(self._frames_out(data).strip(), seen=not _UNSEEN & set(self.open))

    def _add(self, says: str, seen: bool = False) -> None:
        cell = any(tag in ("td", "th") for tag in self.open) or says.startswith(("<td", "<th"))
        where = f"table {self.tables}, row {self.row}, column {self.column}" if cell else "HTML"
        self.page.pieces.append(Piece(says, where, seen))

    def _frames_out(self, text: str) -> str:
        """Put a picture's number in the place of its bytes, and keep the bytes."""

        def take(match: re.Match) -> str:
            try:
                self.page.frames.append(base64.b64decode("".join(match[1].split()), validate=True))
            except binascii.Error:
                return match[0]
            return f"[picture {len(self.page.frames)}]"

        return _FRAME.sub(take, text)


def take_apart(html: str) -> Page:
    """Return the pieces, pictures and alt texts of an HTML output."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def page_difference(stored: Page, new: Page, tolerance: Tolerance) -> str | None:
    """Return a sentence that says where two pages differ, their pictures apart, or None."""
    for a, b in zip(stored.pieces, new.pieces, strict=False):
        why = difference(a.says, b.says, tolerance)
        if why:
            return f"{a.where}, {why}"
    if len(stored.pieces) != len(new.pieces):
        shorter, longer = sorted((stored, new), key=lambda page: len(page.pieces))
        extra = longer.pieces[len(shorter.pieces)]
        what = "is missing" if longer is stored else "is new"
        return f"{extra.where}: {extra.says[:160]} {what}"
    if len(stored.frames) != len(new.frames):
        return f"HTML: {len(stored.frames)} pictures are stored, there are now {len(new.frames)}"
    return None
