"""A matplotlib backend whose ``plt.show()`` sends every open figure to the cell, in order, and closes it."""

from __future__ import annotations

import base64
import io
import warnings

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from live_cells import shown

FigureCanvas = FigureCanvasAgg
FigureManager = FigureManagerBase


def show(*arguments: object, **options: object) -> None:
    """Send the open figures."""
    from matplotlib._pylab_helpers import Gcf

    for manager in Gcf.get_all_fig_managers():
        shown.emit("image", picture(manager.canvas.figure))
    Gcf.destroy_all()


def discard() -> None:
    """Close the open figures unseen."""
    from matplotlib._pylab_helpers import Gcf

    Gcf.destroy_all()


def picture(figure: Figure) -> str:
    """Return a figure as the base64 text of a PNG file."""
    file = io.BytesIO()
    with warnings.catch_warnings():  # an older matplotlib may give one of its two layouts up
        warnings.filterwarnings("ignore", "constrained_layout not applied")
        figure.draw_without_rendering()  # the layout settles in the second pass
        figure.savefig(file, format="png", dpi="figure", pil_kwargs={"compress_level": 1})
    return base64.b64encode(file.getvalue()).decode()
