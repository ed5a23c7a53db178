"""What a mouse, colours and a wide screen hide: the keyboard, forced colours, fingers, other languages."""

import pytest
from visiting import arrive

from conftest import HTML
from tools.languages import PASSAGES

pytestmark = pytest.mark.browser

PAGE = "translation/bleu.html"
PHONE = {"viewport": {"width": 320, "height": 800}, "has_touch": True, "is_mobile": True}
FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node), box = node.getBoundingClientRect();
  return {
    node: node.outerHTML.slice(0, 120),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && style.opacity !== "0",
  };
}"""
SMALL = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter((node) => node.checkVisibility() && getComputedStyle(node).display !== "inline")
  .map((node) => [node.getBoundingClientRect(), node.outerHTML.slice(0, 120)])
  .filter(([box]) => box.width > 0 && (box.width < 24 || box.height < 24))
  .map(([, html]) => html)"""
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
)
CUT = """() => [...document.querySelectorAll("body *:not(mjx-container, mjx-container *, dialog, dialog *)")]
  .filter((node) => node.checkVisibility() && getComputedStyle(node).clipPath === "none")
  .filter((node) => ["hidden", "clip"].includes(getComputedStyle(node).overflowX))
  .filter((node) => node.scrollWidth > node.clientWidth + 2)
  .map((node) => node.outerHTML.slice(0, 120))"""
UNSEEN = """() => {
  const fill = (node) => getComputedStyle(node).backgroundColor;
  return [...document.querySelectorAll(".fa-solid, .fas")]
    .filter((icon) => icon.checkVisibility() && fill(icon) === fill(document.body))
    .map((icon) => icon.outerHTML);
}"""
WHOLE = """() => [...document.querySelectorAll(".cell_input pre")].flatMap((node) => {
  const around = [];
  for (; node !== document.body; node = node.parentElement) around.push(node);
  const style = (part) => getComputedStyle(part);
  return around.filter((part) => style(part).breakInside === "avoid" || style(part).overflowY !== "visible");
}).map((part) => part.outerHTML.slice(0, 120))"""
OUTSIDE = """() => [...document.querySelectorAll("figure.unrolled-explorer")].flatMap((figure) => {
  const edge = figure.getBoundingClientRect().right;
  const parts = [...figure.querySelectorAll("output, input")];
  return parts.filter((node) => node.getBoundingClientRect().right > edge).map((node) => node.outerHTML);
})"""


@pytest.fixture
def opened(chromium, address):
    """Return a function that opens a page in a context of its own."""
    contexts = []

    def open_page(name, **options):
        contexts.append(chromium.new_context(reduced_motion="reduce", **options))
        page = contexts[-1].new_page()
        page.goto(address + name)
        arrive(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_the_focus_is_always_seen(opened):
    page = opened("preface.html", viewport={"width": 1280, "height": 800})
    stops = []
    while page.keyboard.press("Tab") or (stop := page.evaluate(FOCUS)):
        stops.append(stop)
    assert len(stops) > 40
    assert [stop["node"] for stop in stops if not (stop["outlined"] and stop["seen"])] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_icons_are_seen_in_forced_colours(opened, scheme):
    page = opened(PAGE, forced_colors="active", color_scheme=scheme, viewport=PHONE["viewport"])
    assert page.locator(".fa-bars").first.is_visible()
    assert page.evaluate(UNSEEN) == []


def test_who_asks_for_contrast_gets_it(opened):
    page = opened("preface.html", contrast="more", color_scheme="light")
    soft = "getComputedStyle(document.querySelector('nav.bd-links .caption')).color"
    assert page.evaluate(soft) == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_finger_finds_what_it_looks_for(opened):
    """Nothing to press is smaller than 24 pixels, and nothing comes up over an output that is touched."""
    page = opened(PAGE, **PHONE)
    assert page.evaluate(SMALL) == []
    output = page.locator(".cell_output div.highlight").first
    output.tap()
    assert output.locator(".copybtn").count() == 1
    assert not output.locator(".copybtn").is_visible()


def test_sliders_fit_a_small_phone(opened):
    page = opened("translation/attention.html", **PHONE)
    assert page.locator("figure.unrolled-explorer input").count() > 0
    assert page.evaluate(OUTSIDE) == []


def test_wider_spacing_cuts_nothing_off(opened):
    """WCAG 1.4.12: a reader may set lines, letters and words further apart."""
    page = opened("memory/lstm-gru.html", **PHONE)
    page.add_style_tag(content=SPACED)
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]


def test_long_code_goes_on_over_a_page(opened):
    """What scrolls, or must not be broken, would leave the rest of a page empty."""
    page = opened(PAGE)
    page.emulate_media(media="print")
    assert page.evaluate(WHOLE) == []


def test_a_search_says_what_it_found(opened):
    page = opened("search.html?q=zyxwvut")
    page.wait_for_function("document.querySelector('#search-results').textContent.includes('did not match')")
    assert page.locator("#search-results [role=status]", has_text="did not match").count() == 1


def test_words_of_another_language_say_which():
    texts = [page.read_text(encoding="utf-8").replace("’", "'") for page in HTML.glob("t*/*.html")]
    for language, passages in PASSAGES.items():
        for passage in passages:
            assert any(f'<em lang="{language}">{passage}' in text for text in texts), passage
