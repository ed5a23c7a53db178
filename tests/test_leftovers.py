"""A page that was deleted from the sources is gone from the built book; the others stay, and the listings."""

from tiny_book import tiny_book

EXTENSIONS = ["myst_nb", "unrolled_ext", "tools.leftovers"]
OLD = {
    "book/old.md": "# Old\n",
    "book/index.md": "# Start\n\n```{toctree}\ntext/sums\nold\nequations\nmap\n```\n",
}
NEW = {"book/old.md": None, "book/index.md": "# Start\n\n```{toctree}\ntext/sums\nequations\nmap\n```\n"}


def test_a_deleted_page_goes(tmp_path):
    book = tiny_book(tmp_path).write(OLD)
    assert book.build(extensions=EXTENSIONS) == []
    out = tmp_path / "out" / "html"
    before = {page.relative_to(out).as_posix() for page in out.rglob("*.html")}
    assert "old.html" in before
    assert (out / "_sources" / "old.md.txt").exists()
    book.write(NEW)
    assert book.build(extensions=EXTENSIONS) == []
    after = {page.relative_to(out).as_posix() for page in out.rglob("*.html")}
    assert before - after == {"old.html"}
    assert not (out / "_sources" / "old.md.txt").exists()


def test_a_build_that_changes_nothing_keeps_all(tmp_path):
    book = tiny_book(tmp_path)
    book.build(extensions=EXTENSIONS)
    pages = sorted((tmp_path / "out" / "html").rglob("*.html"))
    book.build(extensions=EXTENSIONS)
    assert sorted((tmp_path / "out" / "html").rglob("*.html")) == pages
