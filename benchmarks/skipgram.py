"""Skip-gram with negative sampling beside gensim on the Brown corpus: ``python -m benchmarks.skipgram``.

Everybody trains on the same 57,340 sentences in small letters, words that occur less than five times left
out, with the same settings: 100 dimensions, a window of at most 5 words, 5 negatives, subsampling from 1e-3
on, noise to the power 3/4, a rate falling from 0.025 to 0.0001.

gensim
    ``gensim.models.Word2Vec`` (compiled C), with two workers.
PyTorch
    `companion.torch.word2vec.training.train`, with two workers; and, where there is a GPU, on it.
NumPy
    `companion.reference.word2vec.training.train`, one epoch, pair by pair, as a chapter shows it.

Rounds alternate, and each has a seed of its own. Words per second count every word of the corpus, the ones
left out too, once for each epoch, and take the time of the training alone: numbering the words has been done
before. They are given twice: by the clock, and by the processor's time, all threads' together, for which what
else the machine does counts less. A ratio is that of two numbers of one round. Speed alone would say nothing,
so the quality of the very vectors that were timed stands beside it: Spearman's correlation with the ratings
of WordSim353 and SimLex-999.
"""

import argparse
import gc
import json
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from gensim.models import Word2Vec
from threadpoolctl import threadpool_limits

from companion.data import load_brown, load_word_pairs
from companion.reference.word2vec import training as reference
from companion.reference.word2vec.corpus import encode_sentences
from companion.reference.word2vec.settings import Settings
from companion.text import EncodedCorpus, Vocabulary
from companion.torch.word2vec import training
from companion.vectors import Vectors
from companion.vectors.evaluate import similarity

THREADS = 2
MIN_COUNT = 5
TESTS = ("wordsim353", "simlex999")
SPEEDS = ("words per second", "words per processor second")
PEER = "gensim"
BATCH = {"cpu": 256, "cuda": 1024}  # words; a GPU wants more to do at once


class Corpus(NamedTuple):
    """The sentences, and the same with words for numbers."""

    sentences: list[list[str]]
    vocabulary: Vocabulary
    encoded: EncodedCorpus

    @property
    def size(self) -> int:
        """The number of words, the rare ones too."""
        return sum(map(len, self.sentences))


class Trained(NamedTuple):
    """What one run gave: the seconds of its training, by clock and processor, its epochs, and the vectors."""

    seconds: float
    processor: float
    epochs: int
    vectors: Vectors


Run = Callable[[int], Trained]


def encoded(sentences: list[list[str]], min_count: int = MIN_COUNT) -> Corpus:
    """Give the words ids."""
    return Corpus(sentences, *encode_sentences(sentences, min_count))


def gensim(corpus: Corpus, settings: Settings, seed: int) -> Trained:
    """Train by gensim."""
    model = Word2Vec(
        sg=1,
        vector_size=settings.dim,
        window=settings.window,
        negative=settings.negatives,
        sample=settings.sample,
        ns_exponent=settings.power,
        alpha=settings.lr,
        min_alpha=settings.min_lr,
        min_count=min(corpus.vocabulary.counts),
        workers=THREADS,
        seed=seed,
    )
    model.build_vocab(corpus.sentences)
    *seconds, _ = timed(
        lambda: model.train(corpus.sentences, total_examples=model.corpus_count, epochs=settings.epochs)
    )
    return Trained(*seconds, settings.epochs, Vectors(model.wv.index_to_key, model.wv.vectors))


def pytorch(corpus: Corpus, settings: Settings, device: str, seed: int) -> Trained:
    """Train by the companion in PyTorch."""
    generator = torch.Generator(device).manual_seed(seed)
    counts, batch, workers = corpus.vocabulary.counts, BATCH[device], THREADS if device == "cpu" else 1

    def train() -> np.ndarray:
        params = training.train(corpus.encoded, counts, settings, generator, batch, workers=workers)
        return params["input"].cpu().numpy()  # waits for the device

    *seconds, table = timed(train)
    return Trained(*seconds, settings.epochs, Vectors(corpus.vocabulary.tokens, table))


def numpy(corpus: Corpus, settings: Settings, seed: int) -> Trained:
    """Train by the reference."""
    rng = np.random.default_rng(seed)
    *seconds, params = timed(lambda: reference.train(corpus.encoded, corpus.vocabulary.counts, settings, rng))
    return Trained(*seconds, settings.epochs, Vectors(corpus.vocabulary.tokens, params["input"]))


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Run `work` and return the seconds it took, by the clock and of the processor, and its result."""
    gc.collect()
    clock, processor = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - clock, time.process_time() - processor, result


def contestants(corpus: Corpus, epochs: int) -> dict[str, Run]:
    """Say who takes part: the peer, ours on every device there is, and NumPy for one epoch."""
    full, one = Settings(epochs=epochs), Settings(epochs=1)
    runs: dict[str, Run] = {
        PEER: lambda seed: gensim(corpus, full, seed),
        "PyTorch": lambda seed: pytorch(corpus, full, "cpu", seed),
    }
    if torch.cuda.is_available():
        runs["PyTorch, GPU"] = lambda seed: pytorch(corpus, full, "cuda", seed)
    runs["NumPy, one epoch"] = lambda seed: numpy(corpus, one, seed)
    return runs


def measured(runs: dict[str, Run], size: int, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Let everybody train in turn, and give for each round words per second and quality."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in runs}
    for seed in range(rounds):
        for name, run in runs.items():
            trained = run(seed)
            words = size * trained.epochs
            row = {SPEEDS[0]: words / trained.seconds, SPEEDS[1]: words / trained.processor}
            row |= {test: similarity(trained.vectors, load_word_pairs(test)).spearman for test in TESTS}
            results[name].append(row)
    return results


def report(name: str, rows: list[dict[str, float]], peer: list[dict[str, float]]) -> str:
    """Write the table's lines of one contestant: medians of speeds and ratios, means of the qualities."""
    lines = [name]
    for speed in SPEEDS:
        speeds = [row[speed] for row in rows]
        ratios = [a / b[speed] for a, b in zip(speeds, peer, strict=True)]
        lines.append(
            f"    {speed:26} {statistics.median(speeds):9,.0f} ({min(speeds):,.0f} to {max(speeds):,.0f})"
            f"   ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )
    for test in TESTS:
        scores = [row[test] for row in rows]
        lines.append(f"    {test:26} {statistics.mean(scores):9.3f} ({min(scores):.3f} to {max(scores):.3f})")
    return "\n".join(lines)


def environment() -> dict[str, Any]:
    """Return what the numbers depend on."""
    packages = {name: version(name) for name in ("numpy", "torch", "gensim")}
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": THREADS,
        **packages,
    }


def main() -> None:
    """Train, print the table, and write the measurements where asked."""
    parser = argparse.ArgumentParser(description="skip-gram with negative sampling beside gensim")
    parser.add_argument("--rounds", type=int, default=3, help="how often everybody trains (default 3)")
    parser.add_argument("--epochs", type=int, default=10, help="epochs of each training (default 10)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the measurements there")
    arguments = parser.parse_args()
    for name in ("rounds", "epochs"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name}: expected at least 1, got {getattr(arguments, name)}")
    torch.set_num_threads(1)  # for each worker
    corpus = encoded([[word.lower() for word in sentence] for sentence in load_brown().sentences])
    print(f"Brown corpus, {corpus.size:,} words, {len(corpus.vocabulary):,} of them with a vector")
    print(f"{arguments.epochs} epochs, {THREADS} threads; {arguments.rounds} rounds, a seed each")
    print(f"speed: median (least to most); ratio: over {PEER}'s; correlation with people's ratings: mean")
    with threadpool_limits(THREADS):
        results = measured(contestants(corpus, arguments.epochs), corpus.size, arguments.rounds)
    for name, rows in results.items():
        print(report(name, rows, results[PEER]), flush=True)
    if arguments.json:
        document = {"environment": environment(), "epochs": arguments.epochs, "rounds": results}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
