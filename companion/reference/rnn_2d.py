"""A recurrent layer over two directions: each place of a picture hears the one above and the one to the left.

``h_ij = tanh(W_ih x_ij + W_above h_{i-1,j} + W_left h_{i,j-1} + b)``, after Graves, Fernandez and Schmidhuber
(2007). A state so depends on all places above it and to its left, itself included, and the last one, at the
bottom right, on the whole picture.

Parameters: ``{"weight_ih": (H, D), "weight_above": (H, H), "weight_left": (H, H), "bias": (H,)}``. The axes
of the picture come first, as time does elsewhere: x is (I, J, N, D), I rows and J columns of N pictures with
D numbers at each place.

A state waits for two others, both of the anti-diagonal before (i + j one less). The places of one
anti-diagonal wait for nothing of each other and are computed together: I + J - 1 steps, not I J.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from companion.reference._sequences import rows
from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.rnn import NONLINEARITIES, SLOPES

Params = dict[str, np.ndarray]

NAMES = ("weight_ih", "weight_above", "weight_left", "bias")


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    weights: tuple[np.ndarray, np.ndarray, np.ndarray]  # (H, D), (H, H), (H, H): of input, above and left
    x: np.ndarray  # (I, J, N, D)
    h: np.ndarray  # (I + 1, J + 1, N, H): the states, with the border above and the border to the left
    nonlinearity: str


def init(
    input_size: int, hidden_size: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
) -> Params:
    """Draw all four parameters uniformly from +-1/sqrt(H), as PyTorch does for its recurrent layers.

    Parameters
    ----------
    input_size, hidden_size
        D and H, both at least 1.
    rng
        The generator that they are drawn from, in the order of the names above.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        H (D + 2 H + 1) numbers in four arrays, by name.

    Examples
    --------
    >>> {name: array.shape for name, array in init(4, 6, np.random.default_rng(0)).items()}
    {'weight_ih': (6, 4), 'weight_above': (6, 6), 'weight_left': (6, 6), 'bias': (6,)}
    """
    if input_size < 1 or hidden_size < 1:
        raise ValueError(f"expected at least one input and one unit, got {input_size} and {hidden_size}")
    bound = 1 / np.sqrt(hidden_size)
    shapes = (
        (hidden_size, input_size),
        (hidden_size, hidden_size),
        (hidden_size, hidden_size),
        (hidden_size,),
    )
    drawn = [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]
    return dict(zip(NAMES, drawn, strict=True))


def diagonals(height: int, width: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """List the places of each anti-diagonal, from the top left corner to the bottom right one.

    Parameters
    ----------
    height, width
        I and J.

    Returns
    -------
    list
        I + J - 1 pairs of row numbers and column numbers, downwards; none if the picture has no places.

    Examples
    --------
    >>> [list(zip(i.tolist(), j.tolist())) for i, j in diagonals(2, 3)]
    [[(0, 0)], [(0, 1), (1, 0)], [(0, 2), (1, 1)], [(1, 2)]]
    """
    if height == 0 or width == 0:
        return []
    numbers = range(height + width - 1)
    i = [np.arange(max(0, number - width + 1), min(height, number + 1)) for number in numbers]
    return [(i_s, number - i_s) for number, i_s in zip(numbers, i, strict=True)]


def forward(
    params: Params,
    x: np.ndarray,
    above: np.ndarray | None = None,
    left: np.ndarray | None = None,
    nonlinearity: str = "tanh",
) -> tuple[np.ndarray, Cache]:
    """Run the layer over whole pictures, an anti-diagonal at a time ({eq}`eq-rnn-2d`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N pictures of I rows and J columns, (I, J, N, D).
    above
        The states before the first row, (J, N, H); None is zero. To go on with pictures whose upper part has
        been read, give the last row of that part's states.
    left
        The states before the first column, (I, N, H); None is zero.
    nonlinearity
        ``"tanh"`` or ``"relu"``.

    Returns
    -------
    y : ndarray
        The state at every place, (I, J, N, H); ``y[-1, -1]`` has seen the whole picture. Read-only: the
        backward pass computes with it.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If x, a border or a parameter is not floating-point.
    ValueError
        If a name, a shape or the non-linearity does not fit.

    References
    ----------
    A. Graves, S. Fernandez and J. Schmidhuber, Multi-dimensional recurrent neural networks, 2007.

    Examples
    --------
    In how many ways can one walk to each place, going only down and to the right?

    >>> params = {"weight_ih": np.eye(1), "weight_above": np.eye(1), "weight_left": np.eye(1)}
    >>> x = np.zeros((3, 4, 1, 1))
    >>> x[0, 0] = 1
    >>> y, cache = forward({**params, "bias": np.zeros(1)}, x, nonlinearity="relu")
    >>> y[:, :, 0, 0]
    array([[ 1.,  1.,  1.,  1.],
           [ 1.,  2.,  3.,  4.],
           [ 1.,  3.,  6., 10.]])
    """
    weight_ih, weight_above, weight_left, bias = _checked(params, nonlinearity)
    x = floats("x", x)
    expect_shape("x", x.shape, ("I", "J", "N", weight_ih.shape[1]))
    height, width, N = x.shape[:3]  # I, J, N
    a = (rows(x) @ weight_ih.T + bias).reshape(height, width, N, len(bias))  # {eq}`eq-rnn-2d`
    h = np.zeros((height + 1, width + 1, *a.shape[2:]), a.dtype)  # (I + 1, J + 1, N, H)
    if above is not None:
        h[0, 1:] = _border("above", above, h[0, 1:])
    if left is not None:
        h[1:, 0] = _border("left", left, h[1:, 0])
    f = NONLINEARITIES[nonlinearity]
    for i, j in diagonals(height, width):
        # Place (i, j) of the picture stands at (i + 1, j + 1) of h, behind the borders.
        heard = h[i, j + 1] @ weight_above.T + h[i + 1, j] @ weight_left.T  # (n, N, H)  {eq}`eq-rnn-2d`
        h[i + 1, j + 1] = f(a[i, j] + heard)  # (n, N, H)  {eq}`eq-rnn-2d`
    h.flags.writeable = False
    return h[1:, 1:], Cache((weight_ih, weight_above, weight_left), x, h, nonlinearity)


def backward(cache: Cache, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, Params]:
    """Go back from the bottom right corner, an anti-diagonal at a time ({eq}`eq-rnn-2d-grad`).

    A state went to two others, the one below and the one to the right; both have been here before it.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (I, J, N, H): what is said of each state from outside.

    Returns
    -------
    dx : ndarray
        (I, J, N, D)
    dabove, dleft : ndarray
        Of the borders, (J, N, H) and (I, N, H).
    dparams : dict
        By the names and shapes of the parameters.

    Raises
    ------
    ValueError
        If ``dy`` has not the shape of y.
    """
    (weight_ih, weight_above, weight_left), x, h, nonlinearity = cache
    dy = floats("dy", dy)
    y = h[1:, 1:]  # (I, J, N, H)
    expect_shape("dy", dy.shape, y.shape)
    dh = np.zeros_like(h)  # (I + 1, J + 1, N, H)
    dh[1:, 1:] = dy
    da = SLOPES[nonlinearity](y)  # (I, J, N, H): as yet the slopes
    for i, j in reversed(diagonals(*y.shape[:2])):
        da[i, j] *= dh[i + 1, j + 1]  # (n, N, H)  {eq}`eq-rnn-2d-grad`
        dh[i, j + 1] += da[i, j] @ weight_above  # (n, N, H): the states above  {eq}`eq-rnn-2d-grad`
        dh[i + 1, j] += da[i, j] @ weight_left  # (n, N, H): the states to the left  {eq}`eq-rnn-2d-grad`
    da_rows = rows(da)  # (I J N, H): a sum over places and pictures is one product
    dparams = {
        "weight_ih": da_rows.T @ rows(x),  # (H, D)
        "weight_above": da_rows.T @ rows(h[:-1, 1:]),  # (H, H)
        "weight_left": da_rows.T @ rows(h[1:, :-1]),  # (H, H)
        "bias": da_rows.sum(axis=0),  # (H,)
    }
    return (da_rows @ weight_ih).reshape(x.shape), dh[0, 1:], dh[1:, 0], dparams


def _border(name: str, states: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the states of a border, or say what is wrong with them."""
    states = floats(name, states)
    expect_shape(name, states.shape, place.shape)
    return states


def _checked(params: Params, nonlinearity: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the four parameters, or say what is wrong with them."""
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f'nonlinearity: expected "tanh" or "relu", got {nonlinearity!r}')
    expect_keys("params", params, NAMES)
    weight_ih, weight_above, weight_left, bias = (floats(name, params[name]) for name in NAMES)
    expect_shape("bias", bias.shape, ("H",))
    H = len(bias)
    expect_shape("weight_ih", weight_ih.shape, (H, "D"))
    expect_shape("weight_above", weight_above.shape, (H, H))
    expect_shape("weight_left", weight_left.shape, (H, H))
    return weight_ih, weight_above, weight_left, bias
