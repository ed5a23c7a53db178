"""Whole numbers in words, in English and in French.

English as in Britain: "and" before what is below a hundred, a hyphen within it, no commas. French by the
spelling from before 1990: hyphens within a number below a hundred except around *et* (``vingt et un``,
``quatre-vingt-un``), and none anywhere else; *quatre-vingts* and *cents* lose their s before another numeral,
of which *mille* is one and *million*, a noun, is not; *mille* has no s and is never preceded by *un*.
"""

from companion.text._checks import choice, integer

__all__ = ["LANGUAGES", "LIMIT", "number_words"]

LANGUAGES = ("en", "fr")
LIMIT = 10**9
"""The first number that is too large."""

_ENGLISH = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_ENGLISH_TENS = (
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_FRENCH = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
_FRENCH_TENS = (
    "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt",
)  # fmt: skip


def number_words(number: int, language: str = "en") -> str:
    """Write a whole number in words.

    Parameters
    ----------
    number : int
        From 0 to 999,999,999.
    language : {"en", "fr"}

    Returns
    -------
    str
        In lower case, the words divided by single spaces.

    Raises
    ------
    TypeError
        If it is no whole number.
    ValueError
        If it is out of range, or the language is another one.

    Examples
    --------
    >>> number_words(1984), number_words(2_000_021)
    ('one thousand nine hundred and eighty-four', 'two million and twenty-one')
    >>> number_words(80, "fr"), number_words(81, "fr"), number_words(80_000, "fr")
    ('quatre-vingts', 'quatre-vingt-un', 'quatre-vingt mille')
    """
    choice("language", language, LANGUAGES)
    value = integer("number", number, minimum=0)
    if value >= LIMIT:
        raise ValueError(f"number: expected at most {LIMIT - 1:,}, got {value:,}")
    millions, rest = divmod(value, 10**6)
    thousands, rest = divmod(rest, 1000)
    write = _english if language == "en" else _french
    return write(millions, thousands, rest) or ("zero" if language == "en" else "zéro")


def _english(millions: int, thousands: int, rest: int) -> str:
    parts = [f"{_english_hundreds(millions)} million"] if millions else []
    if thousands:
        parts.append(f"{_english_hundreds(thousands)} thousand")
    if rest:
        joined = "and " if parts and rest < 100 else ""
        parts.append(joined + _english_hundreds(rest))
    return " ".join(parts)


def _english_hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{_ENGLISH[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        parts.append(_ENGLISH_TENS[tens - 2] + (f"-{_ENGLISH[ones]}" if ones else ""))
    elif rest:
        parts.append(_ENGLISH[rest])
    return " and ".join(parts)


def _french(millions: int, thousands: int, rest: int) -> str:
    parts = [_french_hundreds(millions) + (" million" if millions == 1 else " millions")] if millions else []
    if thousands:
        counted = "" if thousands == 1 else _before_a_numeral(_french_hundreds(thousands)) + " "
        parts.append(counted + "mille")
    if rest:
        parts.append(_french_hundreds(rest))
    return " ".join(parts)


def _french_hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [] if hundreds < 2 else [_FRENCH[hundreds]]
    if hundreds:
        parts.append("cents" if hundreds > 1 and not rest else "cent")
    if rest:
        parts.append(_french_tens(rest))
    return " ".join(parts)


def _french_tens(number: int) -> str:
    """Write 1 to 99: by tens, and from 60 on by twenties."""
    if number < 20:
        return _FRENCH[number]
    if number == 80:
        return "quatre-vingts"
    word = _FRENCH_TENS[number // 10 - 2]
    ones = number % 20 if number >= 60 else number % 10
    if not ones:
        return word
    return word + (" et " if ones in (1, 11) and number < 80 else "-") + _FRENCH[ones]


def _before_a_numeral(words: str) -> str:
    """Take the s off quatre-vingts and cents."""
    return words.removesuffix("s") if words.endswith(("vingts", "cents")) else words
