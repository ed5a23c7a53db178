"""The memory of backpropagation through time at its highest: ``python -m benchmarks.memory``.

Full, truncated and with checkpoints (`companion.reference.truncated`, `companion.torch.truncated`), on
sequences that are twice as long each time. What NumPy and Python ask for is traced by ``tracemalloc``, what
PyTorch asks for by its profiler, and on a GPU by its own count. Beside it stands what the method itself
cannot do without: the states that it keeps, T + 1 of them, or T/s and s, or k + 1. That the gradients are
right, with checkpoints the full ones to the last digits, is compared in the same run.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.harness import Options, Subject, main
from benchmarks.results import Row
from benchmarks.steps import growth
from companion.reference import rnn
from companion.reference import truncated as in_numpy
from companion.torch import truncated as in_torch
from companion.torch.rnn import RNN

STEPS = (100, 200, 400, 800)
N, D, H = 16, 1, 64  # sequences, inputs, units; float64
PIECE = 20  # steps of a piece of truncated BPTT
FULL, CHECKPOINTS, TRUNCATED = "full BPTT", "BPTT with checkpoints", f"BPTT truncated after {PIECE} steps"
PROMISES = {FULL: "memory, full", CHECKPOINTS: "memory, checkpoints", TRUNCATED: "memory, truncated"}
TOLERANCE = 1e-9

Gradients = dict[str, np.ndarray]


def square(y: np.ndarray, steps: slice) -> tuple[float, np.ndarray]:
    """Return the half square of some outputs, and its gradient."""
    return float((y * y).sum()) / 2, y


def half_square(y: torch.Tensor, steps: slice) -> torch.Tensor:
    """Return the half square of some outputs."""
    return (y * y).sum() / 2


def apart(steps: int) -> int:
    """Return how many steps lie between two checkpoints."""
    return round(steps**0.5)


def kept(way: str, steps: int) -> int:
    """Return the bytes of the states that a way keeps at once."""
    s = apart(steps)
    states = {FULL: steps + 1, CHECKPOINTS: -(-steps // s) + s, TRUNCATED: PIECE + 1}[way]
    return states * N * H * np.dtype(np.float64).itemsize


def runs(module: ModuleType, steps: int, *given: Any) -> dict[str, Callable[[], Any]]:
    """Return the three ways of one back end; `given` is all but the last argument."""
    return {
        FULL: partial(module.truncated_bptt, *given, steps),
        CHECKPOINTS: partial(module.checkpointed_bptt, *given, apart(steps)),
        TRUNCATED: partial(module.truncated_bptt, *given, PIECE),
    }


def traced(work: Callable[[], Any]) -> tuple[float, Gradients]:
    """Return the bytes that Python and NumPy held at once, and the gradients."""
    tracemalloc.start()
    try:
        found = work()
        return tracemalloc.get_traced_memory()[1], found.dparams
    finally:
        tracemalloc.stop()


def profiled(work: Callable[[], Any], layer: RNN) -> tuple[float, Gradients]:
    """Return the bytes that PyTorch held at once beyond what was there before, and the gradients."""
    layer.zero_grad()
    if next(layer.parameters()).is_cuda:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        most = torch.cuda.max_memory_allocated() - before
    else:
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
            work()
        events = [event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
        changes = [event.nbytes() for event in sorted(events, key=lambda event: event.start_ns())]
        most = int(np.cumsum(changes).max())
    return most, {name: parameter.grad.cpu().numpy() for name, parameter in layer.named_parameters()}


def peaks(steps: int, device: str) -> Iterator[tuple[str, str, float]]:
    """Yield back end, way and bytes; gradients that differ end the run."""
    rng = np.random.default_rng(0)
    params, x = rnn.init(D, H, rng), rng.standard_normal((steps, N, D))
    layer = RNN(D, H, dtype=torch.float64, device=device)
    layer.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    inputs = torch.tensor(x, device=device)
    found: dict[tuple[str, str], Gradients] = {}
    for way, work in runs(in_numpy, steps, params, x, None, square).items():
        bytes_held, found["NumPy", way] = traced(work)
        if device == "cpu":
            yield "NumPy", way, bytes_held
    for way, work in runs(in_torch, steps, layer, inputs, None, half_square).items():
        bytes_held, found["PyTorch", way] = profiled(work, layer)
        yield "PyTorch", way, bytes_held
    compare(steps, found)


def compare(steps: int, found: dict[tuple[str, str], Gradients]) -> None:
    """End the run where PyTorch disagrees with NumPy, or checkpoints change the gradient."""
    for (who, way), gradients in found.items():
        right = found["NumPy", FULL if way == CHECKPOINTS else way]
        for name, gradient in gradients.items():
            if not np.abs(gradient - right[name]).max() <= TOLERANCE * np.abs(right[name]).max():
                raise SystemExit(f"{way}, {steps} steps: {who}: the gradient of {name} is wrong")


def contests(options: Options) -> Iterator[Row]:
    """Yield the peaks at every length, and their exponents."""
    lengths = (40, 80) if options.quick else STEPS
    held: dict[tuple[str, str], list[list[float]]] = {}
    for steps in lengths:
        for who, way, most in peaks(steps, options.device):
            held.setdefault((who, way), []).append([most])
            states = "the states kept"
            yield Row(way, f"{steps} steps", who, states, unit="B", ours=[most], theirs=[kept(way, steps)])
    for (who, way), rounds in held.items():
        promise = PROMISES[way] if options.device == "cpu" else ""
        yield growth(f"exponent of {way}", who, lengths, rounds, promise)


SUBJECT = Subject(
    "memory",
    f"Memory of BPTT at its highest; {N} sequences, {D} input, {H} units, float64",
    contests,
    ("cpu", "cuda"),
)

if __name__ == "__main__":
    main(SUBJECT)
