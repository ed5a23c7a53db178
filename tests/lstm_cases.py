"""What the tests of the LSTM share: drawn cases, torch.nn.LSTM, and the formulas under autograd."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from comparing import sizes, tensor
from recurrent import Results, states
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import lstm, stack


class Case(NamedTuple):
    """One forward and backward pass: L layers, and the gradients of all three outputs."""

    params: dict[str, np.ndarray]
    x: np.ndarray  # (T, N, D)
    h_0: np.ndarray  # (L, N, H)
    c_0: np.ndarray  # (L, N, H)
    lengths: np.ndarray | None  # (N,)
    dy: np.ndarray  # (T, N, H)
    dh_n: np.ndarray  # (L, N, H)
    dc_n: np.ndarray  # (L, N, H)

    @property
    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the initial state of the lowest layer."""
        return self.h_0[0], self.c_0[0]

    @property
    def dstate(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradients of the lowest layer's final state."""
        return self.dh_n[0], self.dc_n[0]


def drawn(
    seed: int, layers: int = 1, ragged: bool = False, square: bool = False, peepholes: bool = False
) -> Case:
    """Draw a case with sizes that all differ, and weights so large that gates open and close."""
    rng = np.random.default_rng(seed)
    T, N, D, H = sizes(rng, 4)
    D = H if square else D
    lengths = None
    if ragged:
        lengths = rng.integers(1, T + 1, N)
        longest, shortest = rng.permutation(N)[:2]
        lengths[longest], lengths[shortest] = T, rng.integers(1, T)
    params = stack.init(D, H, layers, rng, partial(lstm.init, peepholes=peepholes))
    state = rng.standard_normal((4, layers, N, H))
    x, dy = rng.standard_normal((T, N, D)), rng.standard_normal((T, N, H))
    return Case({k: 2 * v for k, v in params.items()}, x, state[0], state[1], lengths, dy, state[2], state[3])


def of_torch(case: Case, module: Any = torch.nn.LSTM, device: str = "cpu", **options: Any) -> Results:
    """Run torch.nn.LSTM, or a module like it, forward and backward; sequences with lengths go in packed."""
    layers, _, hidden = case.h_0.shape
    layer = module(case.x.shape[2], hidden, layers, device=device, dtype=tensor(case.x).dtype, **options)
    layer.load_state_dict(states(case.params))
    x, h_0, c_0 = (tensor(value, device, grad=True) for value in (case.x, case.h_0, case.c_0))
    if case.lengths is None:
        y, (h_n, c_n) = layer(x, (h_0, c_0))
    else:
        packed = pack_padded_sequence(x, tensor(case.lengths), enforce_sorted=False)
        packed, (h_n, c_n) = layer(packed, (h_0, c_0))
        y, _ = pad_packed_sequence(packed)
    gradients = [tensor(value, device) for value in (case.dy, case.dh_n, case.dc_n)]
    torch.autograd.backward([y, h_n, c_n], gradients)
    dparams = {name: value.grad for name, value in layer.named_parameters()}
    return {"y": y, "h_n": h_n, "c_n": c_n, "dx": x.grad, "dh_0": h_0.grad, "dc_0": c_0.grad, **dparams}


def cell(params: dict[str, torch.Tensor], x_t: torch.Tensor, h: Any, c: Any, keep: Any = None) -> Any:
    """Take one step by the formulas, each gate's sum its own variable."""
    sums = x_t @ params["weight_ih_l0"].T + h @ params["weight_hh_l0"].T
    a_i, a_f, a_g, a_o = (sums + params["bias_ih_l0"] + params["bias_hh_l0"]).chunk(4, dim=1)
    if "weight_ci_l0" in params:
        a_i, a_f = a_i + params["weight_ci_l0"] * c, a_f + params["weight_cf_l0"] * c
    c = torch.sigmoid(a_f) * c + torch.sigmoid(a_i) * torch.tanh(a_g)
    if "weight_co_l0" in params:
        a_o = a_o + params["weight_co_l0"] * c
    h = torch.sigmoid(a_o) * torch.tanh(c)
    if keep is not None:
        keep.append((a_i, a_f, a_g, a_o, h, c))
    return h, c


def of_autograd(case: Case) -> Results:
    """Unroll one layer under autograd, sequence by sequence."""
    params = {name: tensor(value, grad=True) for name, value in case.params.items()}
    x, h_0, c_0 = (tensor(value, grad=True) for value in (case.x, case.h_0, case.c_0))
    T, N, _ = case.x.shape
    y, last = torch.zeros(case.dy.shape, dtype=torch.float64), []
    for n, length in enumerate(np.full(N, T) if case.lengths is None else case.lengths):
        h, c = h_0[0, n : n + 1], c_0[0, n : n + 1]
        for t in range(length):
            h, c = cell(params, x[t, n : n + 1], h, c)
            y[t, n] = h[0]
        last.append((h, c))
    h_n, c_n = (torch.cat(part)[None] for part in zip(*last, strict=True))
    torch.autograd.backward([y, h_n, c_n], [tensor(v) for v in (case.dy, case.dh_n, case.dc_n)])
    dparams = {name: value.grad for name, value in params.items()}
    return {"y": y, "h_n": h_n, "c_n": c_n, "dx": x.grad, "dh_0": h_0.grad, "dc_0": c_0.grad, **dparams}


def of_layer(case: Case, forward: Any = lstm.forward, backward: Any = lstm.backward) -> Results:
    """Run one layer of the reference's form, whose states have no axis of layers."""
    y, (h_n, c_n), cache = forward(case.params, case.x, case.state, case.lengths)
    dx, (dh_0, dc_0), dparams = backward(cache, case.dy, case.dstate)
    last = {"h_n": h_n[None], "c_n": c_n[None]}
    return {"y": y, **last, "dx": dx, "dh_0": dh_0[None], "dc_0": dc_0[None], **dparams}


def of_stack(case: Case) -> Results:
    """Run L layers of the reference."""
    y, (h_n, c_n), cache = stack.forward(
        case.params, case.x, (case.h_0, case.c_0), case.lengths, lstm.forward
    )
    dx, (dh_0, dc_0), dparams = stack.backward(cache, case.dy, (case.dh_n, case.dc_n), lstm.backward)
    return {"y": y, "h_n": h_n, "c_n": c_n, "dx": dx, "dh_0": dh_0, "dc_0": dc_0, **dparams}


def flat_forward(params: Any, x: Any, h_0: Any, c_0: Any, lengths: Any = None) -> tuple:
    """Write the pair of states as two outputs, as the check by differences wants it."""
    y, state, cache = lstm.forward(params, x, (h_0, c_0), lengths)
    return y, *state, cache


def flat_backward(cache: Any, dy: Any, dh_n: Any, dc_n: Any) -> tuple:
    """Write the pair of gradients as two."""
    dx, dstate, dparams = lstm.backward(cache, dy, (dh_n, dc_n))
    return dx, *dstate, dparams
