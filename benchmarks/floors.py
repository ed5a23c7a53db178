"""What a pass through a recurrent layer cannot do without, in NumPy and in PyTorch: the floor under its time.

The products of matrices that the pass consists of, the tanh, the operations on whole arrays that the formulas
have at the least, and the views of what belongs to a step, at these very sizes. None of them depends on
another, and nothing is looked up between them: no program that calls the library can take less.
"""

from typing import NamedTuple

import numpy as np
import torch

from benchmarks.harness import Work
from companion.torch._products import adding, product


class Shape(NamedTuple):
    """Steps, sequences, inputs and units."""

    T: int
    N: int
    D: int
    H: int


class Calls(NamedTuple):
    """What a step calls beside the product (and, forward, the tanh of all gates)."""

    on_all: int  # operations on the numbers of all gates
    on_one: int  # on H numbers a sequence
    views: int  # of what belongs to the step


class Floor(NamedTuple):
    """What is counted of a cell."""

    gates: int  # so many times H rows has a matrix of weights
    forward: Calls
    back: Calls
    slopes: int = 0  # operations on the numbers of one gate, for all steps at once


def in_numpy(shape: Shape, least: Floor, back: bool) -> Work:
    """Return the calls of NumPy, each gate in memory of its own."""
    T, N, D, H = shape
    gates, ahead, home, slopes = least
    rng = np.random.default_rng(0)
    sizes = ((T * N, D), (gates, D, H), (gates * H, D), (N, H), (gates, H, H), (T * N, gates * H), (T * N, H))
    x, W_ih_T, W_ih, h, W_hh, da, all_h = (rng.standard_normal(size, np.float32) for size in sizes)
    a, of_all, of_one, shown = (np.ones(size, np.float32) for size in ((gates, N, H),) * 2 + ((N, H),) * 2)

    steps = all_h.reshape(T, N, H)

    def elementwise(calls: Calls) -> None:
        for _ in range(calls.on_all):
            np.multiply(of_all, of_all, out=of_all)
        for _ in range(calls.on_one):
            np.multiply(of_one, of_one, out=of_one)

    def work() -> None:
        x @ W_ih_T
        for _ in zip(*[steps] * ahead.views, strict=True):
            np.matmul(h, W_hh, out=a)
            np.tanh(of_all, out=a)
            if gates == 4:
                np.tanh(h, out=shown)  # of the cell state
            elementwise(ahead)
        if back:
            for _ in range(slopes):
                np.multiply(all_h, all_h, out=all_h)
            for _ in zip(*[steps] * home.views, strict=True):
                np.matmul(of_all, W_hh, out=a)
                elementwise(home)
            da @ W_ih, da.T @ x, da.T @ all_h

    return work


def in_torch(shape: Shape, least: Floor, back: bool) -> Work:
    """Return the calls of PyTorch, all gates of a sequence beside each other; large products by oneDNN."""
    T, N, D, H = shape
    gates, ahead, home, slopes = least
    generator = torch.Generator().manual_seed(0)
    sizes = ((T * N, D), (gates * H, D), (N, H), (gates * H, H))
    x, W_ih, h, W_hh = (torch.randn(size, generator=generator) for size in sizes)
    a, of_all, of_one = torch.ones(N, gates * H), torch.ones(N, gates * H), torch.ones(N, H)
    da, all_h = torch.ones(T * N, gates * H), torch.ones(T * N, H)
    steps = all_h.view(T, N, H)

    def elementwise(calls: Calls) -> None:
        for _ in range(calls.on_all):
            of_all.mul_(of_all)
        for _ in range(calls.on_one):
            of_one.mul_(of_one)

    @torch.no_grad()
    def work() -> None:
        product(x, W_ih)
        add, back_through = adding(W_hh, N), adding(W_hh.T, N)
        for _ in zip(*[steps.unbind() for _ in range(ahead.views)], strict=True):
            add(a, h)
            a.tanh_()
            elementwise(ahead)
        if back:
            for _ in range(slopes):
                all_h.mul_(all_h)
            for _ in zip(*[steps.unbind() for _ in range(home.views)], strict=True):
                back_through(h, of_all)
                elementwise(home)
            product(da, W_ih.T), product(da.T, x.T), product(da.T, all_h.T)

    return work
