"""What the tests of stacked and two-directional layers share: cases, and each back end's results."""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from comparing import apart, sizes, tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import gru, lstm, rnn, stack
from companion.torch.gru import GRU
from companion.torch.lstm import LSTM
from companion.torch.rnn import RNN

Results = dict[str, Any]


class Kind(NamedTuple):
    """A kind of cell in the three implementations."""

    reference: ModuleType
    theirs: type[torch.nn.RNNBase]
    ours: type[Any]
    states: int = 1


KINDS = {
    "rnn": Kind(rnn, torch.nn.RNN, RNN),
    "gru": Kind(gru, torch.nn.GRU, GRU),
    "lstm": Kind(lstm, torch.nn.LSTM, LSTM, 2),
}


class Case(NamedTuple):
    """One forward and backward pass of L layers in one or two directions."""

    params: dict[str, np.ndarray]
    x: np.ndarray  # (T, N, D)
    state: Any  # (L, N, H) or (2L, N, H), or a tuple of such
    lengths: np.ndarray | None  # (N,)
    dy: np.ndarray  # (T, N, H) or (T, N, 2H)
    dstate: Any
    layers: int
    both: bool


SMALL = (4, 2, 5, 3)  # T, N, D, H, where every number is moved


def drawn(
    seed: int,
    kind: Kind,
    layers: int = 1,
    both: bool = True,
    ragged: bool = False,
    shape: tuple[int, int, int, int] | None = None,
) -> Case:
    """Draw a case with sizes that all differ; ragged gives lengths from below T to T."""
    rng = np.random.default_rng(seed)
    T, N, D, H = shape or sizes(rng, 4)
    lengths = None
    if ragged:
        lengths = rng.integers(1, T + 1, N)
        longest, shortest = rng.permutation(N)[:2]
        lengths[longest], lengths[shortest] = T, rng.integers(1, T)
    directions = 2 if both else 1

    def states() -> Any:
        parts = [rng.standard_normal((layers * directions, N, H)) for _ in range(kind.states)]
        return parts[0] if kind.states == 1 else tuple(parts)

    params = stack.init(D, H, layers, rng, kind.reference.init, bidirectional=both)
    dy = rng.standard_normal((T, N, directions * H))
    x = rng.standard_normal((T, N, D))
    params = {name: 1.5 * value for name, value in params.items()}
    return Case(params, x, states(), lengths, dy, states(), layers, both)


def parts(state: Any) -> tuple[Any, ...]:
    return state if isinstance(state, tuple) else (state,)


def results(y: Any, state: Any, dx: Any, dstate: Any, dparams: dict[str, Any]) -> Results:
    named = {f"h_n[{i}]": part for i, part in enumerate(parts(state))}
    named |= {f"dh_0[{i}]": part for i, part in enumerate(parts(dstate))}
    return {"y": y, "dx": dx, **named, **dparams}


def of_reference(case: Case, kind: Kind, **options: Any) -> Results:
    """Run the reference's stack forward and backward."""
    y, state, cache = stack.forward(
        case.params, case.x, case.state, case.lengths, kind.reference.forward, case.both, **options
    )
    dx, dstate, dparams = stack.backward(cache, case.dy, case.dstate, kind.reference.backward)
    return results(y, state, dx, dstate, dparams)


def of_module(case: Case, module: type[Any], packed: bool = False, **options: Any) -> Results:
    """Run a module forward and backward: ours, with lengths, or packed, which torch.nn wants."""
    D, H = case.x.shape[2], parts(case.state)[0].shape[2]
    layer = module(D, H, case.layers, bidirectional=case.both, dtype=torch.float64)
    layer.load_state_dict({name: tensor(value) for name, value in case.params.items()})
    x = tensor(case.x, grad=True)
    before = tuple(tensor(part, grad=True) for part in parts(case.state))
    state = before if isinstance(case.state, tuple) else before[0]
    lengths = None if case.lengths is None else tensor(case.lengths)
    if packed and lengths is not None:
        y, after = layer(pack_padded_sequence(x, lengths, enforce_sorted=False), state)
        y, _ = pad_packed_sequence(y)
    elif lengths is None:
        y, after = layer(x, state, **options)
    else:
        y, after = layer(x, state, lengths, **options)
    gradients = [tensor(part) for part in (case.dy, *parts(case.dstate))]
    torch.autograd.backward([y, *parts(after)], gradients)
    dparams = {name: value.grad for name, value in layer.named_parameters()}
    return results(y, after, x.grad, tuple(part.grad for part in before), dparams)


def worst(a: Results, b: Results) -> float:
    """Measure the largest error of all results."""
    if a.keys() != b.keys():
        raise ValueError(f"expected {sorted(a)}, got {sorted(b)}")
    return float(np.max([apart(a[name], b[name]) for name in a]))
