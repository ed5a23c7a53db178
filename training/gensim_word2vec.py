"""Train skip-gram and CBOW on the Brown corpus by gensim, with the settings of ours, and save the vectors.

``python -m training.gensim_word2vec`` writes ``companion/weights/brown-gensim-skipgram.safetensors`` and
``brown-gensim-cbow.safetensors``. It takes some minutes: one worker, so that the result is repeatable. The
rate is gensim's own for both models, 0.025: what it gives to each row of a mean is larger than our share.
"""

from dataclasses import asdict, replace

from gensim.models import Word2Vec

from companion.reference.word2vec.settings import Settings
from training.corpus import MIN_COUNT, brown
from training.word2vec import SEED, SKIPGRAM, keep


def train(sentences: list[list[str]], settings: Settings) -> Word2Vec:
    """Train one model."""
    return Word2Vec(
        sentences,
        sg=int(settings.model == "skipgram"),
        cbow_mean=1,
        vector_size=settings.dim,
        window=settings.window,
        negative=settings.negatives,
        sample=settings.sample,
        ns_exponent=settings.power,
        alpha=settings.lr,
        min_alpha=settings.min_lr,
        epochs=settings.epochs,
        min_count=MIN_COUNT,
        workers=1,
        seed=SEED,
    )


def main() -> None:
    """Train both, in the order of the words that ours have."""
    vocabulary, _, _, sentences = brown()
    for name, settings in (
        ("brown-gensim-skipgram", SKIPGRAM),
        ("brown-gensim-cbow", replace(SKIPGRAM, model="cbow")),
    ):
        vectors = train(sentences, settings).wv
        about = {**asdict(settings), "min_count": MIN_COUNT, "seed": SEED}
        matrix = vectors.vectors[[vectors.key_to_index[word] for word in vocabulary.tokens]]
        keep(name, vocabulary.tokens, matrix, "python -m training.gensim_word2vec", about)


if __name__ == "__main__":
    main()
