"""Move in a word map: by buttons, keys, mouse, wheel and fingers."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from word_maps import (
    PHONE,
    PLACE,
    Fingers,
    chromium,
    drawn,
    frame,
    middle,
    opened,
    part,
    ring,
    search,
    styled,
    transform,
    zoom,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def html() -> str:
    return drawn()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser, html: str, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, styled(html)) as made:
        yield made


@pytest.fixture
def phone(browser: Browser, html: str, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, styled(html), **PHONE) as made:
        yield made


def test_the_buttons_move_and_zoom(page: Page) -> None:
    x, y, scale = transform(page)
    moves = {"Move left": (1, 0), "Move right": (-1, 0), "Move up": (0, 1), "Move down": (0, -1)}
    for name, (right, down) in moves.items():
        page.get_by_role("button", name=name).click()
        now = transform(page)
        assert (np.sign(np.round(np.subtract(now[:2], (x, y)), 1)) == (right, down)).all(), name
        x, y, scale = now
    page.get_by_role("button", name="Zoom in").click()
    assert zoom(page) == 1.6
    assert transform(page)[2] == pytest.approx(1.6 * scale)
    page.get_by_role("button", name="Zoom out").click()
    page.get_by_role("button", name="Zoom out").click()
    assert zoom(page) == 1, "the whole map is as far as one may go"
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Move left").click()
    page.get_by_role("button", name="Show the whole map").click()
    assert transform(page) == pytest.approx((x, y, scale), abs=0.02)


def test_the_keys_move_zoom_and_name(page: Page) -> None:
    search(page, "the")
    start, stage = transform(page), part(page, "stage")
    stage.focus()
    page.keyboard.press("ArrowRight")
    moved = transform(page)
    assert moved[0] < start[0]
    assert moved[1:] == start[1:]
    page.keyboard.press("Shift+ArrowLeft")
    assert transform(page)[0] > start[0]
    page.keyboard.press("+")
    assert transform(page)[2] == pytest.approx(1.5 * start[2])
    page.keyboard.press("-")
    assert transform(page)[2] == pytest.approx(start[2])
    page.wait_for_function("document.querySelector('.unrolled-map-said').textContent")
    assert re.match(r"Zoom [\d.]+× In the middle: \w+, ", part(page, "said").text_content())
    page.keyboard.press("0")
    assert zoom(page) == 1
    scrolled = page.evaluate("scrollY")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("scrollY") == scrolled, "the arrows move the map, not the page"
    page.keyboard.press("Enter")
    assert part(page, "told").locator("b").inner_text().startswith("word")
    page.keyboard.press("Escape")
    assert part(page, "told").inner_text() == ""


def test_the_mouse_drags_and_a_click_names(page: Page) -> None:
    search(page, "the")
    box, start = part(page, "stage").bounding_box(), transform(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y + 90)
    page.mouse.down()
    page.mouse.move(x + 40, y + 60)
    page.mouse.move(x + 60, y + 50)
    page.mouse.up()
    assert np.subtract(transform(page), start).tolist() == pytest.approx([60, -40, 0], abs=0.02)
    assert part(page, "told").locator("b").inner_text() == "the", "the end of a drag is no click"
    page.get_by_role("button", name="Show the whole map").click()
    search(page, "dog")
    page.keyboard.press("Escape")
    page.mouse.click(x, y)
    assert part(page, "told").locator("b").inner_text() == "dog"
    page.mouse.click(box["x"] + 3, box["y"] + 3)
    assert part(page, "told").inner_text() == "", "a click where nothing is forgets the word"


def test_the_wheel_scrolls_the_page_until_the_map_is_clicked(page: Page) -> None:
    box, start = part(page, "stage").bounding_box(), transform(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + 100
    page.mouse.move(x, y)
    page.mouse.wheel(0, 60)
    page.wait_for_function("scrollY > 0")
    assert transform(page) == start
    page.mouse.wheel(0, -60)
    page.wait_for_function("scrollY === 0")
    page.mouse.click(x, y)
    page.mouse.wheel(0, -200)
    page.wait_for_function("document.querySelector('.unrolled-map output').textContent !== '1×'")
    assert page.evaluate("scrollY") == 0
    at = (x - box["x"] - 1, y - box["y"] - 1)
    under, after = ([(at[i] - seen[i]) / seen[2] for i in (0, 1)] for seen in (start, transform(page)))
    assert after == pytest.approx(under, abs=5), "what is under the mouse stays there (of 10,000)"


def at_rest(page: Page) -> None:
    """Wait until the page has stopped: a finger leaves it in motion."""
    before = None
    while (now := page.evaluate("scrollY")) != before:
        before = now
        page.wait_for_timeout(150)


def test_one_finger_scrolls_the_page_until_it_is_asked_to_move_the_map(phone: Page) -> None:
    start, ask = transform(phone), phone.get_by_role("button", name="Move the map with one finger")
    for mode in ("page", "map", "page"):
        at_rest(phone)
        phone.evaluate("scrollTo(0, 0)")
        x, y = middle(phone)
        Fingers(phone).drag([(x, y)], [(x + 30, y - 90)])
        at_rest(phone)
        moved = np.subtract(transform(phone), start)
        if mode == "page":
            assert phone.evaluate("scrollY") > 40
            assert not moved.any()
        else:
            assert phone.evaluate("scrollY") == 0
            assert moved.tolist() == pytest.approx([30, -90, 0], abs=1)
        start = transform(phone)
        ask.tap()
        assert ask.get_attribute("aria-pressed") == ("true" if mode == "page" else "false")


def test_two_fingers_move_and_zoom(phone: Page) -> None:
    x, y = middle(phone)
    start = transform(phone)
    Fingers(phone).drag([(x - 30, y), (x + 30, y)], [(x - 90, y + 20), (x + 90, y + 20)])
    now = transform(phone)
    assert now[2] == pytest.approx(3 * start[2], rel=0.02)
    assert phone.evaluate("[scrollY, visualViewport.scale]") == [0, 1], "the page itself stays"
    box = part(phone, "stage").bounding_box()
    at = (x - box["x"] - 1, y - box["y"] - 1)
    under = [(at[i] - start[i]) / start[2] for i in (0, 1)]
    assert [(at[i] + (0, 20)[i] - now[i]) / now[2] for i in (0, 1)] == pytest.approx(under, abs=20)


def test_a_tap_names_a_word(phone: Page) -> None:
    search(phone, "dog")
    x, y = middle(phone)
    phone.get_by_role("combobox").press("Escape")
    phone.touchscreen.tap(x + 6, y)
    assert part(phone, "told").locator("b").inner_text() == "dog"


WATCH = """() => {
  const dots = document.querySelector(".unrolled-map-dots");
  window.seen = new Set();
  new MutationObserver(() => seen.add(dots.getAttribute("transform"))).observe(dots, { attributes: true });
}"""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_way_is_shown_unless_motion_is_unwelcome(
    browser: Browser, html: str, tmp_path: Path, motion: str
) -> None:
    with opened(browser, tmp_path, styled(html), reduced_motion=motion) as page:
        page.evaluate(WATCH)
        search(page, "cat")
        page.wait_for_timeout(800)
        assert all(abs(off) < 1 for off in ring(page))
        places = page.evaluate("[...seen]")
        assert len(places) == 1 if motion == "reduce" else len(places) > 1


def test_two_maps_on_one_page_move_alone(browser: Browser, html: str, tmp_path: Path) -> None:
    with opened(browser, tmp_path, styled(html, html)) as page:
        first, second = page.locator(".unrolled-map").all()
        second.get_by_role("combobox").fill("cat")
        second.get_by_role("combobox").press("Enter")
        frame(page)
        told = [each.locator(".unrolled-map-told").inner_text()[:3] for each in (first, second)]
        assert told == ["", "cat"]
        places = [each.locator(".unrolled-map-dots").evaluate(PLACE) for each in (first, second)]
        assert places[0] != places[1]
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
        assert len(ids) == len(set(ids)) > 0


def test_the_size_of_the_window_may_change(page: Page) -> None:
    search(page, "cat")
    page.set_viewport_size({"width": 500, "height": 700})
    page.wait_for_timeout(100)
    assert all(abs(off) < 1 for off in ring(page)), "what stood in the middle stands there still"
