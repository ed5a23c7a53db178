r"""Words joined with their spelling: what a small network says of a word's characters, beside its vector.

A table of word vectors has nothing to say of a word that it never met, nor of one that is misspelled. A
network over the characters has: it is the same for all words, and sees capitals, endings and digits.

Parameters, by the names a PyTorch module with these parts has: ``words.weight`` (V, D), left out where
vectors are given; ``characters.weight`` (A, D_c). Then a recurrent layer in two directions behind ``rnn.``,
which gives M = 2H numbers, or ``conv.weight`` (M, D_c, K) and ``conv.bias``, M filters K characters wide. The
two are laid beside each other, or mixed, and then there are the parameters of
:mod:`companion.reference.character_gate` behind ``mix.``. Which of all these is computed is read off the
names.
"""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import character_gate, conv, embedding, pooling, rnn, stack
from companion.reference._parts import Params, expect_parts, join, split
from companion.reference._validate import expect_shape, floats, integers

PARTS = ("words", "characters", "rnn", "conv", "mix")
READERS = ("rnn", "cnn")
JOINED = ("concatenated", "gated")


class Read(NamedTuple):
    """What :func:`read_backward` needs."""

    characters: embedding.Cache
    network: Any  # of the recurrent layer, or of the convolution
    last: Any  # the form of the recurrent layer's last states, or the pooling's cache
    m: np.ndarray  # (T, N, M)
    layer: ModuleType | None  # None for a convolution


class Cache(NamedTuple):
    """What :func:`backward` needs."""

    words: embedding.Cache | None
    read: Read
    mixed: character_gate.Cache | None
    sizes: tuple[int, int]  # D, M


def init(
    num_embeddings: int | None,
    embedding_dim: int,
    num_characters: int,
    character_dim: int,
    hidden_size: int,
    rng: np.random.Generator,
    reader: str = "rnn",
    joined: str = "concatenated",
    kernel_size: int = 3,
    layer: ModuleType = rnn,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters of the parts, each by its own rule.

    Parameters
    ----------
    num_embeddings
        V, at least 1; None leaves the words' table out: their vectors are given.
    embedding_dim, num_characters, character_dim
        D, A and D_c, each at least 1.
    hidden_size
        H units in each direction, or as many filters.
    rng
        The generator that they are drawn from, in the order of the names above.
    reader
        ``"rnn"`` or ``"cnn"``: what reads the characters.
    joined
        ``"concatenated"`` or ``"gated"``.
    kernel_size
        K, the characters that a filter sees at once.
    layer
        The kind of recurrent layer.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        By the names and shapes above.

    Examples
    --------
    >>> params = init(100, 4, 30, 3, 6, np.random.default_rng(0), "cnn", "gated")
    >>> {name: array.shape for name, array in params.items() if name.endswith("weight")}
    {'words.weight': (100, 4), 'characters.weight': (30, 3), 'conv.weight': (6, 3, 3),
     'mix.projection.weight': (4, 6), 'mix.gate.weight': (4, 8)}
    """
    if reader not in READERS:
        raise ValueError(f'reader: expected "rnn" or "cnn", got {reader!r}')
    if joined not in JOINED:
        raise ValueError(f'joined: expected "concatenated" or "gated", got {joined!r}')
    D, parts = embedding_dim, {}
    if num_embeddings is not None:
        parts["words"] = embedding.init(num_embeddings, D, rng, dtype=dtype)
    parts["characters"] = embedding.init(num_characters, character_dim, rng, dtype=dtype)
    if reader == "rnn":
        size = (character_dim, hidden_size, 1)
        parts["rnn"] = stack.init(*size, rng, layer.init, dtype, bidirectional=True)
    else:
        parts["conv"] = conv.init(character_dim, hidden_size, kernel_size, rng, dtype)
    if joined == "gated":
        features = 2 * hidden_size if reader == "rnn" else hidden_size
        parts["mix"] = character_gate.init(D, features, rng, dtype=dtype)
    return join(parts)


def read(
    params: Params, characters: ArrayLike, spelled: ArrayLike, layer: ModuleType = rnn
) -> tuple[np.ndarray, Read]:
    """Read the characters of every word: M numbers a word.

    The recurrent layer gives its last state forwards, which has just read the word's end, beside its last
    state backwards, which has just read its beginning. The filters give ``tanh`` of the largest that each
    said at any place of the word, which is filled up with zeros on both sides.

    Parameters
    ----------
    params
        By the names above, without those of words and mixture.
    characters
        Characters in ``0..A-1``, (C, T, N): along the first axis those of one word.
    spelled
        How many characters each word has, (T, N), from 0 to C. A word of none, which padding is, gives zeros.
    layer
        The kind of recurrent layer.

    Returns
    -------
    m : ndarray
        (T, N, M)
    cache
        What :func:`read_backward` needs.

    Raises
    ------
    TypeError
        If characters or lengths are not integers.
    ValueError
        If names or shapes do not fit, or a character has no row.
    """
    parts = split(params, ("characters", "rnn", "conv"))
    expect_parts(parts, ("characters",))
    if ("rnn" in parts) == ("conv" in parts):
        raise ValueError(f"params: expected names that begin with rnn or with conv, got {sorted(parts)}")
    ids, counts = integers("characters", characters), integers("spelled", spelled)
    expect_shape("characters", ids.shape, ("C", "T", "N"))
    expect_shape("spelled", counts.shape, ids.shape[1:])
    C, T, N = ids.shape
    ids, counts = ids.reshape(C, T * N), counts.reshape(T * N)  # every word is a sequence of its own
    x, looked_up = embedding.forward(parts["characters"], ids)  # (C, T N, D_c)
    run: Any
    if "rnn" in parts:
        _, last, run = stack.forward(parts["rnn"], x, None, counts, layer.forward, bidirectional=True)
        h = last[0] if isinstance(last, tuple) else last  # (2, T N, H)
        m = np.concatenate(list(h), axis=1).reshape(T, N, -1)  # (T, N, 2H)
        return m, Read(looked_up, run, last, m, layer)
    a, run = conv.forward(parts["conv"], x, counts, padding="same")  # (C, T N, M)
    largest, pooled = pooling.global_max_pool(a, counts)  # (T N, M)
    m = np.tanh(largest).reshape(T, N, -1)  # (T, N, M)
    return m, Read(looked_up, run, pooled, m, None)


def read_backward(cache: Read, dm: np.ndarray) -> Params:
    """Go back through the network over the characters and into their table; ``dm`` is (T, N, M)."""
    dm = floats("dm", dm)
    expect_shape("dm", dm.shape, cache.m.shape)
    dm, m = (array.reshape(-1, array.shape[-1]) for array in (dm, cache.m))  # (T N, M)
    parts: dict[str, Params] = {"characters": {}}
    if cache.layer is not None:
        dh = np.stack(np.split(dm, 2, axis=1))  # (2, T N, H)
        rest = cache.last[1:] if isinstance(cache.last, tuple) else None
        dlast = dh if rest is None else (dh, *(np.zeros_like(dh) for _ in rest))
        dx, _, parts["rnn"] = stack.backward(cache.network, None, dlast, cache.layer.backward)
    else:
        da = pooling.global_max_pool_backward(cache.last, dm * (1 - m**2))  # (C, T N, M)
        dx, parts["conv"] = conv.backward(cache.network, da)
    _, parts["characters"] = embedding.backward(cache.characters, dx)
    return join(parts)


def forward(
    params: Params, words: ArrayLike, characters: ArrayLike, spelled: ArrayLike, layer: ModuleType = rnn
) -> tuple[np.ndarray, Cache]:
    """Give every word its vector joined with what its characters say.

    Laid beside each other, ``y = [w; m]`` ({eq}`eq-char-features`), or mixed ({eq}`eq-char-gate`).

    Parameters
    ----------
    params
        By the names and shapes above.
    words
        Words in ``0..V-1``, (T, N); without ``words.weight`` their vectors, (T, N, D).
    characters, spelled, layer
        As in :func:`read`.

    Returns
    -------
    y : ndarray
        (T, N, D + M), or mixed (T, N, D): what a tagger without embedding reads.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError, ValueError
        As :func:`read`; if words have no row, or are not as many as are spelled.

    Examples
    --------
    >>> params = init(100, 4, 30, 3, 6, np.random.default_rng(0))
    >>> characters = np.random.default_rng(1).integers(0, 30, (7, 5, 2))  # at most 7 in each of 5 x 2 words
    >>> y, cache = forward(params, np.zeros((5, 2), int), characters, np.full((5, 2), 7))
    >>> y.shape
    (5, 2, 16)
    """
    parts = split(params, PARTS)
    looked_up = None
    if "words" in parts:
        w, looked_up = embedding.forward(parts["words"], words)  # (T, N, D)
    else:
        w = floats("words", words)
    m, was_read = read(join({p: parts[p] for p in PARTS[1:4] if p in parts}), characters, spelled, layer)
    expect_shape("words", w.shape, (*m.shape[:2], "D"))
    sizes = (w.shape[-1], m.shape[-1])
    if "mix" in parts:
        y, mixed = character_gate.forward(parts["mix"], w, m)  # (T, N, D)
        return y, Cache(looked_up, was_read, mixed, sizes)
    y = np.concatenate([w, m], axis=-1)  # (T, N, D + M)  {eq}`eq-char-features`
    return y, Cache(looked_up, was_read, None, sizes)


def backward(cache: Cache, dy: np.ndarray) -> tuple[np.ndarray | None, Params]:
    """Give both halves their gradient, and go back through each.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        (T, N, D + M), or of a mixture (T, N, D).

    Returns
    -------
    dwords : ndarray or None
        (T, N, D) if vectors were given; None for ids.
    dparams : dict
        By the names and shapes of the parameters.
    """
    D, M = cache.sizes
    dy = floats("dy", dy)
    parts: dict[str, Params] = {}
    if cache.mixed is not None:
        dw, dm, parts["mix"] = character_gate.backward(cache.mixed, dy)
    else:
        expect_shape("dy", dy.shape, (*cache.read.m.shape[:2], D + M))
        dw, dm = np.split(dy, [D], axis=-1)  # {eq}`eq-char-features`
    dwords: np.ndarray | None = dw
    if cache.words is not None:
        dwords, parts["words"] = embedding.backward(cache.words, dw)
    return dwords, join(parts) | read_backward(cache.read, dm)
