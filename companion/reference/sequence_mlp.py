"""A standard network that reads a sequence of fixed length: one-hot vectors end to end, one hidden layer.

Parameters: ``{"0.weight": (H, T V), "0.bias": (H,), "2.weight": (K, H), "2.bias": (K,)}``, the names and
shapes of ``torch.nn.Sequential(Linear(T V, H), Tanh(), Linear(H, K))``. Columns t V to t V + V - 1 of the
first weight belong to step t, and no other step uses them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import dense
from companion.reference._validate import expect_keys, expect_range, expect_shape, floats, integers

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    columns: np.ndarray  # (N, T): which column of the first weight each word selects
    hidden: np.ndarray  # (N, H)
    weight: np.ndarray  # (H, T V)
    readout: dense.Cache


def init(
    num_steps: int,
    num_tokens: int,
    hidden_size: int,
    num_outputs: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters of both layers as ``torch.nn.Linear`` does, uniformly from +-1/sqrt(inputs).

    Parameters
    ----------
    num_steps, num_tokens, hidden_size, num_outputs
        T, V, H and K, all at least 1.
    rng
        The generator, the first layer first.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        H (T V + 1) + K (H + 1) numbers in four arrays, by name.

    Examples
    --------
    >>> params = init(6, 10, 4, 6, np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items()}
    {'0.weight': (4, 60), '0.bias': (4,), '2.weight': (6, 4), '2.bias': (6,)}
    """
    if num_steps < 1 or num_tokens < 1:
        raise ValueError(f"expected at least one step and one token, got {num_steps} and {num_tokens}")
    first = dense.init(num_steps * num_tokens, hidden_size, rng, dtype)
    last = dense.init(hidden_size, num_outputs, rng, dtype)
    return {
        "0.weight": first["weight"],
        "0.bias": first["bias"],
        "2.weight": last["weight"],
        "2.bias": last["bias"],
    }


def forward(params: Params, ids: ArrayLike, num_tokens: int) -> tuple[np.ndarray, Cache]:
    """Read sequences of exactly T tokens ({eq}`eq-sequence-mlp`).

    ``h = tanh(b + sum_t W_t e_t)`` and ``z = U h + c``, where e_t is the one-hot vector of token t, W_t the
    part of the first weight that belongs to step t, and U the second weight. The product with a
    one-hot vector is a look-up.

    Parameters
    ----------
    params
        By the names and shapes above.
    ids
        N sequences of T token ids each, (N, T): one row a sequence, padded where it is shorter.
    num_tokens
        V.

    Returns
    -------
    logits : ndarray
        (N, K)
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If a parameter is not floating-point or the ids are not integers.
    ValueError
        If the sequences are longer or shorter than T, or an id is not in 0..V-1.

    Examples
    --------
    >>> params = init(3, 5, 4, 2, np.random.default_rng(0))
    >>> forward(params, [[1, 2, 0]], 5)[0].shape
    (1, 2)
    >>> forward(params, [[1, 2, 0, 0]], 5)
    Traceback (most recent call last):
    ValueError: ids: expected (N, 3), got (1, 4)
    """
    expect_keys("params", params, ("0.weight", "0.bias", "2.weight", "2.bias"))
    weight, bias = floats("0.weight", params["0.weight"]), floats("0.bias", params["0.bias"])
    expect_shape("0.weight", weight.shape, ("H", "T V"))
    expect_shape("0.bias", bias.shape, weight.shape[:1])
    if num_tokens < 1 or weight.shape[1] % num_tokens:
        raise ValueError(f"num_tokens: expected a divisor of {weight.shape[1]}, got {num_tokens}")
    T = weight.shape[1] // num_tokens
    ids = integers("ids", ids)
    expect_shape("ids", ids.shape, ("N", T))
    expect_range("ids", ids, num_tokens)
    columns = ids + num_tokens * np.arange(T)  # (N, T)
    selected = weight.T[columns]  # (N, T, H)
    hidden = np.tanh(selected.sum(axis=1) + bias)  # (N, H)  {eq}`eq-sequence-mlp`
    last = {"weight": params["2.weight"], "bias": params["2.bias"]}
    logits, readout = dense.forward(last, hidden)  # (N, K)  {eq}`eq-sequence-mlp`
    return logits, Cache(columns, hidden, weight, readout)


def backward(cache: Cache, dlogits: np.ndarray) -> tuple[None, Params]:
    """Pass the gradient back to the parameters; ids have none.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dlogits
        Gradient of the loss with respect to the logits, (N, K).

    Returns
    -------
    None
        In the place of the gradient of the ids.
    dparams : dict
        By the names and shapes of the parameters. A column that no word selected has gradient 0: what stands
        at one step teaches nothing about another.

    Raises
    ------
    ValueError
        If ``dlogits`` has not the shape of the logits.
    """
    columns, hidden, weight, readout = cache
    dhidden, dlast = dense.backward(readout, dlogits)  # (N, H)
    da = dhidden * (1 - hidden**2)  # (N, H)
    dweight_rows = np.zeros_like(weight.T)  # (T V, H)
    np.add.at(dweight_rows, columns, np.broadcast_to(da[:, None], (*columns.shape, da.shape[1])))
    return None, {
        "0.weight": dweight_rows.T,  # (H, T V)
        "0.bias": da.sum(axis=0),  # (H,)
        "2.weight": dlast["weight"],
        "2.bias": dlast["bias"],
    }
