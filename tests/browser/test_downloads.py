"""The notebook that a chapter offers: the button, what it gives, and that what it gives runs alone."""

import json
import re
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote
from urllib.request import urlopen

import pytest

from conftest import HTML, pages
from tools.downloads import prove, wheel
from tools.downloads.extension import MARK
from tools.notebooks.files import BOOK, find_notebooks, reads

pytestmark = pytest.mark.browser
CHAPTER = "translation/bleu"
OFFERED = sorted(file.relative_to(BOOK).with_suffix("").as_posix() for file in find_notebooks())
BUTTON = ".notebook-button"
INSTALLED = re.compile(r'"unrolled\[[\w-]+\] @ (\S+)"')
MYST = re.compile(r"\{(?:eq|cite:[tp]|term|numref|ref|mod)\}`|^[:`]{3,}\{|^\([\w-]+\)=$", re.MULTILINE)


@pytest.fixture
def page(chromium):
    context = chromium.new_context(accept_downloads=True)
    yield context.new_page()
    context.close()


def taken(page, press=lambda button: button.press("Enter")):
    """Press the button of the page that is open; return the name and the text of what is saved."""
    with page.expect_download() as saved:
        press(page.locator(BUTTON))
    return saved.value.suggested_filename, Path(saved.value.path()).read_text(encoding="utf-8")


def address_of_wheel(text):
    """Return where the first cells of a notebook install the companion from, said twice and the same."""
    told, run = (reads(text).cells[number].source for number in (0, 1))
    (address,) = INSTALLED.findall(run)
    assert INSTALLED.findall(told) == [address]
    return address


def test_notebooks_and_no_other_pages_offer_a_notebook():
    offering = [name for name in pages() if "notebook-button" in (HTML / name).read_text(encoding="utf-8")]
    assert [name.removesuffix(".html") for name in offering] == OFFERED


def test_served_the_notebook_gets_the_companion_from_where_the_page_is(page, address):
    page.goto(f"{address}{CHAPTER}.html?q=1#summary")
    name, text = taken(page)
    assert name == "bleu.ipynb"
    assert MARK not in text
    companion = address_of_wheel(text)
    assert companion.startswith(f"{address}downloads/")
    with urlopen(companion) as answer:
        assert int(answer.headers["Content-Length"]) == (wheel.FOLDER / wheel.name()).stat().st_size
    assert f"]({address}appendix/lecture-map.html)" in text


def test_opened_as_a_file_the_notebook_gets_the_companion_from_the_book_s_folder(page):
    page.goto((HTML / f"{CHAPTER}.html").as_uri())
    name, text = taken(page)
    companion = address_of_wheel(text)
    assert name == "bleu.ipynb"
    assert Path(unquote(companion.removeprefix("file://"))).is_file()


def test_without_scripts_the_notebook_asks_for_the_companion_beside_it(chromium, address):
    context = chromium.new_context(java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    page.goto(f"{address}{CHAPTER}.html")
    name, text = taken(page)
    assert name == "bleu.ipynb"
    assert f'"./{wheel.name()}[bleu]"' in reads(text).cells[1].source
    page.goto(f"{address}preface.html")
    with page.expect_download() as saved:
        page.locator("a.companion-file").click()
    assert saved.value.suggested_filename == wheel.name()
    context.close()


def test_where_the_script_cannot_be_had_the_plain_notebook_is_saved(page, address):
    page.route("**/*.ipynb.js", lambda route: route.abort())
    page.goto(f"{address}{CHAPTER}.html")
    name, text = taken(page, lambda button: button.click())
    assert name == "bleu.ipynb"
    assert text == (HTML / f"{CHAPTER}.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OFFERED)
def test_what_is_offered_is_what_is_stored(name):
    """Code and outputs are the stored ones, and no text has a mark that only this book's own tools read."""
    stored = reads((BOOK / f"{name}.ipynb").read_text(encoding="utf-8"))
    offered = reads((HTML / f"{name}.ipynb").read_text(encoding="utf-8"))
    kept = [(cell.id, cell.source, cell.outputs) for cell in offered.cells if cell.cell_type == "code"]
    assert kept[0][0] == prove.INSTALL
    assert kept[1:] == [
        (cell.id, cell.source, cell.outputs) for cell in stored.cells if cell.cell_type == "code"
    ]
    texts = [cell.source for cell in offered.cells if cell.cell_type == "markdown"]
    assert [found for text in texts for found in MYST.findall(text)] == []
    script = (HTML / f"{name}.ipynb.js").read_text(encoding="utf-8")
    assert len(reads(json.loads(script[len("unrolledNotebook(") : -len(");\n")])).cells) == len(offered.cells)


def test_a_notebook_runs_alone(tmp_path, address):
    """Outside the repository, with the wheel's companion; `make downloads` runs them all, and pip before."""
    companion = tmp_path / "companion"
    with zipfile.ZipFile(wheel.FOLDER / wheel.name()) as archive:
        archive.extractall(companion)
    notebook = prove.notebook(HTML / "appendix" / "errata.ipynb.js", address)
    place = "import companion; from pathlib import Path; Path(companion.__file__).relative_to({!r})"
    notebook.cells[1].source += f"\n{place.format(str(companion))}"
    found = prove.differences(
        notebook, tmp_path / "alone", Path(sys.executable), {"PYTHONPATH": str(companion)}
    )
    assert found == []
