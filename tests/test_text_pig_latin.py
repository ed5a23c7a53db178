"""Pig Latin: the rules against another way of writing them, letters, words, and the saved models."""

import re

import numpy as np
import pytest

from companion.data import load_brown
from companion.reference import lstm, seq2seq
from companion.text.pig_latin import BOS, EOS, PAD, ids_of, letters_of, pig_latin, words_for_pig_latin
from companion.weights.pig_latin import load_pig_latin


def by_pattern(word):
    """Say the rules once more, as patterns."""
    if re.match("[aeiou]", word):
        return word + "way"
    head = re.match("y?([^aeiouyq]|q(?!u)|qu)*", word)[0]
    return word[len(head) :] + head + "ay"


def test_the_rules_agree_on_all_words_of_brown():
    known, asked = words_for_pig_latin(load_brown().words, 100, np.random.default_rng(0))
    assert len(known) > 30_000
    assert [w for w in known + asked if pig_latin(w) != by_pattern(w)] == []


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("queue", "euequay"),
        ("quay", "ayquay"),
        ("yes", "esyay"),
        ("style", "ylestay"),
        ("yttrium", "iumyttray"),
        ("a", "away"),
        ("ash", "ashway"),
        ("wash", "ashway"),
        ("qat", "atqay"),
        ("squad", "adsquay"),
        ("uq", "uqway"),
    ],
)
def test_the_cases_that_are_easy_to_get_wrong(word, said):
    assert pig_latin(word) == said


def test_letters_go_to_numbers_and_back():
    assert letters_of([BOS, *ids_of("abcxyz"), EOS, *ids_of("more"), PAD]) == "abcxyz"
    assert min(ids_of("a")) > max(PAD, BOS, EOS)
    assert letters_of([]) == ""


def test_no_word_is_both_known_and_asked():
    tokens = [
        "the",
        "dog",
        "The",
        "dogs",
        "don't",
        "a",
        "mp3",
        "naïve",
        "Über",
        "ox",
        "elephantine",
        "canine",
    ]
    known, asked = words_for_pig_latin(tokens, 2, np.random.default_rng(1), shortest=2, longest=6)
    assert sorted(known + asked) == ["canine", "dog", "dogs", "ox", "the"]
    assert len(asked) == 2
    again = words_for_pig_latin(reversed(tokens), 2, np.random.default_rng(1), shortest=2, longest=6)
    assert (known, asked) == again
    assert words_for_pig_latin(tokens, 0, np.random.default_rng(1))[1] == []


@pytest.mark.parametrize("kind", ["plain", "attention"])
def test_the_saved_models_say_words_they_never_saw(kind):
    words = ["string", "apple"]
    params = load_pig_latin(kind)
    for word in words:
        said, state = [BOS], seq2seq.encode(params, np.array([ids_of(word)]).T, layer=lstm)
        while said[-1] != EOS and len(said) < 20:
            logits, state = seq2seq.step(params, said[-1:], state, lstm)
            said.append(int(logits[0].argmax()))
        assert letters_of(said) == pig_latin(word)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pig_latin(""), "word: expected letters a to z, got ''"),
        (lambda: pig_latin("Cat"), "word: expected letters a to z, got 'Cat'"),
        (lambda: ids_of("don't"), 'word: expected letters a to z, got "don\'t"'),
        (lambda: letters_of([29]), "ids: expected 0..28, got 29"),
        (
            lambda: words_for_pig_latin(["cat"], 1, np.random.default_rng(0)),
            "held_out: expected 0 to 0, got 1",
        ),
        (
            lambda: load_pig_latin("wide"),
            "expected one of ('plain', 'attention') and of the seeds [0, 1, 2], got 'wide' and 0",
        ),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
