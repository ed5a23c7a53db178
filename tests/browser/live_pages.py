"""What a page's live cells put out, beside what is stored in its notebook."""

from __future__ import annotations

import base64
import io
import re
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nbformat import NotebookNode
from PIL import Image, ImageFilter
from playwright.sync_api import TimeoutError

from tools.notebooks.cells import terms
from tools.notebooks.html import take_apart
from tools.notebooks.numbers import Tolerance, difference
from tools.notebooks.outputs import Part, parts

# In place of the run that the button asks for: the exercises, then the other cells, whatever goes wrong.
PLAN = """() => {
  const { cells, kernel } = unrolledLive;
  const exercises = cells.filter((cell) => /^check\\(/m.test(cell.original)).map((cell) => cell.number);
  const others = cells.map((cell) => cell.number).filter((number) => !exercises.includes(number));
  kernel.queue.length = 0;
  kernel.finished = 0;
  const idle = kernel.on_idle.bind(kernel);
  kernel.on_idle = () => { kernel.finished += 1; idle(); };
  kernel.ask({ targets: exercises, afresh: false, through: true });
  kernel.ask({ targets: others, afresh: true, through: true });
}"""
DONE = "unrolledLive.kernel.finished"
CONTENT = """() => unrolledLive.cells.map((cell) => ({
  how: cell.node.dataset.ran || "", parts: cell.outputs.parts,
}))"""
KINDS = {"text": "stdout", "warning": "stderr", "image": "image/png", "html": "text/html"}
# A page's integers have 32 bits, and its NumPy is older: it prints no shape after an array that it shortens.
OTHERWISE = (
    (re.compile(r",\s+dtype=int(32|64)\)"), ")"),
    (re.compile(r"\bint(32|64)\b"), "int"),
    (re.compile(r", shape=\([\d, ]+\)\)"), ")"),
)
SLACK = 4  # a cell that states a tolerance trains for long, and training amplifies the last digit
RTOL, ATOL = 1e-6, 1e-9  # another C library, another BLAS, one precision of sums: less than a notebook's own
ALIKE = (
    0.55  # correlation of two figures' patches: 0.66 where an older matplotlib sets it out otherwise, mostly
)
# 0.9 and more; of two different figures 0.45 at most
# A page's matplotlib makes room for lines between two axes, so that these stand further apart.
SET_OUT_OTHERWISE = {"code-tokens-the-cat-saw-the-dog"}
SIZE, BLUR, PATCHES = (480, 320), 10, (48, 32)


@dataclass
class Compared:
    """How a page's cells agreed: how many ran whole, in part, not at all; how many were not reached."""

    ran: dict[str, int] = field(default_factory=lambda: {"all": 0, "part": 0, "none": 0})
    unreached: int = 0
    differing: list[str] = field(default_factory=list)


def ran_cells(page: Any, seconds: float, patience: float) -> tuple[list[dict[str, Any]], float]:
    """Run the exercises of an open page, then its cells in order for a time; return what all of them put out.

    Parameters
    ----------
    page
        Playwright's.
    seconds
        How long the cells may run, the exercises and the start apart.
    patience
        How long the start and the exercises may take.

    Returns
    -------
    cells, seconds
        For each cell ``how`` (``all``, ``part``, ``none``, ``error``; nothing where it did not run) and
        ``parts``; the time from the click to the last output.
    """
    began = time.monotonic()
    page.locator(".live-bar button").first.evaluate("(button) => button.click()")
    page.wait_for_function("window.unrolledLive", timeout=1000 * patience)
    page.evaluate(PLAN)
    page.wait_for_function(f"{DONE} >= 1", timeout=1000 * patience)
    try:
        page.wait_for_function(f"{DONE} >= 2", timeout=min(1000 * seconds, 3.6e6))
    except TimeoutError:  # those that have ended count
        page.evaluate("unrolledLive.kernel.end()")
    return page.evaluate(CONTENT), time.monotonic() - began


def compare(cells: list[NotebookNode], ran: list[dict[str, Any]]) -> Compared:
    """Compare the cells of a notebook with what their live twins put out."""
    found = Compared()
    for cell, live in zip(cells, ran, strict=True):
        how = live["how"]
        if not how:
            found.unreached += 1
            continue
        if how not in found.ran:
            found.differing.append(f"{cell.id}: {live['parts'][-1]['content']}")
            continue
        found.ran[how] += 1
        if "process_time(" in cell.source or cell.id in SET_OUT_OTHERWISE:
            continue  # it ran without an error; what it measured or how it is set out is the page's own
        new = [Part(KINDS.get(part["kind"], part["kind"]), part["content"]) for part in live["parts"]]
        why = differs(parts(cell.outputs), new, tolerance(cell), whole=how == "all")
        found.differing += [f"{cell.id}: {sentence}" for sentence in why]
    return found


def tolerance(cell: NotebookNode) -> Tolerance:
    """Return what a cell grants between two processors, times a few, and no less than a page needs."""
    own = terms(cell).tolerance
    return Tolerance(max(SLACK * own.rtol, RTOL), max(SLACK * own.atol, ATOL), own.pixels)


def differs(stored: list[Part], new: list[Part], granted: Tolerance, *, whole: bool) -> list[str]:
    """Say what of the new outputs is not as stored; of a cell that ran in part, what is not stored at all."""
    stored = [part for part in stored if part.kind != "text/plain" or len(stored) == 1]
    if not whole:
        lines = [line for part in stored if part.kind == "stdout" for line in part.content.splitlines()]
        said = [line for part in new if part.kind == "stdout" for line in part.content.splitlines()]
        strange = [
            line for line in said if line.strip() and not any(same(line, old, granted) for old in lines)
        ]
        return [f"not stored: {line}" for line in strange[:3]]
    if [part.kind.removeprefix("text/") for part in stored] != [p.kind.removeprefix("text/") for p in new]:
        kinds = [", ".join(part.kind for part in side) or "nothing" for side in (stored, new)]
        extra = "; ".join(p.content[:300] for p in new if p.kind in ("stderr", "error"))
        return [f"stored: {kinds[0]}; now: {kinds[1]} {extra}"]
    pairs = zip(stored, new, strict=True)
    return [why for old, part in pairs if (why := part_differs(old, part, granted))]


def same(line: str, stored: str, granted: Tolerance) -> bool:
    """Say whether two lines say the same."""
    return difference(plain(stored), plain(line), granted) is None


def part_differs(stored: Part, new: Part, granted: Tolerance) -> str | None:
    """Say how two outputs of a kind differ: texts by words and numbers, pictures by what they show."""
    if stored.kind == "image/png":
        return picture_differs(stored.content, new.content)
    if stored.kind == "text/html":
        a, b = take_apart(stored.content), take_apart(new.content)
        if len(a.frames) != len(b.frames):
            return f"{len(a.frames)} frames are stored, there are now {len(b.frames)}"
        said = ["\n".join([page.visible_text(), *page.alts]) for page in (a, b)]
        return difference(said[0], said[1], granted)
    return difference(plain(stored.content), plain(new.content), granted)


def plain(text: str) -> str:
    """Return a text without what is written otherwise in a page, whatever the numbers."""
    for pattern, written in OTHERWISE:
        text = pattern.sub(written, text)
    return text


def picture_differs(stored: str, new: str) -> str | None:
    """Say whether two figures look different: in shape, or in where they are dark and light."""
    a, b = (Image.open(io.BytesIO(base64.b64decode(text))).convert("L") for text in (stored, new))
    if abs(a.width / a.height - b.width / b.height) > 0.02:
        return f"a figure of {a.size} became one of {b.size}"
    dark = [patches(picture) for picture in (a, b)]
    alike = float(np.corrcoef(dark[0].ravel(), dark[1].ravel())[0, 1])
    return None if alike >= ALIKE else f"a figure looks different (correlation {alike:.2f})"


def patches(picture: Image.Image) -> np.ndarray:
    """Return how dark a picture is, patch by patch, blurred: another matplotlib sets its ticks elsewhere."""
    soft = picture.resize(SIZE, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(BLUR))
    return 255.0 - np.asarray(soft.resize(PATCHES, Image.Resampling.BOX), dtype=float)
