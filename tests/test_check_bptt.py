"""What the exercises on backpropagation through time ask for, asked of the companion and of autograd."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import clipping, rnn, sequence_losses


def layer(W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(rnn.NAMES, (W_ih, W_hh, b, np.zeros_like(b)), strict=True))


def two_steps(w: float, u: float, x_1: float, x_2: float, h_0: float, y: float) -> float:
    """Take a layer of one unit."""
    params = layer(np.array([[u]]), np.array([[w]]), np.zeros(1))
    states, _, cache = rnn.forward(params, np.array([[[x_1]], [[x_2]]]), np.array([[h_0]]))
    dy = np.zeros_like(states)
    dy[-1] = states[-1] - y
    return float(rnn.backward(cache, dy)[2]["weight_ih_l0"].item())


def through(h: np.ndarray, h_0: np.ndarray, W_hh: np.ndarray) -> rnn.Cache:
    """Find the inputs that lead a layer through these states."""
    before = np.concatenate([h_0[None], h[:-1]])  # (T, N, H)
    x = np.arctanh(h) - before @ W_hh.T
    y, _, cache = rnn.forward(layer(np.eye(len(W_hh)), W_hh, np.zeros(len(W_hh))), x, h_0)
    np.testing.assert_allclose(y, h, atol=1e-9)
    return cache


def state_gradients(do: np.ndarray, h: np.ndarray, W_ho: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return rnn.through_time(through(h, np.zeros(h.shape[1:]), W_hh), do @ W_ho)[0][1:]


def recurrent_gradient(da: np.ndarray, h: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    """Without recurrent weights the gradient of a pre-activation is its own step's alone."""
    H = h.shape[2]
    dy = da / (1 - h**2)
    return rnn.backward(through(h, h_0, np.zeros((H, H))), dy)[2]["weight_hh_l0"]


def clip(grads: list[np.ndarray], limit: float) -> list[np.ndarray]:
    clipped, _ = clipping.clip_by_norm({str(i): grad for i, grad in enumerate(grads)}, limit)
    return list(clipped.values())


def relu_gradients(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, ...]:
    _, _, cache = rnn.forward(layer(W_ih, W_hh, b), x, h_0, nonlinearity="relu")
    _, dh_0, dparams = rnn.backward(cache, dy)
    return dparams["weight_ih_l0"], dparams["weight_hh_l0"], dparams["bias_ih_l0"], dh_0


COMPANION: dict[str, Any] = {
    "bptt-two-steps": two_steps,
    "bptt-loss": lambda z, y, lengths: float(sequence_losses.cross_entropy(z, y, lengths=lengths)[0]),
    "bptt-state": state_gradients,
    "bptt-recurrent": recurrent_gradient,
    "bptt-clip": clip,
    "bptt-spacing": lambda T: math.isqrt(4 * T - 1) + 1,  # 2 sqrt(T), rounded up
    "bptt-relu": relu_gradients,
}


def relu_by_autograd(*arguments: np.ndarray) -> tuple[np.ndarray, ...]:
    x, h_0, W_ih, W_hh, b, dy = (torch.tensor(array) for array in arguments)
    leaves = [leaf.requires_grad_() for leaf in (W_ih, W_hh, b, h_0)]
    h, loss = h_0, torch.zeros(())
    for x_t, dy_t in zip(x, dy, strict=True):
        h = torch.relu(x_t @ W_ih.T + h @ W_hh.T + b)
        loss = loss + (h * dy_t).sum()
    return tuple(grad.numpy() for grad in torch.autograd.grad(loss, leaves))


def clip_by_torch(grads: list[np.ndarray], limit: float) -> list[np.ndarray]:
    leaves = [torch.nn.Parameter(torch.zeros(grad.shape, dtype=torch.float64)) for grad in grads]
    for leaf, grad in zip(leaves, grads, strict=True):
        leaf.grad = torch.tensor(grad)
    torch.nn.utils.clip_grad_norm_(leaves, limit)
    return [np.asarray(leaf.grad) for leaf in leaves]


@pytest.mark.parametrize(("name", "judge"), [("bptt-relu", relu_by_autograd), ("bptt-clip", clip_by_torch)])
def test_pytorch_gives_the_same(name: str, judge: Any) -> None:
    for arguments in find(name).cases(np.random.default_rng(SEED)):
        assert difference(find(name).solution(*arguments), judge(*arguments)) is None, arguments
