"""What ``make pdf`` decides: which packages are missing, what in a log a reader would see, what is left."""

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tools import paper, pdf

FINE = "This is LuaTeX\nOverfull \\hbox (1.2pt too wide) in paragraph at lines 3--4\n"
END = "Output written on unrolled.pdf (761 pages, 5186601 bytes).\n"
BAD = {
    "an error": "./unrolled.tex:1294: Undefined control sequence.",
    "a reference that leads nowhere": "LaTeX Warning: Hyper reference `rnn:law' on page 7 undefined.",
    "a label given twice": "LaTeX Warning: Label `text/rnn:rnn-law' multiply defined.",
    "a reference that still moves": "LaTeX Warning: Label(s) may have changed. Rerun to get them right.",
    "a picture that is lost": "LaTeX Warning: File `a.png' not found on input line 5.",
    "a character that no face has": "Missing character: There is no 猫 (U+732B) in font DejaVuSansMono!",
    "a line that leaves the page": "Overfull \\hbox (12.3pt too wide) in paragraph at lines 9--9",
    "a box that is higher than a page": "Overfull \\vbox (152.7pt too high) detected at line 9",
    "two places of one name": "warning  (pdf backend): ignoring duplicate destination with the name 'page.2'",
}


@pytest.mark.parametrize("name", BAD)
def test_what_a_reader_would_see_is_found_in_the_log(name: str) -> None:
    assert list(pdf.problems(f"{FINE}{BAD[name]}\n{END}")) == [BAD[name]]


def test_a_log_that_is_fine_has_no_problem() -> None:
    fine = "LaTeX Font Warning: Some font shapes were not available\nUnderfull \\hbox (badness 9)\n"
    assert list(pdf.problems(FINE + fine + END)) == []


def test_missing_packages_are_named_once_with_the_command() -> None:
    missing = pdf.absent(lambda name: name != "lualatex", lambda name: name != "luaotfload.sty")
    assert missing == ["texlive-luatex"]
    with pytest.raises(pdf.PdfError, match=r"apt-get install --no-install-recommends texlive-luatex\n"):
        pdf.require(missing)
    pdf.require([])  # says nothing


def test_without_tex_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pdf, "ROOT", tmp_path)
    monkeypatch.setattr(pdf, "absent", lambda: ["latexmk", "fonts-texgyre"])
    assert pdf.main() == 1
    said = capsys.readouterr()
    assert "apt-get install --no-install-recommends latexmk fonts-texgyre" in said.err
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def set_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the book be set in an empty folder by a LuaLaTeX that writes the log that stands in ``log``."""
    monkeypatch.setattr(pdf, "ROOT", tmp_path)
    monkeypatch.setattr(pdf, "WORK", tmp_path / "work")
    monkeypatch.setattr(pdf, "absent", list)
    monkeypatch.setattr(paper, "build", lambda *args, **settings: True)
    (tmp_path / "_build").mkdir()

    def latexmk(command: list[str], *options: object) -> CompletedProcess[str]:
        work = tmp_path / "work"
        (work / "unrolled.log").write_text((tmp_path / "log").read_text(encoding="utf-8"), encoding="utf-8")
        (work / "unrolled.pdf").write_bytes(b"new")
        return CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(pdf, "run", latexmk)
    return tmp_path


def test_a_book_that_is_set_well_is_put_in_its_place(
    set_book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (set_book / "log").write_text(FINE + END, encoding="utf-8")
    assert pdf.main() == 0
    assert [file.name for file in (set_book / "_build").iterdir()] == ["unrolled.pdf"]
    assert "761 pages" in capsys.readouterr().out


def test_what_a_run_left_that_was_broken_off_is_not_used(set_book: Path) -> None:
    (set_book / "log").write_text(FINE + END, encoding="utf-8")
    (set_book / "work").mkdir()
    (set_book / "work" / "unrolled.aux").write_text("half of it", encoding="utf-8")
    assert pdf.main() == 0
    assert not (set_book / "work" / "unrolled.aux").exists()
    (set_book / "work" / "unrolled.aux").write_text("all of it", encoding="utf-8")
    assert pdf.main() == 0
    assert (set_book / "work" / "unrolled.aux").exists()  # the next run starts from it


def test_a_book_with_a_fault_leaves_the_last_one_in_its_place(
    set_book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (set_book / "_build" / "unrolled.pdf").write_bytes(b"old")
    (set_book / "log").write_text(f"{FINE}{BAD['a picture that is lost']}\n{END}", encoding="utf-8")
    assert pdf.main() == 1
    assert (set_book / "_build" / "unrolled.pdf").read_bytes() == b"old"
    assert "File `a.png' not found" in capsys.readouterr().err
