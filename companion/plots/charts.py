"""The book's kinds of figure, each a function that draws on given axes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike

from companion.plots.labels import label_points
from companion.plots.palette import DIVERGING, SEQUENTIAL, colour, ink, on

_RULE = "#dcdcdc"  # between the cells of a matrix


def heat_map(
    axes: Axes,
    values: ArrayLike,
    *,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    number: str | None = "{:g}",
    limit: float | None = None,
) -> None:
    """Draw a matrix as coloured cells with their numbers: white is zero, blue positive, orange negative.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    values : array_like, shape (R, C)
        The matrix.
    rows, columns : sequence of str, optional
        Names beside the rows and above the columns.
    number : str or None
        How a number is written, such as ``"{:.2f}"``; None writes none.
    limit : float, optional
        The magnitude that gets the darkest colour; the largest in the matrix by default.

    Raises
    ------
    ValueError
        If ``values`` is not a matrix or the names do not fit it.
    """
    matrix = np.asarray(values, dtype=float)  # (R, C)
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"values: expected (R, C), got {matrix.shape}")
    for what, names, size in (("rows", rows, matrix.shape[0]), ("columns", columns, matrix.shape[1])):
        if names is not None and len(names) != size:
            raise ValueError(f"{what}: expected {size} names, got {len(names)}")
    top = limit if limit is not None else float(np.nanmax(np.abs(matrix))) or 1.0
    signed = bool(np.nanmin(matrix) < 0)
    shades, scale = (DIVERGING, Normalize(-top, top)) if signed else (SEQUENTIAL, Normalize(0, top))
    axes.imshow(matrix, cmap=shades, norm=scale, aspect="auto", interpolation="nearest")
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.set_yticks(range(matrix.shape[0]) if rows is not None else [], rows)
    axes.set_xticks(range(matrix.shape[1]) if columns is not None else [], columns)
    axes.tick_params(length=0, top=False, bottom=False, labeltop=True, labelbottom=False)
    across, down = np.arange(matrix.shape[1] + 1) - 0.5, np.arange(matrix.shape[0] + 1) - 0.5
    axes.hlines(down, across[0], across[-1], color=_RULE, linewidth=1.2, clip_on=False)
    axes.vlines(across, down[0], down[-1], color=_RULE, linewidth=1.2, clip_on=False)
    if number is not None:
        for (row, column), value in np.ndenumerate(matrix):
            shade = on(to_hex(shades(scale(value))))
            axes.text(
                column,
                row,
                number.format(value).replace("-", "\u2212"),
                ha="center",
                va="center",
                color=shade,
                fontsize=13,
            )


def tokens(
    axes: Axes,
    words: Sequence[str],
    *,
    ids: Sequence[int] | None = None,
    roles: Sequence[str] | str = "input",
    columns: int = 46,
    rows: int = 1,
) -> None:
    """Draw tokens as boxes in a row, each with its id beneath; the row breaks where it is full.

    A space inside a token is drawn as an open box, so that it can be seen.

    Parameters
    ----------
    axes : Axes
        Where to draw; its ticks and frame go.
    words : sequence of str
        The tokens.
    ids : sequence of int, optional
        One number a token, written beneath it.
    roles : str or sequence of str
        Colour roles of the boxes (see `PALETTE`): one for all, or one a token.
    columns : int
        Width of a row in characters.
    rows : int
        Room for so many rows at least, so that the frames of an explorer keep their scale.

    Raises
    ------
    ValueError
        If there are not as many ids or roles as tokens.
    """
    each = [roles] * len(words) if isinstance(roles, str) else list(roles)
    for what, given in (("ids", ids), ("roles", each)):
        if given is not None and len(given) != len(words):
            raise ValueError(f"{what}: expected one a token ({len(words)}), got {len(given)}")
    height = 2.4 if ids is None else 3.7
    x, y = 0.0, 0.0
    for index, word in enumerate(words):
        shown = word.replace(" ", "\u2423").replace("\n", "\u21b5")
        wide = max(len(shown), len(str(ids[index])) if ids is not None else 1, 1) + 1.0
        if x > 0 and x + wide > columns:
            x, y = 0.0, y - height
        axes.add_patch(
            FancyBboxPatch(
                (x + 0.15, y - 0.85),
                wide - 0.3,
                1.7,
                boxstyle="round,pad=0,rounding_size=0.3",
                facecolor=colour(each[index]) + "1f",
                edgecolor=colour(each[index]),
                linewidth=1.6,
            )
        )
        axes.text(x + wide / 2, y, shown, ha="center", va="center", fontsize=14, color=colour("neutral"))
        if ids is not None:
            axes.text(
                x + wide / 2,
                y - 1.55,
                str(ids[index]),
                ha="center",
                va="center",
                fontsize=12,
                color=ink(each[index]),
            )
        x += wide
    axes.set(xlim=(-0.2, columns + 0.2), ylim=(min(y, -height * (rows - 1)) - height + 1.2, 1.2))
    axes.set_axis_off()


def bars(
    axes: Axes,
    names: Sequence[str],
    values: ArrayLike,
    *,
    role: str = "output",
    marked: Sequence[str] = (),
    number: str = "{:,g}",
) -> None:
    """Draw horizontal bars, longest on top, each with its number at its end; no axis is needed to read them.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    names : sequence of str
        One name a bar.
    values : array_like, shape (N,)
        How long the bars are. Equal bars keep the order given.
    role : str
        Colour role of the bars.
    marked : sequence of str
        Names whose bars are drawn in the role ``highlight``.
    number : str
        How a value is written.

    Raises
    ------
    ValueError
        If there are not as many names as values, or a marked name is not among them.
    """
    lengths = np.asarray(values, dtype=float)  # (N,)
    if lengths.shape != (len(names),):
        raise ValueError(f"values: expected ({len(names)},) for {len(names)} names, got {lengths.shape}")
    if not set(marked) <= set(names):
        raise ValueError(f"marked: expected names of bars, got {sorted(set(marked) - set(names))}")
    order = np.argsort(-lengths, kind="stable")
    shades = [colour("highlight" if names[i] in marked else role) for i in order]
    drawn = axes.barh(np.arange(len(order)), lengths[order], color=shades, height=0.72)
    axes.bar_label(drawn, [number.format(lengths[i]) for i in order], padding=5, fontsize=13)
    axes.set_yticks(np.arange(len(order)), [names[i] for i in order])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.grid(False)
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    axes.spines[["left", "bottom"]].set_visible(False)


def rank_plot(axes: Axes, counts: ArrayLike, *, role: str = "input", label: str | None = None) -> Line2D:
    """Draw counts against their rank, both on logarithmic axes: Zipf's law is a straight line here.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    counts : array_like, shape (N,)
        How often each word occurs, in any order. Of ranks that fall on the same spot one is drawn.
    role : str
        Colour role of the line.
    label : str, optional
        The line's name, for `label_lines`.

    Returns
    -------
    Line2D
        The line.

    Raises
    ------
    ValueError
        If the counts are not positive numbers in one dimension.
    """
    ordered = np.sort(np.asarray(counts, dtype=float).reshape(-1))[::-1]  # (N,)
    if np.ndim(counts) != 1 or not ordered.size or ordered[-1] <= 0:
        raise ValueError(
            f"counts: expected (N,) numbers, all above 0, got {np.shape(counts)}: {counts!r:.60}"
        )
    ranks = np.unique(np.geomspace(1, len(ordered), 400).round().astype(int))
    (line,) = axes.loglog(ranks, ordered[ranks - 1], color=colour(role), label=label)
    axes.set(xlabel="rank", ylabel="count")
    return line


def scatter(
    axes: Axes,
    points: ArrayLike,
    names: Sequence[str],
    *,
    roles: Sequence[str] | str = "state",
) -> None:
    """Draw points in the plane with their names beside them, so that no name covers another.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    points : array_like, shape (N, 2)
        Where the points are.
    names : sequence of str
        One name a point; the earlier ones choose their place first.
    roles : str or sequence of str
        Colour roles of the points: one for all, or one a point.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    where = np.asarray(points, dtype=float)  # (N, 2)
    each = [roles] * len(names) if isinstance(roles, str) else list(roles)
    if where.shape != (len(names), 2) or len(each) != len(names):
        raise ValueError(
            f"points: expected ({len(names)}, 2) and one role a name, got {where.shape} and {len(each)} roles"
        )
    shades = [colour(role) for role in each]
    axes.scatter(where[:, 0], where[:, 1], c=shades, s=46, zorder=3)
    axes.margins(0.14)
    label_points(axes, where, names, colours=shades)
