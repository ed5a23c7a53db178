"""Steps of optimisers, as pure functions: parameters and state in, new parameters and new state out.

Nothing is kept inside and nothing is changed in place. What an optimiser remembers from one step to the next
is a value that the caller holds: made by ``*_init``, given to ``*_step``, and handed back by it. Formulas and
constants are those of ``torch.optim``.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from companion.reference._validate import expect_keys, expect_shape, floats

Params = dict[str, np.ndarray]


class Optimiser(NamedTuple):
    """An optimiser with its settings filled in; :func:`companion.reference.training.train` takes one.

    Attributes
    ----------
    init
        ``state = init(params)``
    step
        ``params, state = step(params, grads, state)``
    """

    init: Callable[[Params], Any]
    step: Callable[[Params, Params, Any], tuple[Params, Any]]


class AdamState(NamedTuple):
    """What Adam remembers: how many steps it took, and two running means for every parameter."""

    step: int
    mean: Params
    square: Params


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
    step = dict(params)
    for name, value, grad in _trained(params, grads, lr, frozen):
        step[name] = value - float(lr) * grad  # {eq}`eq-sgd`
    return step


def momentum_init(params: Params) -> Params:
    """Start at rest: a velocity of zero for every parameter."""
    return {name: np.zeros_like(value) for name, value in params.items()}


def momentum_step(
    params: Params,
    grads: Params,
    velocity: Params,
    lr: float,
    momentum: float = 0.9,
    frozen: Collection[str] = (),
) -> tuple[Params, Params]:
    r"""Keep a share of the last step's velocity, add the gradient, and go ({eq}`eq-momentum`).

    .. math:: v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \eta v

    as in PyTorch. Elsewhere the learning rate stands inside, :math:`v \leftarrow \mu v - \eta g`: the same
    path, as long as the learning rate does not change on the way.

    Parameters
    ----------
    params, grads, lr, frozen
        As in :func:`sgd_step`.
    velocity
        v, from :func:`momentum_init` or the step before.
    momentum
        The share :math:`\mu`, in [0, 1). Under a constant gradient v grows to 1 / (1 - mu) times it; with 0
        this is :func:`sgd_step`.

    Returns
    -------
    params, velocity : dict
        The new ones; what was given is left untouched.

    Raises
    ------
    ValueError
        As :func:`sgd_step`; also if the velocity's names or shapes differ or the momentum is outside [0, 1).

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964.

    Examples
    --------
    >>> params, grads = {"w": np.array([0.0])}, {"w": np.array([1.0])}
    >>> velocity = momentum_init(params)
    >>> for _ in range(3):
    ...     params, velocity = momentum_step(params, grads, velocity, lr=0.1, momentum=0.5)
    >>> params, velocity
    ({'w': array([-0.425])}, {'w': array([1.75])})
    """
    _expect_share("momentum", momentum)
    expect_keys("velocity", velocity, params)
    step, velocity = dict(params), dict(velocity)
    for name, value, grad in _trained(params, grads, lr, frozen):
        expect_shape(f"velocity[{name!r}]", velocity[name].shape, value.shape)
        velocity[name] = float(momentum) * velocity[name] + grad  # {eq}`eq-momentum`
        step[name] = value - float(lr) * velocity[name]  # {eq}`eq-momentum`
    return step, velocity


def adam_init(params: Params) -> AdamState:
    """Start with both running means at zero, and no step taken."""
    return AdamState(0, momentum_init(params), momentum_init(params))


def adam_step(
    params: Params,
    grads: Params,
    state: AdamState,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    frozen: Collection[str] = (),
) -> tuple[Params, AdamState]:
    r"""Divide a running mean of the gradient by the root of one of its square ({eq}`eq-adam`).

    .. math::

        m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \qquad
        \theta \leftarrow \theta - \eta \, \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \epsilon}

    at step t = 1, 2, ... Both means start at zero and are too small at first; the divisors undo just that.

    Parameters
    ----------
    params, grads, frozen
        As in :func:`sgd_step`.
    state
        t, m and s, from :func:`adam_init` or the step before.
    lr
        The learning rate, above 0: about the length of the first step of every single number, whatever the
        size of its gradient.
    betas
        The shares :math:`\beta_1, \beta_2` that the means keep at each step, in [0, 1).
    eps
        Added to the root, at least 0: it keeps steps small where the gradient is nearly zero.

    Returns
    -------
    params : dict
    state : AdamState
        The new ones; what was given is left untouched.

    Raises
    ------
    ValueError
        As :func:`sgd_step`; also if the state's names or shapes differ, or a constant is out of its range.

    References
    ----------
    D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR 2015.

    Examples
    --------
    >>> params = {"w": np.array([1.0, 1.0])}
    >>> params, state = adam_step(params, {"w": np.array([5.0, -0.01])}, adam_init(params), lr=0.1)
    >>> params["w"].round(4)
    array([0.9, 1.1])
    """
    for name, share in zip(("betas[0]", "betas[1]"), betas, strict=True):
        _expect_share(name, share)
    if not eps >= 0:
        raise ValueError(f"eps: expected a number of at least 0, got {eps}")
    beta1, beta2 = map(float, betas)
    step, mean, square = dict(params), dict(state.mean), dict(state.square)
    expect_keys("state.mean", mean, params)
    expect_keys("state.square", square, params)
    t = state.step + 1
    for name, value, grad in _trained(params, grads, lr, frozen):
        expect_shape(f"state.mean[{name!r}]", mean[name].shape, value.shape)
        expect_shape(f"state.square[{name!r}]", square[name].shape, value.shape)
        mean[name] = beta1 * mean[name] + (1 - beta1) * grad  # {eq}`eq-adam`
        square[name] = beta2 * square[name] + (1 - beta2) * grad**2  # {eq}`eq-adam`
        root = np.sqrt(square[name] / (1 - beta2**t)) + float(eps)  # {eq}`eq-adam`
        step[name] = value - float(lr) / (1 - beta1**t) * mean[name] / root  # {eq}`eq-adam`
    return step, AdamState(t, mean, square)


def sgd(lr: float, frozen: Collection[str] = ()) -> Optimiser:
    """Return :func:`sgd_step` as an optimiser; it has nothing to remember."""

    def step(params: Params, grads: Params, state: None) -> tuple[Params, None]:
        return sgd_step(params, grads, lr, frozen), None

    return Optimiser(lambda params: None, step)


def momentum(lr: float, momentum: float = 0.9, frozen: Collection[str] = ()) -> Optimiser:
    """Return :func:`momentum_step` as an optimiser."""
    return Optimiser(momentum_init, partial(momentum_step, lr=lr, momentum=momentum, frozen=frozen))


def adam(
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    frozen: Collection[str] = (),
) -> Optimiser:
    """Return :func:`adam_step` as an optimiser.

    Examples
    --------
    >>> params = {"w": np.array([1.0])}
    >>> optimiser = adam(lr=0.1)
    >>> state = optimiser.init(params)
    >>> params, state = optimiser.step(params, {"w": np.array([3.0])}, state)
    >>> params["w"].round(4), state.step
    (array([0.9]), 1)
    """
    return Optimiser(adam_init, partial(adam_step, lr=lr, betas=betas, eps=eps, frozen=frozen))


def _trained(
    params: Params, grads: Params, lr: float, frozen: Collection[str]
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return name, value and gradient of what is not frozen, or say what does not fit."""
    frozen = set(frozen)  # once: an iterator would be used up
    unknown = sorted(frozen - set(params))
    if unknown:
        raise ValueError(f"frozen: expected names among {sorted(params)}, got {unknown}")
    names = [name for name in params if name not in frozen]
    expect_keys("grads", {name: grads[name] for name in grads if name not in frozen}, names)
    if not lr > 0:
        raise ValueError(f"lr: expected a number above 0, got {lr}")
    trained = []
    for name in names:
        grad = floats(f"grads[{name!r}]", grads[name])
        expect_shape(f"grads[{name!r}]", grad.shape, params[name].shape)
        trained.append((name, params[name], grad))
    return trained


def _expect_share(name: str, share: float) -> None:
    """Refuse a share outside [0, 1)."""
    if not 0 <= share < 1:
        raise ValueError(f"{name}: expected 0 <= {name} < 1, got {share}")
