"""Repeated multiplication by a recurrent matrix: eigenvalues, norms of Jacobian products and their bound.

A gradient that goes back through n steps of a recurrent network is multiplied by n matrices. In a linear
network all of them are the recurrent matrix, and its eigenvalues say how the product grows or shrinks in
the long run; its largest singular value says what one step can do at most.
"""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, floats
from companion.reference.rnn import SLOPES, Cache

BASIS = 1e10
"""Beyond this condition number the eigenvectors are taken for no basis: half of the digits would be lost."""

STEEPEST = {"tanh": 1.0, "relu": 1.0, "sigmoid": 0.25, "linear": 1.0}
"""The largest slope of an activation, gamma."""


def spectral_radius(matrix: ArrayLike) -> float:
    """Return the largest magnitude of an eigenvalue.

    Parameters
    ----------
    matrix
        Square, (H, H).

    Examples
    --------
    A turn by a right angle has the eigenvalues i and -i:

    >>> spectral_radius([[0.0, -1.0], [1.0, 0.0]])
    1.0
    """
    return float(np.abs(np.linalg.eigvals(_square(matrix))).max())


def with_radius(matrix: ArrayLike, radius: float) -> np.ndarray:
    """Scale a matrix so that its spectral radius is the one given.

    Parameters
    ----------
    matrix
        Square, (H, H), with an eigenvalue other than 0.
    radius
        At least 0.

    Raises
    ------
    ValueError
        If all eigenvalues are 0, or the radius is negative.

    Examples
    --------
    >>> with_radius([[1.0, 5.0], [0.0, -2.0]], 0.5)
    array([[ 0.25,  1.25],
           [ 0.  , -0.5 ]])
    """
    square = _square(matrix)
    if not radius >= 0:
        raise ValueError(f"radius: expected a number of at least 0, got {radius}")
    largest = spectral_radius(square)
    if largest == 0:
        raise ValueError("matrix: expected an eigenvalue other than 0, got none")
    return square * (float(radius) / largest)


def eigen_power(matrix: ArrayLike, steps: int) -> np.ndarray:
    r"""Raise a matrix to a power by its eigenvalues ({eq}`eq-eigen`).

    .. math:: W^t = V \operatorname{diag}(\lambda_1^t, \ldots, \lambda_H^t) \, V^{-1}

    Parameters
    ----------
    matrix
        W, (H, H), with a basis of eigenvectors. They and the eigenvalues may be complex; of a real matrix
        they come in pairs, and the power is real.
    steps
        t, at least 0.

    Returns
    -------
    ndarray
        (H, H)

    Raises
    ------
    ValueError
        If the matrix is not square, has no basis of eigenvectors, or ``steps`` is negative.

    Examples
    --------
    >>> eigen_power([[2.0, 1.0], [0.0, 1.0]], 3).round(10)
    array([[8., 7.],
           [0., 1.]])
    """
    square = _square(matrix)
    if steps < 0:
        raise ValueError(f"steps: expected at least 0, got {steps}")
    values, vectors = np.linalg.eig(square)  # (H,), (H, H), a column each
    if not np.linalg.cond(vectors) < BASIS:
        raise ValueError("matrix: expected a basis of eigenvectors, got fewer")
    power = vectors * values**steps @ np.linalg.inv(vectors)  # (H, H)  {eq}`eq-eigen`
    return power.real


def power_norms(matrix: ArrayLike, steps: int) -> np.ndarray:
    r"""Measure how far a gradient can be stretched by n steps of a linear network ({eq}`eq-linear-jacobian`).

    In :math:`h_t = W h_{t-1} + U x_t` a change of :math:`h_k` reaches :math:`h_t` through :math:`W^{t-k}`.

    Parameters
    ----------
    matrix
        W, (H, H).
    steps
        How many steps, at least 0.

    Returns
    -------
    ndarray
        The largest singular value of W^0, W^1, ..., W^steps, (steps + 1,).

    Examples
    --------
    Both eigenvalues are 1/2, and yet the first steps stretch:

    >>> power_norms([[0.5, 4.0], [0.0, 0.5]], 4).round(2)
    array([1.  , 4.06, 4.02, 3.01, 2.  ])
    """
    square = _square(matrix)
    if steps < 0:
        raise ValueError(f"steps: expected at least 0, got {steps}")
    product, norms = np.eye(len(square)), [1.0]
    for _ in range(steps):
        product = square @ product  # (H, H)  {eq}`eq-linear-jacobian`
        norms.append(float(np.linalg.norm(product, 2)))
    return np.array(norms)


def jacobian_norms(cache: Cache, t: int | None = None) -> np.ndarray:
    r"""Measure how much a state depends on every state before it.

    Parameters
    ----------
    cache
        From :func:`companion.reference.rnn.forward`, all sequences of full length.
    t
        The later step, from 0 to T; the last one by default.

    Returns
    -------
    ndarray
        (t + 1, N): entry n is the largest singular value of :math:`\mathrm dh_t / \mathrm dh_{t-n}`, the
        product of n Jacobians ({eq}`eq-bptt-product`); entry 0 is 1.

    Raises
    ------
    ValueError
        If ``t`` is not a step of this run, or a sequence ends early: nothing reaches a state beyond the end.

    Examples
    --------
    >>> from companion.reference import rnn
    >>> rng = np.random.default_rng(0)
    >>> _, _, cache = rnn.forward(rnn.init(4, 6, rng), rng.standard_normal((5, 3, 4)))
    >>> jacobian_norms(cache).shape
    (6, 3)
    """
    slopes = SLOPES[cache.nonlinearity](cache.h[1:])  # (T, N, H)
    T, N, H = slopes.shape
    t = T if t is None else t
    if not 0 <= t <= T:
        raise ValueError(f"t: expected 0..{T}, got {t}")
    if cache.ended is not None:
        raise ValueError("cache: expected sequences of full length, got one that ends early")
    product = np.broadcast_to(np.eye(H, dtype=slopes.dtype), (N, H, H))
    norms = np.ones((t + 1, N), slopes.dtype)
    for n in range(1, t + 1):  # back from the later step: each Jacobian is put on the right
        product = product * slopes[t - n][:, None, :] @ cache.weight_hh  # (N, H, H)  {eq}`eq-bptt-product`
        norms[n] = np.linalg.norm(product, 2, axis=(1, 2))
    return norms


def jacobian_bound(weight_hh: ArrayLike, steps: ArrayLike, nonlinearity: str = "tanh") -> np.ndarray:
    r"""Bound the norm of a product of Jacobians ({eq}`eq-jacobian-bound`).

    .. math:: \left\lVert \frac{\mathrm dh_t}{\mathrm dh_k} \right\rVert \le (\gamma \lVert W \rVert)^{t-k}

    with :math:`\lVert W \rVert` the largest singular value of the recurrent matrix and :math:`\gamma` the
    largest slope of the activation: 1 for tanh and relu, 1/4 for the sigmoid.

    Parameters
    ----------
    weight_hh
        (H, H)
    steps
        t - k, a number or an array of them, at least 0.
    nonlinearity
        ``"tanh"``, ``"relu"``, ``"sigmoid"`` or ``"linear"``.

    Returns
    -------
    ndarray
        Of the shape of ``steps``.

    Raises
    ------
    ValueError
        If the matrix is not square, a number of steps is negative, or the activation is not known.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks, ICML 2013.

    Examples
    --------
    >>> jacobian_bound([[0.0, 2.0], [0.5, 0.0]], [0, 1, 3])
    array([1., 2., 8.])
    """
    square, gaps = _square(weight_hh), np.asarray(steps)
    if nonlinearity not in STEEPEST:
        raise ValueError(f"nonlinearity: expected one of {', '.join(STEEPEST)}, got {nonlinearity!r}")
    if gaps.size and gaps.min() < 0:
        raise ValueError(f"steps: expected numbers of at least 0, got {gaps.min()}")
    norm = float(np.linalg.norm(square, 2))
    return (STEEPEST[nonlinearity] * norm) ** gaps  # {eq}`eq-jacobian-bound`


def orthogonal(size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw an orthogonal matrix, all equally probable: its eigenvalues and singular values have magnitude 1.

    The factor Q of a matrix of normal numbers, with the signs that make the diagonal of R positive; without
    them the distribution would depend on how the factors are computed.

    Parameters
    ----------
    size
        H, at least 1.
    rng
        The generator that it is drawn from.

    Returns
    -------
    ndarray
        (H, H)

    References
    ----------
    A. M. Saxe, J. L. McClelland and S. Ganguli, Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks, ICLR 2014.

    Examples
    --------
    >>> q = orthogonal(5, np.random.default_rng(0))
    >>> bool(np.allclose(q @ q.T, np.eye(5)))
    True
    """
    if size < 1:
        raise ValueError(f"size: expected at least 1, got {size}")
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return q * np.sign(np.diag(r))


def _square(matrix: ArrayLike) -> np.ndarray:
    """Return a square matrix, or say what came instead."""
    square = floats("matrix", matrix)
    expect_shape("matrix", square.shape, ("H", "H"))
    expect_shape("matrix", square.shape, (len(square), len(square)))
    return square
