"""``bleu-clipped``, ``bleu-penalty``, ``bleu-length``: what a score is made from."""

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

_WORDS = ("the", "cat", "is", "on", "mat", "a")


def _cut(text: str) -> list[str]:
    return text.split()


def _ngrams(tokens: list[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def _most(references: list[list[str]], n: int) -> Counter[tuple[str, ...]]:
    most: Counter[tuple[str, ...]] = Counter()
    for reference in references:
        most |= Counter(_ngrams(reference, n))
    return most


def _clipped_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    mat = [_cut("the cat is on the mat"), _cut("there is a cat on the mat")]
    yield ["the"] * 7, mat, 1
    yield _cut("the cat the cat on the mat"), mat, 2
    yield ["cat"], mat, 2
    yield _cut("the the cat the the mat"), [_cut("the the mat"), _cut("the the the cat")], 1
    for size, several, n in ((8, 1, 1), (9, 2, 1), (7, 3, 2), (12, 2, 2), (10, 2, 3), (2, 2, 4)):
        texts = [rng.choice(_WORDS, size=size + k).tolist() for k in range(several + 1)]
        yield texts[0], texts[1:], n


CLIPPED = Exercise(
    "bleu-clipped",
    _clipped_cases,
    (
        Law(
            "the second number is how many n-grams the translation has: len(hypothesis) - n + 1, or none.",
            lambda given, got: got[1] == max(len(given[0]) - given[2] + 1, 0),
        ),
        Law("no more n-grams match than there are.", lambda given, got: got[0] <= got[1]),
    ),
)


@CLIPPED.solved_by
def clipped(hypothesis: list[str], references: list[list[str]], n: int) -> list[int]:
    """Return the clipped matches and the number of n-grams."""
    counts = Counter(_ngrams(hypothesis, n))
    return [(counts & _most(references, n)).total(), counts.total()]


@CLIPPED.mistake("Nothing is clipped: seven times 'the' gets credit for seven where a reference has two.")
def _clipped_not(hypothesis: list[str], references: list[list[str]], n: int) -> list[int]:
    grams, most = _ngrams(hypothesis, n), _most(references, n)
    return [sum(gram in most for gram in grams), len(grams)]


@CLIPPED.mistake("Each different n-gram counts once. It may count as often as the reference has it.")
def _clipped_to_one(hypothesis: list[str], references: list[list[str]], n: int) -> list[int]:
    grams, most = _ngrams(hypothesis, n), _most(references, n)
    return [sum(gram in most for gram in set(grams)), len(grams)]


@CLIPPED.mistake(
    "The counts of the references are added up. What counts is the one that has most of the n-gram."
)
def _clipped_added(hypothesis: list[str], references: list[list[str]], n: int) -> list[int]:
    counts, added = Counter(_ngrams(hypothesis, n)), Counter[tuple[str, ...]]()
    for reference in references:
        added += Counter(_ngrams(reference, n))
    return [(counts & added).total(), counts.total()]


@CLIPPED.mistake("Only the first reference is looked at.")
def _clipped_first(hypothesis: list[str], references: list[list[str]], n: int) -> list[int]:
    return clipped(hypothesis, references[:1], n)


@CLIPPED.mistake(
    "That is the best single reference. Each n-gram may take another one: that which has most of it."
)
def _clipped_best(hypothesis: list[str], references: list[list[str]], n: int) -> list[int]:
    return max(clipped(hypothesis, [reference], n) for reference in references)


@CLIPPED.mistake("The last n-gram is missing: with T words there are T - n + 1 of them.")
def _clipped_short(hypothesis: list[str], references: list[list[str]], n: int) -> list[int]:
    counts = Counter(_ngrams(hypothesis, n)[:-1])
    return [(counts & _most(references, n)).total(), counts.total()]


def _penalty_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for c, r in ((7, 7), (6, 7), (8, 7), (1, 40), (40, 1), (61280, 61287), (30000, 61287), (0, 5)):
        yield c, r
    for c, r in rng.integers(1, 90, size=(6, 2)).tolist():
        yield c, r


PENALTY = Exercise(
    "bleu-penalty",
    _penalty_cases,
    (
        Law("a penalty lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),
        Law("what is long enough has a penalty of 1.", lambda given, got: given[0] < given[1] or got == 1),
    ),
)


@PENALTY.solved_by
def brevity_penalty(c: int, r: int) -> float:
    """Return the brevity penalty of c tokens against r."""
    if c >= r:
        return 1.0
    return math.exp(1 - r / c) if c else 0.0


@PENALTY.mistake("It is the wrong way round: the long are punished, and the short are not.")
def _penalty_inverted(c: int, r: int) -> float:
    return brevity_penalty(r, c)


@PENALTY.mistake(
    "The fraction is upside down: at half of the length it must be e to the -1, not e to the 1/2."
)
def _penalty_upside_down(c: int, r: int) -> float:
    return 1.0 if c >= r else math.exp(1 - c / r)


@PENALTY.mistake(
    "That is the quotient of the lengths. It is a penalty, but a milder one: the exponential is missing."
)
def _penalty_quotient(c: int, r: int) -> float:
    return min(1.0, c / r)


@PENALTY.mistake("A translation that is too long gets more than 1: there is no reward for length.")
def _penalty_rewards(c: int, r: int) -> float:
    return math.exp(1 - r / c) if c else 0.0


@PENALTY.mistake("An empty translation ends in a division by zero. Its penalty is 0.")
def _penalty_of_nothing(c: int, r: int) -> float:
    return 1.0 if c >= r else math.exp(1 - r / c)


def _length_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 7, [6, 7]
    yield 4, [3, 5]
    yield 4, [5, 3]
    yield 10, [4, 9, 12]
    yield 0, [8, 3]
    for _ in range(8):
        yield int(rng.integers(1, 20)), rng.integers(1, 20, size=rng.integers(1, 5)).tolist()


LENGTH = Exercise(
    "bleu-length",
    _length_cases,
    (Law("the length is that of one of the references.", lambda given, got: got in given[1]),),
)


@LENGTH.solved_by
def reference_length(c: int, lengths: list[int]) -> int:
    """Return the length that is nearest to c, of two as near the shorter."""
    return min(lengths, key=lambda length: (abs(length - c), length))


@LENGTH.mistake("That is the shortest reference: the brevity penalty would nearly never bite.")
def _length_shortest(c: int, lengths: list[int]) -> int:
    return min(lengths)


@LENGTH.mistake(
    "That is the longest reference: whoever has a short-spoken translator among four is punished for it."
)
def _length_longest(c: int, lengths: list[int]) -> int:
    return max(lengths)


@LENGTH.mistake("That is the difference of the lengths. Asked for is the length that has the smallest one.")
def _length_difference(c: int, lengths: list[int]) -> int:
    return min(abs(length - c) for length in lengths)


@LENGTH.mistake(
    "Of two lengths as near, the one that comes first: the score would depend on the references' order."
)
def _length_first(c: int, lengths: list[int]) -> int:
    return min(lengths, key=lambda length: abs(length - c))


@LENGTH.mistake("Of two lengths as near it is the shorter that counts.")
def _length_longer(c: int, lengths: list[int]) -> int:
    return min(lengths, key=lambda length: (abs(length - c), -length))
