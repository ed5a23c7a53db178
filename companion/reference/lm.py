"""A language model: embedding, recurrent layers, and a read-out with one logit for each token there is.

At step t it reads token t and says how probable every token is to come next. So the targets are the inputs
moved on by one (:mod:`companion.reference.batching` cuts texts that way), and the probability of a sentence
is the product of what it said of each of its tokens. Words and characters differ in the vocabulary alone.

Parameters, by the names a PyTorch module with these three parts has:
``embedding.weight`` (V, D), ``rnn.weight_ih_l0`` (H, D), ``rnn.weight_hh_l0`` (H, H), ``rnn.bias_ih_l0`` and
``rnn.bias_hh_l0`` (H,), the same with ``_l1`` and so on for further layers, ``readout.weight`` (V, H) and
``readout.bias`` (V,). States are (L, N, H), as in :mod:`companion.reference.stack`: an array, or for layers
whose state is a tuple a tuple of arrays.
"""

from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import _parts, dense, embedding, rnn, sequence_losses, stack
from companion.reference._states import State
from companion.reference._validate import expect_shape, floats, indices, integers, truths

Params = dict[str, np.ndarray]

PARTS = ("embedding", "rnn", "readout")
AT_ONCE = 2**22  # logits that are held at once where they are not all needed


class Cache(NamedTuple):
    """What :func:`backward` needs of each part."""

    embedding: embedding.Cache
    rnn: stack.Cache
    readout: dense.Cache
    layer: ModuleType


def init(
    num_embeddings: int,
    embedding_dim: int,
    hidden_size: int,
    rng: np.random.Generator,
    num_layers: int = 1,
    layer: ModuleType = rnn,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters of the three parts, each by its own rule.

    Parameters
    ----------
    num_embeddings, embedding_dim, hidden_size, num_layers
        V, D, H and L, each at least 1.
    rng
        The generator that they are drawn from: embedding, recurrent layers, read-out.
    layer
        The kind of recurrent layer: a module like :mod:`companion.reference.rnn`.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        By the names and shapes above.

    Examples
    --------
    >>> params = init(10, 4, 6, np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items() if name.endswith("weight")}
    {'embedding.weight': (10, 4), 'readout.weight': (10, 6)}
    """
    return _join(
        embedding.init(num_embeddings, embedding_dim, rng, dtype=dtype),
        stack.init(embedding_dim, hidden_size, num_layers, rng, layer.init, dtype),
        dense.init(hidden_size, num_embeddings, rng, dtype),
    )


def forward(
    params: Params,
    ids: ArrayLike,
    h_0: State = None,
    lengths: ArrayLike | None = None,
    layer: ModuleType = rnn,
) -> tuple[np.ndarray, State, Cache]:
    """Say at every step what comes next, as logits.

    Parameters
    ----------
    params
        By the names and shapes above.
    ids
        Tokens in ``0..V-1``, (T, N).
    h_0
        The states before the first token, (L, N, H); None is zero.
    lengths
        How many steps of each sequence count, (N,); None counts all. The loss must be told of them too.
    layer
        The kind of recurrent layer.

    Returns
    -------
    logits : ndarray
        (T, N, V); those at step t are for the token that follows token t.
    h_n : ndarray
        Each layer's states at the sequences' own ends, (L, N, H).
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If ids or lengths are not integers, or states or parameters not floating-point.
    ValueError
        If names or shapes do not fit, or an id has no row.

    Examples
    --------
    >>> params = init(10, 4, 6, np.random.default_rng(0))
    >>> logits, h_n, cache = forward(params, [[1, 2, 3], [4, 5, 6]])
    >>> logits.shape, h_n.shape
    ((2, 3, 10), (1, 3, 6))
    """
    table, recurrent, readout = _split(params)
    ids = integers("ids", ids)
    expect_shape("ids", ids.shape, ("T", "N"))
    x, embedding_cache = embedding.forward(table, ids)  # (T, N, D)
    y, h_n, rnn_cache = stack.forward(recurrent, x, h_0, lengths, layer.forward)  # (T, N, H), (L, N, H)
    # One product for all steps: with T of them the same numbers take several times as long.
    rows = y.reshape(-1, y.shape[-1])  # (T N, H)
    logits, readout_cache = dense.forward(readout, rows)  # (T N, V)
    cache = Cache(embedding_cache, rnn_cache, readout_cache, layer)
    return logits.reshape(*ids.shape, logits.shape[-1]), h_n, cache


def backward(cache: Cache, dlogits: np.ndarray, dh_n: State = None) -> tuple[None, State, Params]:
    """Go back through read-out, time and layers, and embedding.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dlogits
        Gradient of the loss with respect to the logits, (T, N, V).
    dh_n
        Gradient with respect to h_n, (L, N, H); None is zero.

    Returns
    -------
    dids : None
        Ids are names; there is nothing to differentiate by.
    dh_0 : ndarray
        (L, N, H)
    dparams : dict
        By the names and shapes of the parameters.
    """
    ids = cache.embedding[0]  # (T, N)
    vocabulary = len(cache.readout[1])
    dlogits = floats("dlogits", dlogits)
    expect_shape("dlogits", dlogits.shape, (*ids.shape, vocabulary))
    drows, dreadout = dense.backward(cache.readout, dlogits.reshape(-1, vocabulary))  # (T N, H)
    dy = drows.reshape(*ids.shape, drows.shape[-1])  # (T, N, H)
    dx, dh_0, drecurrent = stack.backward(cache.rnn, dy, dh_n, cache.layer.backward)  # (T, N, D)
    _, dtable = embedding.backward(cache.embedding, dx)
    return None, dh_0, _join(dtable, drecurrent, dreadout)


def step(
    params: Params, ids: ArrayLike, h: State = None, layer: ModuleType = rnn
) -> tuple[np.ndarray, State]:
    """Read one token of each sequence, and say what comes next: for sampling, token by token.

    Parameters
    ----------
    params, layer
        As in :func:`forward`.
    ids
        One token a sequence, (N,).
    h
        The states before, (L, N, H); None is zero.

    Returns
    -------
    logits, h : ndarray
        (N, V), and the states after, (L, N, H).

    Examples
    --------
    >>> params = init(10, 4, 6, np.random.default_rng(0))
    >>> _, h = step(params, [1, 2, 3])
    >>> logits, h = step(params, [4, 5, 6], h)
    >>> whole, h_n, _ = forward(params, [[1, 2, 3], [4, 5, 6]])
    >>> bool(np.allclose(logits, whole[1])), bool(np.allclose(h, h_n))
    (True, True)
    """
    table, recurrent, readout = _split(params)
    ids = integers("ids", ids)
    expect_shape("ids", ids.shape, ("N",))
    x, _ = embedding.forward(table, ids)  # (N, D)
    if h is None:  # the layers know what their first state is made of: they have it after no step
        _, h, _ = stack.forward(recurrent, x[None][:0], layer=layer.forward)
    h = stack.step(recurrent, x, h, layer.step)  # (L, N, H)
    top = h[0][-1] if isinstance(h, tuple) else h[-1]  # (N, H)
    logits, _ = dense.forward(readout, top)  # (N, V)
    return logits, h


def loss_and_grads(
    params: Params,
    inputs: ArrayLike,
    targets: ArrayLike,
    h_0: np.ndarray | None = None,
    reduction: str = "mean",
    mask: ArrayLike | None = None,
    lengths: ArrayLike | None = None,
    layer: ModuleType = rnn,
) -> tuple[np.floating, Params, np.ndarray]:
    r"""Score a batch, and differentiate the score ({eq}`eq-lm-loss`).

    .. math:: L = -\frac{1}{M} \sum_{t, n} \log p(y_{tn} \mid x_{1n}, \ldots, x_{tn})

    over the M real tokens; ``reduction="sum"`` leaves the division out.

    Parameters
    ----------
    params, layer
        As in :func:`forward`.
    inputs, targets
        Tokens, (T, N) each; the target of a step is the input of the next.
    h_0
        The states before the first token, (L, N, H); None is zero. No gradient goes through them: with the
        ``h_n`` of the batch before, this is truncated backpropagation through time.
    reduction, mask, lengths
        As in :func:`companion.reference.sequence_losses.cross_entropy`.

    Returns
    -------
    loss : floating
        In nats.
    grads : dict
        By the names and shapes of the parameters.
    h_n : ndarray
        (L, N, H)

    Examples
    --------
    An untrained model knows little more than that there are ten tokens: log 10 is 2.3.

    >>> text = np.random.default_rng(0).integers(0, 10, (50, 20))
    >>> loss, grads, h_n = loss_and_grads(init(10, 4, 6, np.random.default_rng(0)), text[:-1], text[1:])
    >>> print(f"{loss:.1f}")
    2.3
    """
    logits, h_n, cache = forward(params, inputs, h_0, lengths, layer)
    loss, loss_cache = sequence_losses.cross_entropy(  # {eq}`eq-lm-loss`
        logits, targets, reduction, mask, lengths
    )
    _, _, grads = backward(cache, sequence_losses.cross_entropy_backward(loss_cache))
    return loss, grads, h_n


def log_probs(
    params: Params,
    inputs: ArrayLike,
    targets: ArrayLike,
    h_0: np.ndarray | None = None,
    mask: ArrayLike | None = None,
    lengths: ArrayLike | None = None,
    layer: ModuleType = rnn,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithm of each target's probability.

    It never holds the logits of all steps, which for a few hundred sentences may be gigabytes.

    Parameters
    ----------
    params, inputs, targets, h_0, mask, lengths, layer
        As in :func:`loss_and_grads`.

    Returns
    -------
    log_probs, h_n : ndarray
        In nats, (T, N), 0 where nothing counts: ``.sum(axis=0)`` is that of each sentence; and (L, N, H).
    """
    table, recurrent, readout = _split(params)
    inputs, targets = integers("inputs", inputs), integers("targets", targets)
    expect_shape("inputs", inputs.shape, ("T", "N"))
    expect_shape("targets", targets.shape, inputs.shape)
    if mask is not None:
        mask = truths("mask", mask)
        expect_shape("mask", mask.shape, inputs.shape)
    lengths = (
        None if lengths is None else indices("lengths", lengths)
    )  # unsigned ones would wrap around below
    x, _ = embedding.forward(table, inputs)  # (T, N, D)
    y, h_n, _ = stack.forward(recurrent, x, h_0, lengths, layer.forward)  # (T, N, H), (L, N, H)
    result = np.empty(inputs.shape, y.dtype)  # (T, N)
    size = max(1, AT_ONCE // max(1, inputs.shape[1] * len(readout["bias"])))  # steps at a time
    for start in range(0, len(inputs), size):
        steps = slice(start, start + size)
        logits, _ = dense.forward(readout, y[steps])  # (size, N, V)
        part = None if mask is None else mask[steps]
        left = None if lengths is None else np.clip(lengths - start, 0, len(logits))
        result[steps] = sequence_losses.token_log_probs(logits, targets[steps], part, left)
    return result, h_n


def _join(*given: Params) -> Params:
    """Put the parts' parameters into one dict, each name behind its part's."""
    return _parts.join(dict(zip(PARTS, given, strict=True)))


def _split(params: Params) -> list[Params]:
    """Give each part its parameters, none to one that is not there."""
    found = _parts.split(params, PARTS)
    return [found.get(part, {}) for part in PARTS]
