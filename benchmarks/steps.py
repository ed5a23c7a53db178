"""What a pass costs over the number of its steps: ``python -m benchmarks.steps``.

A recurrent layer does the same at every step, so its cost should grow in proportion to the steps, forward and
backward together. The contests are those of `benchmarks.rnn`, on sequences that are twice as long each time.
The exponent is the slope of a straight line through the logarithms: 1 is in proportion, 2 would be the
square.
"""

import math
import statistics
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.harness import Options, Subject, main, measured
from benchmarks.results import Row
from benchmarks.rnn import BOTH, Shape, contest

CELLS = ("RNN", "leaky", "GRU", "LSTM")
STEPS = (50, 100, 200, 400, 800)
SIZES = (20, 200, 200)  # N, D, H
CASE = "{} steps"


def exponent(steps: tuple[int, ...], costs: list[float]) -> float:
    """Return p of the power law ``cost = c steps^p`` that fits best.

    >>> round(exponent((10, 20, 40), [0.3, 1.2, 4.8]), 6)
    2.0
    """
    x, y = map(math.log, steps), map(math.log, costs)
    return statistics.linear_regression(list(x), list(y)).slope


def growth(what: str, who: str, steps: tuple[int, ...], costs: list[list[float]], promise: str) -> Row:
    """Return the row of an exponent, fitted round by round; `costs` holds all rounds of each length."""
    fitted = [exponent(steps, list(one)) for one in zip(*costs, strict=True)]
    return Row(what, f"{steps[0]} to {steps[-1]} steps", who, unit="exponent", ours=fitted, promise=promise)


def contests(options: Options) -> Iterator[Row]:
    """Yield the times at every length, and the exponents."""
    steps, sizes = ((4, 8), (2, 3, 4)) if options.quick else (STEPS, SIZES)
    for cell in CELLS:
        rounds: dict[str, list[list[float]]] = {}
        for number in steps:
            one = contest(cell, Shape(number, *sizes), 1, True, options.device)
            timing = replace(one.timing, passes=2)
            one = replace(one, promises={}, floor=None, rounds=3, timing=timing, case=CASE.format(number))
            rows = measured(one, options)
            for row in rows:
                rounds.setdefault(row.who, []).append(row.ours)
            rounds.setdefault(one.peer, []).append(rows[0].theirs)
            yield from rows
        for who, costs in rounds.items():
            promise = "" if who.startswith("nn.") or options.device != "cpu" else "linear time"
            yield growth(f"exponent of {cell}, {BOTH}", who, steps, costs, promise)


SUBJECT = Subject(
    "steps",
    "The cost of a pass over its steps; 20 sequences, 200 inputs, 200 units, float32",
    contests,
    ("cpu", "cuda"),
)

if __name__ == "__main__":
    main(SUBJECT)
