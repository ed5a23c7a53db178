"""``lab-baseline``, ``lab-accuracy``: labels of single words, and how they are counted."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

TAGS = ("NOUN", "VERB", "ADJ", "ADV")
WORDS = ("run", "light", "blue", "cold", "watch", "still", "back", "well", "round", "set")


def _baseline_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield ["light", "light", "light", "run"], ["NOUN", "VERB", "VERB", "NOUN"], ["light", "run", "moon"]
    yield ["set"], ["VERB"], []
    yield ["run", "run", "set"], ["VERB", "NOUN", "NOUN"], ["run", "set", "sun"]
    yield ["set", "run", "set"], ["VERB", "ADV", "ADV"], ["set", "run", "sun"]
    for tokens, kinds in ((12, 4), (30, 6), (60, 8), (25, 3)):
        seen = [WORDS[i] for i in rng.integers(0, kinds, tokens)]
        tags = [TAGS[i] for i in rng.choice(4, tokens, p=[0.4, 0.3, 0.2, 0.1])]
        yield seen, tags, [*WORDS[:kinds], "moon", "sun"]


BASELINE = Exercise("lab-baseline", _baseline_cases)


def _baseline(words: list[str], tags: list[str], asked: list[str], by_types: bool = False) -> list[str]:
    """Count as the solution does; with ``by_types`` each word has one voice for each of its tags."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, tag in zip(words, tags, strict=True):
        counts[word][tag] += 1
    whole: Counter[str] = Counter()
    for of_word in counts.values():
        whole.update(set(of_word) if by_types else of_word)

    def best(of: Counter[str]) -> str:
        return min(of, key=lambda tag: (-of[tag], tag))

    return [best(counts[word]) if word in counts else best(whole) for word in asked]


@BASELINE.solved_by
def most_frequent(words: list[str], tags: list[str], asked: list[str]) -> list[str]:
    """Return each asked word's commonest tag; of an unknown word, the commonest tag of all tokens."""
    return _baseline(words, tags, asked)


@BASELINE.mistake(
    "An unknown word gets the tag that most *different* words have. Asked for is the commonest of all tokens."
)
def _baseline_types(words: list[str], tags: list[str], asked: list[str]) -> list[str]:
    return _baseline(words, tags, asked, by_types=True)


@BASELINE.mistake(
    "That is the tag a word had when it was first seen. Count all its occurrences, and take the commonest."
)
def _baseline_first(words: list[str], tags: list[str], asked: list[str]) -> list[str]:
    return [tags[words.index(word)] if word in words else _baseline(words, tags, [word])[0] for word in asked]


@BASELINE.mistake(
    "That is the tag a word had last: a dictionary filled in a loop keeps the last, not the most."
)
def _baseline_last(words: list[str], tags: list[str], asked: list[str]) -> list[str]:
    last = dict(zip(words, tags, strict=True))
    return [last[word] if word in last else _baseline(words, tags, [word])[0] for word in asked]


@BASELINE.mistake("Every word gets the commonest tag of all. A word that was seen has counts of its own.")
def _baseline_constant(words: list[str], tags: list[str], asked: list[str]) -> list[str]:
    return _baseline(words, tags, [""]) * len(asked)


@BASELINE.mistake(
    "Of two equally common tags the one first in the alphabet is asked for; yours goes by order."
)
def _baseline_ties(words: list[str], tags: list[str], asked: list[str]) -> list[str]:
    counts = {word: Counter(t for w, t in zip(words, tags, strict=True) if w == word) for word in words}
    return [counts.get(word, Counter(tags)).most_common(1)[0][0] for word in asked]


def _accuracy_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.zeros((4, 2), dtype=int), np.array([[1, 0], [0, 0], [0, 0], [0, 0]]), np.array([4, 1])
    for T, N in ((5, 3), (4, 6), (9, 2), (3, 1), (6, 4)):
        lengths = rng.integers(1, T + 1, N)
        lengths[0] = T
        labels = rng.integers(0, 3, (T, N))
        found = np.where(rng.random((T, N)) < 0.6, labels, rng.integers(0, 3, (T, N)))
        ended = np.arange(T)[:, None] >= lengths
        yield np.where(ended, 0, found), np.where(ended, 0, labels), lengths


ACCURACY = Exercise(
    "lab-accuracy",
    _accuracy_cases,
    (Law("it lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),),
)


@ACCURACY.solved_by
def token_accuracy(found: np.ndarray, labels: np.ndarray, lengths: np.ndarray) -> float:
    """Return the share of right labels among the real words, of (T, N) found and true labels."""
    real = np.arange(len(labels))[:, None] < lengths  # (T, N)
    return float((found == labels)[real].mean())


@ACCURACY.mistake(
    "Padding is counted, and it is always right: the more padding, the better the network seems."
)
def _accuracy_padded(found: np.ndarray, labels: np.ndarray, lengths: np.ndarray) -> float:
    return float((found == labels).mean())


@ACCURACY.mistake(
    "All right words are divided by all places; the places of padding do not belong into the divisor."
)
def _accuracy_divisor(found: np.ndarray, labels: np.ndarray, lengths: np.ndarray) -> float:
    return token_accuracy(found, labels, lengths) * float(lengths.sum() / labels.size)


@ACCURACY.mistake("The right padding is counted, the padding is not: so an accuracy can exceed 1.")
def _accuracy_over(found: np.ndarray, labels: np.ndarray, lengths: np.ndarray) -> float:
    return float((found == labels).sum() / lengths.sum())


@ACCURACY.mistake("Every sentence counts the same in yours, a short one as much as a long one. Count words.")
def _accuracy_by_sentence(found: np.ndarray, labels: np.ndarray, lengths: np.ndarray) -> float:
    real = np.arange(len(labels))[:, None] < lengths
    return float((((found == labels) & real).sum(axis=0) / lengths).mean())


@ACCURACY.mistake(
    "Label 0 is left out as if it were padding. It is a label like the others: the lengths say what is real."
)
def _accuracy_zero(found: np.ndarray, labels: np.ndarray, lengths: np.ndarray) -> float:
    real = (np.arange(len(labels))[:, None] < lengths) & (labels != 0)
    return float((found == labels)[real].mean()) if real.any() else 0.0
