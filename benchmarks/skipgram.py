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

Each round has a seed of its own. What is timed is the training alone: numbering the words has been done
before. Speed alone would say nothing, so the quality of the very vectors that were timed stands beside it:
Spearman's correlation with the ratings of WordSim353 and SimLex-999.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from gensim.models import Word2Vec

from benchmarks.harness import Contest, Options, Subject, Timing, Work, main
from benchmarks.machine import synchronise
from benchmarks.results import Row
from companion.data import load_brown, load_word_pairs
from companion.reference.word2vec import training as reference
from companion.reference.word2vec.corpus import encode_sentences
from companion.reference.word2vec.settings import Settings
from companion.text import EncodedCorpus, Vocabulary
from companion.torch.word2vec import training
from companion.vectors import Vectors
from companion.vectors.evaluate import similarity

THREADS = 2
EPOCHS = 10
MIN_COUNT = 5
TESTS = {"wordsim353": "WordSim353", "simlex999": "SimLex-999"}
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


def encoded(sentences: list[list[str]], min_count: int = MIN_COUNT) -> Corpus:
    """Give the words ids."""
    return Corpus(sentences, *encode_sentences(sentences, min_count))


def gensim(corpus: Corpus, settings: Settings, seed: int) -> Work:
    """Let gensim number the words, and return its training."""
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

    def train() -> Vectors:
        model.train(corpus.sentences, total_examples=model.corpus_count, epochs=settings.epochs)
        return Vectors(model.wv.index_to_key, model.wv.vectors)

    return train


def pytorch(corpus: Corpus, settings: Settings, device: str, seed: int) -> Work:
    """Return the companion's training in PyTorch, each worker with one of PyTorch's threads."""
    generator = torch.Generator(device).manual_seed(seed)
    counts, batch, workers = corpus.vocabulary.counts, BATCH[device], THREADS if device == "cpu" else 1

    def train() -> Vectors:
        torch.set_num_threads(1)
        params = training.train(corpus.encoded, counts, settings, generator, batch, workers=workers)
        return Vectors(corpus.vocabulary.tokens, params["input"].cpu().numpy())

    return train


def numpy(corpus: Corpus, settings: Settings, seed: int) -> Work:
    """Return the reference's training."""
    rng = np.random.default_rng(seed)

    def train() -> Vectors:
        params = reference.train(corpus.encoded, corpus.vocabulary.counts, settings, rng)
        return Vectors(corpus.vocabulary.tokens, params["input"])

    return train


def finite(mine: Vectors, other: Vectors) -> bool:
    """Say whether the same words have a vector, and every vector is one."""
    return set(mine.words) == set(other.words) and bool(np.isfinite(mine.matrix).all())


def contest(
    corpus: Corpus, epochs: int, device: str, qualities: dict[str, dict[str, list[float]]]
) -> Contest:
    """Let gensim and the companion train in turn, and note the quality of what each has trained."""
    settings = Settings(epochs=epochs)
    ours = "PyTorch" if device == "cpu" else "PyTorch, GPU"

    def judge(name: str, vectors: Vectors) -> None:
        for test in TESTS:
            found = similarity(vectors, load_word_pairs(test)).spearman
            qualities[test].setdefault(name, []).append(float(found))

    return Contest(
        "skip-gram with negative sampling",
        f"Brown corpus, {epochs} epochs",
        {
            ours: lambda seed: pytorch(corpus, settings, device, seed),
            PEER: lambda seed: gensim(corpus, settings, seed),
        },
        PEER,
        finite,
        promises={"PyTorch": "skip-gram", "PyTorch, GPU": "skip-gram, GPU"},
        threads=THREADS,
        rounds=3,
        timing=Timing(synchronise=lambda: synchronise(device)),
        after=judge,
    )


def pair_by_pair(corpus: Corpus) -> Contest:
    """Let NumPy train for one epoch, pair by pair, as a chapter shows it; and gensim."""
    one = Settings(epochs=1)
    return Contest(
        "skip-gram with negative sampling",
        "Brown corpus, one epoch",
        {"NumPy": lambda seed: numpy(corpus, one, seed), PEER: lambda seed: gensim(corpus, one, seed)},
        PEER,
        finite,
        threads=THREADS,
        rounds=1,
    )


def contests(options: Options) -> Iterator[Contest | Row | str]:
    """Yield the training, its quality, and the words a second that the times mean."""
    sentences = [[word.lower() for word in sentence] for sentence in load_brown().sentences]
    corpus = encoded(sentences[:2000] if options.quick else sentences)
    qualities: dict[str, dict[str, list[float]]] = {test: {} for test in TESTS}
    yield contest(corpus, 1 if options.quick else EPOCHS, options.device, qualities)
    for test, found in qualities.items():
        for name in found.keys() - {PEER}:
            yield Row(
                "agreement with people's ratings",
                TESTS[test],
                name,
                PEER,
                THREADS,
                "Spearman's correlation",
                found[name],
                found[PEER],
                promise="skip-gram quality" if options.device == "cpu" else "",
                more=True,
            )
    if options.device == "cpu":
        yield pair_by_pair(corpus)
    yield f"The corpus has {corpus.size:,} words, and {len(corpus.vocabulary):,} of them have a vector."


SUBJECT = Subject(
    "skipgram", "Skip-gram with negative sampling on the Brown corpus, two workers", contests, ("cpu", "cuda")
)

if __name__ == "__main__":
    main(SUBJECT)
