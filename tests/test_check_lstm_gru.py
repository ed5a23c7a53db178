"""What the exercises on gated units ask for, asked of the companion and of PyTorch."""

from typing import Any

import numpy as np
import torch

from companion.reference import gru, lstm, rnn, simple_gru
from companion.reference.keras_gru import gru_from_keras
from companion.torch.simple_gru import SimpleGRU


def simple_step(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> np.ndarray:
    """Translate: the lectures' gate is 1 - z, and in their matrices the state's columns come first."""
    weights, bias, H = np.concatenate([-W_u, W_c]), np.concatenate([-b_u, b_c]), c.shape[1]
    params = {"weight_ih_l0": weights[:, H:], "weight_hh_l0": weights[:, :H]}
    params |= {"bias_ih_l0": bias, "bias_hh_l0": np.zeros_like(bias)}
    return simple_gru.step(params, x, c)


def gru_step(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return gru.step(dict(zip(rnn.NAMES, (W_ih, W_hh, b_ih, b_hh), strict=True)), x, h)


def parameter_count(cell: str, D: int, H: int) -> int:
    modules = {"rnn": torch.nn.RNN, "simple": SimpleGRU, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
    return sum(parameter.numel() for parameter in modules[cell](D, H).parameters())


def from_keras(kernel: np.ndarray) -> np.ndarray:
    H = kernel.shape[1] // 3
    return gru_from_keras([kernel, np.zeros((H, 3 * H))])["weight_ih_l0"]


def lstm_params(W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray) -> dict[str, Any]:
    return dict(zip(rnn.NAMES, (W_ih, W_hh, b_ih, b_hh), strict=True))


def lstm_step(x: np.ndarray, h: np.ndarray, c: np.ndarray, *weights: np.ndarray) -> lstm.State:
    return lstm.step(lstm_params(*weights), x, (h, c))


def backward_step(
    i: np.ndarray,
    f: np.ndarray,
    g: np.ndarray,
    o: np.ndarray,
    c: np.ndarray,
    dh: np.ndarray,
    dc: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the inputs that give a layer these gates, each its own column, and let it go back."""
    H = i.shape[1]
    x = np.concatenate([np.log(i / (1 - i)), np.log(f / (1 - f)), np.arctanh(g), np.log(o / (1 - o))], axis=1)
    params = lstm_params(np.eye(4 * H), np.zeros((4 * H, H)), np.zeros(4 * H), np.zeros(4 * H))
    _, _, cache = lstm.forward(params, x[None], (np.zeros_like(c), c))
    _, dc_all, da = lstm.through_time(cache, None, (dh, dc))
    return da.reshape(len(c), 4 * H), dc_all[0]


def bias_for(steps: int) -> float:
    """Search for the bias by bisection: the layer itself says what is left of a cell."""
    low, high = -5.0, 50.0
    for _ in range(100):
        middle = (low + high) / 2
        params = {
            name: np.zeros(shape) for name, shape in zip(rnn.NAMES, ((4, 1), (4, 1), 4, 4), strict=True)
        }
        params["bias_ih_l0"][1] = middle
        _, (_, left), _ = lstm.forward(params, np.zeros((steps, 1, 1)), (np.zeros((1, 1)), np.ones((1, 1))))
        low, high = (middle, high) if left < 0.5 else (low, middle)
    return low


def with_forget_bias(b_ih: np.ndarray, b_hh: np.ndarray, value: float) -> list[np.ndarray]:
    """Take from the companion's own drawing what it sets, and from what was given the rest."""
    H = len(b_ih) // 4
    ours = lstm.init(1, H, np.random.default_rng(0), forget_bias=value)
    taken = [ours["bias_ih_l0"], ours["bias_hh_l0"]]
    forget = np.arange(4 * H) // H == 1
    return [np.where(forget, new, old) for new, old in zip(taken, (b_ih, b_hh), strict=True)]


def read_in_chunks(x: np.ndarray, weights: list[np.ndarray], size: int) -> np.ndarray:
    W_ih, W_hh, b = weights
    return lstm.forward(lstm_params(W_ih, W_hh, b, np.zeros_like(b)), x)[0].copy()


COMPANION: dict[str, Any] = {
    "simple-gru": simple_step,
    "gru-step": gru_step,
    "lstm-step": lstm_step,
    "lstm-backward-step": backward_step,
    "lstm-half-life": bias_for,
    "lstm-forget-bias": with_forget_bias,
    "lstm-chunks": read_in_chunks,
    "gru-parameters": parameter_count,
    "gru-from-keras": from_keras,
}
