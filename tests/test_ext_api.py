"""The page of the companion's names: made without PyTorch, without warnings, with links into the chapters."""

import subprocess
import sys
from pathlib import Path

import pytest
from tiny_book import CODE, FILES, INDEX, TinyBook, tiny_book
from unrolled_ext import definitions
from unrolled_ext.api import as_rst, within

ROOT = Path(__file__).resolve().parents[1]

LAYER = '''"""Layers."""

import missing_library
from missing_library import nn

from companion._private import Kind


class Layer(nn.Module):
    """Add a number ({eq}`eq-sum`), as `add` does.

    Parameters
    ----------
    kind
        A *kind*.

    Attributes
    ----------
    width : int
        How wide.
    """

    def __init__(self, kind: Kind | None = None) -> None:
        super().__init__()

    @property
    def width(self) -> int:
        """How wide."""
        return 1

    @missing_library.no_grad()
    def forward(self, x: missing_library.Tensor | None) -> "Layer":
        """Add.

        Examples
        --------
        >>> Layer()  # a `comment` stays as it is
        """
        return self
'''

PAIR = '''"""Pairs."""

from typing import NamedTuple


class Pair(NamedTuple):
    """Two numbers."""

    first: int  # at least `1`
    second: int
    third: int  # more than documented
    """The last."""
'''

PACKAGE = {
    "companion/text/__init__.py": '"""Texts."""\n\nfrom companion.text.cut import cut\n\n__all__ = ["cut"]\n',
    "companion/text/cut.py": '"""Cutting."""\n\n\ndef cut(text: str) -> list[str]:\n    """Cut a text."""\n',
    "companion/_private.py": "class Kind:\n    pass\n",
    "companion/torch/__init__.py": '"""PyTorch."""\n',
    "companion/torch/layer.py": LAYER,
    "companion/torch/pair.py": PAIR,
    "companion/torch/other.py": LAYER.replace("Layer", "Kind"),  # two modules with a class of one name
    "book/api.md": "# Names\n\n```{companion-api}\ncompanion.text\ncompanion.torch\n```\n",
    "book/rest.md": "# Rest\n\n```{companion-api}\ncompanion.add\n```\n",
    "book/index.md": INDEX.replace("map\n", "map\napi\nrest\n"),
}

BUILD = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from tiny_book import TinyBook
print(TinyBook(Path(sys.argv[1])).build())
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """Build, in a process of its own, a book with a companion of its own."""
    book = tiny_book(tmp_path_factory.mktemp("api")).write(PACKAGE)
    folders = [book.root, ROOT / "tests", ROOT / "book" / "_ext"]
    command = [sys.executable, "-c", BUILD, *map(str, folders)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stdout == "[]\n", result.stdout + result.stderr
    return book


def test_a_class_of_a_library_that_is_not_there_is_documented(api: TinyBook) -> None:
    page = api.page("api")
    assert 'id="companion.torch.layer.Layer"' in page
    assert 'id="companion.torch.layer.Layer.forward"' in page
    assert 'id="companion.torch.layer.Layer.width"' in page


def test_signatures_stand_as_they_were_written(api: TinyBook) -> None:
    signature = api.between("api", 'id="companion.torch.layer.Layer.forward"', "</dt>")
    text = "".join(part.partition(">")[2] for part in signature.split("<"))
    assert "forward(x: missing_library.Tensor | None)" in text.replace("\n", "")
    assert "companion.torch.other.Kind" not in api.between("api", 'id="companion.torch.layer.Layer"', "</dt>")


def test_a_field_is_explained_by_its_docstring_or_by_the_comment_behind_it(api: TinyBook) -> None:
    page = api.page("api")
    assert "Alias for field" not in page
    said = ["at least <code", None, "<p>The last."]
    for name, words in zip(("first", "second", "third"), said, strict=True):
        body = api.between("api", f'id="companion.torch.pair.Pair.{name}"', "</dd>").partition("<dd>")[2]
        assert words in body if words else not body.strip()
    assert "more than documented" not in page


def test_a_package_speaks_for_its_modules(api: TinyBook) -> None:
    page = api.page("api")
    assert 'id="companion.text.cut"' in page
    assert "companion.text.cut.cut" not in page
    assert "companion._private" not in page


def test_a_page_has_the_modules_that_it_names(api: TinyBook) -> None:
    assert 'id="companion.add.add"' in api.page("rest")
    assert 'id="companion.add.add"' not in api.page("api")


def test_a_name_stands_for_a_module_or_for_those_of_a_package() -> None:
    known = ["companion.torch.rnn", "companion.torch.rnn_2d", "companion.torch.word2vec.cbow"]
    assert within(known, "companion.torch.rnn") == known[:1]
    assert within(known, "companion.torch.word2vec") == known[2:]
    assert within(known, "companion.torch") == known
    assert within(known, "companion.tor") == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("companion.gone\n", "expected modules of the companion, got companion.gone"),
        ("", "expected modules of the companion, a line each"),
    ],
)
def test_what_names_no_module_is_refused(lines: str, message: str, tmp_path: Path) -> None:
    page = f"# Names\n\n```{{companion-api}}\n{lines}```\n"
    book = tiny_book(tmp_path).write({**PACKAGE, "book/api.md": page})
    assert any(message in warning for warning in book.build())


def test_docstrings_lead_to_the_equations(api: TinyBook) -> None:
    text = api.between("api", 'id="companion.torch.layer.Layer"', "</p>")
    assert '<a class="reference internal" href="text/sums.html#equation-eq-sum">(1.1)</a>' in text
    assert '<code class="docutils literal notranslate"><span class="pre">add</span></code>' in text


def test_each_name_leads_to_its_source(api: TinyBook) -> None:
    assert 'href="code/companion/text/cut.html#L4"' in api.between("api", 'id="companion.text.cut"', "</dt>")
    assert 'href="code/companion/torch/layer.html#L9"' in api.page("api")


def test_roles_and_code_are_converted() -> None:
    assert as_rst("see {eq}`eq-a` and {py:func}`f`") == "see :eq:`eq-a` and :py:func:`f`"
    assert as_rst("`a` and ``b`` and :math:`c` and `d`_") == "``a`` and ``b`` and :math:`c` and `d`_"
    assert as_rst('``{"weight": (V, D)}``') == '``{"weight": (V, D)}``'


def test_what_the_companion_needs_is_found(tmp_path: Path) -> None:
    book = TinyBook(tmp_path).write({**FILES, **PACKAGE, "companion/add.py": "import numpy, json\n" + CODE})
    assert definitions.outside(book.root) == ["missing_library"]
    assert definitions.modules(book.root) == [
        "companion.text",
        "companion.torch.layer",
        "companion.torch.other",
        "companion.torch.pair",
        "companion.add",
    ]


def test_every_module_of_the_companion_is_on_one_page_of_the_book() -> None:
    pages = sorted((ROOT / "book" / "appendix" / "api").glob("*.md"))
    lines = [line for page in pages for line in page.read_text(encoding="utf-8").splitlines()]
    known = definitions.modules(ROOT)
    shown = [module for line in lines if line.startswith("companion.") for module in within(known, line)]
    assert sorted(shown) == sorted(known)
