"""The drawing of an unrolled network: as many boxes and arrows as the network has."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from companion import plots


def drawn(inputs, outputs, **settings):
    figure, axes = plt.subplots()
    try:
        plots.unrolled(axes, inputs, outputs, **settings)
        boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
        arrows = [text.arrow_patch for text in axes.texts if getattr(text, "arrow_patch", None)]
        assert all(isinstance(arrow, FancyArrowPatch) for arrow in arrows)
        labels = [text.get_text() for text in axes.texts if text.get_text()]
        dashed = [box for box in boxes if box.get_linestyle() not in ("solid", "-")]
        return len(boxes), len(arrows), labels, len(dashed), axes.get_xlim()
    finally:
        plt.close(figure)


def test_one_to_one_has_three_boxes_and_two_arrows():
    assert drawn(["x"], ["y"], recurrent=False)[:3] == (3, 2, ["x", "y"])


def test_many_to_one_and_many_to_many():
    assert drawn(["a", "b", "c"], [None, None, "y"])[:2] == (7, 6)
    assert drawn(["a", "b", "c"], ["p", "q", "r"])[:2] == (9, 8)
    assert drawn(["a", "b", "c"], ["p", "q", "r"], recurrent=False)[:2] == (9, 6)


def test_what_is_fed_back_is_a_dashed_box_with_the_output_before():
    boxes, arrows, labels, dashed, _ = drawn(["x", None, None], ["p", "q", "r"], fed_back=True)
    assert (boxes, arrows, dashed) == (9, 8, 2)
    assert sorted(labels) == ["p", "p", "q", "q", "r", "x"]
    assert drawn(["x", None, None], ["p", "q", "r"])[:2] == (7, 6)


def test_states_have_names_and_drawings_one_scale():
    assert drawn(["a", "b"], [None, "y"], states=["h1", "h2"])[2] == ["h1", "a", "h2", "b", "y"]
    assert drawn(["a"], ["y"], columns=5)[4] == drawn(["a"] * 5, ["y"] * 5)[4]


def test_unequal_counts_are_refused():
    with pytest.raises(ValueError, match="expected one entry a step in each, got 2 inputs, 1 outputs"):
        drawn(["a", "b"], ["y"])
    with pytest.raises(ValueError, match="got 1 inputs, 1 outputs, 2 states"):
        drawn(["a"], ["y"], states=["h", "h"])
