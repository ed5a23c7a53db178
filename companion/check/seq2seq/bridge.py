"""``s2s-first-state``, ``s2s-bridge-backward``: what the decoder begins with, and its gradient's way back."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _first_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for S, N, H, out in ((1, 1, 1, 1), (4, 1, 2, 3), (3, 2, 4, 2), (6, 3, 2, 5), (5, 4, 3, 3), (7, 2, 1, 4)):
        lengths = rng.integers(1, S + 1, N)
        lengths[0] = S if N == 1 else max(1, S - 2)
        y = rng.uniform(-1, 1, (S, N, 2 * H)) * (np.arange(S)[:, None] < lengths)[:, :, None]
        yield y, lengths, rng.normal(size=(out, 2 * H)), rng.normal(size=out)


def _beginning_matters(given: Arguments, got: np.ndarray) -> bool:
    return bool((np.abs(got) <= 1).all())


FIRST_STATE = Exercise(
    "s2s-first-state",
    _first_cases,
    (Law("no state leaves the range of the tanh, −1 to 1.", _beginning_matters),),
)


def _first(
    y: np.ndarray, ahead: np.ndarray | int, back: np.ndarray | int, W: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Take the forward half of one step and the backward half of another."""
    H, n = y.shape[2] // 2, np.arange(y.shape[1])
    both = np.concatenate([y[ahead, n, :H], y[back, n, H:]], axis=1)
    return np.tanh(both @ W.T + b)


@FIRST_STATE.solved_by
def first_state(y: np.ndarray, lengths: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the decoder's first state, (N, out), of the outputs y (S, N, 2H) of an encoder."""
    return _first(y, lengths - 1, 0, W, b)


@FIRST_STATE.mistake("That is y[-1]: behind a shorter sentence there is nothing but padding.")
def _first_padding(y: np.ndarray, lengths: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _first(y, -1, -1, W, b)


@FIRST_STATE.mistake(
    "The backward half is taken where the sentence ends. That direction begins there, and has read one word."
)
def _first_backward(y: np.ndarray, lengths: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _first(y, lengths - 1, lengths - 1, W, b)


@FIRST_STATE.mistake("The forward half is taken from the last step of the batch, which may be padding.")
def _first_forward(y: np.ndarray, lengths: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _first(y, -1, 0, W, b)


@FIRST_STATE.mistake("The halves are the wrong way round: the forward direction's stands first in y.")
def _first_halves(y: np.ndarray, lengths: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _first(y, 0, lengths - 1, W, b)


@FIRST_STATE.mistake("There is no tanh: a decoder whose states lie between −1 and 1 gets what is no state.")
def _first_linear(y: np.ndarray, lengths: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.arctanh(_first(y, lengths - 1, 0, W / 50, b / 50)) * 50


def _back_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for N, H_e, H in ((1, 1, 1), (2, 1, 3), (3, 2, 2), (4, 3, 5), (5, 4, 3), (7, 2, 6)):
        last, W, b = rng.normal(size=(N, 2 * H_e)), rng.normal(size=(H, 2 * H_e)), rng.normal(size=H)
        yield last, W, np.tanh((last @ W.T + b) / 2), rng.normal(size=(N, H))


BACK = Exercise("s2s-bridge-backward", _back_cases)
Gradients = tuple[np.ndarray, np.ndarray, np.ndarray]


@BACK.solved_by
def bridge_backward(last: np.ndarray, W: np.ndarray, h_0: np.ndarray, dh_0: np.ndarray) -> Gradients:
    """Return the gradients of the encoder's last states, of W and of b."""
    da = dh_0 * (1 - h_0**2)
    return da @ W, da.T @ last, da.sum(axis=0)


@BACK.mistake("The slope of the tanh is missing.")
def _back_linear(last: np.ndarray, W: np.ndarray, h_0: np.ndarray, dh_0: np.ndarray) -> Gradients:
    return dh_0 @ W, dh_0.T @ last, dh_0.sum(axis=0)


@BACK.mistake("The slope is that of a sigmoid.")
def _back_sigmoid(last: np.ndarray, W: np.ndarray, h_0: np.ndarray, dh_0: np.ndarray) -> Gradients:
    da = dh_0 * h_0 * (1 - h_0)
    return da @ W, da.T @ last, da.sum(axis=0)


@BACK.mistake("Parameters are shared by all sentences of the batch: their gradients are sums over it.")
def _back_mean(last: np.ndarray, W: np.ndarray, h_0: np.ndarray, dh_0: np.ndarray) -> Gradients:
    da = dh_0 * (1 - h_0**2)
    return da @ W, da.T @ last / len(last), da.sum(axis=0) / len(last)


@BACK.mistake("The slope is taken at h_0, as if it had not been through the tanh yet. It has.")
def _back_twice(last: np.ndarray, W: np.ndarray, h_0: np.ndarray, dh_0: np.ndarray) -> Gradients:
    da = dh_0 * (1 - np.tanh(h_0) ** 2)
    return da @ W, da.T @ last, da.sum(axis=0)


@BACK.mistake("The encoder hears nothing: that is the gradient cut, and only the decoder would learn.")
def _back_cut(last: np.ndarray, W: np.ndarray, h_0: np.ndarray, dh_0: np.ndarray) -> Gradients:
    da = dh_0 * (1 - h_0**2)
    return np.zeros_like(last), da.T @ last, da.sum(axis=0)
