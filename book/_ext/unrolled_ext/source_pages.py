"""Pages of the built book that show the companion and the tests, with a link from a label to its equation."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from docutils.nodes import make_id
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.util.osutil import relative_uri

from . import places, scan

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.domains.math import MathDomain

NAVIGATION: WeakKeyDictionary[Sphinx, dict[tuple[Any, ...], str]] = WeakKeyDictionary()
STRING = re.compile(r"(?<=>)(&quot;|\")([^\"&<>]+)(\1)(?=<)")  # a whole string, highlighted


def href(app: Sphinx, page: str, label: str) -> str | None:
    """Address of an equation, seen from a source page; None where the book has no such equation."""
    entry = cast("MathDomain", app.env.get_domain("math")).equations.get(label)
    if entry is None:
        return None
    builder = app.builder
    chapter = relative_uri(builder.get_target_uri(page), builder.get_target_uri(entry[0]))
    return f"{chapter}#{make_id('equation-' + label)}"


def linked(app: Sphinx, page: str, label: str, text: str) -> str:
    """Turn highlighted text into a link to the equation of that label."""
    target = href(app, page, label)
    return f'<a class="source-equation" href="{html.escape(target)}">{text}</a>' if target else text


def lines_of(text: str) -> list[str]:
    """Highlight Python, one piece of HTML a line."""
    formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)
    colored: str = highlight(text, PythonLexer(stripnl=False), formatter)
    return colored.rstrip("\n").split("\n")


def body(app: Sphinx, page: str, path: str, text: str) -> str:
    """Build the page's contents: a heading and numbered lines, each with an anchor ``L42``."""
    rows = []
    width = len(str(text.count("\n") + 1))
    for number, line in enumerate(lines_of(text), start=1):
        line = scan.EQ.sub(lambda found: linked(app, page, found[1], found[0]), line)
        line = STRING.sub(lambda found: found[1] + linked(app, page, found[2], found[2]) + found[3], line)
        attributes = f'class="linenos" href="#L{number}" aria-label="Line {number}" tabindex="-1"'
        anchor = f"<a {attributes}>{number:{width}}</a>"
        rows.append(f'<span class="source-line" id="L{number}">{anchor}{line}</span>\n')
    code = "".join(rows).replace("&quot;", '"').replace("&#39;", "'")  # in text they weigh six times less
    name = html.escape(path)
    heading = name.replace("/", "/<wbr>").replace("_", "_<wbr>")
    return (
        f'<section class="source-page"><h1>{heading}</h1>'
        f'<div class="highlight"><pre tabindex="0" role="region" aria-label="{name}">{code}</pre></div>'
        "</section>"
    )


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield one page for each module of the companion and for each test that proves an equation."""
    if places.on_paper(app):
        return
    root = places.root(app.env)
    proving = {place.path for place in scan.proofs(root)}
    tests = [(path, text) for path, text in scan.python_files(root, "tests") if path in proving]
    for path, text in [*scan.python_files(root, "companion"), *tests]:
        page = places.code_page(path)
        yield page, {"title": path, "body": body(app, page, path, text), "parents": []}, "page.html"


def share_navigation(app: Sphinx, pagename: str, templatename: str, context: Any, doctree: object) -> None:
    """Draw the table of contents once for all these pages of a depth: none of them stands in it."""
    if not places.is_code_page(pagename):
        return
    draw, drawn = context["toctree"], NAVIGATION.setdefault(app, {})

    def shared(**options: Any) -> str:
        key = pagename.count("/"), *sorted(options.items())
        if key not in drawn:
            drawn[key] = draw(**options)
        return drawn[key]

    context["toctree"] = shared


def setup(app: Sphinx) -> None:
    """Connect the events."""
    app.connect("html-collect-pages", pages)
    app.connect("html-page-context", share_navigation, priority=100)  # before the theme asks for it
