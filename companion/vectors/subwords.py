"""The character n-grams of a word, and fastText's hash of them, to the letter of the original tool."""

FIRST, LAST = b"<", b">"
END_OF_SENTENCE = "</s>"

# The original reads each byte as a signed char and widens it: bytes from 128 on get 24 leading ones.
WIDENED = [byte if byte < 128 else byte | 0xFFFFFF00 for byte in range(256)]
BASIS, PRIME, MASK = 2166136261, 16777619, 0xFFFFFFFF


def fasttext_hash(ngram: str | bytes) -> int:
    r"""Return fastText's 32-bit hash of an n-gram ({eq}`eq-fasttext-hash`).

    It is FNV-1a, for each byte :math:`h \leftarrow ((h \oplus b) \cdot 16777619) \bmod 2^{32}`, but for one
    slip that became the format: a byte from 128 on is taken for a negative number, so that beyond ASCII the
    values are not those of FNV-1a.

    Examples
    --------
    >>> fasttext_hash("a") == 0xE40C292C  # as published for FNV-1a
    True
    >>> fasttext_hash("é")
    1023043777
    """
    h = BASIS
    for byte in ngram.encode("utf-8") if isinstance(ngram, str) else ngram:
        h = ((h ^ WIDENED[byte]) * PRIME) & MASK  # {eq}`eq-fasttext-hash`
    return h


def character_ngrams(word: str, minn: int, maxn: int) -> list[str]:
    """Return the n-grams of ``<word>``, from each character on, the short ones first.

    Characters are code points. A ``<`` or ``>`` alone is left out, and of ``</s>``, which ends a sentence,
    there are none.

    Examples
    --------
    >>> character_ngrams("cat", 3, 4)
    ['<ca', '<cat', 'cat', 'cat>', 'at>']
    """
    raw = _bracketed(word.encode("utf-8", "surrogateescape"))
    return [raw[a:b].decode("utf-8", "surrogateescape") for a, b, _ in _spans(raw, minn, maxn)]


def ngram_buckets(word: bytes, minn: int, maxn: int, buckets: int) -> list[int]:
    """Return the bucket of each n-gram of a word, given by its bytes, in the order of `character_ngrams`."""
    return [h % buckets for _, _, h in _spans(_bracketed(word), minn, maxn)]


def _bracketed(word: bytes) -> bytes:
    return b"" if word == END_OF_SENTENCE.encode() else FIRST + word + LAST


def _spans(raw: bytes, minn: int, maxn: int) -> list[tuple[int, int, int]]:
    """Return where each n-gram begins and ends, and its hash, which grows with it."""
    starts = [i for i, byte in enumerate(raw) if byte & 0xC0 != 0x80] + [len(raw)]
    last = len(starts) - 1
    spans = []
    for first in range(last):
        h = BASIS
        for n in range(1, min(maxn, last - first) + 1):
            for byte in raw[starts[first + n - 1] : starts[first + n]]:
                h = ((h ^ WIDENED[byte]) * PRIME) & MASK  # {eq}`eq-fasttext-hash`
            edge = n == 1 and (first == 0 or first + n == last)
            if n >= minn and not edge:
                spans.append((starts[first], starts[first + n], h))
    return spans
