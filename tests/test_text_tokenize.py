"""Cutting text: the lectures' sets, the hard cases one by one, and what holds for every text."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.text import char_ngrams, characters, ngrams_up_to, normalise, word_ngrams, words

LAWS = settings(deadline=None, derandomize=True, max_examples=300)
TEXTS = st.text(st.characters()) | st.text("aAeé\u0301\u0308ΣσİıßﬁǅÅ'’-. ,1٣½_\u200c\n\x1c!")

# The deck "Deep Learning: Recurrent Neural Networks" (SDU Summer School, 2022), "What are N-grams"
DECK = {
    2: {"The", "The cat", "cat", "cat sat", "sat", "sat on", "on", "on the", "the", "the mat", "mat"},
    3: {
        *("The", "The cat", "cat", "cat sat", "The cat sat", "sat", "sat on", "on", "cat sat on"),
        *("on the", "the", "sat on the", "the mat", "mat", "on the mat"),
    },
}


def missing_two_word_groups(tokens, n):
    """Make a mistake: take groups of exactly n, and the single words."""
    return {*tokens, *word_ngrams(tokens, n)}


def stops_too_early(tokens, n):
    """Make a mistake: forget the last group of each size."""
    return {gram for size in range(1, n + 1) for gram in word_ngrams(tokens, size)[:-1]}


def difference(ngrams):
    """In how many groups `ngrams` differs from the deck."""
    tokens = words("The cat sat on the mat.", lower=False)
    return sum(len(ngrams(tokens, n) ^ printed) for n, printed in DECK.items())


@pytest.mark.equation("eq-ngram-set")
def test_the_decks_sets(measure):
    measure("eq-ngram-set", difference(ngrams_up_to), 0)


@pytest.mark.parametrize("mutant", [missing_two_word_groups, stops_too_early])
def test_the_decks_sets_notice(mutant):
    assert difference(mutant) > 0


@pytest.mark.equation("eq-ngram-set")
@pytest.mark.parametrize("length", [0, 1, 4, 7])
@pytest.mark.parametrize("n", [1, 2, 3, 9])
def test_size_of_the_set_of_different_words(length, n, measure):
    tokens = [f"w{i}" for i in range(length)]
    expected = sum(max(0, length - size + 1) for size in range(1, n + 1))
    measure("eq-ngram-set", abs(len(ngrams_up_to(tokens, n)) - expected), 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat sat on the mat.", "the cat sat on the mat"),
        ("Don't they? They don’t.", "don't they they don’t"),
        ("rock 'n' roll, the dogs' tails, o'clock", "rock n roll the dogs tails o'clock"),
        ("l'été, aujourd'hui", "l'été aujourd'hui"),
        ("a mother-in-law -- well - the well\u2011known state\u2010of\u2010the\u2010art", None),
        ("pi is 3.14, not 1,000,000.", "pi is 3.14 not 1,000,000"),
        ("at 192.168.0.1, in 1960s; 3-year-old", "at 192.168.0.1 in 1960s 3-year-old"),
        ("the U.S. and the U.K, e.g. here.", "the u.s. and the u.k e.g. here"),
        ("The end.Next, a.bc", "the end next a bc"),
        ("snake_case __init__", "snake case init"),
        ("AT&T, C++, $5, 50%", "at t c 5 50"),
        ("naïve CAFÉ cafe\u0301", "naïve café cafe\u0301"),
        ("हिन्दी में लिखो", "हिन्दी में लिखो"),
        ("می\u200cخواهم بروم", "می\u200cخواهم بروم"),
        ("ΟΔΟΣ ΣΟΦΟΣ", "οδος σοφος"),
        ("İstanbul", "i̇stanbul"),
        ("x² + Ⅷ", "x² ⅷ"),
        ("👍 🙂 ...", ""),
        (" \t\n\u00a0", ""),
        ("", ""),
    ],
)
def test_words_one_by_one(text, expected):
    if expected is None:
        expected = "a mother-in-law well the well\u2011known state\u2010of\u2010the\u2010art"
    assert words(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat sat on the mat.", "The cat sat on the mat ."),
        ("(well--known) `` quotes ''", "( well -- known ) ` ` quotes ' '"),
        ("Wait... what?!", "Wait ... what ? !"),
        ("$1,000 in the U.S.!", "$ 1,000 in the U.S. !"),
        ("snake_case", "snake _ case"),
        ("don't 'quote'", "don't ' quote '"),
    ],
)
def test_punctuation_kept(text, expected):
    assert words(text, lower=False, punctuation="keep") == expected.split()


@LAWS
@given(TEXTS)
def test_words_with_punctuation_lose_nothing_but_white_space(text):
    assert "".join(words(text, lower=False, punctuation="keep")) == "".join(text.split())


@LAWS
@given(TEXTS)
def test_words_are_cut_the_same_whatever_stands_around(text):
    for punctuation in ("drop", "keep"):
        apart = [token for piece in text.split() for token in words(piece, punctuation=punctuation)]
        assert words(text, punctuation=punctuation) == apart


@LAWS
@given(TEXTS)
def test_a_word_cut_again_is_itself(text):
    kept = words(text, punctuation="keep")
    for word in words(text):
        assert words(word, lower=False) == [word]
        assert word in kept


@LAWS
@given(st.text("aAeéẽ\u0301\u0308ΐİşｶﾞАй'-. ,1٣½_\u200c\n!"))
def test_both_spellings_of_an_accent_are_cut_at_the_same_places(text):
    text = unicodedata.normalize("NFC", text)
    apart = words(unicodedata.normalize("NFD", text), lower=False)
    assert [unicodedata.normalize("NFC", word) for word in apart] == words(text, lower=False)


@LAWS
@given(TEXTS)
def test_characters_joined_are_the_text(text):
    assert "".join(characters(text)) == text
    assert characters(text) == char_ngrams(text, 1)


@LAWS
@given(st.lists(st.sampled_from("abc")), st.integers(1, 6))
def test_ngrams_of_words_and_of_characters_agree(tokens, n):
    grams = word_ngrams(tokens, n, joiner="")
    assert grams == char_ngrams("".join(tokens), n)
    assert len(grams) == max(0, len(tokens) - n + 1)
    assert ngrams_up_to(tokens, n, "") == {
        g for k in range(1, n + 1) for g in char_ngrams("".join(tokens), k)
    }


def test_a_large_n_gives_all_groups_at_once():
    assert ngrams_up_to(["a", "b"], 10**12) == {"a", "b", "a b"}


@LAWS
@given(
    TEXTS,
    st.booleans(),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.fixed_dictionaries(
        {name: st.booleans() for name in ("strip_accents", "straight_quotes", "collapse_spaces")}
    ),
)
def test_normalising_twice_changes_nothing(text, lower, form, options):
    once = normalise(text, lower, form, **options)
    assert normalise(once, lower, form, **options) == once


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("Cafe\u0301", {}, "café"),
        ("Café", {"form": "NFD"}, "cafe\u0301"),
        ("ﬁne ①™", {"form": "NFKC"}, "fine 1tm"),
        ("The CAT", {"lower": False}, "The CAT"),
        ("Crème Brûlée, Łódź", {"strip_accents": True}, "creme brulee, łodz"),
        ("“Don’t”", {"straight_quotes": True}, '"don\'t"'),
        ("  a\t\n b\u00a0", {"collapse_spaces": True}, "a b"),
    ],
)
def test_normalise_one_by_one(text, options, expected):
    assert normalise(text, **options) == expected


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: normalise(b"x"), TypeError, "text: expected a string, got bytes"),
        (lambda: normalise("x", form="nfc"), ValueError, "form: expected one of 'NFC', .* got 'nfc'"),
        (lambda: words(["x"]), TypeError, "text: expected a string, got list"),
        (lambda: words("x", punctuation="split"), ValueError, "expected one of 'drop', 'keep', got 'split'"),
        (lambda: words("x", punctuation=[]), ValueError, r"expected one of 'drop', 'keep', got \[\]"),
        (lambda: characters(None), TypeError, "text: expected a string, got NoneType"),
        (lambda: word_ngrams("the cat", 2), TypeError, "tokens: expected a list of strings, got one str"),
        (lambda: word_ngrams(["the", 3], 2), TypeError, r"tokens\[1\]: expected a string, got int \(3\)"),
        (lambda: word_ngrams(["the"], 0), ValueError, "n: expected an integer of at least 1, got 0"),
        (lambda: char_ngrams("the", 1.0), TypeError, r"n: expected an integer, got float \(1.0\)"),
        (lambda: char_ngrams(["t"], 1), TypeError, "text: expected a string, got list"),
        (lambda: ngrams_up_to(["the"], True), TypeError, "n: expected an integer, got bool"),
        (lambda: ngrams_up_to("the", 1), TypeError, "tokens: expected a list of strings, got one str"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
