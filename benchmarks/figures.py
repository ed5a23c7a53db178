"""The two figures of the book's page of measurements, drawn from the stored rounds."""

import statistics
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.results import Record, Row
from benchmarks.rnn import BOTH, SHAPES
from benchmarks.steps import CASE, CELLS, STEPS
from companion import plots

COLOURS = {"RNN": "input", "leaky": "state", "GRU": "output", "LSTM": "gradient"}
BESIDE = ("RNN", "GRU", "LSTM")  # the cells that torch.nn has too


def draw(records: dict[str, Record], folder: Path, device: str) -> list[Path]:
    """Draw what the records allow into ``speed-steps-cpu.png`` and ``speed-layers-cpu.png``."""
    plots.use_style()
    written = []
    for name, figure in (("steps", cost_of_a_step), ("layers", beside_torch)):
        record = records.get("steps" if name == "steps" else "rnn")
        if record is None or record.quick or (name == "layers" and device != "cpu"):
            continue
        path = folder / f"speed-{name}-{device}.png"
        path.write_bytes(plots.png_bytes(figure(record)))
        plt.close("all")
        written.append(path)
    return written


def cost_of_a_step(record: Record) -> plt.Figure:
    """Draw the time of a step over their number, of each cell ours and the peer's: level lines."""
    by_place = {(row.what, row.case, row.who): row for row in record.rows if row.unit == "s"}
    figure, axes = plt.subplots(figsize=(plots.WIDTH, 4.2))
    who = "NumPy" if record.device == "cpu" else "PyTorch"
    for cell in CELLS:
        rows = [by_place[f"{cell}, {BOTH}", CASE.format(steps), who] for steps in STEPS]
        colour = plots.colour(COLOURS[cell])
        axes.plot(STEPS, per_step([row.ours for row in rows]), "o-", color=colour, label=f"{cell}, {who}")
        if cell in BESIDE:
            axes.plot(STEPS, per_step([row.theirs for row in rows]), "--", color=colour, label=rows[0].peer)
    axes.set(xscale="log", ylim=(0, None), xlabel="steps of the sequence", ylabel="µs a step")
    axes.set_xticks(STEPS, [str(steps) for steps in STEPS], minor=False)
    axes.minorticks_off()
    plots.label_lines(axes)
    return figure


def per_step(times: list[list[float]]) -> list[float]:
    """Return the median of each length's times in microseconds a step."""
    return [1e6 * statistics.median(rounds) / steps for rounds, steps in zip(times, STEPS, strict=True)]


def beside_torch(record: Record) -> plt.Figure:
    """Draw how many times as fast NumPy is as torch.nn, and where its floor is."""
    wanted = [(cell, shape) for cell in BESIDE for shape in SHAPES]
    figure, axes = plt.subplots(figsize=(plots.WIDTH, 5.6))
    for place, (cell, shape) in enumerate(wanted):
        for threads, fill in ((1, "full"), (2, "none")):
            row = layer(record, f"{cell}, {BOTH}", str(tuple(shape)), threads)
            mark(axes, row, len(wanted) - place, fill, plots.colour(COLOURS[cell]))
    axes.axvline(1, color=plots.colour("baseline"), linestyle="--", linewidth=1.5)
    axes.set_yticks(range(len(wanted), 0, -1), [f"{cell} {tuple(shape)}" for cell, shape in wanted])
    axes.set(xscale="log", xlabel="times as fast as torch.nn (right of 1: faster)")
    ticks = [0.5, 1, 2, 4, 8]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    return figure


def layer(record: Record, what: str, case: str, threads: int) -> Row:
    """Return the row of NumPy."""
    return next(
        row
        for row in record.rows
        if (row.what, row.case, row.who, row.threads) == (what, case, "NumPy", threads)
    )


def mark(axes: Axes, row: Row, height: int, fill: str, colour: str) -> None:
    """Draw a dot at the ratio, a bar from least to most, and a tick at what the floor alone would give."""
    shift = 0.16 if fill == "full" else -0.16
    ratios = row.ratios
    axes.plot([min(ratios), max(ratios)], [height + shift] * 2, color=colour, linewidth=1.5)
    axes.plot(statistics.median(ratios), height + shift, "o", color=colour, fillstyle=fill)
    axes.plot(row.best_ratio, height + shift, "|", color=colour, markersize=11, markeredgewidth=2)
