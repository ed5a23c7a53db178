"""What ``make epub`` decides: the contents, who checks the file, what is said; and its MathML."""

from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tools import assets, epub, mathematics, mathml, paper

Tex = Callable[[str], ElementTree.Element]
GOOD = "#!/bin/sh\nexit 0\n"
BAD = '#!/bin/sh\necho "ERROR(RSC-005): $2"\nexit 1\n'


def command(folder: Path, text: str, name: str = "epubcheck") -> Path:
    """Write a command of our own."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the build write a few bytes into a folder of its own, and be checked by nobody."""

    def build(builder: str, folder: Path, **settings: object) -> bool:
        folder.mkdir(exist_ok=True)
        (folder / "unrolled.epub").write_bytes(b"new")
        return bool(settings["epub_title"])

    monkeypatch.setattr(paper, "build", build)
    monkeypatch.setattr(assets, "bring_in", lambda: False)
    monkeypatch.setattr(epub, "EPUB", tmp_path / "unrolled.epub")
    monkeypatch.setattr(epub, "PAGES", tmp_path / "pages")
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "_config.yml").write_text("title: T\nauthor: A\ncopyright: C\n")
    monkeypatch.setattr(paper, "ROOT", tmp_path)
    return tmp_path


def test_where_epubcheck_is_missing_the_book_is_made_and_says_so(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert epub.main() == 0
    assert (root / "unrolled.epub").read_bytes() == b"new"
    assert "Not checked: the command epubcheck is missing" in capsys.readouterr().out


def test_a_file_that_epubcheck_refuses_does_not_replace_the_one_that_is_there(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "unrolled.epub").write_bytes(b"old")
    command(root, BAD)
    assert epub.main() == 1
    assert (root / "unrolled.epub").read_bytes() == b"old"
    said = capsys.readouterr().err
    assert "epubcheck finds fault with pages/unrolled.epub" in said
    assert "ERROR(RSC-005)" in said


def test_a_file_that_epubcheck_accepts_is_put_where_it_is_looked_for(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(root, GOOD)
    assert epub.main() == 0
    assert "epubcheck finds no error and no warning." in capsys.readouterr().out


def test_an_epubcheck_that_is_a_java_archive_is_started_by_java(root: Path) -> None:
    file = command(root, "PK\x03\x04")
    assert epub.checker() is None  # there is no java
    command(root, GOOD, "java")
    assert epub.checker() == ["java", "-jar", str(file)]
    command(root, GOOD)
    assert epub.checker() == [str(file)]


def test_paper_has_two_pages_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "PAPER", tmp_path / "paper")
    parts = yaml.safe_load(paper.toc().read_text(encoding="utf-8"))["parts"]
    assert parts[0]["chapters"][0] == {"file": "paper/edition"}
    assert parts[-1]["caption"] == "Appendix"
    assert parts[-1]["chapters"][0] == {"file": "paper/solutions"}
    assert all((paper.ROOT / "book" / f"{name}.md").exists() for name in (paper.EDITION, paper.SOLUTIONS))


@pytest.fixture(scope="module")
def tex() -> Iterator[Tex]:
    """Return a function that turns TeX into a tree of MathML, as a reading device gets it."""
    running = mathematics.Typesetter()

    def drawn(text: str) -> ElementTree.Element:
        answer, error = running.draw(text, display=True, mathml=True)
        assert error is None
        return ElementTree.fromstring(mathml.fit(answer, text).replace(f'xmlns="{mathml.NAMESPACE}" ', ""))

    yield drawn
    running.close()


def leaves(tree: ElementTree.Element) -> list[tuple[str, str]]:
    return [(node.tag, node.text or "") for node in tree.iter() if not len(node)]


def test_columns_and_gaps_are_said_to_devices_that_know_no_columnalign(tex: Tex) -> None:
    aligned = tex(r"\begin{aligned}a &= b & c &= d\end{aligned}")
    assert [cell.get("class") for cell in aligned.iter("mtd")] == ["right", "left", "right apart", "left"]
    cases = tex(r"\begin{cases}a & b\end{cases}")
    assert [cell.get("class") for cell in cases.iter("mtd")] == ["left", "left apart"]


def test_letters_of_other_alphabets_are_those_letters(tex: Tex) -> None:
    assert leaves(tex(r"\mathcal{L} \mathbb{R} \mathcal{N}")) == [("mi", "ℒ"), ("mi", "ℝ"), ("mi", "𝒩")]
    bold = next(tex(r"\mathbf{h}").iter("mi"))
    assert (bold.text, bold.get("class"), bold.get("mathvariant")) == ("h", "bold", "normal")


@pytest.mark.parametrize(
    ("text", "gaps"),
    [(r"W \tanh x", 2), (r"\tanh(x)", 0), (r"= \log x", 1), (r"\ln \left(x\right)", 0), (r"a b", 0)],
)
def test_a_named_function_has_the_spaces_that_tex_gives_it(tex: Tex, text: str, gaps: int) -> None:
    assert [tag for tag, _ in leaves(tex(text))].count("mspace") == gaps


def test_nothing_of_mathjax_own_is_left_and_the_source_is_the_alternative(tex: Tex) -> None:
    formula = tex("\\frac{a}\n{b}")
    assert formula.get("alttext") == r"\frac{a} {b}"
    assert not [name for node in formula.iter() for name in node.attrib if name.startswith("data-")]
