"""The exercises on the recurrent network against the companion and scikit-learn."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import keras_weights, rnn, rnn_algebra, tdnn


def layer(W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(rnn.NAMES, (W_ih, W_hh, b, np.zeros_like(b)), strict=True))


def step(x_t: np.ndarray, h: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    return rnn.step(layer(*weights), x_t, h)


def read(x: np.ndarray, h_0: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    return rnn.forward(layer(*weights), x, h_0)[0]


def final_states(x: np.ndarray, lengths: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    return rnn.forward(layer(*weights), x, lengths=lengths)[1]


def stacked(W_ih: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return rnn_algebra.stacked_matrix(layer(W_ih, W_hh, np.zeros(len(W_hh))))[0]


def remembered(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    """Let scikit-learn fit the probe; the constant is one of its inputs, penalised like the others."""
    pairs = np.column_stack([states, np.ones(len(states))])[k:]
    wanted, half = np.roll(letters, k)[k:], (len(states) - k) // 2
    probe = Ridge(alpha=penalty, fit_intercept=False, solver="svd")
    probe.fit(pairs[:half], np.eye(V)[wanted[:half]])
    return float(np.mean(probe.predict(pairs[half:]).argmax(axis=1) == wanted[half:]))


COMPANION: dict[str, Any] = {
    "rnn-step": step,
    "rnn-read": read,
    "rnn-parameters": lambda V, D, H, T, biases: V * D + rnn_algebra.parameter_count(D, H, biases),
    "rnn-stacked": stacked,
    "rnn-keras": lambda *weights: tuple(keras_weights.simple_rnn_from_keras(weights).values()),
    "rnn-banded": lambda w, T: tdnn.banded_matrix({"weight": w[None, None], "bias": np.zeros(1)}, T),
    "rnn-final": final_states,
    "rnn-remembered": remembered,
}


@pytest.mark.parametrize("name", COMPANION)
def test_the_companion_gives_the_same(name: str) -> None:
    for arguments in find(name).cases(np.random.default_rng(SEED)):
        assert difference(find(name).solution(*arguments), COMPANION[name](*arguments)) is None, arguments
