"""Draw the cover of the EPUB and of the PDF, the book's sign over its name: ``python -m tools.cover``."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from tools import favicon, node

FILE = node.ROOT / "book" / "paper" / "cover.png"
SIZE = (1200, 1800)
PAPER, INK, SOFT = "#fdfcfa", "#1d2125", "#535a61"
LINES = (  # what stands there, how large, how far down, in which colour
    ("Unrolled", 150, 1010, INK),
    ("A textbook on recurrent networks,", 52, 1215, SOFT),
    ("from raw text to translation", 52, 1285, SOFT),
    ("that you can read, run and break", 52, 1355, SOFT),
    ("the authors of Unrolled", 40, 1660, SOFT),
)


def draw() -> Image.Image:
    """Return the cover as a picture."""
    cover = Image.new("RGB", SIZE, PAPER)
    sign = favicon.png(720, favicon.LIGHT, PAPER)
    cover.paste(sign, ((SIZE[0] - sign.width) // 2, 210))
    pen = ImageDraw.Draw(cover)
    for text, height, down, colour in LINES:
        pen.text((SIZE[0] / 2, down), text, colour, ImageFont.load_default(height), anchor="mm")
    return cover


if __name__ == "__main__":
    draw().quantize(64).save(FILE, optimize=True)
