"""``gru-parameters`` and ``gru-from-keras``: how many numbers a gated unit has, and how they lie."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _count_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield "gru", 1, 1
    for name in ("rnn", "simple", "gru", "lstm"):
        yield name, 10, 20
        yield name, int(rng.integers(30, 300)), int(rng.integers(300, 2000))


PARAMETERS = Exercise("gru-parameters", _count_cases)


@PARAMETERS.solved_by
def parameter_count(cell: str, D: int, H: int) -> int:
    """Return how many numbers torch.nn keeps for one layer of the cell."""
    products = {"rnn": 1, "simple": 2, "gru": 3, "lstm": 4}[cell]
    return products * (H * D + H * H + 2 * H)


def _products(cell: str) -> int:
    return ["rnn", "simple", "gru", "lstm"].index(cell) + 1


@PARAMETERS.mistake("One bias is missing: PyTorch keeps two for each row, one beside either matrix.")
def _count_one_bias(cell: str, D: int, H: int) -> int:
    return _products(cell) * H * (D + H + 1)


@PARAMETERS.mistake("The biases are missing.")
def _count_no_bias(cell: str, D: int, H: int) -> int:
    return _products(cell) * H * (D + H)


@PARAMETERS.mistake(
    "You have counted the gates. The candidate is no gate, but it has matrices and biases of its own."
)
def _count_gates(cell: str, D: int, H: int) -> int:
    return (_products(cell) - 1) * H * (D + H + 2)


@PARAMETERS.mistake("The matrices that multiply the state are missing.")
def _count_no_state(cell: str, D: int, H: int) -> int:
    return _products(cell) * H * (D + 2)


@PARAMETERS.mistake("D and H are exchanged: it is the state that has a number for each unit.")
def _count_exchanged(cell: str, D: int, H: int) -> int:
    return _products(cell) * D * (D + H + 2)


def _keras_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield (np.arange(12.0).reshape(2, 6),)
    for D, H in ((1, 1), (4, 4), (5, 3), (3, 6), (12, 4), (2, 5)):
        yield (rng.normal(size=(D, 3 * H)),)


FROM_KERAS = Exercise(
    "gru-from-keras",
    _keras_cases,
    (
        Law(
            "the same numbers are there, each once.",
            lambda given, got: bool(np.array_equal(np.sort(got, axis=None), np.sort(given[0], axis=None))),
        ),
    ),
)


@FROM_KERAS.solved_by
def from_keras(kernel: np.ndarray) -> np.ndarray:
    """Return torch.nn.GRU's weight, (3H, D), rows r, z, n, from Keras' kernel, (D, 3H), columns z, r, n."""
    z, r, n = np.split(kernel.T, 3)
    return np.concatenate([r, z, n])


@FROM_KERAS.mistake("The gates are still in Keras' order: z, r, n. PyTorch wants r first.")
def _keras_order(kernel: np.ndarray) -> np.ndarray:
    return kernel.T.copy()


@FROM_KERAS.mistake("The order is turned round as a whole. The candidate comes last in both.")
def _keras_reversed(kernel: np.ndarray) -> np.ndarray:
    return np.concatenate(np.split(kernel.T, 3)[::-1])


@FROM_KERAS.mistake("The order is moved on by one place. Write down both orders and compare.")
def _keras_rolled(kernel: np.ndarray) -> np.ndarray:
    z, r, n = np.split(kernel.T, 3)
    return np.concatenate([r, n, z])


@FROM_KERAS.mistake(
    "Reshaping is not transposing: the numbers are read off in the old order and land in other rows."
)
def _keras_reshaped(kernel: np.ndarray) -> np.ndarray:
    z, r, n = np.split(kernel, 3, axis=1)
    return np.concatenate([part.reshape(part.shape[::-1]) for part in (r, z, n)])


@FROM_KERAS.mistake(
    "The sign of z is changed. That would be needed if the libraries meant the opposite by z. They do not."
)
def _keras_sign(kernel: np.ndarray) -> np.ndarray:
    z, r, n = np.split(kernel.T, 3)
    return np.concatenate([r, -z, n])
