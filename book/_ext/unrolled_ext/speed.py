"""The directive ``{speed} table rnn``: what ``make bench`` has measured, as tables, figures and sentences.

Everything is computed from the file that the benchmarks write, ``appendix/speed-cpu.json``, with every round
in it; ``:device: cuda`` takes that of a GPU. The directive's first word says what is shown.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from benchmarks import report
from benchmarks.promises import PROMISES
from benchmarks.results import SUBJECTS, Record, Row, read

from . import places

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "appendix"
DEVICES = ("cpu", "cuda")
DASH = "\N{EN DASH}"

Records = dict[str, Record]
Lines = list[list[str]]


def result(row: Row) -> str:
    """Write a row's own number: the ratio, or the amount, with its spread."""
    if row.peer and not (row.promised and row.promised.most is not None):
        return report.spread(row.ratios)
    return report.amount(statistics.median(row.ours), row.unit)


def work(row: Row) -> str:
    """Write what was done."""
    threads = f", {row.threads} threads" if row.threads > 1 else ""
    return f"{row.what}, {row.case}{threads}" if row.case else row.what + threads


def comparison(rows: list[Row]) -> tuple[list[str], Lines]:
    """Put ours beside the peer's, row by row."""
    heads = ["Work", "Ours", "The peer's", "Ratio (least to most)", "Promised"]
    lines = []
    for row in rows:
        ours, theirs = (report.amount(statistics.median(side), row.unit) for side in (row.ours, row.theirs))
        verdict = f"{report.promise(row)}: {row.verdict}" if row.promise else DASH
        lines.append(
            [work(row), f"{ours} ({row.who})", f"{theirs} ({row.peer})", report.spread(row.ratios), verdict]
        )
    return heads, lines


def amounts(rows: list[Row]) -> tuple[list[str], Lines]:
    """Give what stands alone, row by row."""
    lines = []
    for row in rows:
        verdict = f"{report.promise(row)}: {row.verdict}" if row.promise else DASH
        lines.append([work(row), row.who, report.amount(statistics.median(row.ours), row.unit), verdict])
    return ["Work", "Whose", "Measured", "Promised"], lines


def layers(rows: list[Row]) -> tuple[list[str], Lines]:
    """Give a line to each cell and its sizes, and a column to each side and number of threads."""
    columns = sorted({(row.who, row.threads) for row in rows})
    by_place = {(row.what, row.case, row.who, row.threads): row for row in rows}
    lines = []
    for what, case in dict.fromkeys((row.what, row.case) for row in rows):
        found = [by_place.get((what, case, *column)) for column in columns]
        times = [row.theirs for row in found if row is not None and row.threads == 1]
        peer = next(row.peer for row in found if row is not None)
        cell = what.partition(",")[0]
        theirs = f"{report.amount(statistics.median(times[0]), 's')} ({peer})"
        lines.append([f"{cell} {case}", theirs, *map(ratio_and_verdict, found)])
    heads = [f"{who}, {threads} thread{'s' * (threads > 1)}" for who, threads in columns]
    return ["Cell and sizes", "The peer's, 1 thread", *heads], lines


def ratio_and_verdict(row: Row | None) -> str:
    """Write a ratio, and the verdict where it is not that the promise holds."""
    if row is None:
        return DASH
    word = f" {row.verdict}" if row.verdict in ("even", "misses", "limit") else ""
    return f"{statistics.median(row.ratios):.2f}{word}"


def pages(rows: list[Row]) -> tuple[list[str], Lines]:
    """Say of every page how long its notebook runs, what it weighs and when it answers."""
    kinds = ("executed, outputs compared", "weight", "interactive")
    by_place = {(row.what, row.case): row for row in rows}
    names = dict.fromkeys(row.case for row in rows if row.what in kinds[1:])
    lines = []
    for name in names:
        found = [by_place.get((kind, name)) for kind in kinds]
        lines.append([name, *(result(row) if row else DASH for row in found)])
    return ["Page", "Executed", "Weight", "Interactive"], lines


def misses(rows: list[Row]) -> tuple[list[str], Lines]:
    """Give what misses its promise, with what the machine allows."""
    heads = ["Work", "Measured", "Promised", "With the floor alone", "The floor's share of our time"]
    lines = []
    for row in rows:
        if row.verdict in ("misses", "limit"):
            best, share = DASH, DASH
            if row.best_ratio is not None:
                time = statistics.median(row.floor)
                rate = f"{1e-9 * row.operations / time:.0f} GFLOP/s" if row.operations else ""
                best = f"{row.best_ratio:.2f}{': limit' * (row.verdict == 'limit')}"
                share = f"{time / statistics.median(row.ours):.0%}{', at ' * bool(rate)}{rate}"
            lines.append([f"{work(row)} ({row.who})", result(row), report.promise(row), best, share])
    return heads, lines


def promises(rows: list[Row], device: str) -> tuple[list[str], Lines]:
    """Say of every promise how many rows keep it, and which is furthest from doing so."""
    lines = []
    for key, promise in PROMISES.items():
        if promise.device != device:
            continue
        held = [row for row in rows if row.promise == key]
        verdicts = [row.verdict for row in held]
        even = f" ({verdicts.count('even')} even)" * ("even" in verdicts)
        most = promise.most is not None
        worst = max(
            held,
            key=lambda row: statistics.median(row.ours if most else [-r for r in row.ratios]),
            default=None,
        )
        furthest = f"{result(worst)}: {work(worst)}" if worst else "not measured"
        number = report.promise(worst) if worst else DASH
        lines.append([promise.text, number, f"{verdicts.count('holds')} of {len(held)}{even}", furthest])
    return ["Promise", "Number", "Rows that hold", "Furthest from it"], lines


TABLES: dict[str, Callable[[list[Row]], tuple[list[str], Lines]]] = {
    "comparison": comparison,
    "amounts": amounts,
    "layers": layers,
    "pages": pages,
    "misses": misses,
}


class Speed(SphinxDirective):
    """Show measurements.

    ``{speed} conditions``, ``{speed} promises``, ``{speed} misses``, ``{speed} pages``; ``{speed} comparison
    SUBJECT``, ``{speed} amounts SUBJECT`` and ``{speed} layers SUBJECT``, of whose rows ``:what:`` chooses
    those that end in a text, and ``:caption:`` is the table's; ``{speed} notes SUBJECT``; ``{speed} figure
    NAME`` with the caption as its content.
    """

    required_arguments = 1
    optional_arguments = 1
    has_content = True
    option_spec = {
        "device": lambda text: directives.choice(text, DEVICES),
        "what": directives.unchanged_required,
        "caption": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return what is asked for, or say that it was not measured; warn where it cannot be had."""
        kind, subject = self.arguments[0], (self.arguments[1:] or [""])[0]
        device = self.options.get("device", "cpu")
        path = places.book(self.env) / FOLDER / f"speed-{device}.json"
        places.depend(self.env, path)
        try:
            records = read(path)
            of = {"layers": "rnn"}.get(subject, subject) if kind == "figure" else subject
            if not records or (of in SUBJECTS and of not in records):
                return [nodes.paragraph("", "This has not been measured yet.")]
            return self.shown(kind, subject, device, records)
        except (ValueError, LookupError) as problem:
            places.warn("speed", f"speed: {problem}", self.get_location())
            return []

    def shown(self, kind: str, subject: str, device: str, records: Records) -> list[nodes.Node]:
        """Return one kind of thing."""
        if kind == "conditions":
            return conditions(records)
        if kind == "figure":
            return self.figure(subject, device, records)
        if kind == "notes":
            return [nodes.paragraph("", note) for note in chosen(records, subject).notes]
        rows = [row for record in records.values() for row in record.rows]
        if subject:
            rows = [
                row
                for row in chosen(records, subject).rows
                if row.what.endswith(self.options.get("what", ""))
            ]
        if kind == "promises":
            return [self.table(kind, *promises(rows, device))]
        if kind not in TABLES:
            raise LookupError(
                f"expected conditions, figure, notes, promises, {', '.join(TABLES)}, got {kind}"
            )
        if kind in ("comparison", "layers"):
            rows = [row for row in rows if row.peer]
        elif kind == "amounts":
            rows = [row for row in rows if not row.peer]
        return [self.table(f"{kind}-{subject or 'all'}", *TABLES[kind](rows))]

    def table(self, name: str, heads: list[str], lines: Lines) -> nodes.Node:
        """Build a table; a paragraph says so where it would have no line."""
        if not lines:
            return nodes.paragraph("", "There is none.")
        serial = self.env.new_serialno("speed")
        rows: list[list[nodes.Node]] = [[nodes.Text(cell) for cell in line] for line in lines]
        caption = nodes.Text(self.options.get("caption", ""))
        return places.table(nodes.make_id(f"speed-{name}-{serial}"), caption, heads, rows, "speed")

    def figure(self, name: str, device: str, records: Records) -> list[nodes.Node]:
        """Show a picture that the benchmarks have drawn; its alternative text names the numbers."""
        file = Path(places.book(self.env)) / FOLDER / f"speed-{name}-{device}.png"
        if not file.exists():
            raise LookupError(f"there is no {file.name}: python -m benchmarks draws it")
        image = nodes.image(uri=file.name, alt=ALTERNATIVES[name](records))
        figure = nodes.figure("", image, ids=[f"fig-speed-{name}"], names=[f"fig-speed-{name}"])
        for paragraph in self.parse_content_to_nodes():
            figure += nodes.caption("", "", *paragraph.children)
        return [figure]


def chosen(records: Records, subject: str) -> Record:
    """Return the record of a subject."""
    if subject not in records:
        raise LookupError(f"nothing was measured of {subject!r}; there is {', '.join(records) or 'nothing'}")
    return records[subject]


def conditions(records: Records) -> list[nodes.Node]:
    """Say when and where it was measured, in a list of what the numbers depend on."""
    dates = sorted(record.date for record in records.values())
    when = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    minutes = sum(record.seconds for record in records.values()) / 60
    found = [f"Measured: {when} (UTC), in {minutes:.0f} minutes."]
    known = {key: about for about in (record.machine for record in records.values()) for key in [same(about)]}
    for about in known.values():
        rates = about["rates"]
        gpu = f"{about['gpu']}, CUDA {about['cuda']}, cuDNN {about['cudnn']}; " if "gpu" in about else ""
        packages = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
        found += [
            f"Machine: {gpu}{about['processor']}, {about['cores']} cores, {about['memory_GB']} GB, "
            f"{about['system']}.",
            f"Products of matrices, one thread: {rates['numpy_product_GFLOP_per_s']} GFLOP/s in NumPy "
            f"(OpenBLAS for {about['openblas']}), {rates['torch_product_GFLOP_per_s']} GFLOP/s in PyTorch "
            f"({about['pytorch']}). Memory is copied at {rates['copy_GB_per_s']} GB/s.",
            f"Versions: Python {about['python']}, {packages}.",
        ]
    return [nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", text)) for text in found))]


def same(about: dict[str, object]) -> str:
    """Return what two records of one machine share: all but what was busy and how fast it was just then."""
    return str({key: value for key, value in about.items() if key not in ("load", "rates")})


def steps_alternative(records: Records) -> str:
    """Describe the cost of a step over the number of steps."""
    rows = [row for row in chosen(records, "steps").rows if row.unit == "exponent"]
    told = [
        f"{row.what.split()[2].rstrip(',')} in {row.who} {statistics.median(row.ours):.2f}" for row in rows
    ]
    what = "Lines of the microseconds a step takes, over the number of steps"
    return f"{what}. Their exponents: {', '.join(told)}."


def layers_alternative(records: Records) -> str:
    """Describe the ratios of NumPy to torch.nn."""
    rows = [
        row
        for row in chosen(records, "rnn").rows
        if row.floor and row.who == "NumPy" and "backward" in row.what and row.threads == 1
    ]
    told = [f"{row.what.partition(',')[0]} {row.case} {statistics.median(row.ratios):.2f}" for row in rows]
    return f"Dots of how many times as fast NumPy is as torch.nn, with one thread: {'; '.join(told)}."


ALTERNATIVES = {"steps": steps_alternative, "layers": layers_alternative}


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("speed", Speed)
