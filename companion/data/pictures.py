"""A photograph and what is on it."""

from dataclasses import dataclass

import numpy as np

from companion.data.signals import sample_file


@dataclass(frozen=True, eq=False)
class Picture:
    """A photograph: ``pixels`` (height, width, 3), uint8; ``caption``, what is on it."""

    pixels: np.ndarray
    caption: str


def load_picture() -> Picture:
    """Load a portrait of Grace Hopper, with a caption of ours: one of Matplotlib's sample files.

    Raises
    ------
    DataUnavailable
        When Matplotlib is not installed.

    References
    ----------
    J. S. Davis, *Commodore Grace M. Hopper*, United States Navy, 1984; public domain.

    Examples
    --------
    >>> load_picture().pixels.shape
    (600, 512, 3)
    """
    from PIL import Image

    with Image.open(sample_file("grace_hopper.jpg")) as image:
        pixels = np.asarray(image.convert("RGB"))  # (600, 512, 3)
    return Picture(pixels, "a naval officer in uniform in front of a flag")
