"""Pictures that LaTeX cannot read: a drawing becomes a PDF file, by librsvg's ``rsvg-convert``."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from sphinx.transforms.post_transforms.images import ImageConverter

from . import places

if TYPE_CHECKING:
    import os

    from sphinx.application import Sphinx

COMMAND = "rsvg-convert"


class Drawings(ImageConverter):
    """Sphinx asks it for a PDF file of each SVG file."""

    conversion_rules = [("image/svg+xml", "application/pdf")]

    def is_available(self) -> bool:
        """Say whether the program is there; `tools.pdf` asks for it before."""
        return shutil.which(COMMAND) is not None

    def convert(self, _from: str | os.PathLike[str], _to: str | os.PathLike[str]) -> bool:
        """Convert one file, and warn where that fails."""
        ended = subprocess.run(
            [COMMAND, "--format=pdf", f"--output={_to}", str(_from)],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            places.warn("drawing", f"{COMMAND} cannot convert {_from}: {ended.stderr.strip()}")
        return ended.returncode == 0


def setup(app: Sphinx) -> None:
    """Register the converter."""
    app.add_post_transform(Drawings)
