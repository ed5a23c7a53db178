"""Saved encoder-decoders that say English words in Pig Latin, letter by letter."""

import numpy as np

from companion.weights import load

KINDS = ("plain", "attention")


def load_pig_latin(kind: str = "plain", seed: int = 0) -> dict[str, np.ndarray]:
    """Open one model's parameters, in double precision.

    They are those of :mod:`companion.reference.seq2seq` with layers of :mod:`companion.reference.lstm`; the
    letters' numbers are those of ``companion.text.pig_latin``. A source is a word's letters and no more.

    Parameters
    ----------
    kind
        ``"plain"`` hands over the encoder's last state; ``"attention"`` also attends to all letters.
    seed
        0, 1 or 2.

    Raises
    ------
    ValueError
        If there is no such kind or seed.

    Examples
    --------
    >>> load_pig_latin("attention", seed=1)["readout.weight"].shape
    (29, 64)
    """
    weights = load("pig-latin")
    seeds = weights.settings["seeds"]
    if kind not in KINDS or seed not in seeds:
        raise ValueError(f"expected one of {KINDS} and of the seeds {seeds}, got {kind!r} and {seed!r}")
    return weights.of(f"{kind}/{seed}")
