"""What vectors absorb: by definition and by hand, the p-value by counting, and the published findings."""

from itertools import combinations

import numpy as np
import pytest

from companion.data import load_glove
from companion.vectors import Vectors
from companion.vectors.association import WORD_LISTS, association, leanings


def drawn(seed, sizes=(5, 5, 4, 3), dim=6):
    """Give a table, and four groups of its words."""
    rng = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(sum(sizes))]
    ends = np.cumsum(sizes)
    groups = [words[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    return Vectors(
        words, rng.standard_normal((len(words), dim)) * rng.uniform(0.2, 5, (len(words), 1))
    ), groups


def by_definition(vectors, x, y, a, b):
    """Give the effect and the leanings, one cosine after the other."""

    def leaning(word):
        towards = [vectors.similarity(word, other) for other in a]
        return np.mean(towards) - np.mean([vectors.similarity(word, other) for other in b])

    s = {word: leaning(word) for word in (*x, *y)}
    difference = np.mean([s[word] for word in x]) - np.mean([s[word] for word in y])
    mean = np.mean(list(s.values()))
    variance = sum((value - mean) ** 2 for value in s.values()) / (len(s) - 1)
    return difference / np.sqrt(variance), s


def by_counting(s, x):
    """Give the share of divisions in which the first group leans as far as x, by the difference of means."""
    words = set(s)
    far = []
    for some in combinations(s, len(x)):
        others = words - set(some)
        far.append(np.mean([s[w] for w in some]) - np.mean([s[w] for w in others]))
    real = np.mean([s[w] for w in x]) - np.mean([s[w] for w in words - set(x)])
    return np.mean(np.array(far) >= real - 1e-12)


@pytest.mark.equation("eq-association")
@pytest.mark.parametrize("sizes", [(5, 5, 4, 3), (3, 6, 1, 2), (1, 4, 2, 2)])
def test_effect_and_p_are_those_of_the_definition(measure, sizes):
    error = 0.0
    for seed in range(10):
        vectors, groups = drawn(seed, sizes)
        effect, s = by_definition(vectors, *groups)
        found = association(vectors, *groups)
        error = max(error, abs(found.effect - effect))
        assert found.exact
        assert found.p == pytest.approx(by_counting(s, groups[0]), abs=1e-12)
        assert found.p > 0
        np.testing.assert_allclose(
            leanings(vectors, list(s), *groups[2:]), list(s.values()), rtol=0, atol=1e-12
        )
    measure("eq-association", error, 1e-12)


def unnormalised(vectors, x, y, a, b):
    rows = {word: vectors[word] for word in (*x, *y, *a, *b)}
    s = {
        word: np.mean([rows[word] @ rows[other] for other in a])
        - np.mean([rows[word] @ rows[other] for other in b])
        for word in (*x, *y)
    }
    values = np.array(list(s.values()))
    return (values[: len(x)].mean() - values[len(x) :].mean()) / values.std(ddof=1)


def deviation_within_groups(vectors, x, y, a, b):
    """Cohen's own d, which has the pooled deviation."""
    s = by_definition(vectors, x, y, a, b)[1]
    one, other = (np.array([s[word] for word in words]) for words in (x, y))
    return (one.mean() - other.mean()) / np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)


def cosine_with_the_mean_attribute(vectors, x, y, a, b):
    """Take the direction of the mean, of length 1, where the mean of directions is shorter."""
    ends = [
        np.mean([vectors[word] / np.linalg.norm(vectors[word]) for word in words], axis=0) for words in (a, b)
    ]
    s = np.array([[vectors.similarity(word, end) for end in ends] for word in (*x, *y)]) @ [1, -1]
    return (s[: len(x)].mean() - s[len(x) :].mean()) / s.std(ddof=1)


@pytest.mark.parametrize("mutant", [unnormalised, deviation_within_groups, cosine_with_the_mean_attribute])
def test_mistakes_in_the_effect_are_caught(mutant):
    vectors, groups = drawn(2)
    assert abs(mutant(vectors, *groups) - by_definition(vectors, *groups)[0]) > 1e-3


def test_exchanging_the_groups_or_the_attributes_turns_the_effect_round():
    vectors, (x, y, a, b) = drawn(4)
    effect = association(vectors, x, y, a, b).effect
    assert association(vectors, y, x, a, b).effect == pytest.approx(-effect, rel=1e-12)
    assert association(vectors, x, y, b, a).effect == pytest.approx(-effect, rel=1e-12)
    both = association(vectors, x, y, a, b).p + association(vectors, y, x, a, b).p
    assert both == pytest.approx(1 + 1 / 252)  # the real division, of 252, is counted in both


def test_lengths_of_vectors_do_not_matter():
    vectors, groups = drawn(5)
    scaled = Vectors(vectors.words, vectors.matrix * np.linspace(0.1, 9, len(vectors))[:, None])
    assert association(scaled, *groups).effect == pytest.approx(
        association(vectors, *groups).effect, rel=1e-12
    )


def test_drawn_divisions_agree_with_all_of_them():
    vectors, groups = drawn(6, (8, 8, 3, 3))
    exact = association(vectors, *groups, permutations=12_870)
    assert exact.exact
    drawn_p = association(vectors, *groups, permutations=12_869, rng=np.random.default_rng(0))
    assert not drawn_p.exact
    spread = np.sqrt(exact.p * (1 - exact.p) / 12_869)
    assert abs(drawn_p.p - exact.p) < 4 * spread + 1e-4
    again = association(vectors, *groups, permutations=12_869, rng=np.random.default_rng(0))
    assert again == drawn_p


def test_p_is_uniform_where_there_is_no_association():
    p = [association(*unpack(drawn(seed))).p for seed in range(100, 300)]
    assert 0.4 < np.mean(p) < 0.6
    assert 0.02 < np.mean(np.array(p) <= 0.05) < 0.1


def unpack(table):
    return table[0], *table[1]


def test_sums_that_tie_count_as_far():
    table = Vectors(list("abcdxy"), np.array([[1.0, 1], [1, 1], [1, 1], [0, 1], [1, 0], [0, 1]]))
    assert association(table, ["a", "b"], ["c", "d"], ["x"], ["y"]).p == 0.5  # 3 of 6 divisions keep d apart


def test_words_without_a_vector_are_left_out_and_named():
    vectors, (x, y, a, b) = drawn(7)
    found = association(vectors, [*x, "no"], [*y, "nor"], [*a, "no"], b)
    assert found.missing == ("no", "nor")
    assert found[:4] == association(vectors, x, y, a, b)[:4]


@pytest.mark.parametrize(
    ("x", "y", "a", "b", "least"),
    [
        ("flowers", "insects", "pleasant", "unpleasant", 1.0),
        ("instruments", "weapons", "pleasant", "unpleasant", 1.5),
        ("male_names", "female_names", "career", "family", 1.7),
        ("math", "arts", "male_terms", "female_terms", 1.4),
        ("science", "arts_beside_science", "male_kin", "female_kin", 1.4),
    ],
)
def test_the_published_associations_are_found_in_glove(x, y, a, b, least):
    lists = [WORD_LISTS[name] for name in (x, y, a, b)]
    found = association(load_glove(50), *lists, permutations=13_000, rng=np.random.default_rng(0))
    assert found.effect > least
    assert found.p < 0.001
    assert set(found.missing) <= {"gladiola"}


def test_lists_are_as_long_as_they_were_published():
    lengths = {name: len(set(words)) for name, words in WORD_LISTS.items()}
    big = {"flowers", "insects", "instruments", "weapons", "pleasant", "unpleasant"}
    assert lengths == {name: 25 if name in big else 8 for name in WORD_LISTS}
    assert all(word == word.lower() for words in WORD_LISTS.values() for word in words)
    with pytest.raises(TypeError):
        WORD_LISTS["flowers"] = ()


V = Vectors(["a", "b", "x", "<pad>"], np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: association(V, "a", ["b"], ["x"], ["x"]), TypeError,
         "x: expected several words, as ['a'], got one string"),
        (lambda: association(V, ["a"], ["b"], ["x"], ["q", "r"]), ValueError,
         "b: expected at least one word with a vector, got ['q', 'r']"),
        (lambda: association(V, ["a", "b"], ["b", "x"], ["x"], ["x"]), ValueError,
         "x, y: expected no word in both, got b"),
        (lambda: association(V, ["a"], ["b"], ["a"], ["x"]), ValueError,
         "x, y: expected words that differ, but all are equally near to a and b"),
        (lambda: association(V, ["a"], ["<pad>"], ["a"], ["x"]), ValueError,
         "words: the vector of '<pad>' is zero and has no direction"),
        (lambda: association(V, ["a"], ["x"], ["a"], ["x"], permutations=0), ValueError,
         "permutations: expected at least 1, got 0"),
        (lambda: association(V, ["a"], ["x"], ["a"], ["x"], permutations=1), ValueError,
         "rng: expected a generator, as there are 2 divisions and at most 1 are looked at"),
        (lambda: leanings(V, ["a"], [], ["x"]), ValueError, "a: expected at least one word, got none"),
        (lambda: leanings(V, ["z"], ["a"], ["x"]), KeyError, "\"'z' is not among the 4 words\""),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
