"""The recurrent layer beside ``torch.nn.RNN`` on the CPU: ``python -m benchmarks.rnn``.

Every row does the same work, a forward and a backward pass of one tanh layer in float32 with the gradients of
inputs, initial state and all parameters, by three implementations: `companion.reference.rnn` (NumPy),
`companion.torch.rnn` (PyTorch), and the peer, ``torch.nn.RNN``. All have the same number of threads. After
the first round the results are compared: a fast wrong answer ends the run.

In each round every implementation has its turn: a pause in which the threads of the one before go to sleep, a
pass that does not count, and then the passes that do. The ratio of a round is the peer's time over ours, and
what is printed is the median of the rounds' ratios.
"""

import argparse
import gc
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from companion.reference import rnn as reference
from companion.torch.rnn import RNN

PAUSE = 0.05  # seconds; OpenBLAS lets its threads spin for some 30 ms after their work
TOLERANCE = 1e-4  # of the largest entry; float32, sums over up to 6,400 terms
PEER = "nn.RNN"

Results = list[np.ndarray]


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

    shape: Shape
    threads: int
    workers: dict[str, Callable[[], Results]]  # by name, the peer among them


def in_numpy(params: dict[str, np.ndarray], inputs: list[np.ndarray]) -> Results:
    """Run the reference forward and backward."""
    x, h_0, dy, dh_n = inputs
    y, h_n, cache = reference.forward(params, x, h_0)
    dx, dh_0, dparams = reference.backward(cache, dy, dh_n)
    return [y, h_n, dx, dh_0, *dparams.values()]


def in_torch(layer: torch.nn.Module, inputs: list[torch.Tensor]) -> Results:
    """Run a module forward and backward."""
    x, h_0, dy, dh_n = inputs
    leaves = [x, h_0, *layer.parameters()]
    for leaf in leaves:
        leaf.grad = None
    y, h_n = layer(x, h_0)
    torch.autograd.backward([y, h_n], [dy, dh_n])
    return [result.detach().numpy() for result in (y, h_n, *(leaf.grad for leaf in leaves))]


def row(shape: Shape, threads: int) -> Row:
    """Draw parameters and inputs, and give all implementations the same."""
    T, N, D, H = shape
    rng = np.random.default_rng(0)
    params = reference.init(D, H, rng, np.float32)
    sizes = ((T, N, D), (N, H), (T, N, H), (N, H))
    arrays = [rng.standard_normal(size, np.float32) for size in sizes]
    tensors = [torch.tensor(a if a.ndim == 3 else a[None]) for a in arrays]  # h_0 and dh_n as (1, N, H)
    for leaf in tensors[:2]:
        leaf.requires_grad_()
    modules = RNN(D, H), torch.nn.RNN(D, H)
    for module in modules:
        module.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    workers = {
        "NumPy": lambda: in_numpy(params, arrays),
        "PyTorch": lambda: in_torch(modules[0], tensors),
        PEER: lambda: in_torch(modules[1], tensors),
    }
    return Row(shape, threads, workers)


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
            wrong = [name for name in results if number == 0 and not same(results[name], results[PEER])]
            if wrong:
                sys.exit(f"{tuple(row.shape)}: {wrong[0]}: the result is not that of {PEER}")
    ratios = {
        name: [theirs / ours for ours, theirs in zip(times, seconds[PEER], strict=True)]
        for name, times in seconds.items()
        if name != PEER
    }
    return {"shape": row.shape._asdict(), "threads": row.threads, "seconds": seconds, "ratios": ratios}


def report(result: dict[str, Any]) -> str:
    """Write one row of the table."""
    shape = "({T}, {N}, {D}, {H})".format(**result["shape"])
    line = f"{shape:20} {result['threads']}"
    for name, times in result["seconds"].items():
        line += f"   {name} {1000 * statistics.median(times):6.2f} ms"
        if name in result["ratios"]:
            ratios = result["ratios"][name]
            line += f", ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return line


def main() -> None:
    """Run all rows, print them, and write them where asked."""
    parser = argparse.ArgumentParser(description="the recurrent layer beside torch.nn.RNN on the CPU")
    parser.add_argument("--rounds", type=int, default=9, help="how often each row is measured (default 9)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the measurements there")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds: expected at least 1, got {arguments.rounds}")
    print(f"forward and backward, float32; {arguments.rounds} rounds; (T, N, D, H), threads, medians")
    print("ratio: the peer's time over ours (least to most), above 1 where we are faster")
    results = []
    for threads in THREADS:
        for shape in SHAPES:
            results.append(measured(row(shape, threads), arguments.rounds))
            print(report(results[-1]), flush=True)
    if arguments.json:
        packages = {name: version(name) for name in ("numpy", "torch")}
        machine = {"python": platform.python_version(), "machine": platform.machine(), **packages}
        document = {"environment": machine, "rows": results}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
