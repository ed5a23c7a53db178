"""The benchmark of the recurrent layers notices a wrong answer, on a tiny shape."""

import dataclasses

import numpy as np
import pytest
import torch

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
        assert len(row.floor) == (2 if of.alike and row.who == "NumPy" else 0)
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


def test_the_floor_is_what_a_pass_calls(monkeypatch):
    """Counted where it is called: in each step a product, and another on the way back; tanh of a and c."""
    counts = {"matmul": 0, "tanh": 0, "multiply": 0}
    for name in counts:
        real = getattr(np, name)

        def counted(*given, name=name, real=real, **more):
            counts[name] += 1
            return real(*given, **more)

        monkeypatch.setattr(np, name, counted)
    benchmark.floor(SHAPE, 4, (3, 4, 8), (1, 5, 7))()
    assert counts == {"matmul": 2 * SHAPE.T, "tanh": 2 * SHAPE.T, "multiply": (3 + 4 + 1 + 5) * SHAPE.T}


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
