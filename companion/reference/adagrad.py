"""AdaGrad: a learning rate for every number, which falls with the gradients that this number has had.

A rare word's vector gets few gradients, a common word's one in nearly every batch. With one learning rate for
both, either the rare one hardly moves or the common one never comes to rest.
"""

import numpy as np
from numpy.typing import DTypeLike

from companion.reference._validate import expect_keys, expect_shape, floats

Params = dict[str, np.ndarray]


def adagrad_init(params: Params, value: float = 0.0, dtype: DTypeLike | None = None) -> Params:
    """Start the sums of squared gradients.

    Parameters
    ----------
    params
        Arrays by name.
    value
        What every sum starts from, at least 0. With 0 the first step moves each number by the learning rate,
        however small its gradient; a larger value holds the first steps back.
    dtype
        Precision of the sums; that of the parameters if left out.

    Returns
    -------
    dict
        The same names and shapes.

    Raises
    ------
    ValueError
        If ``value`` is below 0.

    Examples
    --------
    >>> adagrad_init({"weight": np.ones(2)}, 1.0)
    {'weight': array([1., 1.])}
    """
    if not value >= 0:
        raise ValueError(f"value: expected a number of at least 0, got {value}")
    return {name: np.full_like(array, value, dtype=dtype) for name, array in params.items()}


def adagrad_step(
    params: Params, grads: Params, state: Params, lr: float, eps: float = 1e-10
) -> tuple[Params, Params]:
    r"""Add the squares first, then go one step ({eq}`eq-adagrad`).

    .. math:: G \leftarrow G + g^2, \qquad \theta \leftarrow \theta - \eta \, g / (\sqrt{G} + \varepsilon)

    for each number by itself. A number whose gradient is 0 stays, and so does its sum: a step for the whole
    table is a step for those rows alone that the batch looked up.

    Parameters
    ----------
    params
        Arrays by name.
    grads
        Their gradients g: the same names and shapes.
    state
        The sums G so far, from :func:`adagrad_init` or the step before.
    lr
        The learning rate :math:`\eta`, above 0.
    eps
        Keeps a number that has had no gradient yet from 0/0; ``torch.optim.Adagrad``'s value.

    Returns
    -------
    params, state : dict
        New ones; those given are left untouched.

    Raises
    ------
    ValueError
        If names or shapes differ, ``lr`` is not above 0 or ``eps`` below 0.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, *Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization*, JMLR 12, 2011.

    Examples
    --------
    >>> params = {"weight": np.array([1.0, 1.0])}
    >>> state = adagrad_init(params)
    >>> for _ in range(2):
    ...     params, state = adagrad_step(params, {"weight": np.array([30.0, 0.0])}, state, lr=0.1)
    >>> params["weight"].round(4), state["weight"]
    (array([0.8293, 1.    ]), array([1800.,    0.]))
    """
    expect_keys("grads", grads, params)
    expect_keys("state", state, params)
    if not lr > 0:
        raise ValueError(f"lr: expected a number above 0, got {lr}")
    if not eps >= 0:
        raise ValueError(f"eps: expected a number of at least 0, got {eps}")
    new_params, new_state = {}, {}
    for name, value in params.items():
        grad = floats(f"grads[{name!r}]", grads[name])
        expect_shape(f"grads[{name!r}]", grad.shape, value.shape)
        expect_shape(f"state[{name!r}]", state[name].shape, value.shape)
        new_state[name] = state[name] + grad**2  # {eq}`eq-adagrad`
        scale = np.sqrt(new_state[name]) + float(eps)
        new_params[name] = value - float(lr) * grad / scale  # {eq}`eq-adagrad`
    return new_params, new_state
