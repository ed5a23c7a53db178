"""Sentences with years: every one says what its fields say, and the lecture's two are among them."""

from collections import Counter

import numpy as np
import pytest

from companion.text.grammar import YEAR_GRAMMAR_WORDS, YearSentence, year_sentence

YEARS = range(1950, 2020)


def drawn(count, seed=0, years=YEARS):
    rng = np.random.default_rng(seed)
    return [year_sentence(rng, years) for _ in range(count)]


SENTENCES = drawn(20_000)


def test_the_years_stand_where_the_sentence_says():
    for sentence in SENTENCES:
        places = {sentence.asked} | ({sentence.other} - {None})
        assert {t for t, word in enumerate(sentence.words) if word.isdigit()} == places
        assert sentence.words[sentence.asked - 1] == "in"


def test_the_year_asked_for_is_not_the_one_in_the_relative_clause():
    """An independent reading: a year does not count between where, whose or which and the next comma."""
    for sentence in SENTENCES:
        aside, found = False, []
        for t, word in enumerate(sentence.words):
            aside = (aside or word in ("where", "whose", "which")) and word != ","
            if word.isdigit() and not aside:
                found.append(t)
        assert found == [sentence.asked]


class AlwaysTheFirst:
    """A generator that takes the first of everything, and then the form that a test asks for."""

    def __init__(self, form):
        self.form = form

    def choice(self, count, size, replace):
        return np.arange(size)

    def integers(self, high):
        return self.form if high == 3 else 0


@pytest.mark.parametrize(
    ("form", "sentence", "place"),
    [
        (0, "in 1999 , i went to nepal", 2),
        (1, "i went to nepal in 1999", 6),
        (2, "i went to nepal in 1999", 6),
    ],
)
def test_the_sentences_of_the_lecture_are_drawn(form, sentence, place):
    got = year_sentence(AlwaysTheFirst(form), [1999, 1984])
    assert (str(got), got.asked + 1, got.other) == (sentence, place, None)


def test_every_word_is_listed_and_every_listed_word_occurs():
    words = {word for sentence in SENTENCES for word in sentence.words}
    assert {word for word in words if not word.isdigit()} == set(YEAR_GRAMMAR_WORDS)
    assert {int(word) for word in words if word.isdigit()} == set(YEARS)


def test_half_of_the_sentences_have_a_second_year_and_years_are_even():
    share = np.mean([sentence.other is not None for sentence in SENTENCES])
    assert abs(share - 0.5) < 5 * 0.5 / np.sqrt(len(SENTENCES))
    counts = Counter(sentence.words[sentence.asked] for sentence in SENTENCES)
    expected = len(SENTENCES) / len(YEARS)
    assert max(abs(count - expected) for count in counts.values()) < 5 * np.sqrt(expected)


def test_one_year_tells_nothing_of_the_other():
    both = np.array(
        [[int(s.words[s.asked]), int(s.words[s.other])] for s in SENTENCES if s.other is not None]
    )
    assert abs(np.corrcoef(both.T)[0, 1]) < 5 / np.sqrt(len(both))


def test_places_and_lengths_spread():
    places = Counter(sentence.asked for sentence in SENTENCES)
    assert all(places[t] > 50 for t in [1, *range(3, 25)])
    lengths = [len(sentence.words) for sentence in SENTENCES]
    assert min(lengths) == 6
    assert np.percentile(lengths, 95) > 24


def test_the_same_generator_draws_the_same_sentences():
    assert drawn(50, seed=3) == drawn(50, seed=3) != drawn(50, seed=4)


@pytest.mark.parametrize("years", [[], [1999], [1999, 1999], [1984, 1999, 1984]])
def test_too_few_different_years_are_refused(years):
    with pytest.raises(ValueError, match=r"years: expected at least two, all different, got \["):
        year_sentence(np.random.default_rng(0), years)


def test_a_year_is_a_number():
    with pytest.raises(TypeError, match="years: expected an integer, got str"):
        year_sentence(np.random.default_rng(0), ["1984", "1999"])


def test_a_sentence_prints_as_one():
    assert str(YearSentence(("in", "1999", ",", "we", "left"), 1, None)) == "in 1999 , we left"
