"""Nine speakers saying two vowels: short sequences of twelve numbers, from the archive's ``.ts`` files."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.registry import find

FEATURES = 12
SPEAKERS = 9


@dataclass(frozen=True, eq=False)
class Utterances:
    """``sequences``, N float64 arrays (T, 12) of 7 to 29 steps; ``speakers`` (N,), int64 from 0 to 8."""

    sequences: tuple[np.ndarray, ...]
    speakers: np.ndarray

    def __len__(self) -> int:
        return len(self.sequences)

    def __repr__(self) -> str:
        return f"Utterances({len(self)} of {len(np.unique(self.speakers))} speakers)"


class Vowels(NamedTuple):
    """The two parts, divided by those who recorded them."""

    train: Utterances
    test: Utterances


@lru_cache(maxsize=1)
def load_vowels() -> Vowels:
    """Load 640 recordings of nine Japanese men who say /ae/, to be told apart.

    A recording is a sequence of 7 to 29 steps, each of twelve numbers that describe the spectrum (LPC
    cepstrum coefficients, a frame of 25.6 ms every 6.4 ms). The training part has 30 recordings of each man.

    Raises
    ------
    DataUnavailable
        When the data can neither be found nor fetched; the message says how to supply them by hand.

    References
    ----------
    M. Kudo, J. Toyama and M. Shimbo, *Multidimensional Curve Classification Using Passing-Through Regions*,
    Pattern Recognition Letters 20, 1999.

    Examples
    --------
    >>> vowels = load_vowels()
    >>> vowels.train, vowels.test
    (Utterances(270 of 9 speakers), Utterances(370 of 9 speakers))
    >>> vowels.train.sequences[0].shape
    (20, 12)
    """
    data = find("vowels")
    contents = read(fetch(data), data.unpacked, data.members)
    return Vowels(*(_utterances(contents[member.path].decode("ascii")) for member in data.members))


def _utterances(text: str) -> Utterances:
    """Read a ``.ts`` file: after ``@data`` a line a recording, features parted by colons, the class last."""
    _, found, body = text.partition("@data\n")
    sequences, speakers = [], []
    for line in body.splitlines():
        *features, speaker = line.split(":")
        steps = {feature.count(",") + 1 for feature in features}
        if len(features) != FEATURES or len(steps) != 1 or speaker not in map(str, range(1, SPEAKERS + 1)):
            raise DataDamaged(
                f"data set 'vowels': expected {FEATURES} features and a speaker, got {line[:60]!r}"
            )
        sequence = np.array([feature.split(",") for feature in features], dtype=np.float64).T  # (T, 12)
        sequence.flags.writeable = False
        sequences.append(sequence)
        speakers.append(int(speaker) - 1)
    if not found or not sequences:
        raise DataDamaged("data set 'vowels': expected lines behind @data, got none")
    labels = np.array(speakers)  # (N,)
    labels.flags.writeable = False
    return Utterances(tuple(sequences), labels)
