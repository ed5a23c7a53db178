"""Train GloVe on the Brown corpus, and save the vectors.

``python -m training.glove`` writes ``companion/weights/brown-glove.safetensors``. It takes about a minute on
one thread of a CPU. A million words are few for GloVe: the window is wide, so that more pairs are counted,
and x_max small, so that more than a handful have full weight.
"""

import torch

from companion.data import load_analogies, load_word_pairs
from companion.reference.cooccurrence import cooccurrences
from companion.torch.glove import GloVe, train
from companion.vectors import Vectors
from companion.vectors.evaluate import analogies, similarity
from companion.weights import save_vectors
from training.corpus import MIN_COUNT, brown

DIM, WINDOW, SEED = 50, 30, 0
SETTINGS = {"epochs": 20, "batch_size": 1 << 16, "lr": 0.5, "x_max": 10.0, "alpha": 0.75}


def main() -> None:
    """Count, train, measure, save."""
    vocabulary, corpus, _, _ = brown()
    entries = cooccurrences(corpus, WINDOW)
    generator = torch.Generator().manual_seed(SEED)
    model = GloVe(len(vocabulary), DIM, generator=generator)
    losses = train(model, entries, generator, **SETTINGS)
    vectors = Vectors(vocabulary.tokens, model.vectors().numpy())
    result = {
        "pairs of words": len(entries.counts),
        "mean loss a pair": round(float(losses[-1]), 4),
        "wordsim353": round(similarity(vectors, load_word_pairs("wordsim353")).spearman, 3),
        "simlex999": round(similarity(vectors, load_word_pairs("simlex999")).spearman, 3),
        "analogies": round(analogies(vectors, load_analogies()).accuracy, 3),
    }
    settings = {"dim": DIM, "window": WINDOW, "min_count": MIN_COUNT, "seed": SEED, **SETTINGS}
    path = save_vectors(
        "brown-glove",
        vectors.words,
        vectors.matrix,
        command="python -m training.glove",
        settings=settings,
        result=result,
    )
    print(path.name, result)


if __name__ == "__main__":
    main()
