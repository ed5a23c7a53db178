"""What the book promises about speed, size and memory: the rows of the benchmarks are held against it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """A number that is promised.

    Attributes
    ----------
    text : str
        The promise in words.
    least : float or None
        So many times as good as the peer, at least.
    most : float or None
        So much in the row's own unit, at most.
    device : str
        Where it is promised: on the ``cpu`` or on ``cuda``.
    """

    text: str
    least: float | None = None
    most: float | None = None
    device: str = "cpu"


PROMISES = {
    "text": Promise("Numbering and counting words takes no longer than in Keras and scikit-learn", least=1),
    "skip-gram": Promise("Skip-gram in PyTorch reads as many words a second as gensim", least=1),
    "skip-gram quality": Promise("Its vectors agree with people's ratings as well as gensim's", least=1),
    "skip-gram, GPU": Promise(
        "Skip-gram on a GPU reads twenty times as many words a second as gensim", least=20, device="cuda"
    ),
    "RNN in NumPy": Promise("The RNN in NumPy, forward and backward, takes no longer than torch.nn", least=1),
    "gates in NumPy": Promise(
        "LSTM and GRU in NumPy, forward and backward, take no longer than torch.nn", least=1
    ),
    "cells in PyTorch": Promise("Our cells in PyTorch take no longer than those of torch.nn", least=1),
    "own cells": Promise(
        "Cells that torch.nn lacks take at most 1.2 times as long as its LSTM", least=1 / 1.2
    ),
    "linear time": Promise("The cost of a pass grows in proportion to its steps", most=1.1),
    "memory, full": Promise("The memory of BPTT grows no faster than the number of steps", most=1.05),
    "memory, checkpoints": Promise("With checkpoints it grows like the square root of that", most=0.6),
    "memory, truncated": Promise("Truncated, it hardly grows: only the inputs' gradient does", most=0.2),
    "BLEU": Promise("BLEU takes a fifth of sacrebleu's time, tokenization included", least=5),
    "beam search": Promise(
        "Beam search takes a third of the time of joeynmt, and of transformers' generate", least=3
    ),
    "vectors": Promise("400,000 word vectors are open within a second, the second time", most=1),
    "first build": Promise("A clean clone is a book within three minutes, installation included", most=180),
    "next build": Promise("Built again, the book is there within a minute", most=60),
    "chapter": Promise("A chapter runs within a minute", most=60),
    "weight": Promise("A page weighs at most 1.5 MB without live cells", most=1_500_000),
    "interactive": Promise("A page is interactive within a second", most=1),
    "first output": Promise("A live cell's first output comes within six seconds of the click", most=6),
}
