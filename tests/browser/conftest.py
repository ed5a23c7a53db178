"""The built book in a headless Chromium: ``pytest tests/browser -m browser``, after ``make book``.

Without ``-m browser`` nothing here is collected. ``UNROLLED_HTML`` names another folder than ``_build/html``,
``UNROLLED_CHROMIUM`` another browser than the Chromium or Chrome on the PATH.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from visiting import look_at
from xdist.scheduler import LoadScopeScheduling

from tools.notebooks.normalise import EXPLORER
from tools.serving import BROWSERS, served

ROOT = Path(__file__).resolve().parents[2]
HTML = Path(os.environ.get("UNROLLED_HTML", ROOT / "_build" / "html")).resolve()
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def asked_for(config: pytest.Config) -> bool:
    """Say whether the marker expression of this run names the browser tests."""
    expression = str(config.option.markexpr)
    return "browser" in expression and "not browser" not in expression


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave this folder out unless it is asked for."""
    return None if asked_for(config) else True


OPENED = 3  # of the listings of code, which are made by one template: the longest


@functools.cache
def built() -> list[str]:
    """Return the pages of the built book, without the theme's own templates."""
    found = (page.relative_to(HTML).as_posix() for page in HTML.rglob("*.html"))
    return sorted(page for page in found if not page.startswith("_static/"))


@functools.cache
def listings() -> list[str]:
    """Return the pages that list a file of code, the longest first."""
    found = [page for page in built() if page.startswith("code/")]
    return sorted(found, key=lambda page: (-(HTML / page).stat().st_size, page))


def pages() -> list[str]:
    """Return the pages that are opened: of the listings, a few (test_listings.py reads them all)."""
    return sorted(set(built()) - set(listings()[OPENED:]))


def read_pages() -> list[str]:
    """Return the pages that are looked at closely: of the listings, the longest."""
    return sorted(set(built()) - set(listings()[1:]))


def explorer_pages() -> list[str]:
    """Return the pages that have something to move."""
    return [page for page in pages() if EXPLORER in (HTML / page).read_text(encoding="utf-8")]


def live_pages() -> list[str]:
    """Return the pages that have live cells: none where the book was built without (``LIVE=required``)."""
    return [page for page in pages() if "data-live" in (HTML / page).read_text(encoding="utf-8")]


SETS = {
    "page_name": pages,
    "read_page": read_pages,
    "explorer_page": explorer_pages,
    "live_page": live_pages,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``page_name`` or another key of `SETS` once for every such page."""
    for name, find in SETS.items():
        if name in metafunc.fixturenames:
            found = find()
            if not found:
                raise pytest.UsageError(f"no page for {name} in {HTML}; `make book` builds the book")
            metafunc.parametrize(name, found, scope="session")


class ByPage(LoadScopeScheduling):
    """Gives all tests of a page to one process, where they share a visit, and other tests by file."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, name = nodeid.partition("[")
        page, html, _ = name.partition(".html")
        by_page = "test_pages" in file or "test_live_outputs" in file
        return page if html and by_page else file.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Keep the tests of a page together; xdist's own groups get lost under pytest 9."""
    return ByPage(config, log) if asked_for(config) else None


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with served(HTML) as url:
        yield url


@pytest.fixture(scope="session")
def bad_page(chromium, tmp_path_factory):
    """Return what is seen on a page that does everything wrong."""
    folder = tmp_path_factory.mktemp("bad")
    shutil.copyfile(Path(__file__).with_name("bad_page.html"), folder / "index.html")
    with served(folder) as url:
        return look_at(chromium, url, "index.html", closely=True)


def executable() -> str:
    """Return the browser to use."""
    named = os.environ.get("UNROLLED_CHROMIUM")
    candidates = [named] if named else list(BROWSERS)
    found = next((path for name in candidates if (path := shutil.which(name))), None)
    if found is None:
        raise pytest.UsageError(f"no browser found: tried {', '.join(candidates)}; set UNROLLED_CHROMIUM")
    return found


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visit(chromium, address):
    """Return a function that opens a page and says what was seen there; each page is opened once."""

    @functools.cache
    def visited(name: str):
        return look_at(chromium, address, name, closely=name in read_pages())

    return visited


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each page weighs."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    tell_live(terminalreporter, [given for report in reports for given in report.user_properties])
    weights = dict(given for report in reports for key, given in report.user_properties if key == "weight")
    if not weights:
        return
    terminalreporter.section("page weights, kB (nothing compressed, nothing cached)")
    for name, size in sorted(weights.items()):
        terminalreporter.write_line(f"{size / 1000:8.0f}  {name}")


def tell_live(terminalreporter: pytest.TerminalReporter, given: list[tuple[str, Any]]) -> None:
    """Print how many live cells of each page agreed with what is stored, and how long a start took."""
    starts = [value for key, value in given if key == "seconds"]
    pages = sorted(value for key, value in given if key == "live")
    if not starts and not pages:
        return
    terminalreporter.section("live cells: whole, in part, needing what a page has not; not reached")
    for name, seconds in starts:
        terminalreporter.write_line(f"{seconds:8.1f} s from the click to the verdict on an exercise, {name}")
    for name, ran, unreached, seconds in pages:
        counts = f"{ran['all']:4}{ran['part']:4}{ran['none']:4}; {unreached:3}"
        terminalreporter.write_line(f"{seconds:8.1f} s {counts}  {name}")
