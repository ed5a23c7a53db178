"""Words that stand where the reader looks: at the end of a line, beside a point."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from companion.plots.palette import colour, ink_of

_PLACES = [(7, 0), (-7, 0), (0, 9), (0, -9), (6, 8), (-6, 8), (6, -8), (-6, -8)]  # points from the mark
_BEFORE = {-1: 1.0, 0: 0.5, 1: 0.0}  # which share of a name lies before the place it is put at


def end_label(line: Line2D, text: str, shift: float = 0.0) -> None:
    """Write a text at the right end of a line, in the line's colour.

    Parameters
    ----------
    line : Line2D
        A line that has been drawn on axes.
    text : str
        What to write.
    shift : float
        How far above the end, in points.

    Raises
    ------
    ValueError
        If the line is on no axes or has no finite point.
    """
    if not isinstance(line.axes, Axes):
        raise ValueError("line: expected a line drawn on axes, got one that is on none")
    line.axes.annotate(
        text,
        xy=_end(line),
        xytext=(7, shift),
        textcoords="offset points",
        color=ink_of(to_hex(line.get_color())),
        va="center",
        ha="left",
        annotation_clip=False,
    )


def label_lines(axes: Axes) -> None:
    """Write each line's label at its right end, moved apart where two would overlap: no legend is needed.

    Lines without a label (matplotlib's begin with an underscore) get none.

    Raises
    ------
    ValueError
        If no line has a label.
    """
    lines = [line for line in axes.get_lines() if not str(line.get_label()).startswith("_")]
    if not lines:
        raise ValueError("axes: expected a line drawn with label=..., got none")
    figure = axes.figure.canvas.figure
    figure.draw_without_rendering()  # lays the axes out, so that heights are known
    points = 72 / figure.dpi  # in a pixel
    heights = np.array([axes.transData.transform(_end(line))[1] for line in lines]) * points
    low, high = axes.bbox.y0 * points, axes.bbox.y1 * points
    wanted = spread(heights, gap=1.25 * plt.rcParams["font.size"], low=low, high=high)
    for line, shift in zip(lines, wanted - heights, strict=True):
        end_label(line, str(line.get_label()), shift)


def spread(heights: ArrayLike, gap: float, low: float = -np.inf, high: float = np.inf) -> np.ndarray:
    """Move numbers apart until every two differ by at least a gap, with the least squared movement.

    Subtracting ``i * gap`` from the i-th of the sorted numbers turns "at least a gap" into "not
    decreasing", which is isotonic regression: neighbours that are out of order are replaced by their mean.
    Then what lies below ``low`` is moved up and what lies above ``high`` down, as far as the gaps allow.

    Examples
    --------
    >>> spread([5.0, 1.0, 1.0], gap=2.0)
    array([5., 0., 2.])
    >>> spread([5.0, 1.0, 1.0], gap=2.0, low=1.0)
    array([5., 1., 3.])
    """
    values = np.asarray(heights, dtype=float)  # (N,)
    order = np.argsort(values, kind="stable")
    steps = gap * np.arange(len(values))
    blocks: list[tuple[float, int]] = []  # (mean, how many)
    for value in values[order] - steps:
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            before, count = blocks.pop()
            mean, size = (mean * size + before * count) / (size + count), size + count
        blocks.append((mean, size))
    moved = np.empty_like(values)
    shifted = np.repeat([m for m, _ in blocks], [n for _, n in blocks])
    moved[order] = np.clip(shifted, low, max(low, high - gap * (len(values) - 1))) + steps
    return moved


def label_points(
    axes: Axes, points: ArrayLike, names: Sequence[str], *, colours: Sequence[str] | None = None
) -> None:
    """Write a name beside each point of a scatter plot, where it covers no other name and no point.

    Each name tries the eight places around its point, near and then further off, and takes the first that
    is free, or else the one that covers least. A name further off has a thin line to its point.

    Parameters
    ----------
    axes : Axes
        Axes on which the points are drawn already, with their final limits.
    points : array_like, shape (N, 2)
        Where the points are, in data coordinates.
    names : sequence of str
        One name a point.
    colours : sequence of str, optional
        One colour a name.

    Raises
    ------
    ValueError
        If there are not as many names as points.
    """
    where = np.asarray(points, dtype=float)  # (N, 2)
    if where.shape != (len(names), 2):
        raise ValueError(f"points: expected ({len(names)}, 2) for {len(names)} names, got {where.shape}")
    axes.figure.canvas.figure.draw_without_rendering()
    pixels = axes.transData.transform(where)  # (N, 2)
    taken = [Bbox.from_extents(x - 5, y - 5, x + 5, y + 5) for x, y in pixels]
    for index, name in enumerate(names):
        shade = ink_of(colours[index]) if colours is not None else colour("neutral")
        others = taken[:index] + taken[index + 1 :]
        taken.append(_place(axes, (where[index, 0], where[index, 1]), name, shade, others))


def _place(axes: Axes, point: tuple[float, float], name: str, shade: str, taken: list[Bbox]) -> Bbox:
    """Write one name at the best place around its point; return the box it covers."""
    label = axes.annotate(
        name, point, (0, 0), textcoords="offset points", va="center", color=shade, fontsize=13,
        arrowprops={"arrowstyle": "-", "color": "#9a9a9a", "linewidth": 0.8, "shrinkA": 0},
    )  # fmt: skip
    size = Text.get_window_extent(label).size  # of the text alone, without the line
    x, y = axes.transData.transform(point)
    scale = axes.figure.canvas.figure.dpi / 72  # pixels in a point

    def box(place: tuple[float, float]) -> Bbox:
        left = x + place[0] * scale - size[0] * _BEFORE[_sign(place[0])]
        low = y + place[1] * scale - size[1] * _BEFORE[_sign(place[1])]
        return Bbox.from_bounds(left, low, *size)

    def covered(place: tuple[float, float]) -> float:
        return sum((_overlap(box(place), other) for other in taken), _outside(box(place), axes.bbox))

    place = min([(far * dx, far * dy) for far in (1.0, 2.2, 3.6) for dx, dy in _PLACES], key=covered)
    label.set_position(place)
    label.set(
        ha=("center", "left", "right")[_sign(place[0])], va=("center", "bottom", "top")[_sign(place[1])]
    )
    if label.arrow_patch is not None:
        label.arrow_patch.set_visible(max(map(abs, place)) > 12)  # a line only where the name is far off
    return box(place)


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _overlap(one: Bbox, other: Bbox) -> float:
    """Return the area that two boxes share, in square pixels."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return float(max(width, 0.0) * max(height, 0.0))


def _outside(box: Bbox, frame: Bbox) -> float:
    """Return the area of a box that lies outside a frame, in square pixels."""
    return float(box.width * box.height) - _overlap(box, frame)


def _end(line: Line2D) -> tuple[float, float]:
    """Return the last finite point of a line."""
    x, y = (np.asarray(v, dtype=float) for v in line.get_data())
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not finite.size:
        raise ValueError(f"line: expected a finite point, got none in {line.get_label()!r}")
    return float(x[finite[-1]]), float(y[finite[-1]])
