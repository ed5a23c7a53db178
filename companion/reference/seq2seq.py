r"""The encoder-decoder: one recurrent network reads a sequence, another writes one, token by token.

The encoder reads the source x_1 to x_S. What it knows at the end, its last states, becomes what the decoder
knows at its beginning; the decoder then says, token after token, what comes next. The probability of a target
is the product of what it said of each of its tokens ({eq}`eq-seq2seq-probability`):

.. math:: p(y_1, \ldots, y_T \mid x) = \prod_t p(y_t \mid y_1, \ldots, y_{t-1}, x)

(Sutskever, Vinyals and Le, 2014; Cho et al., 2014.) With attention the decoder's output h_t asks all the
encoder's outputs, gets a context c_t from them, and tanh(W_c [c_t, h_t] + b_c) is what the read-out sees
(Luong, Pham and Manning, 2015). Nothing of the context goes back into the recurrence ("input feeding" would
be that), so that in training the decoder runs over a whole target in one go.

Parameters, by the names of the PyTorch module: ``source_embedding.weight`` (V_s, D); ``encoder.weight_ih_l0``
and so on, as in :mod:`companion.reference.stack`; ``bridge.0.weight`` (H, K) and ``bridge.0.bias``, for each
of the L layers, and for an LSTM then for each c; ``target_embedding.weight`` (V_t, D);
``decoder.weight_ih_l0`` and so on; ``attention.weight`` and so on, as in
:mod:`companion.reference.attention`; ``combine.weight`` (H, K + H) and ``combine.bias``; ``readout.weight``
(V_t, H) and ``readout.bias``. K is the size of the encoder's outputs: H_e, or 2 H_e after two directions.
Where there is no bridge or no attention, its names are missing, and by that it is known.

Time is the first axis: sources are (S, N), targets (T, N).
"""

from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import attention, bridge, dense, embedding, gru, sequence_losses, stack
from companion.reference._seq2seq import (
    Attended,
    DecoderState,
    attended,
    attended_backward,
    encoded,
    join,
    score_of,
    split,
)
from companion.reference._validate import expect_shape, floats, integers

Params = dict[str, np.ndarray]

__all__ = [
    "DecoderState",
    "backward",
    "encode",
    "forward",
    "init",
    "log_probs",
    "loss_and_grads",
    "score_of",
    "step",
]


class Cache(NamedTuple):
    """What :func:`backward` needs of each part."""

    source: embedding.Cache
    encoder: stack.Cache
    bridge: bridge.Cache
    target: embedding.Cache
    decoder: stack.Cache
    attended: Attended | None
    readout: dense.Cache
    layer: ModuleType


def init(
    num_source: int,
    num_target: int,
    embedding_dim: int,
    hidden_size: int,
    rng: np.random.Generator,
    num_layers: int = 1,
    layer: ModuleType = gru,
    bidirectional: bool = False,
    encoder_size: int | None = None,
    score: str | None = None,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters of all parts, each by its own rule.

    Parameters
    ----------
    num_source, num_target
        How many tokens each side knows, V_s and V_t.
    embedding_dim, hidden_size, num_layers
        D, H and L of encoder and decoder, each at least 1.
    rng
        The generator that they are drawn from, in the order of the names above.
    layer
        The kind of recurrent layer: a module like :mod:`companion.reference.gru`.
    bidirectional
        Whether the encoder reads in both directions.
    encoder_size
        The encoder's number of units in each direction, H_e; None is H. If it is not H, or after two
        directions, a bridge makes the decoder's first states of the encoder's last ones.
    score
        Of the attention: ``"dot"``, ``"general"`` or ``"additive"``; None leaves attention out.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        By the names and shapes above.

    Raises
    ------
    ValueError
        If a size is below 1, or the score does not fit the sizes.

    Examples
    --------
    >>> params = init(10, 12, 4, 6, np.random.default_rng(0), bidirectional=True, score="general")
    >>> [params[name].shape for name in ("encoder.weight_ih_l0_reverse", "bridge.0.weight", "combine.weight")]
    [(18, 4), (6, 12), (6, 18)]
    """
    H_e = hidden_size if encoder_size is None else encoder_size
    K = 2 * H_e if bidirectional else H_e
    parts: dict[str, Params] = {
        "source_embedding": embedding.init(num_source, embedding_dim, rng, dtype=dtype),
        "encoder": stack.init(embedding_dim, H_e, num_layers, rng, layer.init, dtype, bidirectional),
    }
    nothing = np.zeros((0, 1, embedding_dim), dtype)
    _, last, _ = stack.forward(parts["encoder"], nothing, None, None, layer.forward, bidirectional)
    states = num_layers * (len(last) if isinstance(last, tuple) else 1)
    parts["bridge"] = bridge.init(H_e, hidden_size, states, rng, bidirectional, dtype)
    parts["target_embedding"] = embedding.init(num_target, embedding_dim, rng, dtype=dtype)
    parts["decoder"] = stack.init(embedding_dim, hidden_size, num_layers, rng, layer.init, dtype)
    if score is not None:
        parts["attention"] = attention.init(hidden_size, K, rng, score, dtype=dtype)
        parts["combine"] = dense.init(K + hidden_size, hidden_size, rng, dtype)
    parts["readout"] = dense.init(hidden_size, num_target, rng, dtype)
    return join(parts)


def forward(
    params: Params,
    source: ArrayLike,
    inputs: ArrayLike,
    source_lengths: ArrayLike | None = None,
    target_lengths: ArrayLike | None = None,
    layer: ModuleType = gru,
) -> tuple[np.ndarray, np.ndarray | None, Cache]:
    """Say at every step of the targets what comes next, as logits, with the true tokens before it given.

    Parameters
    ----------
    params
        By the names and shapes above.
    source
        Tokens in ``0..V_s-1``, (S, N).
    inputs
        What the decoder reads, tokens in ``0..V_t-1``, (T, N): the targets moved on by one, behind a token
        that begins them all, as :func:`companion.reference.batching.sentence_batch` makes them. So the
        decoder is told the right token before, whatever it would have said itself: teacher forcing.
    source_lengths, target_lengths
        How many steps of each count, N integers; None counts all. With attention a source has at least one.
    layer
        The kind of recurrent layer.

    Returns
    -------
    logits : ndarray
        (T, N, V_t)
    weights : ndarray or None
        How much each step attends to each token of the source, (T, N, S); None without attention.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If tokens or lengths are not integers, or parameters not floating-point.
    ValueError
        If names or shapes do not fit, or a token has no row.

    Examples
    --------
    >>> params = init(10, 12, 4, 6, np.random.default_rng(0), score="dot")
    >>> logits, weights, cache = forward(params, [[3, 4], [5, 0]], [[1, 1], [7, 8], [9, 6]], [2, 1])
    >>> logits.shape, weights[:, 1].tolist()
    ((3, 2, 12), [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    """
    parts = split(params)
    inputs = integers("inputs", inputs)
    before, source_cache, encoder_cache, bridge_cache = encoded(parts, source, source_lengths, layer)
    expect_shape("inputs", inputs.shape, ("T", source_cache[0].shape[1]))
    x, target_cache = embedding.forward(parts["target_embedding"], inputs)  # (T, N, D)
    y, _, decoder_cache = stack.forward(  # (T, N, H)  {eq}`eq-seq2seq-decoder`
        parts["decoder"], x, before.state, target_lengths, layer.forward
    )
    y, weights, attended_cache = attended(parts, y, before)  # (T, N, H)
    logits, readout_cache = dense.forward(parts["readout"], y)  # (T, N, V_t)  {eq}`eq-seq2seq-decoder`
    cache = Cache(
        source_cache,
        encoder_cache,
        bridge_cache,
        target_cache,
        decoder_cache,
        attended_cache,
        readout_cache,
        layer,
    )
    return logits, weights, cache


def backward(
    cache: Cache, dlogits: np.ndarray, dweights: np.ndarray | None = None
) -> tuple[None, None, Params]:
    """Go back through decoder, bridge and encoder: the source is heard of through the first states alone.

    With attention it is also heard of through each context.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dlogits
        Gradient of the loss with respect to the logits, (T, N, V_t).
    dweights
        Gradient with respect to the weights, (T, N, S), where a loss looks at them too; None is zero.

    Returns
    -------
    dsource, dinputs : None
        Tokens are names; there is nothing to differentiate by.
    dparams : dict
        By the names and shapes of the parameters.

    Raises
    ------
    ValueError
        If a gradient's shape does not fit.
    """
    grads: dict[str, Params] = {}
    dlogits = floats("dlogits", dlogits)
    dy, grads["readout"] = dense.backward(cache.readout, dlogits)  # (T, N, H)
    dy, dmemory, heard = attended_backward(cache.attended, dy, dweights)  # (T, N, H), (S, N, K)
    dx, dfirst, grads["decoder"] = stack.backward(cache.decoder, dy, None, cache.layer.backward)
    _, grads["target_embedding"] = embedding.backward(cache.target, dx)
    dlast, grads["bridge"] = bridge.backward(cache.bridge, dfirst)
    dx, _, grads["encoder"] = stack.backward(  # {eq}`eq-seq2seq-grad-bridge`
        cache.encoder, dmemory, dlast, cache.layer.backward
    )
    _, grads["source_embedding"] = embedding.backward(cache.source, dx)
    return None, None, join({**grads, **heard})


def encode(
    params: Params, source: ArrayLike, lengths: ArrayLike | None = None, layer: ModuleType = gru
) -> DecoderState:
    """Read the sources, and return what the decoder begins with; arguments are those of :func:`forward`."""
    return encoded(split(params), source, lengths, layer)[0]


def step(
    params: Params, ids: ArrayLike, state: DecoderState, layer: ModuleType = gru
) -> tuple[np.ndarray, DecoderState]:
    """Read one token of each target, (N,), and say what comes next: logits (N, V_t), and the state after.

    ``functools.partial(step, params)`` is what the searches of :mod:`companion.reference.decode` ask for.

    Examples
    --------
    >>> params = init(10, 12, 4, 6, np.random.default_rng(0), score="dot")
    >>> source, inputs = [[3, 4], [5, 0]], [[1, 1], [7, 8], [9, 6]]
    >>> state = encode(params, source, [2, 1])
    >>> _, state = step(params, inputs[0], state)
    >>> logits, state = step(params, inputs[1], state)
    >>> bool(np.allclose(logits, forward(params, source, inputs, [2, 1])[0][1]))
    True
    """
    parts = split(params)
    ids = integers("ids", ids)
    expect_shape("ids", ids.shape, ("N",))
    x, _ = embedding.forward(parts["target_embedding"], ids)  # (N, D)
    after = stack.step(parts["decoder"], x, state.state, layer.step)  # (L, N, H)
    top = after[0] if isinstance(after, tuple) else after  # (L, N, H)
    y, *_ = attended(parts, top[-1:], state)  # (1, N, H)
    logits, _ = dense.forward(parts["readout"], y[0])  # (N, V_t)
    return logits, state._replace(state=after)


def loss_and_grads(
    params: Params,
    source: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    source_lengths: ArrayLike | None = None,
    target_lengths: ArrayLike | None = None,
    reduction: str = "mean",
    layer: ModuleType = gru,
) -> tuple[np.floating, Params]:
    """Score a batch, and differentiate the score ({eq}`eq-seq2seq-loss`).

    Parameters
    ----------
    params, source, inputs, source_lengths, target_lengths, layer
        As in :func:`forward`.
    targets
        What the decoder is to say, (T, N): the target of a step is the input of the next.
    reduction
        ``"mean"`` over the real tokens of the targets, or ``"sum"``.

    Returns
    -------
    loss : floating
        In nats.
    grads : dict
        By the names and shapes of the parameters.
    """
    logits, _, cache = forward(params, source, inputs, source_lengths, target_lengths, layer)
    loss, loss_cache = sequence_losses.cross_entropy(  # {eq}`eq-seq2seq-loss`
        logits, targets, reduction, lengths=target_lengths
    )
    _, _, grads = backward(cache, sequence_losses.cross_entropy_backward(loss_cache))
    return loss, grads


def log_probs(
    params: Params,
    source: ArrayLike,
    inputs: ArrayLike,
    targets: ArrayLike,
    source_lengths: ArrayLike | None = None,
    target_lengths: ArrayLike | None = None,
    layer: ModuleType = gru,
) -> np.ndarray:
    """Return the logarithm of each target token's probability, (T, N), 0 beyond the targets' ends.

    The sum over the first axis is that of a whole target ({eq}`eq-seq2seq-probability`).
    """
    logits, *_ = forward(params, source, inputs, source_lengths, target_lengths, layer)
    return sequence_losses.token_log_probs(  # {eq}`eq-seq2seq-probability`
        logits, targets, lengths=target_lengths
    )
