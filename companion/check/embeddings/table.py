"""``emb-lookup``, ``emb-scatter-add``, ``emb-frozen-step``. Each solution's docstring is what is asked."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _lookup_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1])
    yield np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0, 1]])
    yield rng.normal(size=(3, 2)), np.zeros((0,), dtype=int)
    for vocabulary, dimensions, shape in [
        (5, 3, (4,)), (4, 6, (2, 3)), (9, 2, (3, 5)), (6, 4, (1, 7)), (3, 5, (2, 2)), (7, 8, (5, 1)),
        (8, 3, (6,)), (2, 4, (3, 3)), (10, 1, (2, 6)), (5, 5, (4, 3)), (6, 2, (2, 3, 4)),
    ]:  # fmt: skip
        yield rng.normal(size=(vocabulary, dimensions)), rng.integers(0, vocabulary, shape)


LOOKUP = Exercise("emb-lookup", _lookup_cases)


@LOOKUP.solved_by
def lookup(E: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return the vectors of ids: for a table E (V, D) and integers of any shape an array ids.shape + (D,)."""
    return E[ids]


@LOOKUP.mistake("Your vectors are those of the ids before: id 0 has the first row of the table.")
def _lookup_shifted(E: np.ndarray, ids: np.ndarray) -> np.ndarray:
    return E[ids - 1]


@LOOKUP.mistake("Your result is flat: the texts of a batch have run into one. Keep the shape of ids.")
def _lookup_flat(E: np.ndarray, ids: np.ndarray) -> np.ndarray:
    return E[ids.reshape(-1)]


@LOOKUP.mistake(
    "You add up the vectors of a text. That loses the order of its words; a vector for each is asked for."
)
def _lookup_summed(E: np.ndarray, ids: np.ndarray) -> np.ndarray:
    return E[ids].sum(axis=-2)


@LOOKUP.mistake("The two last axes are exchanged: the numbers of one vector should lie along the last.")
def _lookup_turned(E: np.ndarray, ids: np.ndarray) -> np.ndarray:
    return E[ids].swapaxes(-1, -2)


def _scatter_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1]), np.array([[1.0, 2.0]]), 3, None
    yield np.array([1, 1]), np.array([[1.0, 2.0], [5.0, 7.0]]), 2, None
    yield np.array([0, 2]), np.array([[1.0, 2.0], [5.0, 7.0]]), 3, 0
    yield np.zeros(0, dtype=int), np.zeros((0, 2)), 3, None
    for count, dimensions, size, padding in [
        (4, 3, 5, None),
        (7, 2, 4, 2),
        (9, 4, 3, 0),
        (12, 5, 6, 5),
        (6, 1, 8, 0),
    ]:
        yield rng.integers(0, size, count), rng.normal(size=(count, dimensions)), size, padding


SCATTER_ADD = Exercise(
    "emb-scatter-add",
    _scatter_cases,
    (
        Law(
            "a row whose word does not occur has gradient 0.",
            lambda given, got: bool((got[np.setdiff1d(np.arange(given[2]), given[0])] == 0).all()),
        ),
        Law(
            "the padding row has gradient 0.",
            lambda given, got: given[3] is None or bool((got[given[3]] == 0).all()),
        ),
        Law(
            "added up over the rows, nothing of dy is lost or won (but what belongs to padding).",
            lambda given, got: bool(
                np.allclose(got.sum(axis=0), given[1][given[0] != _none(given[3])].sum(axis=0))
            ),
        ),
    ),
)


def _none(padding: int | None) -> int:
    return -1 if padding is None else padding


@SCATTER_ADD.solved_by
def embedding_gradient(ids: np.ndarray, dy: np.ndarray, size: int, padding: int | None) -> np.ndarray:
    """Return the gradient (size, D) of the table.

    Takes ids (T,) and the gradient dy (T, D) of the vectors that were looked up. The row of padding, an id
    or None, is not trained: its gradient is 0.
    """
    gradient = np.zeros((size, dy.shape[1]))  # (V, D)
    kept = ids != _none(padding)
    np.add.at(gradient, ids[kept], dy[kept])
    return gradient


@SCATTER_ADD.mistake(
    "Of a word that occurs twice only the last gradient is left. Assigning overwrites; and if you wrote "
    "dE[ids] += dy: of several additions to one row NumPy keeps one."
)
def _scatter_overwrites(ids: np.ndarray, dy: np.ndarray, size: int, padding: int | None) -> np.ndarray:
    gradient = np.zeros((size, dy.shape[1]))
    kept = ids != _none(padding)
    gradient[ids[kept]] = dy[kept]
    return gradient


@SCATTER_ADD.mistake("The padding row gets a gradient, and the next step would move it.")
def _scatter_pads(ids: np.ndarray, dy: np.ndarray, size: int, padding: int | None) -> np.ndarray:
    return embedding_gradient(ids, dy, size, None)


@SCATTER_ADD.mistake(
    "The padding row gets a gradient when its id is 0. In Python 0 counts as false: how do you ask for None?"
)
def _scatter_zero_is_false(ids: np.ndarray, dy: np.ndarray, size: int, padding: int | None) -> np.ndarray:
    return embedding_gradient(ids, dy, size, padding or None)


@SCATTER_ADD.mistake(
    "You take the mean over a word's occurrences. Each occurrence moves the loss, so they add up."
)
def _scatter_mean(ids: np.ndarray, dy: np.ndarray, size: int, padding: int | None) -> np.ndarray:
    occurrences = np.maximum(np.bincount(ids, minlength=size), 1)
    return embedding_gradient(ids, dy, size, padding) / occurrences[:, None]


def _frozen_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[1.0], [2.0]]), np.array([[1.0], [1.0]]), 0.5, np.array([True, False])
    yield np.array([[1.0, 3.0]]), np.array([[2.0, 4.0]]), 0.5, np.array([False])
    for size, dimensions, rate in [(4, 2, 0.1), (3, 5, 0.25), (6, 3, 2.0), (5, 4, 0.01)]:
        mask = rng.permutation(np.arange(size) < size // 2)
        yield rng.normal(size=(size, dimensions)), rng.normal(size=(size, dimensions)), rate, mask


FROZEN_STEP = Exercise(
    "emb-frozen-step",
    _frozen_cases,
    (
        Law(
            "a frozen row stays as it was.",
            lambda given, got: bool((got[given[3]] == given[0][given[3]]).all()),
        ),
    ),
)


@FROZEN_STEP.solved_by
def frozen_step(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
    """Return a new table after one step of gradient descent with this learning rate.

    frozen (V,) is True for the rows that are not trained; E and dE are (V, D), and neither may be changed.
    """
    return E - rate * dE * ~frozen[:, None]


@FROZEN_STEP.mistake("All rows have moved, the frozen ones too.")
def _frozen_all(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
    return E - rate * dE


@FROZEN_STEP.mistake("You have the mask the wrong way round: only the frozen rows have moved.")
def _frozen_inverted(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
    return frozen_step(E, dE, rate, ~frozen)


@FROZEN_STEP.mistake("You climb: the step goes along the gradient, and the loss would grow.")
def _frozen_uphill(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
    return frozen_step(E, dE, -rate, frozen)


@FROZEN_STEP.mistake("Your frozen rows have become 0. The mask belongs to the step, not to the table.")
def _frozen_erased(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
    return (E - rate * dE) * ~frozen[:, None]


@FROZEN_STEP.mistake("The learning rate plays no part: every step is as long as the gradient.")
def _frozen_unscaled(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
    return frozen_step(E, dE, 1.0, frozen)


@FROZEN_STEP.mistake("You return the step. What is asked for is the table after it.")
def _frozen_step_alone(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
    return -rate * dE * ~frozen[:, None]
