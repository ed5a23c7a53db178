"""The usual mistakes in a recurrent layer, each caught by checks that the right one passes; and bad input."""

import numpy as np
import pytest
from comparing import GRADCHECK, PARITY, caught
from recurrent import drawn, of_layer, of_torch, worst

from companion.reference import rnn
from companion.reference.gradcheck import check

SEEDS = range(4)


class Loops:
    """The layer once more, sequence by sequence and step by step; a mistake, by its name, can be put in."""

    def __init__(self, mistake=""):
        self.mistake = mistake

    def weights(self, params):
        """Return W_ih, W_hh and the biases."""
        W, U, b, c = (params[name] for name in rnn.NAMES)
        if self.mistake == "matrices swapped":
            W, U = U, W
        if self.mistake == "W_hh transposed":
            U = U.T
        if self.mistake == "W_ih transposed":
            W = W.T
        if self.mistake == "bias dropped":
            c = 0 * c
        if self.mistake == "bias inside W_hh":
            return W, U, b + U @ c
        return W, U, b + c

    def forward(self, params, x, h_0, lengths=None, nonlinearity="tanh"):
        """Compute all states one by one, (T, N, H)."""
        W, U, bias = self.weights(params)
        T, N, _ = x.shape
        ends = np.full(N, T) if lengths is None or self.mistake == "padding read" else lengths
        a, y, h_n = np.zeros((T, *h_0.shape)), np.zeros((T, *h_0.shape)), np.zeros(h_0.shape)
        for n in range(N):
            h = 0 * h_0[n] if self.mistake == "h_0 ignored" else h_0[n]
            for t in range(ends[n]):
                before = h_0[n] if self.mistake == "state not carried" else h
                a[t, n] = W @ x[t, n] + U @ before + bias
                h = np.tanh(a[t, n]) if nonlinearity == "tanh" else np.maximum(a[t, n], 0)
                y[t, n] = h
            h_n[n] = y[-1, n] if self.mistake == "last row for last state" else h
        return y, h_n, (params, x, h_0, ends, a, y, nonlinearity)

    def slope(self, a, h, nonlinearity):
        """Differentiate the non-linearity at one step."""
        if self.mistake == "slope at the pre-activation":
            return 1 - a**2 if nonlinearity == "tanh" else np.sign(a)
        if self.mistake == "slope forgotten":
            return 1.0
        return 1 - h**2 if nonlinearity == "tanh" else (h > 0) * 1.0

    def backward(self, cache, dy=None, dh_n=None):
        """Go back step by step, and add every step's share to the gradients."""
        params, x, h_0, ends, a, y, nonlinearity = cache
        W, U, _ = self.weights(params)
        dx, dh_0 = np.zeros_like(x), np.zeros_like(h_0)
        dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(len(U))
        for n, end in enumerate(ends):
            dh = np.zeros(len(U)) if self.mistake == "dh_n ignored" else dh_n[n].copy()
            if self.mistake == "padding's gradient read":
                dh += dy[end:, n].sum(axis=0)
            for t in reversed(range(end)):
                immediate = 0 if self.mistake == "dy of the last step alone" and t < end - 1 else dy[t, n]
                da = self.slope(a[t, n], y[t, n], nonlinearity) * (dh + immediate)
                before = y[t - 1, n] if t else h_0[n]
                if self.mistake == "h_t for h_{t-1}":
                    before = y[t, n]
                if self.mistake == "not summed over t":
                    dW, dU, db = 0 * dW, 0 * dU, 0 * db
                dW, dU, db = dW + np.outer(da, x[t, n]), dU + np.outer(da, before), db + da
                dx[t, n] = da @ W
                dh = U @ da if self.mistake == "W_hh not transposed going back" else da @ U
                if self.mistake == "immediate taken for total":
                    dh = 0 * dh
            dh_0[n] = 0 if self.mistake == "h_0 gradient missing" else dh
        if self.mistake == "matrices swapped":
            dW, dU = dU, dW
        steps = len(x) if self.mistake == "averaged over t" else 1
        return dx, dh_0, dict(zip(rnn.NAMES, (dW / steps, dU / steps, db, db), strict=True))


FORWARD = [
    "matrices swapped",
    "W_hh transposed",
    "W_ih transposed",
    "bias dropped",
    "bias inside W_hh",
    "padding read",
    "h_0 ignored",
    "state not carried",
    "last row for last state",
]
BACKWARD = [
    "slope at the pre-activation",
    "slope forgotten",
    "dh_n ignored",
    "padding's gradient read",
    "dy of the last step alone",
    "h_t for h_{t-1}",
    "not summed over t",
    "averaged over t",
    "W_hh not transposed going back",
    "immediate taken for total",
    "h_0 gradient missing",
]


def parity(loops, seed, nonlinearity="tanh"):
    """Measure the largest error of all results against torch.nn.RNN, sequences with lengths, D = H."""
    case = drawn(seed, ragged=True, square=True)
    ours = of_layer(loops.forward, loops.backward, case, nonlinearity)
    return worst(of_torch(case, nonlinearity), ours)


def difference(loops, seed, nonlinearity="tanh"):
    """Measure the largest error of all gradients against differences."""
    case = drawn(seed, ragged=True, square=True)

    def forward(params, x, h_0):
        return loops.forward(params, x, h_0, case.lengths, nonlinearity)

    rng = np.random.default_rng(seed)
    return check(forward, loops.backward, case.params, case.x, case.h_0[0], rng=rng).error


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_loops_without_a_mistake_pass(seed, nonlinearity):
    assert parity(Loops(), seed, nonlinearity) <= PARITY
    assert difference(Loops(), seed, nonlinearity) <= GRADCHECK
    assert parity(rnn, seed, nonlinearity) <= PARITY


@pytest.mark.parametrize("mistake", FORWARD + BACKWARD)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught_by_parity(mistake, seed):
    assert caught(lambda: parity(Loops(mistake), seed))


@pytest.mark.parametrize("mistake", BACKWARD)
@pytest.mark.parametrize("seed", SEEDS[:2])
def test_mistakes_in_the_gradients_are_caught_by_differences(mistake, seed):
    assert caught(lambda: difference(Loops(mistake), seed))


@pytest.mark.parametrize("used", ["tanh", "relu"])
def test_the_wrong_nonlinearity_is_caught(used):
    case, other = drawn(0), "relu" if used == "tanh" else "tanh"
    assert caught(lambda: worst(of_torch(case, other), of_layer(rnn.forward, rnn.backward, case, used)))


PARAMS = {
    "weight_ih_l0": np.zeros((6, 4)),
    "weight_hh_l0": np.zeros((6, 6)),
    "bias_ih_l0": np.zeros(6),
    "bias_hh_l0": np.zeros(6),
}
X = np.zeros((5, 3, 4))


@pytest.mark.parametrize(
    ("params", "arguments", "error", "message"),
    [
        ({}, (np.zeros((5, 3, 7)),), ValueError, "x: expected (T, N, 4), got (5, 3, 7)"),
        ({}, (X[0],), ValueError, "x: expected (T, N, 4), got (3, 4)"),
        ({}, (X.astype(int),), TypeError, "x: expected floating-point numbers, got int64 (5, 3, 4)"),
        ({}, (X, np.zeros((1, 3, 6))), ValueError, "h_0: expected (3, 6), got (1, 3, 6)"),
        ({}, (X, np.zeros((3, 6), int)), TypeError, "h_0: expected floating-point numbers, got int64 (3, 6)"),
        ({}, (X, None, [5, 6, 1]), ValueError, "lengths: expected 0..5, got 6 at 1"),
        ({}, (X, None, [5, 1, -1]), ValueError, "lengths: expected 0..5, got -1 at 2"),
        ({}, (X, None, [5, 1]), ValueError, "lengths: expected (3,), got (2,)"),
        ({}, (X, None, [5.0, 1.0, 1.0]), TypeError, "lengths: expected integers, got float64 (3,)"),
        ({}, (X, None, None, "gelu"), ValueError, 'nonlinearity: expected "tanh" or "relu", got \'gelu\''),
        ({"bias_ih_l0": np.zeros(1)}, (X,), ValueError, "bias_ih_l0: expected (6,), got (1,)"),
        ({"weight_hh_l0": np.zeros((6, 4))}, (X,), ValueError, "weight_hh_l0: expected (6, 6), got (6, 4)"),
        ({"weight_ih_l0": np.zeros((4, 6))}, (X,), ValueError, "weight_ih_l0: expected (6, D), got (4, 6)"),
        ({"weight_ih_l1": np.zeros((6, 6))}, (X,), ValueError, "params: expected the keys ['bias_hh_l0', "),
    ],
)
def test_bad_input_is_refused(params, arguments, error, message):
    with pytest.raises(error) as refusal:
        rnn.forward({**PARAMS, **params}, *arguments)
    assert str(refusal.value).startswith(message)


def test_bad_gradients_steps_and_sizes_are_refused():
    _, _, cache = rnn.forward(PARAMS, X)
    with pytest.raises(ValueError, match=r"dy: expected \(5, 3, 6\), got \(3, 6\)"):
        rnn.backward(cache, np.zeros((3, 6)))
    with pytest.raises(ValueError, match=r"dh_n: expected \(3, 6\), got \(6,\)"):
        rnn.backward(cache, None, np.zeros(6))
    with pytest.raises(ValueError, match=r"x_t: expected \(N, 4\), got \(5, 3, 4\)"):
        rnn.step(PARAMS, X, np.zeros((3, 6)))
    with pytest.raises(ValueError, match=r"h: expected \(3, 6\), got \(1, 6\)"):
        rnn.step(PARAMS, X[0], np.zeros((1, 6)))
    with pytest.raises(ValueError, match="at least one input and one unit, got 0 and 2"):
        rnn.init(0, 2, np.random.default_rng(0))
