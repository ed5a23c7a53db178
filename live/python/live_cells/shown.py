"""What a cell puts out: printed text in pieces, and the value of its last line as a notebook shows it."""

from __future__ import annotations

import base64
import io
import pprint
import time
from collections.abc import Callable
from typing import Any

Send = Callable[[str, str], None]
PAUSE = 0.05  # seconds between two pieces of printed text: a message each would take longer than the printing


def _unheard(kind: str, content: str) -> None:
    """Send nothing: no session has begun."""


emit: Send = _unheard  # the session's: sends after what has been printed


class Printed(io.TextIOBase):
    """A text stream that goes to the page in pieces."""

    def __init__(self, kind: str, send: Send) -> None:
        self.kind, self.send = kind, send
        self.pieces: list[str] = []
        self.sent = time.monotonic()

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Keep the text; send what has come together when some time has passed."""
        self.pieces.append(text)
        if time.monotonic() - self.sent > PAUSE:
            self.push()
        return len(text)

    def push(self) -> None:
        """Send what has come together."""
        if self.pieces:
            self.send(self.kind, "".join(self.pieces))
            self.pieces.clear()
        self.sent = time.monotonic()


def show(value: Any) -> None:
    """Show a value by the richest form that it has and a page can show."""
    if value is None:
        return
    if hasattr(value, "_ipython_display_"):
        value._ipython_display_()
        return
    for name, kind in (("_repr_html_", "html"), ("_repr_markdown_", "markdown")):
        made = getattr(value, name, None)
        if callable(made) and not isinstance(value, type) and (text := made()) is not None:
            emit(kind, text)
            return
    bundle = getattr(value, "_repr_mimebundle_", None)
    if callable(bundle) and not isinstance(value, type) and "text/html" in (data := bundle()):
        emit("html", data["text/html"])
        return
    if hasattr(value, "_repr_png_") and (png := value._repr_png_()) is not None:
        emit("image", base64.b64encode(png).decode())
        return
    emit("text", pprint.pformat(value, sort_dicts=False) + "\n")
