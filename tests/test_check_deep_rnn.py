"""What the exercises on deep recurrent networks ask for, asked of the companion, PyTorch and autograd."""

from typing import Any

import numpy as np
import torch

from companion.check.compare import difference
from companion.check.deep_rnn import EXERCISES
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import dropout, regularization, rnn, rnn_2d, stack, variational_dropout

Layers = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def layer(W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(rnn.NAMES, (W_ih, W_hh, b, np.zeros_like(b)), strict=True))


def count(vocabulary: int, vector: int, units: int, layers: int) -> int:
    """Count what PyTorch's layers hold, and take the second biases away."""
    held = torch.nn.RNN(vector, units, layers)
    return vocabulary * vector + sum(p.numel() for p in held.parameters()) - layers * units


def top_state(x: np.ndarray, layers: Layers) -> np.ndarray:
    """Stack the companion's layers; theirs are all of one width, so each is padded with idle units."""
    width = max(len(b) for _, _, b in layers)
    params = {}
    for number, (W_ih, W_hh, b) in enumerate(layers):
        D = W_ih.shape[1] if number == 0 else width
        padded = [np.zeros((width, D)), np.zeros((width, width)), np.zeros(width), np.zeros(width)]
        for large, small in zip(padded, (W_ih, W_hh, b), strict=False):
            large[tuple(slice(size) for size in small.shape)] = small
        params |= {name.replace("_l0", f"_l{number}"): p for name, p in zip(rnn.NAMES, padded, strict=True)}
    return stack.forward(params, x)[1][-1][:, : len(layers[-1][2])]


def dropped(x: np.ndarray, keep: np.ndarray, p: float, mode: str) -> np.ndarray:
    return dropout.forward(x, keep, p)[0] if mode == "train" else x


def masked_states(
    x: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, *masks: np.ndarray
) -> np.ndarray:
    keep_x, keep_h, p = masks
    rates = {"p_x": float(p), "p_h": float(p)}
    return variational_dropout.forward(layer(W_ih, W_hh, b), x, masks=(keep_x, keep_h), **rates)[0]


def penalised(grads: list[np.ndarray], params: list[np.ndarray], l1: float, l2: float) -> list[np.ndarray]:
    named = {str(number): param for number, param in enumerate(params)}
    first, second = regularization.l1(named, l1)[1], regularization.l2(named, l2)[1]
    return [grad + first[name] + second[name] for name, grad in zip(named, grads, strict=True)]


def picture_states(x: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    params = dict(zip(rnn_2d.NAMES, weights, strict=True))
    return rnn_2d.forward(params, x[:, :, None])[0][:, :, 0]


def picture_gradients(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Hand the companion's backward pass the states; the input's matrix is asked for the inputs alone."""
    bordered = np.pad(h, ((1, 0), (1, 0), (0, 0)))[:, :, None]
    weight_ih = np.zeros((h.shape[2], x.shape[2]))
    cache = rnn_2d.Cache((weight_ih, W_above, W_left), x[:, :, None], bordered, "tanh")
    return tuple(rnn_2d.backward(cache, dy[:, :, None])[-1].values())


COMPANION: dict[str, Any] = {
    "deep-count": count,
    "deep-stack": top_state,
    "deep-dropout": dropped,
    "deep-variational": masked_states,
    "deep-penalty": penalised,
    "deep-picture": picture_states,
    "deep-back": picture_gradients,
}


def test_every_exercise_has_a_companion() -> None:
    assert [exercise.name for exercise in EXERCISES] == list(COMPANION)


def back_by_autograd(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Give each place a number that it adds, so that the states are the given ones, and differentiate."""
    H, D = h.shape[2], x.shape[2]
    shift = np.arctanh(h)
    shift[1:] -= h[:-1] @ W_above.T
    shift[:, 1:] -= h[:, :-1] @ W_left.T
    leaves = [torch.zeros(H, D), W_above, W_left, torch.zeros(H)]
    W_ih, above, left, b = (torch.as_tensor(leaf).double().requires_grad_() for leaf in leaves)
    states: dict[tuple[int, int], torch.Tensor] = {}
    loss = torch.zeros(())
    for i, j in np.ndindex(h.shape[:2]):
        a = torch.tensor(shift[i, j]) + W_ih @ torch.tensor(x[i, j]) + b
        a = a + (above @ states[i - 1, j] if i else 0) + (left @ states[i, j - 1] if j else 0)
        states[i, j] = torch.tanh(a)
        loss = loss + (states[i, j] * torch.tensor(dy[i, j])).sum()
    wanted = torch.autograd.grad(loss, (W_ih, above, left, b), allow_unused=True, materialize_grads=True)
    return tuple(grad.numpy() for grad in wanted)


def test_pytorch_gives_the_same_gradients() -> None:
    for arguments in find("deep-back").cases(np.random.default_rng(SEED)):
        assert difference(find("deep-back").solution(*arguments), back_by_autograd(*arguments)) is None
