"""Word maps on a page in headless Chromium, every other host out of reach; what is drawn is read back."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from companion.explore import nearest_rows, word_map

ROOT = Path(__file__).resolve().parents[1]
PLACE = "g => g.getAttribute('transform')"
FAR = 600  # words that stand around the dozen that are searched for
PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
PETS = ["cat", "dog", "horse", "cow"]


def drawn() -> str:
    """Return a map: pets at the left, dishes at the right, one pet among the dishes; the rest in between."""
    rng = np.random.default_rng(1)
    dishes = ["soup", "cake", "rice", "Brot", "<tea>"]
    words = ["the", *PETS, *dishes, *(f"word{i}" for i in range(FAR))]
    space = rng.normal(size=(len(words), 5))
    space[1:5] = [9, 9, 0, 0, 0] + 0.1 * rng.normal(size=(4, 5))
    space[5:10] = [0, 0, 9, 9, 0] + 0.1 * rng.normal(size=(5, 5))
    xy = rng.uniform(-6, 6, size=(len(words), 2))
    xy[1:5] = [[-9, 1], [-8, 1], [-8.5, 0], [9, 0.5]]  # the cow is torn from the pets
    xy[5:10] = [[8, 1], [8.5, 0], [9, 1], [8.2, -0.5], [9.2, -0.2]]
    return word_map(
        words,
        xy,
        description="Pets, dishes and other words.",
        alt="Two islands left and right of a square of words.",
        groups={"pets": PETS, "dishes": dishes},
        neighbours=nearest_rows(space, 3),
        space="five dimensions",
    ).html


def styled(*bodies: str, theme: str = "light") -> str:
    """Return a page with these maps, a high column before and after, in the book's colours."""
    sheets = "".join(
        (ROOT / "book" / "_static" / name).read_text(encoding="utf-8")
        for name in ("tokens.css", "figures.css")
    )
    body = "".join(f'<div class="bd-article">{each}</div>' for each in bodies)
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><title>A map</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{sheets}body {{ background: var(--paper); color: var(--ink); margin: 16px; }}"
        "main { max-width: 45rem; padding-bottom: 1500px; }</style></head>"
        f"<body><main><h1>A map</h1>{body}</main></body></html>"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    assert path, f"expected one of {', '.join(names)}; on Debian: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@contextmanager
def opened(browser: Browser, folder: Path, content: str, **options) -> Iterator[Page]:
    """Open a page from a file; in the end the console must have been silent."""
    usual = {"viewport": {"width": 800, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(**(usual | options))
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.route("**/*", lambda r: r.continue_() if r.request.url.startswith("file:") else r.abort())
    (folder / "map.html").write_text(content, encoding="utf-8")
    page.goto((folder / "map.html").as_uri())
    yield page
    assert said == []
    context.close()


def part(page: Page, name: str) -> Locator:
    return page.locator(f".unrolled-map-{name}")


def search(page: Page, word: str) -> None:
    page.get_by_role("combobox").fill(word)
    page.get_by_role("combobox").press("Enter")


def frame(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def transform(page: Page) -> tuple[float, float, float]:
    """Return where the map's corner is drawn, in pixels of the stage, and how many pixels a unit has."""
    frame(page)
    return tuple(float(v) for v in re.findall(r"-?\d+\.?\d*(?:e-\d+)?", part(page, "dots").evaluate(PLACE)))


def zoom(page: Page) -> float:
    frame(page)
    return float(part(page, "tools").locator("output").inner_text().rstrip("×"))


def ring(page: Page) -> tuple[float, float]:
    """Return how far the ring around the chosen word stands from the middle of the stage."""
    frame(page)
    box, stage = part(page, "ties").locator("circle").bounding_box(), part(page, "stage").bounding_box()
    return tuple(
        box[at] + box[size] / 2 - stage[at] - stage[size] / 2
        for at, size in (("x", "width"), ("y", "height"))
    )


def middle(page: Page) -> tuple[float, float]:
    box = part(page, "stage").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


class Fingers:
    """Fingers on the glass, by the browser's own protocol."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def drag(self, begin: list[tuple[float, float]], end: list[tuple[float, float]], steps: int = 8) -> None:
        self.send("touchStart", *begin)
        for i in range(1, steps + 1):
            part = i / steps
            self.send(
                "touchMove",
                *(
                    (x + part * (u - x), y + part * (v - y))
                    for (x, y), (u, v) in zip(begin, end, strict=True)
                ),
            )
        self.send("touchEnd")
