"""What the tests of the recurrent layers share: drawn cases, and what each implementation makes of them."""

from typing import Any, NamedTuple

import numpy as np
import torch
from comparing import apart, sizes, tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import stack

Results = dict[str, Any]


class Case(NamedTuple):
    """One forward and backward pass: L layers, and the gradients of both outputs."""

    params: dict[str, np.ndarray]
    x: np.ndarray  # (T, N, D)
    h_0: np.ndarray  # (L, N, H)
    lengths: np.ndarray | None  # (N,)
    dy: np.ndarray  # (T, N, H)
    dh_n: np.ndarray  # (L, N, H)


def drawn(seed: int, layers: int = 1, ragged: bool = False, square: bool = False) -> Case:
    """Draw a case with sizes that all differ; ragged gives lengths from below T to T; square makes D = H."""
    rng = np.random.default_rng(seed)
    T, N, D, H = sizes(rng, 4)
    D = H if square else D
    lengths = None
    if ragged:
        lengths = rng.integers(1, T + 1, N)
        longest, shortest = rng.permutation(N)[:2]
        lengths[longest], lengths[shortest] = T, rng.integers(1, T)
    return Case(
        {name: 1.5 * value for name, value in stack.init(D, H, layers, rng).items()},
        rng.standard_normal((T, N, D)),
        rng.standard_normal((layers, N, H)),
        lengths,
        rng.standard_normal((T, N, H)),
        rng.standard_normal((layers, N, H)),
    )


def states(params: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Turn the reference's parameters into a ``state_dict``."""
    return {name: tensor(value) for name, value in params.items()}


def of_torch(case: Case, nonlinearity: str = "tanh") -> Results:
    """Run torch.nn.RNN forward and backward; sequences with lengths go in packed."""
    layers, _, hidden = case.h_0.shape
    layer = torch.nn.RNN(case.x.shape[2], hidden, layers, nonlinearity, dtype=torch.float64)
    layer.load_state_dict(states(case.params))
    x, h_0 = tensor(case.x, grad=True), tensor(case.h_0, grad=True)
    if case.lengths is None:
        y, h_n = layer(x, h_0)
    else:
        packed, h_n = layer(pack_padded_sequence(x, tensor(case.lengths), enforce_sorted=False), h_0)
        y, _ = pad_packed_sequence(packed)
    torch.autograd.backward([y, h_n], [tensor(case.dy), tensor(case.dh_n)])
    gradients = {name: value.grad for name, value in layer.named_parameters()}
    return {"y": y, "h_n": h_n, "dx": x.grad, "dh_0": h_0.grad, **gradients}


def of_layer(forward: Any, backward: Any, case: Case, nonlinearity: str = "tanh") -> Results:
    """Run one layer of the reference's form, whose states have no axis of layers."""
    y, h_n, cache = forward(case.params, case.x, case.h_0[0], case.lengths, nonlinearity)
    dx, dh_0, dparams = backward(cache, case.dy, case.dh_n[0])
    return {"y": y, "h_n": h_n[None], "dx": dx, "dh_0": dh_0[None], **dparams}


def errors(a: Results, b: Results) -> dict[str, float]:
    """Measure each result's largest error by its name."""
    if a.keys() != b.keys():
        raise ValueError(f"expected {sorted(a)}, got {sorted(b)}")
    return {name: apart(a[name], b[name]) for name in a}


def worst(a: Results, b: Results) -> float:
    """Measure the largest error of all results."""
    return float(np.max(list(errors(a, b).values())))
