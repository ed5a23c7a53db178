"""The stacked matrix, and how states depend on states: against the layer, differences and autograd."""

import numpy as np
import pytest
import torch
from comparing import GRADCHECK, PARITY, apart, caught, tensor
from recurrent import drawn

from companion.reference import rnn
from companion.reference.gradcheck import numerical_gradient
from companion.reference.rnn_algebra import stacked_matrix, state_jacobian, state_jacobians

SEEDS = range(3)
both = pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])


@pytest.mark.equation("eq-rnn-stacked-matrix")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_stacked_matrix_takes_the_same_steps(seed, measure):
    case = drawn(seed)
    weight, bias = stacked_matrix(case.params)
    y, _, _ = rnn.forward(case.params, case.x, case.h_0[0])
    h = case.h_0[0]
    for x_t, y_t in zip(case.x, y, strict=True):
        h = np.tanh(np.hstack([h, x_t]) @ weight.T + bias)
        measure("eq-rnn-stacked-matrix", apart(h, y_t), PARITY)


def test_a_stack_in_the_other_order_is_caught():
    case = drawn(0)
    weight, bias = stacked_matrix(case.params)
    y, _, _ = rnn.forward(case.params, case.x, case.h_0[0])
    assert caught(lambda: apart(np.tanh(np.hstack([case.x[0], case.h_0[0]]) @ weight.T + bias), y[0]))


def by_autograd(case, nonlinearity, t, k, n):
    """Differentiate step after step of sequence n from h_k to h_t."""
    params = {name: tensor(value) for name, value in case.params.items()}
    f = getattr(torch, nonlinearity)
    y, _, _ = rnn.forward(case.params, case.x, case.h_0[0], nonlinearity=nonlinearity)
    states = [case.h_0[0], *y]
    inputs = tensor(case.x[k:t, n])

    def later(h):
        for x_t in inputs:
            a = params["weight_ih_l0"] @ x_t + params["weight_hh_l0"] @ h
            h = f(a + params["bias_ih_l0"] + params["bias_hh_l0"])
        return h

    return torch.func.jacrev(later)(tensor(states[k][n]))


@pytest.mark.equation("eq-bptt-product")
@both
@pytest.mark.parametrize("seed", SEEDS)
def test_products_agree_with_autograd(seed, nonlinearity, measure):
    case = drawn(seed)
    T, N, _ = case.x.shape
    _, _, cache = rnn.forward(case.params, case.x, case.h_0[0], nonlinearity=nonlinearity)
    for t, k in [(T, 0), (T, T - 1), (1, 0), (T - 1, 1), (T, T)]:
        product = state_jacobian(cache, t, k)
        for n in range(N):
            measure("eq-bptt-product", apart(product[n], by_autograd(case, nonlinearity, t, k, n)), PARITY)


@pytest.mark.equation("eq-bptt-product")
@both
def test_products_agree_with_differences(nonlinearity, measure):
    case = drawn(1)
    T, N, _ = case.x.shape
    _, _, cache = rnn.forward(case.params, case.x, case.h_0[0], nonlinearity=nonlinearity)
    whole = state_jacobian(cache, T, 0)  # (N, H, H)
    for unit in range(whole.shape[1]):
        dh_n = np.zeros(case.h_0[0].shape)
        dh_n[:, unit] = 1

        def last(h_0):
            return rnn.forward(case.params, case.x, h_0, nonlinearity=nonlinearity)[1]

        numeric = numerical_gradient(last, case.h_0[0], dy=dh_n)  # (N, H)
        measure("eq-bptt-product", apart(whole[:, unit], numeric), GRADCHECK)


@both
def test_the_product_is_one_of_the_single_steps_and_takes_a_gradient_back(nonlinearity):
    case = drawn(0, ragged=True)
    _, _, cache = rnn.forward(case.params, case.x, case.h_0[0], case.lengths, nonlinearity)
    jacobians = state_jacobians(cache)
    product = np.eye(jacobians.shape[2])
    for t, jacobian in enumerate(jacobians):
        product = jacobian @ product
        assert apart(state_jacobian(cache, t + 1, 0), product) <= PARITY
        assert apart(state_jacobian(cache, t + 1, t), jacobian) <= PARITY
        dy = np.zeros_like(case.dy)
        dy[t] = case.dy[t]
        _, dh_0, _ = rnn.backward(cache, dy)
        assert apart(dh_0, np.einsum("nij,ni->nj", product, dy[t])) <= PARITY
    assert not jacobians[np.arange(len(case.x))[:, None] >= case.lengths].any()


def product_in_the_wrong_order(cache, t, k):
    product = np.eye(cache.h.shape[2])
    for jacobian in state_jacobians(cache)[k:t]:
        product = product @ jacobian
    return product


def slopes_on_the_columns(cache, t, k):
    product = np.eye(cache.h.shape[2])
    for jacobian in state_jacobians(cache)[k:t]:
        product = jacobian.swapaxes(1, 2) @ product
    return product


def one_step_short(cache, t, k):
    return state_jacobian(cache, t, k + 1)


@pytest.mark.parametrize("mistake", [product_in_the_wrong_order, slopes_on_the_columns, one_step_short])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mistake, seed):
    case = drawn(seed)
    _, _, cache = rnn.forward(case.params, case.x, case.h_0[0])
    # Over two steps: over many, the product of most layers is too small for any difference to show.
    assert caught(lambda: apart(mistake(cache, 2, 0)[0], by_autograd(case, "tanh", 2, 0, 0)))


@pytest.mark.parametrize(("t", "k"), [(1, 2), (6, 0), (3, -1)])
def test_steps_that_are_none_are_refused(t, k):
    rng = np.random.default_rng(0)
    _, _, cache = rnn.forward(rnn.init(4, 6, rng), rng.standard_normal((5, 3, 4)))
    with pytest.raises(ValueError, match=f"expected 0 <= k <= t <= 5, got t = {t} and k = {k}"):
        state_jacobian(cache, t, k)


def test_other_parameters_are_refused():
    with pytest.raises(ValueError, match="params: expected the keys"):
        stacked_matrix({"weight_ih_l0": np.zeros((6, 4))})
