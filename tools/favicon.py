"""Draw the book's sign, a loop that unrolls into a line of steps: ``python -m tools.favicon``.

Writes into ``book/_static`` the favicon (SVG and PNG) and the logo for light and for dark pages.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

STATIC = Path(__file__).resolve().parents[1] / "book" / "_static"
SIZE = 64
STROKE = 5
RING = (19, 30, 15.5)  # centre x, centre y, radius: its lowest point lies on the line
LINE_Y = RING[1] + RING[2]
STEPS = (39.5, 57.5)  # where the states stand on the line
DOT = 6
LIGHT, DARK = "#1f5f8b", "#8cc4ea"  # the colours of links on light and on dark pages


def svg(ink: str, ink_in_the_dark: str | None = None) -> str:
    """Return the sign as an SVG file; a favicon changes its colour with the reader's system."""
    x, y, radius = RING
    dark = ""
    if ink_in_the_dark:
        dark = f"<style>@media (prefers-color-scheme: dark) {{ g {{ color: {ink_in_the_dark} }} }}</style>"
    dots = "".join(
        f'<circle cx="{step}" cy="{LINE_Y}" r="{DOT}" fill="currentColor" stroke="none"/>' for step in STEPS
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">{dark}'
        f'<g color="{ink}" fill="none" stroke="currentColor" stroke-width="{STROKE}" stroke-linecap="round">'
        f'<circle cx="{x}" cy="{y}" r="{radius}"/><path d="M{x} {LINE_Y}H{STEPS[-1]}"/>{dots}</g></svg>\n'
    )


def png(side: int, ink: str, paper: str) -> Image.Image:
    """Return the sign as a picture, drawn eight times as large and scaled down."""
    scale = 8 * side / SIZE
    picture = Image.new("RGB", (8 * side, 8 * side), paper)
    pen = ImageDraw.Draw(picture)

    def disc(x: float, y: float, radius: float, colour: str) -> None:
        pen.ellipse(
            [scale * (x - radius), scale * (y - radius), scale * (x + radius), scale * (y + radius)], colour
        )

    x, y, radius = RING
    disc(x, y, radius + STROKE / 2, ink)
    disc(x, y, radius - STROKE / 2, paper)
    pen.rectangle(
        [scale * x, scale * (LINE_Y - STROKE / 2), scale * STEPS[-1], scale * (LINE_Y + STROKE / 2)], ink
    )
    for step in STEPS:
        disc(step, LINE_Y, DOT, ink)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def write(folder: Path = STATIC) -> None:
    """Write the four files."""
    (folder / "favicon.svg").write_text(svg(LIGHT, DARK), encoding="utf-8")
    (folder / "logo-light.svg").write_text(svg(LIGHT), encoding="utf-8")
    (folder / "logo-dark.svg").write_text(svg(DARK), encoding="utf-8")
    png(180, LIGHT, "#ffffff").save(folder / "favicon.png", optimize=True)


if __name__ == "__main__":
    write()
