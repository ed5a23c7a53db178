"""The lecture map: where its links lead, and the warning for each way of breaking it."""

import csv
from pathlib import Path

import pytest
from tiny_book import CHAPTER, INDEX, ITEMS, LECTURES, TinyBook, tiny_book

BOOK = Path(__file__).resolve().parents[1] / "book"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """Build the book that has nothing wrong with it."""
    book = tiny_book(tmp_path_factory.mktemp("whole"))
    assert book.build() == []
    return book


def test_each_deck_has_a_section_with_its_title_and_author(whole: TinyBook) -> None:
    page = whole.page("map")
    assert page.count('<table class="lecture-map') == 2
    first = whole.between("map", '<section id="deck-a">', "</section>")
    assert "First deck" in first
    assert "Ada, 2021." in first


def test_a_treated_item_leads_to_its_section(whole: TinyBook) -> None:
    row = whole.between("map", "Why one adds", "</tr>")
    assert '<a class="reference internal" href="text/sums.html#sum-why">Why sums</a>' in row
    assert "in Sums" in row
    assert "the slide subtracts" in row
    assert 'id="sum-why"' in whole.page("text/sums")


def test_an_item_of_two_decks_stands_in_both_and_is_open(whole: TinyBook) -> None:
    assert whole.page("map").count("Why one multiplies") == 2
    assert "open: chapter more products" in whole.between("map", "Why one multiplies", "</tr>")


def test_the_page_says_how_far_the_book_is(whole: TinyBook) -> None:
    assert "1 of 2 items are treated" in whole.between("map", '<p class="lecture-progress">', "</p>")
    assert "0 of 1 items are treated" in whole.between("map", '<section id="deck-b">', "</caption>")


BROKEN: dict[str, tuple[dict[str, str | None], str]] = {
    "a chapter is in the book and an item of it has no entry": (
        {"book/lecture_items.tsv": ITEMS + "sum-more\tA\tsums\tMore\n"},
        "book/lectures.yml:1: WARNING: sum-more: its chapter text/sums is written",
    ),
    "a section is marked and has no entry": (
        {
            "book/lecture_items.tsv": ITEMS + "err-sign\tA\terrata\tA sign\n",
            "book/text/sums.md": CHAPTER + "\n(err-sign)=\n## The sign\n",
        },
        "WARNING: err-sign: text/sums treats this item, and lectures.yml has no entry",
    ),
    "an id is unknown": (
        {"book/lectures.yml": LECTURES + "  sum-wy: {place: text/sums}\n"},
        "book/lectures.yml:7: WARNING: sum-wy: lecture_items.tsv has no such item",
    ),
    "a page does not exist": (
        {"book/lectures.yml": LECTURES.replace("text/sums#", "text/sum#")},
        "book/lectures.yml:6: WARNING: sum-why: the place text/sum#sum-why does not exist",
    ),
    "a target does not exist": (
        {"book/lectures.yml": LECTURES.replace("#sum-why", "#sum-wy")},
        "WARNING: sum-why: the place text/sums#sum-wy does not exist",
    ),
    "a target is on another page": (
        {"book/lectures.yml": LECTURES.replace("text/sums#", "map#")},
        "WARNING: sum-why: the place map#sum-why does not exist",
    ),
    "an entry has a key that means nothing": (
        {"book/lectures.yml": LECTURES.replace("note:", "nota:")},
        "book/lectures.yml:1: WARNING: lectures.yml: expected decks and items",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_map_is_warned_of(tmp_path: Path, name: str) -> None:
    change, said = BROKEN[name]
    warnings = tiny_book(tmp_path).write(change).build()
    assert any(said in line for line in warnings), warnings


def test_errata_may_stay_open_on_a_page_that_exists(tmp_path: Path) -> None:
    book = tiny_book(tmp_path)
    book.write({"book/errata.md": "# Errata\n", "book/index.md": INDEX.replace("map\n", "map\nerrata\n")})
    book.write({"book/lecture_items.tsv": ITEMS + "err-sign\tA\terrata\tA wrong sign\n"})
    assert book.build() == []
    assert "open: errata" in book.between("map", "A wrong sign", "</tr>")


def test_a_section_that_is_renamed_is_followed(tmp_path: Path) -> None:
    book = tiny_book(tmp_path)
    assert book.build() == []
    book.write({"book/text/sums.md": CHAPTER.replace("## Why sums", "## What for")})
    assert book.build() == []
    assert ">What for</a>" in book.between("map", "Why one adds", "</tr>")


def test_the_list_of_items_is_whole() -> None:
    text = (BOOK / "lecture_items.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len({row["id"] for row in rows}) == len(rows) == 109
    assert {letter for row in rows for letter in row["decks"]} == set("MSTAU")
    assert all(row["chapter"] and row["item"] for row in rows)
