"""What the tests of word2vec in both back ends share: small tables, batches in which words repeat."""

import numpy as np

SEEDS = range(4)


def tables(rng, v, d):
    return {"input": rng.standard_normal((v, d)), "output": rng.standard_normal((v, d))}


def skipgram_batch(seed, with_negatives):
    """Draw tables and pairs in which a centre, a context word and a negative occur more than once."""
    rng = np.random.default_rng(seed)
    n, k, v, d = (int(size) for size in rng.permutation(np.arange(3, 10))[:4])
    centres, contexts, negatives = (rng.integers(0, v, shape) for shape in (n, n, (n, k)))
    centres[-1], contexts[-1], negatives[-1, -1] = centres[0], contexts[0], negatives[0, 0]
    mask = rng.random((n, k)) < 0.7
    mask[0, 0] = False
    words = (centres, contexts, negatives) if with_negatives else (centres, contexts)
    return tables(rng, v, d), words, mask if with_negatives else None, rng


def cbow_batch(seed, with_negatives):
    """Draw tables and windows, some with a gap, with words that occur more than once in one window."""
    params, words, mask, rng = skipgram_batch(seed, with_negatives)
    n, v, c = len(words[0]), len(params["input"]), 10 + seed
    contexts = rng.integers(0, v, (n, c))
    contexts[0, 0] = contexts[0, 2]
    context_mask = rng.random((n, c)) < 0.6
    context_mask[:, 2] = True
    context_mask[0, 0] = True
    return params, (contexts, *words[1:]), context_mask, mask, rng
