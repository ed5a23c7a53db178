r"""Penalties on large weights: L1 and L2, their gradients, and the weight decay that L2 is for plain SGD.

A penalty is added to the loss, and its gradient to the loss's gradient. What is penalised are, unless names
are given, the weight matrices: an array with one axis, such as a bias, shifts an output and multiplies
nothing.
"""

from collections.abc import Collection

import numpy as np

from companion.reference._validate import floats

Params = dict[str, np.ndarray]


def weight_names(params: Params) -> list[str]:
    """List the parameters that a penalty is for: those with two axes or more.

    Examples
    --------
    >>> weight_names({"weight": np.zeros((2, 3)), "bias": np.zeros(2)})
    ['weight']
    """
    return [name for name, value in params.items() if np.ndim(value) >= 2]


def l1(params: Params, strength: float, names: Collection[str] | None = None) -> tuple[float, Params]:
    r"""Charge for the absolute value of every weight ({eq}`eq-l1`).

    .. math:: \lambda \sum |w|, \qquad \text{gradient } \lambda \operatorname{sign}(w)

    as Keras' ``L1``. Every weight is pulled to zero with the same force however small it is, and arrives
    there. At zero itself, where there is no slope, the gradient is taken to be 0.

    Parameters
    ----------
    params
        Arrays by name.
    strength
        The factor :math:`\lambda`, 0 or more.
    names
        Which of them are charged for; None is :func:`weight_names`.

    Returns
    -------
    penalty : float
        What is added to the loss.
    grads : dict
        What is added to its gradient, for all parameters; zero for those that nothing is charged for.

    Raises
    ------
    TypeError
        If a parameter is not floating-point.
    ValueError
        If a name is not among the parameters, or the strength is negative.

    References
    ----------
    R. Tibshirani, Regression shrinkage and selection via the lasso, 1996.

    Examples
    --------
    >>> l1({"weight": np.array([[3.0, -0.5]]), "bias": np.array([7.0])}, 0.1)
    (0.35000000000000003, {'weight': array([[ 0.1, -0.1]]), 'bias': array([0.])})
    """
    strength, chosen = float(strength), _checked(params, strength, names)
    penalty = strength * sum(float(np.abs(params[name]).sum()) for name in chosen)  # {eq}`eq-l1`
    return penalty, _spread(params, {name: strength * np.sign(params[name]) for name in chosen})


def l2(params: Params, strength: float, names: Collection[str] | None = None) -> tuple[float, Params]:
    r"""Charge for the square of every weight ({eq}`eq-l2`).

    .. math:: \lambda \sum w^2, \qquad \text{gradient } 2 \lambda w

    as Keras' ``L2``; PyTorch's ``weight_decay`` is :math:`2 \lambda`. A weight is pulled to zero the harder
    the larger it is, and never arrives.

    Parameters
    ----------
    params, strength, names
        As in :func:`l1`.

    Returns
    -------
    penalty, grads
        As from :func:`l1`.

    Raises
    ------
    TypeError, ValueError
        As :func:`l1`.

    Examples
    --------
    >>> penalty, grads = l2({"weight": np.array([[3.0, -1.0]]), "bias": np.array([7.0])}, 0.5)
    >>> penalty, grads["weight"], grads["bias"]
    (5.0, array([[ 3., -1.]]), array([0.]))
    """
    strength, chosen = float(strength), _checked(params, strength, names)
    penalty = strength * sum(float(np.square(params[name]).sum()) for name in chosen)  # {eq}`eq-l2`
    return penalty, _spread(params, {name: 2 * strength * params[name] for name in chosen})


def decay(params: Params, lr: float, strength: float, names: Collection[str] | None = None) -> Params:
    r"""Shrink the weights by the share :math:`2 \eta \lambda`, apart from any gradient: weight decay.

    Before a step of plain SGD this is the same as :func:`l2` in the loss. Before a step of Adam it is not,
    for Adam divides a gradient by its running size, the penalty's part too; Adam with this before each step
    is AdamW.

    Parameters
    ----------
    params
        Arrays by name; left as they are.
    lr
        The learning rate :math:`\eta`, above 0.
    strength, names
        As in :func:`l1`. PyTorch's ``weight_decay`` is :math:`2 \lambda`.

    Returns
    -------
    dict
        The parameters after it; those that do not decay are the very same arrays.

    Raises
    ------
    TypeError, ValueError
        As :func:`l1`; also if ``lr`` is not above 0.

    References
    ----------
    I. Loshchilov and F. Hutter, Decoupled weight decay regularization, 2019.

    Examples
    --------
    >>> decay({"weight": np.array([[4.0, -2.0]]), "bias": np.array([7.0])}, lr=0.5, strength=0.25)
    {'weight': array([[ 3. , -1.5]]), 'bias': array([7.])}
    """
    if not lr > 0:
        raise ValueError(f"lr: expected a number above 0, got {lr}")
    chosen = _checked(params, strength, names)
    factor = 1 - 2 * float(lr) * float(strength)
    return {name: factor * value if name in chosen else value for name, value in params.items()}


def _checked(params: Params, strength: float, names: Collection[str] | None) -> Collection[str]:
    """Return which parameters are charged for, or say what is wrong."""
    if not strength >= 0:
        raise ValueError(f"strength: expected 0 or more, got {strength}")
    for name, value in params.items():
        floats(name, value)
    if names is None:
        return weight_names(params)
    if unknown := sorted(set(names) - set(params)):
        raise ValueError(f"names: expected some of {sorted(params)}, got {unknown}")
    return set(names)


def _spread(params: Params, grads: Params) -> Params:
    """Give every parameter a gradient, zero where there is none."""
    return {name: grads[name] if name in grads else np.zeros_like(value) for name, value in params.items()}
