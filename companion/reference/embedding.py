"""The embedding layer: a look-up in a table of vectors, and the scatter-add that is its backward pass.

Parameters: ``{"weight": E}``, E of shape (V, D), one row a token; the name and shape of
``torch.nn.Embedding``. A frozen embedding is one whose gradient nobody uses: leave it out of the step
(:func:`companion.reference.optim.sgd_step` takes the names to leave alone), and skip ``backward``.
"""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._validate import (
    expect_keys,
    expect_padding_idx,
    expect_range,
    expect_shape,
    floats,
    integers,
)

Params = dict[str, np.ndarray]
Cache = tuple[np.ndarray, tuple[int, int], int | None]


def init(
    num_embeddings: int,
    embedding_dim: int,
    rng: np.random.Generator,
    padding_idx: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw a table from the standard normal distribution, as PyTorch does; the padding row is zero.

    Parameters
    ----------
    num_embeddings, embedding_dim
        V and D, both at least 1.
    rng
        The generator that the table is drawn from.
    padding_idx
        The id of the padding token, or None.
    dtype
        Precision of the table. The draw itself is in 64 bits, so a float32 table is the float64 table
        rounded.

    Returns
    -------
    dict
        ``{"weight": (V, D)}``

    Examples
    --------
    >>> params = init(4, 2, np.random.default_rng(0), padding_idx=0)
    >>> params["weight"].shape, params["weight"][0]
    ((4, 2), array([0., 0.]))
    """
    if num_embeddings < 1 or embedding_dim < 1:
        raise ValueError(f"expected a table of at least (1, 1), got ({num_embeddings}, {embedding_dim})")
    if not np.issubdtype(dtype, np.floating):
        raise TypeError(f"dtype: expected a floating-point type, got {np.dtype(dtype)}")
    expect_padding_idx(padding_idx, num_embeddings)
    weight = rng.standard_normal((num_embeddings, embedding_dim)).astype(dtype)  # (V, D)
    if padding_idx is not None:
        weight[padding_idx] = 0
    return {"weight": weight}


def forward(params: Params, ids: ArrayLike, padding_idx: int | None = None) -> tuple[np.ndarray, Cache]:
    """Look every id up: ``y_n = E[id_n]`` ({eq}`eq-embedding-lookup`).

    Parameters
    ----------
    params
        ``{"weight": (V, D)}``
    ids
        Integers in ``0..V-1``, of any shape; for a batch of sequences (N, T).
    padding_idx
        The id whose row is not trained: it is looked up like any other, and its gradient is zero.

    Returns
    -------
    y : ndarray
        One row a token: (N, T, D), in general ``ids.shape + (D,)``, in the precision of the table.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If the ids are not integers or the table not floating-point.
    ValueError
        If an id has no row, with the id and its place; if ``params`` or ``padding_idx`` do not fit.

    Examples
    --------
    >>> table = {"weight": np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])}
    >>> y, cache = forward(table, [[2, 0, 2]])
    >>> y
    array([[[3., 4.],
            [0., 0.],
            [3., 4.]]])
    """
    weight, ids = _checked(params, ids)
    expect_padding_idx(padding_idx, len(weight))
    y = weight[ids]  # (N, T, D)  {eq}`eq-embedding-lookup`
    return y, (ids, weight.shape, padding_idx)


def backward(cache: Cache, dy: np.ndarray) -> tuple[None, Params]:
    """Add every output's gradient to the row it was looked up in ({eq}`eq-embedding-grad`).

    A token that occurs three times in the batch collects three gradients; one that does not occur keeps zero.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (N, T, D).

    Returns
    -------
    dx : None
        Ids are names, not quantities: there is nothing to differentiate by. It is returned so that every
        layer's backward pass has the same form.
    dparams : dict
        ``{"weight": (V, D)}``, the padding row zero, in the precision of ``dy``.

    Raises
    ------
    ValueError
        If ``dy`` has not the shape of y.

    Examples
    --------
    >>> table = {"weight": np.zeros((3, 2))}
    >>> y, cache = forward(table, [2, 0, 2])
    >>> _, dparams = backward(cache, np.array([[1.0, 1.0], [5.0, 5.0], [20.0, 30.0]]))
    >>> dparams["weight"]
    array([[ 5.,  5.],
           [ 0.,  0.],
           [21., 31.]])
    """
    ids, (num_embeddings, embedding_dim), padding_idx = cache
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, (*ids.shape, embedding_dim))
    dweight = np.zeros((num_embeddings, embedding_dim), dy.dtype)  # (V, D)
    # Where each number of dy belongs in the flattened table. np.add.at(dweight, ids, dy) says the same, but
    # NumPy's fast loop is for one axis only: with 6,400 ids of 100 numbers this takes a fifth of the time.
    places = ids.reshape(-1, 1) * embedding_dim + np.arange(embedding_dim)  # (N T, D)
    np.add.at(dweight.reshape(-1), places.reshape(-1), dy.reshape(-1))  # {eq}`eq-embedding-grad`
    if padding_idx is not None:
        dweight[padding_idx] = 0
    return None, {"weight": dweight}


def as_product(params: Params, ids: ArrayLike) -> np.ndarray:
    """Compute the same y as a product of one-hot rows with the table ({eq}`eq-embedding-product`).

    It shows what a look-up is and is no way to compute one: it takes V multiplications where the look-up
    takes none.

    Parameters
    ----------
    params
        ``{"weight": (V, D)}``
    ids
        Integers in ``0..V-1``, of any shape.

    Returns
    -------
    ndarray
        ``ids.shape + (D,)``

    Examples
    --------
    >>> table = {"weight": np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])}
    >>> as_product(table, [2, 0])
    array([[3., 4.],
           [0., 0.]])
    """
    weight, ids = _checked(params, ids)
    return _one_hot(ids, weight) @ weight  # (N, T, V) @ (V, D) = (N, T, D)  {eq}`eq-embedding-product`


def as_product_backward(params: Params, ids: ArrayLike, dy: np.ndarray) -> tuple[None, Params]:
    """Compute the table's gradient as the product's: the transposed one-hot rows times dy.

    The same form and, without a padding id, the same numbers as :func:`backward`: transposing a look-up gives
    a scatter-add.
    """
    weight, ids = _checked(params, ids)
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, (*ids.shape, weight.shape[1]))
    one_hot = _one_hot(ids, weight).reshape(ids.size, len(weight))  # (N T, V)
    return None, {"weight": one_hot.T @ dy.reshape(-1, weight.shape[1])}  # (V, N T) @ (N T, D) = (V, D)


def _one_hot(ids: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Write each id as a row of V numbers, one of them 1."""
    one_hot = np.zeros((*ids.shape, len(weight)), weight.dtype)  # (N, T, V)
    np.put_along_axis(one_hot, ids[..., None], 1, axis=-1)
    return one_hot


def _checked(params: Params, ids: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the table and a copy of the ids as indices, or say what is wrong with them."""
    expect_keys("params", params, ("weight",))
    weight = floats("weight", params["weight"])
    expect_shape("weight", weight.shape, ("V", "D"))
    ids = integers("ids", ids)
    expect_range("ids", ids, len(weight))
    return weight, ids.astype(np.intp)
