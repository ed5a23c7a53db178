"""Powers by eigenvalues, norms of Jacobian products and their bound: against products, autograd and laws."""

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught, tensor
from recurrent import drawn

from companion.reference import rnn, spectra
from companion.reference.rnn_algebra import state_jacobian

SEEDS = range(3)


def random_matrix(seed, size=6):
    return np.random.default_rng(seed).standard_normal((size, size)) / size**0.5


@pytest.mark.equation("eq-eigen")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("steps", [0, 1, 2, 17])
def test_the_power_by_eigenvalues_is_the_product(seed, steps, measure):
    matrix = random_matrix(seed)  # most of its eigenvalues are complex
    power = spectra.eigen_power(matrix, steps)
    assert power.dtype == np.float64
    measure("eq-eigen", apart(power, np.linalg.matrix_power(matrix, steps)), PARITY)


@pytest.mark.parametrize(
    "mutant",
    [
        lambda W, t: (lambda v, V: V * v**t @ V.T)(*np.linalg.eig(W)).real,
        lambda W, t: (lambda v, V: np.linalg.inv(V) * v**t @ V)(*np.linalg.eig(W)).real,
        lambda W, t: (lambda v, V: V * v.real**t @ np.linalg.inv(V))(*np.linalg.eig(W)).real,
        lambda W, t: W**t,
    ],
    ids=["transposed", "exchanged", "real parts", "entry by entry"],
)
def test_wrong_powers_are_caught(mutant):
    matrix = random_matrix(0)
    assert caught(lambda: apart(mutant(matrix, 5), np.linalg.matrix_power(matrix, 5)))


def test_a_matrix_without_a_basis_of_eigenvectors_is_refused():
    with pytest.raises(ValueError, match="matrix: expected a basis of eigenvectors, got fewer"):
        spectra.eigen_power([[0.9, 1.0], [0.0, 0.9]], 3)


@pytest.mark.equation("eq-linear-jacobian")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_linear_network_hands_a_change_on_by_a_power(seed, measure):
    """Autograd through h_t = W h_{t-1} + U x_t finds the norms of the powers of W."""
    matrix, rng = random_matrix(seed), np.random.default_rng(seed)
    W, U, x = (tensor(a) for a in (matrix, rng.standard_normal((6, 4)), rng.standard_normal((5, 4))))

    def last(h, steps):
        for x_t in x[:steps]:
            h = W @ h + U @ x_t
        return h

    norms = spectra.power_norms(matrix, 5)
    for steps in range(6):
        start = tensor(rng.standard_normal(6))
        jacobian = torch.autograd.functional.jacobian(lambda h, steps=steps: last(h, steps), start)
        found = float(torch.linalg.matrix_norm(jacobian, 2))
        measure("eq-linear-jacobian", abs(found - norms[steps]), PARITY)


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("seed", SEEDS)
def test_norms_are_those_of_the_products(seed, nonlinearity):
    case = drawn(seed)
    _, _, cache = rnn.forward(case.params, case.x, case.h_0[0], nonlinearity=nonlinearity)
    T = len(case.x)
    for t in (0, 1, T):
        norms = spectra.jacobian_norms(cache, t)
        for n in range(t + 1):
            products = state_jacobian(cache, t, t - n)
            assert apart(norms[n], np.linalg.norm(products, 2, axis=(1, 2))) < PARITY
    assert (spectra.jacobian_norms(cache) == spectra.jacobian_norms(cache, T)).all()


@pytest.mark.equation("eq-jacobian-bound")
@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_no_product_is_above_the_bound(nonlinearity, factor, measure):
    case = drawn(1)
    params = case.params | {"weight_hh_l0": factor * case.params["weight_hh_l0"]}
    _, _, cache = rnn.forward(params, case.x, case.h_0[0], nonlinearity=nonlinearity)
    norms = spectra.jacobian_norms(cache)
    bound = spectra.jacobian_bound(params["weight_hh_l0"], np.arange(len(norms)), nonlinearity)
    measure("eq-jacobian-bound", float((norms / bound[:, None] - 1).max()), PARITY)


def test_the_bound_is_reached_where_it_can_be():
    """All slopes 1 (states of zero) and a multiple of an orthogonal matrix: the bound is the norm."""
    matrix = 0.8 * spectra.orthogonal(6, np.random.default_rng(0))
    params = rnn.init(4, 6, np.random.default_rng(1)) | {"weight_hh_l0": matrix}
    params |= {name: np.zeros(6) for name in ("bias_ih_l0", "bias_hh_l0")}
    _, _, cache = rnn.forward(params, np.zeros((7, 3, 4)))
    bound = spectra.jacobian_bound(matrix, np.arange(8))
    assert apart(spectra.jacobian_norms(cache), np.repeat(bound[:, None], 3, 1)) < PARITY


def test_a_bound_of_eigenvalues_would_not_hold():
    matrix = np.array([[0.5, 4.0], [0.0, 0.5]])
    norms = spectra.power_norms(matrix, 10)
    assert (norms <= spectra.jacobian_bound(matrix, np.arange(11), "linear") * (1 + 1e-12)).all()
    assert norms[1] > spectra.spectral_radius(matrix)
    assert spectra.jacobian_bound(matrix, 2, "sigmoid") == pytest.approx(norms[1] ** 2 / 16)


def test_in_the_long_run_the_largest_eigenvalue_decides():
    """Gelfand: the n-th root of the norm of W^n tends to the spectral radius."""
    for seed in SEEDS:
        matrix = spectra.with_radius(random_matrix(seed), 0.95)
        assert spectra.spectral_radius(matrix) == pytest.approx(0.95)
        assert spectra.power_norms(matrix, 2000)[-1] ** (1 / 2000) == pytest.approx(0.95, abs=2e-3)


def test_the_orthogonal_matrix_is_one_and_is_drawn_evenly():
    drawn_ones = np.array([spectra.orthogonal(3, np.random.default_rng(seed)) for seed in range(800)])
    assert apart(drawn_ones @ drawn_ones.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (800, 3, 3))) < PARITY
    # Every entry has mean 0 and variance 1/3; without the signs the first row's mean is far from 0.
    assert np.abs(drawn_ones.mean(axis=0)).max() < 4 * (1 / 3 / 800) ** 0.5
    assert apart((drawn_ones**2).mean(axis=0), np.full((3, 3), 1 / 3)) < 0.06


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spectra.eigen_power(np.ones((2, 3)), 1), r"matrix: expected \(2, 2\), got \(2, 3\)"),
        (lambda: spectra.spectral_radius(1.0), r"matrix: expected \(H, H\), got \(\)"),
        (lambda: spectra.eigen_power(np.eye(2), -1), "steps: expected at least 0, got -1"),
        (lambda: spectra.power_norms(np.eye(2), -1), "steps: expected at least 0, got -1"),
        (lambda: spectra.with_radius(np.zeros((2, 2)), 1.0), "matrix: expected an eigenvalue other than 0"),
        (lambda: spectra.with_radius(np.eye(2), -0.1), "radius: expected a number of at least 0, got -0.1"),
        (lambda: spectra.jacobian_bound(np.eye(2), [1, -1]), "steps: expected numbers of at least 0, got -1"),
        (lambda: spectra.jacobian_bound(np.eye(2), 1, "sine"), "nonlinearity: expected one of tanh"),
        (lambda: spectra.orthogonal(0, np.random.default_rng(0)), "size: expected at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_integers_are_refused():
    with pytest.raises(TypeError, match="matrix: expected floating-point numbers"):
        spectra.spectral_radius([[1, 0], [0, 1]])


def test_steps_and_lengths_that_do_not_fit_are_refused():
    case = drawn(0)
    T, N, _ = case.x.shape
    _, _, cache = rnn.forward(case.params, case.x)
    for t in (-1, T + 1):
        with pytest.raises(ValueError, match=f"t: expected 0..{T}, got {t}"):
            spectra.jacobian_norms(cache, t)
    _, _, short = rnn.forward(case.params, case.x, lengths=[T] * (N - 1) + [1])
    with pytest.raises(ValueError, match="cache: expected sequences of full length"):
        spectra.jacobian_norms(short)
