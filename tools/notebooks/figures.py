"""Compare two pictures as a person does who is shown one after the other.

Two measures, each in levels of 255, both zero for the same pixels and blind to a file's metadata:

* *Sharp*: the mean difference over 5 x 5 pixels, where the new picture may lie up to one pixel off (rounding
  moves a tick by a whole pixel). Another digit in the smallest print gives 27 and more, noise of the
  anti-aliasing below 10.
* *Faint*: the mean, over 9 x 9 pixels, of what is outside the range of the pixels around it in the other
  picture. It finds what is pale but large: a grid that is gone, an area in another shade.

A cell whose curves cannot be drawn alike everywhere may state ``unrolled: {pixels: 2, reason: ...}``: then
only what differs from everything within that many pixels counts, in both measures.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter, UnidentifiedImageError

SHARP, SHARP_WINDOW = 24.0, 5
FAINT, FAINT_WINDOW = 3.0, 9
_SOFT = ImageFilter.Kernel((3, 3), [1, 2, 1, 2, 4, 2, 1, 2, 1], 16)
_NEAR = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


@dataclass
class FigureDifference:
    """What differs, in a sentence, and a picture that shows where (None if the sizes differ)."""

    why: str
    shown: Image.Image | None = None


def figure_difference(stored: bytes, new: bytes, pixels: int = 0) -> FigureDifference | None:
    """Return how two pictures differ to the eye, or None where they look the same.

    Parameters
    ----------
    stored, new
        Files of one picture each: PNG, JPEG or WebP.
    pixels
        How far what is drawn may have moved.
    """
    try:
        a, b = _open(stored), _open(new)
    except (UnidentifiedImageError, OSError, ValueError) as error:
        return FigureDifference(f"the picture cannot be read: {error}")
    if a.size != b.size:
        sizes = [f"{width} x {height}" for width, height in (a.size, b.size)]
        return FigureDifference(f"the picture was {sizes[0]} pixels and is now {sizes[1]}")
    if a.tobytes() == b.tobytes():
        return None
    seen = np.zeros((a.height, a.width), dtype=bool)
    box = _changed(a, b, margin=pixels + FAINT_WINDOW)
    transparent = min(image.getextrema()[3][0] for image in (a, b)) < 255
    for ground in (255, 0) if transparent else (255,):  # it lies on the light page and on the dark one
        left, top, right, bottom = box
        seen[top:bottom, left:right] |= _seen(_on(a.crop(box), ground), _on(b.crop(box), ground), pixels)
    if not seen.any():
        return None
    y, x = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    where = f"x {x[0]}..{x[-1]}, y {y[0]}..{y[-1]} of {a.width} x {a.height}"
    return FigureDifference(f"the picture looks different at {where}", _marked(_on(b, 255), seen))


def _open(picture: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(picture))
    if getattr(image, "n_frames", 1) != 1:
        raise ValueError("expected one picture, got several in one file")
    return image.convert("RGBA")


def _changed(a: Image.Image, b: Image.Image, margin: int) -> tuple[int, int, int, int]:
    """Return the box (left, top, right, bottom) of all pixels that differ, with a margin around it."""
    y, x = np.nonzero((np.asarray(a) != np.asarray(b)).any(axis=2))
    low = (max(0, int(x.min()) - margin), max(0, int(y.min()) - margin))
    return (*low, min(a.width, int(x.max()) + margin + 1), min(a.height, int(y.max()) + margin + 1))


def _on(image: Image.Image, ground: int) -> Image.Image:
    below = Image.new("RGBA", image.size, (ground, ground, ground, 255))
    return Image.alpha_composite(below, image).convert("RGB")


def _seen(a: Image.Image, b: Image.Image, pixels: int) -> np.ndarray:
    """Return the (height, width) mask of what a person would see differ."""
    sharp = _window_mean(_outside(a, b, pixels), SHARP_WINDOW) if pixels else _best_shift(a, b)
    soft_a, soft_b = a.filter(_SOFT), b.filter(_SOFT)
    faint = _window_mean(_outside(soft_a, soft_b, max(1, pixels)), FAINT_WINDOW)
    return (sharp > SHARP) | (faint > FAINT)


def _best_shift(a: Image.Image, b: Image.Image) -> np.ndarray:
    """Return the mean difference around each pixel, for the best of nine shifts by at most a pixel."""
    x, y = (np.asarray(image, dtype=np.float32) for image in (a, b))  # (height, width, 3)
    wide = np.pad(y, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = y.shape[:2]
    shifted = (wide[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dy, dx in _NEAR)
    costs = [_window_mean(np.abs(x - other).max(axis=2), SHARP_WINDOW) for other in shifted]
    return np.minimum.reduce(costs)


def _outside(a: Image.Image, b: Image.Image, radius: int) -> np.ndarray:
    """Return how far each pixel of one picture lies outside the range of the other's within `radius`."""
    size = 2 * radius + 1

    def one_way(image: Image.Image, other: Image.Image) -> np.ndarray:
        here = np.asarray(image, dtype=np.float32)
        low = np.asarray(other.filter(ImageFilter.MinFilter(size)), dtype=np.float32)
        high = np.asarray(other.filter(ImageFilter.MaxFilter(size)), dtype=np.float32)
        return np.maximum(np.maximum(here - high, low - here), 0)

    return np.maximum(one_way(a, b), one_way(b, a)).max(axis=2)


def _window_mean(values: np.ndarray, window: int) -> np.ndarray:
    """Return the mean around each entry of a (height, width) array, with zeros beyond the border."""
    before, after = window // 2 + 1, window // 2
    total = np.pad(values.astype(np.float64), ((before, after), (before, after))).cumsum(0).cumsum(1)
    sums = (
        total[window:, window:]
        - total[:-window, window:]
        - total[window:, :-window]
        + total[:-window, :-window]
    )
    return sums / window**2


def _marked(image: Image.Image, seen: np.ndarray) -> Image.Image:
    """Return the picture, paled, with what differs under red."""
    pixels = np.asarray(image, dtype=np.float32) * 0.4 + 0.6 * 255
    pixels[seen] = 0.5 * pixels[seen] + 0.5 * np.array([220.0, 30.0, 30.0])
    return Image.fromarray(pixels.astype(np.uint8))
