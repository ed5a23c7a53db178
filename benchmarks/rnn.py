"""The recurrent layers beside ``torch.nn`` on the CPU: ``python -m benchmarks.rnn``.

Every row does the same work, a forward and a backward pass of one layer in float32 with the gradients of
inputs, initial state and all parameters. For RNN, LSTM and GRU there are three implementations:
`companion.reference` (NumPy), `companion.torch` (PyTorch), and the peer, ``torch.nn``. All have the same
number of threads. After the first round the results are compared: a fast wrong answer ends the run. The cells
that ``torch.nn`` lacks (leaky, simplified GRU, an RNN with variational dropout) compute something else than
any peer; their PyTorch modules are held against ``nn.LSTM``'s time.

In each round every implementation has its turn: a pause in which the threads of the one before go to sleep, a
pass that does not count, and then the passes that do. The ratio of a round is the peer's time over ours, and
what is printed is the median of the rounds' ratios.

Nearly all of the time goes into products of matrices, so which of a processor's instructions they use decides
more than any program. OpenBLAS takes some processors that have AVX-512 for ones that have not. Where PyTorch
uses it and OpenBLAS does not, the run starts anew with ``OPENBLAS_CORETYPE=SkylakeX`` and says so; set the
variable yourself, to ``Haswell`` for instance, to measure something else.
"""

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from companion.reference import gru, lstm, rnn
from companion.torch.gru import GRU
from companion.torch.leaky import Leaky
from companion.torch.lstm import LSTM
from companion.torch.rnn import RNN
from companion.torch.simple_gru import SimpleGRU
from companion.torch.variational_dropout import VariationalDropout

PAUSE = 0.05  # seconds; OpenBLAS lets its threads spin for some 30 ms after their work
TOLERANCE = 1e-4  # of the largest entry; float32, sums over up to 6,400 terms
CORETYPE = "OPENBLAS_CORETYPE"

Results = list[np.ndarray]
Tensors = list[torch.Tensor]


class Cell(NamedTuple):
    """What one kind of layer is measured by."""

    peer: type[torch.nn.Module]
    module: Callable[[int, int], torch.nn.Module]
    reference: ModuleType | None = None  # None: no peer computes this, and its time alone is compared

    @property
    def name(self) -> str:
        """Return what the peer is called in the table."""
        return f"nn.{self.peer.__name__}"


CELLS = {
    "RNN": Cell(torch.nn.RNN, RNN, rnn),
    "LSTM": Cell(torch.nn.LSTM, LSTM, lstm),
    "GRU": Cell(torch.nn.GRU, GRU, gru),
    "leaky": Cell(torch.nn.LSTM, Leaky),
    "simplified GRU": Cell(torch.nn.LSTM, SimpleGRU),
    "variational dropout": Cell(
        torch.nn.LSTM, lambda inputs, units: VariationalDropout(RNN(inputs, units), 0.2, 0.2)
    ),
}


class Shape(NamedTuple):
    """Steps, sequences, inputs and units."""

    T: int
    N: int
    D: int
    H: int


SHAPES = (Shape(35, 20, 200, 200), Shape(100, 64, 256, 256), Shape(50, 64, 512, 512), Shape(50, 1, 128, 128))
THREADS = (1, 2)


class Row(NamedTuple):
    """One shape and number of threads, and who does its work."""

    cell: str
    shape: Shape
    threads: int
    workers: dict[str, Callable[[], Results]]  # by name, the peer the last
    alike: bool  # whether all compute the same

    @property
    def peer(self) -> str:
        """Return the peer's name."""
        return CELLS[self.cell].name


def in_numpy(layer: ModuleType, params: dict[str, np.ndarray], inputs: Results) -> Results:
    """Run the reference forward and backward."""
    x, dy, *states = inputs
    pair = len(states) == 4  # h_0, c_0 and their gradients at the end
    first, dlast = (tuple(states[:2]), tuple(states[2:])) if pair else states
    y, last, cache = layer.forward(params, x, first)
    dx, dfirst, dparams = layer.backward(cache, dy, dlast)
    return [y, *(last if pair else [last]), dx, *(dfirst if pair else [dfirst]), *dparams.values()]


def in_torch(layer: torch.nn.Module, inputs: Tensors) -> Results:
    """Run a module forward and backward."""
    x, dy, *states = inputs
    pair = len(states) == 4
    first = states[: len(states) // 2]
    leaves = [x, *first, *layer.parameters()]
    for leaf in leaves:
        leaf.grad = None
    y, last = layer(x, tuple(first) if pair else first[0])
    outputs = [y, *(last if pair else [last])]
    torch.autograd.backward(outputs, [dy, *states[len(first) :]])
    return [result.detach().numpy() for result in (*outputs, *(leaf.grad for leaf in leaves))]


def row(cell: str, shape: Shape, threads: int) -> Row:
    """Draw parameters and inputs, and give all implementations the same."""
    peer, module, reference = CELLS[cell]
    T, N, D, H = shape
    rng = np.random.default_rng(0)

    def inputs(states: int) -> Results:
        """Draw x, dy, and for each half of the state its beginning and its gradient at the end."""
        sizes = ((T, N, D), (T, N, H), *[(N, H)] * (2 * states))
        return [rng.standard_normal(size, np.float32) for size in sizes]

    def worker(layer: torch.nn.Module, arrays: Results) -> Callable[[], Results]:
        tensors = [torch.tensor(a if a.ndim == 3 else a[None]) for a in arrays]  # states as (1, N, H)
        for leaf in (tensors[0], *tensors[2 : 1 + len(tensors) // 2]):
            leaf.requires_grad_()
        return lambda: in_torch(layer, tensors)

    theirs, ours = peer(D, H), module(D, H)
    arrays = inputs(2 if peer is torch.nn.LSTM else 1)
    workers: dict[str, Callable[[], Results]] = {}
    if reference is None:
        workers["PyTorch"] = worker(ours, inputs(1))
    else:
        params = reference.init(D, H, rng, np.float32)
        for layer in (theirs, ours):
            layer.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
        workers["NumPy"] = lambda: in_numpy(reference, params, arrays)
        workers["PyTorch"] = worker(ours, arrays)
    workers[CELLS[cell].name] = worker(theirs, arrays)
    return Row(cell, shape, threads, workers, reference is not None)


@contextmanager
def limited(threads: int) -> Any:
    """Give NumPy's products and PyTorch this many threads each."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(threads, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)


def timed(work: Callable[[], Results], passes: int) -> tuple[float, Results]:
    """Return the least time of some passes in seconds, and the result of the first."""
    time.sleep(PAUSE)
    results = [np.array(result) for result in work()]  # a pass that does not count; copies, out of the way
    seconds = []
    for _ in range(passes):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), results


def same(ours: Results, theirs: Results) -> bool:
    """Compare shapes but for the axis of layers, and numbers within the tolerance."""
    for a, b in zip(ours, theirs, strict=True):
        if a.size != b.size or not np.abs(a.ravel() - b.ravel()).max() <= TOLERANCE * np.abs(b).max():
            return False
    return True


def measured(row: Row, rounds: int, passes: int = 3) -> dict[str, Any]:
    """Time all implementations in alternating rounds; a difference between their results ends the run."""
    seconds: dict[str, list[float]] = {name: [] for name in row.workers}
    gc.collect()
    with limited(row.threads):
        for number in range(rounds):
            results = {}
            for name, work in row.workers.items():
                least, results[name] = timed(work, passes)
                seconds[name].append(least)
            compared = results if row.alike and number == 0 else ()
            wrong = [name for name in compared if not same(results[name], results[row.peer])]
            if wrong:
                sys.exit(f"{row.cell} {tuple(row.shape)}: {wrong[0]}: the result is not that of {row.peer}")
    ratios = {
        name: [theirs / ours for ours, theirs in zip(times, seconds[row.peer], strict=True)]
        for name, times in seconds.items()
        if name != row.peer
    }
    about = {"cell": row.cell, "shape": row.shape._asdict(), "threads": row.threads}
    return {**about, "seconds": seconds, "ratios": ratios}


def report(result: dict[str, Any]) -> str:
    """Write one row of the table."""
    shape = "({T}, {N}, {D}, {H})".format(**result["shape"])
    line = f"{result['cell']:19} {shape:20} {result['threads']}"
    for name, times in result["seconds"].items():
        line += f"   {name} {1000 * statistics.median(times):6.2f} ms"
        if name in result["ratios"]:
            ratios = result["ratios"][name]
            line += f", ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return line


def kernels() -> str:
    """Name the processor that OpenBLAS takes this one for; empty where NumPy uses another library."""
    found = [info.get("architecture", "") for info in threadpool_info() if info["internal_api"] == "openblas"]
    return found[0] if found else ""


def with_equal_instructions() -> None:
    """Start anew where PyTorch's products use AVX-512 and OpenBLAS' do not, and nobody has chosen."""
    wide = torch.backends.cpu.get_cpu_capability() == "AVX512"
    if wide and kernels() in ("Haswell", "Zen") and CORETYPE not in os.environ:
        print(f"OpenBLAS takes this processor for one without AVX-512: again, with {CORETYPE}=SkylakeX")
        sys.stdout.flush()
        os.execve(
            sys.executable,
            [sys.executable, "-m", "benchmarks.rnn", *sys.argv[1:]],
            {**os.environ, CORETYPE: "SkylakeX"},
        )


def main() -> None:
    """Run all rows, print them, and write them where asked."""
    parser = argparse.ArgumentParser(description="the recurrent layers beside torch.nn on the CPU")
    parser.add_argument("--rounds", type=int, default=9, help="how often each row is measured (default 9)")
    parser.add_argument("--cells", nargs="+", choices=list(CELLS), default=list(CELLS), help="default: all")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the measurements there")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds: expected at least 1, got {arguments.rounds}")
    with_equal_instructions()
    print(f"forward and backward, float32; {arguments.rounds} rounds; cell, (T, N, D, H), threads, medians")
    print("ratio: the peer's time over ours (least to most), above 1 where we are faster")
    print(f"products: OpenBLAS for {kernels()}, PyTorch with {torch.backends.cpu.get_cpu_capability()}")
    results = []
    for cell in arguments.cells:
        for threads in THREADS:
            for shape in SHAPES:
                results.append(measured(row(cell, shape, threads), arguments.rounds))
                print(report(results[-1]), flush=True)
    if arguments.json:
        packages = {name: version(name) for name in ("numpy", "torch")}
        machine = {"python": platform.python_version(), "machine": platform.machine(), **packages}
        document = {"environment": {**machine, "openblas": kernels()}, "rows": results}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
