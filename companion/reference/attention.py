r"""Attention: to each query a mean of values, weighted by how well the query agrees with their keys.

A score says how well query q and key k agree; a softmax over the S keys makes weights of the scores; the
context is the weighted sum of the values:

.. math::

    \alpha_s = \frac{e^{\text{score}(q, k_s)}}{\sum_{s'} e^{\text{score}(q, k_{s'})}}, \qquad
    c = \sum_s \alpha_s v_s

({eq}`eq-attention-weights`, {eq}`eq-attention-context`) Three scores are in use: ``"dot"``,
:math:`q^\top k`, {eq}`eq-attention-dot`; ``"general"``, :math:`q^\top W k`, {eq}`eq-attention-general`
(Luong, Pham and Manning, 2015); and ``"additive"``, :math:`v^\top \tanh(W_q q + W_k k)`,
{eq}`eq-attention-additive` (Bahdanau, Cho and Bengio, 2015).
Their parameters: none; ``{"weight": (Q, K)}``; ``{"weight_query": (A, Q), "weight_key": (A, K),
"weight_score": (A,)}``.

Time is the first axis: queries are (T, N, Q), T of them for each of N sequences, keys (S, N, K), values
(S, N, E). Values are often the keys themselves; then their two gradients are to be added.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._sequences import ends
from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.losses import softmax, softmax_backward
from companion.reference.rnn import Params

NAMES: dict[str, tuple[str, ...]] = {
    "dot": (),
    "general": ("weight",),
    "additive": ("weight_query", "weight_key", "weight_score"),
}


class Cache(NamedTuple):
    """What :func:`backward` needs; the batch is the first axis here."""

    params: Params
    score: str
    scale: float
    query: np.ndarray  # (N, T, Q)
    keys: np.ndarray  # (N, S, K)
    values: np.ndarray  # (N, S, E)
    hidden: np.ndarray | None  # (N, T, S, A), of the additive score: what the tanh gave
    weights: np.ndarray  # (N, T, S)
    beyond: np.ndarray | None  # (N, S), True for keys that are only padding


def init(
    query_size: int,
    key_size: int,
    rng: np.random.Generator,
    score: str = "dot",
    attention_size: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters of a score, each uniformly from +-1/sqrt(the size of what it is multiplied with).

    Parameters
    ----------
    query_size, key_size
        Q and K, each at least 1; for ``"dot"`` they are the same.
    rng
        The generator that they are drawn from, in the order of the names above.
    score
        ``"dot"``, ``"general"`` or ``"additive"``.
    attention_size
        A, for the additive score alone; None is K.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        By the names and shapes above.

    Raises
    ------
    ValueError
        If there is no such score, or a size does not fit it.

    Examples
    --------
    >>> params = init(4, 6, np.random.default_rng(0), "additive", attention_size=5)
    >>> {name: array.shape for name, array in params.items()}
    {'weight_query': (5, 4), 'weight_key': (5, 6), 'weight_score': (5,)}
    """
    shapes = parameter_shapes(score, query_size, key_size, attention_size)
    return {
        name: rng.uniform(-1, 1, shape).astype(dtype) / np.asarray(math.sqrt(shape[-1]), dtype)
        for name, shape in shapes.items()
    }


def forward(
    params: Params,
    query: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    lengths: ArrayLike | None = None,
    score: str = "dot",
    scale: float = 1.0,
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Attend: the context of every query, and the weights it is made with.

    Parameters
    ----------
    params
        By the names and shapes above.
    query
        (T, N, Q)
    keys, values
        (S, N, K) and (S, N, E); for ``"dot"`` K is Q.
    lengths
        How many of the S keys of each sequence count, N integers from 1 to S; None counts all. What lies
        beyond gets the weight 0, whatever stands there. A sequence without any key is refused: a mean of
        nothing does not exist.
    score
        ``"dot"``, ``"general"`` or ``"additive"``.
    scale
        What the scores are multiplied with before the softmax; 1/sqrt(K) makes ``"dot"`` the scaled dot
        product of Vaswani et al. (2017), whose softmax does not saturate for large K.

    Returns
    -------
    context : ndarray
        (T, N, E)
    weights : ndarray
        (T, N, S); each row sums to 1.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If an array is not floating-point, or the lengths are not integers.
    ValueError
        If a name, a shape or a length does not fit, or there is no such score.

    Examples
    --------
    The query agrees with the second key alone, so its context is the second value, nearly:

    >>> keys = np.array([[[0.0, 9.0]], [[9.0, 0.0]], [[0.0, -9.0]]])  # (S, N, K)
    >>> values = np.array([[[1.0]], [[2.0]], [[3.0]]])
    >>> context, weights, _ = forward({}, np.array([[[1.0, 0.0]]]), keys, values)
    >>> context.round(3), weights.round(3)
    (array([[[2.]]]), array([[[0., 1., 0.]]]))
    """
    params, query, keys, values = _checked(params, query, keys, values, score)
    T, N, _ = query.shape
    S = len(keys)
    counted, beyond = ends(lengths, S, N)  # (N,), (S, N)
    if not (counted > 0).all():
        raise ValueError(f"lengths: expected at least one key a sequence, got {counted.tolist()}")
    q, k, v = (np.ascontiguousarray(a.swapaxes(0, 1)) for a in (query, keys, values))  # (N, T, Q), ...
    padding = None if beyond is None else beyond.T  # (N, S)
    if padding is not None:
        k, v = (np.where(padding[..., None], 0, a) for a in (k, v))
    scores, hidden = _scores(params, q, k, score)  # (N, T, S)
    scores = scores * np.asarray(scale, scores.dtype)
    if padding is not None:
        scores = np.where(padding[:, None], -np.inf, scores)
    weights = softmax(scores)  # (N, T, S)  {eq}`eq-attention-weights`
    context = weights @ v  # (N, T, E)  {eq}`eq-attention-context`
    cache = Cache(params, score, scale, q, k, v, hidden, weights, padding)
    return context.swapaxes(0, 1), weights.swapaxes(0, 1), cache


def backward(
    cache: Cache, dcontext: np.ndarray | None = None, dweights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Params]:
    """Go back through the mean, the softmax and the scores.

    Through the mean by {eq}`eq-attention-grad-weights`, through the softmax by
    {eq}`eq-attention-grad-scores`, through the scores by {eq}`eq-attention-grad-keys`.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dcontext
        Gradient of the loss with respect to the context, (T, N, E); None is zero.
    dweights
        Gradient with respect to the weights, (T, N, S), where a loss looks at them too; None is zero.

    Returns
    -------
    dquery, dkeys, dvalues : ndarray
        (T, N, Q), (S, N, K) and (S, N, E); zero for keys and values beyond the lengths.
    dparams : dict
        By the names and shapes of the parameters.

    Raises
    ------
    ValueError
        If a gradient has not the shape of what it is the gradient of.
    """
    (N, T, S), E = cache.weights.shape, cache.values.shape[2]
    dalpha = np.zeros_like(cache.weights)  # (N, T, S)
    dv = np.zeros_like(cache.values)  # (N, S, E)
    if dcontext is not None:
        dcontext = floats("dcontext", dcontext)
        expect_shape("dcontext", dcontext.shape, (T, N, E))
        dc = dcontext.swapaxes(0, 1)  # (N, T, E)
        dalpha += dc @ cache.values.swapaxes(1, 2)  # {eq}`eq-attention-grad-weights`
        dv += cache.weights.swapaxes(1, 2) @ dc  # {eq}`eq-attention-grad-weights`
    if dweights is not None:
        dweights = floats("dweights", dweights)
        expect_shape("dweights", dweights.shape, (T, N, S))
        dalpha += dweights.swapaxes(0, 1)
    dscores = softmax_backward(cache.weights, dalpha)  # {eq}`eq-attention-grad-scores`
    dscores = dscores * cache.scale  # (N, T, S), zero where the weight is
    dq, dk, dparams = _scores_backward(cache, dscores)
    if cache.beyond is not None:
        dk, dv = (np.where(cache.beyond[..., None], 0, d) for d in (dk, dv))
    return dq.swapaxes(0, 1), dk.swapaxes(0, 1), dv.swapaxes(0, 1), dparams


def parameter_shapes(
    score: str, query_size: int, key_size: int, attention_size: int | None
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a score's parameters, or say why there are none such."""
    if score not in NAMES:
        raise ValueError(f"score: expected one of {', '.join(NAMES)}, got {score!r}")
    if query_size < 1 or key_size < 1:
        raise ValueError(f"expected sizes of at least 1, got {query_size} and {key_size}")
    if score != "additive" and attention_size is not None:
        raise ValueError(f"attention_size: expected None for the score {score!r}, got {attention_size}")
    if score == "dot":
        if query_size != key_size:
            raise ValueError(f"expected queries as long as keys, got {query_size} and {key_size}")
        return {}
    if score == "general":
        return {"weight": (query_size, key_size)}
    A = key_size if attention_size is None else attention_size
    if A < 1:
        raise ValueError(f"attention_size: expected at least 1, got {A}")
    return {"weight_query": (A, query_size), "weight_key": (A, key_size), "weight_score": (A,)}


def _scores(params: Params, q: np.ndarray, k: np.ndarray, score: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Score every query against every key, (N, T, S); for the additive score also what its tanh gave."""
    if score == "dot":
        return q @ k.swapaxes(1, 2), None  # {eq}`eq-attention-dot`
    if score == "general":
        return (q @ params["weight"]) @ k.swapaxes(1, 2), None  # {eq}`eq-attention-general`
    from_query = q @ params["weight_query"].T  # (N, T, A)
    from_key = k @ params["weight_key"].T  # (N, S, A): once for all queries
    hidden = np.tanh(from_query[:, :, None] + from_key[:, None])  # (N, T, S, A)
    return hidden @ params["weight_score"], hidden  # {eq}`eq-attention-additive`


def _scores_backward(cache: Cache, dscores: np.ndarray) -> tuple[np.ndarray, np.ndarray, Params]:
    """Go back through the scores: (N, T, S) to (N, T, Q), (N, S, K) and the parameters."""
    params, q, k = cache.params, cache.query, cache.keys
    if cache.score == "dot":
        return dscores @ k, dscores.swapaxes(1, 2) @ q, {}  # {eq}`eq-attention-grad-keys`
    if cache.score == "general":
        W = params["weight"]  # (Q, K)
        from_keys = dscores @ k  # (N, T, K)
        dW = np.tensordot(q, from_keys, ((0, 1), (0, 1)))  # (Q, K)
        dk = dscores.swapaxes(1, 2) @ (q @ W)  # (N, S, K)  {eq}`eq-attention-grad-keys`
        return from_keys @ W.T, dk, {"weight": dW}
    assert cache.hidden is not None
    W_q, W_k, w = (params[name] for name in NAMES["additive"])
    da = dscores[..., None] * w * (1 - cache.hidden**2)  # (N, T, S, A)
    from_query, from_key = da.sum(axis=2), da.sum(axis=1)  # (N, T, A), (N, S, A)
    dparams = {
        "weight_query": np.tensordot(from_query, q, ((0, 1), (0, 1))),  # (A, Q)
        "weight_key": np.tensordot(from_key, k, ((0, 1), (0, 1))),  # (A, K)
        "weight_score": np.tensordot(dscores, cache.hidden, 3),  # (A,)
    }
    return from_query @ W_q, from_key @ W_k, dparams  # {eq}`eq-attention-grad-keys`


def _checked(params: Params, query: Any, keys: Any, values: Any, score: str) -> tuple[Params, Any, Any, Any]:
    """Return parameters and arrays, or say what is wrong with them."""
    if score not in NAMES:
        raise ValueError(f"score: expected one of {', '.join(NAMES)}, got {score!r}")
    expect_keys("params", params, NAMES[score])
    query, keys, values = floats("query", query), floats("keys", keys), floats("values", values)
    expect_shape("query", query.shape, ("T", "N", "Q"))
    N = query.shape[1]
    expect_shape("keys", keys.shape, ("S", N, query.shape[2] if score == "dot" else "K"))
    expect_shape("values", values.shape, (len(keys), N, "E"))
    params = {name: floats(name, params[name]) for name in NAMES[score]}
    size = len(params["weight_score"]) if score == "additive" and params["weight_score"].ndim else None
    for name, shape in parameter_shapes(score, query.shape[2], keys.shape[2], size).items():
        expect_shape(name, params[name].shape, shape)
    return params, query, keys, values
