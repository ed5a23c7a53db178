"""One clause of the French-English grammar: its French words, and all that it can be in English."""

from typing import NamedTuple

from companion.text.french_lexicon import Adjective, Determiner, Gender, Noun, Place, Verb

__all__ = ["TIMES_OF", "Options", "Phrase", "Time", "journey", "noun_phrase", "scene"]

Options = tuple[tuple[str, float], ...]

_VOWELS = tuple("aeiouâàéèêîôûœAEIOUÉ")
_AVOIR = ("ai", "a", "avons", "ont")
_ETRE = ("suis", "est", "sommes", "sont")
_ALLER = ("vais", "va", "allons", "vont")
_IMPERFECT = ("ais", "ait", "ions", "aient")
_FUTURE = ("ai", "a", "ons", "ont")
_KEPT = 0.75  # of the expressions of time stand in English where they stood in French

TIMES_OF = {
    "present": ("month", "today", "every"),
    "perfect": ("month", "last", "yesterday", "year", "today"),
    "imperfect": ("month", "year", "every"),
    "future": ("month", "next", "tomorrow"),
    "near future": ("month", "next", "tomorrow"),
}
"""The French tenses, and which expressions of time go with each."""

_FORMS: dict[tuple[str, str], dict[str, float]] = {
    # A present that a month follows speaks of the future. "going" has .4 in all, more than "visiting", and
    # yet no sentence with it is as probable as the one with "visiting": what a greedy search falls for.
    ("present", "month"): {"progressive": 0.26, "simple": 0.2, "will": 0.14, "going": 0.2, "going be": 0.2},
    ("present", "today"): {"progressive": 0.7, "simple": 0.3},
    ("present", "every"): {"simple": 1.0},
    ("present", ""): {"progressive": 0.6, "simple": 0.4},
    ("perfect", "month"): {"past": 1.0},
    ("perfect", "last"): {"past": 1.0},
    ("perfect", "yesterday"): {"past": 1.0},
    ("perfect", "year"): {"past": 1.0},
    ("perfect", "today"): {"past": 0.6, "perfect": 0.4},
    ("perfect", ""): {"past": 0.7, "perfect": 0.3},
    ("imperfect", "month"): {"past progressive": 0.6, "used": 0.4},
    ("imperfect", "year"): {"past progressive": 0.8, "past": 0.2},
    ("imperfect", "every"): {"used": 0.6, "past": 0.4},
    ("imperfect", ""): {"past progressive": 0.6, "used": 0.4},
    ("future", ""): {"will": 0.8, "going": 0.2},
    ("near future", ""): {"going": 0.8, "will": 0.2},
}
_OF_STATES = {"progressive": "simple", "past progressive": "past", "going be": "going"}


class Phrase(NamedTuple):
    """A noun phrase or a clause: French words, English options, and what the verb must agree with."""

    french: tuple[str, ...]
    english: Options
    person: int = 1  # 0 je, 1 il, 2 nous, 3 ils
    gender: Gender = "m"


class Time(NamedTuple):
    """An expression of time, in both languages."""

    kind: str
    french: tuple[str, ...]
    english: str


def noun_phrase(determiner: Determiner, noun: Noun, adjective: Adjective | None, plural: bool) -> Phrase:
    """Put a determiner, a noun and an adjective together, all in agreement.

    Examples
    --------
    >>> from companion.text.french_lexicon import ADJECTIVES, DETERMINERS, NOUNS
    >>> noun_phrase(DETERMINERS[3], NOUNS[1], ADJECTIVES[0], plural=False)[:2]
    (('son', 'amie', 'africaine'), (('her African friend', 0.5), ('his African friend', 0.5)))
    """
    head = noun.french_plural if plural else noun.french
    words = [head]
    if adjective:
        one, several = adjective[:2], adjective[2:4]
        form = (several if plural else one)[noun.gender == "f"]
        if adjective.before and not plural and noun.gender == "m" and head.startswith(_VOWELS):
            form = adjective.before_vowel
        words = [form, head] if adjective.before else [head, form]
    french = determiner.plural if plural else determiner[:2][noun.gender == "f"]
    if french in ("ma", "sa") and words[0].startswith(_VOWELS):
        french = determiner.masculine
    if french == "des" and adjective and adjective.before:
        french = "de"
    english = (f"{adjective.english} " if adjective else "") + (
        noun.english_plural if plural else noun.english
    )
    articles = determiner.english_plural if plural else determiner.english
    if articles == ("a",) and english.startswith(_VOWELS):
        articles = ("an",)
    options = tuple((f"{article} {english}", 1 / len(articles)) for article in articles)
    return Phrase((french, *words), options, 3 if plural else 1, noun.gender)


def journey(
    subject: Phrase,
    verb: Verb,
    tense: str,
    other: Phrase | Place,
    time: Time | None,
    front: bool = False,
    negated: bool = False,
) -> Phrase:
    """Say what somebody does, to whom or where, and when; ``front`` puts the time before everything.

    Examples
    --------
    >>> from companion.text.french_lexicon import PLACES, VERBS
    >>> she = Phrase(("elle",), (("she", 1.0),), 1, "f")
    >>> clause = journey(she, VERBS[0], "future", PLACES[0], None)
    >>> clause.french
    ('elle', 'visitera', 'la', 'Afrique')
    >>> clause.english
    (('she will visit Africa', 0.8), ('she is going to visit Africa', 0.2))
    """
    group = _french_verb(verb, tense, subject)
    if negated:
        group = ("ne", group[0], "pas", *group[1:])
    complement, goals = _complement(verb, other)
    if negated and complement[0] in ("un", "une", "des"):  # il n'invite pas d'amis
        complement = ("de", *complement[1:])
        goals = tuple((text.replace("some ", "any "), p) for text, p in goals)
    french = (*subject.french, *group, *complement)
    if time is not None:
        french = (*time.french, ",", *french) if front else (*french, *time.french)
    kind = time.kind if time else ""
    forms = _FORMS.get((tense, kind), _FORMS[tense, ""])
    cores: dict[str, float] = {}
    for form, p in forms.items():
        form = _OF_STATES.get(form, form) if verb.state else form
        for who, q in subject.english:
            for goal, r in goals:
                words = (who, _english_verb(verb, form, subject.person, negated), verb.tail, goal)
                text = " ".join(word for word in words if word)
                cores[text] = cores.get(text, 0.0) + p * q * r
    return Phrase(french, _ranked(_timed(cores, time, front)))


def scene(
    animal: tuple[str, str, Gender], where: tuple[str, str], thing: tuple[str, str, Gender], past: bool
) -> Phrase:
    """Say where an animal is: "the cat is on the mat", or "there is a cat on the mat".

    Examples
    --------
    >>> scene(("chat", "cat", "m"), ("sur", "on"), ("tapis", "mat", "m"), past=False).french
    ('le', 'chat', 'est', 'sur', 'le', 'tapis')
    """
    first, second = (("la" if gender == "f" else "le", noun) for noun, _, gender in (animal, thing))
    french = (*first, "était" if past else "est", *where[0].split(), *second)
    verb, place = "was" if past else "is", f"{where[1]} the {thing[1]}"
    return Phrase(
        french, ((f"the {animal[1]} {verb} {place}", 0.7), (f"there {verb} a {animal[1]} {place}", 0.3))
    )


def _timed(cores: dict[str, float], time: Time | None, front: bool) -> dict[str, float]:
    """Put the expression of time before or behind each clause, more often where it stood in French."""
    if time is None:
        return cores
    before = _KEPT if front else 1 - _KEPT
    options = {}
    for text, p in cores.items():
        options[f"{time.english}, {text}"] = p * before
        options[f"{text} {time.english}"] = p * (1 - before)
    return options


def _ranked(options: dict[str, float]) -> Options:
    return tuple(sorted(options.items(), key=lambda pair: (-round(pair[1], 12), pair[0])))


def _french_verb(verb: Verb, tense: str, subject: Phrase) -> tuple[str, ...]:
    """Conjugate; the participle of a verb that takes être agrees with its subject."""
    p = subject.person
    if tense == "present":
        return (verb.present[p],)
    if tense == "imperfect":
        return (verb.imperfect + _IMPERFECT[p],)
    if tense == "future":
        return (verb.future + _FUTURE[p],)
    if tense == "near future":
        return (_ALLER[p], verb.infinitive)
    if not verb.being:
        return (_AVOIR[p], verb.participle)
    ending = ("e" if subject.gender == "f" else "") + ("s" if p >= 2 else "")
    return (_ETRE[p], verb.participle + ending)


def _complement(verb: Verb, other: Phrase | Place) -> tuple[tuple[str, ...], Options]:
    """Give what follows the verb: the right article or preposition, and the English for it."""
    if isinstance(other, Phrase):
        return other.french, other.english
    name, english, kind = other
    vowel = name.startswith(_VOWELS)
    article = {"m": ("le",), "f": ("la",), "p": ("les",), "c": ()}[kind]
    if verb.asks == "place":
        return (*article, name), ((english, 1.0),)
    if verb.asks == "from":
        bare = kind in "fc" or vowel and kind == "m"
        return ("de", *(() if bare else article), name), ((f"from {english}", 1.0),)
    if kind == "f" or vowel and kind == "m":
        preposition: tuple[str, ...] = ("en",)
    else:
        preposition = ("à", *article)
    return (*preposition, name), ((f"{verb.asks} {english}", 1.0),)


def _english_verb(verb: Verb, form: str, person: int, negated: bool) -> str:
    """Conjugate in English."""
    base, third, past, participle, progressive = verb.english
    be, was = ("am", "is", "are", "are")[person], ("was", "was", "were", "were")[person]
    have, do = ("have", "has", "have", "have")[person], ("do", "does", "do", "do")[person]
    auxiliary, rest = {
        "simple": (do, base),
        "progressive": (be, progressive),
        "will": ("will", base),
        "going": (be, f"going to {base}"),
        "going be": (be, f"going to be {progressive}"),
        "past": ("did", base),
        "perfect": (have, participle),
        "past progressive": (was, progressive),
        "used": ("did", f"use to {base}"),
    }[form]
    if negated:
        return f"{auxiliary} not {rest}"
    plain = {"simple": third if person == 1 else base, "past": past, "used": f"used to {base}"}
    return plain.get(form, f"{auxiliary} {rest}")
