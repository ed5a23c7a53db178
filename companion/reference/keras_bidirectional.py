"""Weights of Keras' ``Bidirectional``: those of the forward layer, and then those of the backward one."""

from collections.abc import Callable, Sequence

import numpy as np

from companion.reference.bidirectional import both, directions
from companion.reference.keras_weights import simple_rnn_from_keras, simple_rnn_to_keras

Params = dict[str, np.ndarray]


def bidirectional_from_keras(
    weights: Sequence[np.ndarray],
    layer: Callable[[Sequence[np.ndarray]], Params] = simple_rnn_from_keras,
) -> Params:
    """Turn the weights of a ``keras.layers.Bidirectional`` into those of two directions.

    Keras puts the two outputs beside each other as we do (``merge_mode="concat"``, its default), the backward
    one turned round. A mask has the effect of our lengths if the padding is at the end.

    Parameters
    ----------
    weights
        What ``layer.get_weights()`` gives.
    layer
        What turns the weights of one direction into parameters.

    Returns
    -------
    dict
        By the names of :mod:`companion.reference.bidirectional`.

    Raises
    ------
    ValueError
        If the weights are not twice as many as a layer has; and what ``layer`` refuses.

    Examples
    --------
    >>> one = [np.ones((4, 6)), np.ones((6, 6)), np.ones(6)]
    >>> [name for name in bidirectional_from_keras(one + one) if "weight" in name]
    ['weight_ih_l0', 'weight_hh_l0', 'weight_ih_l0_reverse', 'weight_hh_l0_reverse']
    """
    half, odd = divmod(len(weights), 2)
    if odd:
        raise ValueError(f"weights: expected those of two directions, as many of each, got {len(weights)}")
    return both(layer(weights[:half]), layer(weights[half:]))


def bidirectional_to_keras(
    params: Params, layer: Callable[[Params], list[np.ndarray]] = simple_rnn_to_keras
) -> list[np.ndarray]:
    """Turn parameters of two directions into what ``Bidirectional.set_weights`` takes.

    Parameters
    ----------
    params
        By the names of :mod:`companion.reference.bidirectional`.
    layer
        What turns the parameters of one direction into Keras' weights.

    Returns
    -------
    list
        The forward layer's weights, and then the backward layer's.

    Examples
    --------
    >>> one = [np.arange(24.0).reshape(4, 6), np.eye(6), np.ones(6)]
    >>> back = bidirectional_to_keras(bidirectional_from_keras(one + one))
    >>> all((a == b).all() for a, b in zip(one + one, back))
    True
    """
    return [weight for direction in directions(params) for weight in layer(direction)]
