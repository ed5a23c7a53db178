"""A book of which nothing has changed is not built again; one of which anything has is."""

import pytest

from tools import build


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Return a project whose book has been built."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "HTML", tmp_path / "_build" / "html")
    monkeypatch.setattr(build, "MADE_OF", tmp_path / "_build" / ".made-of")
    for name in ("book/a.md", "companion/a.py", "_config.yml", "_build/html/index.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first")
    build.MADE_OF.write_text(build.inputs())
    return tmp_path


def test_what_is_built_or_compiled_is_no_reason_to_build(tree):
    (tree / "_build" / "html" / "index.html").write_text("again")
    (tree / "companion" / "__pycache__").mkdir()
    (tree / "companion" / "__pycache__" / "a.pyc").write_text("compiled")
    assert build.unchanged(build.inputs())


@pytest.mark.parametrize("name", ["book/a.md", "companion/a.py", "_config.yml", "tests/new.py"])
def test_a_file_that_is_new_or_other_is_a_reason(tree, name):
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("second")
    assert not build.unchanged(build.inputs())


def test_a_file_that_is_renamed_is_a_reason(tree):
    (tree / "book" / "a.md").rename(tree / "book" / "b.md")
    assert not build.unchanged(build.inputs())


@pytest.mark.parametrize("name", ["LIVE", "ADDRESS"])
def test_what_the_environment_asks_for_is_a_reason(tree, name, monkeypatch):
    monkeypatch.setenv(name, "no")
    assert not build.unchanged(build.inputs())


def test_a_book_that_is_not_there_is_built(tree):
    (tree / "_build" / "html" / "index.html").unlink()
    assert not build.unchanged(build.inputs())
