"""The French-English grammar: both languages are right, and all right translations are known."""

import itertools
import re

import numpy as np
import pytest

from companion.text.french import LECTURE_SENTENCES, french_sentence, join_tokens, sentence_tokens
from companion.text.french_clauses import Phrase, journey, noun_phrase, scene
from companion.text.french_lexicon import ADJECTIVES, ANIMALS, DETERMINERS, NOUNS, PLACES, THINGS, VERBS


def drawn(count, clauses=1):
    rng = np.random.default_rng(clauses)
    return [french_sentence(rng, clauses) for _ in range(count)]


JANE = Phrase(("Jane",), (("Jane", 1.0),), 1, "f")
PRONOUN = {
    "je": Phrase(("je",), (("I", 1.0),), 0, "m"),
    "elle": Phrase(("elle",), (("she", 1.0),), 1, "f"),
    "nous": Phrase(("nous",), (("we", 1.0),), 2, "m"),
    "elles": Phrase(("elles",), (("they", 1.0),), 3, "f"),
}
BY_NAME = {verb.infinitive: verb for verb in VERBS}
PLACE = {place.french: place for place in PLACES}


def test_sentences_of_the_lectures_have_the_lectures_translations():
    jane = LECTURE_SENTENCES["Jane visite l'Afrique en septembre."]
    for english in (
        "Jane is visiting Africa in September.",
        "Jane is going to be visiting Africa in September.",
        "In September, Jane will visit Africa.",
        "Jane visits Africa in September.",
    ):
        assert jane.is_right(english)
    assert not jane.is_right("Jane visited Africa last September.")
    assert not jane.is_right("Her African friend welcomed Jane in September.")
    last = LECTURE_SENTENCES["Jane a visité l'Afrique en septembre dernier."]
    assert last.references() == (
        "Jane visited Africa last September.",
        "Last September, Jane visited Africa.",
    )
    friend = LECTURE_SENTENCES["Son ami africain a accueilli Jane en septembre."]
    assert friend.is_right("Her African friend welcomed Jane in September.")
    cat = LECTURE_SENTENCES["Le chat est sur le tapis."]
    assert cat.references() == ("The cat is on the mat.", "There is a cat on the mat.")


def test_greedy_choice_of_words_misses_the_most_probable_translation():
    """After "Jane is", "going" is likelier, yet the likeliest sentence says "visiting": the deck's case."""
    jane = LECTURE_SENTENCES["Jane visite l'Afrique en septembre."].distribution(100)
    assert jane[0][0] == "Jane is visiting Africa in September."
    share = {
        word: sum(p for t, p in jane if t.startswith(f"Jane is {word}")) for word in ("going", "visiting")
    }
    assert share["going"] > share["visiting"]


@pytest.mark.parametrize("clauses", [1, 2, 3])
def test_probabilities_are_a_distribution_and_references_are_its_head(clauses):
    for sentence in drawn(60, clauses):
        for options in sentence.parts:
            assert sum(p for _, p in options) == pytest.approx(1)
            assert len(dict(options)) == len(options)
        everything = [
            ("".join(t for t, _ in way), np.prod([p for _, p in way]))
            for way in itertools.product(*sentence.parts)
        ]
        best = sentence.distribution(7)
        np.testing.assert_allclose(
            [p for _, p in best], sorted((p for _, p in everything), reverse=True)[:7], rtol=1e-9
        )
        assert all(sentence.is_right(text) for text, _ in everything[:20])


def test_draws_come_with_their_probabilities():
    sentence = LECTURE_SENTENCES["Jane visite l'Afrique en septembre."]
    rng = np.random.default_rng(0)
    texts = [sentence.draw(rng) for _ in range(4000)]
    for text, p in sentence.distribution(100):
        assert abs(texts.count(text) / 4000 - p) < 4 * (p * (1 - p) / 4000) ** 0.5
    assert {len(french_sentence(rng, n).parts) for n in (1, 2, 5)} == {1, 2, 5}


def test_wrong_translations_are_not_right():
    for sentence in drawn(40, 2):
        good = sentence.draw(np.random.default_rng(1))
        assert sentence.is_right(good)
        for bad in (good[:-1], good + ".", good.lower(), good.replace(" ", "  ", 1), "", good + good):
            assert bad == good or not sentence.is_right(bad)


def test_french_elides_and_contracts_wherever_it_must():
    text = " ".join(sentence.french for sentence in drawn(1500, 2))
    vowel = "[aeiouâàéèêîôûœhAEIOUÉ]"
    assert not re.search(rf"\b(le|la|je|ne|de|que|ma|sa) {vowel}", text, re.IGNORECASE)
    assert not re.search(r"\b(de|à) les?\b", text)
    assert not re.search(rf"\b(l|d|n|j|qu)'(?!{vowel})", text, re.IGNORECASE)
    assert not re.search(r"pas (une?\b|des [a-z])", text)
    for seen in ("l'Afrique", "d'Inde", "au Kenya", "aux États-Unis", "du Japon", "parce qu'", "vieil ami"):
        assert seen in text
    english = " ".join(sentence.references(1)[0] for sentence in drawn(1500, 2))
    assert not re.search(r"\b[Aa] [aeiouAEIOU]|\b[Aa]n [^aeiouAEIOU]| i ", english)


@pytest.mark.parametrize(
    ("who", "verb", "tense", "place", "french", "english"),
    [
        ("je", "aller", "present", "Pérou", "je vais à le Pérou", "I am going to Peru"),
        ("elle", "aller", "perfect", "Iran", "elle est allée en Iran", "she went to Iran"),
        ("elles", "rentrer", "perfect", "Inde", "elles sont rentrées de Inde", "they came back from India"),
        ("nous", "habiter", "imperfect", "Paris", "nous habitions à Paris", "we lived in Paris"),
        ("elles", "visiter", "future", "Canada", "elles visiteront le Canada", "they will visit Canada"),
        ("nous", "quitter", "near future", "Paris", "nous allons quitter Paris",
         "we are going to leave Paris"),
        ("elle", "revenir", "present", "Pays-Bas", "elle revient de les Pays-Bas",
         "she is returning from the Netherlands"),
    ],
)  # fmt: skip
def test_clauses_are_conjugated(who, verb, tense, place, french, english):
    clause = journey(PRONOUN[who], BY_NAME[verb], tense, PLACE[place], None)
    assert (" ".join(clause.french), clause.english[0][0]) == (french, english)


def test_negation_takes_two_words_in_french_and_an_auxiliary_in_english():
    clause = journey(JANE, BY_NAME["visiter"], "perfect", PLACE["Kenya"], None, negated=True)
    assert " ".join(clause.french) == "Jane ne a pas visité le Kenya"
    assert {t for t, _ in clause.english} == {"Jane did not visit Kenya", "Jane has not visited Kenya"}
    friends = noun_phrase(DETERMINERS[1], NOUNS[0], None, plural=True)
    clause = journey(JANE, BY_NAME["inviter"], "future", friends, None, negated=True)
    assert clause.french[-4:] == ("invitera", "pas", "de", "amis")
    assert clause.english[0][0] == "Jane will not invite any friends"


@pytest.mark.parametrize(
    ("determiner", "noun", "adjective", "plural", "french", "english"),
    [
        ("mon", "amie", None, False, "mon amie", "my friend"),
        ("un", "amie", None, False, "une amie", "a friend"),
        ("son", "amie", None, True, "ses amies", "her friends"),
        ("mon", "amie", "jeune", False, "ma jeune amie", "my young friend"),
        ("le", "ami", "vieux", False, "le vieil ami", "the old friend"),
        ("un", "oncle", "iranien", False, "un oncle iranien", "an Iranian uncle"),
        ("un", "tante", "français", True, "des tantes françaises", "some French aunts"),
        ("un", "médecin", "petit", True, "de petits médecins", "some little doctors"),
    ],
)
def test_noun_phrases_agree(determiner, noun, adjective, plural, french, english):
    phrase = noun_phrase(
        next(d for d in DETERMINERS if d.masculine == determiner),
        next(n for n in NOUNS if n.french == noun),
        next((a for a in ADJECTIVES if a.masculine == adjective), None),
        plural,
    )
    assert (" ".join(phrase.french), phrase.english[0][0]) == (french, english)
    assert phrase.person == (3 if plural else 1)


def test_scenes():
    past = scene(ANIMALS[3], ("sous", "under"), THINGS[4], past=True)
    assert " ".join(past.french) == "la souris était sous la chaise"
    assert past.english == (
        ("the mouse was under the chair", 0.7), ("there was a mouse under the chair", 0.3),
    )  # fmt: skip


def test_tokens_are_the_sentence():
    for sentence in drawn(200, 3):
        for text in (sentence.french, sentence.references(1)[0]):
            tokens = sentence_tokens(text)
            assert join_tokens(tokens) == text
            assert all(token and " " not in token for token in tokens)


def test_bad_arguments():
    with pytest.raises(ValueError, match="clauses: expected an integer of at least 1, got 0"):
        french_sentence(np.random.default_rng(0), 0)
    with pytest.raises(TypeError, match="clauses: expected an integer, got float"):
        french_sentence(np.random.default_rng(0), 1.0)
    with pytest.raises(ValueError, match="count: expected an integer of at least 1, got 0"):
        drawn(1)[0].references(0)
    with pytest.raises(TypeError, match="text: expected a string, got list"):
        sentence_tokens(["Jane"])
    with pytest.raises(TypeError, match="english: expected a string, got NoneType"):
        drawn(1)[0].is_right(None)


def test_kinds_of_clauses_are_as_frequent_as_they_should_be():
    sentences = [sentence.french for sentence in drawn(3000)]
    shares = {
        "scene": (0.1, [any(animal in s for animal, _, _ in ANIMALS) for s in sentences]),
        "negated": (0.9 / 6, [" pas " in s for s in sentences]),
        "time in front": (0.9 * 0.75 * 0.25, ["," in s for s in sentences]),
    }
    for name, (expected, found) in shares.items():
        assert abs(np.mean(found) - expected) < 4 * (expected * (1 - expected) / 3000) ** 0.5, name
