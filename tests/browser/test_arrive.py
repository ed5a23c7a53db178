"""A long page comes piece by piece: in the end it is the page that it would have been."""

import pytest
from visiting import WAITING, arrive

from conftest import HTML

pytestmark = pytest.mark.browser

PAGES = ["memory/lstm-gru.html", "appendix/api/data.html", "appendix/equations.html"]
PLACES = """() => [...document.querySelectorAll("article [id], article .cell, article td, article dt")]
  .filter((node) => node.checkVisibility() && !node.closest("mjx-container"))
  .map((node) => [node, node.getBoundingClientRect()])
  .map(([node, box]) => [node.id || node.tagName, Math.round(box.top + scrollY), Math.round(box.width)])"""
LAID_OUT = """() => {
  const boxes = [...document.querySelectorAll("article section section p:not(details *)")];
  const skipped = (box) => !box.checkVisibility({ contentVisibilityAuto: true });
  return [boxes.length, boxes.filter(skipped).length];
}"""
BOXES = "pre, .cell_output > .output, .pst-scrollable-table-container, .formula"
REACHED = f"""() => [...document.querySelectorAll("#main-content :is({BOXES})")]
  .filter((box) => box.checkVisibility())
  .filter((box) => (box.scrollWidth > box.clientWidth + 1) !== (box.tabIndex === 0))
  .filter((box) => box.scrollHeight <= box.clientHeight + 1)
  .map((box) => box.outerHTML.slice(0, 120))"""


@pytest.fixture
def open_page(chromium, address):
    """Return a function that opens a page and leaves it as it is when it has been loaded."""
    contexts = []

    def opened(name, *, at_once=False, **options):
        contexts.append(chromium.new_context(viewport={"width": 1440, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        if at_once:
            page.route(
                "**/arrive.css*", lambda route: route.fulfill(body=whole_at_once(), content_type="text/css")
            )
        else:
            page.add_init_script("window.requestIdleCallback = (step) => { window.step = step; }")
        page.goto(address + name)
        return page

    yield opened
    for context in contexts:
        context.close()


def whole_at_once():
    """Return the style sheet without the part that lets anything wait."""
    return (HTML / "_static" / "arrive.css").read_text(encoding="utf-8").partition("@media")[0]


def go_on(page):
    """Let the pieces that wait arrive."""
    page.evaluate("window.requestIdleCallback = setTimeout")
    page.evaluate(
        "() => { (function again() { if (window.step) { const s = window.step; window.step = null; s(); } "
        "setTimeout(again, 5); })(); }"
    )
    arrive(page)


@pytest.mark.parametrize("name", PAGES)
def test_most_of_a_long_page_waits_and_then_stands_where_it_would_have_stood(open_page, name):
    page = open_page(name)
    assert len(page.evaluate(WAITING)) > 5
    paragraphs, skipped = page.evaluate(LAID_OUT)
    assert skipped > paragraphs / 2 or not paragraphs
    go_on(page)
    assert page.evaluate(LAID_OUT)[1] == 0
    places = page.evaluate(PLACES)
    assert len(places) > 50
    whole = open_page(name, at_once=True)
    arrive(whole)
    assert places == whole.evaluate(PLACES)


@pytest.mark.parametrize("name", PAGES[:2])
def test_a_link_into_the_page_stays_where_it_leads(open_page, name):
    target = "document.querySelectorAll('article section section [id]')"
    identifier = open_page(name).evaluate(
        f"[...{target}].at(-9).closest('section, dl').querySelector('[id]').id"
    )
    page = open_page(f"{name}#{identifier}", reduced_motion="reduce")
    top = f"document.getElementById('{identifier}').getBoundingClientRect().top"
    before = page.evaluate(top)
    assert -5 < before < 300
    go_on(page)
    assert page.evaluate(top) == pytest.approx(before, abs=30)


@pytest.mark.parametrize("name", ["memory/lstm-gru.html", "appendix/conventions.html"])
def test_what_scrolls_can_be_reached(open_page, name):
    page = open_page(name)
    go_on(page)
    page.set_viewport_size({"width": 500, "height": 800})
    page.wait_for_function("document.querySelectorAll('article [tabindex=\"0\"]').length > 3")
    page.wait_for_function(f"({REACHED})().length === 0")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(f"({REACHED})().length === 0")


def test_a_new_output_that_scrolls_can_be_reached(open_page):
    page = open_page("memory/lstm-gru.html")
    go_on(page)
    page.evaluate("""() => {
      const made = Object.assign(document.createElement("pre"), { id: "made" });
      made.textContent = "long ".repeat(400);
      made.style.cssText = "white-space: pre; overflow-x: auto";
      document.querySelector("article section section .cell").append(made);
    }""")
    page.wait_for_function("document.getElementById('made').tabIndex === 0")
    page.evaluate("document.getElementById('made').replaceChildren('short')")
    page.wait_for_function("document.getElementById('made').tabIndex === -1")
