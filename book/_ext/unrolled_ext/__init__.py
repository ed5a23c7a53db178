"""The book's Sphinx extension: equation, code, test; the lecture map; outputs shown elsewhere; the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything; Sphinx calls it once.

    What is imported here stays here: the tests use ``unrolled_ext.scan`` and need no Sphinx for it.
    """
    from . import (
        api,
        equation_index,
        equations,
        from_notebook,
        late,
        latex,
        lectures,
        paper,
        places,
        source_pages,
        speed,
    )
    from . import live_cells as live

    pages = (places, late, equations, equation_index, source_pages, lectures, from_notebook, api, live, speed)
    for part in (*pages, paper, latex):
        part.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
