"""The book on one more platform: what the live cells of every chapter put out is what is stored.

Of each chapter the exercises run, and then its cells in order for ``UNROLLED_LIVE_SECONDS`` seconds (2, so
that CI stays short); ``make live`` runs all of them. What ran is said at the end of the report.
"""

import os

import pytest
from live_pages import compare, ran_cells

from conftest import ROOT
from tools.notebooks.files import read

pytestmark = pytest.mark.browser

SECONDS = float(os.environ.get("UNROLLED_LIVE_SECONDS", "2"))
PATIENCE = 180.0  # seconds for a start on a machine that does much else at once


def test_outputs_are_those_stored(chromium, address, live_page, record_property):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(address + live_page)
    ran, seconds = ran_cells(page, SECONDS, PATIENCE)
    context.close()
    notebook = read(ROOT / "book" / live_page.replace(".html", ".ipynb"))
    found = compare([cell for cell in notebook.cells if cell.cell_type == "code"], ran)
    record_property("live", (live_page, found.ran, found.unreached, seconds))
    assert found.differing == []
    assert found.ran["all"] + found.ran["part"] > 0
