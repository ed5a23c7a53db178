"""``bi-heard``, ``bi-reverse``, ``bi-ends``, ``bi-parameters``: two readers, their ends and their size."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _heard_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield from ((1, 1), (1, 5), (5, 5), (2, 5), (4, 9), (9, 12), (10, 12), (3, 100), (57, 100))


HEARD = Exercise(
    "bi-heard",
    _heard_cases,
    (
        Law(
            "at the last token the forward reader is through, and the backward reader has just begun.",
            lambda given, got: given[0] != given[1] or tuple(got) == (given[1], 1),
        ),
    ),
)


@HEARD.solved_by
def heard(t: int, T: int) -> tuple[int, int]:
    """Return how many tokens the forward and the backward half of output t have read."""
    return t, T - t + 1


@HEARD.mistake("The backward reader has read token t itself, and then says something at step t.")
def _heard_without_itself(t: int, T: int) -> tuple[int, int]:
    return t, T - t


@HEARD.mistake(
    "You counted from 0. On paper the first step is 1, and there the forward half has read one token."
)
def _heard_from_zero(t: int, T: int) -> tuple[int, int]:
    return t + 1, T - t


@HEARD.mistake("The two are exchanged: at the beginning it is the backward reader that has read everything.")
def _heard_exchanged(t: int, T: int) -> tuple[int, int]:
    return T - t + 1, t


@HEARD.mistake("Both halves cannot have read t tokens: the second reader began at the other end.")
def _heard_alike(t: int, T: int) -> tuple[int, int]:
    return t, t


def _reverse_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[1.0, 4.0], [2.0, 5.0], [3.0, 9.0]])[..., None], np.array([3, 2])
    for T, N, D in ((1, 1, 1), (5, 3, 2), (6, 4, 1), (4, 5, 3), (7, 2, 2)):
        lengths = rng.integers(1, T + 1, N)
        lengths[rng.integers(N)] = T
        yield rng.normal(size=(T, N, D)), lengths
    yield rng.normal(size=(4, 3, 2)), np.array([2, 0, 3])


REVERSE = Exercise("bi-reverse", _reverse_cases)


@REVERSE.solved_by
def reverse(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return x with each sequence turned round within its own length, (T, N, D)."""
    turned = x.copy()
    for n, length in enumerate(lengths):
        turned[:length, n] = x[:length, n][::-1]
    return turned


@REVERSE.mistake("The whole array is turned round: for a short sequence the padding now comes first.")
def _reverse_all(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return x[::-1].copy()


@REVERSE.mistake("What lies beyond the end stays where it is. You set it to zero.")
def _reverse_zeros(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    beyond = np.arange(len(x))[:, None] >= lengths
    return np.where(beyond[..., None], 0.0, reverse(x, lengths))


@REVERSE.mistake("You turned the batch round. Time is the first axis.")
def _reverse_batch(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return x[:, ::-1].copy()


@REVERSE.mistake("All sequences are turned as if they had the length of the first.")
def _reverse_first_length(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return reverse(x, np.full(len(lengths), lengths[0]))


@REVERSE.mistake("One too few: the last token of each sequence has stayed in its place.")
def _reverse_one_less(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return reverse(x, np.maximum(lengths - 1, 0))


def _ends_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, H in ((1, 1, 1), (5, 3, 2), (6, 4, 3), (4, 5, 1), (7, 2, 4)):
        lengths = rng.integers(1, T + 1, N)
        lengths[rng.integers(N)] = T
        beyond = np.arange(T)[:, None] >= lengths
        yield np.where(beyond[..., None], 0.0, rng.normal(size=(T, N, 2 * H))), lengths
    yield rng.normal(size=(5, 3, 4)), np.array([5, 5, 5])


ENDS = Exercise("bi-ends", _ends_cases)


@ENDS.solved_by
def both_ends(y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return what each reader knew when it was through, (N, 2H), the forward half first."""
    H = y.shape[2] // 2
    ahead = y[lengths - 1, np.arange(y.shape[1]), :H]
    return np.concatenate([ahead, y[0, :, H:]], axis=1)


@ENDS.mistake(
    "That is the last row: padding for short sequences; for the others its second half has read one token."
)
def _ends_last(y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return y[-1].copy()


@ENDS.mistake("The lengths are heeded. But at the last token the backward reader has only begun.")
def _ends_own_last(y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return y[lengths - 1, np.arange(y.shape[1])]


@ENDS.mistake("At the first token the backward reader is through, and the forward reader has only begun.")
def _ends_first(y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return y[0].copy()


@ENDS.mistake("The backward half is right. The forward half of short sequences is taken from the padding.")
def _ends_padding(y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    H = y.shape[2] // 2
    return np.concatenate([y[-1, :, :H], y[0, :, H:]], axis=1)


@ENDS.mistake("Both halves are right, in the wrong order: the forward one stands first.")
def _ends_order(y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.concatenate(np.split(both_ends(y, lengths), 2, axis=1)[::-1], axis=1)


@ENDS.mistake("Each reader's beginning is taken for its end: both have read one token there.")
def _ends_beginnings(y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    H = y.shape[2] // 2
    return np.concatenate([y[0, :, :H], y[lengths - 1, np.arange(y.shape[1]), H:]], axis=1)


def _parameters_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield from (
        (1, 1, 1, 1),
        (32, 32, 1, 4),
        (4, 6, 2, 1),
        (10, 20, 2, 4),
        (7, 5, 3, 3),
        (300, 512, 2, 4),
        (10, 7, 4, 1),
    )


PARAMETERS = Exercise("bi-parameters", _parameters_cases)


@PARAMETERS.solved_by
def parameters(D: int, H: int, L: int, G: int) -> int:
    """Return the number of parameters of L bidirectional layers with G gates and two biases."""
    first = 2 * G * (H * D + H * H + 2 * H)
    above = 2 * G * (H * 2 * H + H * H + 2 * H)
    return first + (L - 1) * above


@PARAMETERS.mistake("A reader of the second layer reads both readers of the first: 2H numbers a step.")
def _parameters_narrow(D: int, H: int, L: int, G: int) -> int:
    return 2 * G * (H * D + H * H + 2 * H) + (L - 1) * 2 * G * (2 * H * H + 2 * H)


@PARAMETERS.mistake("PyTorch has two biases a reader. One is what Keras has.")
def _parameters_one_bias(D: int, H: int, L: int, G: int) -> int:
    return parameters(D, H, L, G) - 2 * L * G * H


@PARAMETERS.mistake("That is one reader a layer.")
def _parameters_one_way(D: int, H: int, L: int, G: int) -> int:
    return G * (H * D + H * H + 2 * H) + (L - 1) * G * (2 * H * H + 2 * H)


@PARAMETERS.mistake("All layers are as large as the first. Only that one reads the D numbers of the input.")
def _parameters_alike(D: int, H: int, L: int, G: int) -> int:
    return 2 * L * G * (H * D + H * H + 2 * H)


@PARAMETERS.mistake(
    "Two readers of H units are less than one of 2H: no weight leads from the one to the other."
)
def _parameters_double(D: int, H: int, L: int, G: int) -> int:
    return G * (2 * H * D + 4 * H * H + 4 * H) + (L - 1) * G * (8 * H * H + 4 * H)
