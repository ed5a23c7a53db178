"""What a reader does: searches, moves a slider, unfolds a solution, reads without scripts."""

import pytest
from visiting import Seen, guarded

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium, address):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.seen = Seen(facts={})
    guarded(page, address, page.seen)
    yield page
    context.close()
    assert page.seen.errors == []
    assert page.seen.other_hosts == []


def test_search_from_any_page(page, address):
    page.goto(address + "preface.html", wait_until="networkidle")
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input").fill("embedding")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a[href*='text/embeddings.html']")
    page.wait_for_function(  # results come one by one, and move what is being clicked
        "document.querySelector('#search-results .search-summary').textContent.includes('found')"
    )
    page.locator("#search-results li a").first.click()
    page.wait_for_selector("article h1")


def test_search_finds_nothing_where_nothing_is(page, address):
    page.goto(address + "search.html?q=zyxwvut", wait_until="networkidle")
    page.wait_for_function("document.querySelector('#search-results').textContent.includes('did not match')")


def test_sliders_by_keyboard(page, address, explorer_page):
    """Each slider of each explorer has a name, and moved by the arrow keys it changes what is shown."""
    page.goto(address + explorer_page, wait_until="networkidle")
    for explorer in page.locator("figure.unrolled-explorer").all():
        sliders = explorer.locator("input[type=range]").all()
        assert sliders
        for slider in sliders:
            assert slider.evaluate("input => [...input.labels].map((label) => label.innerText).join().trim()")
            assert moves(page, explorer, slider)


def moves(page, explorer, slider) -> bool:
    """Move a slider through all its positions; say whether the frame ever changed."""
    stage = explorer.locator(".unrolled-explorer-stage")
    before = stage.inner_html()
    said = slider.get_attribute("aria-valuetext")
    slider.focus()
    page.keyboard.press("Home")
    frames, texts = {before, stage.inner_html()}, {said, slider.get_attribute("aria-valuetext")}
    for _ in range(int(slider.get_attribute("max"))):
        page.keyboard.press("ArrowRight")
        frames.add(stage.inner_html())
        texts.add(slider.get_attribute("aria-valuetext"))
    return len(frames) > 1 and len(texts) > 1


def test_solutions_are_folded_and_open_by_keyboard(page, address):
    page.goto(address + "text/text-vectorization.html", wait_until="networkidle")
    folded = page.locator("details.solution")
    assert folded.count() > 0
    first = folded.first
    assert not first.locator("div.highlight").first.is_visible()
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.locator("div.highlight").first.is_visible()


def test_on_paper_nothing_is_dark_or_folded(page, address):
    page.emulate_media(color_scheme="dark", media="print")
    page.goto(address + "text/text-vectorization.html", wait_until="networkidle")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("details.solution div.highlight").first.is_visible()
    assert not page.locator(".bd-sidebar-primary").is_visible()


def test_choice_of_dark_is_kept(page, address):
    page.emulate_media(color_scheme="light")
    page.goto(address + "preface.html", wait_until="networkidle")
    while page.evaluate("document.documentElement.dataset.theme") != "dark":
        page.locator(".theme-switch-button").first.click()
    page.goto(address + "notation.html", wait_until="networkidle")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_follows_the_system(page, address):
    page.emulate_media(color_scheme="dark")
    page.goto(address + "preface.html", wait_until="networkidle")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_without_scripts(chromium, address):
    """Text, formulas and figures are there without JavaScript."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "notation.html")
    assert page.locator("mjx-container").count() > 10
    assert page.locator("mjx-container").first.bounding_box()["width"] > 0
    context.close()


def test_skip_link_is_first(page, address):
    page.goto(address + "preface.html", wait_until="networkidle")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"
