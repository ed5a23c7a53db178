"""Measurements as text: one line for a row, and the table of a whole run."""

import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.results import Record, Row

PREFIXES = {"s": ((1, "s"), (1e-3, "ms"), (1e-6, "µs")), "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))}


def amount(number: float, unit: str) -> str:
    """Write a number with three figures and its unit.

    >>> amount(0.01234, "s"), amount(1_420_000, "B"), amount(0.5031, "exponent")
    ('12.3 ms', '1.42 MB', '0.503')
    """
    if unit not in PREFIXES:
        return figures(number)
    scale, name = next((pair for pair in PREFIXES[unit] if number >= pair[0]), PREFIXES[unit][-1])
    return f"{figures(number / scale)} {name}"


def round_amount(number: float, unit: str) -> str:
    """Write a promised number as it was given.

    >>> round_amount(60, "s"), round_amount(1_500_000, "B"), round_amount(1.1, "exponent")
    ('60 s', '1.5 MB', '1.1')
    """
    scale, name = next((pair for pair in PREFIXES.get(unit, ()) if number >= pair[0]), (1, ""))
    return f"{number / scale:g} {name}".rstrip()


def figures(number: float) -> str:
    """Write a number with three figures, as people write it.

    >>> figures(1234.5), figures(123.45), figures(0.01234)
    ('1,234', '123', '0.0123')
    """
    return f"{number:,.0f}" if abs(number) >= 99.95 else f"{number:#.3g}"


def spread(numbers: list[float]) -> str:
    """Write a median, and from where to where the rounds went."""
    middle, least, most = statistics.median(numbers), min(numbers), max(numbers)
    return f"{middle:.2f} ({least:.2f} to {most:.2f})" if len(numbers) > 1 else f"{middle:.2f}"


def promise(row: Row) -> str:
    """Write what is promised."""
    promised = row.promised
    if promised is None:
        return ""
    if promised.most is not None:
        return f"at most {round_amount(promised.most, row.unit)}"
    return f"at least {round(promised.least or 0, 2):g}"


def floor(row: Row) -> str:
    """Say where the floor is: what would be left of the ratio, and how much of our time it is."""
    if not row.floor:
        return ""
    share = statistics.median(row.floor) / statistics.median(row.ours)
    return f"floor {row.best_ratio:.2f}, {share:.0%} of our time"


def cells(row: Row) -> list[str]:
    """Return what stands in the columns of the table."""
    return [
        row.what,
        row.case,
        str(row.threads),
        row.who,
        amount(statistics.median(row.ours), row.unit),
        row.peer,
        amount(statistics.median(row.theirs), row.unit) if row.peer else "",
        spread(row.ratios) if row.peer else "",
        promise(row),
        row.verdict,
        floor(row),
    ]


HEADS = ["what", "case", "threads", "ours", "", "peer", "", "ratio (least to most)", "promised", "", ""]


def line(row: Row) -> str:
    """Write one row alone."""
    return "  " + "  ".join(cell for cell in cells(row) if cell)


def table(rows: Iterable[Row]) -> str:
    """Write rows below one another, in columns.

    >>> row = Row("adding", "1 + 1", "we", "they", ours=[0.5, 0.5], theirs=[1.0, 2.0], promise="BLEU")
    >>> print(table([row]))
    what    case   threads  ours          peer          ratio (least to most)  promised
    adding  1 + 1  1        we    500 ms  they  1.50 s  3.00 (2.00 to 4.00)    at least 5  misses
    """
    lines = [HEADS, *map(cells, rows)]
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip()
        for line in lines
    )


def conditions(machine: dict[str, Any]) -> str:
    """Write what the numbers depend on, in two lines."""
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    rates = machine["rates"]
    parts = [
        machine["processor"],
        f"{machine['cores']} cores",
        f"{machine['memory_GB']} GB",
        machine["system"],
        f"load {machine['load']}",
        f"products at {rates['numpy_product_GFLOP_per_s']} (NumPy, OpenBLAS for {machine['openblas']})",
        f"and {rates['torch_product_GFLOP_per_s']} GFLOP/s (PyTorch, {machine['pytorch']})",
        f"copies at {rates['copy_GB_per_s']} GB/s",
    ]
    if "gpu" in machine:
        parts[:0] = [machine["gpu"], f"CUDA {machine['cuda']}", f"cuDNN {machine['cudnn']}"]
    return f"{', '.join(parts)}\nPython {machine['python']}, {packages}"


def whole(records: dict[str, Record]) -> str:
    """Write the whole run: the machine, one table, what holds and what does not."""
    rows = [row for record in records.values() for row in record.rows]
    about = {conditions({**record.machine, "load": "-"}) for record in records.values()}
    verdicts = [row.verdict for row in rows]
    counts = (
        f"{sum(map(bool, verdicts))} promised rows: "
        f"{verdicts.count('holds')} hold, {verdicts.count('even')} are even, "
        f"{verdicts.count('misses')} miss, {verdicts.count('limit')} are beyond what this machine allows"
    )
    notes = [note for record in records.values() for note in record.notes]
    return "\n".join([*sorted(about)[:1], "", table(rows), "", *notes, counts])
