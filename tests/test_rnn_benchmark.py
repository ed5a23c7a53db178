"""The benchmark of the recurrent layers notices a wrong answer, on a tiny shape."""

import dataclasses

import numpy as np
import pytest
import torch

from benchmarks import floors
from benchmarks import rnn as benchmark
from benchmarks.harness import Options, always, measured

SHAPE = benchmark.Shape(5, 3, 4, 6)


def contest(cell, back=True):
    """Return a contest that neither rests nor repeats."""
    made = benchmark.contest(cell, SHAPE, 1, back)
    return dataclasses.replace(made, timing=dataclasses.replace(made.timing, pause=0, passes=1))


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("cell", benchmark.CELLS)
def test_every_cell_is_measured(cell, back):
    rows = measured(contest(cell, back), Options(rounds=2))
    of = benchmark.CELLS[cell]
    assert [row.who for row in rows] == (["NumPy"] if of.reference else []) + ["PyTorch"]
    for row in rows:
        assert (row.peer, row.case) == (f"nn.{of.peer.__name__}", "(5, 3, 4, 6)")
        assert row.promise == (of.promises.get(row.who, "") if back else "")
        assert len(row.ours) == len(row.theirs) == 2
        assert len(row.floor) == (2 if row.who == ("NumPy" if of.alike else "PyTorch") else 0)
        assert all(
            ratio == theirs / ours
            for ratio, ours, theirs in zip(row.ratios, row.ours, row.theirs, strict=True)
        )


@pytest.mark.parametrize(
    ("cell", "place", "name"),
    [
        *(("RNN", place, name) for place in (0, 7) for name in ("NumPy", "PyTorch")),
        *(("LSTM", place, name) for place in range(10) for name in ("NumPy", "PyTorch")),
        ("GRU", 3, "NumPy"),
        ("leaky", 2, "PyTorch"),
        ("simplified GRU", 3, "PyTorch"),
    ],
)
def test_a_wrong_answer_ends_the_run(cell, place, name):
    made = contest(cell)
    right = made.sides[name](0)

    def wrong():
        results = [
            np.array(result.detach().numpy() if torch.is_tensor(result) else result) for result in right()
        ]
        results[place].flat[-1] += 0.01 * np.abs(results[place]).max()
        return results

    spoilt = dataclasses.replace(made, sides={**made.sides, name: always(wrong)})
    truth = made.truth or made.peer
    with pytest.raises(SystemExit, match=rf"{cell}, .*: {name}: the result is not that of {truth}"):
        measured(spoilt, Options(rounds=1))


def counted(monkeypatch, place, names):
    """Count the calls of functions of a module, or of methods of a class."""
    counts = dict.fromkeys(names, 0)
    for name in names:
        real = getattr(place, name)

        def call(*given, name=name, real=real, **more):
            counts[name] += 1
            return real(*given, **more)

        monkeypatch.setattr(place, name, call)
    return counts


def test_the_floor_is_what_a_pass_calls(monkeypatch):
    """Counted where it is called: in each step a product, and another on the way back; tanh of a and c."""
    counts = counted(monkeypatch, np, ["matmul", "tanh", "multiply"])
    floors.in_numpy(SHAPE, benchmark.CELLS["LSTM"].floor, True)()
    assert counts == {"matmul": 2 * SHAPE.T, "tanh": 2 * SHAPE.T, "multiply": (3 + 4 + 1 + 5) * SHAPE.T}


@pytest.mark.parametrize("cell", ["leaky", "simplified GRU", "variational dropout"])
@pytest.mark.parametrize("back", [True, False])
def test_our_cells_call_no_less_than_their_floor(cell, back, monkeypatch):
    """Had the floor an operation more in a step than the cell, it would be none."""
    least = benchmark.CELLS[cell].floor
    made = contest(cell, back)
    with torch.autograd.profiler.profile() as ours:
        made.sides["PyTorch"](0)()
    with torch.autograd.profiler.profile() as floor:
        floors.in_torch(SHAPE, least, back)()

    def calls(profile, *kinds):
        return sum(
            event.count for event in profile.key_averages() if event.key in [f"aten::{k}" for k in kinds]
        )

    elementwise = (
        "tanh_",
        "sigmoid_",
        "lerp",
        "mul_",
        "addcmul_",
        "mul",
        "addcmul",
        "add_",
        "rsub",
        "sub",
        "sign",
    )
    for kinds in [("mm", "addmm", "addmm_"), elementwise, ("unbind",)]:
        assert 0 < calls(floor, *kinds) <= calls(ours, *kinds), kinds


def test_what_is_promised_is_measured():
    assert [tuple(shape) for shape in benchmark.SHAPES] == [
        (35, 20, 200, 200),
        (100, 64, 256, 256),
        (50, 64, 512, 512),
        (50, 1, 128, 128),
    ]
    assert benchmark.THREADS == (1, 2)
    of = list(benchmark.contests(Options(quick=True, select=("leaky",))))
    assert [made.what for made in of] == ["leaky, forward and backward", "leaky, forward"]
