"""The book's colours: one role, one colour, in every chapter.

The eight colours were chosen together. Each has a contrast of at least 3:1 on white; every two of them stay
apart for readers with protanopia, deuteranopia or tritanopia; and both remain true after the dark page's
filter ``invert() hue-rotate(180deg)``. ``tests/test_plots.py`` measures it.
"""

from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

PALETTE: dict[str, str] = {
    "input": "#1a6dc4",  # what goes in: tokens, ids, x
    "state": "#4ba480",  # what is kept: hidden states, embeddings
    "output": "#d3580d",  # what comes out: scores, predictions, losses
    "gradient": "#ae7af2",  # what flows back
    "gate": "#354600",  # what opens and closes
    "highlight": "#800859",  # the one thing the caption speaks of
    "baseline": "#686868",  # what it is compared with; draw it dashed
    "neutral": "#050505",  # text, axes, everything else
}
"""Role -> colour."""

SEQUENTIAL = LinearSegmentedColormap.from_list("unrolled", ["#ffffff", "#8db9e6", "#1a6dc4", "#0b2c52"])
"""From nothing (white) to much (dark blue)."""

DIVERGING = LinearSegmentedColormap.from_list(
    "unrolled_diverging",
    ["#7c3000", "#d3580d", "#f6b98f", "#ffffff", "#8db9e6", "#1a6dc4", "#0b2c52"],
    N=257,  # odd, so that zero is white
)
"""From negative (orange) over zero (white) to positive (blue)."""

_TEXT_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3


def colour(role: str) -> str:
    """Return the colour of a role, as ``#rrggbb``.

    Raises
    ------
    ValueError
        If there is no such role.

    Examples
    --------
    >>> colour("input")
    '#1a6dc4'
    """
    if role not in PALETTE:
        raise ValueError(f"role: expected one of {', '.join(PALETTE)}, got {role!r}")
    return PALETTE[role]


def luminance(rgb: str | tuple[float, float, float]) -> float:
    """Return the relative luminance of an sRGB colour (WCAG 2.2), from 0 (black) to 1 (white)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2), from 1 to 21.

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink(role: str) -> str:
    """Return the colour in which to *write* about a role: its own, darkened until text is legible on white.

    Examples
    --------
    >>> ink("input") == colour("input")
    True
    >>> contrast(ink("gradient"), "#ffffff") >= 4.5
    True
    """
    return ink_of(colour(role))


def ink_of(rgb: str) -> str:
    """Return a colour, darkened in steps of 5 % until its contrast on white is 4.5 (see `ink`)."""
    shade = to_hex(rgb)
    while contrast(shade, "#ffffff") < _TEXT_CONTRAST:
        r, g, b = to_rgb(shade)
        shade = to_hex((0.95 * r, 0.95 * g, 0.95 * b))
    return shade


def on(background: str) -> str:
    """Return black or white, whichever is easier to read on a background."""
    return max(("#000000", "#ffffff"), key=lambda text: contrast(text, background))
