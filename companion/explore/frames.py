"""What the reader sees for one setting of the controls: a picture, a text, or a table."""

import base64
import contextlib
import html
import io
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

DPI = 120
"""Pixels per inch of a stored picture: a figure 7 inches wide has 840, enough for a column of text."""


@dataclass(frozen=True)
class Frame:
    """One picture (``content`` is a ``data:`` address) or one piece of HTML."""

    kind: Literal["image", "html"]
    content: str
    width: int = 0
    height: int = 0

    def markup(self, alt: str) -> str:
        """Return the frame as HTML."""
        if self.kind == "html":
            return self.content
        return (
            f'<img class="unrolled-figure" src="{self.content}" alt="{html.escape(alt)}" '
            f'width="{self.width}" height="{self.height}">'
        )


def render(draw: Callable[..., object], values: Mapping[str, Any]) -> Frame:
    """Call ``draw`` and keep what it made.

    It may return a matplotlib figure (or axes), a text, or anything with HTML of its own such as a table;
    or return nothing and draw on the current figure, or print. Figures that it opened are closed.

    Raises
    ------
    TypeError
        If nothing came that can be shown.
    """
    before = _open_figures()
    printed = io.StringIO()
    try:
        if (plt := _pyplot()) is not None:
            plt.figure()  # a fresh one, for a draw that uses the current figure
        with contextlib.redirect_stdout(printed):
            made = draw(**values)
        return _frame(made, printed.getvalue())
    finally:
        for figure in _open_figures() - before:
            _pyplot().close(figure)


def text_frame(text: str) -> Frame:
    """Return a text as a frame that keeps its lines."""
    return Frame("html", f"<pre>{html.escape(text.rstrip())}</pre>")


def _frame(made: object, printed: str) -> Frame:
    if isinstance(made, str):
        return text_frame(made)
    if made is None and printed:
        return text_frame(printed)
    if made is None and (plt := _pyplot()) is not None and plt.gcf().axes:
        return _picture(plt.gcf())
    figure = getattr(made, "figure", None)  # axes have one; so has a figure: itself
    if figure is not None and hasattr(figure, "savefig"):
        return _picture(figure)
    if hasattr(made, "_repr_html_"):
        return Frame("html", made._repr_html_())
    came = "nothing, and drew and printed nothing" if made is None else type(made).__name__
    raise TypeError(f"draw: expected a matplotlib figure, a text or something with _repr_html_, got {came}")


def _picture(figure: Any) -> Frame:
    from companion.plots.png import png_bytes  # only here: a text needs no matplotlib

    data = png_bytes(figure, dpi=DPI)
    width, height = struct.unpack(">II", data[16:24])  # the header of a PNG file
    return Frame("image", "data:image/png;base64," + base64.b64encode(data).decode(), width, height)


def _pyplot() -> Any:
    """Return pyplot where somebody has imported it."""
    return sys.modules.get("matplotlib.pyplot")


def _open_figures() -> set[int]:
    plt = _pyplot()
    return set(plt.get_fignums()) if plt is not None else set()
