"""The one session of a worker: what `worker.js` calls. Only a page can import this."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import live_page
import numpy

from live_cells import files, platform
from live_cells.session import Session


class Page(Session):
    """A session whose arguments and results cross to JavaScript as JSON."""

    def plan_json(self, sources: str, target: int) -> str:
        """Call `plan`."""
        return json.dumps(self.plan(json.loads(sources), target))

    def run_json(self, sources: str, number: int) -> str:
        """Call `run`."""
        return json.dumps(self.run(json.loads(sources), number))


def _fetched(name: str) -> bytes:
    return bytes(live_page.fetch(name).to_py())


def _bring_fonts() -> None:
    """Put the list of fonts where matplotlib looks for it."""
    found = find_spec("matplotlib")
    if found is not None and found.origin is not None:
        shutil.copyfile(
            Path(__file__).with_name("fontlist.json"), Path(found.origin).with_name("fontlist.json")
        )


_bring_fonts()
platform.adapt(numpy)
_manifest: dict[str, Any] = json.loads(live_page.manifest)
files.fetch = _fetched
files.offered = set(_manifest["files"])
session = Page(live_page.send, _manifest["loaders"])
