"""``tf-evaluate`` and ``tf-gap``: how good a network is on its own, and how much worse than taught."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


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
    "The first error is right, and those after it are not: these steps know what nobody knows by then."
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


@EVALUATE.mistake("Every step is told last: each of these errors is one step ahead, of a value further away.")
def _evaluate_from_last(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    said = _next(W, b, last)
    return np.array([_rms(said - truth) for truth in future])


@EVALUATE.mistake(
    "That is the mean of the absolute errors. Asked for is the root of the mean of their squares."
)
def _evaluate_absolute(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    told, errors = last, []
    for truth in future:
        told = _next(W, b, told)
        errors.append(float(np.abs(told - truth).mean()))
    return np.array(errors)


@EVALUATE.mistake("You sum the squares. With the mean the number does not grow with the size of the batch.")
def _evaluate_sum(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    return forecast_errors(W, b, last, future) * np.sqrt(last.size)


@EVALUATE.mistake("Those are means over all steps so far. Each number is to be that of its own step.")
def _evaluate_so_far(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    errors = forecast_errors(W, b, last, future)
    return np.cumsum(errors) / np.arange(1, len(errors) + 1)


@EVALUATE.mistake("The last known value is not used: the forecast starts from zeros.")
def _evaluate_from_zero(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    return forecast_errors(W, b, np.zeros_like(last), future)


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


@GAP.mistake("Those are sums. With other numbers of sequences they do not compare: take means.")
def _gap_sums(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    steps = np.arange(len(own))[:, None]
    return (own * (steps < own_lengths)).sum(axis=1) - (true * (steps < true_lengths)).sum(axis=1)


@GAP.mistake("One step too far: a sequence of length 2 has the steps 0 and 1.")
def _gap_one_more(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    return _mean(own, own_lengths + 1) - _mean(true, true_lengths + 1)


@GAP.mistake("You have taken the absolute value. A gap below zero is news too, and should show.")
def _gap_absolute(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    return np.abs(exposure(own, own_lengths, true, true_lengths))


@GAP.mistake("That is the error on its own histories. A gap is what it has more than on true ones.")
def _gap_own_alone(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    return _mean(own, own_lengths)


@GAP.mistake("That is the gap as a share of the error on true histories. Asked for is the difference.")
def _gap_relative(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    return _mean(own, own_lengths) / _mean(true, true_lengths) - 1


@GAP.mistake("You add the gaps up over the steps. Each step has its own.")
def _gap_added(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    return np.cumsum(exposure(own, own_lengths, true, true_lengths))
