"""What can be worked out about gated layers: how many numbers they learn, and what the belt alone carries."""

import numpy as np

from companion.reference.lstm import Cache

GATES = {"rnn": 1, "simple_gru": 2, "gru": 3, "lstm": 4}
"""How many blocks of H rows the weights of each layer have, candidates among them."""


def parameter_count(
    layer: str, input_size: int, hidden_size: int, biases: int = 2, peepholes: bool = False
) -> int:
    """Count the numbers that a layer learns: ``G H (D + H + biases)`` ({eq}`eq-gate-parameters`).

    Parameters
    ----------
    layer
        ``"rnn"``, ``"simple_gru"``, ``"gru"`` or ``"lstm"``: G is 1, 2, 3 or 4.
    input_size, hidden_size
        D and H.
    biases
        2 in PyTorch, one beside each matrix; 1 in the formulas and in Keras, but 2 in Keras' GRU, whose reset
        gate acts after the product.
    peepholes
        True adds the 3 H peephole weights of an LSTM.

    Raises
    ------
    ValueError
        If there is no such layer, or another than an LSTM is to have peepholes.

    Examples
    --------
    >>> [parameter_count(layer, 32, 32, biases=1) for layer in GATES]
    [2080, 4160, 6240, 8320]
    """
    if layer not in GATES:
        raise ValueError(f"layer: expected one of {sorted(GATES)}, got {layer!r}")
    if peepholes and layer != "lstm":
        raise ValueError(f"peepholes: expected False but for an LSTM, got True for {layer!r}")
    # {eq}`eq-gate-parameters`
    return GATES[layer] * hidden_size * (input_size + hidden_size + biases) + 3 * hidden_size * peepholes


def carry(cache: Cache) -> np.ndarray:
    """Multiply the forget gates: what the belt alone brings of each c_k to the end ({eq}`eq-lstm-carry`).

    The cell's gradient has other ways too, through h and the gates. This one has no matrix on it, and no
    squashing: where the forget gates stay near 1 it does not vanish, and it never explodes.

    Parameters
    ----------
    cache
        From :func:`companion.reference.lstm.forward`.

    Returns
    -------
    ndarray
        dc_n/dc_k along the belt for k = 0, ..., T, (T + 1, N, H): the product of the forget gates after step
        k up to the last step that counts; 1 from there on.

    Examples
    --------
    >>> from companion.reference import lstm
    >>> params = lstm.init(1, 1, np.random.default_rng(0))
    >>> params = {name: 0 * value for name, value in params.items()}  # every forget gate is 1/2
    >>> carry(lstm.forward(params, np.zeros((3, 1, 1)))[2]).ravel()
    array([0.125, 0.25 , 0.5  , 1.   ])
    """
    f = np.ones_like(cache.c)  # (T + 1, N, H)
    f[:-1] = cache.gates[1]
    if cache.ended is not None:
        f[:-1][cache.ended] = 1
    return np.cumprod(f[::-1], axis=0)[::-1]  # {eq}`eq-lstm-carry`
