"""The hashing trick: an id for every word without a vocabulary, at the price of collisions.

K. Weinberger, A. Dasgupta, J. Langford, A. Smola and J. Attenberg, *Feature Hashing for Large Scale Multitask
Learning*, ICML 2009.
"""

import math
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import DTypeLike

from companion.text._checks import collection, integer, string, token_list
from companion.text.vectorize import bag_of_words

__all__ = [
    "collision_probability",
    "expected_colliding",
    "hash_bucket",
    "hash_vector",
    "hash_vectors",
    "stable_hash",
]


def stable_hash(token: str, seed: int = 0) -> int:
    """Return a 64-bit hash of `token`: the same in every process, on every machine, in every year.

    Python's own ``hash`` is not: for strings it is salted anew in each process (so that nobody can send a
    server many keys that collide), and a model trained yesterday would find its words in other buckets
    today. This is BLAKE2b (RFC 7693) of the UTF-8 bytes, with a digest of 8 bytes read as a little-endian
    integer.

    Parameters
    ----------
    token : str
    seed : int
        In [0, 2**64): each seed is another hash function (the salt of BLAKE2b).

    Returns
    -------
    int
        In [0, 2**64).

    Raises
    ------
    TypeError
        If `token` is not a string or `seed` not an integer.
    ValueError
        If `seed` is not in [0, 2**64).

    Examples
    --------
    >>> stable_hash("cat")
    3429664268601861939
    """
    return _hash(string("token", token), _salt(seed))


def hash_bucket(token: str, buckets: int, seed: int = 0) -> int:
    r"""Return the bucket of `token`.

    .. math:: b(w) = h(w) \bmod m

    with h the `stable_hash` and m the number of buckets ({eq}`eq-hash-bucket`).

    Raises
    ------
    TypeError
        If `token` is not a string, or `buckets` or `seed` not an integer.
    ValueError
        If `buckets` is below 1 or `seed` not in [0, 2**64).

    Examples
    --------
    >>> hash_bucket("cat", 1000)
    939
    """
    return stable_hash(token, seed) % integer("buckets", buckets, 1)  # {eq}`eq-hash-bucket`


def hash_vector(
    tokens: Iterable[str], buckets: int, seed: int = 0, dtype: DTypeLike = np.float64
) -> np.ndarray:
    """Return how many of `tokens` fall into each bucket, (m,): a bag of words without a vocabulary.

    Raises
    ------
    TypeError
        If `tokens` is one string, or something in it is not a string.
    ValueError
        As `hash_bucket`.

    Examples
    --------
    >>> hash_vector(["the", "cat", "sat", "on", "the", "mat"], 8, dtype=int)
    array([1, 0, 1, 1, 0, 0, 2, 1])
    """
    return hash_vectors([token_list("tokens", tokens)], buckets, seed, dtype)[0]


def hash_vectors(
    documents: Iterable[Iterable[str]], buckets: int, seed: int = 0, dtype: DTypeLike = np.float64
) -> np.ndarray:
    """Return the `hash_vector` of each of N documents, (N, m)."""
    buckets = integer("buckets", buckets, 1)
    salt = _salt(seed)
    bucket_of: dict[str, int] = {}  # each different word is hashed once
    rows = []
    for position, document in enumerate(collection("documents", documents, "a list of lists of strings")):
        tokens = token_list(f"documents[{position}]", document)
        for token in set(tokens) - bucket_of.keys():
            bucket_of[token] = _hash(token, salt) % buckets
        rows.append([bucket_of[token] for token in tokens])
    return bag_of_words(rows, buckets, dtype)  # (N, m)


def collision_probability(words: int, buckets: int) -> float:
    r"""Return the probability that at least two of `words` different words share one of `buckets` buckets.

    .. math:: P(k, m) = 1 - \prod_{i=1}^{k-1} \left( 1 - \frac{i}{m} \right)

    for a hash that is as good as random ({eq}`eq-birthday`, the birthday problem). Computed as
    :math:`-\mathrm{expm1} \sum \mathrm{log1p}(-i/m)`, so that small probabilities keep their digits.

    Raises
    ------
    TypeError
        If an argument is not an integer.
    ValueError
        If `words` is below 0 or `buckets` below 1.

    Examples
    --------
    >>> round(collision_probability(23, 365), 4)
    0.5073
    """
    words, buckets = integer("words", words, 0), integer("buckets", buckets, 1)
    if words > buckets:
        return 1.0
    log_none = 0.0  # ln of the probability that no two meet
    chunk = 2**20
    for start in range(1, words, chunk):
        i = np.arange(start, min(start + chunk, words))  # (at most chunk,)
        log_none += float(np.log1p(-i / buckets).sum())
        if log_none < -50:  # the rest cannot be seen in a float
            break
    return -math.expm1(log_none)  # {eq}`eq-birthday`


def expected_colliding(words: int, buckets: int) -> float:
    r"""Return how many of `words` different words share their bucket with another one, on average.

    .. math:: E(k, m) = k \left( 1 - \left( 1 - \frac{1}{m} \right)^{k-1} \right)

    for a hash that is as good as random ({eq}`eq-hash-expected`): each word is alone if none of the k - 1
    others falls into its bucket.

    Raises
    ------
    TypeError
        If an argument is not an integer.
    ValueError
        If `words` is below 0 or `buckets` below 1.

    Examples
    --------
    >>> round(expected_colliding(10_000, 1_000_000), 1)
    99.5
    """
    words, buckets = integer("words", words, 0), integer("buckets", buckets, 1)
    if words < 2 or buckets == 1:
        return float(words) if words > 1 else 0.0
    return -words * math.expm1((words - 1) * math.log1p(-1 / buckets))  # {eq}`eq-hash-expected`


def _salt(seed: int) -> bytes:
    seed = integer("seed", seed, 0)
    if seed >= 2**64:
        raise ValueError(f"seed: expected an integer below 2**64, got {seed}")
    return seed.to_bytes(8, "little")


def _hash(token: str, salt: bytes) -> int:
    digest = blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8, salt=salt).digest()
    return int.from_bytes(digest, "little")
