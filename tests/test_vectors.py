"""Word vectors: cosine similarity against a peer, the order of neighbours, memory maps, what is refused."""

import numpy as np
import pytest
from comparing import PARITY, apart
from sklearn.metrics.pairwise import cosine_similarity

from companion.vectors import Vectors


def drawn(seed=0, count=60, dim=7, dtype=np.float64):
    words = [f"w{i}" for i in range(count)]
    return Vectors(words, np.random.default_rng(seed).standard_normal((count, dim)).astype(dtype))


@pytest.mark.equation("eq-cosine")
@pytest.mark.parametrize("seed", range(4))
def test_similarity_agrees_with_scikit_learn(seed, measure):
    vectors = drawn(seed)
    ours = [[vectors.similarity(a, b) for b in vectors.words] for a in vectors.words]
    measure("eq-cosine", apart(ours, cosine_similarity(vectors.matrix)), PARITY)
    assert apart(vectors.normalised @ vectors.normalised.T, ours) <= PARITY


def cosine_errors(similarity):
    vectors = drawn(1)
    expected = cosine_similarity(vectors.matrix)
    return max(
        abs(similarity(vectors["w3"], vectors[word]) - expected[3, row])
        for row, word in enumerate(vectors.words)
    )


def test_mistakes_in_the_cosine_are_caught():
    assert cosine_errors(drawn().similarity) < PARITY
    assert cosine_errors(lambda a, b: a @ b) > 0.1
    assert cosine_errors(lambda a, b: a @ b / np.linalg.norm(a)) > 0.1
    assert cosine_errors(lambda a, b: a @ b / (np.linalg.norm(a) + np.linalg.norm(b))) > 0.1
    assert cosine_errors(lambda a, b: np.abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b)) > 0.1


def by_sorting(vectors, query, k, left_out):
    """Sort all words by similarity, then by row, the slow and certain way."""
    scored = [
        (-vectors.similarity(query, w), row, w) for row, w in enumerate(vectors.words) if w not in left_out
    ]
    return [(word, -score) for score, _, word in sorted(scored)[:k]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("k", [1, 5, 59, 100])
@pytest.mark.parametrize("seed", range(4))
def test_nearest_is_what_sorting_finds(seed, k, dtype):
    vectors = drawn(seed, dtype=dtype)
    assert vectors.nearest("w4", k) == by_sorting(vectors, "w4", k, {"w4"})
    query = vectors["w1"].astype(float) - vectors["w2"] + vectors["w3"]
    excluded = ["w1", "w2", "w3"]
    assert vectors.nearest(query, k, exclude=excluded) == by_sorting(vectors, query, k, set(excluded))


def test_a_vector_finds_its_own_word_and_a_word_does_not():
    vectors = drawn()
    assert vectors.nearest(vectors["w9"], 1)[0][0] == "w9"
    assert "w9" not in dict(vectors.nearest("w9", 100))
    assert len(vectors.nearest("w9", 100)) == 59


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_ties_stand_in_the_order_of_the_rows(dtype):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((101, 50)).astype(dtype)
    twins = [3, 17, 50, 64, 98, 100]
    matrix[twins] = matrix[3]
    vectors = Vectors([f"w{i}" for i in range(101)], matrix)
    query = matrix[3].astype(float) + 0.1
    for k in range(1, 7):
        assert [word for word, _ in vectors.nearest(query, k)] == [f"w{i}" for i in twins[:k]]
    assert len({similarity for _, similarity in vectors.nearest(query, 6)}) == 1


def test_lengths_do_not_matter():
    vectors = drawn()
    scaled = Vectors(vectors.words, vectors.matrix * np.geomspace(1e-3, 1e3, 60)[:, None])
    ours, theirs = vectors.nearest("w0", 10), scaled.nearest("w0", 10)
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    assert apart([s for _, s in ours], [s for _, s in theirs]) < 1e-12


def test_a_zero_vector_is_nobodys_neighbour():
    vectors = Vectors(["<pad>", "a", "b", "c"], np.array([[0.0, 0], [1, 0], [-1, 0.1], [-1, -0.2]]))
    assert [word for word, _ in vectors.nearest("a", 3)] == ["c", "b"]
    assert [word for word, _ in vectors.nearest("a", 1, exclude=["b"])] == ["c"]
    assert vectors.nearest("a", 2, exclude=["b", "c"]) == []
    assert vectors.normalised[0].tolist() == [0, 0]


def test_a_read_only_memory_map_is_enough(tmp_path):
    table = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
    np.save(tmp_path / "table.npy", table)
    mapped = np.load(tmp_path / "table.npy", mmap_mode="r")
    words = [f"w{i}" for i in range(40)]
    vectors, plain = Vectors(words, mapped), Vectors(words, table)
    assert np.shares_memory(vectors.matrix, mapped)
    assert vectors.nearest("w1", 7) == plain.nearest("w1", 7)
    assert vectors.similarity("w1", "w2") == plain.similarity("w1", "w2")
    assert vectors.subset(["w2"])["w2"].tolist() == table[2].tolist()


def test_nothing_can_be_written_through_it_and_nothing_is_copied():
    matrix = np.ones((2, 3))
    vectors = Vectors(["a", "b"], matrix)
    with pytest.raises(ValueError, match="read-only"):
        vectors["a"][0] = 5
    with pytest.raises(ValueError, match="read-only"):
        vectors.normalised[0] = 5
    assert np.shares_memory(vectors.matrix, matrix)
    assert matrix.flags.writeable
    assert vectors.normalised is vectors.normalised


def test_subset_keeps_the_given_order_and_its_own_table():
    vectors = drawn()
    some = vectors.subset(["w7", "w2", "w30"])
    assert some.words == ("w7", "w2", "w30")
    assert np.array_equal(some.matrix, vectors.matrix[[7, 2, 30]])
    assert not np.shares_memory(some.matrix, vectors.matrix)
    assert some.similarity("w7", "w2") == vectors.similarity("w7", "w2")


def test_as_a_collection():
    vectors = drawn(count=1234)
    assert len(vectors) == 1234
    assert "w3" in vectors
    assert "x" not in vectors
    assert 3 not in vectors
    assert vectors.index("w12") == 12
    assert repr(vectors) == "Vectors(1,234 words, 7 dimensions)"
    assert list(vectors) == list(vectors.words)


def test_similarity_never_leaves_its_range():
    vectors = drawn(count=500)
    turned = Vectors(vectors.words, -7 * vectors.matrix)
    same = [vectors.similarity(word, word) for word in vectors]
    opposite = [vectors.similarity(word, turned[word]) for word in vectors]
    assert 1 - 1e-15 < min(same) <= max(same) <= 1
    assert -1 <= min(opposite) <= max(opposite) < -1 + 1e-15


V = Vectors(["a", "b", "<pad>"], np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))

ROW_EACH = "expected (1, D), a row for each word"
FLOATS = "expected floating-point numbers"
ONE = "expected a sequence of strings, got one string"
SEVERAL = "expected several words, as ['b'], got one string"
MISSING = "\"'c' is not among the 3 words\""


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Vectors(["a"], np.zeros((2, 3))), ValueError, f"matrix: {ROW_EACH}, got (2, 3)"),
        (lambda: Vectors(["a"], np.zeros(1)), ValueError, f"matrix: {ROW_EACH}, got (1,)"),
        (lambda: Vectors(["a"], np.zeros((1, 2), int)), TypeError, f"matrix: {FLOATS}, got int64 (1, 2)"),
        (lambda: Vectors(["a", "b", "a"], np.zeros((3, 2))), ValueError, "words: 'a' at 2 was already at 0"),
        (lambda: Vectors(["a", 3], np.zeros((2, 2))), TypeError, "words: expected strings, got int at 1"),
        (lambda: Vectors("ab", np.zeros((2, 2))), TypeError, f"words: {ONE}"),
        (lambda: V["c"], KeyError, MISSING),
        (lambda: V.similarity("a", "c"), KeyError, MISSING),
        (lambda: V.similarity("a", "<pad>"), ValueError, "b: the zero vector has no direction"),
        (lambda: V.similarity(np.ones(3), "a"), ValueError, "a: expected (2,), got (3,)"),
        (lambda: V.similarity(["x", "y"], "a"), TypeError, "a: expected a word or a vector, got list"),
        (lambda: V.nearest([np.nan, 1.0]), ValueError, "query: expected finite numbers, got [nan  1.]"),
        (lambda: V.nearest("<pad>"), ValueError, "query: the zero vector has no direction"),
        (lambda: V.nearest("a", 0), ValueError, "k: expected at least 1, got 0"),
        (lambda: V.nearest("a", exclude="b"), TypeError, f"exclude: {SEVERAL}"),
        (lambda: V.nearest("a", exclude=["c"]), KeyError, MISSING),
        (lambda: V.subset(["a", "a"]), ValueError, "words: 'a' at 1 was already at 0"),
        (lambda: V.subset(["c"]), KeyError, MISSING),
        (lambda: V.subset("ab"), TypeError, f"words: {ONE}"),
        (
            lambda: Vectors(["a", "b"], np.array([[1.0, 2], [np.inf, 0]])).nearest("a"),
            ValueError,
            "matrix: expected finite numbers, got others in the row of 'b'",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
