"""The words of the French-English grammar: nouns, adjectives, places and verbs, each in both languages."""

from typing import Literal, NamedTuple

__all__ = [
    "ADJECTIVES", "ANIMALS", "CONNECTIVES", "DETERMINERS", "MONTHS", "NAMES", "NOUNS", "PLACES",
    "PREPOSITIONS", "PRONOUNS", "THINGS", "VERBS", "Adjective", "Determiner", "Gender", "Noun", "Place",
    "Verb",
]  # fmt: skip

Gender = Literal["m", "f"]


class Noun(NamedTuple):
    """A noun: its forms for one and for several, and its French gender."""

    french: str
    french_plural: str
    english: str
    english_plural: str
    gender: Gender


class Adjective(NamedTuple):
    """An adjective: its four French forms, that before a vowel, and whether it stands before its noun."""

    masculine: str
    feminine: str
    masculine_plural: str
    feminine_plural: str
    before_vowel: str
    english: str
    before: bool


class Determiner(NamedTuple):
    """A determiner: masculine, feminine, plural; and what it can mean, for one and for several."""

    masculine: str
    feminine: str
    plural: str
    english: tuple[str, ...]
    english_plural: tuple[str, ...]


class Place(NamedTuple):
    """A place; ``kind`` is its gender, "p" for a plural, "c" for a city, which has no article."""

    french: str
    english: str
    kind: Literal["m", "f", "p", "c"]


class Verb(NamedTuple):
    """A verb.

    ``present`` goes with je, il, nous, ils; to ``imperfect`` and ``future`` the endings are added; ``being``
    tells that its perfect is formed with être. ``asks`` is what follows it: a place as its object, a person,
    or a place to which, in which, from which. ``state`` tells that its progressive form is not used.
    ``english`` is base, third person, past, past participle, progressive; ``tail`` what follows them.
    """

    infinitive: str
    present: tuple[str, str, str, str]
    imperfect: str
    future: str
    participle: str
    asks: Literal["place", "person", "to", "in", "from"]
    english: tuple[str, str, str, str, str]
    tail: str = ""
    being: bool = False
    state: bool = False


def _noun(french: str, english: str, gender: Gender) -> Noun:
    return Noun(french, french + "s", english, english + "s", gender)


def _after(masculine: str, feminine: str, english: str) -> Adjective:
    several = masculine if masculine.endswith("s") else masculine + "s"
    return Adjective(masculine, feminine, several, feminine + "s", masculine, english, before=False)


def _before(masculine: str, feminine: str, english: str) -> Adjective:
    return Adjective(masculine, feminine, masculine + "s", feminine + "s", masculine, english, before=True)


def _er(
    stem: str,
    asks: Literal["place", "person", "to", "in", "from"],
    english: tuple[str, str, str, str, str],
    tail: str = "",
    being: bool = False,
    state: bool = False,
) -> Verb:
    """Conjugate a regular verb in -er."""
    present = (stem + "e", stem + "e", stem + "ons", stem + "ent")
    return Verb(stem + "er", present, stem, stem + "er", stem + "é", asks, english, tail, being, state)


NAMES: tuple[tuple[str, Gender], ...] = (
    ("Jane", "f"), ("Marie", "f"), ("Sara", "f"), ("Paul", "m"), ("Luc", "m"), ("Karim", "m"),
)  # fmt: skip

PRONOUNS: tuple[tuple[str, str, int, Gender], ...] = (
    # French, English, person (0 je, 1 il, 2 nous, 3 ils), gender
    ("je", "I", 0, "m"), ("il", "he", 1, "m"), ("elle", "she", 1, "f"), ("nous", "we", 2, "m"),
    ("ils", "they", 3, "m"), ("elles", "they", 3, "f"),
)  # fmt: skip

NOUNS = (
    _noun("ami", "friend", "m"), _noun("amie", "friend", "f"), _noun("frère", "brother", "m"),
    _noun("sœur", "sister", "f"), _noun("voisin", "neighbour", "m"), _noun("voisine", "neighbour", "f"),
    _noun("cousin", "cousin", "m"), _noun("tante", "aunt", "f"), _noun("oncle", "uncle", "m"),
    _noun("professeur", "teacher", "m"), _noun("médecin", "doctor", "m"), _noun("collègue", "colleague", "f"),
)  # fmt: skip

DETERMINERS = (
    Determiner("le", "la", "les", ("the",), ("the",)),
    Determiner("un", "une", "des", ("a",), ("some",)),
    Determiner("mon", "ma", "mes", ("my",), ("my",)),
    Determiner("son", "sa", "ses", ("her", "his"), ("her", "his")),
    Determiner("notre", "notre", "nos", ("our",), ("our",)),
    Determiner("leur", "leur", "leurs", ("their",), ("their",)),
)

ADJECTIVES = (
    _after("africain", "africaine", "African"), _after("français", "française", "French"),
    _after("italien", "italienne", "Italian"), _after("iranien", "iranienne", "Iranian"),
    _after("japonais", "japonaise", "Japanese"), _after("fatigué", "fatiguée", "tired"),
    _before("jeune", "jeune", "young"), _before("petit", "petite", "little"),
    Adjective("vieux", "vieille", "vieux", "vieilles", "vieil", "old", before=True),
)  # fmt: skip

PLACES = (
    Place("Afrique", "Africa", "f"), Place("France", "France", "f"), Place("Italie", "Italy", "f"),
    Place("Chine", "China", "f"), Place("Inde", "India", "f"), Place("Espagne", "Spain", "f"),
    Place("Kenya", "Kenya", "m"), Place("Japon", "Japan", "m"), Place("Canada", "Canada", "m"),
    Place("Iran", "Iran", "m"), Place("Pérou", "Peru", "m"), Place("Népal", "Nepal", "m"),
    Place("États-Unis", "the United States", "p"), Place("Pays-Bas", "the Netherlands", "p"),
    Place("Paris", "Paris", "c"), Place("Londres", "London", "c"), Place("Lisbonne", "Lisbon", "c"),
    Place("Athènes", "Athens", "c"),
)  # fmt: skip

VERBS = (
    _er("visit", "place", ("visit", "visits", "visited", "visited", "visiting")),
    _er("quitt", "place", ("leave", "leaves", "left", "left", "leaving")),
    _er("travers", "place", ("cross", "crosses", "crossed", "crossed", "crossing")),
    _er("aim", "place", ("love", "loves", "loved", "loved", "loving"), state=True),
    _er("invit", "person", ("invite", "invites", "invited", "invited", "inviting")),
    _er("cherch", "person", ("look", "looks", "looked", "looked", "looking"), tail="for"),
    _er("travaill", "in", ("work", "works", "worked", "worked", "working")),
    _er("habit", "in", ("live", "lives", "lived", "lived", "living"), state=True),
    _er("rentr", "from", ("come", "comes", "came", "come", "coming"), tail="back", being=True),
    Verb("accueillir", ("accueille", "accueille", "accueillons", "accueillent"), "accueill", "accueiller",
         "accueilli", "person", ("welcome", "welcomes", "welcomed", "welcomed", "welcoming")),
    Verb("voir", ("vois", "voit", "voyons", "voient"), "voy", "verr", "vu", "person",
         ("see", "sees", "saw", "seen", "seeing"), state=True),
    Verb("aller", ("vais", "va", "allons", "vont"), "all", "ir", "allé", "to",
         ("go", "goes", "went", "gone", "going"), being=True),
    Verb("revenir", ("reviens", "revient", "revenons", "reviennent"), "reven", "reviendr", "revenu", "from",
         ("return", "returns", "returned", "returned", "returning"), being=True),
)  # fmt: skip

MONTHS = (
    ("janvier", "January"), ("février", "February"), ("mars", "March"), ("avril", "April"), ("mai", "May"),
    ("juin", "June"), ("juillet", "July"), ("août", "August"), ("septembre", "September"),
    ("octobre", "October"), ("novembre", "November"), ("décembre", "December"),
)  # fmt: skip

ANIMALS: tuple[tuple[str, str, Gender], ...] = (
    ("chat", "cat", "m"), ("chien", "dog", "m"), ("oiseau", "bird", "m"), ("souris", "mouse", "f"),
    ("tortue", "tortoise", "f"),
)  # fmt: skip

THINGS: tuple[tuple[str, str, Gender], ...] = (
    ("tapis", "mat", "m"), ("lit", "bed", "m"), ("arbre", "tree", "m"), ("table", "table", "f"),
    ("chaise", "chair", "f"), ("maison", "house", "f"),
)  # fmt: skip

PREPOSITIONS = (
    ("sur", "on"), ("sous", "under"), ("devant", "in front of"), ("derrière", "behind"),
    ("à côté de", "next to"),
)  # fmt: skip

CONNECTIVES = ((", et", ", and"), (", mais", ", but"), (" parce que", " because"), (", puis", ", then"))
