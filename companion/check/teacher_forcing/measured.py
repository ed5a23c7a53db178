"""``tf-decay``, ``tf-evaluate``, ``tf-gap``, ``tf-bits``: when the teacher goes, what is measured."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _decay_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield from ((0, 1.0), (0, 50.0), (1, 2.0), (100, 20.0), (230, 50.0), (500, 50.0), (3000, 200.0))
    yield 1_000_000, 100.0  # exp(10000) is beyond what a float can hold


DECAY = Exercise(
    "tf-decay",
    _decay_cases,
    (Law("epsilon is a probability, from 0 to 1.", lambda given, got: bool(0 <= got <= 1)),),
)


@DECAY.solved_by
def inverse_sigmoid(i: int, k: float) -> float:
    """Return k / (k + exp(i / k)), for any i."""
    falling = k * np.exp(-i / k)
    return float(falling / (1 + falling))


@DECAY.mistake("That is how often the network is told its own word. Epsilon is the teacher's share.")
def _decay_turned(i: int, k: float) -> float:
    return 1 - inverse_sigmoid(i, k)


@DECAY.mistake("The k before the exponential is missing: epsilon begins at a half, and it should near 1.")
def _decay_no_k(i: int, k: float) -> float:
    falling = np.exp(-i / k)
    return float(falling / (1 + falling))


@DECAY.mistake(
    "The power exp(-i / k) alone is the exponential decay. It falls fastest at first; this one stays up."
)
def _decay_exponential(i: int, k: float) -> float:
    return float(np.exp(-i / k))


@DECAY.mistake("For large i the exponential overflows. Divide both sides of the fraction by it.")
def _decay_overflow(i: int, k: float) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        growing = np.exp(i / k)
        return float(k * growing / ((k + growing) * growing))


def _evaluate_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, outputs in ((1, 1, 1), (2, 1, 3), (5, 3, 2), (6, 2, 4), (4, 7, 3), (3, 4, 1)):
        shapes = (outputs, outputs), (outputs,), (N, outputs), (T, N, outputs)
        yield tuple(rng.normal(size=shape) for shape in shapes)


def _next(W: np.ndarray, b: np.ndarray, told: np.ndarray) -> np.ndarray:
    return np.tanh(told @ W.T + b)


def _rms(apart: np.ndarray) -> float:
    return float(np.sqrt(np.mean(apart**2)))


EVALUATE = Exercise(
    "tf-evaluate",
    _evaluate_cases,
    (
        Law(
            "the first step is told last, a true value: its error is the same with a teacher and without.",
            lambda given, got: bool(np.isclose(got[0], _rms(_next(*given[:3]) - given[3][0]))),
        ),
    ),
)


@EVALUATE.solved_by
def forecast_errors(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    """Return the root mean square error of each step ahead, (T,), the network on its own."""
    told, errors = last, []
    for truth in future:
        told = _next(W, b, told)
        errors.append(_rms(told - truth))
    return np.array(errors)


@EVALUATE.mistake(
    "The teacher is still in the room: each step is told the true value before it, and nobody has it then."
)
def _evaluate_taught(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    told, errors = last, []
    for truth in future:
        errors.append(_rms(_next(W, b, told) - truth))
        told = truth
    return np.array(errors)


@EVALUATE.mistake("You averaged over the steps too. How the error grows with the step is what is asked.")
def _evaluate_mean(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    errors = forecast_errors(W, b, last, future)
    return np.full(len(errors), _rms(errors))


@EVALUATE.mistake(
    "The forecasts are a step late: the first follows from last, and you held last itself against the future."
)
def _evaluate_late(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    told, errors = last, []
    for truth in future:
        errors.append(_rms(told - truth))
        told = _next(W, b, told)
    return np.array(errors)


@EVALUATE.mistake("That is the mean square error. Its root has the unit of the series.")
def _evaluate_squared(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    return forecast_errors(W, b, last, future) ** 2


def _gap_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, M in ((1, 1, 1), (2, 1, 3), (5, 3, 4), (4, 6, 2), (7, 2, 5), (3, 5, 6)):
        own_lengths, true_lengths = rng.integers(1, T + 1, N), rng.integers(1, T + 1, M)
        own_lengths[-1] = true_lengths[0] = T
        steps = np.arange(T)[:, None]
        own, true = rng.exponential(2.0, (T, N)), rng.exponential(1.0, (T, M))
        yield own, own_lengths, np.where(steps < true_lengths, true, 9.0), true_lengths


GAP = Exercise("tf-gap", _gap_cases)


@GAP.solved_by
def exposure(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    """Return the mean of own less the mean of true at each step, (T,), over the sequences still running."""
    return _mean(own, own_lengths) - _mean(true, true_lengths)


def _mean(d: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    running = np.arange(len(d))[:, None] < lengths
    return (d * running).sum(axis=1) / running.sum(axis=1)


@GAP.mistake("The sign: a network that is worse on its own has a gap above zero.")
def _gap_turned(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    return -exposure(own, own_lengths, true, true_lengths)


@GAP.mistake("You count what stands beyond the ends of sequences. That is padding.")
def _gap_padding(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    return own.mean(axis=1) - true.mean(axis=1)


@GAP.mistake(
    "Padding is left out of the sum, and still counted in the divisor: divide by those that are running."
)
def _gap_divisor(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    steps = np.arange(len(own))[:, None]
    return (own * (steps < own_lengths)).mean(axis=1) - (true * (steps < true_lengths)).mean(axis=1)


@GAP.mistake("That is a ratio. A gap is a difference, and stays a number where the true mean is zero.")
def _gap_ratio(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    return _mean(own, own_lengths) / _mean(true, true_lengths)


def _bits_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[0.45, 0.05], [0.05, 0.45]]), 0.5
    for rows, columns, epsilon in ((2, 2, 0.0), (2, 3, 1.0), (3, 2, 0.25), (4, 3, 0.7), (3, 5, 0.9)):
        yield rng.dirichlet(np.ones(rows * columns)).reshape(rows, columns), epsilon


BITS = Exercise(
    "tf-bits",
    _bits_cases,
    (
        Law(
            "each row is a distribution of the second token, and sums to 1.",
            lambda given, got: bool(np.allclose(np.sum(got, axis=1), 1)),
        ),
    ),
)


@BITS.solved_by
def learned(joint: np.ndarray, epsilon: float) -> np.ndarray:
    """Return q(b | a), (A, B), that scheduled sampling with this epsilon converges to."""
    first, second = joint.sum(axis=1), joint.sum(axis=0)
    return epsilon * joint / first[:, None] + (1 - epsilon) * second


@BITS.mistake("Epsilon is the share of the teacher's tokens; you gave it to the network's own.")
def _bits_turned(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return learned(joint, 1 - epsilon)


@BITS.mistake(
    "That is what the data say of b after a. After a token of the network's own, b belongs to another a."
)
def _bits_truth(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return learned(joint, 1.0)


@BITS.mistake("That is a joint distribution: divide each row by the probability of its a.")
def _bits_joint(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return learned(joint, epsilon) * joint.sum(axis=1, keepdims=True)


@BITS.mistake(
    "For the network's own tokens you took b uniform. It is a target all the same: it has its marginal."
)
def _bits_uniform(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return epsilon * learned(joint, 1.0) + (1 - epsilon) / joint.shape[1]
