"""`explore`: one call, a slider that is live in JupyterLab and runs over stored frames in the built page."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from companion.explore import live
from companion.explore.controls import Control, control
from companion.explore.frames import Frame, render
from companion.explore.page import page

LIMIT_BYTES = 1_500_000
LIMIT_FRAMES = 1_000


@dataclass(frozen=True)
class Explorer:
    """What `explore` returns; a notebook shows it.

    Attributes
    ----------
    description : str
        The caption.
    controls : tuple of Control
        The sliders.
    html : str
        Everything the built page needs.
    size : int
        Bytes of ``html``.
    """

    draw: Callable[..., object]
    alt: Callable[..., str]
    description: str
    controls: tuple[Control, ...]
    start: tuple[int, ...]
    html: str

    @property
    def size(self) -> int:
        """Bytes of HTML."""
        return len(self.html.encode())

    def __repr__(self) -> str:
        """Say what can be moved: the same sentence on every machine."""
        said = "; ".join(
            f"{c.title} takes {len(c.values)} values from {c.labels[0]} to {c.labels[-1]}"
            for c in self.controls
        )
        return f"Explorer: {said}. {self.description}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Give the stored frames and, where a kernel is there to serve them, live controls."""
        return {"text/plain": repr(self), "text/html": self.html} | live.view(self)


def explore(
    draw: Callable[..., object],
    *,
    description: str,
    alt: Callable[..., str] | None = None,
    start: Mapping[str, object] | None = None,
    **controls: object,
) -> Explorer:
    """Let the reader move what a figure depends on.

    In JupyterLab the sliders call ``draw`` anew, at values between the stored ones too. In the built
    page, in nbviewer, and in a trusted notebook that has not been run, they choose among the frames that
    this call stores. Without JavaScript the frame of ``start`` is shown, and the page says so.

    Parameters
    ----------
    draw : callable
        Takes one argument a control, by name. Returns a matplotlib figure (or axes), a text, or a table with
        ``_repr_html_``; or returns nothing and draws on the current figure, or prints.
    description : str
        What there is to see, for everybody: the caption, and what a screen reader says.
    alt : callable, optional
        Takes what ``draw`` takes; returns what the frame shows, in words. By default the setting is named.
    start : mapping, optional
        Where a control stands first, by name: one of its values. By default in the middle.
    **controls : tuple, list or dict
        One to three. ``alpha=(0.0, 1.0, 11)`` is eleven evenly spaced numbers from 0 to 1, ``n=[1, 2, 3]``
        these values, ``unit={"words": f, "characters": g}`` values with labels. This is the one call of the
        companion that takes names of the caller's choice: they are the arguments of ``draw``.

    Returns
    -------
    Explorer
        The last line of a cell shows it.

    Raises
    ------
    TypeError, ValueError
        If a control cannot be read, ``draw`` gives nothing to show, or the frames are too many or too large
        (1.5 MB in all).

    Examples
    --------
    >>> e = explore(lambda n: "na" * n, description="Batman, sung.", n=(1, 3, 3))
    >>> e
    Explorer: n takes 3 values from 1 to 3. Batman, sung.
    """
    sliders = _sliders(draw, description, controls)
    positions = tuple(_position(c, start or {}) for c in sliders)
    if unknown := set(start or {}) - {c.name for c in sliders}:
        raise ValueError(f"start: expected names of controls, got {', '.join(sorted(unknown))}")
    say = alt if alt is not None else _default_alt(sliders)
    frames, order, alts = _stored(draw, say, sliders)
    explorer = Explorer(
        draw, say, description, sliders, positions, page(description, sliders, frames, order, alts, positions)
    )
    _refuse_large(explorer.size, len(order), len(order))
    return explorer


def _sliders(draw: object, description: str, controls: Mapping[str, object]) -> tuple[Control, ...]:
    if not callable(draw):
        raise TypeError(f"draw: expected a function, got {type(draw).__name__}")
    if not isinstance(description, str) or not description.strip():
        raise ValueError("description: expected a sentence that says what there is to see, got none")
    if not 1 <= len(controls) <= 3:
        raise ValueError(f"controls: expected one to three, like alpha=(0.0, 1.0, 11), got {len(controls)}")
    sliders = tuple(control(name, spec) for name, spec in controls.items())
    settings = 1
    for slider in sliders:
        settings *= len(slider.values)
    if settings > LIMIT_FRAMES:
        raise ValueError(f"controls: expected at most {LIMIT_FRAMES} settings in all, got {settings}")
    return sliders


def _position(slider: Control, start: Mapping[str, object]) -> int:
    if slider.name not in start:
        return (len(slider.values) - 1) // 2
    if start[slider.name] not in slider.values:
        raise ValueError(f"start: expected a value of {slider.name}, got {start[slider.name]!r}")
    return slider.values.index(start[slider.name])


def _default_alt(sliders: tuple[Control, ...]) -> Callable[..., str]:
    """Return a function that names a setting: ``alpha 0.3, n 5``."""

    def alt(**values: object) -> str:
        return ", ".join(f"{s.title} {s.label(values[s.name])}" for s in sliders)

    return alt


def _stored(
    draw: Callable[..., object], alt: Callable[..., str], sliders: tuple[Control, ...]
) -> tuple[list[Frame], list[int], list[str]]:
    """Draw every setting; return the different frames, which of them each setting has, and its words."""
    frames: dict[Frame, int] = {}
    order, alts, size = [], [], 0
    settings = list(itertools.product(*(s.values for s in sliders)))
    for setting in settings:
        values = {s.name: v for s, v in zip(sliders, setting, strict=True)}
        try:
            frame = render(draw, values)
            alts.append(alt(**values))
        except Exception as error:
            error.add_note("explore: while drawing " + ", ".join(f"{k}={v!r}" for k, v in values.items()))
            raise
        if frame not in frames:
            size += len(frame.content)
            frames[frame] = len(frames)
        order.append(frames[frame])
        _refuse_large(size, len(order), len(settings))
    if len({frame.kind for frame in frames}) > 1:
        raise TypeError("draw: expected figures at every setting or text at every setting, got both")
    return list(frames), order, alts


def _refuse_large(size: int, done: int, settings: int) -> None:
    if size > LIMIT_BYTES:
        raise ValueError(
            f"explore: expected at most {LIMIT_BYTES / 1e6:g} MB of frames, got {size / 1e6:.2f} MB "
            f"after {done} of {settings} settings; take fewer values, a smaller figure, or fewer colours"
        )
