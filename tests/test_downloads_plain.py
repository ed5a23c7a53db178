"""The notebook to take along: MyST becomes Markdown, and the first cells say how to get the companion."""

from types import SimpleNamespace

import pytest
from nbformat import v4

from tools.downloads import wheel
from tools.downloads.extension import known_address, link_wheel, offer
from tools.downloads.notebook import Companion, body, first_cells, take_along
from tools.downloads.plain import Unknown, plain

BOOK = "https://example.org/book/"


class Known:
    """A book of one chapter, a glossary and three sources."""

    docname = "memory/gates"

    def __init__(self, book=BOOK):
        self.book = book

    def equation(self, label):
        return {"eq-gate": "11.2"}.get(label)

    def number(self, kind, label):
        return {("exercise", "ex-open"): "11.1", ("figure", "fig-gate"): "11.3"}.get((kind, label))

    def section(self, label):
        return {
            "here": (self.docname, "here", "Here"),
            "bptt": ("recurrence/bptt", "bptt", "Through time"),
        }.get(label)

    def term(self, term):
        return ("appendix/glossary", f"term-{term}") if term == "gate" else None

    def module(self, name):
        return ("appendix/api", name) if name == "companion.text" else None

    def page(self, target):
        return {
            "../recurrence/rnn.ipynb": ("recurrence/rnn", ""),
            "../recurrence/rnn.md": ("recurrence/rnn", ""),
        }.get(target)

    def link(self, text, docname, anchor=""):
        return f"[{text}]({self.book}{docname}#{anchor})" if self.book and docname != self.docname else text

    def cite(self, keys, in_text):
        return f"<{keys}|{in_text}>"

    def reference(self, key):
        return f"{key}, a book"


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        ("(here)=\n## Here", "## Here"),
        ("$$\na = b\n$$ (eq-gate)\n\nSo", "$$\na = b\n\\tag{11.2}\n$$\n\nSo"),
        ("$$ a = b $$ (eq-gate)", "$$ a = b \\tag{11.2}\n$$"),
        ("```{math}\n:label: eq-gate\n:class: stated\n\na = b\n```", "$$\na = b\n\\tag{11.2}\n$$"),
        ("By {eq}`eq-gate` it is", "By (11.2) it is"),
        ("{numref}`fig-gate` shows", "Figure 11.3 shows"),
        (
            "A {term}`gate`, two {term}`gates <gate>`",
            f"A [gate]({BOOK}appendix/glossary#term-gate), two [gates]({BOOK}appendix/glossary#term-gate)",
        ),
        ("{cite:t}`a2001` and {cite:p}`b2002,c2003`", "<a2001|True> and <b2002,c2003|False>"),
        ("{mod}`companion.text`", f"[`companion.text`]({BOOK}appendix/api#companion.text)"),
        (
            "{ref}`bptt` {ref}`back <bptt>`",
            f"[Through time]({BOOK}recurrence/bptt#bptt) [back]({BOOK}recurrence/bptt#bptt)",
        ),
        ("[above](here), [before](#bptt)", f"above, [before]({BOOK}recurrence/bptt#bptt)"),
        ("[a `x[0]`](../recurrence/rnn.ipynb)", f"[a `x[0]`]({BOOK}recurrence/rnn#)"),
        ("[file](https://example.org/a)", "[file](https://example.org/a)"),
        ("no link: f[x](y), $a[i](bptt)$, `[x](bptt)`", "no link: f[x](y), $a[i](bptt)$, `[x](bptt)`"),
        ("code: `` {eq}`eq-gate` ``", "code: `` {eq}`eq-gate` ``"),
        ("```python\n(here)=\n{eq}`eq-gate`\n```", "```python\n(here)=\n{eq}`eq-gate`\n```"),
        (
            ":::{admonition} Why $x$?\n:class: check\nSee {eq}`eq-gate`.\n\nSo.\n:::",
            "> **Why $x$?**\n>\n> See (11.2).\n>\n> So.",
        ),
        (":::{admonition} Box\n$$\na\n$$\n:::", "<blockquote>\n\n**Box**\n\n$$\na\n$$\n\n</blockquote>"),
        (
            "```{admonition} Hint\n:class: dropdown hint\nTry.\n```",
            "<details>\n<summary>Hint</summary>\n\nTry.\n\n</details>",
        ),
        ("```{exercise} Open\n:label: ex-open\n\nDo it.\n```", "**Exercise 11.1: Open**\n\nDo it."),
        (
            "````{solution} ex-open\n:class: dropdown\n\n```python\npass\n```\n````",
            "<details>\n<summary>Solution to exercise 11.1</summary>\n\n```python\npass\n```\n\n</details>",
        ),
    ],
)
def test_plain(myst, markdown):
    assert plain(myst, Known()) == markdown


@pytest.mark.parametrize(
    ("myst", "said"),
    [
        ("{eq}`eq-none`", "'eq-none', which is no equation"),
        ("$$\na\n$$ (eq-none)", "'eq-none', which is no equation"),
        ("{term}`none`", "'none', which is no term"),
        ("{doc}`none`", "got 'doc'"),
        ("```{figure} x.png\n```", "got 'figure'"),
        (":::{admonition} Box\nnever closed", "expected a line that closes"),
        ("```{exercise}\n:label: ex-none\n```", "'ex-none', which is no exercise"),
    ],
)
def test_what_has_no_plain_form_is_refused(myst, said):
    with pytest.raises(Unknown, match=said):
        plain(myst, Known())


def test_without_an_address_links_are_words():
    text = "A {term}`gate` [before](#bptt), [rnn](../recurrence/rnn.ipynb)."
    assert plain(text, Known(book=None)) == "A gate before, rnn."


def chapter():
    figure = {"figure": {"name": "fig-gate", "caption": "What {term}`gates <gate>` do, {cite:p}`c2003`."}}
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Gates\n{cite:t}`a2001`"),
            v4.new_code_cell("plot()", id="code-plot", metadata={"mystnb": figure, "tags": ["hide-input"]}),
            v4.new_markdown_cell("(only-a-target)="),
        ]
    )


def companion(names=("numpy", "pyarrow"), data=True, book=BOOK):
    return Companion("gates", list(names), data, book)


def test_cells_under_the_first_ones():
    cells = list(body(chapter(), Known()))
    assert [cell.cell_type for cell in cells] == ["markdown", "code", "markdown"]
    assert cells[1].metadata["jupyter"] == {"source_hidden": True}
    assert cells[2].source.startswith("**Figure 11.3.** What [gates](")


def test_the_sources_stand_at_the_end():
    cells = take_along(chapter(), companion(), "Gates", Known()).cells
    assert cells[-1].source == "## Sources\n\n* a2001, a book\n* c2003, a book"


def test_the_first_cells_with_an_address():
    told, run = first_cells(companion(), "Gates", Known())
    asked = f'"unrolled[gates] @ {BOOK}downloads/{wheel.name().replace("+", "%2B")}"'
    assert f"python -m pip install {asked}" in told.source
    assert f"({BOOK}memory/gates.html)" in told.source
    assert "cache folder" in told.source
    assert run.source.endswith(
        f'if not all(map(find_spec, ["companion", "numpy"])):\n    %pip install --quiet {asked}'
    )


def test_the_first_cells_without_an_address():
    told, run = first_cells(companion(data=False, book=None), "Gates", Known(book=None))
    assert f"`{wheel.name()}` into this notebook's folder" in told.source
    assert run.source.endswith(f'%pip install --quiet "./{wheel.name()}[gates]"')
    assert "None" not in told.source
    assert "cache folder" not in told.source


def test_how_to_get_a_small_pytorch_is_said_where_it_is_needed():
    with_torch = [cell.source for cell in first_cells(companion(("numpy", "torch")), "Gates", Known())]
    without = [cell.source for cell in first_cells(companion(), "Gates", Known())]
    assert f"first install `torch=={wheel.pins()['torch']}`" in with_torch[0]
    assert not any("torch" in source for source in without)


def test_where_everything_is_installed_the_cell_does_nothing():
    _, run = first_cells(companion(), "Gates", Known())
    condition = run.source.rpartition("\n")[0]
    exec(f"{condition}\n    raise AssertionError", {})
    with pytest.raises(AssertionError):
        exec(f"{condition}\n    raise AssertionError".replace('"numpy"', '"no_such_module"'), {})


def application(address):
    """Return what the extension asks of Sphinx: two pages, one of them a notebook."""
    pages = {"preface": "preface.md", "memory/gates": "memory/gates.ipynb"}
    env = SimpleNamespace(all_docs=pages, doc2path=pages.get)
    return SimpleNamespace(env=env, config=SimpleNamespace(html_baseurl=address))


@pytest.mark.parametrize(
    ("page", "address", "notebook", "with_mark"),
    [
        ("memory/gates", "", "memory/gates.ipynb", True),
        ("memory/gates", "https://example.org", "memory/gates.ipynb", False),
        ("preface", "", "", False),
        ("search", "", "", False),
    ],
)
def test_what_the_button_is_told(page, address, notebook, with_mark):
    context = {}
    offer(application(address), page, "page.html", context, None)
    assert context == {"notebook": notebook, "notebook_with_mark": with_mark}


def test_the_address_ends_with_a_slash():
    assert known_address(application("")) is None
    assert known_address(application("https://example.org/book")) == BOOK == known_address(application(BOOK))


def test_the_preface_links_the_wheel_also_where_it_linked_another(tmp_path):
    page = tmp_path / "preface.html"
    page.write_text('lay <span class="companion-file">the file</span> here', encoding="utf-8")
    link_wheel(page)
    first = page.read_text(encoding="utf-8")
    file = wheel.name().replace("+", "%2B")
    assert first == f'lay <a class="companion-file" href="downloads/{file}" download>the file</a> here'
    page.write_text(first.replace(file, "older.whl"), encoding="utf-8")
    link_wheel(page)
    assert page.read_text(encoding="utf-8") == first
