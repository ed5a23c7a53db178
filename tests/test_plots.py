"""The palette is measured, and what is drawn can be read: contrast, colour-blindness, labels, file sizes."""

import io
import itertools
from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.text import Annotation, Text
from PIL import Image

from companion import plots

# G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, A Physiologically-based Model for Simulation of Color
# Vision Deficiency (2009), severity 1.0; they act on linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# CSS filter effects, level 1: hue-rotate(180deg).
HUE_ROTATE_180 = np.array([[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]])


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with mpl.rc_context():
        plots.use_style()
        yield
        plt.close("all")


def dark(colour: str) -> np.ndarray:
    """Turn a colour as ``filter: invert() hue-rotate(180deg)`` does."""
    return np.clip(HUE_ROTATE_180 @ (1 - np.array(to_rgb(colour))), 0, 1)


def linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(light: np.ndarray) -> np.ndarray:
    """Björn Ottosson's perceptual space, of linear RGB."""
    to_cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.array(to_cones) @ np.clip(light, 0, 1))


@pytest.mark.parametrize("role", plots.PALETTE)
def test_contrast_on_the_light_and_the_dark_page(role: str) -> None:
    assert plots.contrast(plots.colour(role), "#ffffff") >= 3
    turned = mpl.colors.to_hex(tuple(dark(plots.colour(role))))
    assert plots.contrast(turned, "#14181e") >= 3
    assert plots.contrast(turned, "#000000") >= 3


@pytest.mark.parametrize("role", plots.PALETTE)
def test_what_is_written_in_a_colour_can_be_read(role: str) -> None:
    assert plots.contrast(plots.ink(role), "#ffffff") >= 4.5


@pytest.mark.parametrize("page", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_every_two_roles_differ_for_every_reader(sight: str, page: str) -> None:
    seen = {}
    for role, colour in plots.PALETTE.items():
        shown = np.array(to_rgb(colour)) if page == "light" else dark(colour)
        seen[role] = oklab(SIGHT[sight] @ linear(shown))
    distances = {
        (a, b): 100 * float(np.linalg.norm(seen[a] - seen[b])) for a, b in itertools.combinations(seen, 2)
    }
    nearest = min(distances, key=distances.__getitem__)
    assert distances[nearest] >= 9, f"{nearest} are {distances[nearest]:.1f} apart; 2 can just be told apart"


def test_an_unknown_role_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"expected one of input, state, .* got 'blue'"):
        plots.colour("blue")


@pytest.mark.parametrize("name", ["font.size", "xtick.labelsize", "ytick.labelsize", "axes.labelsize"])
def test_text_is_legible_on_a_phone(name: str) -> None:
    """A figure 7 inches wide in 358 pixels (a 390-pixel screen less its margins): 9 pixels and more."""
    assert mpl.rcParams[name] / 72 * 358 / plots.WIDTH >= 9


def a_figure() -> plt.Figure:
    figure, axes = plt.subplots()
    x = np.linspace(0, 10, 300)
    for shift in range(5):
        axes.plot(x, np.sin(x + shift), label=f"shift {shift}")
    axes.set(xlabel="time (s)", ylabel="signal")
    plots.label_lines(axes)
    return figure


def test_a_figure_is_small_and_the_same_each_time() -> None:
    first, second = (plots.png_bytes(a_figure()) for _ in range(2))
    assert first == second
    assert len(first) <= 60_000
    picture = Image.open(io.BytesIO(first))
    assert picture.width <= 1400
    assert picture.mode == "P"
    assert not picture.info, "a PNG with metadata differs from one version of matplotlib to the next"


def test_the_palette_of_a_picture_is_faithful() -> None:
    figure = a_figure()
    raw = io.BytesIO()
    figure.draw_without_rendering()
    figure.savefig(raw, format="png")
    exact = np.asarray(Image.open(raw).convert("RGB"), dtype=int)
    small = np.asarray(Image.open(io.BytesIO(plots.png_bytes(figure))).convert("RGB"), dtype=int)
    assert np.abs(exact - small).mean() < 0.4
    assert (np.abs(exact - small).max(axis=-1) > 40).mean() < 3e-4


def test_a_photograph_keeps_its_colours() -> None:
    figure, axes = plt.subplots(figsize=(2, 2), layout="none")
    axes.set_position((0, 0, 1, 1))
    axes.imshow(np.random.default_rng(0).random((60, 60, 3)))
    assert Image.open(io.BytesIO(plots.png_bytes(figure, dpi=60))).mode == "RGB"


def test_png_bytes_refuses_what_is_no_figure() -> None:
    with pytest.raises(TypeError, match="expected a matplotlib Figure, got list"):
        plots.png_bytes([])  # type: ignore[arg-type]


def boxes(axes: Axes) -> list[mpl.transforms.Bbox]:
    axes.figure.canvas.draw()
    return [Text.get_window_extent(t) for t in axes.texts]  # an annotation's own would count its line too


def overlapping(given: list[mpl.transforms.Bbox]) -> int:
    return sum(
        a.x0 < b.x1 - 1 and b.x0 < a.x1 - 1 and a.y0 < b.y1 - 1 and b.y0 < a.y1 - 1
        for a, b in itertools.combinations(given, 2)
    )


def test_labels_at_the_ends_of_lines_do_not_overlap_and_keep_their_order() -> None:
    _, axes = plt.subplots()
    for height in (1.0, 1.01, 1.02, 5.0, 1.03):
        axes.plot([0, 1], [0, height], label=f"{height:.2f}")
    axes.plot([0, 1], [2, 2])  # no label, no text
    plots.label_lines(axes)
    assert len(axes.texts) == 5
    assert overlapping(boxes(axes)) == 0
    by_height = sorted(axes.texts, key=lambda t: t.get_window_extent().y0)
    assert [t.get_text() for t in by_height] == ["1.00", "1.01", "1.02", "1.03", "5.00"]


def test_a_label_has_the_colour_of_its_line_and_stands_at_its_last_point() -> None:
    _, axes = plt.subplots()
    (line,) = axes.plot([0, 1, 2], [0, 4, np.nan], color=plots.colour("output"))
    plots.end_label(line, "loss")
    (text,) = axes.texts
    assert isinstance(text, Annotation)
    assert text.xy == (1.0, 4.0)
    assert text.get_color() == plots.ink("output")


def test_labels_without_lines_are_refused() -> None:
    _, axes = plt.subplots()
    with pytest.raises(ValueError, match="expected a line drawn with label"):
        plots.label_lines(axes)
    (line,) = axes.plot([np.nan], [1])
    with pytest.raises(ValueError, match="expected a finite point"):
        plots.end_label(line, "nothing")


def test_names_in_a_scatter_plot_do_not_overlap() -> None:
    rng = np.random.default_rng(3)
    _, axes = plt.subplots(figsize=(7, 5))
    names = [f"word{i:02d}" for i in range(28)]
    plots.scatter(axes, rng.normal(size=(28, 2)), names, roles=["state"] * 14 + ["highlight"] * 14)
    assert [t.get_text() for t in axes.texts] == names
    assert overlapping(boxes(axes)) == 0


def test_scatter_refuses_shapes_that_do_not_fit() -> None:
    _, axes = plt.subplots()
    with pytest.raises(ValueError, match=r"expected \(2, 2\).*got \(3, 2\)"):
        plots.scatter(axes, np.zeros((3, 2)), ["a", "b"])
    with pytest.raises(ValueError, match=r"expected \(1, 2\) for 1 names, got \(2, 2\)"):
        plots.label_points(axes, np.zeros((2, 2)), ["a"])


def test_a_heat_map_writes_every_number_in_a_colour_that_can_be_read() -> None:
    _, axes = plt.subplots()
    values = np.array([[-2.0, 0.0, 0.5], [1.0, 2.0, -0.1]])
    plots.heat_map(axes, values, rows=["a", "b"], columns=["x", "y", "z"], number="{:.1f}")
    assert [t.get_text() for t in axes.texts] == ["\u22122.0", "0.0", "0.5", "1.0", "2.0", "\u22120.1"]
    (image,) = axes.images
    for text, value in zip(axes.texts, values.ravel(), strict=True):
        ground = mpl.colors.to_hex(image.cmap(image.norm(value)))
        assert plots.contrast(str(text.get_color()), ground) >= 4.5
    assert mpl.colors.to_hex(image.cmap(image.norm(0.0))) == "#ffffff"


def test_a_heat_map_of_zeros_and_one_without_numbers() -> None:
    _, axes = plt.subplots()
    plots.heat_map(axes, np.zeros((2, 2)), number=None)
    assert not axes.texts


@pytest.mark.parametrize(
    ("values", "rows", "said"),
    [
        ([1.0, 2.0], None, r"expected \(R, C\), got \(2,\)"),
        ([[1.0], [2.0]], ["a"], "rows: expected 2 names, got 1"),
    ],
)
def test_a_heat_map_refuses_what_does_not_fit(values: list, rows: list | None, said: str) -> None:
    _, axes = plt.subplots()
    with pytest.raises(ValueError, match=said):
        plots.heat_map(axes, values, rows=rows)


def test_tokens_stand_in_rows_with_their_ids() -> None:
    _, axes = plt.subplots()
    plots.tokens(
        axes, ["the", " cat", "sat"], ids=[4, 17, 9], roles=["input", "highlight", "input"], columns=12
    )
    assert [t.get_text() for t in axes.texts] == ["the", "4", "\u2423cat", "17", "sat", "9"]
    heights = [t.get_position()[1] for t in axes.texts[::2]]
    assert heights[0] == heights[1] > heights[2], "the third token has a row of its own"
    assert len(axes.patches) == 3


def test_tokens_keep_their_scale_where_room_is_kept() -> None:
    _, (short, long) = plt.subplots(2)
    plots.tokens(short, ["a"], rows=2)
    plots.tokens(long, ["a" * 40, "b" * 40], rows=2)
    assert short.get_ylim() == long.get_ylim()


def test_tokens_refuse_ids_that_do_not_fit() -> None:
    _, axes = plt.subplots()
    with pytest.raises(ValueError, match=r"ids: expected one a token \(2\), got 1"):
        plots.tokens(axes, ["a", "b"], ids=[1])


def test_bars_are_sorted_and_carry_their_numbers() -> None:
    _, axes = plt.subplots()
    plots.bars(axes, ["few", "many", "some"], [1, 1000, 20], marked=["some"])
    assert [t.get_text() for t in axes.get_yticklabels()] == ["many", "some", "few"]
    assert [t.get_text() for t in axes.texts] == ["1,000", "20", "1"]
    assert mpl.colors.to_hex(axes.patches[1].get_facecolor()) == plots.colour("highlight")


def test_bars_refuse_what_does_not_fit() -> None:
    _, axes = plt.subplots()
    with pytest.raises(ValueError, match=r"expected \(1,\) for 1 names, got \(2,\)"):
        plots.bars(axes, ["a"], [1, 2])
    with pytest.raises(ValueError, match="marked: expected names of bars, got"):
        plots.bars(axes, ["a"], [1], marked=["b"])


def test_ranks_fall_on_logarithmic_axes() -> None:
    _, axes = plt.subplots()
    line = plots.rank_plot(axes, [5, 900, 30], label="a corpus")
    assert line.get_label() == "a corpus"
    assert axes.get_xscale() == axes.get_yscale() == "log"
    np.testing.assert_array_equal(line.get_data(), [[1, 2, 3], [900, 30, 5]])
    with pytest.raises(ValueError, match="all above 0"):
        plots.rank_plot(axes, [1, 0])
