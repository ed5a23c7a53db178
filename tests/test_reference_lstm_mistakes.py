"""The usual mistakes in an LSTM, each caught by checks that the right one passes; and bad input."""

import numpy as np
import pytest
from comparing import GRADCHECK, PARITY, caught
from lstm_cases import drawn, of_autograd, of_layer, of_torch
from recurrent import worst

from companion.reference import lstm
from companion.reference.activations import sigmoid
from companion.reference.gradcheck import check

SEEDS = range(2)


class Loops:
    """The layer once more, sequence by sequence and step by step; a mistake, by its name, can be put in."""

    def __init__(self, mistake=""):
        self.mistake = mistake

    def is_(self, mistake):
        return self.mistake == mistake

    def step(self, params, x_t, h, c):
        """Return the gates, and the state after."""
        a = params["weight_ih_l0"] @ x_t + params["weight_hh_l0"] @ h + params["bias_ih_l0"]
        a = a if self.is_("bias dropped") else a + params["bias_hh_l0"]
        order = [0, 2, 1, 3] if self.is_("f and g swapped") else [1, 0, 2, 3]
        blocks = np.split(a, 4)
        if self.is_("f and g swapped") or self.is_("i and f swapped"):
            blocks = [blocks[k] for k in order]
        a_i, a_f, a_g, a_o = blocks
        p_i, p_f, p_o = (params[name] for name in lstm.PEEPHOLES)
        i, f, g = sigmoid(a_i + p_i * c), sigmoid(a_f + p_f * c), np.tanh(a_g)
        if self.is_("sigmoid for the candidate"):
            g = sigmoid(a_g)
        if self.is_("input gate is 1 - f"):
            i = 1 - f
        new = f * c + i * g
        o = sigmoid(a_o + p_o * (c if self.is_("o peeps at the old cell") else new))
        shown = new if self.is_("cell shown without tanh") else np.tanh(new)
        return (i, f, g, o), o * shown, new

    def forward(self, params, x, state, lengths=None):
        h_0, c_0 = state
        T, N, _ = x.shape
        ends = np.full(N, T) if lengths is None or self.is_("padding read") else lengths
        y, h_n, c_n, kept = np.zeros((T, *h_0.shape)), 0 * h_0, 0 * c_0, {}
        for n in range(N):
            h, c = h_0[n], 0 * c_0[n] if self.is_("c_0 ignored") else c_0[n]
            for t in range(ends[n]):
                gates, new_h, new_c = self.step(params, x[t, n], h, c)
                kept[t, n] = gates, h, c, new_c
                h, c = new_h, new_c
                y[t, n] = h
            h_n[n], c_n[n] = h, (h if self.is_("h given for c at the end") else c)
        return y, (h_n, c_n), (params, x, ends, kept, h_0, c_0)

    def backward(self, cache, dy, dstate):
        params, x, ends, kept, h_0, c_0 = cache
        W, U = params["weight_ih_l0"], params["weight_hh_l0"]
        p_i, p_f, p_o = (params[name] for name in lstm.PEEPHOLES)
        dx, dh_0, dc_0 = np.zeros_like(x), np.zeros_like(h_0), np.zeros_like(c_0)
        dparams = {name: np.zeros_like(value) for name, value in params.items()}
        for n, end in enumerate(ends):
            dh, dc = (part[n].copy() for part in dstate)
            dc = 0 * dc if self.is_("dc_n ignored") else dc
            for t in reversed(range(end)):
                (i, f, g, o), h, c, new = kept[t, n]
                dh = dh + dy[t, n]
                later = 0 * dc if self.is_("dc of the later step forgotten") else dc
                slope = 1.0 if self.is_("tanh's slope forgotten") else 1 - np.tanh(new) ** 2
                da_o = dh * np.tanh(c if self.is_("o's gradient with the old c") else new) * o * (1 - o)
                dc = later + dh * o * slope
                dc = dc if self.is_("dc without o's peephole") else dc + da_o * p_o
                da_f = dc * (new if self.is_("f's gradient with the new c") else c) * f * (1 - f)
                da_i = dc * (c if self.is_("i's gradient with c for g") else g) * i * (1 - i)
                da_g = dc * i * (g * (1 - g) if self.is_("sigmoid's slope for g") else 1 - g * g)
                da = np.concatenate([da_i, da_f, da_g, da_o])
                dparams["weight_ih_l0"] += np.outer(da, x[t, n])
                dparams["weight_hh_l0"] += np.outer(da, h)
                for name in ("bias_ih_l0", "bias_hh_l0"):
                    dparams[name] += da
                seen = c if self.is_("o's peephole gradient with the old c") else new
                for name, share in zip(lstm.PEEPHOLES, (da_i * c, da_f * c, da_o * seen), strict=True):
                    dparams[name] += share
                dx[t, n] = da @ W
                dh = U[: len(da)].T @ da
                dh = 0 * dh if self.is_("gradient by the belt alone") else dh
                peeped = 0 if self.is_("dc without the peepholes of i and f") else da_i * p_i + da_f * p_f
                dc = dc * (i if self.is_("dc times i for f") else f) + peeped
            dh_0[n], dc_0[n] = dh, dc
        return dx, (dh_0, dc_0), dparams


FORWARD = [
    "i and f swapped",
    "f and g swapped",
    "bias dropped",
    "sigmoid for the candidate",
    "input gate is 1 - f",
    "o peeps at the old cell",
    "cell shown without tanh",
    "padding read",
    "c_0 ignored",
    "h given for c at the end",
]
BACKWARD = [
    "dc_n ignored",
    "dc of the later step forgotten",
    "tanh's slope forgotten",
    "o's gradient with the old c",
    "dc without o's peephole",
    "f's gradient with the new c",
    "i's gradient with c for g",
    "sigmoid's slope for g",
    "o's peephole gradient with the old c",
    "gradient by the belt alone",
    "dc without the peepholes of i and f",
    "dc times i for f",
]


def case_of(seed):
    return drawn(seed, ragged=True, square=True, peepholes=True)


def parity(loops, seed):
    case = case_of(seed)
    return worst(of_autograd(case), of_layer(case, loops.forward, loops.backward))


def difference(loops, seed):
    case = case_of(seed)

    def forward(params, x, h_0, c_0):
        y, state, cache = loops.forward(params, x, (h_0, c_0), case.lengths)
        return y, *state, cache

    def backward(cache, dy, dh_n, dc_n):
        dx, dstate, dparams = loops.backward(cache, dy, (dh_n, dc_n))
        return dx, *dstate, dparams

    rng = np.random.default_rng(seed)
    return check(forward, backward, case.params, case.x, *case.state, rng=rng).error


@pytest.mark.parametrize("seed", SEEDS)
def test_the_loops_without_a_mistake_pass(seed):
    assert parity(Loops(), seed) <= PARITY
    assert parity(lstm, seed) <= PARITY
    assert difference(Loops(), 2) <= GRADCHECK


@pytest.mark.parametrize("mistake", FORWARD + BACKWARD)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught_by_parity(mistake, seed):
    assert caught(lambda: parity(Loops(mistake), seed))


@pytest.mark.parametrize("mistake", BACKWARD)
def test_mistakes_in_the_gradients_are_caught_by_differences(mistake):
    assert caught(lambda: difference(Loops(mistake), 2))


@pytest.mark.parametrize("block", [(0, 1), (1, 2), (2, 3), (0, 3)])
def test_swapped_gates_are_caught_by_torch(block):
    case = drawn(0)
    order = [0, 1, 2, 3]
    order[block[0]], order[block[1]] = order[block[1]], order[block[0]]
    swapped = {k: np.concatenate([np.split(v, 4)[i] for i in order]) for k, v in case.params.items()}
    right, wrong = of_torch(case), of_layer(case._replace(params=swapped))
    assert caught(lambda: max(float(abs(right["y"].detach().numpy() - wrong["y"]).max()), 0.0))


PARAMS = {
    "weight_ih_l0": np.zeros((24, 4)),
    "weight_hh_l0": np.zeros((24, 6)),
    "bias_ih_l0": np.zeros(24),
    "bias_hh_l0": np.zeros(24),
}
PEEPHOLES = dict.fromkeys(lstm.PEEPHOLES, np.zeros(6))
X, S = np.zeros((5, 3, 4)), np.zeros((3, 6))


@pytest.mark.parametrize(
    ("params", "arguments", "error", "message"),
    [
        ({}, (np.zeros((5, 3, 7)),), ValueError, "x: expected (T, N, 4), got (5, 3, 7)"),
        ({}, (X.astype(int),), TypeError, "x: expected floating-point numbers, got int64 (5, 3, 4)"),
        ({}, (X, S), TypeError, "state: expected a pair (h_0, c_0), got ndarray"),
        ({}, (X, (S,)), TypeError, "state: expected a pair (h_0, c_0), got tuple"),
        ({}, (X, (S[None], S)), ValueError, "h_0: expected (3, 6), got (1, 3, 6)"),
        ({}, (X, (S, S[:2])), ValueError, "c_0: expected (3, 6), got (2, 6)"),
        ({}, (X, (S, S.astype(int))), TypeError, "c_0: expected floating-point numbers, got int64 (3, 6)"),
        ({}, (X, None, [5, 6, 1]), ValueError, "lengths: expected 0..5, got 6 at 1"),
        ({}, (X, None, [5, 1]), ValueError, "lengths: expected (3,), got (2,)"),
        ({"bias_ih_l0": np.zeros(6)}, (X,), ValueError, "bias_ih_l0: expected (24,), got (6,)"),
        (
            {"weight_hh_l0": np.zeros((18, 6))},
            (X,),
            ValueError,
            "weight_hh_l0: expected (24, 6), got (18, 6)",
        ),
        (
            {"weight_ih_l0": np.zeros((4, 24))},
            (X,),
            ValueError,
            "weight_ih_l0: expected (24, D), got (4, 24)",
        ),
        ({"weight_ci_l0": np.zeros(6)}, (X,), ValueError, "params: expected the keys ['bias_hh_l0', "),
        (PEEPHOLES | {"weight_cf_l0": S}, (X,), ValueError, "weight_cf_l0: expected (6,), got (3, 6)"),
        ({"weight_hr_l0": S}, (X,), ValueError, "params: expected the keys ['bias_hh_l0', "),
    ],
)
def test_bad_input_is_refused(params, arguments, error, message):
    with pytest.raises(error) as refusal:
        lstm.forward({**PARAMS, **params}, *arguments)
    assert str(refusal.value).startswith(message)


def test_bad_gradients_steps_and_sizes_are_refused():
    _, _, cache = lstm.forward(PARAMS, X)
    with pytest.raises(ValueError, match=r"dy: expected \(5, 3, 6\), got \(3, 6\)"):
        lstm.backward(cache, S)
    with pytest.raises(ValueError, match=r"dh_n: expected \(3, 6\), got \(6,\)"):
        lstm.backward(cache, None, (S[0], S))
    with pytest.raises(ValueError, match=r"dc_n: expected \(3, 6\), got \(2, 6\)"):
        lstm.backward(cache, None, (None, S[:2]))
    with pytest.raises(TypeError, match=r"dstate: expected a pair \(dh_n, dc_n\), got ndarray"):
        lstm.backward(cache, None, S)
    with pytest.raises(ValueError, match=r"x_t: expected \(N, 4\), got \(5, 3, 4\)"):
        lstm.step(PARAMS, X, (S, S))
    with pytest.raises(ValueError, match=r"c: expected \(3, 6\), got \(1, 6\)"):
        lstm.step(PARAMS, X[0], (S, S[:1]))
    with pytest.raises(ValueError, match="at least one input and one unit, got 2 and 0"):
        lstm.init(2, 0, np.random.default_rng(0))
