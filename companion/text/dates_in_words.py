"""Days of the calendar in words, in English and in French, in one form each.

English: ``the first of January nineteen eighty-four``; the year is read in two halves, as people do, but for
the years of which the second half would be below ten in a round thousand (``two thousand and five``).
French: ``le premier janvier mille neuf cent quatre-vingt-quatre``; only the first of a month is an ordinal.
"""

from datetime import date, datetime

from companion.text._checks import choice
from companion.text.number_words import LANGUAGES, number_words

__all__ = ["date_in_words"]

_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip
_ENGLISH_DAYS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "twenty-first", "twenty-second", "twenty-third",
    "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth",
    "thirtieth", "thirty-first",
)  # fmt: skip


def date_in_words(day: date, language: str = "en") -> str:
    """Write a day in words, without the day of the week.

    Parameters
    ----------
    day : datetime.date
        Any from the year 1 to 9999.
    language : {"en", "fr"}

    Returns
    -------
    str
        The words divided by single spaces; English months begin with a capital letter.

    Raises
    ------
    TypeError
        If it is no date, or one with a time.
    ValueError
        If the language is another one.

    Examples
    --------
    >>> date_in_words(date(1984, 1, 1))
    'the first of January nineteen eighty-four'
    >>> date_in_words(date(1984, 1, 1), "fr")
    'le premier janvier mille neuf cent quatre-vingt-quatre'
    >>> date_in_words(date(2005, 8, 31)), date_in_words(date(2005, 8, 31), "fr")
    ('the thirty-first of August two thousand and five', 'le trente et un août deux mille cinq')
    """
    choice("language", language, LANGUAGES)
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TypeError(f"day: expected a datetime.date, got {type(day).__name__}")
    if language == "en":
        return (
            f"the {_ENGLISH_DAYS[day.day - 1]} of {_ENGLISH_MONTHS[day.month - 1]} {_english_year(day.year)}"
        )
    first = "premier" if day.day == 1 else number_words(day.day, "fr")
    return f"le {first} {_FRENCH_MONTHS[day.month - 1]} {number_words(day.year, 'fr')}"


def _english_year(year: int) -> str:
    hundreds, rest = divmod(year, 100)
    if not hundreds or (hundreds % 10 == 0 and rest < 10):
        return number_words(year)
    if rest == 0:
        return f"{number_words(hundreds)} hundred"
    return f"{number_words(hundreds)} " + (f"oh-{number_words(rest)}" if rest < 10 else number_words(rest))
