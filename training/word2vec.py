"""Train skip-gram and CBOW on the Brown corpus by the companion, and save the vectors.

``python -m training.word2vec`` writes ``companion/weights/brown-skipgram.safetensors`` and
``brown-cbow.safetensors``. It takes a minute or two on one thread of a CPU.

The corpus is small, so it is read thirty times: up to there the correlation with people's ratings rises, and
more epochs add nothing. Frequent words are thinned from 1e-4 on, a tenth of gensim's default, for the same
reason. CBOW has a higher rate than skip-gram: each row gets its share of the gradient of a mean, where
word2vec.c and gensim give the whole of it to each.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from companion.data import load_analogies, load_word_pairs
from companion.reference.word2vec.settings import Settings
from companion.torch.word2vec.training import train
from companion.vectors import Vectors
from companion.vectors.evaluate import analogies, similarity
from companion.weights import save_vectors
from training.corpus import MIN_COUNT, brown

SEED = 0
SKIPGRAM = Settings(dim=50, window=5, negatives=5, sample=1e-4, epochs=30)
CBOW = replace(SKIPGRAM, model="cbow", lr=0.1)


def keep(name: str, words: Sequence[str], matrix: np.ndarray, command: str, settings: dict[str, Any]) -> None:
    """Measure the vectors as they will be read again, and save them."""
    table = Vectors(words, matrix.astype(np.float16).astype(np.float32))
    answered = analogies(table, load_analogies())
    result = {
        "wordsim353": similarity(table, load_word_pairs("wordsim353")).spearman,
        "simlex999": similarity(table, load_word_pairs("simlex999")).spearman,
        "analogies": answered.accuracy,
        "analogies, semantic": answered.semantic.accuracy,
        "analogies, syntactic": answered.syntactic.accuracy,
    }
    result = {key: round(value, 3) for key, value in result.items()}
    path = save_vectors(name, words, matrix, command=command, settings=settings, result=result)
    print(path.name, result)


def main() -> None:
    """Train both on one thread, which makes the sums the same from run to run."""
    torch.set_num_threads(1)
    vocabulary, corpus, counts, _ = brown()
    for name, settings in (("brown-skipgram", SKIPGRAM), ("brown-cbow", CBOW)):
        params = train(corpus, counts, settings, torch.Generator().manual_seed(SEED))
        about = {**asdict(settings), "min_count": MIN_COUNT, "seed": SEED}
        keep(name, vocabulary.tokens, params["input"].numpy(), "python -m training.word2vec", about)


if __name__ == "__main__":
    main()
