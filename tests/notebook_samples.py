"""Small notebooks and figures for the tests of the notebook tools."""

import base64
import io
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from nbformat import NotebookNode

from tools.notebooks.normalise import normalise


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(**data: str) -> NotebookNode:
    """Return a displayed output; ``text_html`` stands for text/html."""
    return nbformat.v4.new_output(
        "display_data", data={mime.replace("_", "/", 1): value for mime, value in data.items()}
    )


def error(name: str, message: str) -> NotebookNode:
    return nbformat.v4.new_output(
        "error", ename=name, evalue=message, traceback=["File /home/me/x.py, line 1"]
    )


def code(source: str, outputs: list[NotebookNode], count: int | None = 1, **metadata: Any) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=count, metadata=metadata)


def notebook(*cells: NotebookNode) -> NotebookNode:
    """Return a normalised notebook of these cells."""
    return normalise(nbformat.v4.new_notebook(cells=list(cells)))


def curves(
    axes: Axes,
    *,
    up: float = 0.0,
    colours: tuple[str, str] = ("C0", "C1"),
    width: float = 1.5,
    grid: float = 0.3,
) -> None:
    """Draw a sine, lifted by `up`, and a cosine."""
    x = np.linspace(0, 10, 200)
    axes.plot(x, np.sin(x) + up, colours[0], lw=width)
    axes.plot(x, 0.7 * np.cos(x), colours[1], lw=width)
    axes.grid(alpha=grid)
    axes.set_ylim(-1.2, 1.2)
    axes.set_xlabel("step")


def png(
    draw: Callable[[Axes], object], dpi: int = 100, size: tuple[float, float] = (6.4, 4.8), **options: Any
) -> bytes:
    """Return the figure that `draw` makes on fresh axes; `size` in inches."""
    figure = Figure(figsize=size, dpi=dpi)
    draw(figure.add_subplot())
    stored = io.BytesIO()
    figure.savefig(stored, format="png", **options)
    return stored.getvalue()


def base64_png(draw: Callable[[Axes], object], **options: Any) -> str:
    return base64.b64encode(png(draw, **options)).decode("ascii")


# What lifts the sine by one pixel at 100 dpi: the axes are 0.77 * 4.8 inches high and hold 2.4 units.
PIXEL = 2.4 / (0.77 * 4.8 * 100)
