"""The recurrent layers beside ``torch.nn``, on a GPU beside cuDNN: ``python -m benchmarks.rnn``.

Every row does the same work in float32: one layer forward, or forward and backward with the gradients of
inputs, initial state and all parameters. For RNN, LSTM and GRU there are three sides: `companion.reference`
(NumPy, on the CPU alone), `companion.torch` (PyTorch), and the peer, ``torch.nn``. All have the same number
of threads. The cells that ``torch.nn`` lacks (leaky, simplified GRU, an RNN with variational dropout) compute
something else than any peer; their time is held against that of ``nn.LSTM``.

A turn is a pause in which the threads of the side before go to sleep, a pass that does not count, and then
the passes that do. On a GPU a pass ends when the device has done its work.

Beside the sides in turn the floor is timed (:mod:`benchmarks.floors`): that of NumPy, and for the cells that
``torch.nn`` lacks that of PyTorch. Where the floor alone takes longer than is promised, no program in that
library can keep the promise; how near ours is to its floor is then what can be asked.
"""

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks import floors
from benchmarks.floors import Calls, Floor, Shape
from benchmarks.harness import Contest, Options, Subject, Timing, Work, always, main
from benchmarks.machine import synchronise
from companion.reference import gru, leaky, lstm, rnn, simple_gru
from companion.torch.gru import GRU
from companion.torch.leaky import Leaky
from companion.torch.lstm import LSTM
from companion.torch.rnn import RNN
from companion.torch.simple_gru import SimpleGRU
from companion.torch.variational_dropout import VariationalDropout

PAUSE = 0.1  # seconds; OpenBLAS lets its threads spin for some 30 ms after their work
TOLERANCE = 1e-4  # of the largest entry; float32, sums over up to 6,400 terms
TAU = 2.0
BOTH, FORWARD = "forward and backward", "forward"

Arrays = list[np.ndarray]
Tensors = list[torch.Tensor]


class Cell(NamedTuple):
    """What one kind of layer is measured by."""

    peer: type[torch.nn.Module]
    module: Callable[[int, int], torch.nn.Module]
    reference: ModuleType | None  # None: nothing in NumPy is measured
    alike: bool  # whether the peer computes the same; else its time alone is compared
    promises: dict[str, str]  # of forward and backward
    floor: Floor  # of NumPy where the peer computes the same, else of PyTorch
    told: tuple[tuple[str, float], ...] = ()  # further arguments of the reference


def varied(inputs: int, units: int) -> torch.nn.Module:
    """Return the RNN with variational dropout that is measured."""
    return VariationalDropout(RNN(inputs, units), 0.2, 0.2)


def promised(numpy: str) -> dict[str, str]:
    """Return what is promised of a cell that the peer has too."""
    return {"NumPy": numpy, "PyTorch": "cells in PyTorch"}


OWN = {"PyTorch": "own cells"}
CELLS = {
    "RNN": Cell(
        torch.nn.RNN, RNN, rnn, True, promised("RNN in NumPy"), Floor(1, Calls(1, 0, 2), Calls(1, 0, 2))
    ),
    "LSTM": Cell(
        torch.nn.LSTM, LSTM, lstm, True, promised("gates in NumPy"), Floor(4, Calls(3, 4, 8), Calls(1, 5, 7))
    ),
    "GRU": Cell(
        torch.nn.GRU, GRU, gru, True, promised("gates in NumPy"), Floor(3, Calls(2, 4, 6), Calls(1, 3, 5))
    ),
    "leaky": Cell(
        torch.nn.LSTM, partial(Leaky, tau=TAU), leaky, False, OWN,
        Floor(1, Calls(0, 1, 2), Calls(1, 1, 2), slopes=2), told=(("tau", TAU),),
    ),
    "simplified GRU": Cell(
        torch.nn.LSTM, SimpleGRU, simple_gru, False, OWN,
        Floor(2, Calls(0, 2, 4), Calls(1, 1, 4), slopes=5),
    ),
    "variational dropout": Cell(
        torch.nn.LSTM, varied, None, False, OWN,
        Floor(1, Calls(0, 0, 1), Calls(1, 0, 2), slopes=2),
    ),
}  # fmt: skip


SHAPES = (Shape(35, 20, 200, 200), Shape(100, 64, 256, 256), Shape(50, 64, 512, 512), Shape(50, 1, 128, 128))
THREADS = (1, 2)
TINY = (Shape(5, 3, 4, 6),)


def in_numpy(cell: Cell, params: dict[str, np.ndarray], given: Arrays, back: bool) -> Arrays:
    """Run the reference forward, and back."""
    x, dy, *states = given
    pair = len(states) == 4  # h_0, c_0 and their gradients at the end
    first, dlast = (tuple(states[:2]), tuple(states[2:])) if pair else states
    y, last, cache = cell.reference.forward(params, x, first, **dict(cell.told))
    outputs = [y, *(last if pair else [last])]
    if not back:
        return outputs
    dx, dfirst, dparams = cell.reference.backward(cache, dy, dlast)
    return [*outputs, dx, *(dfirst if pair else [dfirst]), *dparams.values()]


def in_torch(layer: torch.nn.Module, given: Tensors, back: bool) -> Tensors:
    """Run a module forward, and back."""
    x, dy, *states = given
    pair = len(states) == 4
    first = states[: len(states) // 2]
    with torch.set_grad_enabled(back):
        y, last = layer(x, tuple(first) if pair else first[0])
    outputs = [y, *(last if pair else [last])]
    if not back:
        return outputs
    leaves = [x, *first, *layer.parameters()]
    for leaf in leaves:
        leaf.grad = None
    torch.autograd.backward(outputs, [dy, *states[len(first) :]])
    return [*outputs, *(leaf.grad for leaf in leaves)]


def contest(cell: str, shape: Shape, threads: int, back: bool, device: str = "cpu") -> Contest:
    """Draw parameters and inputs, and give all sides the same."""
    peer, module, reference, alike, promises, least, _ = CELLS[cell]
    rng = np.random.default_rng(0)

    def side(layer: torch.nn.Module, arrays: Arrays) -> Callable[[int], Work]:
        tensors = [torch.tensor(a if a.ndim == 3 else a[None], device=device) for a in arrays]  # (1, N, H)
        for leaf in (tensors[0], *tensors[2 : 1 + len(tensors) // 2]):
            leaf.requires_grad_()
        return always(lambda: in_torch(layer, tensors, back))

    theirs, ours = peer(shape.D, shape.H).to(device), module(shape.D, shape.H).to(device)
    given = drawn(shape, peer is torch.nn.LSTM, rng)  # for the peer
    own = given if alike else drawn(shape, False, rng)
    sides: dict[str, Callable[[int], Work]] = {}
    if reference is not None:
        params = reference.init(shape.D, shape.H, rng, np.float32)
        for layer in (theirs, ours) if alike else (ours,):
            layer.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
        if device == "cpu":
            sides["NumPy"] = always(lambda: in_numpy(CELLS[cell], params, own, back))
    sides["PyTorch"] = side(ours, own)
    name = f"nn.{peer.__name__}"
    sides[name] = side(theirs, given)
    return Contest(
        f"{cell}, {BOTH if back else FORWARD}",
        str(tuple(shape)),
        sides,
        name,
        same=same if alike or "NumPy" in sides else None,
        truth="" if alike else "NumPy",
        promises=promises if back and device == "cpu" else {},
        threads=threads,
        rounds=5 if back else 3,
        timing=Timing(pause=PAUSE, warm=True, passes=3, synchronise=lambda: synchronise(device)),
        floor=(floors.in_numpy if alike else floors.in_torch)(shape, least, back)
        if device == "cpu"
        else None,
        floor_of=("NumPy",) if alike else ("PyTorch",),
        operations=operations(shape, least.gates, back),
    )


def drawn(shape: Shape, pair: bool, rng: np.random.Generator) -> Arrays:
    """Draw x, dy, and for each half of the state its beginning and its gradient at the end."""
    T, N, D, H = shape
    sizes = ((T, N, D), (T, N, H), *[(N, H)] * (4 if pair else 2))
    return [rng.standard_normal(size, np.float32) for size in sizes]


def operations(shape: Shape, gates: int, back: bool) -> float:
    """Count the multiplications and additions of the products: each weight is met once, and back twice more.

    >>> operations(Shape(5, 3, 4, 6), 4, True)
    21600.0
    """
    weights = gates * shape.H * (shape.D + shape.H)
    return 2.0 * shape.T * shape.N * weights * (3 if back else 1)


def same(ours: Any, theirs: Any) -> bool:
    """Compare shapes but for the axis of layers, and numbers within the tolerance."""
    for mine, other in zip(ours, theirs, strict=True):
        a, b = (np.asarray(one.detach().cpu() if torch.is_tensor(one) else one) for one in (mine, other))
        if a.size != b.size or not np.abs(a.ravel() - b.ravel()).max() <= TOLERANCE * np.abs(b).max():
            return False
    return True


def contests(options: Options) -> Iterator[Contest]:
    """Yield forward and backward, and forward alone, of every cell; on a GPU threads do not matter."""
    shapes = TINY if options.quick else SHAPES
    threads = (1,) if options.quick or options.device == "cuda" else THREADS
    for cell in CELLS:
        for back in (True, False):
            for number in threads:
                for shape in shapes:
                    if options.wants(f"{cell}, {BOTH if back else FORWARD}", str(tuple(shape))):
                        yield contest(cell, shape, number, back, options.device)


SUBJECT = Subject(
    "rnn",
    "Recurrent layers beside torch.nn; (steps, sequences, inputs, units), float32",
    contests,
    ("cpu", "cuda"),
)

if __name__ == "__main__":
    main(SUBJECT)
