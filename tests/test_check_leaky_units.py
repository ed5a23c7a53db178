"""What the exercises on leaky units ask for, asked of the companion and of autograd."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import leaky, memory_algebra, rnn, skip_time
from companion.reference.running_average import average_weights, running_average


def half_life(tau: float) -> float:
    now, then = average_weights(1 - 1 / tau, 2)
    return math.log(0.5) / math.log(then / now)


def leaky_step(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    params = dict(zip(rnn.NAMES, (W_ih, W_hh, b, np.zeros_like(b)), strict=True))
    return leaky.step(params, x, h, tau)


def run(g: np.ndarray, h: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> leaky.Cache:
    """Write down a run that went through these states."""
    T, N, H = g.shape
    x, lengths = np.zeros((T, N, 1)), np.full(N, T)
    return leaky.Cache(np.zeros((H, 1)), W_hh, 1 / tau, True, x, h, g, lengths, None, "tanh")


def leaky_backward(dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> np.ndarray:
    states = np.zeros((len(g) + 1, *g.shape[1:]))
    return leaky.through_time(run(g, states, W_hh, tau), dy)[0][1:]


def tau_gradient(
    dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    """Find immediate gradients that lead to these total ones, where nothing goes through the network."""
    dy = dh.copy()
    dy[:-1] -= (1 - 1 / tau) * dh[1:]
    cache = run(g, np.concatenate([h_0[None], h]), np.zeros((len(tau), len(tau))), tau)
    return leaky.backward(cache, dy)[2]["raw_tau_l0"] / (tau - 1)


def hops(n: int, d: int) -> int:
    """Give every factor the size 1e-9, and see how small the product is."""
    params = {name: np.zeros((1, 1) if "weight" in name else 1) for name in rnn.NAMES}
    params |= {"weight_hh_l0": np.full((1, 1), 1e-9), "weight_skip_l0": np.full((1, 1), 1e-9)}
    _, _, cache = skip_time.forward(params, np.zeros((n, 1, 1)), delay=d)
    return round(math.log(memory_algebra.skip_jacobian(cache, n, 0).item()) / math.log(1e-9))


def told(v: np.ndarray, reset: np.ndarray, tau: float) -> np.ndarray:
    """Average each piece from one marker to the next by itself."""
    means = np.empty_like(v)
    for n in range(v.shape[1]):
        cuts = [0, *np.flatnonzero(reset[:, n]), len(v)]
        for start, end in zip(cuts, cuts[1:], strict=False):
            means[start:end, n] = running_average(v[start:end, n], 1 - 1 / tau)
    return means


COMPANION: dict[str, Any] = {
    "leak-half-life": half_life,
    "leak-average": lambda v, a: running_average(v, a) / average_weights(a, len(v)).cumsum(),
    "leak-step": leaky_step,
    "leak-backward": leaky_backward,
    "leak-tau": tau_gradient,
    "leak-hops": hops,
    "leak-reset": told,
}


def backward_by_autograd(*arguments: np.ndarray) -> np.ndarray:
    """Undo the tanh to find what it was applied to, without the state's part, and add that again."""
    dy, g, W_hh, tau = (torch.tensor(array) for array in arguments)
    h = [torch.zeros_like(g[0], requires_grad=True)]
    loss = torch.zeros(())
    for g_t, dy_t in zip(g, dy, strict=True):
        rest = torch.atanh(g_t) - (h[-1] @ W_hh.T).detach()
        h.append((1 - 1 / tau) * h[-1] + torch.tanh(rest + h[-1] @ W_hh.T) / tau)
        loss = loss + (h[-1] * dy_t).sum()
    return torch.stack(torch.autograd.grad(loss, h[1:])).numpy()


def tau_by_autograd(*arguments: np.ndarray) -> np.ndarray:
    dh, g, h, h_0, tau = (torch.tensor(array) for array in arguments)
    tau.requires_grad_()
    before = torch.cat([h_0[None], h[:-1]])
    moved = (1 - 1 / tau) * before + g / tau
    return torch.autograd.grad((moved * dh).sum(), tau)[0].numpy()


@pytest.mark.parametrize(
    ("name", "by_autograd"), [("leak-backward", backward_by_autograd), ("leak-tau", tau_by_autograd)]
)
def test_autograd_gives_the_same(name: str, by_autograd: Any) -> None:
    for arguments in find(name).cases(np.random.default_rng(SEED)):
        assert difference(find(name).solution(*arguments), by_autograd(*arguments)) is None
