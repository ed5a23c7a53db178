"""Steps of optimisers, as pure functions: parameters in, new parameters out."""

from collections.abc import Collection

import numpy as np

from companion.reference._validate import expect_keys, expect_shape, floats

Params = dict[str, np.ndarray]


def sgd_step(params: Params, grads: Params, lr: float, frozen: Collection[str] = ()) -> Params:
    """Go one step against the gradient ({eq}`eq-sgd`).

    Parameters
    ----------
    params
        Arrays by name.
    grads
        Their gradients: the same names and shapes. A frozen parameter's may be missing.
    lr
        The learning rate, above 0.
    frozen
        Names of parameters that stay as they are; the very same array comes back.

    Returns
    -------
    dict
        The new parameters; ``params`` is left untouched.

    Raises
    ------
    ValueError
        If names or shapes differ, a frozen name is unknown, or ``lr`` is not above 0.

    Examples
    --------
    >>> sgd_step({"weight": np.array([1.0, 2.0])}, {"weight": np.array([10.0, -10.0])}, lr=0.1)
    {'weight': array([0., 3.])}
    """
    frozen = set(frozen)  # once: an iterator would be used up
    unknown = sorted(frozen - set(params))
    if unknown:
        raise ValueError(f"frozen: expected names among {sorted(params)}, got {unknown}")
    trained = {name: params[name] for name in params if name not in frozen}
    expect_keys("grads", {name: grads[name] for name in grads if name not in frozen}, trained)
    if not lr > 0:
        raise ValueError(f"lr: expected a number above 0, got {lr}")
    step = dict(params)
    for name, value in trained.items():
        grad = floats(f"grads[{name!r}]", grads[name])
        expect_shape(f"grads[{name!r}]", grad.shape, value.shape)
        step[name] = value - float(lr) * grad  # {eq}`eq-sgd`
    return step
