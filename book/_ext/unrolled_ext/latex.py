"""The book as LaTeX: its settings, and the parts that make it a book on paper.

Acts for the builder ``latex`` alone, after what every paper edition shares (`unrolled_ext.paper`).
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from sphinx.util.texescape import escape

from . import latex_order, latex_pictures, latex_writer, places

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

STYLES = ("fonts.tex", "preamble.tex", "cover.tex")  # in book/_latex
ENGINE = "lualatex"  # takes a character that a face lacks from the next face
PAGE = "twoside=false, hcentering, textwidth=153mm, textheight=238mm, top=28mm, headsep=7mm, footskip=11mm"
CONTENTS = r"\frontmatter\pagestyle{plain}\blackcontents\tableofcontents"
LEAD = "A textbook on recurrent networks, from raw text to translation, that you can read, run and break."
# A rule on the left in the colour of what a box is for: Sphinx' options for its kinds of boxes.
BOX = (
    "div.{0}_border-left-width=2.5pt, div.{0}_border-top-width=0pt, div.{0}_border-bottom-width=0pt, "
    "div.{0}_border-right-width=0pt, div.{0}_padding-left=9pt, div.{0}_padding-right=6pt, "
    "div.{0}_border-radius=0pt, div.{0}_padding-top=5pt, div.{0}_padding-bottom=5pt, "
    "div.{0}_border-TeXcolor={{HTML}}{{{1}}}, "
    "div.{0}_background-TeXcolor={{HTML}}{{{2}}}"
)
BOXES = {
    "note": ("1F5F8B", "F5F8FA"),
    "hint": ("1F5F8B", "F5F8FA"),
    "tip": ("2A683B", "F5F9F6"),
    "warning": ("A3391F", "FBF6F4"),
    "important": ("68448D", "F8F6FA"),
    "seealso": ("535A61", "FFFFFF"),
}


def elements(config: Config) -> dict[str, str]:
    """Return what goes into Sphinx' template of a LaTeX document."""
    title, author = (escape(html.unescape(text), ENGINE) for text in (config.html_title, config.author))
    names = (("title", title), ("lead", LEAD), ("author", author))
    macros = "".join(rf"\newcommand{{\book{name}}}{{{text}}}" + "\n" for name, text in names)
    metadata = r"\hypersetup{pdftitle={\booktitle}, pdfauthor={\bookauthor}}"
    code = (
        "VerbatimColor={HTML}{F6F5F1}, VerbatimBorderColor={HTML}{DCD8D0}, verbatimborder=0.4pt, "
        "verbatimsep=4pt, verbatimhintsturnover=false"
    )
    return {
        "papersize": "a4paper",
        "pointsize": "10pt",
        "extraclassoptions": "oneside,openany",
        "geometry": rf"\usepackage[{PAGE}]{{geometry}}",
        "amsmath": r"\usepackage{amsmath}" + "\n" + r"\usepackage[math-style=TeX]{unicode-math}",
        "polyglossia": "",
        "babel": r"\usepackage{babel}",
        "fontpkg": r"\input{fonts.tex}",
        "fncychap": "",
        "sphinxsetup": ", ".join([code, *(BOX.format(kind, *colours) for kind, colours in BOXES.items())]),
        "preamble": macros + r"\input{preamble.tex}" + "\n" + metadata,
        "maketitle": r"\input{cover.tex}",
        "tableofcontents": CONTENTS,
        "figure_align": "H",
        "makeindex": "",
        "printindex": "",
    }


def configure(app: Sphinx, config: Config) -> None:
    """Set the LaTeX builder up; what the built book needs is not touched."""
    config.latex_engine = ENGINE
    config.latex_use_xindy = False
    config.latex_domain_indices = False
    config.latex_docclass = {"manual": "book"}
    config.latex_theme = "manual"
    config.latex_toplevel_sectioning = "chapter"
    config.latex_table_style = ["booktabs"]
    config.latex_elements = elements(config)
    folder = places.ROOT / "book" / "_latex"
    config.latex_additional_files = [str(folder / name) for name in STYLES]
    author = escape(config.author, ENGINE)
    config.latex_documents = [(config.root_doc, "unrolled.tex", config.html_title, author, "manual")]


def setup(app: Sphinx) -> None:
    """Register the settings, the order of the book, its pictures and its writer."""
    app.connect("config-inited", configure, priority=700)  # before Sphinx checks them
    app.add_post_transform(latex_order.Boxes)
    app.add_post_transform(latex_order.ShortReference)
    app.add_post_transform(latex_order.Parts)
    app.connect("doctree-resolved", latex_order.mend_tables, priority=900)  # some are made at that event
    latex_pictures.setup(app)
    app.connect("builder-inited", set_writer)


def set_writer(app: Sphinx) -> None:
    """Register the writer for this builder alone: the theme adds to the writers it finds, else to HTML's."""
    if app.builder.name == "latex":
        app.set_translator("latex", latex_writer.Writer, override=True)
