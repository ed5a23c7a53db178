"""``deep-count``, ``deep-stack``: what layers on top of each other have, and what goes up between them."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Layers = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def _sizes(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 10_000, 32, 32, 4
    yield 10_000, 32, 24, 1
    for vocabulary in (5, 30, 80, 400, 3000):
        vector, units = (int(size) for size in rng.permutation(np.arange(2, 40))[:2])
        yield vocabulary, vector, units, int(rng.integers(1, 8))


COUNT = Exercise("deep-count", _sizes)


@COUNT.solved_by
def count(vocabulary: int, vector: int, units: int, layers: int) -> int:
    """Count the parameters of an embedding under so many SimpleRNN layers."""
    first = units * (vector + units + 1)
    above = units * (units + units + 1)
    return vocabulary * vector + first + (layers - 1) * above


@COUNT.mistake("The embedding is missing: a vector for each word of the vocabulary.")
def _count_no_table(vocabulary: int, vector: int, units: int, layers: int) -> int:
    return count(vocabulary, vector, units, layers) - vocabulary * vector


@COUNT.mistake("The biases are missing: one for each unit of each layer.")
def _count_no_bias(vocabulary: int, vector: int, units: int, layers: int) -> int:
    return count(vocabulary, vector, units, layers) - layers * units


@COUNT.mistake("Two biases a unit are PyTorch's. The layers of the deck are Keras', which has one.")
def _count_two_biases(vocabulary: int, vector: int, units: int, layers: int) -> int:
    return count(vocabulary, vector, units, layers) + layers * units


@COUNT.mistake("Only the lowest layer reads word vectors. What does the second one read, and how wide is it?")
def _count_all_read_vectors(vocabulary: int, vector: int, units: int, layers: int) -> int:
    return vocabulary * vector + layers * units * (vector + units + 1)


@COUNT.mistake(
    "The lowest layer reads the word vectors; that is another width than the states above it have."
)
def _count_none_reads_vectors(vocabulary: int, vector: int, units: int, layers: int) -> int:
    return vocabulary * vector + layers * units * (2 * units + 1)


@COUNT.mistake("The recurrent matrix is missing: a layer reads its own state too.")
def _count_no_recurrence(vocabulary: int, vector: int, units: int, layers: int) -> int:
    return count(vocabulary, vector, units, layers) - layers * units**2


def _stacks(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, sizes in (
        (1, 1, (2, 2)),
        (4, 2, (3, 3, 3)),
        (5, 3, (4, 6)),
        (3, 2, (5, 2, 4)),
        (6, 1, (3, 5, 4, 2)),
        (2, 3, (4, 3)),
    ):
        layers = [
            (rng.normal(size=(H, D)) / np.sqrt(D), rng.normal(size=(H, H)) / np.sqrt(H), rng.normal(size=H))
            for D, H in zip(sizes, sizes[1:], strict=False)
        ]
        yield rng.normal(size=(T, N, sizes[0])), layers


STACK = Exercise(
    "deep-stack",
    _stacks,
    (Law("a tanh stays between -1 and 1.", lambda given, got: bool((np.abs(got) <= 1).all())),),
)


def _states(x: np.ndarray, layer: tuple[np.ndarray, ...], h: np.ndarray | None = None) -> np.ndarray:
    """Return all states of one layer, (T, N, H)."""
    W_ih, W_hh, b = layer
    h = np.zeros((x.shape[1], len(b))) if h is None else h
    states = []
    for x_t in x:
        h = np.tanh(x_t @ W_ih.T + h @ W_hh.T + b)
        states.append(h)
    return np.stack(states)


@STACK.solved_by
def top_state(x: np.ndarray, layers: Layers) -> np.ndarray:
    """Return the last state of the uppermost layer, (N, H)."""
    for layer in layers:
        x = _states(x, layer)  # (T, N, H): all of it goes up
    return x[-1]


@STACK.mistake(
    "Only a layer's last state goes up, as without return_sequences: the next layer reads one step."
)
def _stack_last_only(x: np.ndarray, layers: Layers) -> np.ndarray:
    for layer in layers:
        x = _states(x, layer)[-1:]
    return x[-1]


@STACK.mistake("A layer's last state goes up again and again, as an input that is the same at every step.")
def _stack_repeated(x: np.ndarray, layers: Layers) -> np.ndarray:
    for number, layer in enumerate(layers):
        states = _states(x, layer)
        x = np.repeat(states[-1:], len(x), axis=0) if number < len(layers) - 1 else states
    return x[-1]


@STACK.mistake("Every layer reads x. Above the lowest, a layer reads the states of the layer below.")
def _stack_all_read_x(x: np.ndarray, layers: Layers) -> np.ndarray:
    return [_states(x, layer) for layer in layers][-1][-1]


@STACK.mistake("That is the lowest layer's last state.")
def _stack_lowest(x: np.ndarray, layers: Layers) -> np.ndarray:
    return _states(x, layers[0])[-1]


@STACK.mistake("Those are the uppermost layer's states after every step. Asked for is the last.")
def _stack_all_states(x: np.ndarray, layers: Layers) -> np.ndarray:
    for layer in layers:
        x = _states(x, layer)
    return x


@STACK.mistake(
    "A layer starts from the last state of the one below. Each starts from zero, with its own state."
)
def _stack_shared_state(x: np.ndarray, layers: Layers) -> np.ndarray:
    h = None
    for layer in layers:
        x = _states(x, layer, h)
        h = x[-1]
    return x[-1]


@STACK.mistake("That is the sum over the steps. Asked for is the state after the last one.")
def _stack_summed(x: np.ndarray, layers: Layers) -> np.ndarray:
    for layer in layers:
        x = _states(x, layer)
    return x.sum(axis=0)
