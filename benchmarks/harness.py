"""How everything here is measured: in turn, with the same threads, and with its result compared.

A subject (`benchmarks.text`, `benchmarks.rnn`, ...) is a generator of contests: the same work, done by
several sides. In each round every side has its turn, and the order turns round from one round to the next.
After the first round the results are compared: a fast wrong answer ends the run, with a status that is not
zero and a message that names the row. What cannot be a contest (bytes, exponents, page weights) a subject
measures itself and gives as a finished row; and a sentence that belongs beside the rows, as text.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine, report
from benchmarks.results import Record, Row, merge

Work = Callable[[], Any]
FLOOR = "floor"


def nothing() -> None:
    """Wait for nothing: on the CPU a call has done its work when it returns."""


@dataclass(frozen=True)
class Timing:
    """How one turn is timed.

    Attributes
    ----------
    clock : callable
        Seconds: by the clock on the wall, or ``time.process_time`` where one thread works, so that what else
        the machine does counts for nobody.
    pause : float
        Seconds before a turn, in which the threads of the side before go to sleep.
    warm : bool
        Whether a pass that does not count comes first.
    passes : int
        How many passes count: the least of their times is the turn's.
    synchronise : callable
        Waits for the device, before and after each pass.
    """

    clock: Callable[[], float] = time.perf_counter
    pause: float = 0.0
    warm: bool = False
    passes: int = 1
    synchronise: Work = nothing


@dataclass(frozen=True)
class Contest:
    """The same work, done by several sides.

    Attributes
    ----------
    what, case : str
        What is done, and to how much.
    sides : dict
        For each side a function of the round's number, which prepares what is not timed and returns the work.
    peer : str
        The side that the others are compared with; empty if nobody is.
    same : callable or None
        Says whether one's result, the first argument, is right; the second is the truth's.
    truth : str
        The side whose result the others are compared with; empty for the peer.
    promises : dict
        What is promised of a side: keys of ``PROMISES``.
    threads : int
        So many threads each.
    rounds : int
        How often each side has its turn, unless told otherwise.
    floor : callable or None
        What no program for the same machine can leave out, timed in turn with the sides.
    floor_of : tuple of str
        Whose floor that is.
    operations : float
        Of the products of matrices in one pass.
    after : callable or None
        Is given the name of each side and its result, after each turn.
    """

    what: str
    case: str
    sides: dict[str, Callable[[int], Work]]
    peer: str = ""
    same: Callable[[Any, Any], bool] | None = None
    truth: str = ""
    promises: dict[str, str] = field(default_factory=dict)
    threads: int = 1
    rounds: int = 5
    timing: Timing = Timing()
    floor: Work | None = None
    floor_of: tuple[str, ...] = ()
    operations: float = 0.0
    after: Callable[[str, Any], None] | None = None


@dataclass(frozen=True)
class Options:
    """What a run is told."""

    device: str = "cpu"
    rounds: int | None = None
    quick: bool = False
    select: tuple[str, ...] = ()

    def wants(self, *texts: str) -> bool:
        """Say whether a row of these names is to be measured."""
        return not self.select or any(word in " ".join(texts) for word in self.select)


@dataclass(frozen=True)
class Subject:
    """What a module of this folder measures."""

    name: str
    title: str
    contests: Callable[[Options], Iterator[Contest | Row | str]]
    devices: tuple[str, ...] = ("cpu",)


def always(work: Work) -> Callable[[int], Work]:
    """Return the same work in every round."""
    return lambda number: work


def timed(work: Work, timing: Timing) -> tuple[float, Any]:
    """Return the seconds of one turn, and the result of its last pass."""
    time.sleep(timing.pause)
    if timing.warm:
        work()
    seconds = []
    result = None
    for _ in range(timing.passes):
        result = None  # so that no pass finds less room than the first
        timing.synchronise()
        start = timing.clock()
        result = work()
        timing.synchronise()
        seconds.append(timing.clock() - start)
    return min(seconds), result


def measured(contest: Contest, options: Options) -> list[Row]:
    """Give every side its turns; a row for each side but the peer. A wrong result ends the run."""
    sides = dict(contest.sides)
    if contest.floor is not None:
        sides[FLOOR] = always(contest.floor)
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    with machine.limited(contest.threads):
        for number in range(1 if options.quick else options.rounds or contest.rounds):
            results = {}
            for name in turned(list(sides), number):
                least, results[name] = timed(sides[name](number), contest.timing)
                seconds[name].append(least)
                if contest.after is not None and name != FLOOR:
                    contest.after(name, results[name])
            if number == 0:
                compare(contest, results)
    return [row_of(contest, name, seconds) for name in contest.sides if name != contest.peer]


def turned(names: list[str], number: int) -> list[str]:
    """Return the order of a round: nobody always follows the same, whose threads may still be awake."""
    start = number // 2 % len(names)
    order = names[start:] + names[:start]
    return order[::-1] if number % 2 else order


def compare(contest: Contest, results: dict[str, Any]) -> None:
    """End the run if a side has not computed what the truth's has."""
    truth = contest.truth or contest.peer
    for name in contest.sides if contest.same is not None else ():
        if name not in (contest.peer, truth) and not contest.same(results[name], results[truth]):
            sys.exit(f"{contest.what}, {contest.case}: {name}: the result is not that of {truth}")


def row_of(contest: Contest, name: str, seconds: dict[str, list[float]]) -> Row:
    """Return the row of one side."""
    return Row(
        contest.what,
        contest.case,
        name,
        contest.peer,
        contest.threads,
        ours=seconds[name],
        theirs=seconds[contest.peer] if contest.peer else [],
        floor=seconds.get(FLOOR, []) if name in contest.floor_of else [],
        operations=contest.operations if name in contest.floor_of else 0.0,
        promise=contest.promises.get(name, ""),
    )


def measure(subject: Subject, options: Options) -> Record:
    """Measure a subject, and print each row as soon as it stands."""
    began, date = time.perf_counter(), datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    device = options.device if options.device in subject.devices else subject.devices[0]
    about = machine.describe(device)
    print(f"\n{subject.title}\n{report.conditions(about)}", flush=True)
    rows: list[Row] = []
    notes: list[str] = []
    for found in subject.contests(options):
        if isinstance(found, str):
            notes.append(found)
            print(f"  {found}", flush=True)
        elif options.wants(found.what, found.case):
            gc.collect()
            gc.freeze()  # what was there before is nobody's garbage
            new = [found] if isinstance(found, Row) else measured(found, options)
            rows += new
            print(*(report.line(row) for row in new), sep="\n", flush=True)
    seconds = round(time.perf_counter() - began, 1)
    return Record(subject.title, date, seconds, device, options.quick, about, rows, notes)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what every run may be told."""
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="default: cpu")
    parser.add_argument(
        "--rounds", type=positive, help="turns of each side; by default each row's own number"
    )
    parser.add_argument("--quick", action="store_true", help="a trial: one round of something small")
    parser.add_argument("--json", type=Path, metavar="PATH", help="put the measurements into this file")


def positive(text: str) -> int:
    """Read a number of rounds."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {number}")
    return number


def main(subject: Subject, given: list[str] | None = None) -> None:
    """Run one subject: ``python -m benchmarks.rnn``."""
    parser = argparse.ArgumentParser(description=subject.title)
    arguments(parser)
    parser.add_argument(
        "--select", nargs="+", default=[], metavar="WORD", help="rows that one of these is in"
    )
    told = parser.parse_args(given)
    if told.select and told.json:
        parser.error("--select with --json: some rows of a subject would take the place of all of them")
    machine.with_equal_instructions()
    device = machine.on_device(told.device)
    record = measure(subject, Options(device, told.rounds, told.quick, tuple(told.select)))
    if told.json:
        merge(told.json, {subject.name: record})
