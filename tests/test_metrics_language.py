"""Perplexity and bits per byte: by hand, as a compressor's size, as laws; and mutants."""

import math
from itertools import product

import numpy as np
import pytest
from comparing import caught

from companion import metrics

EXACT = 1e-12
TEXT = "Is this naïve? The £5 apple and pear salad."


def fair(choices):
    """Cost of one token among so many equally probable ones."""
    return math.log(choices)


def by_definition(measure_perplexity):
    """Compare with the N-th root of a product of probabilities, written out."""
    p = np.random.default_rng(0).uniform(0.01, 1, 37)
    expected = np.prod(1 / p) ** (1 / 37)
    return abs(measure_perplexity(-np.log(p).sum(), 37) - expected) / expected


@pytest.mark.equation("eq-perplexity")
def test_perplexity_is_the_root_of_the_inverse_probability(measure):
    measure("eq-perplexity", by_definition(metrics.perplexity), EXACT)


@pytest.mark.equation("eq-perplexity")
@pytest.mark.parametrize("choices", [1, 2, 6, 10_000])
@pytest.mark.parametrize("tokens", [1, 7, 1000])
def test_equal_choices_have_their_number_as_perplexity(choices, tokens, measure):
    error = abs(metrics.perplexity(tokens * fair(choices), tokens) / choices - 1)
    measure("eq-perplexity", error, EXACT)


def compressed(measure_bits):
    """Code a text by a fixed table: 6 bits for each of 64 characters, whatever the tokens are called."""
    nats = len(TEXT) * fair(64)
    return abs(measure_bits(nats, TEXT) - 6 * len(TEXT) / len(TEXT.encode()))


@pytest.mark.equation("eq-bits-per-byte")
def test_bits_per_byte_are_a_compressors(measure):
    measure("eq-bits-per-byte", compressed(metrics.bits_per_byte), EXACT)
    assert abs(metrics.bits_per_character(len(TEXT) * fair(64), TEXT) - 6) < EXACT
    assert len(TEXT.encode()) == len(TEXT) + 2


@pytest.mark.equation("eq-bits-per-byte")
def test_bits_per_byte_do_not_depend_on_the_tokens(measure):
    """One model written three ways, by characters, pairs and words: same bits, other perplexities."""
    rng = np.random.default_rng(1)
    cost = {character: rng.uniform(1, 5) for character in sorted(set(TEXT))}
    cuts = {
        "characters": list(TEXT),
        "pairs": [TEXT[i : i + 2] for i in range(0, len(TEXT), 2)],
        "words": TEXT.replace(" ", " |").split("|"),
    }
    nats = {name: sum(sum(cost[c] for c in token) for token in tokens) for name, tokens in cuts.items()}
    by_byte = [metrics.bits_per_byte(n, TEXT) for n in nats.values()]
    measure("eq-bits-per-byte", max(by_byte) - min(by_byte), EXACT)
    by_token = [metrics.perplexity(nats[name], len(cuts[name])) for name in cuts]
    assert by_token[0] * 5 < by_token[1] < by_token[2]


def test_units_of_cross_entropy():
    assert metrics.cross_entropy(10.0, 4) == 2.5
    assert abs(metrics.cross_entropy(10.0, 4, "bits") - 2.5 / math.log(2)) < EXACT
    assert abs(2 ** metrics.cross_entropy(10.0, 4, "bits") - metrics.perplexity(10.0, 4)) < 1e-9
    assert metrics.bits_per_byte(8 * math.log(2), b"\x00\xff") == pytest.approx(4)


def test_the_impossible_costs_infinitely_much():
    assert metrics.perplexity(math.inf, 3) == math.inf
    assert metrics.perplexity(1e6, 3) == math.inf  # more than any float
    assert metrics.bits_per_byte(math.inf, "a") == math.inf


def test_numpy_numbers_are_numbers():
    assert metrics.perplexity(np.float32(0.0), np.int64(3)) == 1.0
    assert type(metrics.perplexity(np.float64(1.0), np.int64(3))) is float


def test_a_vocabulary_of_unknown_words_is_no_language_model():
    """Call every word unknown: perplexity 1, and more than eight bits a byte once they are spelt."""
    words = TEXT.split()
    free = len(words) * fair(1)
    assert metrics.perplexity(free, len(words)) == 1
    assert metrics.bits_per_byte(free, TEXT) == 0
    honest = free + metrics.spelling_nats(words, 255)
    assert metrics.bits_per_character(honest, TEXT) == pytest.approx(8 * (len(TEXT) + 1) / len(TEXT))


def test_spelling_is_a_distribution():
    """Add up the probabilities of all words of up to 7 letters: what longer ones have is left."""
    words = ["".join(letters) for n in range(8) for letters in product("ab", repeat=n)]
    total = sum(math.exp(-metrics.spelling_nats([word], 2)) for word in words)
    assert total == pytest.approx(1 - (2 / 3) ** 8)
    assert metrics.spelling_nats([], 26) == 0
    assert metrics.spelling_nats(["", "ab"], 2) == pytest.approx(4 * math.log(3))


def base_two(nats, tokens):
    return 2 ** (nats / tokens)


def not_divided(nats, tokens):
    return math.exp(nats)


def beginning_counted(nats, tokens):
    return metrics.perplexity(nats, tokens + 1)


def bits_as_if_nats(nats, tokens):
    return math.exp(metrics.bits(nats) / tokens)


@pytest.mark.parametrize("mutant", [base_two, not_divided, beginning_counted, bits_as_if_nats])
def test_mistakes_in_perplexity_are_caught(mutant):
    assert caught(lambda: by_definition(mutant))


def characters_for_bytes(nats, text):
    return metrics.bits_per_character(nats, text)


def nats_for_bits(nats, text):
    return nats / len(text.encode())


def tokens_for_bytes(nats, text):
    return metrics.bits(nats) / len(text.split())


@pytest.mark.parametrize("mutant", [characters_for_bytes, nats_for_bits, tokens_for_bytes])
def test_mistakes_in_bits_per_byte_are_caught(mutant):
    assert caught(lambda: compressed(mutant))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: metrics.perplexity(-1.0, 3),
            ValueError,
            "nats: expected minus the logarithm of a probability, at least 0, got -1.0",
        ),
        (
            lambda: metrics.perplexity(math.nan, 3),
            ValueError,
            "nats: expected minus the logarithm of a probability, at least 0, got nan",
        ),
        (lambda: metrics.perplexity(1.0, 0), ValueError, "tokens: expected at least one, got 0"),
        (lambda: metrics.bits_per_byte(1.0, ""), ValueError, "text: expected at least one, got 0"),
        (lambda: metrics.bits_per_character(1.0, b"a"), TypeError, "text: expected a string, got bytes"),
        (
            lambda: metrics.cross_entropy(1.0, 1, "bytes"),
            ValueError,
            'unit: expected "nats" or "bits", got \'bytes\'',
        ),
        (
            lambda: metrics.spelling_nats("word", 26),
            TypeError,
            "words: expected a list of strings, got one str",
        ),
        (lambda: metrics.spelling_nats([3], 26), TypeError, "words: expected a list of strings, got int"),
        (
            lambda: metrics.spelling_nats(["abc"], 2),
            ValueError,
            "alphabet_size: expected at least 3 for 'abc', got 2",
        ),
        (lambda: metrics.spelling_nats([], 0), ValueError, "alphabet_size: expected at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
