"""Padding and truncation: all four ways, by Keras, and what holds for every sequence."""

import importlib
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.text import pad, padded_lengths

LAWS = settings(deadline=None, derandomize=True, max_examples=200)
SEQUENCES = st.lists(st.lists(st.integers(-9, 99), max_size=7), max_size=5)
SIDES = ["right", "left"]
LENGTHS = [None, 1, 3, 9]
RAGGED = [[1, 2, 3, 4], [], [5], [6, 7, 8, 9, 10, 11], [12, 13, 14]]


@pytest.fixture(scope="module")
def pad_sequences():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        return importlib.import_module("keras.utils").pad_sequences


def cells_unlike_keras(pad_sequences, ours):
    """In how many cells `ours` differs from Keras, over all lengths and sides."""
    keras = {"right": "post", "left": "pre"}
    total = 0
    for length, side, truncate in product(LENGTHS, SIDES, SIDES):
        theirs = pad_sequences(RAGGED, length, padding=keras[side], truncating=keras[truncate], value=-1)
        total += int((ours(RAGGED, length, side, truncate, -1) != theirs).sum())
    return total


@pytest.mark.equation("eq-padding")
def test_is_keras(pad_sequences, measure):
    measure("eq-padding", cells_unlike_keras(pad_sequences, pad), 0)


@pytest.mark.parametrize(
    "mutant",
    [
        lambda s, n, side, cut, value: pad(s, n, cut, side, value),  # the two sides exchanged
        lambda s, n, side, cut, value: pad(s, n, side, "right", value),  # always cut on the right
        lambda s, n, side, cut, value: pad(s, n, side, cut),  # the value forgotten
        lambda s, n, side, cut, value: pad([ids[::-1] for ids in s], n, side, cut, value),
    ],
)
def test_keras_notices(mutant, pad_sequences):
    assert cells_unlike_keras(pad_sequences, mutant) > 0


@pytest.mark.equation("eq-padding")
@pytest.mark.parametrize(
    ("side", "truncate", "expected"),
    [
        ("right", "right", [[1, 2, 3], [5, 0, 0]]),
        ("right", "left", [[2, 3, 4], [5, 0, 0]]),
        ("left", "right", [[1, 2, 3], [0, 0, 5]]),
        ("left", "left", [[2, 3, 4], [0, 0, 5]]),
    ],
)
def test_by_hand(side, truncate, expected, measure):
    padded = pad([[1, 2, 3, 4], [5]], 3, side, truncate)
    measure("eq-padding", np.abs(padded - expected).max(), 0)
    assert padded.dtype == np.int64


@LAWS
@given(SEQUENCES, st.integers(1, 9) | st.none(), st.sampled_from(SIDES), st.sampled_from(SIDES))
def test_what_is_not_padding_is_the_sequence(sequences, length, side, truncate):
    padded, lengths = pad(sequences, length, side, truncate, value=-10), padded_lengths(sequences, length)
    longest = max(map(len, sequences), default=0)
    assert padded.shape == (len(sequences), longest if length is None else length)
    for row, count, ids in zip(padded, lengths, sequences, strict=True):
        kept = ids[:count] if truncate == "right" else ids[len(ids) - count :]
        filling = [-10] * (len(row) - count)
        assert row.tolist() == (kept + filling if side == "right" else filling + kept)
    mirrored = pad(
        [ids[::-1] for ids in sequences], length, *(SIDES[SIDES[0] == s] for s in (side, truncate))
    )
    np.testing.assert_array_equal(mirrored[:, ::-1], pad(sequences, length, side, truncate))


def test_takes_arrays_and_gives_the_type_asked_for():
    rows = (np.array([1, 2], np.int32), np.array([], float), np.array([3], np.uint8))
    assert pad(rows, dtype=np.int16).dtype == np.int16
    assert pad(np.array([[1, 2], [3, 4]]), 1).tolist() == [[1], [3]]
    assert pad([]).shape == (0, 0)
    assert padded_lengths([], 4).shape == (0,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pad([[1]], 0), ValueError, "length: expected an integer of at least 1, got 0"),
        (lambda: pad([[1]], 2.0), TypeError, "length: expected an integer, got float"),
        (lambda: pad([[1]], side="post"), ValueError, "side: expected one of 'right', 'left', got 'post'"),
        (
            lambda: pad([[1]], truncate="pre"),
            ValueError,
            "truncate: expected one of 'right', 'left', got 'pre'",
        ),
        (lambda: pad([1, 2]), ValueError, r"sequences\[0\]: expected a flat list of ids"),
        (lambda: pad([[1.0]]), TypeError, r"sequences\[0\]: expected integers, got float64 \(1,\)"),
        (lambda: pad([[1]], value=0.5), TypeError, "value: expected an integer, got float"),
        (lambda: pad([[1]], dtype=float), TypeError, "dtype: expected one of kind integer, got float64"),
        (
            lambda: pad([[300]], dtype=np.uint8),
            ValueError,
            "dtype: expected one that holds 0 to 300, got uint8",
        ),
        (
            lambda: pad([[3]], value=-1, dtype=np.uint8),
            ValueError,
            "expected one that holds -1 to 3, got uint8",
        ),
        (lambda: padded_lengths([[1]], 0), ValueError, "length: expected an integer of at least 1, got 0"),
        (lambda: padded_lengths("ab"), TypeError, "sequences: expected a list of lists of ids, got one str"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
