"""The neural language model with a fixed window (Bengio et al., 2003): the last words in, the next word out.

Parameters, with C context words: ``embedding.weight`` (V, D), ``hidden.weight`` (H, C D), ``hidden.bias``
(H,), ``output.weight`` (V, H), ``output.bias`` (V,). Its loss is
:func:`companion.reference.losses.cross_entropy` of the logits and the next words.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import dense, embedding
from companion.reference._validate import expect_keys, expect_shape, integers

Params = dict[str, np.ndarray]
NAMES = ("embedding.weight", "hidden.weight", "hidden.bias", "output.weight", "output.bias")


class Cache(NamedTuple):
    """What the backward pass needs."""

    embedding: embedding.Cache
    hidden: dense.Cache
    h: np.ndarray
    output: dense.Cache


def init(
    num_words: int,
    dim: int,
    hidden: int,
    context: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters as :mod:`companion.reference.embedding` and :mod:`companion.reference.dense` do.

    Parameters
    ----------
    num_words, dim, hidden
        V, D and H.
    context
        C, how many words the model sees.
    rng
        The generator, used for the embedding, the hidden layer and the output layer in turn.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        The five arrays.

    Examples
    --------
    >>> params = init(10000, 30, 60, 4, np.random.default_rng(0))
    >>> sum(array.size for array in params.values())
    917260
    """
    layers = {
        "embedding": embedding.init(num_words, dim, rng, dtype=dtype),
        "hidden": dense.init(context * dim, hidden, rng, dtype),
        "output": dense.init(hidden, num_words, rng, dtype),
    }
    return {f"{layer}.{name}": array for layer, arrays in layers.items() for name, array in arrays.items()}


def forward(params: Params, contexts: ArrayLike) -> tuple[np.ndarray, Cache]:
    r"""Score every word as the next one ({eq}`eq-window-lm`).

    .. math:: z = W_o \tanh\big(W_h [e_{w_1}; \dots; e_{w_C}] + b_h\big) + b_o

    Parameters
    ----------
    params
        The five arrays.
    contexts
        The last C words of each example, (N, C), in the order of the text.

    Returns
    -------
    logits : ndarray
        (N, V)
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError, ValueError
        If names, types, shapes or ids do not fit.

    References
    ----------
    Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, *A Neural Probabilistic Language Model*, JMLR 3, 2003,
    without its direct connections from the embeddings to the output.

    Examples
    --------
    >>> params = init(7, 2, 3, 4, np.random.default_rng(0))
    >>> logits, cache = forward(params, [[1, 2, 3, 4], [2, 3, 4, 5]])
    >>> logits.shape
    (2, 7)
    """
    expect_keys("params", params, NAMES)
    contexts = integers("contexts", contexts)
    expect_shape("contexts", contexts.shape, ("N", "C"))
    e, embedding_cache = embedding.forward(part(params, "embedding"), contexts)  # (N, C, D)
    x = e.reshape(len(e), e.shape[1] * e.shape[2])  # (N, C D), one behind the other  {eq}`eq-window-lm`
    a, hidden_cache = dense.forward(part(params, "hidden"), x)  # (N, H)
    h = np.tanh(a)  # (N, H)  {eq}`eq-window-lm`
    logits, output_cache = dense.forward(part(params, "output"), h)  # (N, V)  {eq}`eq-window-lm`
    return logits, Cache(embedding_cache, hidden_cache, h, output_cache)


def backward(cache: Cache, dlogits: np.ndarray) -> tuple[None, Params]:
    """Go back through output layer, tanh, hidden layer and table ({eq}`eq-window-lm-grad`).

    Parameters
    ----------
    cache
        From :func:`forward`.
    dlogits
        Gradient of the loss with respect to the logits, (N, V).

    Returns
    -------
    dcontexts : None
        Words are names: there is nothing to differentiate by.
    dparams : dict
        Of the names and shapes of the parameters.
    """
    dh, doutput = dense.backward(cache.output, dlogits)  # (N, H)
    da = dh * (1 - cache.h**2)  # (N, H)  {eq}`eq-window-lm-grad`
    dx, dhidden = dense.backward(cache.hidden, da)  # (N, C D)
    ids, (_, dim), _ = cache.embedding
    de = dx.reshape(*ids.shape, dim)  # (N, C, D), cut where it was joined  {eq}`eq-window-lm-grad`
    _, dembedding = embedding.backward(cache.embedding, de)
    layers = {"embedding": dembedding, "hidden": dhidden, "output": doutput}
    return None, {
        f"{layer}.{name}": array for layer, arrays in layers.items() for name, array in arrays.items()
    }


def part(params: Params, layer: str) -> Params:
    """Take one layer's parameters out, under the names that the layer knows.

    >>> part({"hidden.bias": np.zeros(1), "output.bias": np.ones(1)}, "output")
    {'bias': array([1.])}
    """
    return {name.removeprefix(f"{layer}."): a for name, a in params.items() if name.startswith(f"{layer}.")}
