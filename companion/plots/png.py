"""A figure as a small PNG file that is the same whenever it is drawn: it holds no date and no version."""

import io
import itertools

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

_MEAN_ERROR = 0.35  # largest mean difference of a channel (0 to 255) that a palette may cost
_LARGE_ERROR = 40  # a channel that is further off than this is seen ...
_LARGE_SHARE = 2e-4  # ... unless only this share of the pixels has one


def png_bytes(figure: Figure, dpi: float | None = None) -> bytes:
    """Return a figure as PNG.

    The picture is reduced to 32, 64, 128 or 256 colours, the fewest that nobody can tell from the original;
    where none is faithful (a photograph) all are kept. The file holds pixels alone.

    Parameters
    ----------
    figure : Figure
        What to draw.
    dpi : float, optional
        Pixels per inch; the figure's own by default.

    Raises
    ------
    TypeError
        If it is not a figure.
    """
    if not isinstance(figure, Figure):
        raise TypeError(f"figure: expected a matplotlib Figure, got {type(figure).__name__}")
    figure.draw_without_rendering()  # the layout settles in the second pass
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi="figure" if dpi is None else dpi)
    image = Image.open(raw).convert("RGB")
    packed = io.BytesIO()
    _reduced(image).save(packed, format="PNG", optimize=True)
    return packed.getvalue()


def _reduced(image: Image.Image) -> Image.Image:
    """Return the image with the smallest palette that is faithful, or the image itself."""
    original = np.asarray(image, dtype=np.int16)  # (H, W, 3)
    methods = (Image.Quantize.MAXCOVERAGE, Image.Quantize.MEDIANCUT)  # good at lines, good at areas
    for colours, method in itertools.product((32, 64, 128, 256), methods):
        small = image.quantize(colours, method=method, kmeans=1, dither=Image.Dither.NONE)
        error = np.abs(np.asarray(small.convert("RGB"), dtype=np.int16) - original)  # (H, W, 3)
        if error.mean() <= _MEAN_ERROR and (error.max(axis=-1) > _LARGE_ERROR).mean() <= _LARGE_SHARE:
            return small
    return image
