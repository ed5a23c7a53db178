"""The hash is the same everywhere, it collides as often as chance says, and chance is computed exactly."""

import math
import subprocess
import sys
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.text import (
    collision_probability,
    expected_colliding,
    hash_bucket,
    hash_vector,
    hash_vectors,
    stable_hash,
)

LAWS = settings(deadline=None, derandomize=True, max_examples=200)

# By another program: printf %s TOKEN | b2sum --length=64, its bytes read from the last to the first
B2SUM = {"": "e4a6a0577479b2b4", "cat": "3327dd2c7b9d982f", "naïve 猫": "01e818c35d34191f"}


@pytest.mark.equation("eq-hash-bucket")
@pytest.mark.parametrize(("token", "digest"), B2SUM.items())
def test_is_the_blake2_of_another_program(token, digest, measure):
    expected = int.from_bytes(bytes.fromhex(digest), "little")
    assert stable_hash(token) == expected
    for buckets in (1, 2, 1000, 2**20, 2**64):
        measure("eq-hash-bucket", abs(hash_bucket(token, buckets) - expected % buckets), 0)


@pytest.mark.parametrize("salt", ["0", "1", "random"])
def test_is_the_same_in_every_process(salt):
    code = "from companion.text import stable_hash; print(stable_hash('cat'), stable_hash('cat', 7))"
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": salt}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [str(stable_hash("cat")), str(stable_hash("cat", 7))]


@LAWS
@given(st.text(st.characters()), st.text(st.characters()), st.integers(0, 2**64 - 1))
def test_different_tokens_and_seeds_hash_differently(a, b, seed):
    assert 0 <= stable_hash(a, seed) < 2**64
    assert (stable_hash(a, seed) == stable_hash(b, seed)) == (a == b)
    assert (stable_hash(a, seed) == stable_hash(a)) == (seed == 0)


@LAWS
@given(st.lists(st.lists(st.sampled_from("abcdefg"))), st.integers(1, 9), st.integers(0, 3))
def test_vectors_count_buckets(documents, buckets, seed):
    vectors = hash_vectors(documents, buckets, seed, dtype=np.int64)
    assert vectors.shape == (len(documents), buckets)
    for vector, document in zip(vectors, documents, strict=True):
        falls = [hash_bucket(token, buckets, seed) for token in document]
        assert vector.tolist() == [falls.count(bucket) for bucket in range(buckets)]
        np.testing.assert_array_equal(hash_vector(document, buckets, seed), vector)


def every_way(words, buckets):
    """Put the words into the buckets in each possible way: the share that collides, the mean that shares."""
    colliding = sharing = 0
    for places in product(range(buckets), repeat=words):
        together = sum(places.count(place) > 1 for place in places)
        colliding += together > 0
        sharing += together
    return Fraction(colliding, buckets**words), Fraction(sharing, buckets**words)


@pytest.mark.equation("eq-birthday")
@pytest.mark.equation("eq-hash-expected")
@pytest.mark.parametrize("words", range(7))
@pytest.mark.parametrize("buckets", [1, 2, 3, 5])
def test_is_what_counting_every_way_gives(words, buckets, measure):
    collides, shares = every_way(words, buckets)
    measure("eq-birthday", abs(collision_probability(words, buckets) - collides), 1e-14)
    measure("eq-hash-expected", abs(expected_colliding(words, buckets) - shares), 1e-14)


@pytest.mark.equation("eq-birthday")
@pytest.mark.parametrize(
    ("words", "buckets"), [(2, 2**64), (23, 365), (1000, 10**6), (1000, 10**12), (365, 365)]
)
def test_small_probabilities_keep_their_digits(words, buckets, measure):
    nobody = math.prod((Fraction(buckets - i, buckets) for i in range(words)), start=Fraction(1))
    exact = float(1 - nobody)
    measure("eq-birthday", abs(collision_probability(words, buckets) - exact) / exact, 1e-12)


@pytest.mark.equation("eq-hash-expected")
@pytest.mark.parametrize(("words", "buckets"), [(2, 2**52), (50_000, 10_000), (1000, 10**12)])
def test_small_expectations_keep_their_digits(words, buckets, measure):
    exact = float(words * (1 - Fraction(buckets - 1, buckets) ** (words - 1)))
    measure("eq-hash-expected", abs(expected_colliding(words, buckets) - exact) / exact, 1e-12)


def test_the_hash_collides_as_chance_says():
    """500 words in 5,000 buckets under 200 seeds: the mean lies within four of its standard errors."""
    words, buckets = [f"word{i}" for i in range(500)], 5000
    sharing = []
    for seed in range(200):
        counts = hash_vector(words, buckets, seed)
        sharing.append(counts[counts > 1].sum())
    error = np.std(sharing) / math.sqrt(len(sharing))
    assert abs(np.mean(sharing) - expected_colliding(500, 5000)) < 4 * error
    assert hash_vectors([words], 64)[0].min() > 0


def test_many_words_take_no_memory_and_are_certain_to_collide():
    assert collision_probability(10**12, 10**13) == 1.0
    assert collision_probability(11, 10) == 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: stable_hash(b"cat"), TypeError, "token: expected a string, got bytes"),
        (lambda: stable_hash("cat", -1), ValueError, "seed: expected an integer of at least 0, got -1"),
        (lambda: stable_hash("cat", 2**64), ValueError, r"seed: expected an integer below 2\*\*64"),
        (lambda: stable_hash("cat", 0.5), TypeError, "seed: expected an integer, got float"),
        (lambda: hash_bucket("cat", 0), ValueError, "buckets: expected an integer of at least 1, got 0"),
        (lambda: hash_vector("cat", 4), TypeError, r"tokens: expected a list of strings, got one str"),
        (lambda: hash_vectors(["cat"], 4), TypeError, r"documents\[0\]: expected a list of strings, got one"),
        (
            lambda: hash_vectors("cat", 4),
            TypeError,
            "documents: expected a list of lists of strings, got one",
        ),
        (
            lambda: hash_vectors([["cat", 3]], 4),
            TypeError,
            r"documents\[0\]\[1\]: expected a string, got int",
        ),
        (lambda: collision_probability(-1, 4), ValueError, "words: expected an integer of at least 0"),
        (lambda: collision_probability(1, 0), ValueError, "buckets: expected an integer of at least 1"),
        (lambda: expected_colliding(1.5, 4), TypeError, "words: expected an integer, got float"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_type_that_cannot_hold_every_count_is_refused() -> None:
    with pytest.raises(ValueError, match="dtype: expected one that holds 300, got int8"):
        hash_vector(["a"] * 300, 4, dtype=np.int8)
    with pytest.raises(ValueError, match="dtype: expected one that holds 2049, got float16"):
        hash_vector(["a"] * 2049 + ["b"] * 4096, 1000, dtype=np.float16)
