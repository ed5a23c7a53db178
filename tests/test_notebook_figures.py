"""Figures: what a person would see fails, what nobody sees does not."""

import io
import itertools
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from notebook_samples import PIXEL, curves, png
from PIL import Image

from tools.notebooks.figures import figure_difference

STORED = png(curves)


def lifted(pixels: float) -> Callable[[Axes], None]:
    return lambda axes: curves(axes, up=pixels * PIXEL)


def test_the_same_drawing_passes_whatever_its_metadata() -> None:
    again = png(curves, metadata={"Software": "another version", "Creation Time": "yesterday"})
    assert again != STORED
    assert figure_difference(STORED, again) is None


@pytest.mark.parametrize("pixels", [1e-9, 0.01, 0.1])
def test_a_move_that_nobody_sees_passes(pixels: float) -> None:
    assert figure_difference(STORED, png(lifted(pixels))) is None


def test_noise_of_the_anti_aliasing_passes() -> None:
    image = np.asarray(Image.open(io.BytesIO(STORED)).convert("RGB")).astype(int)
    edge = (image.min(axis=2) > 0) & (image.min(axis=2) < 255)
    rng = np.random.default_rng(0)
    noisy = np.where(edge[..., None], image + rng.integers(-12, 13, image.shape), image)
    stored = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(stored, format="PNG")
    assert edge.sum() > 1000
    assert figure_difference(STORED, stored.getvalue()) is None


def test_a_tick_that_rounding_moves_by_a_pixel_passes() -> None:
    def tick(at: float) -> Callable[[Axes], object]:
        return lambda axes: (curves(axes), axes.set_xticks([at], [""]))

    a, b = png(tick(5.0)), png(tick(5.0 + 10.5 / 496))  # the axes are 496 pixels wide, and 10.5 units
    image_a, image_b = (np.asarray(Image.open(io.BytesIO(x)).convert("RGB")).astype(int) for x in (a, b))
    assert (abs(image_a - image_b).max(axis=2) > 100).sum() >= 4  # the tick did move
    assert figure_difference(a, b) is None


CHANGES: dict[str, Callable[[Axes], object]] = {
    "a curve moved by 2 pixels": lifted(2),
    "a curve moved by 3 pixels": lifted(3),
    "a curve moved by a tenth": lambda axes: curves(axes, up=0.1),
    "two curves swapped": lambda axes: curves(axes, colours=("C1", "C0")),
    "another colour": lambda axes: curves(axes, colours=("C2", "C1")),
    "thinner lines": lambda axes: curves(axes, width=1.0),
    "no grid": lambda axes: curves(axes, grid=0.0),
    "another label": lambda axes: (curves(axes), axes.set_xlabel("stop")),
    "a new title": lambda axes: (curves(axes), axes.set_title(".")),
    "a new tick": lambda axes: (curves(axes), axes.set_yticks([-1, -0.5, 0, 0.5, 0.9, 1])),
    "an extra point": lambda axes: (curves(axes), axes.plot([8], [-1], "k.", ms=3)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_person_sees_fails(change: str) -> None:
    new = png(CHANGES[change])
    found = figure_difference(STORED, new)
    assert found is not None
    assert "looks different at x" in found.why
    assert found.shown is not None
    assert figure_difference(new, STORED) is not None


def test_the_message_says_where() -> None:
    found = figure_difference(STORED, png(CHANGES["an extra point"]))
    assert found is not None
    words = found.why.replace(",", "").split()
    left, right = map(int, words[words.index("x") + 1].split(".."))
    top, bottom = map(int, words[words.index("y") + 1].split(".."))
    assert right - left < 15
    assert bottom - top < 15
    assert 440 < left < 470  # x = 8 of -0.5..10.5 between the pixels 80 and 576
    assert found.shown is not None
    red = np.asarray(found.shown)[(top + bottom) // 2, (left + right) // 2]
    assert red[0] > red[1] + 50


@pytest.mark.parametrize(("size", "dpi"), [(7, 72), (8, 100), (10, 100), (7, 120)])
def test_every_changed_digit_fails(size: int, dpi: int) -> None:
    def number(text: str) -> bytes:
        return png(lambda axes: (axes.axis("off"), axes.text(0.5, 0.5, text, fontsize=size)), dpi, (0.8, 0.8))

    drawn = {digit: number(f"1.{digit}") for digit in "0123456789"}
    for a, b in itertools.combinations(drawn, 2):
        assert figure_difference(drawn[a], drawn[b]) is not None, (a, b)
    assert figure_difference(number("10"), number("1.0")) is not None
    assert figure_difference(number("-1"), number("1")) is not None
    assert figure_difference(number("1"), number("")) is not None


def heat(values: np.ndarray) -> bytes:
    return png(lambda axes: axes.imshow(values, cmap="viridis", vmin=0, vmax=1))


def test_one_cell_of_a_heat_map_in_another_shade_fails() -> None:
    values = np.linspace(0, 1, 64).reshape(8, 8)
    other, same = values.copy(), values.copy()
    other[3, 4] += 0.04
    same[3, 4] += 1e-6
    assert figure_difference(heat(values), heat(other)) is not None
    assert figure_difference(heat(values), heat(same)) is None


def test_what_is_transparent_is_seen_on_both_pages() -> None:
    def box(colour: str) -> bytes:
        return png(lambda axes: axes.fill([0, 1, 1, 0], [0, 0, 1, 1], colour), transparent=True)

    assert figure_difference(box("black"), box("black")) is None
    assert figure_difference(box("black"), box("white")) is not None
    assert figure_difference(box("white"), box("none")) is not None  # the same on a white page
    assert figure_difference(box("black"), box("none")) is not None  # the same on a black one


def test_a_stated_number_of_pixels_lets_a_curve_move_so_far() -> None:
    moved = png(lifted(2))
    assert figure_difference(STORED, moved, pixels=3) is None
    assert figure_difference(STORED, png(lifted(6)), pixels=3) is not None
    assert figure_difference(STORED, png(CHANGES["two curves swapped"]), pixels=3) is not None


def test_another_size_fails() -> None:
    found = figure_difference(STORED, png(curves, dpi=101))
    assert found is not None
    assert "640 x 480 pixels and is now 646 x 484" in found.why


def test_what_is_no_picture_fails() -> None:
    found = figure_difference(STORED, b"no picture")
    assert found is not None
    assert "cannot be read" in found.why
    moving = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(moving, format="WEBP", save_all=True, append_images=frames[1:])
    found = figure_difference(moving.getvalue(), moving.getvalue())
    assert found is not None
    assert "several in one file" in found.why
