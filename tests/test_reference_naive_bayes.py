"""The baseline: parity with scikit-learn, laws, and what it refuses."""

import numpy as np
import pytest
from sklearn.naive_bayes import MultinomialNB

from companion.reference import naive_bayes
from companion.text import bag_of_words, multi_hot

SIZE = 11


def random_texts(seed: int) -> tuple[list[list[int]], np.ndarray]:
    rng = np.random.default_rng(seed)
    texts = [rng.integers(0, SIZE, length).tolist() for length in rng.integers(0, 9, 13)]
    labels = rng.random(13) < 0.4
    labels[:2] = True, False  # both classes, whatever was drawn
    return texts, labels


@pytest.mark.equation("eq-naive-bayes")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("smoothing", [1.0, 0.3])
def test_agrees_with_scikit_learn(seed, smoothing, measure):
    texts, labels = random_texts(seed)
    peer = MultinomialNB(alpha=smoothing).fit(multi_hot(texts, SIZE), labels)
    log_odds = np.diff(peer.predict_joint_log_proba(multi_hot(texts, SIZE)), axis=1)[:, 0]
    ours = naive_bayes.score(naive_bayes.fit(texts, labels, SIZE, smoothing), texts)
    measure("eq-naive-bayes", np.abs(ours - log_odds).max(), 1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_counting_every_mention_is_noticed(seed):
    texts, labels = random_texts(seed)
    texts[0] = [3, 3, 3, 5]
    peer = MultinomialNB().fit(bag_of_words(texts, SIZE), labels)  # the mutant: counts instead of sets
    weights = np.diff(peer.feature_log_prob_, axis=0)[0]
    assert np.abs(weights - naive_bayes.fit(texts, labels, SIZE)["weight"]).max() > 1e-3


def test_how_often_a_token_stands_in_a_text_changes_nothing():
    texts, labels = random_texts(0)
    doubled = [text + text for text in texts]
    once, twice = naive_bayes.fit(texts, labels, SIZE), naive_bayes.fit(doubled, labels, SIZE)
    assert np.array_equal(once["weight"], twice["weight"])


def test_exchanging_the_classes_turns_every_sign():
    texts, labels = random_texts(1)
    one, other = (naive_bayes.fit(texts, y, SIZE) for y in (labels, ~labels))
    assert np.allclose(naive_bayes.score(one, texts), -naive_bayes.score(other, texts))


def test_a_text_without_tokens_is_judged_by_the_classes_alone():
    params = naive_bayes.fit([[0], [1], [1]], [True, False, False], 2)
    assert naive_bayes.score(params, [[]])[0] == pytest.approx(np.log(1 / 2))


@pytest.mark.parametrize(
    ("sequences", "labels", "size", "smoothing", "message"),
    [
        ([[0], [1]], [True], 2, 1.0, r"labels: expected \(2,\), got \(1,\)"),
        ([[0], [1]], [True, True], 2, 1.0, "labels: expected texts of both classes, got 2 true of 2"),
        ([[0], [2]], [True, False], 2, 1.0, r"sequences\[1\]: expected 0..1, got 2 at 0"),
        ([[0], [1]], [True, False], 2, 0.0, "smoothing: expected a number above 0, got 0.0"),
    ],
)
def test_refuses(sequences, labels, size, smoothing, message):
    with pytest.raises(ValueError, match=message):
        naive_bayes.fit(sequences, labels, size, smoothing)


def test_refuses_what_is_no_id_and_no_truth_value():
    with pytest.raises(TypeError, match=r"labels: expected truth values \(bool\), got int64 \(2,\)"):
        naive_bayes.fit([[0], [1]], [1, 0], 2)
    with pytest.raises(TypeError, match=r"sequences\[0\]: expected integers, got float64 \(1,\)"):
        naive_bayes.fit([[0.0], [1]], [True, False], 2)
