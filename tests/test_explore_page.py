"""An explorer from the kernel to the page: what a run stores, and what a reader can do with it there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import nbformat
import pytest
from nbformat import NotebookNode
from playwright.sync_api import Browser, Page, sync_playwright

from tools.notebooks.execute import execute

CELLS = [
    "import matplotlib.pyplot as plt\n"
    "from companion import plots\n"
    "from companion.explore import explore, source\n"
    "plots.use_style()",
    "figure, axes = plt.subplots()\naxes.plot([0, 1], [1, 0])\nplt.show()",
    "def draw(alpha, steps):\n"
    "    figure, axes = plt.subplots()\n"
    "    axes.plot([alpha**t for t in range(steps)])\n"
    "    axes.set(ylim=(0, 1), xlim=(0, 20))\n"
    "    return figure\n"
    "\n"
    "def say(alpha, steps):\n"
    "    return f'{alpha**steps:.3f} is left after {steps} steps'\n"
    "\n"
    "made = explore(draw, description='What is left.', alt=say, alpha=(0.5, 1.0, 5), steps=[10, 20])\n"
    "made",
    "print('application/vnd.jupyter.widget-view+json' in made._repr_mimebundle_())",
    "explore(lambda cut: ' '.join(cut), description='Cut.', cut={'words': ['a', 'cat'], 'letters': 'a cat'})",
    "source(plots.ink)",
]

CONF = (
    'extensions = ["myst_nb"]\nnb_execution_mode = "off"\nhtml_theme = "sphinx_book_theme"\n'
    'html_static_path = []\nhtml_theme_options = {"navigation_with_keys": False}\n'
)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """Run the cells as a chapter is run."""
    cells = [nbformat.v4.new_markdown_cell("# A page"), *map(nbformat.v4.new_code_cell, CELLS)]
    return execute(nbformat.v4.new_notebook(cells=cells), tmp_path_factory.mktemp("run")).notebook


def outputs(notebook: NotebookNode) -> list[list[NotebookNode]]:
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def test_a_run_stores_the_frames_and_no_widget(notebook: NotebookNode) -> None:
    (shown,) = outputs(notebook)[2]
    assert "text/html" in shown.data
    assert set(shown.data) <= {"text/html", "text/plain"}
    assert shown.data["text/html"].count("data:image/png;base64,") == 11, (
        "ten frames, and the one shown first"
    )
    assert len(shown.data["text/html"]) < 300_000
    assert "widgets" not in notebook.metadata


def test_in_a_kernel_it_is_live(notebook: NotebookNode) -> None:
    (printed,) = outputs(notebook)[3]
    assert printed.text == "True\n"


def test_the_frames_of_an_explorer_are_not_shown_below_the_cell(notebook: NotebookNode) -> None:
    assert [len(each) for each in outputs(notebook)] == [0, 1, 1, 1, 1, 1]


def test_a_figure_is_stored_small(notebook: NotebookNode) -> None:
    (shown,) = outputs(notebook)[1]
    assert len(shown.data["image/png"]) < 25_000


def test_source_is_stored_as_markdown(notebook: NotebookNode) -> None:
    (shown,) = outputs(notebook)[5]
    assert shown.data["text/markdown"].startswith("```python\n# companion/plots/palette.py\ndef ink(")


@pytest.fixture(scope="module")
def built(notebook: NotebookNode, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the page as the book is built, by Sphinx and MyST-NB; return its address."""
    folder = tmp_path_factory.mktemp("book")
    nbformat.write(notebook, folder / "index.ipynb")
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", str(folder), str(folder / "html")]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"}
    )
    assert done.returncode == 0, done.stderr
    return (folder / "html" / "index.html").as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    assert path, f"expected one of {', '.join(names)}; on Debian: apt-get install chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    made = context.new_page()
    yield made
    context.close()


def local(page: Page, address: str) -> None:
    """Open an address with every other host out of reach."""
    page.route("**/*", lambda r: r.continue_() if r.request.url.startswith(("file:", "data:")) else r.abort())
    page.goto(address, wait_until="load")


@pytest.mark.browser
def test_the_slider_moves_by_keyboard_in_the_built_page(page: Page, built: str) -> None:
    local(page, built)
    explorer = page.get_by_role("figure", name="What is left.")
    image, slider = explorer.get_by_role("img"), explorer.get_by_role("slider", name="alpha")
    before = image.get_attribute("src")
    assert slider.is_enabled()
    assert explorer.locator(".unrolled-explorer-note").count() == 0
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "0.875"
    assert explorer.locator("output").first.inner_text() == "0.875"
    assert image.get_attribute("alt") == "0.263 is left after 10 steps"
    assert explorer.locator(".unrolled-explorer-said").inner_text() == "0.263 is left after 10 steps"
    assert image.get_attribute("src") != before
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert image.get_attribute("alt") == "0.069 is left after 20 steps"
    page.keyboard.press("Home")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowLeft")
    assert image.get_attribute("src") == before
    assert image.evaluate("i => i.complete && i.naturalWidth") == 840


@pytest.mark.browser
def test_an_explorer_of_text_changes_its_text(page: Page, built: str) -> None:
    local(page, built)
    explorer = page.get_by_role("figure", name="Cut.")
    assert explorer.locator("pre").inner_text() == "a cat"
    explorer.get_by_role("slider", name="cut").press("ArrowRight")
    assert explorer.locator("pre").inner_text() == "a   c a t"
    assert explorer.locator("output").inner_text() == "letters"


@pytest.mark.browser
def test_it_fits_a_phone(page: Page, built: str) -> None:
    local(page, built)
    for box in page.locator(".unrolled-explorer").all():
        assert box.evaluate("e => e.scrollWidth <= e.clientWidth && e.getBoundingClientRect().right <= 390")
        assert box.get_by_role("slider").first.evaluate("e => e.getBoundingClientRect().height") >= 24


@pytest.mark.browser
def test_it_sits_on_the_dark_page(page: Page, built: str) -> None:
    page.emulate_media(color_scheme="dark")
    local(page, built)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    explorer = page.get_by_role("figure", name="What is left.")
    assert (
        explorer.get_by_role("img").evaluate("e => getComputedStyle(e).filter")
        == "invert(1) hue-rotate(180deg)"
    )
    light = "e => getComputedStyle(e).color.match(/\\d+/g).slice(0, 3).every(v => v > 150)"
    assert explorer.evaluate(light), "its text is light on the dark page"
    ground = "e => getComputedStyle(e.closest('.text_html')).backgroundColor"
    assert explorer.evaluate(ground) == "rgba(0, 0, 0, 0)"


def twice(notebook: NotebookNode) -> str:
    (shown,) = outputs(notebook)[2]
    return f"<!doctype html><title>Twice</title>{shown.data['text/html'] * 2}"


@pytest.mark.browser
def test_the_same_output_twice_on_a_page_gives_two_that_move_alone(
    page: Page, notebook: NotebookNode
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content(twice(notebook))
    first, second = page.locator(".unrolled-explorer").all()
    second.get_by_role("slider", name="alpha").press("End")
    assert [e.locator("output").first.inner_text() for e in (first, second)] == ["0.75", "1"]
    assert first.get_by_role("img").get_attribute("src") != second.get_by_role("img").get_attribute("src")
    assert not errors


@pytest.mark.browser
def test_without_javascript_it_shows_a_frame_and_says_so(browser: Browser, notebook: NotebookNode) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(twice(notebook))
    explorer = page.locator(".unrolled-explorer").first
    assert explorer.get_by_role("img").get_attribute("alt") == "0.056 is left after 10 steps"
    assert explorer.get_by_role("slider", name="alpha").is_disabled()
    assert "Shown here: alpha 0.75, steps 10, one of 10 settings." in explorer.inner_text()
    context.close()
