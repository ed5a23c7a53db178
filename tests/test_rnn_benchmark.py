"""The benchmark of the recurrent layers notices a wrong answer, on a tiny shape."""

import numpy as np
import pytest
import torch

from benchmarks import rnn as benchmark

SHAPE = benchmark.Shape(5, 3, 4, 6)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    """Nothing here depends on the times."""
    monkeypatch.setattr(benchmark, "PAUSE", 0)


@pytest.mark.parametrize("cell", benchmark.CELLS)
def test_every_cell_is_measured(cell):
    threads = torch.get_num_threads()
    row = benchmark.row(cell, SHAPE, 1)
    result = benchmark.measured(row, rounds=2, passes=1)
    assert torch.get_num_threads() == threads
    ours = ["NumPy", "PyTorch"] if row.alike else ["PyTorch"]
    assert {name: len(times) for name, times in result["seconds"].items()} == dict.fromkeys(
        [*ours, row.peer], 2
    )
    for name, ratios in result["ratios"].items():
        times = zip(ratios, result["seconds"][name], result["seconds"][row.peer], strict=True)
        assert all(ratio == theirs / own for ratio, own, theirs in times)
    line = benchmark.report(result)
    assert line.startswith(f"{cell:19} (5, 3, 4, 6)         1   {ours[0]} ")
    assert line.count("ratio") == len(ours)


@pytest.mark.parametrize("name", ["NumPy", "PyTorch"])
@pytest.mark.parametrize(
    ("cell", "place"), [("RNN", 0), ("RNN", 7), *(("LSTM", k) for k in range(10)), ("GRU", 3)]
)
def test_a_wrong_answer_ends_the_run(name, cell, place):
    row = benchmark.row(cell, SHAPE, 1)
    right = row.workers[name]

    def wrong():
        results = [np.array(result) for result in right()]
        results[place].flat[-1] += 0.01 * np.abs(results[place]).max()
        return results

    with pytest.raises(
        SystemExit, match=rf"{cell} \(5, 3, 4, 6\): {name}: the result is not that of nn.{cell}"
    ):
        benchmark.measured(row._replace(workers={**row.workers, name: wrong}), rounds=1, passes=1)


def test_the_run_starts_anew_only_where_the_instructions_differ_and_nobody_chose(monkeypatch):
    started = []
    monkeypatch.setattr(benchmark.os, "execve", lambda *arguments: started.append(arguments[2]))
    for kernels, capability, chosen, anew in [
        ("Haswell", "AVX512", False, True),
        ("Haswell", "AVX512", True, False),
        ("SkylakeX", "AVX512", False, False),
        ("Haswell", "AVX2", False, False),
    ]:
        started.clear()
        monkeypatch.setattr(benchmark, "kernels", lambda found=kernels: found)
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda found=capability: found)
        monkeypatch.delenv(benchmark.CORETYPE, raising=False)
        if chosen:
            monkeypatch.setenv(benchmark.CORETYPE, "Haswell")
        benchmark.with_equal_instructions()
        assert [environment[benchmark.CORETYPE] for environment in started] == ["SkylakeX"] * anew


def test_the_shapes_are_those_that_are_promised():
    assert [tuple(shape) for shape in benchmark.SHAPES] == [
        (35, 20, 200, 200),
        (100, 64, 256, 256),
        (50, 64, 512, 512),
        (50, 1, 128, 128),
    ]
    assert benchmark.THREADS == (1, 2)
