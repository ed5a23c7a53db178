"""The directive ``{lecture-map}``: deck by deck, where the book treats each item of the lectures."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from . import late, places

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.domains.std import StandardDomain
    from sphinx.environment import BuildEnvironment

ITEMS, MAP = "lecture_items.tsv", "lectures.yml"
GROWING = {
    "errata"
}  # a page that is filled chapter by chapter: an item may stay open although the page exists


@dataclass(frozen=True)
class Item:
    """One thing that a deck treats, in our words."""

    id: str
    decks: str
    chapter: str
    text: str


@dataclass(frozen=True)
class Entry:
    """Where the book treats an item: a page, and the target of a section on it."""

    place: str
    note: str = ""

    @property
    def page(self) -> str:
        """The page, from the book's folder."""
        return self.place.partition("#")[0]

    @property
    def target(self) -> str:
        """The target's name; empty for the whole page."""
        return self.place.partition("#")[2]


@dataclass(frozen=True)
class Deck:
    """A lecture deck; ``cite`` is its key in the bibliography."""

    title: str
    author: str = ""
    year: str = ""
    cite: str = ""


def read_items(book: Path) -> list[Item]:
    """Read the list of items."""
    with (book / ITEMS).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Item(row["id"], row["decks"], row["chapter"], row["item"]) for row in rows]


def read_map(book: Path) -> tuple[dict[str, Deck], dict[str, Entry]]:
    """Read decks by letter and entries by id; ValueError says what is spelled wrong."""
    data = yaml.safe_load((book / MAP).read_text(encoding="utf-8"))
    try:
        decks = {letter: Deck(**deck) for letter, deck in data["decks"].items()}
        return decks, {id: Entry(**entry) for id, entry in (data["items"] or {}).items()}
    except (TypeError, KeyError) as problem:
        raise ValueError(
            f"{MAP}: expected decks and items, an item as {{place: page#target}}: {problem}"
        ) from None


def chapter_page(env: BuildEnvironment, chapter: str) -> str | None:
    """Page of a chapter, if it is written: the one whose address ends in the chapter's name."""
    ends = [name for name in sorted(env.all_docs) if f"/{name}".endswith(f"/{chapter}")]
    return ends[0] if ends else None


def target_of(env: BuildEnvironment, name: str) -> tuple[str, str, str] | None:
    """Page, id and title of a target; None if the book does not have it."""
    domain = cast("StandardDomain", env.get_domain("std"))
    if name in domain.labels:
        return domain.labels[name]
    page, node_id = domain.anonlabels.get(name, ("", ""))
    return (page, node_id, places.title(env, page)) if page else None


def found(env: BuildEnvironment, entry: Entry) -> tuple[str, str, str] | None:
    """Page, id and title of an entry's place; None if it does not exist."""
    page = places.docname(env, entry.page)
    if page not in env.all_docs:
        return None
    if not entry.target:
        return page, "", places.title(env, page)
    target = target_of(env, entry.target)
    return target if target and target[0] == page else None


def problems(
    env: BuildEnvironment, items: list[Item], entries: dict[str, Entry]
) -> Iterator[tuple[str, str]]:
    """Yield the ids that the map has wrong, and what is wrong."""
    known = {item.id for item in items}
    for id, entry in entries.items():
        if id not in known:
            yield id, f"{ITEMS} has no such item"
        elif found(env, entry) is None:
            yield id, f"the place {entry.place} does not exist in the book"
    for item in items:
        if item.id in entries:
            continue
        if target := target_of(env, item.id):
            yield item.id, f"{target[0]} treats this item, and {MAP} has no entry for it"
        elif item.chapter not in GROWING and (page := chapter_page(env, item.chapter)):
            yield item.id, f"its chapter {page} is written, and {MAP} has no entry for it"


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of everything that is wrong, at every build."""
    book = places.book(env)
    try:
        items, (_, entries) = read_items(book), read_map(book)
    except ValueError as problem:
        places.warn("lectures", str(problem), f"book/{MAP}:1")
        return
    lines = (book / MAP).read_text(encoding="utf-8").split("\n")
    for id, message in problems(env, items, entries):
        line = next(
            (number for number, text in enumerate(lines, start=1) if text.strip().startswith(f"{id}:")), 1
        )
        places.warn("lectures", f"{id}: {message}", f"book/{MAP}:{line}")


class LectureMap(SphinxDirective):
    """A section for each deck; the links are made when all pages have been read."""

    def run(self) -> list[nodes.Node]:
        """Return the progress and the sections."""
        book = places.book(self.env)
        for name in (ITEMS, MAP):
            places.depend(self.env, book / name)
        try:
            decks, _ = read_map(book)
        except ValueError:  # which check() reports
            return []
        sections = [self.section(letter, deck) for letter, deck in decks.items()]
        return [late.room(self.env, "lecture-progress"), *sections]

    def section(self, letter: str, deck: Deck) -> nodes.section:
        """Build the frame of one deck's section."""
        section = nodes.section(ids=[f"deck-{letter.lower()}"], names=[f"deck-{letter.lower()}"])
        section += nodes.title("", deck.title)
        self.state.document.note_explicit_target(section, section)
        said = ", ".join(str(part) for part in (deck.author, deck.year) if part)
        source = f"{said} {{cite:p}}`{deck.cite}`" if deck.cite else said
        section += self.parse_text_to_nodes(f"Deck {letter}. {source}".rstrip(" .") + ".")
        section += late.room(self.env, "lecture-deck", letter=letter)
        return section


def where(app: Sphinx, docname: str, item: Item, entry: Entry | None) -> nodes.paragraph:
    """Build the cell that says where an item is treated."""
    place = found(app.env, entry) if entry else None
    if place is None:
        kind = "" if item.chapter in GROWING else "chapter "
        return nodes.paragraph("", f"open: {kind}{item.chapter.replace('-', ' ')}", classes=["lecture-open"])
    page, node_id, section = place
    cell = nodes.paragraph("", "", places.page_link(app, docname, page, node_id, section))
    if node_id:
        cell += nodes.inline("", f" in {places.title(app.env, page)}", classes=["lecture-chapter"])
    if entry and entry.note:
        cell += nodes.inline("", f" ({entry.note})", classes=["lecture-note"])
    return cell


def progress(env: BuildEnvironment, items: list[Item], entries: dict[str, Entry]) -> str:
    """Say how many items are treated."""
    treated = sum(item.id in entries and found(env, entries[item.id]) is not None for item in items)
    return f"{treated} of {len(items)} items are treated; the others stand as open."


def fill_progress(app: Sphinx, docname: str, room: nodes.Element) -> list[nodes.Node]:
    """Say how far the book is."""
    book = places.book(app.env)
    text = progress(app.env, read_items(book), read_map(book)[1])
    return [nodes.paragraph("", text, classes=["lecture-progress"])]


def fill_deck(app: Sphinx, docname: str, room: nodes.Element) -> list[nodes.Node]:
    """Build the table of one deck."""
    book = places.book(app.env)
    items = [item for item in read_items(book) if room["letter"] in item.decks]
    decks, entries = read_map(book)
    rows: list[list[nodes.Node]] = [
        [nodes.Text(item.text), where(app, docname, item, entries.get(item.id))] for item in items
    ]
    caption = nodes.Text(f"{decks[room['letter']].title}: {progress(app.env, items, entries)}")
    heads = ["What the deck treats", "Where the book treats it"]
    return [places.table(f"deck-{room['letter'].lower()}-table", caption, heads, rows, "lecture-map")]


def state(env: BuildEnvironment) -> Any:
    """Return what the tables depend on beside their files, on which the whole page depends."""
    _, entries = read_map(places.book(env))
    return {id: found(env, entry) for id, entry in entries.items()}


def setup(app: Sphinx) -> None:
    """Register the directive and the check."""
    app.add_directive("lecture-map", LectureMap)
    app.connect("env-updated", check, priority=900)
    late.register("lecture-progress", fill_progress, state)
    late.register("lecture-deck", fill_deck, state)
