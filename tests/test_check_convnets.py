"""What the exercises on convolutions ask for, asked of the companion, and once of a forecaster's own loop."""

import math
from typing import Any

import numpy as np
import pytest

from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import conv, pooling


def steps_left(T: int, layers: list[tuple[int, int]]) -> int:
    for kernel, stride in layers:
        T = int(conv.output_size(T, kernel, stride))
    return T


def causal(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return conv.forward({"weight": weight, "bias": bias}, x[:, None], padding="causal")[0][:, 0]


def kernel_gradient(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    F, D, K = dy.shape[1], x.shape[1], len(x) - len(dy) + 1
    _, cache = conv.forward({"weight": np.zeros((F, D, K)), "bias": np.zeros(F)}, x[:, None])
    return conv.backward(cache, dy[:, None])[1]["weight"]


def max_gradient(x: np.ndarray, P: int, dy: np.ndarray) -> np.ndarray:
    _, cache = pooling.max_pool(x[:, None], P)
    return pooling.max_pool_backward(cache, dy[:, None])[:, 0]


def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Ask which inputs move the one output of a sequence that is just long enough."""
    shortest = 1
    while steps_left(shortest, layers) == 0:
        shortest += 1
    x = np.zeros((shortest, 1, 1))
    caches = []
    for kernel, stride in layers:
        params = {"weight": np.ones((1, 1, kernel)), "bias": np.zeros(1)}
        x, cache = conv.forward(params, x, stride=stride)
        caches.append(cache)
    dx = np.ones_like(x)
    for cache in reversed(caches):
        dx, _ = conv.backward(cache, dx)
    return int(np.count_nonzero(dx))


def seasonal_naive(series: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """Stand at each step in turn and look back, season by season, for a number that is known."""
    found = []
    for t in range(len(series)):
        known = [s for s in range(t - season, -1, -season) if s <= t - horizon]
        found.append(series[known[0]] if known else math.nan)
    return np.array([value for value in found if not math.isnan(value)])


COMPANION: dict[str, Any] = {
    "conv-size": steps_left,
    "conv-causal": causal,
    "conv-kernel": kernel_gradient,
    "conv-global-max": lambda x, lengths: pooling.global_max_pool(x, lengths)[0],
    "conv-max-grad": max_gradient,
    "conv-receptive": receptive_field,
    "conv-naive": seasonal_naive,
}


@pytest.mark.parametrize("name", COMPANION)
def test_the_companion_gives_the_same(name: str) -> None:
    for seed in (SEED, 1):
        for arguments in find(name).cases(np.random.default_rng(seed)):
            assert difference(find(name).solution(*arguments), COMPANION[name](*arguments)) is None, arguments


@pytest.mark.equation("eq-conv1d-size")
def test_the_decks_network_needs_41_words(measure: Any) -> None:
    layers = [(7, 1), (5, 5), (7, 1)]
    assert receptive_field(layers) == 41
    for steps, left in ((500, 92), (41, 1), (40, 0)):
        measure("eq-conv1d-size", abs(steps_left(steps, layers) - left), 0)
