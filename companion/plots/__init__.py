"""The book's figures: one palette, one style, and a function for each kind of figure.

Call `use_style` at the top of a chapter; take colours by role (``colour("state")``), never by name.
"""

from companion.plots.charts import bars, heat_map, rank_plot, scatter, tokens
from companion.plots.labels import end_label, label_lines, label_points
from companion.plots.palette import DIVERGING, PALETTE, SEQUENTIAL, colour, contrast, ink
from companion.plots.png import png_bytes
from companion.plots.style import WIDTH, use_style
from companion.plots.unrolled import unrolled

__all__ = [
    "DIVERGING",
    "PALETTE",
    "SEQUENTIAL",
    "WIDTH",
    "bars",
    "colour",
    "contrast",
    "end_label",
    "heat_map",
    "ink",
    "label_lines",
    "label_points",
    "png_bytes",
    "rank_plot",
    "scatter",
    "tokens",
    "unrolled",
    "use_style",
]
