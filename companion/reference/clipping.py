"""Clipping of gradients: by their common length, or number by number.

Both belong after all gradients have been added up (over the steps, the sequences, the parts of a batch) and
before the optimiser's step. Parts that are clipped and then added up are a different vector.
"""

import math

import numpy as np

from companion.reference._validate import floats

Params = dict[str, np.ndarray]


def global_norm(grads: Params) -> float:
    """Return the Euclidean length of all gradients, taken as one vector.

    Parameters
    ----------
    grads
        Floating-point arrays by name.

    Returns
    -------
    float
        In float64 whatever the gradients' precision, and without overflow on the way: a gradient that has
        exploded to 1e200 has a length of about 1e200. ``nan`` or ``inf`` where a gradient holds one.

    Examples
    --------
    >>> global_norm({"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])})
    5.0
    """
    arrays = [floats(f"grads[{name!r}]", grad).astype(np.float64, copy=False) for name, grad in grads.items()]
    square = sum(float(np.vdot(a, a)) for a in arrays)
    if 1e-280 < square < math.inf or math.isnan(square):
        return math.sqrt(square)
    # A square may leave the range of floats where its root does not: divide by the largest number first.
    largest = max((float(np.abs(a).max(initial=0.0)) for a in arrays), default=0.0)
    if largest in (0.0, math.inf):
        return largest
    return largest * math.sqrt(sum(float(np.square(a / largest).sum()) for a in arrays))


def clip_by_norm(grads: Params, max_norm: float) -> tuple[Params, float]:
    r"""Shorten the gradient to a given length, its direction kept ({eq}`eq-clip-norm`).

    .. math:: g \leftarrow g \cdot \min\!\left(1, \frac{c}{\lVert g \rVert}\right)

    with the length of all parameters' gradients together. One that is short enough stays as it is.

    ``torch.nn.utils.clip_grad_norm_`` divides by ``norm + 1e-6`` and so makes it shorter than asked for by a
    millionth part of 1 / norm.

    Parameters
    ----------
    grads
        Gradients by name, each already summed over everything that it is summed over.
    max_norm
        c, above 0.

    Returns
    -------
    grads : dict
        New arrays where something was clipped, else those given.
    norm : float
        The length before clipping.

    Raises
    ------
    ValueError
        If ``max_norm`` is not above 0, or a gradient holds ``nan`` or ``inf``: what has no direction cannot
        keep it.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks, ICML 2013.

    Examples
    --------
    >>> grads, norm = clip_by_norm({"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}, max_norm=1.0)
    >>> grads["a"].round(3), grads["b"].round(3), norm
    (array([0.6, 0. ]), array([[0.8]]), 5.0)
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm: expected a number above 0, got {max_norm}")
    norm = global_norm(grads)
    if not math.isfinite(norm):
        wrong = next((name for name, grad in grads.items() if not np.isfinite(grad).all()), None)
        where = "a norm that is finite" if wrong is None else f"finite numbers in {wrong!r}"
        raise ValueError(f"grads: expected {where}, got the norm {norm}")
    if norm <= max_norm:
        return dict(grads), norm
    return {name: grad * (float(max_norm) / norm) for name, grad in grads.items()}, norm  # {eq}`eq-clip-norm`


def clip_by_value(grads: Params, limit: float) -> Params:
    r"""Cut every single number off at a limit ({eq}`eq-clip-value`).

    .. math:: g_i \leftarrow \min(\max(g_i, -c), c)

    The numbers that are cut change, the others do not: the direction is not kept.

    Parameters
    ----------
    grads
        Gradients by name.
    limit
        c, above 0.

    Returns
    -------
    dict
        New arrays; ``nan`` stays ``nan``.

    Raises
    ------
    ValueError
        If the limit is not above 0.

    Examples
    --------
    >>> clip_by_value({"a": np.array([3.0, -0.5, -40.0])}, limit=1.0)
    {'a': array([ 1. , -0.5, -1. ])}
    """
    if not limit > 0:
        raise ValueError(f"limit: expected a number above 0, got {limit}")
    limit = float(limit)
    return {
        name: np.clip(floats(f"grads[{name!r}]", grad), -limit, limit)  # {eq}`eq-clip-value`
        for name, grad in grads.items()
    }
