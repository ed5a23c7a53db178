"""What the tests of the GRU and of the simplified GRU share: drawn cases, and the formulas under autograd."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from comparing import tensor
from recurrent import Case, Results, states
from recurrent import drawn as drawn_for_rnn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import gru, simple_gru, stack

Tensors = dict[str, torch.Tensor]


def gates(params: Tensors, x_t: torch.Tensor, h: torch.Tensor, count: int) -> list[torch.Tensor]:
    """Return the sums of all gates but the candidate, (N, H) each, and the candidate's two shares."""
    from_x = (x_t @ params["weight_ih_l0"].T + params["bias_ih_l0"]).chunk(count, dim=-1)
    from_h = (h @ params["weight_hh_l0"].T + params["bias_hh_l0"]).chunk(count, dim=-1)
    return [a + b for a, b in zip(from_x[:-1], from_h[:-1], strict=True)] + [from_x[-1], from_h[-1]]


def after(params: Tensors, x_t: torch.Tensor, h: torch.Tensor, keep: Any = None) -> torch.Tensor:
    """Take one step of PyTorch's GRU."""
    a_r, a_z, from_x, m = gates(params, x_t, h, 3)
    a_n = from_x + torch.sigmoid(a_r) * m
    if keep is not None:
        keep.append((a_r, a_z, m, a_n))
    return (1 - torch.sigmoid(a_z)) * torch.tanh(a_n) + torch.sigmoid(a_z) * h


def before(params: Tensors, x_t: torch.Tensor, h: torch.Tensor, keep: Any = None) -> torch.Tensor:
    """Take one step of the GRU of Cho et al., whose reset gate comes before the product."""
    a_r, a_z, from_x, _ = gates(params, x_t, h, 3)
    _, _, W_hn = params["weight_hh_l0"].chunk(3)
    _, _, b_hn = params["bias_hh_l0"].chunk(3)
    m = (torch.sigmoid(a_r) * h) @ W_hn.T + b_hn
    a_n = from_x + m
    if keep is not None:
        keep.append((a_r, a_z, m, a_n))
    return (1 - torch.sigmoid(a_z)) * torch.tanh(a_n) + torch.sigmoid(a_z) * h


def simple(params: Tensors, x_t: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Take one step of the GRU with one gate."""
    a_z, from_x, from_h = gates(params, x_t, h, 2)
    return (1 - torch.sigmoid(a_z)) * torch.tanh(from_x + from_h) + torch.sigmoid(a_z) * h


class Kind(NamedTuple):
    """One of the three layers: our module, its arguments, and its formulas for autograd."""

    module: Any
    arguments: dict[str, bool]
    cell: Callable[..., torch.Tensor]

    @property
    def forward(self) -> Callable[..., Any]:
        return partial(self.module.forward, **self.arguments)

    @property
    def step(self) -> Callable[..., Any]:
        return partial(self.module.step, **self.arguments)


KINDS = {
    "after": Kind(gru, {"reset_after": True}, after),
    "before": Kind(gru, {"reset_after": False}, before),
    "simple": Kind(simple_gru, {}, simple),
}


def drawn(kind: str, seed: int, layers: int = 1, ragged: bool = False, square: bool = False) -> Case:
    """Draw a case; the weights are so large that gates open and close."""
    case = drawn_for_rnn(seed, layers, ragged, square)
    D, H = case.x.shape[2], case.h_0.shape[2]
    params = stack.init(D, H, layers, np.random.default_rng(seed), KINDS[kind].module.init)
    return case._replace(params={name: 2 * value for name, value in params.items()})


def of_torch(case: Case) -> Results:
    """Run torch.nn.GRU forward and backward; sequences with lengths go in packed."""
    layers, _, hidden = case.h_0.shape
    layer = torch.nn.GRU(case.x.shape[2], hidden, layers, dtype=torch.float64)
    layer.load_state_dict(states(case.params))
    x, h_0 = tensor(case.x, grad=True), tensor(case.h_0, grad=True)
    if case.lengths is None:
        y, h_n = layer(x, h_0)
    else:
        packed, h_n = layer(pack_padded_sequence(x, tensor(case.lengths), enforce_sorted=False), h_0)
        y, _ = pad_packed_sequence(packed)
    return _backward(case, x, h_0, y, h_n, dict(layer.named_parameters()))


def of_autograd(case: Case, cell: Callable[..., torch.Tensor]) -> Results:
    """Unroll one layer under autograd, sequence by sequence."""
    params = {name: tensor(value, grad=True) for name, value in case.params.items()}
    x, h_0 = tensor(case.x, grad=True), tensor(case.h_0, grad=True)
    T, N, _ = case.x.shape
    y, h_n = torch.zeros(case.dy.shape, dtype=torch.float64), []
    for n, length in enumerate(np.full(N, T) if case.lengths is None else case.lengths):
        h = h_0[0, n : n + 1]
        for t in range(length):
            h = cell(params, x[t, n : n + 1], h)
            y[t, n] = h[0]
        h_n.append(h)
    return _backward(case, x, h_0, y, torch.cat(h_n)[None], params)


def _backward(
    case: Case, x: torch.Tensor, h_0: torch.Tensor, y: torch.Tensor, h_n: torch.Tensor, params: Any
) -> Results:
    torch.autograd.backward([y, h_n], [tensor(case.dy), tensor(case.dh_n)])
    gradients = {name: value.grad for name, value in params.items()}
    return {"y": y, "h_n": h_n, "dx": x.grad, "dh_0": h_0.grad, **gradients}


def of_layer(forward: Any, backward: Any, case: Case) -> Results:
    """Run one layer of the reference's form, whose states have no axis of layers."""
    y, h_n, cache = forward(case.params, case.x, case.h_0[0], case.lengths)
    dx, dh_0, dparams = backward(cache, case.dy, case.dh_n[0])
    return {"y": y, "h_n": h_n[None], "dx": dx, "dh_0": dh_0[None], **dparams}


def of_kind(kind: str, case: Case) -> Results:
    """Run one layer of the reference."""
    return of_layer(KINDS[kind].forward, KINDS[kind].module.backward, case)
