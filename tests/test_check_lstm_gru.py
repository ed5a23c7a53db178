"""What the exercises on gated units ask for, asked of the companion and of PyTorch."""

from typing import Any

import numpy as np
import torch

from companion.reference import gru, rnn, simple_gru
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


COMPANION: dict[str, Any] = {
    "simple-gru": simple_step,
    "gru-step": gru_step,
    "gru-parameters": parameter_count,
    "gru-from-keras": from_keras,
}
