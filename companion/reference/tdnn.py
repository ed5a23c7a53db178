"""The time-delay layer: the same weights over every K neighbouring steps, which is a convolution over time.

Parameters: ``{"weight": (H, D, K), "bias": (H,)}``, as in ``torch.nn.Conv1d``. Time is the first axis: x is
(T, N, D), y is (T - K + 1, N, H). Written as one matrix that takes a whole sequence to all outputs, the layer
is a band: :func:`banded_matrix`. A network of several such layers with a non-linearity between them is the
time-delay neural network of Waibel, Hanazawa, Hinton, Shikano and Lang (1989).
"""

import numpy as np
from numpy.typing import DTypeLike

from companion.reference._validate import expect_keys, expect_shape, floats, shown

Params = dict[str, np.ndarray]
Cache = tuple[np.ndarray, np.ndarray]


def init(
    input_size: int,
    hidden_size: int,
    kernel_size: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw weight and bias uniformly from +-1/sqrt(D K), as PyTorch does for ``torch.nn.Conv1d``.

    Parameters
    ----------
    input_size, hidden_size, kernel_size
        D, H and K, each at least 1.
    rng
        The generator that both are drawn from, the weight first.
    dtype
        Precision of the parameters.

    Examples
    --------
    >>> {name: array.shape for name, array in init(4, 6, 3, np.random.default_rng(0)).items()}
    {'weight': (6, 4, 3), 'bias': (6,)}
    """
    if min(input_size, hidden_size, kernel_size) < 1:
        raise ValueError(f"expected sizes of at least 1, got {(input_size, hidden_size, kernel_size)}")
    bound = 1 / np.sqrt(input_size * kernel_size)
    return {
        "weight": rng.uniform(-bound, bound, (hidden_size, input_size, kernel_size)).astype(dtype),
        "bias": rng.uniform(-bound, bound, hidden_size).astype(dtype),
    }


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Compute ``y_t = b + sum_k W_k x_{t+k}`` ({eq}`eq-tdnn`), where W_k is ``weight[:, :, k]``.

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        Sequences of at least K steps, (T, N, D).

    Returns
    -------
    y : ndarray
        (T - K + 1, N, H)
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If x or a parameter is not floating-point.
    ValueError
        If a name or a shape does not fit, or the sequences are shorter than K.

    Examples
    --------
    The difference of neighbours:

    >>> params = {"weight": np.array([[[-1.0, 1.0]]]), "bias": np.zeros(1)}
    >>> y, cache = forward(params, np.array([1.0, 4.0, 9.0, 16.0]).reshape(4, 1, 1))
    >>> y.ravel()
    array([3., 5., 7.])
    """
    weight, bias = _checked(params)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight.shape[1]))
    T_out = _steps_out(len(x), weight)
    y = np.broadcast_to(bias, (T_out, x.shape[1], len(bias)))  # (T - K + 1, N, H)
    for k in range(weight.shape[2]):
        y = y + x[k : k + T_out] @ weight[:, :, k].T  # (T - K + 1, N, H)  {eq}`eq-tdnn`
    return y, (x, weight)


def backward(cache: Cache, dy: np.ndarray) -> tuple[np.ndarray, Params]:
    """Give each input what all outputs that saw it say, and each weight what all the places it stood at say.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T - K + 1, N, H).

    Returns
    -------
    dx : ndarray
        (T, N, D)
    dparams : dict
        ``{"weight": (H, D, K), "bias": (H,)}``

    Raises
    ------
    ValueError
        If ``dy`` has not the shape of y.
    """
    x, weight = cache
    dy = floats("dy", dy)
    T_out = _steps_out(len(x), weight)
    expect_shape("dy", dy.shape, (T_out, x.shape[1], len(weight)))
    dx, dweight = np.zeros_like(x), np.empty_like(weight)
    for k in range(weight.shape[2]):
        dx[k : k + T_out] += dy @ weight[:, :, k]  # (T - K + 1, N, D)
        dweight[:, :, k] = np.tensordot(dy, x[k : k + T_out], axes=([0, 1], [0, 1]))  # (H, D)
    return dx, {"weight": dweight, "bias": dy.sum(axis=(0, 1))}


def banded_matrix(params: Params, steps: int) -> np.ndarray:
    """Write the layer as one matrix that takes a whole sequence to all outputs ({eq}`eq-tdnn`).

    Block (t, t + k), of H rows and D columns, is W_k; all other blocks are zero. A recurrent layer shares its
    weights too, but every output of it depends on all inputs before; here on K.

    Parameters
    ----------
    params
        By the names and shapes above.
    steps
        T, at least K.

    Returns
    -------
    ndarray
        ((T - K + 1) H, T D)

    Examples
    --------
    >>> params = {"weight": np.array([[[1.0, 2.0, 3.0]]]), "bias": np.zeros(1)}
    >>> banded_matrix(params, 5)
    array([[1., 2., 3., 0., 0.],
           [0., 1., 2., 3., 0.],
           [0., 0., 1., 2., 3.]])
    """
    weight, _ = _checked(params)
    H, D, K = weight.shape
    T_out = _steps_out(steps, weight)
    blocks = np.zeros((T_out, H, steps, D), weight.dtype)
    for t in range(T_out):
        for k in range(K):
            blocks[t, :, t + k, :] = weight[:, :, k]  # (H, D)  {eq}`eq-tdnn`
    return blocks.reshape(T_out * H, steps * D)


def as_product(params: Params, x: np.ndarray) -> np.ndarray:
    """Compute the same y as one product with the banded matrix ({eq}`eq-tdnn`).

    It shows what a convolution is and is no way to compute one: all but K of the T blocks in a row are zero.

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        (T, N, D)

    Returns
    -------
    ndarray
        (T - K + 1, N, H)
    """
    weight, bias = _checked(params)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight.shape[1]))
    T, N, D = x.shape
    column = x.transpose(0, 2, 1).reshape(T * D, N)  # a sequence a column, its steps below one another
    y = banded_matrix(params, T) @ column  # ((T - K + 1) H, N)  {eq}`eq-tdnn`
    return y.reshape(-1, len(bias), N).transpose(0, 2, 1) + bias  # (T - K + 1, N, H)


def _steps_out(steps: int, weight: np.ndarray) -> int:
    """Return T - K + 1, or refuse sequences that are shorter than the kernel."""
    K = weight.shape[2]
    if steps < K:
        raise ValueError(f"expected sequences of at least {K} steps, the width of the kernel, got {steps}")
    return steps - K + 1


def _checked(params: Params) -> tuple[np.ndarray, np.ndarray]:
    """Return weight and bias, or say what is wrong with them."""
    expect_keys("params", params, ("weight", "bias"))
    weight, bias = floats("weight", params["weight"]), floats("bias", params["bias"])
    expect_shape("weight", weight.shape, ("H", "D", "K"))
    if weight.shape[2] < 1:
        raise ValueError(f"weight: expected a kernel of at least one step, got {shown(weight.shape)}")
    expect_shape("bias", bias.shape, weight.shape[:1])
    return weight, bias
