"""``bleu-score``, ``bleu-smoothed``, ``bleu-corpus``, ``bleu-bootstrap``: from counts to a score."""

import math
from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _score_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [5, 4, 2, 1], [7, 6, 5, 4], 7, 7
    yield [6, 5, 4, 3], [6, 5, 4, 3], 6, 6
    yield [6, 5, 0, 0], [6, 5, 4, 3], 6, 9
    yield [0, 0], [3, 2], 3, 3
    for orders, c, r in ((1, 9, 12), (2, 30, 25), (3, 8, 9), (4, 50, 51), (5, 20, 33), (4, 33, 20)):
        total = [c - n for n in range(orders)]
        yield [int(rng.integers(1, count + 1)) for count in total], total, c, r


SCORE = Exercise(
    "bleu-score",
    _score_cases,
    (
        Law("a score lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1 + 1e-12)),
        Law(
            "an order without a match makes the score 0.",
            lambda given, got: bool(all(given[0]) or got == 0),
            True,
        ),
    ),
)


def _penalty(c: int, r: int) -> float:
    return 1.0 if c >= r else math.exp(1 - r / c)


def _precisions(correct: list[int], total: list[int]) -> list[float]:
    return [matches / count for matches, count in zip(correct, total, strict=True)]


@SCORE.solved_by
def bleu(correct: list[int], total: list[int], c: int, r: int) -> float:
    """Return BLEU from 0 to 1, from the matches and n-grams of each order and the two lengths."""
    precisions = _precisions(correct, total)
    if not all(precisions):
        return 0.0
    return _penalty(c, r) * math.exp(sum(map(math.log, precisions)) / len(precisions))


@SCORE.mistake(
    "The logarithm is missing, as on the slide: a perfect translation gets e, and one without a match 1."
)
def _score_no_log(correct: list[int], total: list[int], c: int, r: int) -> float:
    return _penalty(c, r) * math.exp(sum(_precisions(correct, total)) / len(total))


@SCORE.mistake("That is the arithmetic mean of the precisions: the first order drowns the others.")
def _score_arithmetic(correct: list[int], total: list[int], c: int, r: int) -> float:
    return _penalty(c, r) * sum(_precisions(correct, total)) / len(total)


@SCORE.mistake(
    "That is the product of the precisions. BLEU takes their geometric mean: the N-th root is missing."
)
def _score_product(correct: list[int], total: list[int], c: int, r: int) -> float:
    return _penalty(c, r) * math.prod(_precisions(correct, total))


@SCORE.mistake("The weight of order n is 2 to the minus n here. In BLEU all orders weigh the same, 1/N.")
def _score_halving(correct: list[int], total: list[int], c: int, r: int) -> float:
    precisions = _precisions(correct, total)
    return _penalty(c, r) * math.prod(p**0.5**n for n, p in enumerate(precisions, 1))


@SCORE.mistake("The brevity penalty is missing: one right word would be a perfect translation.")
def _score_no_penalty(correct: list[int], total: list[int], c: int, r: int) -> float:
    return bleu(correct, total, r, r)


@SCORE.mistake(
    "The matches of all orders are added up before dividing. Each order has a precision of its own."
)
def _score_pooled(correct: list[int], total: list[int], c: int, r: int) -> float:
    return _penalty(c, r) * sum(correct) / sum(total)


@SCORE.mistake("An order without a match is left out. It makes the score 0, or it has to be smoothed.")
def _score_skips(correct: list[int], total: list[int], c: int, r: int) -> float:
    used = [p for p in _precisions(correct, total) if p]
    return _penalty(c, r) * math.exp(sum(map(math.log, used)) / len(used)) if used else 0.0


def _smoothed_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [3, 1, 0, 0], [6, 5, 4, 3]
    yield [2, 0, 0], [2, 1, 0]
    yield [0, 0, 0, 0], [5, 4, 3, 2]
    yield [4, 0, 2, 0], [9, 8, 7, 6]
    yield [5, 4, 3, 2], [5, 4, 3, 2]
    for size, orders in ((3, 2), (5, 5), (9, 4), (14, 6), (2, 4)):
        total = [max(size - n, 0) for n in range(orders)]
        yield [1, *(int(rng.integers(0, 2)) * (count > 0) for count in total[1:])], total


SMOOTHED = Exercise("bleu-smoothed", _smoothed_cases)


@SMOOTHED.solved_by
def smoothed(correct: list[int], total: list[int]) -> list[float]:
    """Return the precisions; the first order without a match counts a half, the second a quarter, ..."""
    if not any(correct):
        return [0.0] * len(total)
    share, result = 1.0, []
    for matches, count in zip(correct, total, strict=True):
        if count and not matches:
            share /= 2
        result.append((matches or share) / count if count else 0.0)
    return result


@SMOOTHED.mistake(
    "Every order without a match counts a half. The second of them counts a quarter, the third an eighth."
)
def _smoothed_half(correct: list[int], total: list[int]) -> list[float]:
    if not any(correct):
        return [0.0] * len(total)
    return [(m or 0.5) / t if t else 0.0 for m, t in zip(correct, total, strict=True)]


@SMOOTHED.mistake("The exponent is the order n. It should count the orders without a match.")
def _smoothed_by_order(correct: list[int], total: list[int]) -> list[float]:
    if not any(correct):
        return [0.0] * len(total)
    pairs = zip(correct, total, strict=True)
    return [(m or 0.5**n) / t if t else 0.0 for n, (m, t) in enumerate(pairs, 1)]


@SMOOTHED.mistake("Nothing matches at all here, and there is nothing to smooth: all precisions stay 0.")
def _smoothed_nothing(correct: list[int], total: list[int]) -> list[float]:
    if any(correct):
        return smoothed(correct, total)
    return [0.5**n / t if t else 0.0 for n, t in enumerate(total, 1)]


@SMOOTHED.mistake("That is 1/2, 1/4, ... itself. It is a number of matches, and is divided by the n-grams.")
def _smoothed_undivided(correct: list[int], total: list[int]) -> list[float]:
    right = smoothed(correct, total)
    triples = zip(right, correct, total, strict=True)
    return [p if matches else p * count for p, matches, count in triples]


def _tables(rng: np.random.Generator, S: int, N: int = 4) -> np.ndarray:
    """Draw the counts of S sentences: N matches, N numbers of n-grams, and the two lengths."""
    c = rng.integers(N + 1, 25, S)
    total = c[:, None] - np.arange(N)
    correct = np.sort(rng.integers(1, total + 1), axis=1)[:, ::-1]
    return np.column_stack([np.minimum(correct, total), total, c, rng.integers(N + 1, 25, S)])


def _corpus_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for S in (1, 2, 3, 5, 9, 17, 30):
        table = _tables(rng, S)
        if S == 5:
            table[1:3, 2:4] = 0  # sentences without a long match
        yield table[:, :4], table[:, 4:8], table[:, 8], table[:, 9]


CORPUS = Exercise(
    "bleu-corpus",
    _corpus_cases,
    (Law("a score lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1 + 1e-12)),),
)


@CORPUS.solved_by
def corpus_score(correct: np.ndarray, total: np.ndarray, c: np.ndarray, r: np.ndarray) -> float:
    """Return BLEU of a corpus from 0 to 1: counts (S, N) and lengths (S,) are summed first."""
    sums = (correct.sum(axis=0).tolist(), total.sum(axis=0).tolist())
    return bleu(*sums, int(c.sum()), int(r.sum()))


def _each(correct: np.ndarray, total: np.ndarray, c: np.ndarray, r: np.ndarray) -> list[float]:
    rows = zip(correct.tolist(), total.tolist(), c.tolist(), r.tolist(), strict=True)
    return [bleu(*row) for row in rows]


@CORPUS.mistake(
    "That is the mean of the sentences' scores. The counts are summed first, and there is one score."
)
def _corpus_mean(correct: np.ndarray, total: np.ndarray, c: np.ndarray, r: np.ndarray) -> float:
    return float(np.mean(_each(correct, total, c, r)))


@CORPUS.mistake(
    "That is the mean weighed by the sentences' lengths. It is nearer to the corpus' score, and is not it."
)
def _corpus_weighed(correct: np.ndarray, total: np.ndarray, c: np.ndarray, r: np.ndarray) -> float:
    return float(np.average(_each(correct, total, c, r), weights=c))


@CORPUS.mistake("The precisions of the sentences are averaged. Sum matches and n-grams, and divide once.")
def _corpus_precisions(correct: np.ndarray, total: np.ndarray, c: np.ndarray, r: np.ndarray) -> float:
    p = (correct / total).mean(axis=0)
    return _penalty(int(c.sum()), int(r.sum())) * float(np.exp(np.log(p).mean())) if p.all() else 0.0


@CORPUS.mistake(
    "Each sentence is punished for its own brevity. The corpus has one penalty: long ones make up for short."
)
def _corpus_penalties(correct: np.ndarray, total: np.ndarray, c: np.ndarray, r: np.ndarray) -> float:
    penalties = [_penalty(*pair) for pair in zip(c.tolist(), r.tolist(), strict=True)]
    return float(np.mean(penalties)) * corpus_score(correct, total, r, r)


def _bootstrap_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for S, B in ((1, 3), (3, 8), (4, 10), (7, 25), (12, 40), (18, 30), (30, 60)):
        a = _tables(rng, S)
        b = a.copy()
        b[:, :4] = np.maximum(b[:, :4] - rng.integers(0, 3, (S, 4)) + rng.integers(0, 3, (S, 4)), 1)
        b[:, :4] = np.minimum(b[:, :4], b[:, 4:8])
        yield a, b, rng.integers(S, size=(B, S))


BOOTSTRAP = Exercise(
    "bleu-bootstrap",
    _bootstrap_cases,
    (
        Law("a share lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),
        Law(
            "nobody beats himself: with equal tables the share is 0.",
            lambda given, got: bool((given[0] != given[1]).any() or got == 0),
        ),
    ),
)


def _score_of(table: np.ndarray) -> float:
    return corpus_score(table[:, :4], table[:, 4:8], table[:, 8], table[:, 9])


@BOOTSTRAP.solved_by
def share_better(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> float:
    """Return in which share of the drawn test sets a has the higher BLEU; tables (S, 10), draws (B, S)."""
    return float(np.mean([_score_of(a[drawn]) > _score_of(b[drawn]) for drawn in draws]))


@BOOTSTRAP.mistake(
    "The two systems are scored on different draws: the luck of the sentences is counted as skill."
)
def _bootstrap_unpaired(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> float:
    others = np.roll(draws, 1, axis=0)
    return float(
        np.mean([_score_of(a[one]) > _score_of(b[two]) for one, two in zip(draws, others, strict=True)])
    )


@BOOTSTRAP.mistake("That counts sentences, not test sets: draw, sum the drawn rows, score, and then compare.")
def _bootstrap_sentences(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> float:
    rows = range(len(a))
    better = np.array([_score_of(a[[row]]) > _score_of(b[[row]]) for row in rows])
    return float(better[draws].mean())


@BOOTSTRAP.mistake("Sentences that were drawn twice count once: a draw with replacement counts them twice.")
def _bootstrap_once(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> float:
    return float(np.mean([_score_of(a[np.unique(d)]) > _score_of(b[np.unique(d)]) for d in draws]))


@BOOTSTRAP.mistake("The wrong way round: that is how often b is better.")
def _bootstrap_reversed(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> float:
    return share_better(b, a, draws)
