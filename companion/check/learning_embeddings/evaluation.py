"""``le-spearman`` and ``le-analogy``: how good is a table? Each solution's docstring is what is asked."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _spearman_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 90.0])
    yield np.array([1.0, 2.0, 3.0]), np.array([3.0, 1.0, 2.0])
    yield np.array([1.0, 1.0, 2.0]), np.array([5.0, 7.0, 6.0])
    yield np.array([2.0, 2.0, 1.0, 3.0]), np.array([4.0, 4.0, 4.0, 9.0])
    for count, values in [(5, 20), (8, 4), (12, 5), (20, 40)]:
        yield rng.integers(0, values, count).astype(float), rng.normal(size=count) ** 3
    yield rng.integers(0, 3, 15).astype(float), rng.integers(0, 3, 15).astype(float)


SPEARMAN = Exercise(
    "le-spearman",
    _spearman_cases,
    (
        Law("a correlation lies between -1 and 1.", lambda given, got: bool(-1 - 1e-9 <= got <= 1 + 1e-9)),
        Law(
            "where both lists have the same order, it is 1.",
            lambda given, got: not _same_order(*given) or abs(got - 1) < 1e-6,
        ),
    ),
)


def _same_order(x: np.ndarray, y: np.ndarray) -> bool:
    return bool((np.sign(x[:, None] - x) == np.sign(y[:, None] - y)).all())


def _ranks(x: np.ndarray) -> np.ndarray:
    """Return the rank of each number, from 1; equal ones share the mean of the ranks they take up."""
    below, same = (x[:, None] > x).sum(axis=1), (x[:, None] == x).sum(axis=1)  # (N,)
    return below + (same + 1) / 2


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def _ordinal(x: np.ndarray) -> np.ndarray:
    return x.argsort(kind="stable").argsort().astype(float)


@SPEARMAN.solved_by
def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Return the correlation of the ranks of x (N,) with those of y (N,).

    Equal numbers share the mean of the ranks that they take up. Neither list has all its numbers equal.
    """
    return _pearson(_ranks(x), _ranks(y))


@SPEARMAN.mistake("You correlate the numbers themselves, so one very large number decides. Take their ranks.")
def _spearman_pearson(x: np.ndarray, y: np.ndarray) -> float:
    return _pearson(x, y)


@SPEARMAN.mistake(
    "Right without ties. But equal numbers get different ranks from you, in the order in which they stand; "
    "with another order of the pairs the result is another."
)
def _spearman_ordinal(x: np.ndarray, y: np.ndarray) -> float:
    return _pearson(_ordinal(x), _ordinal(y))


@SPEARMAN.mistake(
    "Right without ties: the formula with squared differences of ranks assumes that there are none."
)
def _spearman_by_squares(x: np.ndarray, y: np.ndarray) -> float:
    n = len(x)
    return float(1 - 6 * ((_ranks(x) - _ranks(y)) ** 2).sum() / (n * (n**2 - 1)))


@SPEARMAN.mistake(
    "Equal numbers get the lowest of the ranks that they take up; they should share the mean of them."
)
def _spearman_lowest(x: np.ndarray, y: np.ndarray) -> float:
    return _pearson((x[:, None] > x).sum(axis=1).astype(float), (y[:, None] > y).sum(axis=1).astype(float))


@SPEARMAN.mistake("The sign is turned: one list is ranked from the top and the other from the bottom.")
def _spearman_turned(x: np.ndarray, y: np.ndarray) -> float:
    return _pearson(_ranks(x), _ranks(-y))


@SPEARMAN.mistake(
    "You rank by `argsort`, which says which number comes first, second, third. A rank is the other "
    "way round: at which place does a number come?"
)
def _spearman_argsort(x: np.ndarray, y: np.ndarray) -> float:
    return _pearson(x.argsort(kind="stable").astype(float), y.argsort(kind="stable").astype(float))


def _analogy_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    signs = np.array([[-1.0, 0.1, 0.1], [1.0, 0.1, 0.1], [-1.0, 0.1, 1.0], [1.0, 0.1, 1.1], [0.0, 2.0, 0.1]])
    yield signs, 0, 1, 2
    yield signs, 0, 2, 1
    yield signs * np.array([[1], [7], [1], [3], [5]]), 2, 3, 0
    for size, dimensions in [(5, 2), (6, 3), (9, 4), (14, 3), (20, 6)]:
        scales = rng.uniform(0.2, 8.0, (size, 1))
        a, b, c = (int(i) for i in rng.permutation(size)[:3])
        yield rng.normal(size=(size, dimensions)) * scales, a, b, c
    for size, dimensions in [(7, 3), (10, 5), (12, 4)]:
        rows = rng.normal(size=(size, dimensions)) * 3
        rows[1] = rows[0] + rng.normal(size=dimensions) / 5  # a short step from a to b: c is nearest
        yield rows * rng.uniform(0.2, 4.0, (size, 1)), 0, 1, 2
        yield rows[[1, 2, 0, *range(3, size)]], 2, 1, 0  # c and a are near: b is nearest


ANALOGY = Exercise(
    "le-analogy",
    _analogy_cases,
    (
        Law("the answer is the number of a row.", lambda given, got: 0 <= got < len(given[0])),
        Law("the three words of the question do not answer it.", lambda given, got: got not in given[1:]),
        Law(
            "the answer depends on directions alone: a row that is made longer changes nothing.",
            lambda given, got: _right_of_directions(given, got),
        ),
    ),
)


def _right_of_directions(given: Arguments, got: int) -> bool:
    return got == ANALOGY.solution(_unit(given[0]), *given[1:])


def _unit(E: np.ndarray) -> np.ndarray:
    return E / np.sqrt((E**2).sum(axis=-1, keepdims=True))


def _best(scores: np.ndarray, left_out: tuple[int, ...]) -> int:
    scores = scores.copy()
    scores[list(left_out)] = -np.inf
    return int(np.argmax(scores))


@ANALOGY.solved_by
def complete(E: np.ndarray, a: int, b: int, c: int) -> int:
    """Return the id that completes "a is to b as c is to ...", by 3CosAdd.

    E is (V, D), no row is all zeros, and a, b and c are ids. Of every vector only the direction counts, also
    in the sum, and the three words of the question are no answers.
    """
    rows = _unit(E)  # (V, D)
    scores = rows @ (rows[b] - rows[a] + rows[c])  # (V,)
    scores[[a, b, c]] = -np.inf
    return int(np.argmax(scores))


@ANALOGY.mistake("A word of the question answers it: leave all three of them out.")
def _analogy_itself(E: np.ndarray, a: int, b: int, c: int) -> int:
    rows = _unit(E)
    return _best(rows @ (rows[b] - rows[a] + rows[c]), ())


@ANALOGY.mistake("You leave out the last word of the question alone; the two others must not answer either.")
def _analogy_drops_one(E: np.ndarray, a: int, b: int, c: int) -> int:
    rows = _unit(E)
    return _best(rows @ (rows[b] - rows[a] + rows[c]), (c,))


@ANALOGY.mistake("You go the step backwards, from b to a, and apply that to c.")
def _analogy_backwards(E: np.ndarray, a: int, b: int, c: int) -> int:
    rows = _unit(E)
    return _best(rows @ (rows[a] - rows[b] + rows[c]), (a, b, c))


@ANALOGY.mistake("You add and subtract the rows as they are, so that a long vector outweighs the two others.")
def _analogy_long_sum(E: np.ndarray, a: int, b: int, c: int) -> int:
    return _best(_unit(E) @ (E[b] - E[a] + E[c]), (a, b, c))


@ANALOGY.mistake("The step is right, but the answer is chosen by dot product, in which long rows win.")
def _analogy_dot(E: np.ndarray, a: int, b: int, c: int) -> int:
    rows = _unit(E)
    return _best(E @ (rows[b] - rows[a] + rows[c]), (a, b, c))


@ANALOGY.mistake("You take the word that is nearest to c and forget the step from a to b.")
def _analogy_neighbour(E: np.ndarray, a: int, b: int, c: int) -> int:
    rows = _unit(E)
    return _best(rows @ rows[c], (a, b, c))
