"""How much of a space a flat map of it keeps: shares of neighbours, and how far strangers have moved in.

Points near each other may be near in the space and not on the map (torn apart), or on the map and not in the
space (thrown together). `kept_neighbours` counts the former, `trustworthiness` weighs the latter.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Metric = Literal["cosine", "euclidean"]


def nearest_rows(points: ArrayLike, k: int, metric: Metric = "euclidean") -> np.ndarray:
    """Return the rows of each point's k nearest points, the nearest first; it is not its own neighbour.

    Parameters
    ----------
    points : array_like
        (V, D).
    k : int
        How many, from 1 to V - 1.
    metric : {"euclidean", "cosine"}
        What is near: a small distance, or a small angle.

    Returns
    -------
    np.ndarray
        (V, k) integers. Points equally near stand in the order of their rows. All is computed in float64
        without a matrix product, so that the order is the same on every machine.

    Raises
    ------
    ValueError
        If the points are not finite, not (V, D), or zero where angles are asked for; if k is out of range.

    Examples
    --------
    >>> nearest_rows([[0.0], [1.0], [3.0]], 2).tolist()
    [[1, 2], [0, 2], [1, 0]]
    """
    table = _points("points", points, metric)
    _expect_k(k, len(table) - 1)
    return np.stack([_order(table, row)[:k] for row in range(len(table))])


def kept_neighbours(space: ArrayLike, plane: ArrayLike, k: int = 10, metric: Metric = "cosine") -> np.ndarray:
    r"""Return for each point which share of its k nearest in the space is among its k nearest on the map.

    With :math:`N_k(i)` the k nearest of point i in the space and :math:`M_k(i)` those on the map, it is
    :math:`|N_k(i) \cap M_k(i)| / k`. A map that scatters V points at random keeps :math:`k / (V - 1)`.

    Parameters
    ----------
    space : array_like
        (V, D), the original.
    plane : array_like
        (V, 2), the map, whose distances are as one sees them; any other number of dimensions will do.
    k : int
        From 1 to V - 1.
    metric : {"cosine", "euclidean"}
        What is near in the space.

    Returns
    -------
    np.ndarray
        (V,), each from 0 to 1.

    Raises
    ------
    ValueError
        As `nearest_rows`, and if there are not as many points on the map as in the space.

    Examples
    --------
    >>> space = [[0.0], [1.0], [3.0], [7.0]]
    >>> kept_neighbours(space, [[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [0.5, 0.1]], 1, "euclidean").tolist()
    [0.0, 0.0, 1.0, 0.0]
    """
    original, flat = _both(space, plane, metric)
    _expect_k(k, len(original) - 1)
    near, drawn = nearest_rows(original, k), nearest_rows(flat, k)  # (V, k) each
    return (near[:, :, None] == drawn[:, None, :]).any(axis=2).mean(axis=1)


def trustworthiness(space: ArrayLike, plane: ArrayLike, k: int = 10, metric: Metric = "cosine") -> float:
    r"""Return how far one may trust that what stands together on the map is near in the space.

    .. math:: 1 - \frac{2}{V k (2V - 3k - 1)} \sum_i \sum_{j \in M_k(i) \setminus N_k(i)} (r(i, j) - k)

    where :math:`r(i, j)` says that j is the r-th nearest of i in the space. Each stranger among the k nearest
    on the map costs the more, the further off it is in the space. 1 is a map without strangers; a random one
    has about 0.5.

    Parameters
    ----------
    space, plane, k, metric
        As in `kept_neighbours`; k below V / 2, or the measure could leave [0, 1].

    Raises
    ------
    ValueError
        As `kept_neighbours`.

    References
    ----------
    J. Venna and S. Kaski, *Neighborhood Preservation in Nonlinear Projection Methods: An Experimental Study*,
    ICANN 2001.

    Examples
    --------
    >>> line = [[0.0], [1.0], [3.0], [7.0]]
    >>> trustworthiness(line, line, 1, "euclidean")
    1.0
    """
    original, flat = _both(space, plane, metric)
    size = len(original)
    _expect_k(k, (size - 1) // 2)
    strangers = 0
    for row, drawn in enumerate(nearest_rows(flat, k)):
        rank = np.zeros(size, dtype=np.intp)
        rank[_order(original, row)] = np.arange(1, size)  # r(i, j)
        strangers += int(np.maximum(rank[drawn] - k, 0).sum())
    return 1.0 - strangers * 2.0 / (size * k * (2.0 * size - 3.0 * k - 1.0))


def _order(table: np.ndarray, row: int) -> np.ndarray:
    """Return all other rows, the nearest first, (V - 1,)."""
    squares = ((table - table[row]) ** 2).sum(axis=1)  # (V,)
    order = np.argsort(squares, kind="stable")
    return order[order != row]


def _points(name: str, given: ArrayLike, metric: str) -> np.ndarray:
    """Return points (V, D) in float64; of length 1 where angles count: there the nearest are the same."""
    table = np.array(given, dtype=np.float64)
    if table.ndim != 2 or len(table) < 2 or table.shape[1] < 1:
        raise ValueError(f"{name}: expected (V, D), two points or more, got {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError(f"{name}: expected finite numbers, got {_first_bad(table)}")
    if metric == "euclidean":
        return table
    if metric != "cosine":
        raise ValueError(f"metric: expected 'cosine' or 'euclidean', got {metric!r}")
    lengths = np.sqrt((table**2).sum(axis=1, keepdims=True))  # (V, 1)
    if not lengths.all():
        raise ValueError(f"{name}: row {int(np.argmin(lengths))} is zero and has no direction")
    return table / lengths


def _both(space: ArrayLike, plane: ArrayLike, metric: str) -> tuple[np.ndarray, np.ndarray]:
    original, flat = _points("space", space, metric), _points("plane", plane, "euclidean")
    if len(original) != len(flat):
        raise ValueError(f"plane: expected {len(original)} points, as in the space, got {len(flat)}")
    return original, flat


def _first_bad(table: np.ndarray) -> str:
    row, column = np.argwhere(~np.isfinite(table))[0]
    return f"{table[row, column]} in row {row}"


def _expect_k(k: int, most: int) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= most:
        raise ValueError(f"k: expected an integer from 1 to {most}, got {k!r}")
