"""A word map as a reader finds it: search, names, groups, light and dark, a phone, no script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from word_maps import (
    PETS,
    ROOT,
    chromium,
    drawn,
    frame,
    opened,
    part,
    ring,
    search,
    styled,
    transform,
    zoom,
)

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCAN = """async () => (await axe.run(document)).violations
    .map(({ id, nodes }) => [id, nodes[0].html.slice(0, 200)])"""

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


def test_a_word_is_found_centred_named_and_its_neighbours_listed(page: Page) -> None:
    before = transform(page)
    search(page, "cat")
    assert transform(page) != before
    assert zoom(page) > 1
    assert all(abs(off) < 1 for off in ring(page))
    assert part(page, "told").inner_text().startswith("cat (pets). Nearest to it in five dimensions:")
    assert part(page, "stage").locator("text.unrolled-map-word").text_content() == "cat"
    listed = part(page, "near").get_by_role("button").all_inner_texts()
    assert sorted(listed) == ["cow", "dog", "horse"]
    assert sorted(part(page, "stage").locator("text.unrolled-map-strong").all_text_contents()) == [
        "",
        "dog",
        "horse",
    ]
    apart = part(page, "near").locator("button.unrolled-map-apart").all_inner_texts()
    assert apart == ["cow"], "the map has torn it away"
    assert part(page, "ties").locator("line.unrolled-map-apart").count() == 1
    assert (
        part(page, "kept").inner_text().startswith("The map keeps 2 of the 3 among the 3 nearest to it here.")
    )


def test_a_neighbour_in_the_list_leads_on_and_keeps_the_focus(page: Page) -> None:
    search(page, "cat")
    part(page, "near").get_by_role("button", name="cow").press("Enter")
    assert part(page, "told").inner_text().startswith("cow (pets).")
    assert "set them all apart" in part(page, "kept").inner_text()
    assert all(abs(off) < 1 for off in ring(page))
    assert page.evaluate("document.activeElement.closest('.unrolled-map-near') !== null")


def test_a_word_that_is_not_there_is_said_to_be_missing_and_others_are_offered(page: Page) -> None:
    search(page, "horsefly")
    told = "“horsefly” is not among the 610 words of this map. These begin with “horse”:"
    assert part(page, "told").inner_text() == told
    assert part(page, "near").get_by_role("button").all_inner_texts() == ["horse"]
    assert part(page, "ties").locator("circle").count() == 0
    search(page, "xyz")
    assert part(page, "told").inner_text() == "“xyz” is not among the 610 words of this map."
    assert part(page, "near").is_hidden()
    search(page, "<b>&amp;</b>")
    assert part(page, "told").inner_text().startswith("“<b>&amp;</b>” is not among")
    assert part(page, "told").locator("b").count() == 0


def test_capitals_and_signs_are_found_too(page: Page) -> None:
    for typed, word in [("CAT", "cat"), ("brot", "Brot"), (" <tea> ", "<tea>")]:
        search(page, typed)
        assert part(page, "told").locator("b").inner_text() == word


def test_suggestions_by_their_beginning(page: Page) -> None:
    field, options = page.get_by_role("combobox", name="Find one of 610 words"), page.get_by_role("option")
    field.press_sequentially("c")
    assert options.all_inner_texts() == ["cat", "cow", "cake"], "the commonest first"
    assert field.get_attribute("aria-expanded") == "true"
    field.press("ArrowDown")
    field.press("ArrowDown")
    chosen = page.locator(f"[id='{field.get_attribute('aria-activedescendant')}']")
    assert (chosen.inner_text(), chosen.get_attribute("aria-selected")) == ("cow", "true")
    field.press("ArrowUp")
    field.press("ArrowUp")
    field.press("Enter")
    assert part(page, "told").locator("b").inner_text() == "cake"
    assert field.get_attribute("aria-expanded") == "false"
    field.fill("wo")
    assert options.count() == 8
    options.nth(3).click()
    assert part(page, "told").locator("b").inner_text() == "word3"
    field.fill("d")
    field.press("Escape")
    assert options.count() == 0
    field.press("Escape")
    assert field.input_value() == ""
    assert part(page, "told").inner_text() == ""


def test_names_appear_as_there_is_room_and_never_cover_each_other(page: Page) -> None:
    def names() -> list[dict]:
        frame(page)
        found = (
            part(page, "names")
            .locator("text")
            .evaluate_all(
                "texts => texts.map((t) => ({ ...t.getBoundingClientRect().toJSON(), word: t.textContent }))"
            )
        )
        for i, a in enumerate(found):
            for b in found[:i]:
                apart = (
                    a["right"] <= b["left"]
                    or b["right"] <= a["left"]
                    or a["bottom"] <= b["top"] + 3
                    or b["bottom"] <= a["top"] + 3
                )
                assert apart, (a["word"], b["word"])
        return found

    whole = names()
    assert 30 < len(whole) < 200
    assert "the" in {name["word"] for name in whole}, "the commonest word is named"
    for _ in range(4):
        page.get_by_role("button", name="Zoom in").click()
    box = part(page, "stage").bounding_box()
    near = [n for n in names() if box["x"] < n["left"] and n["right"] < box["x"] + box["width"]]
    assert {n["word"] for n in near} - {n["word"] for n in whole}, "names that had no room before"


def test_a_group_is_shown_alone(page: Page) -> None:
    key = page.get_by_role("button", name="pets")
    key.click()
    frame(page)
    assert key.get_attribute("aria-pressed") == "true"
    assert set(part(page, "names").locator("text").all_text_contents()) <= set(PETS)
    assert part(page, "dots").locator("path.unrolled-map-off").count() == 2
    page.get_by_role("button", name="dishes").click()
    assert key.get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="dishes").click()
    assert part(page, "dots").locator("path.unrolled-map-off").count() == 0


@pytest.mark.parametrize("width", [320, 390, 800])
def test_it_fits_and_every_control_is_large_enough(
    browser: Browser, html: str, tmp_path: Path, width: int
) -> None:
    touched = {"has_touch": True, "is_mobile": True} if width < 500 else {}
    with opened(browser, tmp_path, styled(html), viewport={"width": width, "height": 800}, **touched) as page:
        search(page, "cat")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        least = 44 if touched else 24
        for control in page.locator(".unrolled-map :is(button, input, .unrolled-map-stage):visible").all():
            box = control.bounding_box()
            wanted = (
                36 if control.get_attribute("data-group") and touched else least
            )  # seven of them, side by side
            assert min(box["width"], box["height"]) >= wanted, control.evaluate(
                "e => e.outerHTML.slice(0, 100)"
            )
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_barriers_in_light_and_in_dark(browser: Browser, html: str, tmp_path: Path, theme: str) -> None:
    with opened(browser, tmp_path, styled(html, theme=theme)) as page:
        page.add_script_tag(path=str(AXE))
        assert page.evaluate(SCAN) == []
        search(page, "cat")
        page.get_by_role("combobox").fill("w")
        page.get_by_role("combobox").press("ArrowDown")
        page.get_by_role("button", name="pets").focus()
        assert page.evaluate(SCAN) == []
        search(page, "zzz")
        assert page.evaluate(SCAN) == []
        ink = (
            part(page, "stage")
            .locator("text")
            .first.evaluate("t => [getComputedStyle(t).fill, getComputedStyle(t).stroke]")
        )
        light, dark = (216, 220, 224), (21, 24, 28)
        if theme == "dark":
            assert ink == [f"rgb{light}", f"rgb{dark}"]
        else:
            assert ink == ["rgb(29, 33, 37)", "rgb(253, 252, 250)"]


def test_without_a_script_it_is_a_still_picture(browser: Browser, html: str, tmp_path: Path) -> None:
    with opened(
        browser, tmp_path, styled(html), java_script_enabled=False, viewport={"width": 390, "height": 800}
    ) as page:
        picture = page.get_by_role("img", name="Two islands left and right of a square of words.")
        assert picture.bounding_box()["width"] >= 570, "wide enough to be read; it scrolls in its frame"
        assert picture.locator("text").count() > 10
        assert part(page, "note").is_visible()
        assert not page.get_by_role("textbox").is_visible()
        assert page.get_by_role("button", name="pets").is_disabled()
