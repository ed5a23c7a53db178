"""French sentences with all their right translations, drawn from a small grammar.

The sentences of the lectures are among them: "Jane visite l'Afrique en septembre.", which is "Jane is
visiting Africa in September.", "Jane visits Africa in September.", "In September, Jane will visit Africa."
and more; and "Le chat est sur le tapis." The grammar knows what a translator has to: articles and their
elision (la France, l'Afrique), agreement, adjectives behind their nouns, two words for a negation, five
tenses that answer to nine, a possessive that does not tell his from her.

A translation is right with a probability: how often the grammar itself would choose it. So the distribution
that a translator should learn is known exactly.
"""

import re
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple, TypeVar

import numpy as np

from companion.text._checks import integer, string
from companion.text.french_clauses import TIMES_OF, Options, Phrase, Time, journey, noun_phrase, scene
from companion.text.french_lexicon import (
    ADJECTIVES,
    ANIMALS,
    CONNECTIVES,
    DETERMINERS,
    MONTHS,
    NAMES,
    NOUNS,
    PLACES,
    PREPOSITIONS,
    PRONOUNS,
    THINGS,
    VERBS,
    Gender,
)

__all__ = ["LECTURE_SENTENCES", "FrenchSentence", "french_sentence", "join_tokens", "sentence_tokens"]

T = TypeVar("T")
_VOWELS = "aeiouyâàéèêîôûœh"  # every h of the lexicon is mute
_ELIDED = {"le", "la", "je", "ne", "de", "que"}
_CONTRACTED = {("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux"}


class FrenchSentence(NamedTuple):
    """One sentence.

    ``parts`` holds for each clause its translations with their probabilities, the most probable first.
    Every way to choose one for each clause is a right translation of the sentence.
    """

    french: str
    parts: tuple[Options, ...]

    def __str__(self) -> str:
        """Return the French sentence."""
        return self.french

    def references(self, count: int = 10) -> tuple[str, ...]:
        """Return the most probable translations, at most `count`, the most probable first.

        Raises
        ------
        ValueError
            If the count is below 1.

        Examples
        --------
        >>> LECTURE_SENTENCES["Jane visite l'Afrique en septembre."].references(3)[0]
        'Jane is visiting Africa in September.'
        """
        return tuple(text for text, _ in self.distribution(count))

    def distribution(self, count: int = 10) -> Options:
        """Return the most probable translations with their probabilities."""
        integer("count", count, 1)
        best: list[tuple[str, float]] = [("", 1.0)]
        for options in self.parts:
            longer = [(text + more, p * q) for (text, p), (more, q) in product(best, options)]
            best = sorted(longer, key=lambda pair: (-round(pair[1], 12), pair[0]))[:count]
        return tuple(best)

    def draw(self, rng: np.random.Generator) -> str:
        """Draw a translation, each with its probability."""
        chosen = (options[int(rng.choice(len(options), p=[q for _, q in options]))] for options in self.parts)
        return "".join(text for text, _ in chosen)

    def is_right(self, english: str) -> bool:
        """Tell whether this is one of the right translations, to the letter.

        Examples
        --------
        >>> jane = LECTURE_SENTENCES["Jane visite l'Afrique en septembre."]
        >>> jane.is_right("In September, Jane will visit Africa."), jane.is_right("Jane visited Africa.")
        (True, False)
        """
        rests = {string("english", english)}
        for options in self.parts:
            rests = {rest[len(text) :] for rest in rests for text, _ in options if rest.startswith(text)}
        return "" in rests


def french_sentence(rng: np.random.Generator, clauses: int = 1) -> FrenchSentence:
    """Draw a sentence of so many clauses.

    Parameters
    ----------
    rng
        The generator that all choices are drawn from.
    clauses
        At least 1: each after the first is joined by and, but, because or then.

    Returns
    -------
    FrenchSentence

    Raises
    ------
    TypeError
        If the number of clauses is not an integer.
    ValueError
        If it is below 1.

    Examples
    --------
    >>> sentence = french_sentence(np.random.default_rng(2))
    >>> print(sentence)
    Mes amies ne vont pas voir Luc en mars.
    >>> for text, p in sentence.distribution():
    ...     print(round(p, 2), text)
    0.6 My friends are not going to see Luc in March.
    0.2 In March, my friends are not going to see Luc.
    0.15 My friends will not see Luc in March.
    0.05 In March, my friends will not see Luc.
    """
    drawn = [_drawn_clause(rng) for _ in range(integer("clauses", clauses, 1))]
    joints = [_one(rng, CONNECTIVES) for _ in drawn[1:]]
    return _sentence(drawn, joints)


def sentence_tokens(text: str) -> list[str]:
    """Cut a sentence into words and marks; an elided article is a word of its own.

    Examples
    --------
    >>> sentence_tokens("Jane visite l'Afrique.")
    ['Jane', 'visite', "l'", 'Afrique', '.']
    """
    return re.findall(r"\w+'|[\w-]+|[^\w\s]", string("text", text))


def join_tokens(tokens: Sequence[str]) -> str:
    """Put words and marks together again: what :func:`sentence_tokens` cut, to the letter.

    Examples
    --------
    >>> join_tokens(["In", "September", ",", "Jane", "will", "visit", "Africa", "."])
    'In September, Jane will visit Africa.'
    """
    return re.sub(r" ([.,;:?!])", r"\1", " ".join(tokens)).replace("' ", "'")


def _sentence(clauses: Sequence[Phrase], joints: Sequence[tuple[str, str]]) -> FrenchSentence:
    """Join clauses; elide, contract, begin with a capital, end with a full stop."""
    words = list(clauses[0].french)
    parts = [tuple((_capital(text), p) for text, p in clauses[0].english)]
    for clause, (french, english) in zip(clauses[1:], joints, strict=True):
        words += [*french.replace(",", " , ").split(), *clause.french]
        parts.append(tuple((f"{english} {text}", p) for text, p in clause.english))
    parts[-1] = tuple((text + ".", p) for text, p in parts[-1])
    return FrenchSentence(_capital(_spelt(words)) + ".", tuple(parts))


def _spelt(words: Sequence[str]) -> str:
    """Write French words as they are written one behind the other: l'Afrique, du tapis.

    >>> _spelt(["parce", "que", "il", "va", "à", "le", "Japon"])
    "parce qu'il va au Japon"
    """
    spelt: list[str] = []
    for word, after in zip(words, [*words[1:], " "], strict=True):
        if word in _ELIDED and after[0].lower() in _VOWELS:
            word = word[:-1] + "'"
        elif spelt and (pair := (spelt[-1].strip(), word)) in _CONTRACTED:
            spelt.pop()
            word = _CONTRACTED[pair]
        spelt.append(word if word.endswith("'") else f"{word} ")
    return "".join(spelt).strip().replace(" ,", ",")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _drawn_clause(rng: np.random.Generator) -> Phrase:
    """Draw a clause: one in ten says where an animal is, the others what somebody does and where."""
    if rng.random() < 0.1:
        return scene(_one(rng, ANIMALS), _one(rng, PREPOSITIONS), _one(rng, THINGS), bool(rng.integers(2)))
    subject, verb = _drawn_subject(rng), _one(rng, VERBS)
    other = _drawn_person(rng, subject) if verb.asks == "person" else _one(rng, PLACES)
    tense = _one(rng, tuple(TIMES_OF))
    time = _drawn_time(rng, TIMES_OF[tense]) if rng.random() < 0.75 else None
    front, negated = bool(rng.random() < 0.25), bool(rng.random() < 1 / 6)
    return journey(subject, verb, tense, other, time, front=front, negated=negated)


def _drawn_subject(rng: np.random.Generator) -> Phrase:
    if rng.random() < 0.25:
        french, english, person, gender = _one(rng, PRONOUNS)
        return Phrase((french,), ((english, 1.0),), person, gender)
    return _drawn_person(rng, None)


def _drawn_person(rng: np.random.Generator, other: Phrase | None) -> Phrase:
    """Draw somebody, by name or not; by another name than `other`."""
    if rng.random() < 0.4:
        names = [_named(name) for name in NAMES]
        return _one(rng, [name for name in names if other is None or name.french != other.french])
    adjective = _one(rng, ADJECTIVES) if rng.integers(2) else None
    noun, determiner = _one(rng, NOUNS), _one(rng, DETERMINERS)
    return noun_phrase(determiner, noun, adjective, plural=bool(rng.integers(2)))


def _drawn_time(rng: np.random.Generator, kinds: Sequence[str]) -> Time:
    return _time(_one(rng, kinds), _one(rng, MONTHS), int(rng.integers(1950, 2020)))


def _time(kind: str, month: tuple[str, str] = MONTHS[8], year: int = 1999) -> Time:
    """Say when, in an expression of this kind."""
    french, english = month
    return {
        "month": Time("month", ("en", french), f"in {english}"),
        "last": Time("last", ("en", french, "dernier"), f"last {english}"),
        "next": Time("next", ("en", french, "prochain"), f"next {english}"),
        "year": Time("year", ("en", str(year)), f"in {year}"),
        "every": Time("every", ("chaque", "année"), "every year"),
        "today": Time("today", ("aujourd'hui",), "today"),
        "yesterday": Time("yesterday", ("hier",), "yesterday"),
        "tomorrow": Time("tomorrow", ("demain",), "tomorrow"),
    }[kind]


def _named(name: tuple[str, Gender]) -> Phrase:
    return Phrase((name[0],), ((name[0], 1.0),), 1, name[1])


def _one(rng: np.random.Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]


def _lectures() -> dict[str, FrenchSentence]:
    """Build the sentences of the decks, and their neighbours."""
    visit, welcome = VERBS[0], next(verb for verb in VERBS if verb.infinitive == "accueillir")
    africa = PLACES[0]
    friend = noun_phrase(DETERMINERS[3], NOUNS[0], ADJECTIVES[0], plural=False)
    jane = _named(NAMES[0])
    clauses = [
        journey(jane, visit, "present", africa, _time("month")),
        journey(jane, visit, "present", africa, _time("month"), front=True),
        journey(jane, visit, "perfect", africa, _time("last")),
        journey(jane, visit, "future", africa, _time("month")),
        journey(jane, visit, "near future", africa, _time("month")),
        journey(friend, welcome, "perfect", jane, _time("month")),
        scene(ANIMALS[0], PREPOSITIONS[0], THINGS[0], past=False),
    ]
    sentences = [_sentence([clause], []) for clause in clauses]
    return {sentence.french: sentence for sentence in sentences}


LECTURE_SENTENCES: dict[str, FrenchSentence] = _lectures()
"""The sentences of the lectures and their neighbours in other tenses, by their French."""
