"""Spelling errors: each kind does what it says, to any word, and nothing else."""

from collections import Counter

import numpy as np
import pytest

from companion.text.spelling_errors import ERRORS, misspell, misspelled

WORDS = ["nation", "The", "Jim", "I", "aa", "O'Neill", "co-operation", "Ärger", "x-ray"]


def made(word, kind, seed):
    return misspell(word, np.random.default_rng(seed), [kind])


def is_error(kind, word, wrong):
    """Check one error by what defines it."""
    if kind == "drop":
        return any(word[:i] + word[i + 1 :] == wrong for i in range(len(word)))
    if kind == "double":
        return is_error("drop", wrong, word) and any(
            wrong[i] == wrong[i + 1] and wrong[:i] + wrong[i + 1 :] == word for i in range(len(wrong) - 1)
        )
    places = [i for i, (a, b) in enumerate(zip(word, wrong, strict=True)) if a != b]
    if kind == "swap":
        i, j = places
        return j == i + 1 and word[i] == wrong[j] and word[j] == wrong[i]
    (i,) = places
    return word[i].isupper() == wrong[i].isupper()


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("word", WORDS)
def test_an_error_is_of_its_kind(word, kind):
    for seed in range(8):
        wrong = made(word, kind, seed)
        if wrong == word:
            assert (word, kind) in {("I", "swap"), ("I", "drop"), ("aa", "swap")}
        else:
            assert is_error(kind, word, wrong)
            assert wrong == made(word, kind, seed)


@pytest.mark.parametrize(
    ("letter", "near"), [("q", "wa"), ("s", "weadzx"), ("p", "ol"), ("m", "njk"), ("Z", "ASX"), ("l", "opk")]
)
def test_neighbours_are_the_keys_that_touch(letter, near):
    rng = np.random.default_rng(0)
    assert {misspell(letter, rng, ["neighbour"]) for _ in range(120)} == set(near)


def test_kinds_are_equally_frequent_where_all_are_possible():
    rng = np.random.default_rng(1)
    lengths = Counter(len(misspell("nation", rng)) - 6 for _ in range(2000))
    assert abs(lengths[1] / 2000 - 0.25) < 0.04
    assert abs(lengths[-1] / 2000 - 0.25) < 0.04


@pytest.mark.parametrize("word", ["1961", "...", "$5", ""])
def test_what_has_no_letters_stays(word):
    assert misspell(word, np.random.default_rng(0)) == word


def test_a_share_of_the_words_is_misspelled():
    words = ["nation"] * 2000 + ["the"] * 100
    wrong = misspelled(words, 0.3, np.random.default_rng(2), shortest=4)
    assert wrong[2000:] == words[2000:]
    assert abs(np.mean([w != "nation" for w in wrong[:2000]]) - 0.3) < 0.05
    assert misspelled(words, 0.0, np.random.default_rng(2)) == words
    assert "nation" not in misspelled(words, 1.0, np.random.default_rng(2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda rng: misspell(3, rng), TypeError, "word: expected a string, got int"),
        (
            lambda rng: misspell("a", rng, ["swop"]),
            ValueError,
            "kinds: expected some of swap, drop, double, neighbour, got ['swop']",
        ),
        (
            lambda rng: misspell("a", rng, []),
            ValueError,
            "kinds: expected some of swap, drop, double, neighbour, got []",
        ),
        (
            lambda rng: misspelled("nation", 0.5, rng),
            TypeError,
            "words: expected a list of strings, got one str",
        ),
        (
            lambda rng: misspelled(["a"], 1.5, rng),
            ValueError,
            "share: expected a number from 0 to 1, got 1.5",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call(np.random.default_rng(0))
    assert str(refusal.value) == message
