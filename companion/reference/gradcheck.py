"""Checking a derivative by the definition of one: move a number a little, and see how far the result moves.

How little is "a little"? The central difference has two errors, with u = 2**-53 in float64:

* truncation, about ``eps**2 / 6 * |f'''|``, falls with the step;
* rounding, about ``u / eps * |f|``, grows as the step falls: two nearly equal numbers are subtracted.

Their sum is least near ``eps = (3 * u * |f| / |f'''|)**(1/3)``. Where f and its derivatives are of size 1
that is 7e-6, and leaves an error of about 2e-11. A forward difference gets no better than 1e-8. In float32
the best is 1e-5, which hides real mistakes: check in float64.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_keys, expect_shape, floats, shown

STEP = 2.0**-17
"""The step, about 7.6e-6; a power of two, so that multiplying and dividing by it rounds nothing."""

FLOOR = 1e-3
"""Where an error stops being relative: entries smaller than this share of the largest entry (or than this
number, if the largest is below 1) are measured against it. A difference quotient is known to some 1e-11,
so an entry of 1e-9 has no relative error that could be measured."""


def numerical_gradient(
    f: Callable[[np.ndarray], Any], x: ArrayLike, eps: float = STEP, dy: ArrayLike | None = None
) -> np.ndarray:
    """Differentiate f at x by central differences ({eq}`eq-central-difference`), one entry of x at a time.

    Parameters
    ----------
    f
        A function of an array like x. It may return one number; or an array, and then ``dy`` is wanted.
    x
        Where: float64, of any shape.
    eps
        The step. The one that is taken fits arguments and functions of size 1; a million wants a larger one.
    dy
        For an f that returns an array: the gradient of some loss with respect to it, of its shape. What is
        differentiated is ``sum(f(x) * dy)``, with the outputs subtracted before they are summed, so that
        those which do not depend on the moved entry leave no rounding error behind.

    Returns
    -------
    ndarray
        The gradient, of the shape of x.

    Raises
    ------
    TypeError
        If x is not float64.
    ValueError
        If f returns an array and no ``dy`` was given, or one of another shape; if ``eps`` is not above 0.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**2).sum(), [1.0, -3.0]).round(9)
    array([ 2., -6.])
    """
    x = _float64("x", x).copy()
    if not eps > 0:
        raise ValueError(f"eps: expected a number above 0, got {eps}")
    if dy is None:
        expect_shape("f(x), where no dy is given", np.shape(f(x)), ())
    else:
        expect_shape("dy", np.shape(dy), np.shape(f(x)))
    weight = 1.0 if dy is None else floats("dy", dy)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        x[index] = above = value + eps
        f_above = np.array(f(x))  # a copy: f may return x itself
        x[index] = below = value - eps
        f_below = np.array(f(x))
        x[index] = value
        change = np.sum((f_above - f_below) * weight)
        gradient[index] = change / (above - below)  # {eq}`eq-central-difference`
    return gradient


def relative_error(a: ArrayLike, b: ArrayLike, floor: float = 0.0) -> np.ndarray:
    """Compare entry by entry: ``|a - b| / max(|a|, |b|, floor)``, and 0 where both are 0.

    Parameters
    ----------
    a, b
        Arrays of the same shape.
    floor
        What the error is measured against where both entries are smaller.

    Returns
    -------
    ndarray
        Of the same shape; ``nan`` where an entry of a or b is ``nan``.

    Examples
    --------
    >>> relative_error([1.0, 0.0, 2.0], [1.0, 0.0, -2.0])
    array([0., 0., 2.])
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    expect_shape("b", b.shape, a.shape)
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)
    return np.abs(a - b) / np.where(scale == 0, 1, scale)


@dataclass(frozen=True)
class Worst:
    """The entry of one array whose gradient is furthest from the numerical one."""

    error: float
    index: tuple[int, ...]
    analytic: float
    numeric: float


@dataclass(frozen=True)
class Report:
    """What :func:`check` found: the worst entry of every parameter and input. Printed, it is a table."""

    worst: dict[str, Worst]

    @property
    def error(self) -> float:
        """The largest error of all; ``nan`` if a gradient holds one."""
        return float(np.max([entry.error for entry in self.worst.values()], initial=0.0))

    def __str__(self) -> str:
        """Write a line for each array."""
        width = max(map(len, self.worst), default=0)
        lines = [
            f"{name:{width}}  error {w.error:.1e} at {w.index}: "
            f"analytic {w.analytic:.8g}, numeric {w.numeric:.8g}"
            for name, w in self.worst.items()
        ]
        return "\n".join(lines)


def check(
    forward: Callable[..., tuple],
    backward: Callable[..., tuple],
    params: dict[str, np.ndarray],
    *inputs: ArrayLike,
    rng: np.random.Generator,
    eps: float = STEP,
) -> Report:
    """Compare a layer's backward pass with central differences, for every entry of every parameter and input.

    Each output gets a random gradient. All ones in its place would let through what cancels in a sum.

    Parameters
    ----------
    forward
        ``*outputs, cache = forward(params, *inputs)``
    backward
        ``*dinputs, dparams = backward(cache, *doutputs)``; for an input of integers the gradient is None.
    params
        float64 arrays by name; ``{}`` for a layer without.
    inputs
        float64 arrays, or arrays of integers.
    rng
        The generator that the outputs' gradients are drawn from.
    eps
        The step of :func:`numerical_gradient`.

    Returns
    -------
    Report
        For each parameter, and each input by its place (``inputs[0]``), the worst entry. Errors are relative,
        with the floor ``FLOOR * max(1, largest entry)``. A right gradient has an error of 1e-9 or so, that of
        a loss of size L up to 1e-8 L (the difference of two losses is rounded as they are); a wrong one
        seldom has less than 1e-3.

    Raises
    ------
    TypeError
        If a parameter or an input is neither float64 nor integers.
    ValueError
        If ``backward`` returns too few gradients, other names, another shape, or none for a floating-point
        input.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> from companion.reference import dense
    >>> params, x = dense.init(3, 2, rng), rng.standard_normal((4, 3))
    >>> report = check(dense.forward, dense.backward, params, x, rng=rng)
    >>> report.error < 1e-9
    True
    """
    arrays = {f"inputs[{i}]": np.asarray(x) for i, x in enumerate(inputs)}
    params = {name: _float64(name, value) for name, value in params.items()}
    *outputs, cache = forward(params, *arrays.values())
    doutputs = [np.asarray(rng.standard_normal(np.shape(y))) for y in outputs]
    *dinputs, dparams = backward(cache, *doutputs)
    expect_keys("dparams", dparams, params)
    if len(dinputs) != len(arrays):
        raise ValueError(f"backward: expected {len(arrays)} gradients before dparams, got {len(dinputs)}")
    gradients = dict(zip(arrays, dinputs, strict=True)) | dparams

    def outputs_with(name: str, moved: np.ndarray) -> np.ndarray:
        """Run forward with one array replaced, and put all outputs in one row."""
        here = {key: moved if key == name else value for key, value in (arrays | params).items()}
        *results, _ = forward({key: here[key] for key in params}, *(here[key] for key in arrays))
        return _flat(results)

    report = {}
    for name, value in (arrays | params).items():
        if not _has_gradient(name, value, gradients[name]):
            continue
        expect_shape(f"gradient of {name}", np.shape(gradients[name]), value.shape)
        numeric = numerical_gradient(partial(outputs_with, name), value, eps, _flat(doutputs))
        report[name] = _worst(gradients[name], numeric)
    return Report(report)


def _worst(analytic: np.ndarray, numeric: np.ndarray) -> Worst:
    """Find the entry with the largest error; one that is ``nan`` counts as the largest."""
    floor = FLOOR * float(np.max(np.abs(numeric), initial=1.0))
    errors = relative_error(analytic, numeric, floor)
    if errors.size == 0:
        return Worst(0.0, (), 0.0, 0.0)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(errors), errors.shape))
    return Worst(float(errors[index]), index, float(analytic[index]), float(numeric[index]))


def _has_gradient(name: str, value: np.ndarray, gradient: np.ndarray | None) -> bool:
    """Tell floating-point arrays, which need a gradient, from integers, which have none."""
    if np.issubdtype(value.dtype, np.integer):
        if gradient is not None:
            raise ValueError(f"gradient of {name}: expected None for integers, got {type(gradient).__name__}")
        return False
    if gradient is None:
        raise ValueError(f"gradient of {name}: expected an array {shown(value.shape)}, got None")
    return True


def _flat(arrays: Sequence[ArrayLike]) -> np.ndarray:
    """Put the entries of all arrays in one row."""
    return np.concatenate([np.ravel(array) for array in arrays])


def _float64(name: str, values: ArrayLike) -> np.ndarray:
    """Refuse a precision in which a difference says nothing."""
    array = floats(name, values)
    if array.dtype != np.float64:
        raise TypeError(f"{name}: expected float64, got {array.dtype} {shown(array.shape)}")
    return array
