"""Open a page with every other host blocked, and note everything the tests ask about."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LIMIT = 1_500_000  # bytes that a page may weigh, everything included
NARROW = (320, 390, 640)  # a small phone, a phone, and 1280 at 200 % zoom

FACTS = r"""() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const short = (node) => node.outerHTML.slice(0, 160);
  const ids = all("[id]").map((node) => node.id);
  return {
    title: document.title,
    language: document.documentElement.lang,
    formulas: all(".math").length,
    undrawn: all(".math").filter((node) => node.querySelectorAll("mjx-container").length !== 1).map(short),
    refused: all("mjx-merror").map(short),
    without_alt: all("main img").filter((image) => !image.alt.trim()).map(short),
    broken_pictures: all("img").filter((image) => image.complete && !image.naturalWidth).map(short),
    repeated_ids: ids.filter((id, i) => ids.indexOf(id) !== i),
    headings: all("article :is(h1, h2, h3, h4, h5, h6)").map((node) => [+node.tagName[1], node.textContent]),
  };
}"""

OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const scrolls = (node) => getComputedStyle(node).overflowX !== "visible";
  const contained = (node) => node !== document.body && (scrolls(node) || contained(node.parentElement));
  const sticks_out = (node) => node.getBoundingClientRect().right > wide + 1;
  return [...document.querySelectorAll("main *")]
    .filter((node) => sticks_out(node) && ![...node.children].some(sticks_out))
    .filter((node) => !contained(node.parentElement))
    .map((node) => node.outerHTML.slice(0, 120))
    .slice(0, 5)
    .concat([`the page is ${document.documentElement.scrollWidth} wide`]);
}"""

WAITING = """() => [...document.querySelectorAll("article :is(section, dl, .pst-scrollable-table-container)")]
  .filter((node) => getComputedStyle(node).contentVisibility === "auto")
  .map((node) => node.outerHTML.slice(0, 80))"""

FONTS = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => document.fonts.ready).then(() => 0)"""
COLOURS = ["color-contrast", "link-in-text-block"]  # axe's rules that ask about colours
SCAN = """async (rules) => {
  const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const found = await axe.run(document, { resultTypes: ["violations"], ...only });
  return found.violations
    .map(({ id, nodes }) => [id, nodes.length, ...nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]);
}"""


@dataclass
class Seen:
    """What one visit to a page brought to light."""

    facts: dict[str, Any]
    weight: int = 0
    other_hosts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    paper: dict[str, str] = field(default_factory=dict)  # light and dark: the colour of the page
    barriers: dict[str, list[Any]] = field(default_factory=dict)  # light and dark: what axe finds
    overflow: dict[int, list[str]] = field(default_factory=dict)  # by width


def guarded(page: Any, address: str, seen: Seen) -> None:
    """Block every other host, and note what is asked for, what fails and what the console says."""

    def allow(route: Any) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            seen.other_hosts.append(route.request.url)
            route.abort()

    def weigh(response: Any) -> None:
        if response.status >= 400:
            seen.failed.append(f"{response.status} {response.url}")
        elif response.url.startswith(address):
            size = len(response.body())  # other answers may be weighed meanwhile
            seen.weight += size

    def listen(said: Any) -> None:
        if said.type in ("error", "warning"):
            seen.errors.append(said.text)

    page.route("**/*", allow)
    page.on("response", weigh)
    page.on("requestfailed", lambda request: seen.failed.append(request.url))
    page.on("console", listen)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))


def look_at(chromium: Any, address: str, name: str, *, closely: bool) -> Seen:
    """Visit a page; closely, look for barriers in light and dark and for what sticks out when narrow.

    What is dark differs in its colours alone: all of axe's rules are asked once.
    """
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    seen = Seen(facts={})
    guarded(page, address, seen)
    page.goto(address + name, wait_until="networkidle" if closely else "load")
    arrive(page)
    seen.facts = page.evaluate(FACTS)
    if closely:
        page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
        page.add_script_tag(path=str(AXE))
    for scheme in ("light", "dark"):
        switch_to(page, scheme)
        seen.paper[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        if closely:
            seen.barriers[scheme] = page.evaluate(SCAN, COLOURS if scheme == "dark" else None)
    for width in NARROW if closely else ():
        page.set_viewport_size({"width": width, "height": 800})
        seen.overflow[width] = page.evaluate(OVERFLOW)
    context.close()
    return seen


def arrive(page: Any) -> None:
    """Wait until the whole page has been set, and in its own fonts: a long one comes piece by piece.

    A font is asked for when the first piece that needs it is drawn, and its lines may be a pixel higher.
    """
    page.wait_for_function(f"() => ({WAITING})().length === 0", polling=100)
    page.evaluate(FONTS)


def switch_to(page: Any, scheme: str) -> None:
    """Press the button until the page is light or dark; it goes round through "as the system has it"."""
    button = page.locator(".theme-switch-button").first
    for _ in range(3):
        if page.evaluate("document.documentElement.dataset.theme") == scheme:
            break
        button.click()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
