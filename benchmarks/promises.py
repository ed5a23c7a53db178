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
    "text": Promise("numbering and counting words takes no longer than in Keras and scikit-learn", least=1),
    "skip-gram": Promise("skip-gram in PyTorch reads as many words a second as gensim", least=1),
    "skip-gram quality": Promise("and its vectors agree with people's ratings as well", least=1),
    "skip-gram, GPU": Promise("on a GPU twenty times as many words a second", least=20, device="cuda"),
    "RNN in NumPy": Promise("the RNN in NumPy, forward and backward, takes no longer than torch.nn", least=1),
    "gates in NumPy": Promise(
        "LSTM and GRU in NumPy, forward and backward, take no longer than torch.nn", least=1
    ),
    "cells in PyTorch": Promise("our cells in PyTorch take no longer than those of torch.nn", least=1),
    "own cells": Promise(
        "cells that torch.nn lacks take at most 1.2 times as long as its LSTM", least=1 / 1.2
    ),
    "linear time": Promise("the cost of a pass grows in proportion to its steps", most=1.1),
    "memory, full": Promise("the memory of BPTT grows no faster than the number of steps", most=1.05),
    "memory, checkpoints": Promise("with checkpoints, like its square root", most=0.6),
    "memory, truncated": Promise("truncated, hardly: the inputs' gradient is all that grows", most=0.2),
    "BLEU": Promise("BLEU takes a fifth of sacrebleu's time, tokenization included", least=5),
    "beam search": Promise("beam search takes a third of the time of transformers' generate", least=3),
    "vectors": Promise("400,000 word vectors are open within a second, the second time", most=1),
    "first build": Promise("a clean clone is a book within three minutes, installation included", most=180),
    "next build": Promise("and within one minute again", most=60),
    "chapter": Promise("a chapter runs within a minute", most=60),
    "weight": Promise("a page weighs at most 1.5 MB without live cells", most=1_500_000),
    "interactive": Promise("a page is interactive within a second", most=1),
    "first output": Promise("from the click to the first output of a live cell, six seconds", most=6),
}
