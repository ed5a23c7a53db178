"""A book of a few lines, built by Sphinx with our extension; what the tests of the extension stand on."""

import io
import json
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

CHAPTER = r"""# Sums

(sum-why)=
## Why sums

$$ a = b + c $$ (eq-sum)

```{math}
:label: eq-law
:class: stated

b + c = c + b
```
"""

INDEX = """# Start

```{toctree}
:numbered:
text/sums
```

```{toctree}
equations
map
```
"""

ITEMS = """id\tdecks\tchapter\titem
sum-why\tA\tsums\tWhy one adds
product-why\tAB\tmore-products\tWhy one multiplies
"""

LECTURES = """
decks:
  A: {title: First deck, author: Ada, year: 2021}
  B: {title: Second deck}
items:
  sum-why: {place: text/sums#sum-why, note: the slide subtracts}
"""

CODE = '''"""Sums."""


def add(b, c):
    """Add ({eq}`eq-sum`)."""
    # {eq}`eq-sum`
    a = b + c
    return a
'''

TEST = """import pytest


@pytest.mark.equation("eq-sum")
def test_add(measure):
    measure("eq-sum", 0, 0)
"""

FILES = {
    "book/index.md": INDEX,
    "book/text/sums.md": CHAPTER,
    "book/equations.md": "# Equations\n\n```{equation-index}\n```\n",
    "book/map.md": "# Map\n\n```{lecture-map}\n```\n",
    "book/appendix/equations.json": json.dumps({"eq-sum": {"error": "2e-16"}}),
    "book/lecture_items.tsv": ITEMS,
    "book/lectures.yml": LECTURES,
    "companion/__init__.py": "",
    "companion/add.py": CODE,
    "tests/test_add.py": TEST,
}


@dataclass
class TinyBook:
    """The folder of a tiny book: ``write`` changes it, ``build`` builds it and returns Sphinx' warnings."""

    root: Path

    def write(self, files: Mapping[str, str | None]) -> "TinyBook":
        for name, text in files.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                file.unlink()
            else:
                file.write_text(text, encoding="utf-8")
        return self

    def build(
        self,
        srcdir: str = "book",
        parallel: int = 1,
        warningiserror: bool = False,
        builder: str = "html",
        **config: Any,
    ) -> list[str]:
        overrides = {
            "extensions": ["myst_nb", "unrolled_ext"],
            "unrolled_root": str(self.root),
            "myst_enable_extensions": ["dollarmath", "amsmath", "colon_fence"],
            "exclude_patterns": ["**.ipynb"],  # read by {from-notebook} alone
            "nb_execution_mode": "off",
            "html_theme": "basic",
            "numfig": True,
        }
        noise, path = io.StringIO(), sys.path.copy()
        out = self.root / "out"
        try:
            with docutils_namespace(), patch_docutils(), warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # Sphinx' own; what it warns of in the book comes back as text
                app = Sphinx(
                    self.root / srcdir,
                    None,
                    out / builder,
                    out / "doctrees",
                    builder,
                    overrides | config,
                    status=None,
                    warning=noise,
                    parallel=parallel,
                    warningiserror=warningiserror,
                )
                app.build()
        finally:
            sys.path[:] = path  # the tiny companion must not be found by other tests
        lines = re.sub(r"\x1b\[[0-9;]*m", "", noise.getvalue()).replace(f"{self.root}/", "")
        return lines.splitlines()

    def between(self, page: str, start: str, end: str) -> str:
        return self.page(page).partition(start)[2].partition(end)[0]

    def page(self, name: str) -> str:
        return (self.root / "out" / "html" / f"{name}.html").read_text(encoding="utf-8")


def tiny_book(root: Path) -> TinyBook:
    """Write the book that has nothing wrong with it."""
    return TinyBook(root).write(dict(FILES))
