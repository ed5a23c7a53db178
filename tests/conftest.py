"""What a test of a numbered equation measured, kept for the page that lists the equations.

A test marked ``@pytest.mark.equation("eq-x")`` takes the fixture ``measure`` and calls
``measure("eq-x", error, tolerance)``. At the end of the session the largest error of each equation is set
beside the one that the book prints and that ``book/appendix/equations.json`` holds; ``pytest --write-errors``
stores it.
"""

import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_UP, Context, Decimal
from pathlib import Path
from typing import Any, cast

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

STORED = ROOT / "book" / "appendix" / "equations.json"
# The stored errors come from one machine. On another the sums run in another order, and 2e-16 may be 9e-16;
# it is not 1e-13. So a factor of 100 is granted, on no less than a rounding error of the test's precision.
SLACK = 100.0
DOUBLE, SINGLE = 2.3e-16, 1.2e-7

Measure = Callable[[str, float, float], None]


@dataclass
class Record:
    """The largest error of one equation, the test that measured it, and the loosest tolerance of any test."""

    error: float
    tolerance: float
    test: str

    def joined(self, other: "Record") -> "Record":
        worse = other if other.error > self.error else self
        return Record(worse.error, max(self.tolerance, other.tolerance), worse.test)


def rounded_up(error: float) -> str:
    """One significant digit, never less than the number: 1.3e-16 gives ``2e-16``."""
    if error == 0:
        return "0"
    value = Context(prec=1, rounding=ROUND_UP).create_decimal(Decimal(error))
    return f"{value.as_tuple().digits[0]}e{value.adjusted()}"


def staleness(label: str, record: Record, stored: dict[str, Any]) -> str | None:
    """Say why the stored entry no longer tells the truth about this measurement, if it does not."""
    unit = DOUBLE if record.tolerance < 1e-8 else SINGLE
    if record.error > SLACK * max(float(stored["error"]), unit):
        return f"{label}: stored as {stored['error']}, measured {rounded_up(record.error)} by {record.test}"
    if record.tolerance > stored["tolerance"]:
        return f"{label}: stored with the tolerance {stored['tolerance']:g}, tested with {record.tolerance:g}"
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-errors",
        action="store_true",
        help="store the measured errors in book/appendix/equations.json",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # xdist's workers report to the process that leads them
        config.pluginmanager.register(Ledger(bool(config.getoption("write_errors"))), "equation-ledger")


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Measure:
    """``measure(label, error, tolerance)`` fails unless ``0 <= error <= tolerance``, and keeps the error."""
    node = request.node
    labels = {label for marker in node.iter_markers("equation") for label in marker.args}

    def keep(label: str, error: float, tolerance: float) -> None:
        __tracebackhide__ = True
        error, tolerance = float(error), float(tolerance)
        if label not in labels:
            pytest.fail(f"{label}: measured in a test that is not marked @pytest.mark.equation({label!r})")
        if not (math.isfinite(tolerance) and tolerance >= 0):
            pytest.fail(f"{label}: expected a finite tolerance of at least 0, got {tolerance}")
        if error < 0:
            pytest.fail(f"{label}: expected an error of at least 0, got {error:.3g}; is abs() missing?")
        if not error <= tolerance:
            pytest.fail(f"{label}: the error is {error:.3g}, the tolerance {tolerance:.3g}")
        node.user_properties.append(("equation measured", (label, error, tolerance)))

    return keep


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("equation"):
        item.user_properties.extend(("equation marked", label) for label in marker.args)


class Ledger:
    """Joins what the tests of all workers report, and settles it with the stored file at the end."""

    def __init__(self, write: bool) -> None:
        self.write = write
        self.records: dict[str, Record] = {}
        self.owed: set[tuple[str, str]] = set()  # (test, label) of markers
        self.paid: set[tuple[str, str]] = set()  # (test, label) of measurements
        self.lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" or not report.passed:
            return
        test = report.nodeid.split("[")[0]
        for kind, value in report.user_properties:
            if kind == "equation marked":
                self.owed.add((test, str(value)))
            elif kind == "equation measured":
                label, error, tolerance = cast("tuple[str, float, float]", value)
                record = Record(error, tolerance, test)
                self.records[label] = self.records.get(label, record).joined(record)
                self.paid.add((test, label))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
        unpaid = self.owed - self.paid
        problems = [f"{label}: {test} is marked with it and never measures it" for test, label in unpaid]
        if self.write and session.testsfailed:
            problems.append("nothing was stored: some tests failed")
        elif self.write:
            self.store(stored)
        else:
            problems += self.stale(stored)
        self.lines += sorted(problems)
        if problems and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def stale(self, stored: dict[str, Any]) -> list[str]:
        known = [label for label in self.records if label in stored]
        found = [staleness(label, self.records[label], stored[label]) for label in known]
        return [f"{line}. If that is right: python -m pytest --write-errors" for line in found if line]

    def store(self, stored: dict[str, Any]) -> None:
        """Write what was measured, and keep the entries of equations that were not tested this time."""
        from unrolled_ext import scan

        marked = {place.label for place in scan.proofs(ROOT)}
        fresh = {
            label: {"error": rounded_up(record.error), "tolerance": record.tolerance, "test": record.test}
            for label, record in self.records.items()
        }
        entries = {label: entry for label, entry in {**stored, **fresh}.items() if label in marked}
        STORED.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        self.lines.append(f"stored {len(entries)} errors, {len(fresh)} measured now, in {STORED.name}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.lines:
            terminalreporter.section("equations of the book")
            for line in self.lines:
                terminalreporter.line(line)
