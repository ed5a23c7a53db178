"""Analogies: equal to gensim's and to sorting, one by one or many at once; ties, and what is refused."""

from itertools import permutations

import numpy as np
import pytest
from comparing import PARITY, apart, caught
from gensim.models import KeyedVectors

from companion.vectors import Vectors

METHODS = ["3CosAdd", "3CosMul"]


def drawn(seed=0, count=60, dim=7, dtype=np.float32):
    words = [f"w{i}" for i in range(count)]
    return Vectors(words, np.random.default_rng(seed).standard_normal((count, dim)).astype(dtype))


def peer(vectors):
    keyed = KeyedVectors(vectors.matrix.shape[1])
    keyed.add_vectors(list(vectors.words), np.array(vectors.matrix, np.float32))
    return keyed


def scores(vectors, positive, negative, method):
    """Score every word by the formula of the paper, in float64."""
    table = vectors.matrix.astype(float)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    near = {word: unit @ unit[vectors.index(word)] for word in (*positive, *negative)}
    if method == "3CosAdd":
        total = sum(unit[vectors.index(p)] for p in positive) - sum(unit[vectors.index(n)] for n in negative)
        return unit @ total / np.linalg.norm(total)
    above = np.prod([(1 + near[p]) / 2 for p in positive], axis=0)
    return above / (np.prod([(1 + near[n]) / 2 for n in negative], axis=0) + 1e-6)


def by_sorting(vectors, positive, negative, k, method):
    given = {*positive, *negative}
    found = zip(-scores(vectors, positive, negative, method), range(len(vectors)), vectors, strict=True)
    return [(word, -score) for score, _, word in sorted(found) if word not in given][:k]


def assert_same(ours, theirs, tolerance):
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    np.testing.assert_allclose([s for _, s in ours], [s for _, s in theirs], rtol=tolerance)


def furthest(seed, method, formula):
    """Measure the largest difference of the score of any word from a formula's."""
    vectors = drawn(seed, dtype=np.float64)
    errors = []
    for positive, negative in SHAPES:
        expected = dict(zip(vectors.words, formula(vectors, positive, negative, method), strict=True))
        found = vectors.analogy(positive, negative, len(vectors), method)
        errors.append(apart([score for _, score in found], [expected[word] for word, _ in found]))
    return max(errors)


@pytest.mark.equation("eq-analogy-add")
@pytest.mark.equation("eq-analogy-mul")
@pytest.mark.parametrize("seed", range(3))
def test_scores_are_the_formulas(seed, measure):
    measure("eq-analogy-add", furthest(seed, "3CosAdd", scores), PARITY)
    measure("eq-analogy-mul", furthest(seed, "3CosMul", scores), PARITY)


def of_any_length(vectors, positive, negative, method):
    """Add the vectors as they are: the long ones weigh more."""
    total = sum(vectors[word] for word in positive) - sum(vectors[word] for word in negative)
    table = vectors.matrix.astype(float)
    return table @ total / np.linalg.norm(table, axis=1) / np.linalg.norm(total)


def signs_swapped(vectors, positive, negative, method):
    return scores(vectors, negative or positive, positive if negative else [], method)


def not_shifted(vectors, positive, negative, method):
    """Multiply cosines themselves: two negative ones make a positive score."""
    near = {word: [vectors.similarity(word, other) for other in vectors] for word in (*positive, *negative)}
    above, below = (np.prod([near[word] for word in words], axis=0) for words in (positive, negative))
    return above / (below + 1e-6)


@pytest.mark.parametrize(
    ("method", "mutant"),
    [
        ("3CosAdd", of_any_length),
        ("3CosAdd", signs_swapped),
        ("3CosMul", signs_swapped),
        ("3CosMul", not_shifted),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_mistakes_in_the_formula_are_caught(seed, method, mutant):
    assert caught(lambda: furthest(seed, method, mutant))


SHAPES = [(["w1", "w2"], ["w3"]), (["w4"], []), (["w5"], ["w6", "w7"]), (["w1", "w1", "w8"], ["w9"])]


# gensim calls its own deprecated method
@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("positive", "negative"), SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_gensim(seed, positive, negative, method):
    vectors = drawn(seed)
    keyed = peer(vectors)
    call = keyed.most_similar if method == "3CosAdd" else keyed.most_similar_cosmul
    theirs = call(positive=positive, negative=negative, topn=10)
    assert_same(vectors.analogy(positive, negative, 10, method), theirs, 1e-4)


def test_agrees_with_gensim_on_negative_words_alone():
    vectors = drawn(5)
    theirs = peer(vectors).most_similar(negative=["w1", "w2"], topn=10)
    assert_same(vectors.analogy([], ["w1", "w2"], 10), theirs, 1e-4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 3, 57, 100])
def test_is_what_sorting_finds(k, method, dtype):
    vectors = drawn(1, dtype=dtype)
    for positive, negative in SHAPES:
        ours = vectors.analogy(positive, negative, k, method)
        assert_same(ours, by_sorting(vectors, positive, negative, k, method), 1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("block", [1, 150, 1 << 19])
def test_many_at_once_are_as_one_by_one(k, method, block, monkeypatch):
    monkeypatch.setattr("companion.vectors.table.BLOCK", block)
    vectors = drawn(2)
    questions = list(permutations(["w1", "w5", "w9", "w30"], 3))
    one_by_one = [vectors.analogy([b, c], [a], k, method) for a, b, c in questions]
    assert vectors.analogies(questions, k, method) == one_by_one
    assert vectors.analogies([], k, method) == []


def test_a_small_divisor_does_not_hide_the_best_word():
    # Two words lie opposite the negative one: the quick scores are all error there, the exact ones decide.
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((400, 20)).astype(np.float32)
    matrix[1:5] = -matrix[0] * np.array([[1], [2], [3], [0.5]], np.float32)
    matrix[1:5] += 1e-4 * rng.standard_normal((4, 20)).astype(np.float32)
    vectors = Vectors([f"w{i}" for i in range(400)], matrix)
    for k in (1, 2, 3, 10):
        ours = vectors.analogy(["w10", "w11"], ["w0"], k, "3CosMul")
        assert_same(ours, by_sorting(vectors, ["w10", "w11"], ["w0"], k, "3CosMul"), 1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_ties_stand_in_the_order_of_the_rows(method):
    matrix = np.random.default_rng(0).standard_normal((101, 50)).astype(np.float32)
    twins = [3, 17, 50, 64, 98, 100]
    matrix[twins] = matrix[3]
    matrix[4:6] = matrix[3] + 0.1  # the question's words lie by the twins
    vectors = Vectors([f"w{i}" for i in range(101)], matrix)
    for k in range(1, 7):
        answer = vectors.analogy(["w4", "w5"], ["w90"], k, method)
        assert [word for word, _ in answer] == [f"w{i}" for i in twins[:k]]
        assert vectors.analogies([["w90", "w4", "w5"]], k, method) == [answer]


def test_an_analogy_is_the_neighbour_of_its_point():
    vectors = drawn(3, dtype=np.float64)
    unit = vectors.normalised
    a, b, c = (unit[vectors.index(word)] for word in ("w1", "w2", "w3"))
    by_words = vectors.analogy(["w2", "w3"], ["w1"], 5)
    assert_same(by_words, vectors.nearest(b - a + c, 5, exclude=["w1", "w2", "w3"]), 1e-12)
    by_vectors = vectors.analogy([7 * b, c], [2 * a], 60)
    assert len(by_vectors) == 60  # vectors leave nothing out
    assert_same([pair for pair in by_vectors if pair[0] not in ("w1", "w2", "w3")][:5], by_words, 1e-12)


def test_zero_vectors_answer_nothing():
    vectors = Vectors(["a", "b", "c", "<pad>"], np.array([[1.0, 0], [0, 1], [1, 1], [0, 0]]))
    for method in METHODS:
        assert [word for word, _ in vectors.analogy(["a"], ["b"], 9, method)] == ["c"]
        assert vectors.analogy(["a", "b"], ["c"], 9, method) == []


V = Vectors(["a", "b", "<pad>"], np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
SEVERAL = "expected several words, as ['a'], got one string"
NONE = "positive: expected at least one word, got none"
ZERO = "the zero vector has no direction"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: V.analogy("a", ["b"]), TypeError, f"positive: {SEVERAL}"),
        (lambda: V.analogy(["b"], "a"), TypeError, f"negative: {SEVERAL}"),
        (lambda: V.analogy(["x"]), KeyError, "\"'x' is not among the 3 words\""),
        (lambda: V.analogies([("a", "b", "x")]), KeyError, "\"'x' is not among the 3 words\""),
        (lambda: V.analogy([]), ValueError, NONE),
        (lambda: V.analogy([], ["a"], 1, "3CosMul"), ValueError, NONE),
        (lambda: V.analogy(["a"], k=0), ValueError, "k: expected at least 1, got 0"),
        (lambda: V.analogies([("a", "b", "a")], 0), ValueError, "k: expected at least 1, got 0"),
        (lambda: V.analogy(["a"], method="add"), ValueError,
         "method: expected '3CosAdd' or '3CosMul', got 'add'"),
        (lambda: V.analogy(["a"], ["a"]), ValueError,
         "positive: what is positive and what is negative cancel and leave no direction"),
        (lambda: V.analogy(["<pad>"]), ValueError, f"positive: {ZERO}"),
        (lambda: V.analogies([("a", "b", "<pad>")]), ValueError,
         "questions: the vector of '<pad>' is zero and has no direction"),
        (lambda: V.analogies(["abc"]), ValueError, "questions: expected three words, got 'abc' at 0"),
        (lambda: V.analogies([("a", "b", "a"), ("a", "b")]), ValueError,
         "questions: expected three words, got ('a', 'b') at 1"),
        (lambda: V.analogy([np.ones(3)]), ValueError, "positive: expected (2,), got (3,)"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
