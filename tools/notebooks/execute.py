"""Run a notebook from top to bottom in a fresh kernel and store what it puts out."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import jupytext
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.notebooks.environment import (
    KERNEL_NAME,
    SEED_WHEN_STORED,
    KernelSpecs,
    kernel_environment,
    kernel_sockets,
)
from tools.notebooks.normalise import normalise

CELL_TIMEOUT = 600  # seconds: a cell that hangs, not one that is slow


class NotebookFailed(Exception):
    """A cell of the notebook failed: there is nothing to store."""


@dataclass
class Run:
    """What a run gave: the normalised notebook, its seconds in all, and each code cell's (seconds, id)."""

    notebook: NotebookNode
    seconds: float
    cells: list[tuple[float, str]]

    def slowest(self, number: int = 3) -> list[tuple[float, str]]:
        """Return the slowest cells, the slowest first."""
        return sorted(self.cells, reverse=True)[:number]


def execute(notebook: NotebookNode, folder: Path) -> Run:
    """Run every cell in a fresh kernel of this Python, in `folder`; the notebook given stays as it was.

    Raises
    ------
    NotebookFailed
        If a cell raises (one tagged ``raises-exception`` may), hangs or takes the kernel down.
    """
    notebook = normalise(notebook)
    started: dict[int, float] = {}
    cells: list[tuple[float, str]] = []

    def start(cell: NotebookNode, cell_index: int) -> None:
        started[cell_index] = time.perf_counter()

    def stop(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        cells.append((time.perf_counter() - started[cell_index], cell.id))

    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name=KERNEL_NAME, kernel_spec_manager=KernelSpecs(), **kernel_sockets()),
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors; not that localhost is not encrypted
        timeout=CELL_TIMEOUT,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=start,
        on_cell_executed=stop,
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    begin = time.perf_counter()
    try:
        client.execute(env=kernel_environment(SEED_WHEN_STORED), cleanup_kc=True)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise NotebookFailed(str(error)) from error
    seconds = time.perf_counter() - begin
    return Run(normalise(notebook), seconds, cells)


def notebook_from_text(text: str) -> NotebookNode:
    """Return the notebook a MyST or Markdown text stands for, not yet run: same text, same notebook."""
    form = "md:myst" if re.search(r"^(```+\{code-cell\}|\+\+\+)", text, re.MULTILINE) else "md:markdown"
    return normalise(jupytext.reads(text, fmt=form))


def text_from_notebook(notebook: NotebookNode) -> str:
    """Return the MyST text of a notebook, without outputs; `notebook_from_text` gives the notebook back."""
    notebook = normalise(notebook)
    notebook.metadata["jupytext"] = {"notebook_metadata_filter": "all,-language_info"}
    return jupytext.writes(notebook, fmt="md:myst").rstrip("\n") + "\n"
