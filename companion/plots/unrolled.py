"""A recurrent network unrolled: what goes in below, the states in the middle, what comes out above."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from companion.plots.palette import colour

_LEVELS = {"input": 0.0, "state": 1.5, "output": 3.0}
_HALF = 0.34  # of a box's height


def unrolled(
    axes: Axes,
    inputs: Sequence[str | None],
    outputs: Sequence[str | None],
    *,
    states: Sequence[str] | None = None,
    recurrent: bool = True,
    fed_back: bool = False,
    columns: int = 1,
    width: float = 1.0,
) -> None:
    """Draw one column a step: input, state and output boxes, with arrows between them.

    Parameters
    ----------
    axes : Axes
        Where to draw; its ticks and frame go.
    inputs, outputs : sequence of str or None
        One entry a step; None where the step takes nothing, or gives nothing.
    states : sequence of str, optional
        What stands in the state boxes; nothing by default.
    recurrent : bool
        Whether an arrow leads from each state to the next.
    fed_back : bool
        Whether a step without an input of its own takes the output before it: a dashed box with its name.
    columns : int
        Room for so many columns at least, so that drawings of different lengths keep one scale.
    width : float
        Width of a box; columns are 1.35 apart for a width of 1.

    Raises
    ------
    ValueError
        If there are not as many inputs, outputs and states.
    """
    given = {"inputs": len(inputs), "outputs": len(outputs)}
    given |= {} if states is None else {"states": len(states)}
    if len(set(given.values())) > 1:
        counts = ", ".join(f"{count} {name}" for name, count in given.items())
        raise ValueError(f"expected one entry a step in each, got {counts}")
    labels = ["" for _ in inputs] if states is None else list(states)
    step = 0.35 + width
    for t, (entered, label, left) in enumerate(zip(inputs, labels, outputs, strict=True)):
        x = t * step
        _box(axes, (x, _LEVELS["state"]), "state", label, width)
        before = outputs[t - 1] if fed_back and t and entered is None else None
        if entered is not None:
            _box(axes, (x, _LEVELS["input"]), "input", entered, width)
        elif before is not None:
            _box(axes, (x, _LEVELS["input"]), "output", before, width, dashed=True)
        if entered is not None or before is not None:
            _arrow(axes, (x, _LEVELS["input"] + _HALF), (x, _LEVELS["state"] - _HALF))
        if left is not None:
            _box(axes, (x, _LEVELS["output"]), "output", left, width)
            _arrow(axes, (x, _LEVELS["state"] + _HALF), (x, _LEVELS["output"] - _HALF))
        if recurrent and t:
            side = (x - step + width / 2, _LEVELS["state"]), (x - width / 2, _LEVELS["state"])
            _arrow(axes, *side, role="state")
    axes.set(xlim=(-step / 2, (max(columns, len(inputs)) - 0.5) * step), ylim=(-0.5, 3.5))
    axes.set_axis_off()


def _box(
    axes: Axes, middle: tuple[float, float], role: str, label: str, width: float, *, dashed: bool = False
) -> None:
    x, y = middle
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - _HALF),
            width,
            2 * _HALF,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=colour(role) + "1f",
            edgecolor=colour(role),
            linewidth=1.6,
            linestyle="dashed" if dashed else "solid",
        )
    )
    axes.text(x, y, label, ha="center", va="center", fontsize=13, color=colour("neutral"))


def _arrow(
    axes: Axes, begin: tuple[float, float], end: tuple[float, float], *, role: str = "baseline"
) -> None:
    style = {"arrowstyle": "-|>", "color": colour(role), "linewidth": 1.6, "shrinkA": 1, "shrinkB": 1}
    axes.annotate("", xy=end, xytext=begin, arrowprops=style)
