"""``conv-size``, ``conv-receptive``, ``conv-naive``: counting steps, and a forecast that only looks back."""

from collections.abc import Iterator
from math import prod

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Layers = list[tuple[int, int]]


def _stacks(rng: np.random.Generator) -> Iterator[Layers]:
    yield [(7, 1), (5, 5), (7, 1)]
    yield []
    yield [(3, 2)]
    yield [(4, 3), (2, 1)]
    for depth in (2, 3, 4):
        yield [(int(rng.integers(1, 6)), int(rng.integers(1, 4))) for _ in range(depth)]


def _size_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 500, [(7, 1), (5, 5), (7, 1)]
    yield 40, [(7, 1), (5, 5), (7, 1)]
    yield 41, [(7, 1), (5, 5), (7, 1)]
    yield 3, [(5, 1), (1, 1)]
    for layers in _stacks(rng):
        yield int(rng.integers(60, 200)), layers


SIZE = Exercise(
    "conv-size",
    _size_cases,
    (Law("there are no sequences of a negative number of steps.", lambda given, got: bool(got >= 0), True),),
)


@SIZE.solved_by
def steps_left(T: int, layers: Layers) -> int:
    """Return how many steps are left of T after layers of (kernel or window, stride), without padding."""
    for kernel, stride in layers:
        T = (T - kernel) // stride + 1 if kernel <= T else 0
    return T


@SIZE.mistake("The first place counts too: between 1 and 3 lie two steps, and there are three numbers.")
def _size_no_one(T: int, layers: Layers) -> int:
    for kernel, stride in layers:
        T = (T - kernel) // stride if kernel <= T else 0
    return T


@SIZE.mistake("A last window that is not full is counted. Without padding the kernel has to fit.")
def _size_ceiling(T: int, layers: Layers) -> int:
    for kernel, stride in layers:
        T = -(-(T - kernel) // stride) + 1 if kernel <= T else 0
    return T


@SIZE.mistake("Where the kernel does not fit, nothing is left. You count a negative number of places.")
def _size_negative(T: int, layers: Layers) -> int:
    for kernel, stride in layers:
        T = (T - kernel) // stride + 1
    return T


@SIZE.mistake("The strides alone: each layer also loses its kernel's width, less one.")
def _size_strides(T: int, layers: Layers) -> int:
    return T // prod(stride for _, stride in layers)


def _receptive_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for layers in _stacks(rng):
        yield (layers,)
    yield ([(3, 1), (3, 1), (3, 1)],)
    yield ([(2, 2), (2, 2), (2, 2)],)


RECEPTIVE = Exercise(
    "conv-receptive",
    _receptive_cases,
    (Law("a layer never sees less than the one below it.", lambda given, got: bool(got >= 1), True),),
)


@RECEPTIVE.solved_by
def receptive_field(layers: Layers) -> int:
    """Return how many steps of the input one output sees, after layers of (kernel or window, stride)."""
    steps, jump = 1, 1
    for kernel, stride in layers:
        steps += (kernel - 1) * jump
        jump *= stride
    return steps


@RECEPTIVE.mistake(
    "That would hold without strides. After a pooling of 5 two neighbours are 5 input steps apart."
)
def _receptive_no_stride(layers: Layers) -> int:
    return 1 + sum(kernel - 1 for kernel, _ in layers)


@RECEPTIVE.mistake("The kernels' widths are added up. Kernels overlap: each adds its width less one.")
def _receptive_sum(layers: Layers) -> int:
    steps, jump = 0, 1
    for kernel, stride in layers:
        steps += kernel * jump
        jump *= stride
    return steps


@RECEPTIVE.mistake("The widths are multiplied. Neighbouring windows share most of what they see.")
def _receptive_product(layers: Layers) -> int:
    return prod(kernel for kernel, _ in layers)


@RECEPTIVE.mistake("A layer's own stride does not widen its own view, only that of the layers above it.")
def _receptive_own_stride(layers: Layers) -> int:
    steps, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        steps += (kernel - 1) * jump
    return steps


def _naive_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for steps, horizon, season in (
        (40, 1, 12),
        (40, 12, 12),
        (50, 18, 12),
        (30, 7, 7),
        (30, 8, 7),
        (12, 3, 1),
    ):
        yield rng.normal(size=steps), horizon, season
    yield np.arange(9.0), 4, 2


NAIVE = Exercise("conv-naive", _naive_cases)


def _start(horizon: int, season: int) -> int:
    return season * -(-horizon // season)


@NAIVE.solved_by
def seasonal_naive(series: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """Return the forecasts of the steps from s on, made ``horizon`` before, s whole seasons earlier."""
    back = season * -(-horizon // season)  # whole seasons, and no less than the horizon
    return series[: len(series) - back]


@NAIVE.mistake(
    "With a horizon longer than a season you use a number that was not known yet when the forecast was made. "
    "No error would be raised, and the baseline would look too good."
)
def _naive_future(series: np.ndarray, horizon: int, season: int) -> np.ndarray:
    return series[_start(horizon, season) - season : len(series) - season]


@NAIVE.mistake("That is the last number known: persistence. Asked for is the last one of the same season.")
def _naive_persistence(series: np.ndarray, horizon: int, season: int) -> np.ndarray:
    return series[_start(horizon, season) - horizon : len(series) - horizon]


@NAIVE.mistake(
    "A season more than needed: where the horizon is a whole number of seasons, that many are enough."
)
def _naive_one_more(series: np.ndarray, horizon: int, season: int) -> np.ndarray:
    back = season * (horizon // season + 1)
    return series[: len(series) - back]


@NAIVE.mistake("Those are the numbers that were to be forecast.")
def _naive_answers(series: np.ndarray, horizon: int, season: int) -> np.ndarray:
    return series[_start(horizon, season) :]
