"""A stand-in for the module that a page's Python lacks: nobody else is there to be locked out."""

LOCK_EX, LOCK_UN = 2, 8


def flock(file: object, operation: int) -> None:
    """Lock nothing."""
