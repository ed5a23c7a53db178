"""How every figure of the book looks: sizes for a phone, the palette, and files that do not change."""

import sys
from typing import Any

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

from companion.plots.palette import colour
from companion.plots.png import png_bytes

WIDTH = 7.0
"""Width of a figure in inches. On a phone it shrinks to about 360 pixels: 14 points become 10 pixels."""

_STYLE: dict[Any, Any] = {
    "figure.figsize": (WIDTH, 3.9),
    "figure.dpi": 180,
    "savefig.dpi": "figure",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "mathtext.fontset": "dejavusans",
    "font.size": 14,
    "axes.titlesize": 15,
    "axes.titlelocation": "left",
    "axes.labelsize": 14,
    "xtick.labelsize": 13,
    "ytick.labelsize": 13,
    "legend.fontsize": 13,
    "legend.frameon": False,
    "lines.linewidth": 2.6,
    "lines.markersize": 7,
    "axes.facecolor": "white",
    "axes.edgecolor": "#444444",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e2e2e2",
    "grid.linewidth": 0.9,
    "text.color": colour("neutral"),
    "axes.labelcolor": colour("neutral"),
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelcolor": colour("neutral"),
    "ytick.labelcolor": colour("neutral"),
    "axes.prop_cycle": cycler(
        color=[colour(role) for role in ("input", "output", "state", "gradient", "highlight", "gate")]
    ),
    "svg.hashsalt": "unrolled",
}


def use_style() -> None:
    """Draw every figure from here on in the book's style; call it once, at the top of a chapter.

    In a notebook it also makes figures small and reproducible (see `png_bytes`).

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["font.family"]
    ['DejaVu Sans']
    """
    plt.rcParams.update(_STYLE)
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and "image/png" in shell.display_formatter.formatters:
        plt.switch_backend(plt.get_backend())  # now, because it registers its own way to write a figure
        shell.display_formatter.formatters["image/png"].for_type(Figure, png_bytes)
