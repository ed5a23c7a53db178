"""What a reader does with live cells: solves an exercise, stops a loop that never ends, resets, goes on."""

import time
from pathlib import PurePosixPath

import pytest
from visiting import AXE, NARROW, OVERFLOW, SCAN, switch_to

from conftest import HTML

pytestmark = pytest.mark.browser

PAGE = "recurrence/rnn.html"
PATIENCE = 180_000  # milliseconds: a machine that does much else at once is slow, not wrong
STEP = """def step(x_t, h, W_ih, W_hh, b):
    return {}

check("rnn-step", step)
"""
RIGHT = "np.tanh(x_t @ W_ih.T + h @ W_hh.T + b)"
EXPLORER = """from companion.explore import explore
explore(lambda n: "na" * n, description="Sung.", n=(1, 3, 3))
"""


class Reader:
    """A reader of one page, and what he sees there."""

    def __init__(self, browser, address, name):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.asked, self.errors = [], []
        self.address = address
        self.page.route("**/*", self.pass_on)
        self.page.on("console", self.listen)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address + name)

    def pass_on(self, route):
        """Note what is asked for, and block every other host."""
        url = route.request.url
        self.asked.append(url)
        route.continue_() if url.startswith((self.address, "data:", "blob:")) else route.abort()

    def listen(self, said):
        """Note what the console is told."""
        if said.type in ("error", "warning"):
            self.errors.append(said.text)

    def start(self):
        """Press the button of the first exercise."""
        self.page.locator(".live-here button").first.click()
        self.page.wait_for_function("window.unrolledLive")

    def exercise(self):
        """Return the number of the first exercise's cell."""
        holds = "unrolledLive.cells.findIndex((cell) => /^check\\(/m.test(cell.original))"
        return self.page.evaluate(holds)

    def cell(self, number):
        """Return the node of a cell."""
        return self.page.locator("div.cell[data-live]").nth(number)

    def write(self, number, source):
        """Write over a cell's code, as one does by hand."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def run(self, number):
        """Press Shift-Enter in a cell, wait for its end, and return what it put out."""
        self.cell(number).evaluate("(node) => delete node.dataset.ran")
        self.cell(number).locator(".cm-content").press("Shift+Enter")
        self.page.wait_for_function(
            "(number) => unrolledLive.cells[number].node.dataset.ran", arg=number, timeout=PATIENCE
        )
        return self.cell(number).locator(".live-output").inner_text()


@pytest.fixture(scope="module")
def reader(chromium, address):
    if "data-live" not in (HTML / PAGE).read_text(encoding="utf-8"):
        pytest.fail("the book was built without live cells: make book LIVE=required says why")
    reader = Reader(chromium, address, PAGE)
    yield reader
    reader.context.close()


def test_nothing_is_fetched_before_the_click(reader):
    assert not [url for url in reader.asked if "/live/" in url]
    assert reader.page.locator(".cm-editor").count() == 0


def test_an_exercise_is_solved(reader, address, record_property):
    """A wrong answer is told what is wrong with it, a right one passes; nothing comes from another host."""
    began = time.monotonic()
    reader.start()
    number = reader.exercise()
    reader.write(number, STEP.format("np.tanh(x_t @ W_ih.T + h @ W_hh.T)"))
    said = reader.run(number)
    record_property("seconds", (PAGE, time.monotonic() - began))
    assert said.startswith("rnn-step: not yet")
    reader.write(number, STEP.format(RIGHT))
    assert reader.run(number).strip() == "rnn-step: passed, all 7 cases."
    assert reader.errors == []
    here = (address, "data:", "blob:")
    assert [url for url in reader.asked if not url.startswith(here)] == []


def test_only_what_is_needed_has_run(reader):
    ran = reader.page.evaluate(
        "unrolledLive.cells.filter((cell) => cell.node.dataset.ran).map((c) => c.number)"
    )
    assert ran == [0, reader.exercise()]


def test_an_error_stands_in_the_cell(reader):
    number = reader.exercise() + 1
    reader.write(number, "def f(x):\n    return [1][x]\n\nf(3)")
    said = reader.run(number)
    assert "line 2, in f" in said
    assert "IndexError: list index out of range" in said
    assert "ended with an error" in reader.cell(number).locator(".live-status").inner_text()


def test_an_explorer_moves(reader):
    number = reader.exercise() + 1
    reader.write(number, EXPLORER)
    reader.run(number)
    stage = reader.cell(number).locator(".unrolled-explorer-stage")
    assert stage.inner_text().strip() == "nana"
    slider = reader.cell(number).locator("input[type=range]")
    slider.focus()
    reader.page.keyboard.press("End")
    assert stage.inner_text().strip() == "nanana"


def test_what_folded_code_puts_out_is_seen(reader):
    number = reader.page.evaluate("unrolledLive.cells.findIndex((c) => c.input.closest('details'))")
    fold = reader.cell(number).locator("details").first
    fold.locator("summary").click()
    reader.write(number, "print('seen')")
    assert reader.run(number).strip() == "seen"
    fold.locator("summary").click()
    assert not reader.cell(number).locator(".cm-editor").is_visible()
    assert reader.cell(number).locator(".live-output").is_visible()


def test_tab_leaves_the_editor(reader):
    reader.cell(reader.exercise()).locator(".cm-content").focus()
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.textContent") == "Run"


def test_the_focus_stays_and_the_end_is_told(reader):
    """Run gives way to Stop, and Stop to Run: the keyboard goes along; a screen reader hears how it ended."""
    number = reader.exercise() + 1
    reader.write(number, "import time\n\ntime.sleep(1)\nprint('slept')")
    reader.cell(number).get_by_role("button", name="Run").focus()
    reader.page.keyboard.press("Enter")
    for text in ("Stop", "Run"):
        reader.page.wait_for_function("(text) => document.activeElement.textContent === text", arg=text)
    told = reader.page.locator(".live-bar [role=status]")
    told.get_by_text(f"Cell {number + 1}: done in").wait_for()
    assert told.inner_text().endswith(". slept")


def test_the_keys_of_the_editor_are_told(reader):
    content = reader.cell(reader.exercise()).locator(".cm-content")
    keys = reader.page.locator(f"#{content.get_attribute('aria-describedby')}")
    assert "Tab leaves it" in keys.inner_text()


def test_a_figure_says_what_it_shows(reader):
    """The chapter's words for a figure hold while its code is as it was."""
    figures = "unrolledLive.cells.filter((cell) => cell.stored?.querySelector('figure img'))"
    stored = f"{figures}[0].stored.querySelector('figure img').alt"
    assert reader.page.evaluate(f"{figures}[0].described(0)") == reader.page.evaluate(stored)
    assert "changed code" in reader.page.evaluate(f"{figures}[0].described(1)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers(reader, scheme):
    if reader.page.evaluate("typeof axe") == "undefined":
        reader.page.add_script_tag(path=str(AXE))
    switch_to(reader.page, scheme)
    assert reader.page.evaluate(SCAN) == []


@pytest.mark.parametrize("width", NARROW)
def test_nothing_sticks_out(reader, width):
    reader.page.set_viewport_size({"width": width, "height": 800})
    assert reader.page.evaluate(OVERFLOW) == []
    reader.page.set_viewport_size({"width": 1280, "height": 900})


def test_reset_brings_back_what_was_stored(reader):
    number = reader.exercise()
    stored = reader.cell(number).locator(".cell_output")
    assert not stored.is_visible()
    reader.cell(number).get_by_role("button", name="Reset").click()
    assert stored.is_visible()
    assert reader.page.evaluate("(n) => !unrolledLive.cells[n].changed()", number)
    assert reader.cell(number).locator(".live-output").inner_text() == ""


def test_an_endless_loop_is_stopped(reader):
    """The page answers while it runs; after Stop, a cell brings back what it needs by itself."""
    number = reader.exercise()
    cell = reader.cell(number)
    reader.write(number, "print('begun')\nwhile True:\n    pass")
    cell.locator(".cm-content").press("Shift+Enter")
    cell.get_by_role("button", name="Stop").wait_for()
    reader.page.wait_for_function(
        "(n) => unrolledLive.cells[n].status.textContent.startsWith('runs')", arg=number, timeout=PATIENCE
    )
    assert reader.page.evaluate("1 + 1") == 2
    cell.get_by_role("button", name="Stop").click()
    assert cell.locator(".live-status").inner_text() == "stopped"
    reader.write(number, STEP.format(RIGHT))
    assert reader.run(number).strip() == "rnn-step: passed, all 7 cases."


@pytest.mark.parametrize("file", ["live/pyodide/pyodide.asm.wasm", "live/worker.js"])
def test_a_start_that_fails_says_so_in_the_cell_and_can_be_tried_again(chromium, address, file):
    reader = Reader(chromium, address, PAGE)
    lost = f"**/{file}"
    reader.page.route(lost, lambda route: route.abort())
    reader.start()
    number = reader.exercise()
    said = reader.run(number)
    assert said.startswith("Python could not be started: ")
    assert PurePosixPath(file).name in said or "worker" in said
    reader.page.unroute(lost)
    reader.write(number, STEP.format(RIGHT))
    assert reader.run(number).strip() == "rnn-step: passed, all 7 cases."
    reader.context.close()


def test_a_page_opened_as_a_file_says_what_to_do(chromium):
    page = chromium.new_page()
    page.goto((HTML / PAGE).as_uri())
    page.locator(".live-here button").first.click()
    assert "python -m http.server" in page.locator(".live-here .live-status").first.inner_text()
    page.close()


def test_an_old_browser_is_told_so(chromium, address):
    context = chromium.new_context()
    context.add_init_script("delete window.WebAssembly")
    page = context.new_page()
    page.goto(address + PAGE)
    page.get_by_role("button", name="Run this page").click()
    assert "too old" in page.locator(".live-bar .live-status").inner_text()
    context.close()
