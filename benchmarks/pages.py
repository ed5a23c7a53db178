"""What a page of the built book weighs, and when it answers: ``python -m benchmarks.pages``.

Every page of the table of contents is opened in headless Chromium, served from this machine, each time in a
browser that has nothing of it yet. Its weight is all that came, nothing compressed. It is interactive when it
has been loaded and drawn and, where there is a slider, the first slider has been moved and the picture has
changed: seconds from the beginning of the navigation. And on some pages with live cells, the seconds from the
click on "Run this page" to the first output.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.book import ROOT, documents
from benchmarks.harness import Options, Subject, main
from benchmarks.results import Row
from tools.serving import BROWSERS, served

HTML = Path(os.environ.get("UNROLLED_HTML", ROOT / "_build" / "html"))
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
VISITS = 3
LIVE_PAGES = ("text/text-vectorization", "recurrence/rnn", "memory/lstm-gru", "translation/bleu")
PATIENCE = 120_000  # milliseconds

INTERACTIVE = """
addEventListener("load", () => requestAnimationFrame(() => setTimeout(() => {
  const slider = document.querySelector(".unrolled-explorer input[type=range]");
  const stage = slider && slider.closest(".unrolled-explorer").querySelector(".unrolled-explorer-stage");
  const before = stage && stage.innerHTML;
  if (slider) {
    slider.scrollIntoView({ behavior: "instant", block: "center" });
    slider.value = slider.value === slider.max ? slider.min : slider.max;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
  requestAnimationFrame(() => setTimeout(() => {
    const answered = !slider || stage.innerHTML !== before;
    window.interactive = answered ? performance.now() / 1000 : -1;
  }));
})));
"""
FIRST_OUTPUT = '[...document.querySelectorAll(".live-output")].some((node) => node.childNodes.length)'


def browser_path() -> str | None:
    """Return the browser to use."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@contextmanager
def fresh(browser: Any) -> Iterator[Any]:
    """Give a page of a browser that knows nothing yet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def visit(browser: Any, address: str, weigh: bool) -> tuple[float, int]:
    """Open a page; return the seconds until it is interactive, and its bytes if they are asked for."""
    sizes: list[int] = []
    with fresh(browser) as page:
        page.add_init_script(INTERACTIVE)
        if weigh:
            page.on("response", lambda response: sizes.append(len(response.body())))
        page.goto(address, wait_until="networkidle" if weigh else "load")
        page.wait_for_function("window.interactive")
        seconds = page.evaluate("window.interactive")
    if seconds < 0:
        raise SystemExit(f"interactive, {address}: the slider was moved and its picture has not changed")
    return seconds, sum(sizes)


def looked_at(browser: Any, address: str, name: str, visits: int) -> Iterator[Row]:
    """Yield the two rows of a page; the visit that weighs it does not count for the time."""
    _, weight = visit(browser, f"{address}{name}.html", True)
    seconds = [visit(browser, f"{address}{name}.html", False)[0] for _ in range(visits)]
    yield Row("weight", name, "page", unit="B", ours=[weight], promise="weight")
    yield Row("interactive", name, "page", ours=seconds, promise="interactive")


def live(browser: Any, address: str, name: str) -> Row:
    """Press "Run this page" and wait for the first output."""
    with fresh(browser) as page:
        page.goto(f"{address}{name}.html")
        began = time.perf_counter()
        page.locator(".live-bar button").first.click()
        page.wait_for_function(FIRST_OUTPUT)
        seconds = time.perf_counter() - began
    return Row("from the click to the first output", name, "page", ours=[seconds], promise="first output")


def contests(options: Options) -> Iterator[Row | str]:
    """Yield weight and time of every page, and the starts of live cells."""
    names = [name for name in documents(ROOT / "_toc.yml") if (HTML / f"{name}.html").exists()]
    if not names:
        raise SystemExit(f"{HTML}: expected the built book, and there is no page of it: make book builds it")
    path = browser_path()
    if path is None:
        yield f"No page was opened: there is none of {', '.join(BROWSERS)} on this machine."
        return
    with served(HTML) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name in names[:1] if options.quick else names:
            yield from looked_at(browser, address, name, 1 if options.quick else options.rounds or VISITS)
        for name in () if options.quick else LIVE_PAGES:
            if "data-live" in (HTML / f"{name}.html").read_text(encoding="utf-8"):
                yield live(browser, address, name)
        browser.close()


SUBJECT = Subject("pages", "The built book's pages, in headless Chromium", contests)

if __name__ == "__main__":
    main(SUBJECT)
