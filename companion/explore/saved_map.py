"""A map of words that was laid out once and saved: t-SNE takes its time, and differs between machines."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class SavedMap:
    """Words, where they stand, and how they came there.

    Attributes
    ----------
    words : tuple of str
        V words, the commonest first.
    xy : np.ndarray
        (V, 2), float64, read-only.
    groups : dict
        Name of a group -> its words.
    settings : dict
        How it was laid out, by names of arguments of ``sklearn.manifold.TSNE``, and of which vectors.
    result : dict
        What it keeps: measured when it was saved.
    """

    words: tuple[str, ...]
    xy: np.ndarray
    groups: dict[str, list[str]]
    settings: dict[str, Any]
    result: dict[str, float]


def saved_map(name: str = "glove-tsne") -> SavedMap:
    """Open a saved map; ``training/tsne.py`` made the one there is, and its words.

    Raises
    ------
    ValueError
        If there is no such file, or it holds no map.

    Examples
    --------
    >>> chart = saved_map()
    >>> len(chart.words), chart.xy.shape, chart.groups["animals"][:4]
    (1500, (1500, 2), ['fox', 'fish', 'animals', 'bird'])
    """
    from companion import weights  # only here: to draw a map needs no safetensors

    saved = weights.load(name)
    if missing := {"xy", "words", "groups"} - saved.tensors.keys():
        raise ValueError(f"{name}: expected a map, got a file without {', '.join(sorted(missing))}")
    words = tuple(saved.tensors["words"].tobytes().decode().split("\n"))
    xy = saved.tensors["xy"] / 10.0  # (V, 2), saved in tenths
    xy.flags.writeable = False
    settings = dict(saved.settings)
    titles = settings.pop("groups")
    numbers = saved.tensors["groups"]  # (V,), 0 for none
    members = [np.flatnonzero(numbers == i) for i in range(1, len(titles) + 1)]
    groups = {title: [words[row] for row in rows] for title, rows in zip(titles, members, strict=True)}
    return SavedMap(words, xy, groups, settings, saved.result)
