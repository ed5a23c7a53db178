"""The dense layer ``y = W x + b``, one example a row: ``y = x @ W.T + b``.

Parameters: ``{"weight": W, "bias": b}`` of shapes (D_out, D_in) and (D_out,), as in ``torch.nn.Linear``.
"""

import numpy as np
from numpy.typing import DTypeLike

from companion.reference._validate import expect_keys, expect_shape, floats

Params = dict[str, np.ndarray]
Cache = tuple[np.ndarray, np.ndarray]


def init(
    in_features: int, out_features: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
) -> Params:
    """Draw weight and bias uniformly from +-1/sqrt(D_in), as PyTorch does.

    Parameters
    ----------
    in_features, out_features
        D_in and D_out, both at least 1.
    rng
        The generator that both are drawn from, the weight first.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        ``{"weight": (D_out, D_in), "bias": (D_out,)}``

    Examples
    --------
    >>> {name: array.shape for name, array in init(32, 1, np.random.default_rng(0)).items()}
    {'weight': (1, 32), 'bias': (1,)}
    """
    if in_features < 1 or out_features < 1:
        raise ValueError(f"expected at least one input and one output, got {in_features} and {out_features}")
    bound = 1 / np.sqrt(in_features)
    return {
        "weight": rng.uniform(-bound, bound, (out_features, in_features)).astype(dtype),  # (D_out, D_in)
        "bias": rng.uniform(-bound, bound, out_features).astype(dtype),  # (D_out,)
    }


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Compute ``y = x @ W.T + b`` ({eq}`eq-dense`).

    Parameters
    ----------
    params
        ``{"weight": (D_out, D_in), "bias": (D_out,)}``
    x
        One example a row, (..., D_in): every axis but the last is a batch axis.

    Returns
    -------
    y : ndarray
        (..., D_out)
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If x or a parameter is not floating-point.
    ValueError
        If a name or a shape does not fit.

    Examples
    --------
    >>> params = {"weight": np.array([[1.0, 2.0]]), "bias": np.array([0.5])}
    >>> y, cache = forward(params, np.array([[3.0, 4.0]]))
    >>> y
    array([[11.5]])
    """
    expect_keys("params", params, ("weight", "bias"))
    weight, bias = floats("weight", params["weight"]), floats("bias", params["bias"])
    expect_shape("weight", weight.shape, ("D_out", "D_in"))
    expect_shape("bias", bias.shape, weight.shape[:1])
    x = floats("x", x)
    expect_shape("x", x.shape, ("...", weight.shape[1]))
    y = x @ weight.T + bias  # (..., D_out)  {eq}`eq-dense`, over steps {eq}`eq-rnn-output`
    return y, (x, weight)


def backward(cache: Cache, dy: np.ndarray) -> tuple[np.ndarray, Params]:
    """Pass the gradient on to x, and collect that of W and b over the batch ({eq}`eq-dense-grad`).

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (..., D_out).

    Returns
    -------
    dx : ndarray
        (..., D_in)
    dparams : dict
        ``{"weight": (D_out, D_in), "bias": (D_out,)}``

    Raises
    ------
    ValueError
        If ``dy`` has not the shape of y.
    """
    x, weight = cache
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, (*x.shape[:-1], len(weight)))
    rows_x = x.reshape(-1, x.shape[-1])  # (N, D_in), all batch axes in one
    rows_dy = dy.reshape(-1, dy.shape[-1])  # (N, D_out)
    dx = dy @ weight  # (..., D_in)  {eq}`eq-dense-grad`
    dweight = rows_dy.T @ rows_x  # (D_out, D_in)  {eq}`eq-dense-grad`, over steps {eq}`eq-bptt-readout`
    dbias = rows_dy.sum(axis=0)  # (D_out,)  {eq}`eq-dense-grad`, over steps {eq}`eq-bptt-readout`
    return dx, {"weight": dweight, "bias": dbias}
