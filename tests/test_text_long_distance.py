"""Sentences with a long gap: it is as long as asked for, and the answer follows from the cue alone."""

import numpy as np
import pytest

from companion.text.long_distance import (
    LANGUAGES,
    LONG_DISTANCE_WORDS,
    VERBS,
    language_sentence,
    verb_sentence,
)

KINDS = {"verb": (verb_sentence, [0, *range(7, 60)]), "language": (language_sentence, [5, *range(11, 60)])}
PLURALS = {"cats", "dogs", "birds", "mice", "foxes"}
SINGULARS = {"cat", "dog", "bird", "mouse", "fox"}
kinds = pytest.mark.parametrize(("draw", "gaps"), KINDS.values(), ids=KINDS)


@kinds
def test_so_many_words_stand_between_and_all_are_listed(draw, gaps):
    rng = np.random.default_rng(0)
    for gap in gaps:
        sentence = draw(rng, gap)
        assert sentence.gap == sentence.asked - sentence.cue - 1 == gap
        assert set(sentence.words) <= set(LONG_DISTANCE_WORDS)
        assert str(sentence).split() == list(sentence.words)


def test_every_listed_word_occurs():
    rng = np.random.default_rng(0)
    drawn = {word for draw, gaps in KINDS.values() for gap in gaps * 6 for word in draw(rng, gap).words}
    assert drawn == set(LONG_DISTANCE_WORDS)


def test_the_verb_agrees_with_the_subject():
    rng = np.random.default_rng(1)
    for _ in range(500):
        sentence = verb_sentence(rng, 12)
        assert (sentence.words[sentence.cue] in PLURALS) == (sentence.words[sentence.asked] == VERBS[1])
        assert sentence.words[0] == "the"


def test_the_language_is_that_of_the_country():
    rng = np.random.default_rng(1)
    for _ in range(500):
        sentence = language_sentence(rng, 14)
        assert sentence.words[sentence.asked] == LANGUAGES[sentence.words[sentence.cue]]


def test_the_nearest_noun_tells_nothing_and_the_answers_are_balanced():
    rng, count = np.random.default_rng(2), 6000
    nearest, plural = np.empty(count, bool), np.empty(count, bool)
    for n in range(count):
        sentence = verb_sentence(rng, 11)
        between = sentence.words[sentence.cue + 1 : sentence.asked]
        nearest[n] = [word in PLURALS for word in between if word in PLURALS | SINGULARS][-1]
        plural[n] = sentence.words[sentence.asked] == "were"
    for share in (plural.mean(), nearest.mean(), (plural == nearest).mean()):
        assert abs(share - 0.5) < 4 * 0.5 / count**0.5


def test_the_clause_is_proper_english():
    """Between two nouns stands "and", before each an article, and no noun is without its room."""
    rng = np.random.default_rng(3)
    for gap in range(7, 30):
        words = verb_sentence(rng, gap).words
        assert words[2:6] == (",", "which", "already", "ate")
        assert words[-3] == ","
        nouns = [t for t, word in enumerate(words[6:-3], 6) if word in PLURALS | SINGULARS]
        assert all(words[t + 1] in ("and", ",") for t in nouns)
        assert words[6:-3].count("the") == len(nouns) == words[6:-3].count("and") + 1


def test_the_same_seed_draws_the_same():
    assert verb_sentence(np.random.default_rng(4), 20) == verb_sentence(np.random.default_rng(4), 20)


@pytest.mark.parametrize(
    ("draw", "gap", "message"),
    [
        (verb_sentence, 6, "gap: expected 0, or at least 7, got 6"),
        (verb_sentence, -1, "gap: expected 0, or at least 7, got -1"),
        (language_sentence, 0, "gap: expected 5, or at least 11, got 0"),
        (language_sentence, 10, "gap: expected 5, or at least 11, got 10"),
    ],
)
def test_gaps_that_no_sentence_has_are_refused(draw, gap, message):
    with pytest.raises(ValueError, match=message):
        draw(np.random.default_rng(0), gap)


def test_a_gap_must_be_an_integer():
    with pytest.raises(TypeError, match="gap"):
        verb_sentence(np.random.default_rng(0), 7.5)
