"""What a reader is told: that it is true, in plain English, and about the mistake that was made."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checking import NAMES, cases, read, tried

from companion.check.compare import difference
from companion.check.library import find

BOOK = Path(__file__).parents[1] / "book"


def said(expected: Any, got: Any) -> str:
    wrong = difference(expected, got)
    assert wrong is not None
    return wrong.sentence


@pytest.mark.parametrize(
    ("expected", "got", "sentence"),
    [
        ({"a", "b"}, {"a"}, "1 element is missing"),
        ({"a", "b"}, set(), "2 elements are missing"),
        ({"a"}, {"a", "b"}, "1 element is too many"),
        (set(), {"", "b"}, "2 elements are too many"),
        ({"a", "b", "c"}, {"a", "d"}, "2 elements are missing and 1 element is too many"),
        ({"a"}, {1}, "the elements must be strings; yours are integers"),
        ({"a"}, {"a", 1.5}, "the elements must be strings; some of yours are numbers"),
        ({"a"}, {b"a"}, "the elements must be strings; yours are of type bytes"),
        ({("a", "b"): 1}, {"ab": 1}, "the keys must be tuples of strings; yours are strings"),
        ({("a", "b"): 1}, {("a", "c"): 1}, "1 key is missing and 1 key is too many"),
        ({"a": 1, "b": 2}, {"a": 2, "b": 2}, "1 of its 2 values is wrong"),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}, "2 of its 2 values are wrong"),
        ((1, {"a"}), (1, {"b", "a"}), "element [1]: 1 element is too many"),
    ],
)
def test_what_differs_is_said_in_proper_english(expected: Any, got: Any, sentence: str) -> None:
    assert said(expected, got) == sentence


def test_nan_is_said_plainly_with_its_place() -> None:
    expected = np.ones((2, 2))
    got = np.array([[1, 2], [np.nan, np.nan]])
    assert (
        said(expected, got)
        == "2 of 4 numbers are nan, the first at [1, 0]: 0 / 0 gives that, and so does inf / inf"
    )
    assert said(expected, got / got) == said(expected, got)
    assert said(1.0, math.nan) == "the number is nan: 0 / 0 gives that, and so does inf / inf"
    assert said(np.ones(2), np.array([1, np.inf])) == "1 of 2 numbers is infinite"
    assert difference(np.array([np.nan]), np.array([np.nan])) is None


def test_of_nan_no_law_is_said_to_be_broken() -> None:
    def nan(counts: np.ndarray) -> np.ndarray:
        return np.full(counts.shape, np.nan)

    message = read(tried("tv-tfidf", nan))
    assert message.endswith(
        "4 of 4 numbers are nan, the first at [0, 0]: 0 / 0 gives that, and so does inf / inf."
    )
    message = read(tried("emb-cosine", lambda E, v: np.full(len(E), np.nan)))
    assert message.endswith("The number is nan: 0 / 0 gives that, and so does inf / inf.")


def test_a_law_about_nan_is_asked_of_it() -> None:
    def bce(logits: np.ndarray, targets: np.ndarray) -> float:
        return math.nan if np.abs(logits).max() > 100 else find("emb-bce").solution(logits, targets)

    message = read(tried("emb-bce", bce))
    assert (
        "The number is nan: 0 / 0 gives that, and so does inf / inf. What must hold: the loss of" in message
    )

    def cosine(E: np.ndarray, v: np.ndarray) -> np.ndarray:
        found = find("emb-cosine").solution(E, v)
        return np.where(E.any(axis=1), found, np.nan)

    message = read(tried("emb-cosine", cosine))
    assert "What must hold: a vector of zeros has no direction; its cosine is 0 here." in message


ROWS = {
    "tv-one-hot": lambda ids, size: np.array([np.eye(size)[i] for i in ids]),
    "tv-pad": lambda sequences, length, value: np.array([(s + [value] * length)[:length] for s in sequences]),
    "tv-bag-of-words": lambda sequences, size: np.array(
        [np.bincount(s, minlength=size) for s in map(_whole, sequences)]
    ),
}


def _whole(sequence: list[int]) -> np.ndarray:
    return np.array(sequence, dtype=int)


@pytest.mark.parametrize("name", ROWS)
def test_a_result_without_rows_is_told_of_its_columns(name: str) -> None:
    message = read(tried(name, ROWS[name]))
    assert f"{name}: not yet, 1 of {len(cases(name))} cases goes wrong." in message
    assert re.search(
        r"Expected shape \(0, \d\), got \(0,\): a result without rows still has its columns\.$", message
    )


def test_an_empty_array_of_the_wrong_type_is_told_why() -> None:
    def pad(sequences: list[list[int]], length: int, value: int) -> np.ndarray:
        return np.array([(s + [value] * length)[:length] for s in sequences]).reshape(-1, length)

    message = read(tried("tv-pad", pad))
    assert message.endswith("got float64: of an empty list NumPy makes that, unless you say dtype=int.")
    assert said(np.zeros(2, dtype=int), np.zeros(2)) == "expected integers, got float64"


def test_keys_that_are_strings_are_told_what_they_should_be() -> None:
    def bpe_step(words: dict[tuple[str, ...], int]) -> tuple[tuple[str, str], dict[str, int]]:
        pair, merged = find("tv-bpe-step").solution(words)
        return pair, {" ".join(word): count for word, count in merged.items()}

    message = read(tried("tv-bpe-step", bpe_step))
    assert message.endswith("Element [1]: the keys must be tuples of strings; yours are strings.")


def test_two_words_that_become_one_add_their_counts() -> None:
    solution = find("tv-bpe-step").solution
    assert solution({("a", "b"): 3, ("ab",): 2}) == (("a", "b"), {("ab",): 5})
    assert solution({("ab", "c"): 1, ("a", "bc"): 1})[0] == ("a", "bc")
    assert any(len(solution(words)[1]) < len(words) for (words,) in cases("tv-bpe-step"))


def test_a_word_that_is_lost_breaks_a_law() -> None:
    def bpe_step(words: dict[tuple[str, ...], int]) -> Any:
        pair, merged = find("tv-bpe-step").solution(words)
        return pair, dict(list(merged.items())[:1])

    message = read(tried("tv-bpe-step", bpe_step))
    assert "1 key is missing. What must hold: a merge changes no word's spelling, and each" in message


def test_the_empty_string_has_its_sentence() -> None:
    def ngram_set(words: list[str], n: int) -> set[str]:
        sizes = range(n + 1)
        return {" ".join(words[i : i + size]) for size in sizes for i in range(len(words) - size + 1)}

    assert "The empty string is in your set" in read(tried("tv-ngrams", ngram_set))


def test_a_product_that_goes_on_beyond_zero_stays_zero() -> None:
    solution = find("tv-birthday").solution
    for buckets in (1, 3, 7, 49, 365):
        for more in range(1, 60):
            assert solution(buckets + more, buckets) == 1


@pytest.mark.parametrize("name", NAMES)
def test_what_a_mistake_raises_the_reader_must_raise_too(name: str) -> None:
    """A function that raises on every case is told what it raises, and of no known mistake."""

    def fails(*given: Any) -> None:
        raise ValueError("no")

    message = read(tried(name, fails))
    assert "it raises ValueError: no" in message
    assert not any(mistake.sentence in message for mistake in find(name).mistakes)


def test_df_along_the_wrong_axis_is_known_though_it_raises() -> None:
    def tfidf(counts: np.ndarray) -> np.ndarray:
        df = np.count_nonzero(counts, axis=1)
        weights = counts * (np.log((1 + counts.shape[0]) / (1 + df)) + 1)
        return weights / np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-12)

    message = read(tried("tv-tfidf", tfidf))
    assert "You count along the wrong axis: df has a number for each text." in message


def test_the_exercises_stand_in_the_order_of_the_chapters() -> None:
    found = 0
    for path in sorted(BOOK.glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        here = re.findall(r"^check\(\"([\w-]+)\",", code, re.M)
        assert here == [name for name in NAMES if name in here]
        found += len(here)
    assert found >= 8
