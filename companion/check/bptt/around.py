"""``bptt-loss``, ``bptt-clip``, ``bptt-spacing``: the loss above the gradients, and what comes after."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _loss_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.zeros((2, 1, 4)), np.zeros((2, 1), dtype=int), np.array([2])
    yield np.full((3, 2, 3), 800.0) * [1, 0, -1], np.zeros((3, 2), dtype=int), np.array([3, 1])
    for T, N, V in ((1, 1, 2), (5, 3, 7), (4, 2, 3), (6, 4, 2), (3, 5, 6)):
        lengths = rng.integers(0, T + 1, N)
        lengths[0] = T
        yield rng.normal(size=(T, N, V)), rng.integers(0, V, (T, N)), lengths


LOSS = Exercise(
    "bptt-loss",
    _loss_cases,
    (
        Law(
            "a loss is a finite number, also where a logit is 800.",
            lambda given, got: bool(np.isfinite(got)),
            True,
        ),
        Law("minus a logarithm of probabilities is never negative.", lambda given, got: bool(got >= 0)),
    ),
)


def _log_probabilities(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the logarithm of each target's probability, (T, N)."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.take_along_axis(logs, targets[:, :, None], axis=-1)[:, :, 0]


@LOSS.solved_by
def sequence_loss(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    """Return the cross-entropy summed over the steps that the sequences have, divided by their number."""
    real = np.arange(len(logits))[:, None] < lengths  # (T, N)
    return float(-_log_probabilities(logits, targets)[real].sum() / real.sum())


@LOSS.mistake("Padding is counted: steps beyond a sequence's length have no target and must not have a loss.")
def _loss_padded(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    return float(-_log_probabilities(logits, targets).mean())


@LOSS.mistake(
    "The sum leaves the padding out, but the divisor counts it: a batch with more padding seems to be better."
)
def _loss_divided(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    return sequence_loss(logits, targets, lengths) * float(lengths.sum() / targets.size)


@LOSS.mistake("That is the sum over all steps; asked for is the mean over those that are real.")
def _loss_summed(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    return sequence_loss(logits, targets, lengths) * float(lengths.sum())


@LOSS.mistake("The sum is divided by the number of sequences. Asked for is the mean over the real steps.")
def _loss_by_batch(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    return sequence_loss(logits, targets, lengths) * float(lengths.sum() / len(lengths))


@LOSS.mistake(
    "Each sequence's mean, and then the mean of these: a short sequence would count as much as a long one."
)
def _loss_by_sequence(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    real = np.arange(len(logits))[:, None] < lengths
    sums = -np.where(real, _log_probabilities(logits, targets), 0).sum(axis=0)
    return float((sums / np.maximum(lengths, 1)).mean())


@LOSS.mistake("The mask is one step too long: a sequence of length 2 has the steps 0 and 1.")
def _loss_one_more(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    return sequence_loss(logits, targets, np.minimum(lengths + 1, len(logits)))


@LOSS.mistake("Infinity: exp(800) overflows. Subtract the largest logit first; the softmax does not notice.")
def _loss_overflows(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> float:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        chosen = np.take_along_axis(p, targets[:, :, None], axis=-1)[:, :, 0]
        real = np.arange(len(logits))[:, None] < lengths
        return float(-np.log(chosen[real]).sum() / real.sum())


def _clip_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [np.array([3.0, 4.0])], 1.0
    yield [np.array([0.3]), np.array([[0.4]])], 1.0
    yield [np.zeros((2, 3)), np.zeros(2)], 0.5
    for shapes, limit in (
        (((6, 4), (6, 6), (6,)), 1.0),
        (((3, 2), (3,)), 0.25),
        (((5, 3), (5, 5), (5,), (2, 5)), 5.0),
        (((2, 2), (2,)), 40.0),
    ):
        yield [rng.normal(size=shape) for shape in shapes], limit


def _as_one(grads: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([grad.ravel() for grad in grads])


CLIP = Exercise(
    "bptt-clip",
    _clip_cases,
    (
        Law(
            "the norm of everything together is not above the limit.",
            lambda given, got: bool(np.linalg.norm(_as_one(got)) <= given[1] * (1 + 1e-9)),
        ),
        Law(
            "a gradient that is short enough stays as it is.",
            lambda given, got: bool(
                np.linalg.norm(_as_one(given[0])) > given[1] or np.allclose(_as_one(given[0]), _as_one(got))
            ),
        ),
    ),
)


@CLIP.solved_by
def clip(grads: list[np.ndarray], limit: float) -> list[np.ndarray]:
    """Return the gradients, a list of arrays, with the norm of all of them together limited."""
    norm = np.sqrt(sum((grad**2).sum() for grad in grads))
    factor = min(1.0, limit / norm) if norm > 0 else 1.0
    return [grad * factor for grad in grads]


@CLIP.mistake(
    "Each array is clipped by its own norm. That turns the gradient: long arrays are cut, short ones are not."
)
def _clip_each(grads: list[np.ndarray], limit: float) -> list[np.ndarray]:
    return [clip([grad], limit)[0] for grad in grads]


@CLIP.mistake("You limit each number by itself. That is clipping by value; the direction should stay.")
def _clip_values(grads: list[np.ndarray], limit: float) -> list[np.ndarray]:
    return [np.clip(grad, -limit, limit) for grad in grads]


@CLIP.mistake(
    "You set every gradient to the limit's length, short ones too. Clipping never makes anything longer."
)
def _clip_always(grads: list[np.ndarray], limit: float) -> list[np.ndarray]:
    norm = np.linalg.norm(_as_one(grads))
    return [grad * limit / norm if norm > 0 else grad for grad in grads]


@CLIP.mistake("That is the squared norm: the root is missing.")
def _clip_squared(grads: list[np.ndarray], limit: float) -> list[np.ndarray]:
    norm = float((_as_one(grads) ** 2).sum())
    return [grad * (min(1.0, limit / norm) if norm > 0 else 1.0) for grad in grads]


@CLIP.mistake("A gradient of zeros gives nan: 0 divided by 0. There is nothing to clip in it.")
def _clip_nothing(grads: list[np.ndarray], limit: float) -> list[np.ndarray]:
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.minimum(1.0, limit / np.linalg.norm(_as_one(grads)))
        return [grad * (np.nan if not _as_one(grads).any() else factor) for grad in grads]


def _spacing_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for steps in (1, 2, 3, 4, 9, 10, 16, 48, 100, 101, 400, 1000):
        yield (steps,)


SPACING = Exercise("bptt-spacing", _spacing_cases)


@SPACING.solved_by
def least_states(T: int) -> int:
    """Return the least number of states held at once: ceil(T / s) checkpoints and the s states of a chunk."""
    return min(-(-T // s) + s for s in range(1, T + 1))


@SPACING.mistake("That is the best spacing s, or nearly. Asked for is how many states are then held.")
def _spacing_root(T: int) -> int:
    return round(T**0.5)


@SPACING.mistake("Rounded down: a last chunk that is not full has a checkpoint too.")
def _spacing_floor(T: int) -> int:
    return min(T // s + s for s in range(1, T + 1))


@SPACING.mistake("Calculus says 2 sqrt(T), but T and s are whole numbers: try every s.")
def _spacing_calculus(T: int) -> int:
    return int(2 * T**0.5)
