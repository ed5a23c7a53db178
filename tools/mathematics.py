"""A Sphinx extension that draws the formulas while the book is built.

MathJax runs once, here, and not in every reader's browser. A page carries finished formulas, with MathML
beside them for screen readers; 750 kB of scripts stay at home; a formula that TeX refuses is a warning.
An EPUB carries MathML alone, which reading devices draw.
"""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Any, TextIO, cast

from docutils import nodes
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from tools import mathml
from tools import node as nodejs

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)


class Typesetter:
    """A running MathJax, asked one formula at a time."""

    def __init__(self) -> None:
        command = [*nodejs.programs()[0], "tools/mathematics.cjs"]
        self.process = subprocess.Popen(
            command,
            cwd=nodejs.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def draw(self, tex: str, *, display: bool, mathml: bool = False) -> tuple[str, str | None]:
        """Return the formula as HTML or as MathML, and what TeX finds wrong with it, if anything.

        Raises
        ------
        tools.node.NodeError
            If MathJax is not there or stops.
        """
        question, answers = cast(TextIO, self.process.stdin), cast(TextIO, self.process.stdout)
        question.write(json.dumps({"tex": tex, "display": display, "mathml": mathml}) + "\n")
        question.flush()
        line = answers.readline()
        if not line:
            raise nodejs.NodeError("MathJax stopped; `python -m tools.assets` brings it in.")
        answer = json.loads(line)
        error = answer["error"]
        return answer["html"], None if error is None else unescape(error)

    def close(self) -> None:
        """End the process, which ends when nothing more can be asked."""
        self.process.communicate()


@cache
def typesetter() -> Typesetter:
    """Return the one MathJax of this build, started when the first formula is met."""
    return Typesetter()


def stop(app: Sphinx, exception: Exception | None) -> None:
    """End MathJax, if any page needed it."""
    if typesetter.cache_info().currsize:
        typesetter().close()
        typesetter.cache_clear()


def drawn(self: HTML5Translator, tex: str, node: nodes.Node, *, display: bool) -> str:
    """Draw one formula, and warn of one that TeX refuses."""
    as_mathml = self.builder.name == "epub"
    html, error = typesetter().draw(tex, display=display, mathml=as_mathml)
    if error is not None:
        logger.warning("TeX refuses this formula: %s\n%s", error, tex.strip(), location=node, type="math")
    return mathml.fit(html, node.astext()) if as_mathml else html


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula inside a line."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(drawn(self, node.astext(), node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, its number last and its wide part in a box of its own, which can scroll."""
    tex = node.astext()
    self.body.append(self.starttag(node, "div", "", CLASS="math notranslate nohighlight"))
    html = drawn(self, tex if node["nowrap"] else wrapped(tex), node, display=True)
    self.body.append(f'<div class="formula">{html}</div>')
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def wrapped(tex: str) -> str:
    r"""Give several lines the environment that Sphinx gives them.

    Examples
    --------
    >>> wrapped("a = b")
    'a = b'
    >>> wrapped(r"a &= b \\ &= c")
    '\\begin{split}a &= b \\\\ &= c\\end{split}'
    >>> wrapped(r"\begin{aligned}a &= b \\ &= c\end{aligned}")  # it has one
    '\\begin{aligned}a &= b \\\\ &= c\\end{aligned}'
    """
    parts = [part.strip() for part in tex.split("\n\n") if part.strip()]
    lines = [rf"\begin{{split}}{part}\end{{split}}" if _bare(part) else part for part in parts]
    return lines[0] if len(lines) == 1 else r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def _bare(part: str) -> bool:
    """Say whether a part has several lines and no environment around them."""
    begun = re.match(r"\\begin\{(\w+)\}", part)
    return r"\\" in part and not (begun and part.endswith(rf"\end{{{begun[1]}}}"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the renderer to Sphinx under the name ``drawn``."""
    app.add_html_math_renderer("drawn", (visit_inline, None), (visit_block, None))
    app.connect("build-finished", stop)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
