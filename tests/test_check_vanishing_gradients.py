"""What the exercises on vanishing gradients ask for, asked of the companion, of SciPy and of PyTorch."""

from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import torch

from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import clipping, rnn, spectra

Arrays = list[np.ndarray]


def steps_until(radius: float, share: float) -> int:
    """Multiply and count; a share of 1/4 of which rounding makes a little more is a quarter."""
    left, steps = 1.0, 0
    while left > share * (1 + 1e-12):
        left, steps = left * radius, steps + 1
    return steps


def norms(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    """Lead a layer through these states."""
    before = np.concatenate([np.zeros((1, h.shape[1])), h[:-1]])
    x = (np.arctanh(h) - before @ W_hh.T)[:, None]  # (T, 1, H)
    zero = np.zeros(len(W_hh))
    params = dict(zip(rnn.NAMES, (np.eye(len(W_hh)), W_hh, zero, zero), strict=True))
    return spectra.jacobian_norms(rnn.forward(params, x)[2])[1:, 0]


def latch(w: float) -> tuple[float, float]:
    """Find the zero of tanh(w h) - h beyond the hump, and differentiate a step by autograd."""
    h = scipy.optimize.brentq(lambda h: np.tanh(w * h) - h, 1e-3, 1.0, xtol=1e-14) if w > 1 else 0.0
    leaf = torch.tensor(h, dtype=torch.float64, requires_grad=True)
    torch.tanh(w * leaf).backward()
    assert leaf.grad is not None
    return float(h), float(leaf.grad)


def accumulate(chunks: list[Arrays], limit: float) -> Arrays:
    total = {str(i): np.sum(grads, axis=0) for i, grads in enumerate(zip(*chunks, strict=True))}
    return list(clipping.clip_by_norm(total, limit)[0].values())


def broken(grads: dict[str, np.ndarray]) -> list[str]:
    """Ask the companion's clipping one array at a time: it refuses what is not finite."""
    names = []
    for name, grad in grads.items():
        try:
            clipping.clip_by_norm({name: grad * 1e-10}, 1.0)
        except ValueError:
            names.append(name)
    return names


def orthogonal_factor(A: np.ndarray) -> np.ndarray:
    """R is the Cholesky factor of A' A, whose diagonal is positive: Q follows."""
    return scipy.linalg.solve_triangular(np.linalg.cholesky(A.T @ A), A.T, lower=True).T


COMPANION: dict[str, Any] = {
    "van-steps": steps_until,
    "van-power": spectra.eigen_power,
    "van-norms": norms,
    "van-latch": latch,
    "van-accumulate": accumulate,
    "van-broken": broken,
    "van-orthogonal": orthogonal_factor,
}


def accumulate_by_torch(chunks: list[Arrays], limit: float) -> Arrays:
    leaves = [torch.nn.Parameter(torch.zeros(grad.shape, dtype=torch.float64)) for grad in chunks[0]]
    for chunk in chunks:  # backward adds to grad
        loss = sum((leaf * torch.tensor(grad)).sum() for leaf, grad in zip(leaves, chunk, strict=True))
        torch.as_tensor(loss).backward()
    torch.nn.utils.clip_grad_norm_(leaves, limit)
    return [np.asarray(leaf.grad) for leaf in leaves]


@pytest.mark.parametrize(
    ("name", "judge"),
    [("van-power", np.linalg.matrix_power), ("van-accumulate", accumulate_by_torch)],
)
def test_a_library_gives_the_same(name: str, judge: Any) -> None:
    for arguments in find(name).cases(np.random.default_rng(SEED)):
        assert difference(find(name).solution(*arguments), judge(*arguments)) is None, arguments
