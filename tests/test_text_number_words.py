"""Numbers and dates in words, beside num2words and babel; the rules of French; what is refused."""

from datetime import date, datetime, timedelta
from itertools import chain

import numpy as np
import pytest
from babel.dates import format_date
from num2words import num2words

from companion.text.dates_in_words import date_in_words
from companion.text.number_words import number_words

NUMBERS = sorted(
    {
        *range(1_300),
        *(k * 1_000 + small for k in range(1_000) for small in (0, 80)),
        *(k * 10**6 + small for k in range(1, 1_000, 7) for small in (0, 21, 1_000, 80_000, 100_200)),
        *(int(n) for size in (5, 6, 7, 8, 9) for n in np.random.default_rng(size).integers(0, 10**size, 200)),
        999_999_999,
    }
)


def test_english_is_that_of_num2words_without_its_commas():
    for number in NUMBERS:
        assert number_words(number) == num2words(number).replace(",", "")


def test_french_is_that_of_num2words():
    for number in NUMBERS:
        assert number_words(number, "fr") == num2words(number, lang="fr")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zéro"),
        (21, "vingt et un"),
        (71, "soixante et onze"),
        (79, "soixante-dix-neuf"),
        (80, "quatre-vingts"),
        (81, "quatre-vingt-un"),
        (91, "quatre-vingt-onze"),
        (100, "cent"),
        (200, "deux cents"),
        (201, "deux cent un"),
        (1_000, "mille"),
        (2_000, "deux mille"),
        (80_000, "quatre-vingt mille"),
        (200_000, "deux cent mille"),
        (200_000_000, "deux cents millions"),
        (1_001_001, "un million mille un"),
    ],
)
def test_the_rules_of_french(number, words):
    assert number_words(number, "fr") == words


def test_no_two_numbers_have_the_same_words():
    for language in ("en", "fr"):
        assert len({number_words(number, language) for number in NUMBERS}) == len(NUMBERS)


def test_dates_have_the_months_of_babel_and_the_numbers_of_num2words():
    start = date(1999, 1, 1)
    days = [start + timedelta(days=k) for k in range(366 + 365)]  # 2000 is a leap year
    for day in chain(days, (date(year, 12, 31) for year in range(1, 10_000, 7))):
        month = format_date(day, "MMMM", locale="en")
        year = num2words(day.year, to="year")
        assert date_in_words(day) == f"the {num2words(day.day, to='ordinal')} of {month} {year}"
        month = format_date(day, "MMMM", locale="fr")
        first = "premier" if day.day == 1 else num2words(day.day, lang="fr")
        assert date_in_words(day, "fr") == f"le {first} {month} {num2words(day.year, lang='fr')}"


@pytest.mark.parametrize(
    "year", [1, 99, 100, 105, 476, 1000, 1009, 1010, 1066, 1900, 1905, 2000, 2009, 2010, 2100]
)
def test_years_are_read_as_by_num2words(year):
    assert date_in_words(date(year, 5, 2)) == f"the second of May {num2words(year, to='year')}"


@pytest.mark.parametrize(
    ("number", "language", "error", "message"),
    [
        (-1, "en", ValueError, "number: expected an integer of at least 0, got -1"),
        (10**9, "fr", ValueError, "number: expected at most 999,999,999, got 1,000,000,000"),
        (1.0, "en", TypeError, r"number: expected an integer, got float \(1.0\)"),
        (True, "en", TypeError, "number: expected an integer, got bool"),
        (1, "de", ValueError, "language: expected one of 'en', 'fr', got 'de'"),
    ],
)
def test_what_is_no_number_is_refused(number, language, error, message):
    with pytest.raises(error, match=message):
        number_words(number, language)


def test_numbers_of_numpy_are_numbers():
    assert number_words(np.int64(7)) == "seven"


@pytest.mark.parametrize("day", ["1984-01-01", 5, datetime(1984, 1, 1, 12)])
def test_what_is_no_date_is_refused(day):
    with pytest.raises(TypeError, match=f"day: expected a datetime.date, got {type(day).__name__}"):
        date_in_words(day)


def test_other_languages_are_refused():
    with pytest.raises(ValueError, match="language: expected one of 'en', 'fr', got 'fa'"):
        date_in_words(date(1984, 1, 1), "fa")
