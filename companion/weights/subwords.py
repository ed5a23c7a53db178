"""Saved fastText models: the rows of words and buckets, from which the vector of any word is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from companion.vectors import Settings, SubwordVectors
from companion.weights import load, save

TENSORS = {"rows", "words", "counts"}
FIELDS = ("dim", "bucket", "minn", "maxn")


def load_subwords(name: str) -> SubwordVectors:
    """Open a file that :func:`save_subwords` wrote; the rows come in single precision.

    The rows that predict are not kept, so the model answers and is not to be trained on.

    Raises
    ------
    ValueError
        As :func:`companion.weights.load`; or if the file holds something else than such a model.

    Examples
    --------
    >>> model = load_subwords("brown-fasttext")
    >>> "governmnet" in model, model["governmnet"].shape
    (False, (50,))
    """
    weights = load(name)
    if set(weights.tensors) != TENSORS or not set(FIELDS) <= set(weights.settings):
        raise ValueError(f"{name}: expected a model of words and buckets, got {sorted(weights.tensors)}")
    words = weights.tensors["words"].tobytes().decode("utf-8").split("\n")
    settings = Settings(**{field: int(weights.settings[field]) for field in FIELDS})
    rows = weights.tensors["rows"].astype(np.float32)
    return SubwordVectors(words, rows, settings, weights.tensors["counts"].astype(np.int64))


def save_subwords(
    name: str,
    model: SubwordVectors,
    *,
    command: str,
    settings: Mapping[str, Any],
    result: Mapping[str, Any],
) -> Path:
    """Write a model's rows in half precision, with its words and their counts.

    Parameters
    ----------
    name, command, result
        As for :func:`companion.weights.save`.
    model
        Its labels and the rows that predict are left out.
    settings
        What else it was trained with; `dim`, `bucket`, `minn` and `maxn` are added from the model.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        As :func:`companion.weights.save`; or if a word holds a line break, or a number is beyond half
        precision.
    """
    if any("\n" in word for word in model.words):
        raise ValueError("words: expected no line break in a word")
    with np.errstate(over="ignore"):
        half = model.matrix.astype(np.float16)
    if not np.isfinite(half).all():
        raise ValueError("model: expected finite numbers of at most 65504, which half precision can hold")
    lines = np.frombuffer("\n".join(model.words).encode("utf-8"), dtype=np.uint8)
    tensors: dict[str, np.ndarray] = {"rows": half, "words": lines, "counts": model.counts.astype(np.int32)}
    own = {field: getattr(model.settings, field) for field in FIELDS}
    return save(name, tensors, command=command, settings={**settings, **own}, result=result)
