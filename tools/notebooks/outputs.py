"""Compare the outputs of one cell: those stored, which the book shows, with those it puts out now."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

from nbformat import NotebookNode
from PIL import Image, UnidentifiedImageError

from tools.notebooks.figures import FigureDifference, figure_difference
from tools.notebooks.html import page_difference, take_apart
from tools.notebooks.normalise import GLUED, bare, merge_streams
from tools.notebooks.numbers import Tolerance, difference

PICTURES = ("image/png", "image/jpeg", "image/webp")

# Stores the pictures of a difference under a name and returns where they lie.
Keep = Callable[[str, dict[str, Image.Image]], str]


@dataclass(frozen=True)
class Part:
    """One thing that a cell shows: a stream, an error, or one representation of a displayed object."""

    kind: str
    content: str


def parts(outputs: list[NotebookNode]) -> list[Part]:
    """Return what a cell shows, in order: chunks of a stream as one, widgets that have HTML left out."""
    found = []
    for output in merge_streams([NotebookNode(output) for output in outputs]):
        if output.output_type == "stream":
            found.append(Part(output.name, "".join(output.text)))
        elif output.output_type == "error":
            found.append(Part("error", f"{output.ename}: {output.evalue}"))
        else:
            data = bare(output.data)
            found += [Part(mime.removeprefix(GLUED), _text(data[mime])) for mime in sorted(data)]
    return found


def _text(value: object) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True)


def output_differences(
    stored: list[NotebookNode], new: list[NotebookNode], tolerance: Tolerance, keep: Keep
) -> list[str]:
    """Return what differs between a cell's stored outputs and its new ones, a text each."""
    a, b = parts(stored), parts(new)
    if [part.kind for part in a] != [part.kind for part in b]:
        return [_other_parts(a, b)]
    found = []
    for number, (left, right) in enumerate(zip(a, b, strict=True), 1):
        if left.kind in PICTURES:
            why = _picture(left.content, right.content, tolerance, f"{number}", keep)
        elif left.kind == "text/html":
            why = _html(left.content, right.content, tolerance, f"{number}", keep)
        else:
            why = difference(left.content, right.content, tolerance)
        if why:
            found.append(f"output {number} ({left.kind}), {why}")
    return found


def _other_parts(stored: list[Part], new: list[Part]) -> str:
    shown = [", ".join(part.kind for part in side) or "nothing" for side in (stored, new)]
    text = f"the cell does not put out what is stored:\n  stored: {shown[0]}\n  now:    {shown[1]}"
    for part in new:
        if part.kind == "stderr" and part.kind not in [other.kind for other in stored]:
            text += f"\n  on standard error: {part.content.strip()[:500]}"
    return text


def _picture(stored: str, new: str, tolerance: Tolerance, name: str, keep: Keep) -> str | None:
    return _bytes(base64.b64decode(stored), base64.b64decode(new), tolerance, name, keep)


def _html(stored: str, new: str, tolerance: Tolerance, name: str, keep: Keep) -> str | None:
    a, b = take_apart(stored), take_apart(new)
    why = page_difference(a, b, tolerance)
    if why:
        return why
    for number, (left, right) in enumerate(zip(a.frames, b.frames, strict=True), 1):
        why = _bytes(left, right, tolerance, f"{name}-frame-{number}", keep)
        if why:
            return f"frame {number} of {len(a.frames)}: {why}"
    return None


def _bytes(stored: bytes, new: bytes, tolerance: Tolerance, name: str, keep: Keep) -> str | None:
    found = figure_difference(stored, new, tolerance.pixels)
    if found is None:
        return None
    return f"{found.why}\n  pictures: {keep(name, _pictures(stored, new, found))}"


def _pictures(stored: bytes, new: bytes, found: FigureDifference) -> dict[str, Image.Image]:
    """Return the pictures to look at: stored, now, and the latter with the difference marked."""
    shown = {"difference": found.shown} if found.shown else {}
    for name, picture in (("stored", stored), ("now", new)):
        try:
            shown[name] = Image.open(io.BytesIO(picture)).convert("RGBA")
        except (UnidentifiedImageError, OSError):
            continue  # the sentence says that it cannot be read
    return shown
