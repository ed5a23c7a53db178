"""The convolution over time: the same few steps wide filters, applied at every place of a sequence.

Parameters: ``{"weight": (F, D, K), "bias": (F,)}``, as in ``torch.nn.Conv1d``, whose axes are (N, D, T); here
time is the first axis, x is (T, N, D). What is computed is a cross-correlation: the kernel is not turned
around. With stride 1 and no padding the layer is :mod:`companion.reference.tdnn`, where it is written as a
banded matrix.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._sequences import ends, rows, without
from companion.reference._validate import expect_keys, expect_shape, floats, integers, shown

Params = dict[str, np.ndarray]
PADDINGS = ("valid", "same", "causal")


class Cache(NamedTuple):
    """What the backward pass needs."""

    padded: np.ndarray  # (p + T + q, N, D), zero beyond the ends
    steps: int  # T
    weight: np.ndarray  # (F, D, K)
    ended: np.ndarray | None  # (T', N): which outputs lie beyond the ends
    ended_x: np.ndarray | None  # (T, N)
    stride: int
    padding: str
    dilation: int


def init(
    input_size: int,
    filters: int,
    kernel_size: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw weight and bias uniformly from +-1/sqrt(D K), as PyTorch does for ``torch.nn.Conv1d``.

    Parameters
    ----------
    input_size, filters, kernel_size
        D, F and K, each at least 1.
    rng
        The generator that both are drawn from, the weight first.
    dtype
        Precision of the parameters.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> {name: array.shape for name, array in init(128, 32, 7, np.random.default_rng(0)).items()}
    {'weight': (32, 128, 7), 'bias': (32,)}
    """
    if min(input_size, filters, kernel_size) < 1:
        raise ValueError(f"expected sizes of at least 1, got {(input_size, filters, kernel_size)}")
    bound = 1 / np.sqrt(input_size * kernel_size)
    return {
        "weight": rng.uniform(-bound, bound, (filters, input_size, kernel_size)).astype(dtype),
        "bias": rng.uniform(-bound, bound, filters).astype(dtype),
    }


def output_size(
    steps: ArrayLike, kernel_size: int, stride: int = 1, padding: str = "valid", dilation: int = 1
) -> np.ndarray:
    """Count the outputs of sequences of so many steps ({eq}`eq-conv1d-size`), of a pooling layer too.

    Parameters
    ----------
    steps
        Integers of any shape: T, or the lengths (N,) of a batch.
    kernel_size, stride, padding, dilation
        As in :func:`forward`.

    Returns
    -------
    ndarray
        Integers of the same shape; 0 where the kernel does not fit.

    Examples
    --------
    >>> output_size([500, 29, 6], 7)
    array([494,  23,   0])
    >>> int(output_size(494, 5, stride=5))
    98
    """
    before, after = pads(kernel_size, stride, padding, dilation)
    span = dilation * (kernel_size - 1) + 1
    room = integers("steps", steps).astype(np.intp) + before + after - span
    return np.where(room >= 0, room // stride + 1, 0)  # {eq}`eq-conv1d-size`


def pads(kernel_size: int, stride: int = 1, padding: str = "valid", dilation: int = 1) -> tuple[int, int]:
    """Return how many steps of zeros stand before a sequence and how many after it.

    ``"valid"`` adds none; ``"same"`` as many as give T outputs, the odd one at the end; ``"causal"`` puts all
    of these before the sequence, so that no output sees a later input.

    Raises
    ------
    ValueError
        If a size is below 1, the padding is none of the three, or "same" meets a stride: how many zeros
        would then be needed depends on each sequence's length.

    Examples
    --------
    >>> pads(7), pads(4, padding="same"), pads(7, padding="causal", dilation=2)
    ((0, 0), (1, 2), (12, 0))
    """
    for name, size in (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation)):
        if size < 1:
            raise ValueError(f"{name}: expected at least 1, got {size}")
    if padding not in PADDINGS:
        raise ValueError(f'padding: expected "valid", "same" or "causal", got {padding!r}')
    if padding == "same" and stride > 1:
        raise ValueError(f'padding: "same" needs a stride of 1, got {stride}')
    missing = dilation * (kernel_size - 1)
    before = {"valid": 0, "same": missing // 2, "causal": missing}[padding]
    return before, 0 if padding == "valid" else missing - before


def forward(
    params: Params,
    x: np.ndarray,
    lengths: ArrayLike | None = None,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
) -> tuple[np.ndarray, Cache]:
    """Compute ``y_t = b + sum_k W_k x_{s t + d k - p}`` ({eq}`eq-conv1d`), where W_k is ``weight[:, :, k]``.

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        Sequences, (T, N, D).
    lengths
        How many steps of each sequence count, (N,), from 0 to T; None counts all. What stands beyond is read
        as zero, and y is zero beyond ``output_size(lengths, ...)``, which are the lengths of y: each sequence
        is treated as if it came alone.
    stride, dilation
        s, the steps from one output to the next, and d, the steps between two places of the kernel.
    padding
        ``"valid"``, ``"same"`` or ``"causal"``: see :func:`pads`.

    Returns
    -------
    y : ndarray
        (T', N, F), with T' from :func:`output_size`.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If x or a parameter is not floating-point, or the lengths are not integers.
    ValueError
        If a name, a shape, a length or an option does not fit, or the kernel is longer than the sequences.

    References
    ----------
    Y. LeCun et al., *Handwritten Digit Recognition with a Back-Propagation Network*, NeurIPS 1989; over time,
    A. Waibel et al., *Phoneme Recognition Using Time-Delay Neural Networks*, 1989.

    Examples
    --------
    The difference of neighbours:

    >>> params = {"weight": np.array([[[-1.0, 1.0]]]), "bias": np.zeros(1)}
    >>> x = np.array([1.0, 4.0, 9.0, 16.0]).reshape(4, 1, 1)
    >>> forward(params, x)[0].ravel(), forward(params, x, padding="causal")[0].ravel()
    (array([3., 5., 7.]), array([1., 3., 5., 7.]))
    """
    weight, bias = _checked(params)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight.shape[1]))
    T, N, _ = x.shape
    K = weight.shape[2]
    before, after = pads(K, stride, padding, dilation)
    steps_out = int(output_size(T, K, stride, padding, dilation))
    if steps_out == 0:
        raise ValueError(
            f"x: expected at least {dilation * (K - 1) + 1 - before - after} steps for the kernel, got {T}"
        )
    live, ended_x = ends(lengths, T, N)
    padded = np.pad(without(x, ended_x), ((before, after), (0, 0), (0, 0)))  # (p + T + q, N, D)
    y = np.broadcast_to(bias, (steps_out, N, len(bias)))  # (T', N, F)
    for k in range(K):
        y = y + padded[_seen(k, steps_out, stride, dilation)] @ weight[:, :, k].T  # {eq}`eq-conv1d`
    ended = None
    if ended_x is not None:
        _, ended = ends(output_size(live, K, stride, padding, dilation), steps_out, N)
    cache = Cache(padded, T, weight, ended, ended_x, stride, padding, dilation)
    return without(y, ended), cache


def backward(cache: Cache, dy: np.ndarray) -> tuple[np.ndarray, Params]:
    """Give each input what all outputs that saw it say, and each weight what all the places it stood at say.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T', N, F). What stands beyond the ends of y is ignored.

    Returns
    -------
    dx : ndarray
        (T, N, D), zero beyond the ends ({eq}`eq-conv1d-grad-x`).
    dparams : dict
        ``{"weight": (F, D, K), "bias": (F,)}`` ({eq}`eq-conv1d-grad-weight`).

    Raises
    ------
    ValueError
        If ``dy`` has not the shape of y.
    """
    weight = cache.weight
    F, _, K = weight.shape
    dy = floats("dy", dy)
    steps_out = int(output_size(cache.steps, K, cache.stride, cache.padding, cache.dilation))
    expect_shape("dy", dy.shape, (steps_out, cache.padded.shape[1], F))
    dy = without(dy, cache.ended)
    dpadded, dweight = np.zeros_like(cache.padded), np.empty_like(weight)
    for k in range(K):
        seen = _seen(k, steps_out, cache.stride, cache.dilation)
        dpadded[seen] += dy @ weight[:, :, k]  # (T', N, D)  {eq}`eq-conv1d-grad-x`
        dweight[:, :, k] = rows(dy).T @ rows(cache.padded[seen])  # (F, D)  {eq}`eq-conv1d-grad-weight`
    before, _ = pads(K, cache.stride, cache.padding, cache.dilation)
    dx = without(dpadded[before : before + cache.steps], cache.ended_x)  # (T, N, D)
    return dx, {"weight": dweight, "bias": dy.sum(axis=(0, 1))}  # {eq}`eq-conv1d-grad-weight`


def _seen(k: int, steps_out: int, stride: int, dilation: int) -> slice:
    """Return the steps of the padded sequence that place k of the kernel meets, one for each output."""
    start = k * dilation
    return slice(start, start + stride * (steps_out - 1) + 1, stride)


def _checked(params: Params) -> tuple[np.ndarray, np.ndarray]:
    """Return weight and bias, or say what is wrong with them."""
    expect_keys("params", params, ("weight", "bias"))
    weight, bias = floats("weight", params["weight"]), floats("bias", params["bias"])
    expect_shape("weight", weight.shape, ("F", "D", "K"))
    if weight.shape[2] < 1:
        raise ValueError(f"weight: expected a kernel of at least one step, got {shown(weight.shape)}")
    expect_shape("bias", bias.shape, weight.shape[:1])
    return weight, bias
