"""The public tests of word vectors: the numbers of scipy and gensim, and the usual mistakes are caught."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from companion.data import load_analogies, load_glove, load_word_pairs
from companion.vectors import Vectors
from companion.vectors.evaluate import analogies, ranks, similarity, spearman

FEW = st.lists(st.sampled_from([-1.5, 0.0, 2.0, 2.5, 7.0]), min_size=2, max_size=30)


@pytest.fixture(scope="module")
def frequent():
    """Give the 20,000 commonest words of GloVe."""
    glove = load_glove(50)
    return Vectors(glove.words[:20_000], glove.matrix[:20_000])


@pytest.fixture(scope="module")
def every_twelfth():
    sections = load_analogies().sections
    return {name: section[::12] for name, section in sections.items()}


def peer(vectors):
    keyed = KeyedVectors(vectors.matrix.shape[1])
    keyed.add_vectors(list(vectors.words), np.array(vectors.matrix, np.float32))
    return keyed


def question_file(folder, sections):
    lines = [
        line for name, rows in sections.items() for line in (f": {name}", *(" ".join(row) for row in rows))
    ]
    path = folder / "questions.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def pair_file(folder, pairs):
    path = folder / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\t{score}\n" for a, b, score in pairs), encoding="utf-8")
    return str(path)


def drawn_correlation(rng):
    """Two lists with many ties each."""
    n = int(rng.integers(3, 60))
    return rng.integers(0, 6, n).astype(float), rng.integers(0, 9, n) / 4


@given(FEW)
def test_ranks_are_scipys(values):
    np.testing.assert_array_equal(ranks(np.array(values)), stats.rankdata(values))


@pytest.mark.equation("eq-spearman")
def test_spearman_is_scipys(measure):
    rng = np.random.default_rng(0)
    error = 0.0
    for _ in range(300):
        x, y = drawn_correlation(rng)
        if len(set(x)) > 1 and len(set(y)) > 1:
            error = max(error, abs(spearman(x, y) - stats.spearmanr(x, y).statistic))
    measure("eq-spearman", error, 1e-12)


def test_spearman_is_the_correlation_of_orders():
    x = np.array([3.0, -1.0, 8.0, 2.0, 5.0])
    assert spearman(x, np.exp(x)) == spearman(-x, -(x**3)) == pytest.approx(1, abs=1e-15)
    assert spearman(x, -x) == pytest.approx(-1, abs=1e-15)
    # by hand: without ties 1 - 6 sum d^2 / (N (N^2 - 1)), and here d = 0, -1, 0, 1, 0
    assert spearman(x, np.array([4.0, 2.0, 9.0, 1.0, 5.0])) == pytest.approx(1 - 6 * 2 / (5 * 24))


def ties_ignored(x, y):
    x, y = (np.argsort(np.argsort(values, kind="stable")).astype(float) for values in (x, y))
    return float(np.corrcoef(x, y)[0, 1])


def shortcut_without_ties(x, y):
    d, n = ranks(x) - ranks(y), len(x)
    return float(1 - 6 * (d**2).sum() / (n * (n**2 - 1)))


def pearson(x, y):
    return float(np.corrcoef(x, y)[0, 1])


@pytest.mark.parametrize("mutant", [ties_ignored, shortcut_without_ties, pearson])
def test_mistakes_in_the_correlation_are_caught(mutant):
    x, y = drawn_correlation(np.random.default_rng(3))
    assert abs(mutant(x, y) - stats.spearmanr(x, y).statistic) > 1e-3


@pytest.mark.parametrize("name", ["wordsim353", "simlex999"])
@pytest.mark.parametrize("restrict", [8_000, 300_000])
@pytest.mark.parametrize("unknown", ["skip", "zero"])
def test_similarity_is_gensims(frequent, tmp_path, name, restrict, unknown):
    pairs = load_word_pairs(name)
    path = pair_file(tmp_path, pairs)
    linear, ranked, missing = peer(frequent).evaluate_word_pairs(
        path, restrict_vocab=restrict, dummy4unknown=unknown == "zero"
    )
    ours = similarity(frequent, pairs, restrict=restrict, unknown=unknown)
    assert 0 < ours.covered < ours.total == len(pairs)
    assert 100 * (1 - ours.covered / ours.total) == pytest.approx(missing)
    assert ours.pearson == pytest.approx(linear[0], abs=1e-6)
    assert ours.spearman == pytest.approx(ranked[0], abs=1e-5)  # single precision there swaps a pair or two


def test_similarity_on_the_published_vectors():
    glove = load_glove(50)
    found = similarity(glove, load_word_pairs("wordsim353"))
    assert (found.covered, found.total) == (353, 353)
    assert found.spearman == pytest.approx(0.5033, abs=5e-5)
    found = similarity(glove, load_word_pairs("simlex999"))
    assert (found.covered, found.total) == (998, 999)
    assert found.spearman == pytest.approx(0.2631, abs=5e-5)


def missing_counted_as_zero(vectors, pairs):
    return similarity(vectors, pairs, unknown="zero").spearman


def unnormalised(vectors, pairs):
    known = [(a, b, score) for a, b, score in pairs if a in vectors and b in vectors]
    return spearman(
        np.array([vectors[a] @ vectors[b] for a, b, _ in known]), np.array([s for *_, s in known])
    )


@pytest.mark.parametrize("mutant", [missing_counted_as_zero, unnormalised])
def test_mistakes_in_similarity_are_caught(frequent, tmp_path, mutant):
    pairs = [(a.lower(), b.lower(), score) for a, b, score in load_word_pairs("wordsim353")]
    _, ranked, _ = peer(frequent).evaluate_word_pairs(pair_file(tmp_path, pairs))
    assert abs(mutant(frequent, pairs) - ranked[0]) > 0.01


def outcome(sections):
    """Gensim's answer as ours: (correct, asked) by section."""
    return {s["section"]: (len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections}


@pytest.mark.parametrize("restrict", [5_000, 300_000])
def test_analogies_are_gensims(frequent, every_twelfth, tmp_path, restrict):
    path = question_file(tmp_path, every_twelfth)
    accuracy, sections = peer(frequent).evaluate_word_analogies(path, restrict_vocab=restrict)
    ours = analogies(frequent, every_twelfth, restrict=restrict)
    theirs = outcome(sections)
    assert theirs.pop("Total accuracy") == (ours.total.correct, ours.total.covered)
    assert theirs == {name: (count.correct, count.covered) for name, count in ours.sections.items()}
    assert ours.accuracy == pytest.approx(accuracy)
    dummy, _ = peer(frequent).evaluate_word_analogies(path, restrict_vocab=restrict, dummy4unknown=True)
    assert ours.total.accuracy_of_all == pytest.approx(dummy)
    assert 0 < ours.total.covered < ours.total.total == sum(map(len, every_twelfth.values()))


@pytest.mark.parametrize("fold_case", [True, False])
def test_words_in_several_spellings_are_gensims(tmp_path, fold_case):
    rng = np.random.default_rng(1)
    base = [f"w{i}" for i in range(40)]
    words = base + [word.upper() for word in base[:25]] + ["ß", "SS", "straße"]
    words = [words[i] for i in rng.permutation(len(words))]
    matrix = rng.standard_normal((len(words), 6)).astype(np.float32)
    for place, word in enumerate(words):  # the spellings of a word lie close together
        if word.upper() in words and word != word.upper():
            matrix[place] = matrix[words.index(word.upper())] + 0.05 * rng.standard_normal(6)
    asked = [tuple(rng.choice([*words, "unknown"], 4, replace=False)) for _ in range(400)]
    asked += [tuple(rng.choice(words, 3)) + ("W3",) for _ in range(50)]
    sections = {"drawn": asked[:300], "gram-drawn": asked[300:]}
    table = Vectors(words, matrix)
    _, theirs = peer(table).evaluate_word_analogies(
        question_file(tmp_path, sections), case_insensitive=fold_case
    )
    ours = analogies(table, sections, fold_case=fold_case)
    expected = outcome(theirs)
    assert expected.pop("Total accuracy")[0] > 0
    assert expected == {name: (count.correct, count.covered) for name, count in ours.sections.items()}


@pytest.mark.parametrize("method", ["add", "mul"])
def test_answers_are_those_of_the_table(frequent, every_twelfth, method):
    ours = analogies(frequent, every_twelfth, method, restrict=6_000)
    few = Vectors(frequent.words[:6_000], frequent.matrix[:6_000])
    for name, section in every_twelfth.items():
        lower = [tuple(word.lower() for word in question) for question in section]
        asked = [question for question in lower if all(word in few for word in question)]
        rule = {"add": "3CosAdd", "mul": "3CosMul"}[method]
        found = few.analogies([question[:3] for question in asked], 1, rule)
        right = sum(best[0][0] == question[3] for best, question in zip(found, asked, strict=True))
        assert ours.sections[name] == (right, len(asked), len(section))


def question_words_may_answer(vectors, questions):
    unit = vectors.normalised
    asked = [[vectors.index(word) for word in question] for question in questions]
    return sum(int((unit @ (unit[b] - unit[a] + unit[c])).argmax()) == d for a, b, c, d in asked)


def vectors_not_normalised(vectors, questions):
    right = 0
    for question in questions:
        a, b, c, d = (vectors.index(word) for word in question)
        scores = vectors.matrix @ (vectors.matrix[b] - vectors.matrix[a] + vectors.matrix[c])
        scores[[a, b, c]] = -np.inf
        right += int(scores.argmax()) == d
    return right


@pytest.mark.parametrize("mutant", [question_words_may_answer, vectors_not_normalised])
def test_mistakes_in_analogies_are_caught(frequent, mutant):
    questions = [
        question
        for question in (tuple(map(str.lower, four)) for four in load_analogies().sections["family"])
        if all(word in frequent for word in question)
    ]
    right = analogies(frequent, {"family": questions}).total.correct
    assert abs(mutant(frequent, questions) - right) > 10


V = Vectors(["a", "b", "c", "<pad>"], np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.0, 0.0]]))
Q = [("a", "b", "c", "a")]


def test_a_zero_vector_is_not_in_the_table():
    assert similarity(V, [("a", "b", 3), ("b", "c", 4), ("a", "<pad>", 5)]).covered == 2
    assert analogies(V, {"s": [("a", "b", "c", "<pad>"), *Q]}).total == (0, 1, 2)


def test_sections_are_kept_and_may_be_empty():
    found = analogies(V, {"things": Q, "gram": [("a", "b", "c", "x")], "none": []})
    assert found.sections == {"things": (0, 1, 1), "gram": (0, 0, 1), "none": (0, 0, 0)}
    assert (found.semantic, found.syntactic) == ((0, 1, 1), (0, 0, 1))
    assert np.isnan(found.syntactic.accuracy)
    assert np.isnan(found.sections["none"].accuracy_of_all)
    assert (found.accuracy, found.total.accuracy_of_all) == (0, 0)
    assert analogies(V, {}).total == (0, 0, 0)


TWO = "pairs: expected at least two whose words are in the table, got"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ranks(np.ones((2, 2))), "x: expected (N,), got (2, 2)"),
        (lambda: ranks(np.array([1, np.nan])), "x: expected numbers, got nan at 1"),
        (lambda: spearman(np.ones(2), np.ones(3)), "x, y: expected one length of at least 2, got 2 and 3"),
        (lambda: spearman(np.ones(1), np.ones(1)), "x, y: expected one length of at least 2, got 1 and 1"),
        (lambda: spearman(np.arange(3), np.full(3, 7)), "y: expected numbers that differ, got one alone"),
        (lambda: similarity(V, [("a", "b", 1), ("a", "x", 2)]), f"{TWO} 1 of 2"),
        (lambda: similarity(V, []), f"{TWO} 0 of 0"),
        (lambda: similarity(V, [], unknown="drop"), "unknown: expected 'skip' or 'zero', got 'drop'"),
        (lambda: similarity(V, [], restrict=0), "restrict: expected None or at least 1, got 0"),
        (lambda: analogies(V, {"s": Q}, restrict=0), "restrict: expected None or at least 1, got 0"),
        (lambda: analogies(V, {"s": Q}, "3CosAdd"), "method: expected 'add' or 'mul', got '3CosAdd'"),
        (lambda: analogies(V, {"s": [*Q, ("a", "b", "c")]}),
         "questions: expected four words, got ('a', 'b', 'c') at 1 of 's'"),
        (lambda: analogies(V, {"s": ["abca"]}), "questions: expected four words, got 'abca' at 0 of 's'"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match="expected") as refusal:
        call()
    assert str(refusal.value) == message
