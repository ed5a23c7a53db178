"""A stand-in for the module that a page's Python lacks: the data that need it are too large for a page."""


class Error(Exception):
    """What the real module raises."""


def connect(database: str) -> None:
    """Refuse."""
    raise Error(f"{database}: a page has no SQLite; run this on your computer")
