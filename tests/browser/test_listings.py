"""Every listing of code is read, though only the longest are opened: they differ from those in text alone."""

from html.parser import HTMLParser
from pathlib import PurePosixPath

import pytest

from conftest import HTML, listings

pytestmark = pytest.mark.browser

LOADS = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}


class Listing(HTMLParser):
    """What a page loads, by tag and address, and what in it has a name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.to_root = "../" * (len(PurePosixPath(name).parts) - 1)
        self.loads: set[tuple[str, str]] = set()
        self.ids: list[str] = []
        self.titles = 0  # one for the screen, one for paper
        self.feed((HTML / name).read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get(LOADS.get(tag, ""))
        if address and given.get("rel") not in ("next", "prev", "canonical"):
            self.loads.add((tag, address.removeprefix(self.to_root)))
        if "id" in given:
            self.ids.append(str(given["id"]))
        self.titles += tag == "h1"


@pytest.fixture(scope="module")
def opened() -> Listing:
    return Listing(listings()[0])


def test_there_are_listings():
    assert len(listings()) > 100


@pytest.mark.parametrize("name", listings())
def test_listing(name, opened):
    listing = Listing(name)
    assert listing.loads == opened.loads
    assert len(listing.ids) == len(set(listing.ids))
    assert listing.titles == opened.titles
