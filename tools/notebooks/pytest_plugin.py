"""``pytest --nbval``, with the book's comparison in the place of nbval's, and its guards.

Each notebook gives nbval's items, one for a code cell, whose outputs are compared by `outputs`; before them
one for what is stored (`guards`), after them one for the time it took. Pictures that differ are kept under
``_build/notebook-diffs``.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
from jupyter_client.manager import KernelManager
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError
from PIL import Image

from tools.notebooks.cells import terms
from tools.notebooks.count import Count, count
from tools.notebooks.environment import SEED_WHEN_CHECKED, kernel_environment, kernel_sockets
from tools.notebooks.files import ROOT, read, shown
from tools.notebooks.guards import stored_problems
from tools.notebooks.outputs import output_differences

DIFFERENCES = ROOT / "_build" / "notebook-diffs"
CELL_TIMEOUT = 300.0  # seconds
NOTEBOOK_LIMIT = 120.0  # seconds; a chapter's 60, twice, for two of them share the machine
SECONDS = "notebook_seconds"


class NotebookProblem(Exception):
    """What is wrong with a notebook, in words."""


class BookNotebook(IPyNbFile):
    """A notebook, run in the same environment as when it was stored."""

    seconds = 0.0

    def setup(self) -> None:
        """Start the kernel."""
        shutil.rmtree(self.kept_in, ignore_errors=True)
        manager = partial(KernelManager, **kernel_sockets())  # nbval has no option for it
        with (
            mock.patch.dict(os.environ, kernel_environment(SEED_WHEN_CHECKED)),
            mock.patch("nbval.kernel.KernelManager", manager),
        ):
            super().setup()

    def collect(self) -> Iterator[pytest.Item]:
        """Yield what is to be checked, in order."""
        yield StoredOutputs.from_parent(self, name="stored outputs")
        for cell in super().collect():
            yield BookCell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )
        yield RunTime.from_parent(self, name="run time")

    @property
    def kept_in(self) -> Path:
        """The folder for this notebook's pictures that differ."""
        inside = self.path.is_relative_to(ROOT)
        return DIFFERENCES / (self.path.relative_to(ROOT) if inside else Path(self.path.name)).with_suffix("")


class BookCell(IPyNbCell):
    """A code cell, whose every output is compared."""

    def __init__(self, **arguments: object) -> None:
        super().__init__(**arguments)
        self.output_timeout = 60  # nbval waits 5 s for the last message, too short on a busy machine

    def runtest(self) -> None:
        """Run the cell and compare its outputs, also when none is stored."""
        begin = time.perf_counter()
        try:
            super().runtest()
        finally:
            self.parent.seconds += time.perf_counter() - begin
        if self.cell.execution_count is None and self.test_outputs:
            self.raise_cell_error("The cell puts something out, and nothing is stored: it was never run")

    def compare_outputs(self, test: list, ref: list, skip_compare: object = None) -> bool:
        """Compare what the cell puts out (`test`) with what is stored (`ref`)."""
        self.comparison_traceback = output_differences(ref, test, terms(self.cell).tolerance, self._keep)
        return not self.comparison_traceback

    def _keep(self, name: str, pictures: dict[str, Image.Image]) -> str:
        """Store the pictures of a difference; return their common path."""
        self.parent.kept_in.mkdir(parents=True, exist_ok=True)
        start = self.parent.kept_in / f"{self.cell.get('id', self.cell_num)}-{name}"
        for kind, picture in pictures.items():
            picture.save(f"{start}-{kind}.png")
        return f"{shown(start)}-({'|'.join(sorted(pictures))}).png"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        """Say which cell, show it, and say what differs."""
        error = excinfo.value
        if not isinstance(error, NbCellError):
            return super().repr_failure(excinfo)
        cell = f"{shown(self.path)}, code cell {self.cell_num} ({self.cell.get('id', '')})"
        source = "\n".join(f"    {line}" for line in error.source.splitlines())
        return f"{cell}: {error}\n\n{source}\n\n{error.inner_traceback or ''}"

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where this is."""
        return self.path, 0, f"{shown(self.path)}::{self.name}"


class _Whole(pytest.Item):
    """An item about a notebook as a whole."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        """Say what is wrong, without a stack."""
        if isinstance(excinfo.value, NotebookProblem):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where this is."""
        return self.path, 0, f"{shown(self.path)}::{self.name}"


class StoredOutputs(_Whole):
    """What is stored can be compared."""

    def runtest(self) -> None:
        """Look at what is stored."""
        problems = stored_problems(read(self.path))
        if problems:
            raise NotebookProblem("\n".join(f"{shown(self.path)}: {problem}" for problem in problems))


class RunTime(_Whole):
    """The notebook does not take too long."""

    def runtest(self) -> None:
        """Look at the time that its cells took."""
        seconds = self.parent.seconds
        self.user_properties.append((SECONDS, (shown(self.path), seconds)))
        limit = self.config.getoption("notebook_limit")
        if seconds > limit:
            raise NotebookProblem(f"{shown(self.path)}: took {seconds:.1f} s, more than {limit:g} s")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the limit of a notebook's time."""
    parser.getgroup("nbval").addoption(
        "--notebook-limit", type=float, default=NOTEBOOK_LIMIT, help="seconds that a notebook may take"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set nbval's options as the book needs them."""
    if config.getoption("nbval_lax") or config.getoption("nbval_sanitize_with"):
        raise pytest.UsageError("the book compares every output as it is: use --nbval alone")
    if not config.getoption("nbval"):
        return
    if not config.getoption("nbval_kernel_name"):
        config.option.nbval_current_env = True  # this Python, not one that a reader's settings name
    if config.getoption("dist", "no") == "load":
        config.option.dist = "loadfile"  # the cells of a notebook share a kernel, and so a worker
    config.option.nbval_cell_timeout = min(config.option.nbval_cell_timeout, CELL_TIMEOUT)
    # nbval leaves the kernel's standard error open, which is the null device
    config.addinivalue_line("filterwarnings", "ignore:unclosed file .*null:ResourceWarning")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Put the book's notebook in the place of nbval's."""
    found = yield
    return [
        BookNotebook.from_parent(parent, path=file_path) if isinstance(collector, IPyNbFile) else collector
        for collector in found
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how much was compared and how long each notebook took."""
    times = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            times.update(value for key, value in getattr(report, "user_properties", []) if key == SECONDS)
    if not times:
        return
    total = sum((count(read(ROOT / path)) for path in times), Count())
    terminalreporter.section("notebooks")
    for path, seconds in sorted(times.items()):
        terminalreporter.line(f"{seconds:6.1f} s  {path}")
    terminalreporter.line(f"{total.compared} outputs compared, {total.ignored} cells ignored")
