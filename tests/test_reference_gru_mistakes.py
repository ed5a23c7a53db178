"""The usual mistakes in a GRU, each caught by checks that the right one passes; and bad input."""

import numpy as np
import pytest
from comparing import GRADCHECK, PARITY, caught
from gated import KINDS, drawn, of_autograd, of_kind, of_layer, of_torch
from recurrent import worst

from companion.reference import gru, simple_gru
from companion.reference.gradcheck import check
from companion.reference.rnn import NAMES


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Loops:
    """The layer once more, step by step; a mistake, by its name, can be put in."""

    def __init__(self, mistake="", reset_after=True):
        self.mistake, self.reset_after = mistake, reset_after

    def split(self, params):
        """Return W, U, b and c of r, z and n."""
        parts = [np.split(params[name], 3) for name in NAMES]
        if self.mistake == "r and z rows swapped":
            parts = [[z, r, n] for r, z, n in parts]
        if self.mistake == "z and n rows swapped":
            parts = [[r, n, z] for r, z, n in parts]
        if self.mistake == "state matrices transposed":
            parts[1] = [U.T for U in parts[1]]
        if self.mistake == "second bias dropped":
            parts[3] = [0 * c for c in parts[3]]
        if self.mistake == "second bias of n dropped":
            parts[3] = [*parts[3][:2], 0 * parts[3][2]]
        if self.mistake == "first bias of n dropped":
            parts[2] = [*parts[2][:2], 0 * parts[2][2]]
        if self.mistake == "biases of n summed":
            (_, _, b), (_, _, c) = parts[2:]
            parts[2], parts[3] = [*parts[2][:2], b + c], [*parts[3][:2], 0 * c]
        if self.mistake == "one gate for both":
            parts = [[z, z, n] for _, z, n in parts]
        return parts

    def step(self, params, x, h):
        """Return the new state, and what the way back needs."""
        (Wr, Wz, Wn), (Ur, Uz, Un), (br, bz, bn), (cr, cz, cn) = self.split(params)
        r, z = sigmoid(x @ Wr.T + br + h @ Ur.T + cr), sigmoid(x @ Wz.T + bz + h @ Uz.T + cz)
        after = self.reset_after != (self.mistake == "reset on the other side")
        m = h @ Un.T + cn if after else h
        a_n = x @ Wn.T + bn + (r * m if after else (r * m) @ Un.T + cn)
        if self.mistake == "no reset":
            a_n = x @ Wn.T + bn + h @ Un.T + cn
        n = a_n if self.mistake == "tanh forgotten" else np.tanh(a_n)
        n = sigmoid(a_n) if self.mistake == "sigmoid for tanh" else n
        new = (1 - z) * n + z * h
        if self.mistake == "z for 1 - z":
            new = z * n + (1 - z) * h
        if self.mistake == "nothing kept":
            new = (1 - z) * n
        if self.mistake == "everything kept":
            new = (1 - z) * n + h
        return new, (x, h, r, z, n, m)

    def forward(self, params, x, h_0, lengths=None):
        """Compute all states one by one, (T, N, H)."""
        ends = np.full(x.shape[1], len(x)) if lengths is None else lengths
        y, h, kept = np.zeros((len(x), *h_0.shape)), h_0.copy(), []
        for t in range(len(x)):
            new, parts = self.step(params, x[t], 0 * h if self.mistake == "state not carried" else h)
            live = (t < ends)[:, None] | (self.mistake == "padding read")
            h, y[t] = np.where(live, new, h), np.where(live, new, 0)
            kept.append((*parts, live))
        return y, h, (params, kept)

    def backward(self, cache, dy, dh_n):
        """Go back step by step, and add every step's share to the gradients."""
        params, kept = cache
        _, (Ur, Uz, Un), _, _ = self.split(params)
        dh, dx = dh_n.copy(), np.zeros((len(kept), *kept[0][0].shape))
        total = {name: np.zeros_like(value) for name, value in params.items()}
        for t in reversed(range(len(kept))):
            x, h, r, z, n, m, live = kept[t]
            d = np.where(live, dh + dy[t], 0)
            dz = d * (n - h if self.mistake == "sign of dz" else h - n)
            da_n = d * (1 - z) * (1 if self.mistake == "slope of the candidate forgotten" else 1 - n * n)
            da_z = dz * (1 if self.mistake == "slope of the gate forgotten" else z * (1 - z))
            dreset = da_n if self.reset_after else da_n @ Un
            da_r = (0 if self.mistake == "no gradient to r" else 1) * dreset * m * r * (1 - r)
            da_m = da_n * r if self.reset_after and self.mistake != "r forgotten going back" else da_n
            back = da_r @ Ur + da_z @ Uz + (da_m @ Un if self.reset_after else dreset * r)
            if self.mistake == "no gradient along the belt":
                before = back
            elif self.mistake == "the belt alone":
                before = d * z
            else:
                before = d * z + back
            dh = np.where(live, before, dh)
            da_x = np.concatenate([da_r, da_z, da_n], axis=1)
            da_h = (
                da_x
                if self.mistake == "one gradient for both biases"
                else np.concatenate([da_r, da_z, da_m], 1)
            )
            dx[t] = da_x @ params["weight_ih_l0"]
            read = np.where(self.mistake == "h_t for h_{t-1}", (1 - z) * n + z * h, h)
            dU = da_h.T @ read
            if not self.reset_after and self.mistake != "W_hn's input not reset":
                dU[2 * r.shape[1] :] = da_n.T @ (r * h)
            shares = (da_x.T @ x, dU, da_x.sum(axis=0), da_h.sum(axis=0))
            total = {name: total[name] + share for name, share in zip(NAMES, shares, strict=True)}
        return dx, dh, total


FORWARD = [
    "r and z rows swapped",
    "z and n rows swapped",
    "state matrices transposed",
    "second bias dropped",
    "second bias of n dropped",
    "first bias of n dropped",
    "biases of n summed",
    "one gate for both",
    "reset on the other side",
    "no reset",
    "tanh forgotten",
    "sigmoid for tanh",
    "z for 1 - z",
    "nothing kept",
    "everything kept",
    "state not carried",
    "padding read",
]
BACKWARD = [
    "sign of dz",
    "slope of the candidate forgotten",
    "slope of the gate forgotten",
    "no gradient to r",
    "r forgotten going back",
    "no gradient along the belt",
    "the belt alone",
    "one gradient for both biases",
    "h_t for h_{t-1}",
]
BEFORE = ["W_hn's input not reset"]  # a mistake only where the reset comes before the product
AFTER = {"biases of n summed", "r forgotten going back", "one gradient for both biases"}  # only after it


def parity(loops, seed):
    """Measure the largest error of all results, against torch.nn.GRU or the formulas under autograd."""
    case = drawn("after" if loops.reset_after else "before", seed, ragged=True)
    theirs = of_torch(case) if loops.reset_after else of_autograd(case, KINDS["before"].cell)
    return worst(theirs, of_layer(loops.forward, loops.backward, case))


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_loops_without_a_mistake_pass(seed, reset_after):
    assert parity(Loops(reset_after=reset_after), seed) <= PARITY


@pytest.mark.parametrize("mistake", FORWARD + BACKWARD)
def test_mistakes_are_caught_by_parity(mistake):
    assert caught(lambda: parity(Loops(mistake), 0))


@pytest.mark.parametrize("mistake", FORWARD + BACKWARD + BEFORE)
def test_mistakes_are_caught_where_the_reset_comes_before_the_product(mistake):
    error = parity(Loops(mistake, reset_after=False), 0)
    assert error <= PARITY if mistake in AFTER else caught(lambda: error)


@pytest.mark.parametrize("mistake", ["", *BACKWARD])
def test_mistakes_in_the_gradients_are_caught_by_differences(mistake):
    loops, rng = Loops(mistake), np.random.default_rng(0)
    params = {name: 2 * value for name, value in gru.init(2, 4, rng).items()}
    x, h_0 = rng.standard_normal((5, 3, 2)), rng.standard_normal((3, 4))
    error = check(loops.forward, loops.backward, params, x, h_0, rng=rng).error
    assert caught(lambda: error) if mistake else error <= GRADCHECK


def with_bias_of_n_only_from_the_input(params):
    """Sum the two biases of n, as one may in an LSTM."""
    summed = {name: value.copy() for name, value in params.items()}
    third = len(summed["bias_hh_l0"]) // 3
    summed["bias_ih_l0"] += summed["bias_hh_l0"]
    summed["bias_hh_l0"][:] = 0
    return summed, third


def test_two_biases_may_be_summed_for_the_gates_but_not_for_the_candidate():
    case = drawn("after", 0)
    summed, third = with_bias_of_n_only_from_the_input(case.params)
    outputs = {name: gru.forward(p, case.x)[0] for name, p in (("own", case.params), ("summed", summed))}
    assert caught(lambda: np.abs(outputs["own"] - outputs["summed"]).max())
    for name in ("bias_ih_l0", "bias_hh_l0"):
        summed[name][-third:] = case.params[name][-third:]
    assert np.abs(gru.forward(summed, case.x)[0] - outputs["own"]).max() <= PARITY
    assert worst(of_kind("after", case), of_torch(case)) <= PARITY


X = np.zeros((5, 3, 4))


@pytest.mark.parametrize(("module", "gates"), [(gru, 3), (simple_gru, 2)])
def test_bad_input_is_refused(module, gates):
    params = module.init(4, 6, np.random.default_rng(0))
    rows = gates * 6
    for changed, arguments, error, message in [
        ({}, (np.zeros((5, 3, 7)),), ValueError, "x: expected (T, N, 4), got (5, 3, 7)"),
        ({}, (X.astype(int),), TypeError, "x: expected floating-point numbers, got int64 (5, 3, 4)"),
        ({}, (X, np.zeros((1, 3, 6))), ValueError, "h_0: expected (3, 6), got (1, 3, 6)"),
        ({}, (X, np.zeros((3, 6), int)), TypeError, "h_0: expected floating-point numbers, got int64 (3, 6)"),
        ({}, (X, None, [5, 6, 1]), ValueError, "lengths: expected 0..5, got 6 at 1"),
        ({}, (X, None, [5, 1]), ValueError, "lengths: expected (3,), got (2,)"),
        ({}, (X, None, [5.0, 1.0, 1.0]), TypeError, "lengths: expected integers, got float64 (3,)"),
        ({"bias_ih_l0": np.zeros(6)}, (X,), ValueError, f"bias_ih_l0: expected ({rows},), got (6,)"),
        ({"bias_hh_l0": np.zeros(1)}, (X,), ValueError, f"bias_hh_l0: expected ({rows},), got (1,)"),
        (
            {"weight_hh_l0": np.zeros((6, 6))},
            (X,),
            ValueError,
            f"weight_hh_l0: expected ({rows}, 6), got (6, 6)",
        ),
        ({"weight_hh_l0": np.zeros(6)}, (X,), ValueError, f"weight_hh_l0: expected ({gates} H, H), got (6,)"),
        (
            {"weight_ih_l0": np.zeros((6, 4))},
            (X,),
            ValueError,
            f"weight_ih_l0: expected ({rows}, D), got (6, 4)",
        ),
        ({"weight_ih_l1": np.zeros((6, 6))}, (X,), ValueError, "params: expected the keys ['bias_hh_l0', "),
    ]:
        with pytest.raises(error) as refusal:
            module.forward({**params, **changed}, *arguments)
        assert str(refusal.value).startswith(message)


@pytest.mark.parametrize("module", [gru, simple_gru])
def test_bad_gradients_steps_and_sizes_are_refused(module):
    params = module.init(4, 6, np.random.default_rng(0))
    _, _, cache = module.forward(params, X)
    with pytest.raises(ValueError, match=r"dy: expected \(5, 3, 6\), got \(3, 6\)"):
        module.backward(cache, np.zeros((3, 6)))
    with pytest.raises(TypeError, match=r"dy: expected floating-point numbers, got int64"):
        module.backward(cache, np.zeros((5, 3, 6), int))
    with pytest.raises(ValueError, match=r"dh_n: expected \(3, 6\), got \(6,\)"):
        module.backward(cache, None, np.zeros(6))
    with pytest.raises(ValueError, match=r"x_t: expected \(N, 4\), got \(5, 3, 4\)"):
        module.step(params, X, np.zeros((3, 6)))
    with pytest.raises(ValueError, match=r"h: expected \(3, 6\), got \(1, 6\)"):
        module.step(params, X[0], np.zeros((1, 6)))
    with pytest.raises(ValueError, match="at least one input and one unit, got 0 and 2"):
        module.init(0, 2, np.random.default_rng(0))
