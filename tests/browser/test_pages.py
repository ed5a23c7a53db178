"""Every page of the built book, opened once; what was seen there is asked about one thing at a time."""

import pytest
from visiting import LIMIT, NARROW

pytestmark = pytest.mark.browser


def test_asks_no_other_host(page_name, visit):
    asked = visit(page_name).other_hosts
    assert asked == []


def test_nothing_fails(page_name, visit):
    failed, errors = visit(page_name).failed, visit(page_name).errors
    assert failed == []
    assert errors == []


def test_formulas_are_drawn(page_name, visit):
    facts = visit(page_name).facts
    assert facts["undrawn"] == []
    assert facts["refused"] == []


def test_pictures_are_there_and_described(page_name, visit):
    facts = visit(page_name).facts
    assert facts["broken_pictures"] == []
    assert facts["without_alt"] == []


def test_title_and_language(page_name, visit):
    facts = visit(page_name).facts
    assert facts["language"] == "en"
    assert "Unrolled" in facts["title"]


def test_headings_go_down_step_by_step(page_name, visit):
    levels = [level for level, _ in visit(page_name).facts["headings"]]
    if page_name != "search.html":
        assert levels.count(1) == 1
        assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_ids_are_unique(page_name, visit):
    repeated = visit(page_name).facts["repeated_ids"]
    assert repeated == []


def test_dark_mode(page_name, visit):
    paper = visit(page_name).paper
    assert brightness(paper["light"]) > 230
    assert brightness(paper["dark"]) < 40


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers(read_page, visit, scheme):
    barriers = visit(read_page).barriers[scheme]
    assert barriers == []


@pytest.mark.parametrize("width", NARROW)
def test_nothing_sticks_out(read_page, visit, width):
    too_wide = visit(read_page).overflow[width]
    assert too_wide == []


def test_weight(page_name, visit, record_property):
    weight = visit(page_name).weight
    record_property("weight", (page_name, weight))
    assert weight <= LIMIT


def brightness(colour: str) -> float:
    """Mean of red, green and blue of ``rgb(r, g, b)``."""
    parts = colour[colour.index("(") + 1 : colour.index(")")].split(",")[:3]
    return sum(map(float, parts)) / 3
