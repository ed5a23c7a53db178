"""``rnn-parameters``, ``rnn-stacked``, ``rnn-keras``, ``rnn-banded``: a layer's matrices."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Four = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _parameter_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 10_000, 32, 32, 100, 1
    yield 10_000, 32, 32, 100, 2
    yield 10_000, 50, 100, 7, 1
    for _ in range(6):
        V, D, H, T = (int(size) for size in rng.integers(2, 60, 4))
        yield V, D, H, T, int(rng.integers(1, 3))


PARAMETERS = Exercise("rnn-parameters", _parameter_cases)


@PARAMETERS.solved_by
def parameters(V: int, D: int, H: int, T: int, biases: int) -> int:
    """Return how many numbers an embedding (V, D) and a recurrent layer of H units learn."""
    return V * D + H * (D + H + biases)


@PARAMETERS.mistake(
    "The layer is counted once a step. All steps share one set of weights: T does not matter."
)
def _parameters_each_step(V: int, D: int, H: int, T: int, biases: int) -> int:
    return V * D + T * H * (D + H + biases)


@PARAMETERS.mistake("That is the recurrent layer alone; the table of embeddings is learned too.")
def _parameters_layer(V: int, D: int, H: int, T: int, biases: int) -> int:
    return H * (D + H + biases)


@PARAMETERS.mistake("You count one bias always. Keras has one, PyTorch two: the last argument says how many.")
def _parameters_one_bias(V: int, D: int, H: int, T: int, biases: int) -> int:
    return V * D + H * (D + H + 1)


@PARAMETERS.mistake("The biases are missing.")
def _parameters_no_bias(V: int, D: int, H: int, T: int, biases: int) -> int:
    return V * D + H * (D + H)


@PARAMETERS.mistake("W_hh is missing: the matrix from the state to the next state, (H, H).")
def _parameters_no_recurrence(V: int, D: int, H: int, T: int, biases: int) -> int:
    return V * D + H * (D + biases)


@PARAMETERS.mistake("A bias is a vector: it has a number for each of the H units.")
def _parameters_bias_is_one(V: int, D: int, H: int, T: int, biases: int) -> int:
    return V * D + H * (D + H) + biases


@PARAMETERS.mistake("You count a read-out (V, H) too. There is an embedding and a recurrent layer, no more.")
def _parameters_read_out(V: int, D: int, H: int, T: int, biases: int) -> int:
    return V * D + H * (D + H + biases) + V * H


@PARAMETERS.mistake("A row of the embedding has D numbers, not H: it is what the layer reads.")
def _parameters_wide_rows(V: int, D: int, H: int, T: int, biases: int) -> int:
    return V * H + H * (D + H + biases)


@PARAMETERS.mistake("An embedding has no bias: its numbers are the rows of the table.")
def _parameters_embedding_bias(V: int, D: int, H: int, T: int, biases: int) -> int:
    return V * D + D + H * (D + H + biases)


def _pairs(rng: np.random.Generator) -> Iterator[Arguments]:
    for D, H in ((1, 1), (3, 2), (4, 6), (5, 5), (1, 4), (7, 3)):
        yield rng.normal(size=(H, D)), rng.normal(size=(H, H))


STACKED = Exercise("rnn-stacked", _pairs)


@STACKED.solved_by
def stacked(W_ih: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    """Return the matrix (H, H + D) that multiplies the state and the input, the state on top."""
    return np.hstack([W_hh, W_ih])


@STACKED.mistake("The order is swapped: the state stands above the input, so W_hh comes first.")
def _stacked_swapped(W_ih: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return np.hstack([W_ih, W_hh])


@STACKED.mistake("That is turned: rows are units, so the shape is (H, H + D).")
def _stacked_turned(W_ih: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return np.hstack([W_hh, W_ih]).T


@STACKED.mistake("One below the other makes more units. Side by side adds the two products up.")
def _stacked_below(W_ih: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return np.vstack([W_hh, W_ih])


@STACKED.mistake("W_hh has been turned. Both matrices stay as they are: each row belongs to one unit.")
def _stacked_transposed(W_ih: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return np.hstack([W_hh.T, W_ih])


def _keras_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for D, H in ((1, 1), (3, 2), (4, 6), (5, 5), (1, 4), (7, 3)):
        yield rng.normal(size=(D, H)), rng.normal(size=(H, H)), rng.normal(size=H)


def _same_state(given: Arguments, got: Four) -> bool:
    """Check one step of both layouts on an input and a state of ones."""
    kernel, recurrent, bias = given
    W_ih, W_hh, b_ih, b_hh = got
    before = np.tanh(np.arange(1.0, len(recurrent) + 1)) @ recurrent + np.ones(len(kernel)) @ kernel + bias
    after = W_ih @ np.ones(len(kernel)) + b_ih + W_hh @ np.tanh(np.arange(1.0, len(recurrent) + 1)) + b_hh
    return np.allclose(before, after)


KERAS = Exercise(
    "rnn-keras",
    _keras_cases,
    (Law("both layers take the same step: h @ recurrent_kernel is W_hh h.", _same_state),),
)


@KERAS.solved_by
def to_pytorch(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    """Return weight_ih (H, D), weight_hh (H, H), bias_ih (H,) and bias_hh (H,), the second bias zero."""
    return kernel.T, recurrent_kernel.T, bias, np.zeros_like(bias)


@KERAS.mistake(
    "The recurrent kernel has to be turned too. It is square, so nothing fails, and the states are wrong."
)
def _keras_recurrent(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    return kernel.T, recurrent_kernel, bias, np.zeros_like(bias)


@KERAS.mistake("The bias is there twice, and PyTorch adds the two up.")
def _keras_bias_twice(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    return kernel.T, recurrent_kernel.T, bias, bias


@KERAS.mistake(
    "Nothing is turned. Keras multiplies x @ kernel, PyTorch W_ih x: rows and columns change places."
)
def _keras_as_is(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    return kernel, recurrent_kernel, bias, np.zeros_like(bias)


@KERAS.mistake("The bias has got lost.")
def _keras_no_bias(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    return kernel.T, recurrent_kernel.T, np.zeros_like(bias), np.zeros_like(bias)


@KERAS.mistake("The same network, but asked for was the whole bias in the first of the two, and zeros next.")
def _keras_bias_halved(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    return kernel.T, recurrent_kernel.T, bias / 2, bias / 2


@KERAS.mistake(
    "The same network, but the bias was to stand in b_ih, the first of the two, and zeros in b_hh."
)
def _keras_bias_second(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    return kernel.T, recurrent_kernel.T, np.zeros_like(bias), bias


@KERAS.mistake(
    "The shape is right and the numbers are in the wrong places: reshape cuts them anew, it does not turn."
)
def _keras_reshaped(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    return kernel.reshape(len(bias), -1), recurrent_kernel.T, bias, np.zeros_like(bias)


@KERAS.mistake("The two kernels have changed places: the first multiplies the input.")
def _keras_exchanged(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Four:
    return recurrent_kernel.T, kernel.T, bias, np.zeros_like(bias)


def _banded_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1.0, 2.0, 3.0]), 5
    for K, T in ((1, 1), (1, 4), (2, 2), (2, 6), (3, 8), (5, 7)):
        yield rng.normal(size=K), T


BANDED = Exercise(
    "rnn-banded",
    _banded_cases,
    (
        Law(
            "a constant input gives a constant output: every row has the same sum, that of the kernel.",
            lambda given, got: bool(np.allclose(got.sum(axis=1), given[0].sum())),
        ),
    ),
)


@BANDED.solved_by
def banded(w: np.ndarray, T: int) -> np.ndarray:
    """Return the matrix (T - K + 1, T) with the kernel w (K,) in every row, one place further each time."""
    K = len(w)
    rows = np.zeros((T - K + 1, T))
    for t, row in enumerate(rows):
        row[t : t + K] = w
    return rows


@BANDED.mistake("The kernel is flipped. In a network it stands in the row as it is.")
def _banded_flipped(w: np.ndarray, T: int) -> np.ndarray:
    return banded(w[::-1], T)


@BANDED.mistake("T rows: the last ones hold a kernel that sticks out and was cut off. Only whole ones count.")
def _banded_square(w: np.ndarray, T: int) -> np.ndarray:
    return banded(w, T + len(w) - 1)[:, :T]


@BANDED.mistake("One row is missing: a kernel of K numbers fits into T places T - K + 1 times.")
def _banded_short(w: np.ndarray, T: int) -> np.ndarray:
    return banded(w, T)[:-1]


@BANDED.mistake("The kernel moves by its whole width. It moves by one step a row, and the rows overlap.")
def _banded_jumps(w: np.ndarray, T: int) -> np.ndarray:
    rows = np.zeros((T - len(w) + 1, T))
    for t, row in enumerate(rows):
        row[t * len(w) : (t + 1) * len(w)] = w[: max(0, T - t * len(w))]
    return rows


@BANDED.mistake("That is turned: a row for each output, a column for each input.")
def _banded_turned(w: np.ndarray, T: int) -> np.ndarray:
    return banded(w, T).T


@BANDED.mistake(
    "T rows, and the kernel goes round: what leaves on the right comes back on the left, the end beside the "
    "beginning."
)
def _banded_circular(w: np.ndarray, T: int) -> np.ndarray:
    row = np.concatenate([w, np.zeros(T - len(w))])
    return np.array([np.roll(row, t) for t in range(T)])


@BANDED.mistake(
    "T rows that look back: the kernel runs from the diagonal to the left. Here row t begins at column t."
)
def _banded_backward(w: np.ndarray, T: int) -> np.ndarray:
    return banded(w, T + len(w) - 1)[:, :T].T
