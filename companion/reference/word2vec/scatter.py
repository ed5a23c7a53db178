"""Adding rows to a table: the update of an embedding, where a word that occurs twice moves twice."""

import numpy as np

from companion.reference._validate import expect_range, expect_shape, floats, indices


def add_rows(table: np.ndarray, ids: np.ndarray, rows: np.ndarray) -> None:
    """Add each row to the table's row of its id, in place; repeated ids add up ({eq}`eq-embedding-grad`).

    ``table[ids] += rows`` is the classical mistake: of a repeated id it keeps one row alone.

    Parameters
    ----------
    table
        (V, D), changed in place.
    ids
        Integers in ``0..V-1``, of any shape.
    rows
        ``ids.shape + (D,)``

    Raises
    ------
    TypeError, ValueError
        If types, shapes or ids do not fit.

    Examples
    --------
    >>> table = np.zeros((3, 2))
    >>> add_rows(table, [2, 0, 2], np.array([[1.0, 1.0], [5.0, 5.0], [20.0, 30.0]]))
    >>> table
    array([[ 5.,  5.],
           [ 0.,  0.],
           [21., 31.]])
    """
    table, ids, rows = floats("table", table), indices("ids", ids), floats("rows", rows)
    expect_shape("table", table.shape, ("V", "D"))
    expect_shape("rows", rows.shape, (*ids.shape, table.shape[1]))
    expect_range("ids", ids, len(table))
    if not table.flags.c_contiguous:
        raise ValueError("table: expected its rows one behind the other in memory (C order)")
    if not table.flags.writeable:  # np.add.at does not look
        raise ValueError("table: expected one that may be changed, got a read-only one")
    # np.add.at(table, ids, rows) says the same and takes four times as long: its fast loop is for one axis.
    places = ids.reshape(-1, 1) * table.shape[1] + np.arange(table.shape[1])  # (N, D), in the flat table
    np.add.at(table.reshape(-1), places.reshape(-1), rows.reshape(-1))  # {eq}`eq-embedding-grad`
