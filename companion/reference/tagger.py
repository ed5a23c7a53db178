r"""A tagger: one label for each token of a sequence, from recurrent layers in one or both directions.

With two directions the label of a token hangs on the whole sentence, on what follows as on what went before.

Parameters, by the names a PyTorch module with these parts has: ``embedding.weight`` (V, D); those of the
recurrent layers behind ``rnn.``, as in :mod:`companion.reference.stack`, with ``_reverse`` where there are
two directions; ``readout.weight`` (K, H), with two directions (K, 2H), and ``readout.bias`` (K,), for K
labels. Without ``embedding.weight`` the tagger reads vectors, (T, N, D), which something else has made: word
vectors trained elsewhere, or words joined with their characters
(:mod:`companion.reference.character_features`).
"""

from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import _labelling, dense, embedding, rnn, sequence_losses, stack
from companion.reference._parts import Params, expect_parts, join, split
from companion.reference._validate import expect_shape, floats, truths

PARTS = ("embedding", "rnn", "readout")


class Cache(NamedTuple):
    """What :func:`backward` needs of each part."""

    states: _labelling.Cache
    readout: dense.Cache
    shape: tuple[int, int, int]  # (T, N, K)


def init(
    num_embeddings: int | None,
    embedding_dim: int,
    hidden_size: int,
    num_tags: int,
    rng: np.random.Generator,
    num_layers: int = 1,
    layer: ModuleType = rnn,
    bidirectional: bool = False,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters of the parts, each by its own rule.

    Parameters
    ----------
    num_embeddings
        V, at least 1; None leaves the embedding out.
    embedding_dim, hidden_size, num_tags, num_layers
        D, H, K and L, each at least 1.
    rng
        The generator that they are drawn from: embedding, recurrent layers, read-out.
    layer
        The kind of recurrent layer: a module like :mod:`companion.reference.lstm`.
    bidirectional
        Whether each layer has two directions.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        By the names and shapes above.

    Examples
    --------
    >>> params = init(10, 4, 6, 3, np.random.default_rng(0), bidirectional=True)
    >>> {name: array.shape for name, array in params.items() if name.endswith("weight")}
    {'embedding.weight': (10, 4), 'readout.weight': (3, 12)}
    """
    parts = {}
    if num_embeddings is not None:
        parts["embedding"] = embedding.init(num_embeddings, embedding_dim, rng, dtype=dtype)
    parts["rnn"] = stack.init(embedding_dim, hidden_size, num_layers, rng, layer.init, dtype, bidirectional)
    parts["readout"] = dense.init(hidden_size * (2 if bidirectional else 1), num_tags, rng, dtype)
    return join(parts)


def forward(
    params: Params, x: ArrayLike, lengths: ArrayLike | None = None, layer: ModuleType = rnn
) -> tuple[np.ndarray, Cache]:
    r"""Score every label at every step ({eq}`eq-tagger`).

    .. math:: o_t = W_o \left[\overrightarrow{h}_t; \overleftarrow{h}_t\right] + b_o

    or with one direction the states of that direction alone.

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        Tokens in ``0..V-1``, (T, N); of a tagger without embedding vectors, (T, N, D).
    lengths
        How many steps of each sequence count, (N,), from 0 to T; None counts all. A backward direction begins
        at each sequence's own end.
    layer
        The kind of recurrent layer.

    Returns
    -------
    logits : ndarray
        (T, N, K). Beyond a sequence's end they are the bias and mean nothing: the loss must be told so.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If ids or lengths are not integers, or vectors or parameters not floating-point.
    ValueError
        If names or shapes do not fit, or an id has no row.

    Examples
    --------
    >>> params = init(10, 4, 6, 3, np.random.default_rng(0), bidirectional=True)
    >>> logits, cache = forward(params, [[1, 2], [3, 4], [5, 0]], lengths=[3, 2])
    >>> logits.shape
    (3, 2, 3)
    """
    parts = split(params, PARTS)
    expect_parts(parts, ("rnn", "readout"))
    y, _, states_cache = _labelling.states(parts, x, lengths, layer)  # (T, N, H) or (T, N, 2H)
    # One product for all steps: with T of them the same numbers take several times as long.
    rows = y.reshape(-1, y.shape[-1])  # (T N, 2H)
    logits, readout_cache = dense.forward(parts["readout"], rows)  # (T N, K)  {eq}`eq-tagger`
    shape = (*y.shape[:2], logits.shape[-1])
    return logits.reshape(shape), Cache(states_cache, readout_cache, shape)


def backward(cache: Cache, dlogits: np.ndarray) -> tuple[np.ndarray | None, Params]:
    """Go back through read-out, time, directions and layers, and embedding.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dlogits
        Gradient of the loss with respect to the logits, (T, N, K).

    Returns
    -------
    dx : ndarray or None
        (T, N, D) if vectors were given: for what made them. None for ids, by which there is nothing to
        differentiate.
    dparams : dict
        By the names and shapes of the parameters.
    """
    dlogits = floats("dlogits", dlogits)
    expect_shape("dlogits", dlogits.shape, cache.shape)
    drows, dreadout = dense.backward(cache.readout, dlogits.reshape(-1, cache.shape[-1]))  # (T N, 2H)
    dx, parts = _labelling.states_backward(cache.states, drows.reshape(*cache.shape[:2], -1))
    return dx, join({**parts, "readout": dreadout})


def loss_and_grads(
    params: Params,
    x: ArrayLike,
    targets: ArrayLike,
    lengths: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    reduction: str = "mean",
    layer: ModuleType = rnn,
) -> tuple[np.floating, Params]:
    r"""Score a batch, and differentiate the score ({eq}`eq-tagger-loss`).

    .. math:: L = -\frac{1}{M} \sum_{t, n} m_{tn} \log \mathrm{softmax}(o_{tn})_{y_{tn}}

    over the M real tokens, those with m = 1: a sentence of forty words counts forty times, and padding not
    at all.

    Parameters
    ----------
    params, x, lengths, layer
        As in :func:`forward`.
    targets
        Labels in ``0..K-1``, (T, N). Where nothing counts any integer may stand.
    mask
        Truth values, (T, N): False leaves tokens out of the loss that lie within their sequence, as those
        whose label nobody knows. None leaves none out.
    reduction
        ``"mean"`` over the tokens that count, or ``"sum"``.

    Returns
    -------
    loss : floating
        In nats.
    grads : dict
        By the names and shapes of the parameters.

    Raises
    ------
    TypeError, ValueError
        As :func:`forward` and :func:`companion.reference.sequence_losses.cross_entropy`.

    Examples
    --------
    An untrained tagger knows little more than that there are three labels: log 3 is 1.1.

    >>> rng = np.random.default_rng(0)
    >>> words, labels = rng.integers(0, 10, (5, 40)), rng.integers(0, 3, (5, 40))
    >>> loss, grads = loss_and_grads(init(10, 4, 6, 3, rng), words, labels)
    >>> print(f"{loss:.1f}")
    1.1
    """
    logits, cache = forward(params, x, lengths, layer)
    kept = _counted(logits.shape[:2], lengths, mask)
    loss, loss_cache = sequence_losses.cross_entropy(logits, targets, reduction, kept)  # {eq}`eq-tagger-loss`
    _, grads = backward(cache, sequence_losses.cross_entropy_backward(loss_cache))
    return loss, grads


def predict(
    params: Params, x: ArrayLike, lengths: ArrayLike | None = None, layer: ModuleType = rnn
) -> np.ndarray:
    """Give each token its most probable label; the first of equals.

    Parameters
    ----------
    params, x, lengths, layer
        As in :func:`forward`.

    Returns
    -------
    ndarray of int
        (T, N), -1 beyond each sequence's end.

    Examples
    --------
    >>> params = init(10, 4, 6, 3, np.random.default_rng(0))
    >>> predict(params, [[1, 2], [3, 4], [5, 0]], lengths=[3, 2])[2, 1]
    np.int64(-1)
    """
    logits, _ = forward(params, x, lengths, layer)
    best = logits.argmax(axis=-1)  # (T, N)
    return (
        best if lengths is None else np.where(sequence_losses.mask_from_lengths(lengths, len(best)), best, -1)
    )


def _counted(shape: tuple[int, ...], lengths: ArrayLike | None, mask: ArrayLike | None) -> np.ndarray | None:
    """Return which tokens lie within their sequence and are not masked out, (T, N); None where all count."""
    kept = None
    if mask is not None:
        kept = truths("mask", mask)
        expect_shape("mask", kept.shape, shape)
    if lengths is None:
        return kept
    live = sequence_losses.mask_from_lengths(lengths, shape[0])  # (T, N)
    return live if kept is None else live & kept
