"""Word vectors: the table, its questions, and the files that such vectors are kept in."""

from companion.vectors.table import Vectors

__all__ = ["Vectors"]
