"""What a run has measured: rows, the records of subjects, and the file that keeps them.

The file is JSON: ``{"schema": 1, "subjects": {name: record}}``. A record says what it is about, when, where
and how it was measured, and holds rows; a row holds every round, not the medians alone. Only the standard
library is needed here: the book is built from such a file.
"""

import json
import os
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.promises import PROMISES, Promise

SCHEMA = 1
NEAR = 0.95  # of a promise; a median of rounds that lie on both sides of it says no more
SUBJECTS = ("text", "skipgram", "rnn", "steps", "memory", "bleu", "beam_search", "vectors", "book", "pages")


@dataclass(frozen=True)
class Row:
    """One line of the table: ours beside a peer, or, without a peer, ours alone.

    Attributes
    ----------
    what, case : str
        What is done, and to how much.
    who, peer : str
        Whose work it is, and whom it is compared with; no peer is an empty text.
    threads : int
        So many threads each.
    unit : str
        Of all numbers: ``s``, ``B``, or a word.
    ours, theirs : list of float
        A number for each round.
    floor : list of float
        The time of what nobody can leave out, in the same rounds; empty where it was not measured.
    operations : float
        Floating-point operations of the products of matrices in one pass; 0 where nobody counted.
    promise : str
        A key of `PROMISES`; empty where nothing is promised.
    more : bool
        Whether more is better.
    """

    what: str
    case: str
    who: str
    peer: str = ""
    threads: int = 1
    unit: str = "s"
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    operations: float = 0.0
    promise: str = ""
    more: bool = False

    @property
    def ratios(self) -> list[float]:
        """How many times as good ours was as the peer's, round by round."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return [ours / theirs if self.more else theirs / ours for ours, theirs in pairs] if self.peer else []

    @property
    def promised(self) -> Promise | None:
        """What is promised."""
        return PROMISES[self.promise] if self.promise else None

    @property
    def best_ratio(self) -> float | None:
        """The ratio to the peer that would be left if all but the floor took no time."""
        return statistics.median(self.theirs) / statistics.median(self.floor) if self.floor else None

    @property
    def verdict(self) -> str:
        """Say ``holds`` or ``misses``; ``limit`` where nobody could keep it; nothing if nothing is promised.

        A number counts as it is printed, with two decimals. ``even`` is what nobody can tell from a promise
        that is kept: the rounds lie on both sides of it, and their median within a twentieth below.
        """
        promise = self.promised
        if promise is None:
            return ""
        if promise.most is not None:
            return "holds" if round(statistics.median(self.ours), 2) <= promise.most else "misses"
        least = round(promise.least or 0, 2)
        if round(statistics.median(self.ratios), 2) >= least:
            return "holds"
        if statistics.median(self.ratios) >= NEAR * least and max(self.ratios) >= least:
            return "even"
        best = self.best_ratio
        return "limit" if best is not None and round(best, 2) < least else "misses"


@dataclass(frozen=True)
class Record:
    """One subject's measurements, with what they depend on."""

    title: str
    date: str  # UTC, to the minute
    seconds: float  # that the measuring took
    device: str  # cpu or cuda
    quick: bool  # True for a trial that measures nothing worth keeping
    machine: dict[str, Any]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)


def read(path: Path) -> dict[str, Record]:
    """Read the records of a file, by subject; a file that does not exist has none.

    Raises
    ------
    ValueError
        If it is no such file.
    """
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']}")
        return {name: _record(stored) for name, stored in document["subjects"].items()}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path}: expected measurements of schema {SCHEMA}, got {error!r}; "
            "remove the file, or name another one with --json"
        ) from error


def _record(stored: dict[str, Any]) -> Record:
    """Make a record of what JSON holds; TypeError if a name is missing or unknown."""
    rows = [Row(**row) for row in stored["rows"]]
    for row in rows:
        numbers = [*row.ours, *row.theirs, *row.floor]
        if not row.ours or not all(isinstance(number, int | float) for number in numbers):
            raise ValueError(f"the row {row.what!r}, {row.case!r} holds no numbers")
        if len(row.theirs) != (len(row.ours) if row.peer else 0) or row.promise not in {"", *PROMISES}:
            raise ValueError(f"the row {row.what!r}, {row.case!r} does not fit together")
    return Record(**{**stored, "rows": rows})


def merge(path: Path, records: dict[str, Record]) -> None:
    """Put records into a file, in place of those of the same subjects; the others stay."""
    kept = read(path) | records
    document = {"schema": SCHEMA, "subjects": {name: _plain(record) for name, record in kept.items()}}
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)


def _plain(record: Record) -> dict[str, Any]:
    """Return a record as JSON holds it: numbers to six digits, and of a row only what is not as always."""
    stored, usual = asdict(record), asdict(Row("", "", ""))
    stored["rows"] = [
        {
            name: [float(f"{number:.6g}") for number in value] if isinstance(value, list) else value
            for name, value in row.items()
            if name in ("what", "case", "who") or value != usual[name]
        }
        for row in stored["rows"]
    ]
    return stored
