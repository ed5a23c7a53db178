"""The same explorer with a kernel behind it: ipywidgets whose every move calls ``draw`` again."""

from __future__ import annotations

import html
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

from companion.explore.controls import Control
from companion.explore.frames import Frame, render, text_frame

if TYPE_CHECKING:
    from companion.explore.explorer import Explorer

_VIEW = "application/vnd.jupyter.widget-view+json"


def view(explorer: Explorer) -> dict[str, Any]:
    """Return the display data of the live controls, or nothing where no kernel with ipywidgets listens."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is None or importlib.util.find_spec("ipywidgets") is None:
        return {}
    shown = panel(explorer)._repr_mimebundle_()
    return {_VIEW: shown[_VIEW]} if _VIEW in shown else {}


def panel(explorer: Explorer) -> Any:
    """Return the live controls over the frame they draw, as one widget."""
    import ipywidgets

    sliders = [_slider(c, i) for c, i in zip(explorer.controls, explorer.start, strict=True)]
    stage = ipywidgets.HTML(_drawn(explorer, sliders))
    caption = ipywidgets.HTML(f"<p>{html.escape(explorer.description)}</p>")

    def redraw(change: object) -> None:
        stage.value = _drawn(explorer, sliders)

    for slider in sliders:
        slider.observe(redraw, names="value")
    return ipywidgets.VBox([*sliders, stage, caption])


def _drawn(explorer: Explorer, sliders: list[Any]) -> str:
    """Return the frame of the sliders' present setting; what goes wrong is shown in its place."""
    values = {c.name: slider.value for c, slider in zip(explorer.controls, sliders, strict=True)}
    try:
        frame, alt = render(explorer.draw, values), explorer.alt(**values)
    except Exception as error:  # a callback has nobody to raise to
        frame, alt = text_frame(f"{type(error).__name__}: {error}"), ""
    return _fluid(frame, alt)


def _fluid(frame: Frame, alt: str) -> str:
    return f'<div style="max-width:{frame.width or 840}px">{frame.markup(alt)}</div>'


def _slider(control: Control, position: int) -> Any:
    """Return the widget of one control: numbers slide between the stored values too, others step."""
    import ipywidgets

    common: dict[str, Any] = {
        "description": control.title,
        "style": {"description_width": "initial"},
        "layout": {"width": "min(100%, 32rem)"},
        "continuous_update": False,
    }
    values = control.values
    if not control.between:
        options = list(zip(control.labels, values, strict=True))
        return ipywidgets.SelectionSlider(options=options, value=values[position], **common)
    if all(isinstance(v, int) for v in values):
        return ipywidgets.IntSlider(min=values[0], max=values[-1], value=values[position], **common)
    step = (float(values[-1]) - float(values[0])) / (len(values) - 1) / 10  # type: ignore[arg-type]
    return ipywidgets.FloatSlider(
        min=values[0], max=values[-1], value=values[position], step=step, readout_format=".4g", **common
    )
