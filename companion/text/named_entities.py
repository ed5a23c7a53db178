"""Sentences of a business page with the names in them marked: people, organizations, places, times.

The forms of the lectures' sentences are among them: "[Jim] bought 300 shares of [Acme Corp.] in [2006]",
"Yesterday, [Harry Potter] met [Hermione Granger]", "[Ali Ahmadi] and [Hassan Hamidi] invented a new drug".
A list of names does not solve them. The lists for the test hold names that were in no training sentence; May
is a month and a first name, Jackson a surname, a place and half of a company, and 2006 a year or a number of
shares: what stands around decides.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = [
    "DECK_SENTENCES",
    "FORMS",
    "KINDS",
    "NAMES",
    "EntitySentence",
    "NameLists",
    "entity_sentence",
    "split_names",
]

KINDS = ("organization", "person", "place", "time")

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST = (
    "Jim", "Mary", "Robert", "Linda", "Mark", "May", "Will", "Rose", "Grace", "Ali", "Hassan", "Harry",
    "Hermione", "Anna", "Peter", "Laura", "Carlos", "Elena", "David", "Susan", "Frank", "Joy", "Victor",
    "Helen", "Amir", "Sofia", "Paul", "April", "June", "George", "Nina", "Oscar", "Ruth", "Simon", "Clara",
    "Drew", "Chase", "Miles", "Sara", "Tom",
)  # fmt: skip
_LAST = (
    "Potter", "Granger", "Ahmadi", "Hamidi", "Smith", "Johnson", "Jackson", "Washington", "Lincoln", "Price",
    "Banks", "Young", "Baker", "Garcia", "Miller", "Rossi", "Novak", "Hughes", "Marsh", "Reyes", "Santos",
    "Keller", "Brandt", "Fisher", "Stone", "Fields", "Park", "Lee", "Chen", "Okafor", "Larsen", "Dubois",
    "Moreau", "Singh", "Patel", "Sato", "Ford", "Bell", "Hill", "March",
)  # fmt: skip
_PLACES = (
    "London", "Paris", "Rome", "Berlin", "Madrid", "Vienna", "Oslo", "Lisbon", "Dublin", "Prague", "Warsaw",
    "Athens", "Cairo", "Lagos", "Nairobi", "Tunis", "Tehran", "Isfahan", "Shiraz", "Istanbul", "Mumbai",
    "Delhi", "Tokyo", "Osaka", "Seoul", "Hanoi", "Jakarta", "Sydney", "Lima", "Quito", "Bogota", "Santiago",
    "Boston", "Chicago", "Dallas", "Denver", "Jackson", "Lincoln", "Washington", "Charlotte", "Houston",
    "Madison", "New York", "San Diego", "New Delhi", "Los Angeles", "Cape Town", "Buenos Aires",
    "Hong Kong", "South Korea",
)  # fmt: skip
_COINED = tuple(
    ["Acme"]
    + [
        first + last
        for first in ("Nor", "Vel", "Tran", "Omni", "Axi", "Dura", "Luma", "Corde", "Zen", "Hexa", "Sola")
        for last in ("tex", "com", "dyne", "tron", "vox", "lux", "nova", "via", "core", "med")
    ]
)
_ENDINGS = ("Corp.", "Inc.", "Ltd.", "Group", "Bank", "Motors", "Airlines", "Press", "Foods", "Steel")


class NameLists(NamedTuple):
    """What the names of a sentence are drawn from."""

    first_names: tuple[str, ...]
    surnames: tuple[str, ...]
    companies: tuple[str, ...]
    """Coined words, to which an ending such as Corp. is added."""
    places: tuple[str, ...]
    """Some of more than one word."""


class EntitySentence(NamedTuple):
    """One sentence: its words, and for each a BIO tag, such as ``B-person``."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    def __str__(self) -> str:
        """Return the sentence with its names in brackets."""
        marked, open_ = "", False
        for word, tag in zip(self.words, self.tags, strict=True):
            marked += "]" * (open_ and tag[0] != "I") + " " + "[" * (tag[0] == "B") + word
            open_ = tag != "O"
        return (marked + "]" * open_).strip()


NAMES = NameLists(_FIRST, _LAST, _COINED, _PLACES)
"""A few of each kind; :func:`companion.data.load_names` has many more people."""


Pieces = list[tuple[str, str]]
"""Words of a sentence, and of which kind of name they are; of none an empty string."""


def _tagged(pieces: Pieces) -> EntitySentence:
    """Cut the pieces into words, each with its tag."""
    words: list[str] = []
    tags: list[str] = []
    for text, kind in pieces:
        own = text.split()
        words += own
        tags += [f"{'I' if i else 'B'}-{kind}" if kind else "O" for i in range(len(own))]
    return EntitySentence(tuple(words), tuple(tags))


DECK_SENTENCES = (
    _tagged(
        [("Jim", "person"), ("bought 300 shares of", ""), ("Acme Corp.", "organization")]
        + [("in", ""), ("2006", "time")]
    ),
    _tagged(
        [
            ("Yesterday ,", ""),
            ("Harry Potter", "person"),
            ("met", ""),
            ("Hermione Granger", "person"),
            (".", ""),
        ]
    ),
    _tagged(
        [("Ali Ahmadi", "person"), ("and", ""), ("Hassan Hamidi", "person"), ("invented a new drug", "")]
    ),
)
"""Those of the lectures."""

FORMS = (
    "{P} bought {N} shares of {O} {T} .", "Yesterday , {P} met {P} .", "{P} and {P} invented a new {X} .",
    "{T} , {P} left {O} .", "{O} will open a new {X} in {L} {T} .", "{P} will visit {L} {T} .",
    "{P} , who lives in {L} , works for {O} .", "Shares of {O} fell by {N} cents {T} .",
    "In {L} , {P} may sell {N} shares of {O} .", "{O} and {O} sold {N} of their shares .",
    "The {X} of {P} was shown in {L} {T} .", "Mark the day , said {P} of {O} .",
    "May we ask {P} about {O} ?", "Will {P} sell the {X} ?", "{P} rose to speak in {L} .",
    "Prices rose in {L} {T} , said {P} .", "The price of a {X} rose by {N} cents .",
    "{O} of {L} paid {N} dollars for the {X} .", "{P} has worked for {O} since {Y} .",
    "{T} , {N} people in {L} lost their {X} .", "Old {X} for sale , {N} dollars , ask for {P} .",
    "The bank in {L} lent {P} {N} dollars .", "{P} chased {P} through {L} .",
    "A young baker from {L} met {P} {T} .", "{P} banks with {O} .", "It was {P} who drew the {X} .",
    "{L} is far from {L} , and {P} has no {X} .", "The group of {P} bought {O} {T} .",
)  # fmt: skip
"""The sentences, with places for a person, an organization, a place, a time, a year, a number, a thing."""

_THINGS = ("drug", "car", "bridge", "house", "machine", "film", "book", "phone", "ship", "school")


def entity_sentence(
    rng: np.random.Generator, names: NameLists = NAMES, forms: Sequence[str] = FORMS
) -> EntitySentence:
    """Draw a sentence: one of 28 forms, and the names in it.

    A person is a first name, a surname, or both, and may have a title before, which is no part of the name;
    a company a coined word or a surname and an ending, or a coined word alone; a time a year, a month with or
    without a day and a year, or a day of the week. A number that is no time may look like a year.

    Parameters
    ----------
    rng
        The generator that all choices are drawn from.
    names
        What names are drawn from.
    forms
        What the sentence around them is drawn from: some of :data:`FORMS`. Those that are kept from training
        show what is known of a name itself, and not of the words that always stand around it.

    Returns
    -------
    EntitySentence

    Raises
    ------
    ValueError
        If one of the lists is empty.

    Examples
    --------
    >>> for seed in (1, 2, 3):
    ...     print(entity_sentence(np.random.default_rng(seed)))
    Will [Frank Larsen] sell the ship ?
    A young baker from [Lagos] met [Mark Young] in [2015] .
    Mr. [Washington] chased [Clara Fisher] through [Madrid] .
    """
    for field, values in zip(NameLists._fields, names, strict=True):
        if not values:
            raise ValueError(f"{field}: expected at least one name, got none")
    if not forms:
        raise ValueError("forms: expected at least one form, got none")
    pieces: Pieces = []
    for word in _one(rng, forms).split():
        pieces += _SLOTS[word](rng, names) if word in _SLOTS else [(word, "")]
    words, tags = _tagged(pieces)
    return EntitySentence((words[0][0].upper() + words[0][1:], *words[1:]), tags)


def split_names(names: NameLists, share: float = 0.3) -> tuple[NameLists, NameLists]:
    """Divide every list into names for training and others for the test, by a SHA-256 of each name.

    A word that stands in several lists, as Jackson does, is in the same part of each.

    Parameters
    ----------
    names
        What to divide.
    share
        About which share goes into the test, above 0 and below 1.

    Raises
    ------
    ValueError
        If the share is out of range, or a part of a list comes out empty.

    Examples
    --------
    >>> train, test = split_names(NAMES)
    >>> len(train.surnames), len(test.surnames), set(train.surnames) & set(test.surnames)
    (31, 9, set())
    """
    if not 0 < share < 1:
        raise ValueError(f"share: expected a number above 0 and below 1, got {share}")

    def held(name: str) -> bool:
        digest = hashlib.sha256(name.encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64 < share

    train, test = (
        NameLists(*(tuple(name for name in field if held(name) == part) for field in names))
        for part in (False, True)
    )
    for field in NameLists._fields:
        if not (getattr(train, field) and getattr(test, field)):
            raise ValueError(
                f"{field}: expected names for both parts, got {len(getattr(names, field))} names"
            )
    return train, test


def _one(rng: np.random.Generator, values: Sequence[str]) -> str:
    return values[int(rng.integers(len(values)))]


def _person(rng: np.random.Generator, names: NameLists) -> Pieces:
    first, last = _one(rng, names.first_names), _one(rng, names.surnames)
    title = (_one(rng, ("Mr.", "Mrs.", "Dr.")), "")
    forms = ([(f"{first} {last}", "person")], [(first, "person")], [title, (last, "person")])
    return forms[int(rng.choice(3, p=(0.6, 0.2, 0.2)))]


def _organization(rng: np.random.Generator, names: NameLists) -> Pieces:
    coined, surname = _one(rng, names.companies), _one(rng, names.surnames)
    ending = _one(rng, _ENDINGS)
    forms = (f"{coined} {ending}", f"{surname} {ending}", f"{surname} and Sons", coined)
    return [(forms[int(rng.choice(4, p=(0.5, 0.3, 0.1, 0.1)))], "organization")]


def _place(rng: np.random.Generator, names: NameLists) -> Pieces:
    return [(_one(rng, names.places), "place")]


def _year(rng: np.random.Generator, names: NameLists) -> Pieces:
    return [(str(rng.integers(1950, 2030)), "time")]


def _time(rng: np.random.Generator, names: NameLists) -> Pieces:
    year, month, day = rng.integers(1950, 2030), _one(rng, MONTHS), rng.integers(1, 29)
    forms = (
        ("in", f"{year}"),
        ("in", f"{month} {year}"),
        ("in", month),
        ("on", f"{day} {month} {year}"),
        ("on", _one(rng, DAYS)),
    )
    preposition, time = forms[int(rng.choice(5, p=(0.4, 0.2, 0.1, 0.1, 0.2)))]
    return [(preposition, ""), (time, "time")]


def _number(rng: np.random.Generator, names: NameLists) -> Pieces:
    return [(str(rng.integers(1950, 2030) if rng.integers(2) else 10 * rng.integers(2, 100)), "")]


def _thing(rng: np.random.Generator, names: NameLists) -> Pieces:
    return [(_one(rng, _THINGS), "")]


_SLOTS = {
    "{P}": _person, "{O}": _organization, "{L}": _place, "{T}": _time, "{Y}": _year, "{N}": _number,
    "{X}": _thing,
}  # fmt: skip
