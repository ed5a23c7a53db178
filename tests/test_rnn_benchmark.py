"""The benchmark of the recurrent layer notices a wrong answer, on a tiny shape."""

import numpy as np
import pytest
import torch

from benchmarks import rnn as benchmark

SHAPE = benchmark.Shape(5, 3, 4, 6)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    """Nothing here depends on the times."""
    monkeypatch.setattr(benchmark, "PAUSE", 0)


def test_the_same_work_gives_the_same():
    threads = torch.get_num_threads()
    result = benchmark.measured(benchmark.row(SHAPE, 1), rounds=2, passes=1)
    assert torch.get_num_threads() == threads
    assert {name: len(times) for name, times in result["seconds"].items()} == {
        "NumPy": 2,
        "PyTorch": 2,
        benchmark.PEER: 2,
    }
    for name, ratios in result["ratios"].items():
        for ratio, ours, theirs in zip(
            ratios, result["seconds"][name], result["seconds"][benchmark.PEER], strict=True
        ):
            assert ratio == theirs / ours
    line = benchmark.report(result)
    assert line.startswith("(5, 3, 4, 6)         1   NumPy ")
    assert line.count("ratio") == 2


@pytest.mark.parametrize("name", ["NumPy", "PyTorch"])
@pytest.mark.parametrize("place", range(8))
def test_a_wrong_answer_ends_the_run(name, place):
    row = benchmark.row(SHAPE, 1)
    right = row.workers[name]

    def wrong():
        results = [np.array(result) for result in right()]
        results[place].flat[-1] += 0.01 * np.abs(results[place]).max()
        return results

    with pytest.raises(SystemExit, match=rf"\(5, 3, 4, 6\): {name}: the result is not that of nn.RNN"):
        benchmark.measured(row._replace(workers={**row.workers, name: wrong}), rounds=1, passes=1)


def test_the_shapes_are_those_that_are_promised():
    assert [tuple(shape) for shape in benchmark.SHAPES] == [
        (35, 20, 200, 200),
        (100, 64, 256, 256),
        (50, 64, 512, 512),
        (50, 1, 128, 128),
    ]
    assert benchmark.THREADS == (1, 2)
