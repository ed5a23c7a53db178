"""A page that does everything wrong: each of the things that the other tests ask about is seen there."""

import pytest

pytestmark = pytest.mark.browser


def test_another_host_is_blocked_and_named(bad_page):
    assert bad_page.other_hosts == ["https://cdn.example.org/mathjax.js"]


def test_failures_are_noted(bad_page):
    assert any("404" in failure and "missing.png" in failure for failure in bad_page.failed)
    assert any("broken" in error for error in bad_page.errors)
    assert any("thrown" in error for error in bad_page.errors)


def test_formulas_that_are_not_drawn(bad_page):
    assert len(bad_page.facts["undrawn"]) == 1
    assert len(bad_page.facts["refused"]) == 1


def test_pictures_without_words_or_without_picture(bad_page):
    assert len(bad_page.facts["without_alt"]) == 1
    assert len(bad_page.facts["broken_pictures"]) == 1


def test_headings_ids_and_language(bad_page):
    assert [level for level, _ in bad_page.facts["headings"]] == [1, 3]
    assert bad_page.facts["repeated_ids"] == ["a"]
    assert bad_page.facts["language"] == ""


def test_dark_mode_that_changes_nothing(bad_page):
    assert bad_page.paper["light"] == bad_page.paper["dark"]


def test_barriers(bad_page):
    found = {barrier[0] for barrier in bad_page.barriers["light"]}
    assert {"color-contrast", "link-in-text-block", "image-alt", "html-has-lang"} <= found
    in_the_dark = {barrier[0] for barrier in bad_page.barriers["dark"]}
    assert in_the_dark == {"color-contrast", "link-in-text-block"}


def test_what_sticks_out(bad_page):
    assert any("Wider than a phone" in found for found in bad_page.overflow[390])
