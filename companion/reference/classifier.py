r"""A classifier: one label for a whole sequence, from the last states of recurrent layers or from a mean.

Parameters, by the names a PyTorch module with these parts has: ``embedding.weight`` (V, D); those of the
recurrent layers behind ``rnn.``, as in :mod:`companion.reference.stack`, with ``_reverse`` where there are
two directions; ``readout.weight`` (K, F) and ``readout.bias`` (K,), for K classes, where F is H, 2H with two
directions, and D without recurrent layers.

Without recurrent layers and with ``pool="mean"`` it averages embeddings: it sees which words there are and
not in which order. Without ``embedding.weight`` it reads vectors, (T, N, D).
"""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import _labelling, dense, embedding, losses, pooling, rnn, stack
from companion.reference._parts import Params, expect_parts, join, split
from companion.reference._states import State
from companion.reference._validate import expect_shape, integers

PARTS = ("embedding", "rnn", "readout")
POOLS = ("last", "mean", "max")


class Cache(NamedTuple):
    """What :func:`backward` needs of each part."""

    states: _labelling.Cache
    pooled: Any  # for "last" the form of the last states
    readout: dense.Cache
    pool: str


def init(
    num_embeddings: int | None,
    embedding_dim: int,
    num_classes: int,
    rng: np.random.Generator,
    hidden_size: int | None = None,
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
    embedding_dim, num_classes
        D and K, each at least 1.
    rng
        The generator that they are drawn from: embedding, recurrent layers, read-out.
    hidden_size
        H, at least 1; None leaves the recurrent layers out.
    num_layers, layer, bidirectional
        L, the kind of recurrent layer, a module like :mod:`companion.reference.lstm`, and whether each has
        two directions.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        By the names and shapes above.

    Examples
    --------
    >>> average = init(10, 4, 2, np.random.default_rng(0))
    >>> {name: array.shape for name, array in average.items()}
    {'embedding.weight': (10, 4), 'readout.weight': (2, 4), 'readout.bias': (2,)}
    >>> init(10, 4, 2, np.random.default_rng(0), 6, bidirectional=True)["readout.weight"].shape
    (2, 12)
    """
    parts, features = {}, embedding_dim
    if num_embeddings is not None:
        parts["embedding"] = embedding.init(num_embeddings, embedding_dim, rng, dtype=dtype)
    if hidden_size is not None:
        parts["rnn"] = stack.init(
            embedding_dim, hidden_size, num_layers, rng, layer.init, dtype, bidirectional
        )
        features = hidden_size * (2 if bidirectional else 1)
    parts["readout"] = dense.init(features, num_classes, rng, dtype)
    return join(parts)


def forward(
    params: Params,
    x: ArrayLike,
    lengths: ArrayLike | None = None,
    pool: str = "last",
    layer: ModuleType = rnn,
) -> tuple[np.ndarray, Cache]:
    r"""Score every class for every sequence, from one vector v that stands for the whole sequence.

    .. math:: o = W_o v + b_o

    with v the last real state of each direction ({eq}`eq-classifier-last`), or the mean or the largest of all
    real steps' outputs ({eq}`eq-classifier-pool`); without recurrent layers of the embeddings
    ({eq}`eq-average-embedding`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        Tokens in ``0..V-1``, (T, N); of a classifier without embedding vectors, (T, N, D).
    lengths
        How many steps of each sequence count, (N,), from 0 to T; None counts all. A sequence of no steps has
        v = 0.
    pool
        ``"last"``: of the uppermost layer the forward state after the last real step and, with two
        directions, the backward state after the first step, where that direction ends. ``"mean"`` or
        ``"max"`` over the real steps.
    layer
        The kind of recurrent layer.

    Returns
    -------
    logits : ndarray
        (N, K)
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If ids or lengths are not integers, or vectors or parameters not floating-point.
    ValueError
        If names or shapes do not fit, an id has no row, there is no such pool, or ``"last"`` is asked for
        where no recurrent layer is.

    Examples
    --------
    Two words with vectors 1 and 3, and what a read-out that doubles makes of their mean:

    >>> one = np.ones((1, 1))
    >>> params = {"embedding.weight": np.array([[1.0], [3.0], [9.0]])}
    >>> params |= {"readout.weight": 2 * one, "readout.bias": np.zeros(1)}
    >>> forward(params, [[0], [1], [2]], lengths=[2], pool="mean")[0]
    array([[4.]])
    """
    parts = split(params, PARTS)
    expect_parts(parts, ("readout",))
    if pool not in POOLS:
        raise ValueError(f'pool: expected "last", "mean" or "max", got {pool!r}')
    if pool == "last" and "rnn" not in parts:
        raise ValueError('pool: expected "mean" or "max" without recurrent layers, got "last"')
    y, last, states_cache = _labelling.states(parts, x, lengths, layer)  # (T, N, H) or (T, N, 2H)
    if pool == "last":
        v, pooled = _last(last, 2 if _labelling.two_directions(parts) else 1)  # (N, H) or (N, 2H)
    elif pool == "mean":
        # Of embeddings alone it is {eq}`eq-average-embedding`.
        v, pooled = pooling.global_average_pool(y, lengths)  # (N, F)  {eq}`eq-classifier-pool`
    else:
        v, pooled = pooling.global_max_pool(y, lengths)  # (N, F)  {eq}`eq-classifier-pool`
    logits, readout_cache = dense.forward(parts["readout"], v)  # (N, K)
    return logits, Cache(states_cache, pooled, readout_cache, pool)


def backward(cache: Cache, dlogits: np.ndarray) -> tuple[np.ndarray | None, Params]:
    r"""Go back through read-out, pooling, time, directions and layers, and embedding.

    For averaged embeddings each of a sequence's T words is given the same share
    ({eq}`eq-average-embedding-grad`):

    .. math:: \mathrm{d}x_t = \frac{1}{T} W_o^\top \mathrm{d}o

    Parameters
    ----------
    cache
        From :func:`forward`.
    dlogits
        Gradient of the loss with respect to the logits, (N, K).

    Returns
    -------
    dx : ndarray or None
        (T, N, D) if vectors were given. None for ids, by which there is nothing to differentiate.
    dparams : dict
        By the names and shapes of the parameters.
    """
    dv, dreadout = dense.backward(cache.readout, dlogits)  # (N, F)
    if cache.pool == "last":
        dx, parts = _labelling.states_backward(cache.states, None, _last_backward(cache.pooled, dv))
    elif cache.pool == "mean":
        dy = pooling.global_average_pool_backward(cache.pooled, dv)  # {eq}`eq-average-embedding-grad`
        dx, parts = _labelling.states_backward(cache.states, dy)
    else:
        dy = pooling.global_max_pool_backward(cache.pooled, dv)  # (T, N, F)
        dx, parts = _labelling.states_backward(cache.states, dy)
    return dx, join({**parts, "readout": dreadout})


def loss_and_grads(
    params: Params,
    x: ArrayLike,
    targets: ArrayLike,
    lengths: ArrayLike | None = None,
    pool: str = "last",
    reduction: str = "mean",
    layer: ModuleType = rnn,
) -> tuple[np.floating, Params]:
    """Score a batch by its cross-entropy ({eq}`eq-cross-entropy`), and differentiate the score.

    Parameters
    ----------
    params, x, lengths, pool, layer
        As in :func:`forward`.
    targets
        Classes in ``0..K-1``, (N,).
    reduction
        ``"mean"`` over the sequences, or ``"sum"``.

    Returns
    -------
    loss : floating
        In nats.
    grads : dict
        By the names and shapes of the parameters.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params = init(10, 4, 2, rng, 6)
    >>> loss, grads = loss_and_grads(params, rng.integers(0, 10, (5, 40)), rng.integers(0, 2, 40))
    >>> print(f"{loss:.1f}")
    0.7
    """
    logits, cache = forward(params, x, lengths, pool, layer)
    targets = integers("targets", targets)
    expect_shape("targets", targets.shape, logits.shape[:1])
    loss, loss_cache = losses.cross_entropy(logits, targets, reduction)
    _, grads = backward(cache, losses.cross_entropy_backward(loss_cache))
    return loss, grads


def predict(
    params: Params,
    x: ArrayLike,
    lengths: ArrayLike | None = None,
    pool: str = "last",
    layer: ModuleType = rnn,
) -> np.ndarray:
    """Give each sequence its most probable class, (N,); the first of equals."""
    return forward(params, x, lengths, pool, layer)[0].argmax(axis=-1)


def _last(state: State, directions: int) -> tuple[np.ndarray, State]:
    """Put the uppermost layer's last states beside each other, (N, H) or (N, 2H); keep the state's form."""
    h = state[0] if isinstance(state, tuple) else state  # (L, N, H) or (2L, N, H)
    return np.concatenate(list(h[-directions:]), axis=1), state  # {eq}`eq-classifier-last`


def _last_backward(state: State, dv: np.ndarray) -> State:
    """Give the uppermost layer's last states what v was given, and all other states nothing."""
    h, *others = state if isinstance(state, tuple) else (state,)
    dh = np.zeros(h.shape, dv.dtype)  # (L, N, H) or (2L, N, H)
    halves = dv.shape[1] // h.shape[2]
    dh[-halves:] = np.split(dv, halves, axis=1)  # {eq}`eq-classifier-last`
    return (dh, *(np.zeros(other.shape, dv.dtype) for other in others)) if isinstance(state, tuple) else dh
