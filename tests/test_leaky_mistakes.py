"""The usual mistakes in a leaky unit, each caught by checks that the right one passes; and bad input."""

import numpy as np
import pytest
import torch
from comparing import GRADCHECK, PARITY, caught
from test_leaky import drawn, of_autograd, of_module, of_reference, worst

from companion.reference import leaky as reference
from companion.reference import memory_algebra
from companion.reference.gradcheck import check
from companion.torch.leaky import Leaky

CASES = [(0, True, True, "tanh"), (1, False, True, "tanh")]
cases = pytest.mark.parametrize("case", CASES)


class Loops:
    """The layer once more, sequence by sequence and step by step; a mistake, by its name, can be put in."""

    def __init__(self, mistake=""):
        self.mistake = mistake

    def forward(self, params, x, h_0, lengths=None, tau=None, nonlinearity="tanh"):
        W, U, b, c = (params[name] for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"))
        tau = 1 + np.exp(params["raw_tau_l0"]) if tau is None else tau
        if self.mistake == "tau for all units the first's":
            tau = np.full_like(tau, tau[0])
        rate = 1 / tau
        y, h_n = np.zeros((len(x), *h_0.shape)), np.zeros(h_0.shape)
        for n in range(x.shape[1]):
            h = h_0[n]
            for t in range(len(x) if lengths is None or self.mistake == "padding read" else lengths[n]):
                a = W @ x[t, n] + U @ h + b + c
                h = {
                    "tau on the wrong term": rate * h + (1 - rate) * np.tanh(a),
                    "leak inside g": np.tanh((1 - rate) * h + rate * a),
                    "rate inside g": (1 - rate) * h + np.tanh(rate * a),
                    "nothing kept back": h + rate * np.tanh(a),
                    "decay from a rate": np.exp(-rate) * h + (1 - np.exp(-rate)) * np.tanh(a),
                    "leak of the input alone": (1 - rate) * h + rate * np.tanh(W @ x[t, n] + b + c),
                    "new state inside": (1 - rate) * h + rate * np.tanh(a + U @ (rate * (np.tanh(a) - h))),
                }.get(self.mistake, (1 - rate) * h + rate * np.tanh(a))
                y[t, n] = h
            h_n[n] = h
        return y, h_n, None


FORWARD = [
    "tau for all units the first's",
    "padding read",
    "tau on the wrong term",
    "leak inside g",
    "rate inside g",
    "nothing kept back",
    "decay from a rate",
    "leak of the input alone",
    "new state inside",
]


def ahead(loops, case):
    params, inputs, _ = drawn(*case)
    y, h_n, _ = reference.forward(params, *inputs)
    ours, last, _ = loops.forward(params, *inputs)
    return worst({"y": y, "h_n": h_n}, {"y": ours, "h_n": last})


@cases
def test_the_loops_without_a_mistake_agree(case):
    assert ahead(Loops(), case) <= PARITY


@cases
@pytest.mark.parametrize("mistake", FORWARD)
def test_mistakes_forward_are_caught(mistake, case):
    assert caught(lambda: ahead(Loops(mistake), case))


def keep_forgotten(cache, dy, dh_n):
    """Send nothing straight back: the gradient of the plain layer, scaled."""
    T = len(dy)
    dh, dx, dparams = dh_n, np.zeros_like(cache.x), {}
    for t in reversed(range(T)):
        live = (cache.lengths > t)[:, None]
        da = np.where(live, (dh + dy[t]) * cache.rate * (1 - cache.g[t] ** 2), 0)
        dx[t] = da @ cache.weight_ih
        dh = np.where(live, da @ cache.weight_hh, dh)
    _, _, dparams = reference.backward(cache, dy, dh_n)
    return dx, dh, dparams


def slope_of_the_state(cache, dy, dh_n):
    """Take the slope of tanh from the state, as in the plain layer, where it is that of g."""
    return reference.backward(cache._replace(g=cache.h[1:]), dy, dh_n)


def rate_left_out_of_the_slope(cache, dy, dh_n):
    dx, dh_0, dparams = reference.backward(cache, dy, dh_n)
    return dx * np.mean(1 / cache.rate), dh_0, dparams


def tau_gradient_not_through_exp(cache, dy, dh_n):
    dx, dh_0, dparams = reference.backward(cache, dy, dh_n)
    tau = 1 / cache.rate
    return dx, dh_0, {**dparams, "raw_tau_l0": dparams["raw_tau_l0"] / (tau - 1)}


def tau_gradient_of_the_opposite_sign(cache, dy, dh_n):
    dx, dh_0, dparams = reference.backward(cache, dy, dh_n)
    return dx, dh_0, {**dparams, "raw_tau_l0": -dparams["raw_tau_l0"]}


def tau_gradient_without_the_old_state(cache, dy, dh_n):
    dh, _ = reference.through_time(cache, dy, dh_n)
    dx, dh_0, dparams = reference.backward(cache, dy, dh_n)
    draw = -cache.rate * (1 - cache.rate) * (dh[1:] * cache.g).sum(axis=(0, 1))
    return dx, dh_0, {**dparams, "raw_tau_l0": draw}


def last_gradient_at_the_longest_end(cache, dy, dh_n):
    dy = dy.copy()
    dy[-1] += dh_n
    return reference.backward(cache, dy)


BACKWARD = [
    keep_forgotten,
    slope_of_the_state,
    rate_left_out_of_the_slope,
    tau_gradient_not_through_exp,
    tau_gradient_of_the_opposite_sign,
    tau_gradient_without_the_old_state,
    last_gradient_at_the_longest_end,
]


@pytest.mark.parametrize("mistake", BACKWARD)
def test_mistakes_backward_are_caught_by_autograd_and_by_differences(mistake):
    params, inputs, doutputs = case = drawn(*CASES[0])
    x, h_0, lengths, _, _ = inputs
    assert caught(lambda: worst(of_reference(*case, backward=mistake), of_autograd(*case)))

    def forward(params, x, h_0):
        return reference.forward(params, x, h_0, lengths)

    rng = np.random.default_rng(0)
    assert caught(lambda: check(forward, mistake, params, x, h_0, rng=rng).error)
    assert check(forward, reference.backward, params, x, h_0, rng=rng).error <= GRADCHECK


class Swapped(Leaky):
    """Keep what should be replaced."""

    def _rates(self, weights):
        return 1 - super()._rates(weights)


class Fresh(Leaky):
    """Start from zero."""

    def run_layer(self, x, state, live, weights):
        return super().run_layer(x, 0 * state, live, weights)


class Ragged(Leaky):
    """Let the state leak on in the padding."""

    def run_layer(self, x, state, live, weights):
        return super().run_layer(x, state, None, weights)


@cases
@pytest.mark.parametrize("mutant", [Swapped, Fresh, Ragged])
def test_mistakes_in_the_module_are_caught(mutant, case):
    case = drawn(*case)
    assert caught(lambda: worst(of_module(*case, module=mutant), of_autograd(*case)))
    assert worst(of_module(*case), of_autograd(*case)) <= PARITY


@cases
def test_the_product_in_the_wrong_order_is_caught(case):
    params, inputs, _ = drawn(*case)
    _, _, cache = reference.forward(params, *inputs)
    full = cache._replace(lengths=np.full_like(cache.lengths, len(cache.g)))
    turned = full._replace(g=full.g[::-1])
    right = memory_algebra.leaky_jacobian(full, len(full.g), 0)
    assert caught(lambda: worst({"J": right}, {"J": memory_algebra.leaky_jacobian(turned, len(full.g), 0)}))


PARAMS = reference.init(4, 6, np.random.default_rng(0))
LEARNED = reference.init(4, 6, np.random.default_rng(0), learn_tau=True)
X = np.zeros((5, 3, 4))
H_0 = np.zeros((3, 6))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: reference.forward(PARAMS, X, tau=0.5), ValueError, "tau: expected at least 1 step, got 0.5"),
        (lambda: reference.forward(PARAMS, X, tau=np.nan), ValueError, "tau: expected at least 1 step, got"),
        (lambda: reference.forward(PARAMS, X, tau=[2.0] * 5), ValueError, "tau: expected (6,), got (5,)"),
        (lambda: reference.forward(PARAMS, X), ValueError, "tau: expected a number of steps or (H,), or raw"),
        (lambda: reference.forward(LEARNED, X, tau=2.0), ValueError, "tau: expected None beside the learned"),
        (lambda: reference.forward(PARAMS, X[0], tau=2), ValueError, "x: expected (T, N, 4), got (3, 4)"),
        (lambda: reference.forward(PARAMS, X, H_0[0], tau=2), ValueError, "h_0: expected (3, 6), got (6,)"),
        (lambda: reference.forward(PARAMS, X, None, [6, 1, 1], 2), ValueError, "lengths: expected 0..5, got"),
        (lambda: reference.forward(PARAMS, X, tau=2, nonlinearity="gelu"), ValueError, "nonlinearity: expec"),
        (
            lambda: reference.forward(PARAMS, X.astype(int), tau=2),
            TypeError,
            "x: expected floating-point num",
        ),
        (
            lambda: reference.forward({**PARAMS, "tau": H_0}, X, tau=2),
            ValueError,
            "params: expected the keys",
        ),
        (
            lambda: reference.forward({**LEARNED, "raw_tau_l0": np.zeros(5)}, X),
            ValueError,
            "raw_tau_l0: expected (6,), got (5,)",
        ),
        (
            lambda: reference.forward({**PARAMS, "bias_ih_l0": np.zeros(1)}, X, tau=2),
            ValueError,
            "bias_ih_l0: expected (6,), got (1,)",
        ),
        (lambda: reference.step(PARAMS, X, H_0, 2), ValueError, "x_t: expected (N, 4), got (5, 3, 4)"),
        (lambda: reference.step(PARAMS, X[0], H_0[:2], 2), ValueError, "h: expected (3, 6), got (2, 6)"),
        (lambda: reference.init(0, 6, np.random.default_rng(0)), ValueError, "expected at least one input"),
        (
            lambda: reference.init(4, 6, np.random.default_rng(0), learn_tau=True, tau=1.0),
            ValueError,
            "tau: expected numbers above 1 to start from, got",
        ),
        (lambda: Leaky(4, 6, tau=0.5), ValueError, "tau: expected at least 1 step, got 0.5"),
        (lambda: Leaky(4, 6, tau=[2.0] * 5), ValueError, "tau: expected (6,), got (5,)"),
        (lambda: Leaky(4, 6, tau=1, learn_tau=True), ValueError, "tau: expected numbers above 1 to start"),
        (lambda: Leaky(4, 6, nonlinearity="gelu"), ValueError, "nonlinearity: expected"),
        (lambda: Leaky(4, 0), ValueError, "hidden_size: expected at least 1, got 0"),
        (lambda: Leaky(4, 6)(torch.zeros(5, 3, 7)), ValueError, "x: expected (T, N, 4), got (5, 3, 7)"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value).startswith(message)


def test_bad_gradients_are_refused():
    _, _, cache = reference.forward(PARAMS, X, tau=2)
    with pytest.raises(ValueError, match=r"dy: expected \(5, 3, 6\), got \(3, 6\)"):
        reference.backward(cache, H_0)
    with pytest.raises(ValueError, match=r"dh_n: expected \(3, 6\), got \(6,\)"):
        reference.backward(cache, None, H_0[0])
