"""The calculator that a reader types into: its script gives the numbers of the companion's Python."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from word_maps import ROOT, chromium, opened, styled

from companion.explore import bleu_calculator
from companion.metrics import clipped_matches, sentence_bleu

MAT = ["the cat is on the mat", "there is a cat on the mat"]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCAN = """async () => (await axe.run(document)).violations
    .map(({ id, nodes }) => [id, nodes[0].html.slice(0, 200)])"""
TYPED = [
    ("the the the the the the the", MAT),
    ("the cat the cat on the mat", MAT),
    ("the cat is on the mat", MAT),
    ("The Cat", ["the cat"]),
    ("a", ["a b c d e"]),
    ("x y", MAT),
    ("", MAT),
    ("a b c d", ["a b c", "a b c d e"]),
    ("a b c d", ["a b c d e", "a b c"]),
    ("constructor toString <b>&amp;</b> é", ["constructor <b>&amp;</b> é toString é"]),
    ("il n’ y a pas de chat sur le tapis", ["le chat est sur le tapis", "il y a un chat sur le tapis"]),
]


def made(order: int = 1) -> str:
    return bleu_calculator(TYPED[1][0], MAT, description="The cats.", order=order).html


def test_what_stands_there_first_is_what_python_counts() -> None:
    html = made(order=2)
    assert "BLEU 46.71: c = 7, r = 7, brevity penalty 1.0000" in html
    assert '<tr><th scope="row">2</th><td>4</td><td>6</td><td>0.6667</td></tr>' in html
    assert '<tr><th scope="row">the cat</th><td>2</td><td>1</td><td>1</td></tr>' in html
    escaped = bleu_calculator("a </textarea>", ["<i>"], description="x < y").html
    assert escaped.count("</textarea>") == 2
    assert "<figcaption>x &lt; y</figcaption>" in escaped


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"references": ["a\nb"]}, r"references\[0\]: expected a line of text, got 'a\\nb'"),
        ({"references": [" "]}, r"references\[0\]: expected a line of text"),
        ({"description": ""}, "description: expected a text, got ''"),
        ({"order": 5}, "order: expected one of 1 to 4, got 5"),
        ({"smoothing": "lin"}, "smoothing: expected one of"),
    ],
)
def test_what_cannot_be_shown_is_refused(options: dict, message: str) -> None:
    usual = {"hypothesis": "a", "references": ["a"], "description": "A letter."}
    with pytest.raises(ValueError, match=message):
        bleu_calculator(**(usual | options))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, styled(made())) as one:
        yield one


def table(page: Page, name: str) -> list[list[str]]:
    rows = page.locator(f".unrolled-bleu-{name} tbody tr").all()
    return [row.locator("th, td").all_text_contents() for row in rows]


@pytest.mark.browser
def test_the_script_changes_nothing_of_what_python_wrote(browser: Browser, tmp_path: Path) -> None:
    seen = []
    for script in (False, True):
        with opened(browser, tmp_path, styled(made(order=2)), java_script_enabled=script) as page:
            said = page.locator(".unrolled-bleu-score").inner_text()
            seen.append((said, table(page, "orders"), table(page, "counts")))
            assert page.locator(".unrolled-bleu-note").count() == (not script)
            assert page.get_by_role("textbox", name="Translation").is_enabled() == script
    assert seen[0] == seen[1]


@pytest.mark.browser
def test_typed_sentences_score_as_in_python(page: Page) -> None:
    for number, (text, references) in enumerate([*TYPED, *TYPED]):
        smoothing = ["none", "floor", "add-k", "exp"][number % 4]  # two of them for each sentence
        page.get_by_role("combobox", name="Smoothing").select_option(smoothing)
        lower, n = number % 2 == 1, number % 4 + 1
        page.get_by_role("checkbox", name="A is a").set_checked(lower)
        page.get_by_role("radio", name=str(n)).check()
        page.get_by_role("textbox", name="Translation").fill(text)
        page.get_by_role("textbox", name="References").fill("\n".join(references) + "\n\n")
        found = [
            float(value)
            for value in re.findall(r"\d+\.?\d*", page.locator(".unrolled-bleu-score").inner_text())
        ]
        right = sentence_bleu(text, references, "none", smoothing, lowercase=lower)
        lengths = [right.hypothesis_length, right.reference_length]
        assert found == pytest.approx([right.score, *lengths, right.brevity_penalty], abs=0.0051)
        for row, p, *counts in zip(
            table(page, "orders"), right.precisions, right.correct, right.total, strict=True
        ):
            assert [int(value) for value in row[1:3]] == counts
            assert float(row[3]) == pytest.approx(p, abs=0.00051)
        sides = [side.lower().split() if lower else side.split() for side in (text, *references)]
        rows = table(page, "counts")
        assert sum(int(row[3]) for row in rows) == clipped_matches(sides[0], sides[1:], n)[0]
        assert [row[0] for row in rows] == list(
            dict.fromkeys(" ".join(sides[0][i : i + n]) for i in range(len(sides[0]) - n + 1))
        )


@pytest.mark.browser
def test_without_a_reference_it_says_so(page: Page) -> None:
    page.get_by_role("textbox", name="References").fill(" \n")
    assert page.get_by_role("status").inner_text() == "There is no reference to compare with."
    assert page.locator(".unrolled-bleu-orders").is_hidden()
    page.get_by_role("textbox", name="References").fill("the cat")
    assert page.locator(".unrolled-bleu-orders").is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_by_keyboard_alone_on_a_phone_and_without_barriers(
    browser: Browser, tmp_path: Path, theme: str
) -> None:
    phone = {"viewport": {"width": 320, "height": 700}, "has_touch": True, "is_mobile": True}
    with opened(browser, tmp_path, styled(made(), made(), theme=theme), **phone) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.type("the cat is on the mat")
        assert page.locator(".unrolled-bleu-score").first.inner_text().startswith("BLEU 100.00")
        for _ in range(4):
            page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        assert table(page, "counts")[0] == ["the cat", "1", "1", "1"]
        assert page.locator("[type=radio]:checked").count() == 2, "each calculator has a group of its own"
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        for control in page.locator(".unrolled-bleu :is(textarea, select, label):visible").all():
            assert min(control.bounding_box()["width"], control.bounding_box()["height"]) >= 44
        page.add_script_tag(path=str(AXE))
        assert page.evaluate(SCAN) == []
