"""Layers in two directions against torch.nn, differences and laws; and the usual mistakes."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import CAUGHT, GRADCHECK, PARITY, apart, caught, tensor
from directions import KINDS, SMALL, drawn, of_module, of_reference, worst

from companion.reference import bidirectional, dense, rnn, stack
from companion.reference.gradcheck import check
from companion.torch._sequences import reverse as torch_reverse
from companion.torch.rnn import RNN

SEEDS = range(2)
kinds = pytest.mark.parametrize("name", KINDS)
RNN_KIND = KINDS["rnn"]


@pytest.mark.equation("eq-birnn-states")
@kinds
@pytest.mark.parametrize(("layers", "ragged"), [(1, False), (1, True), (3, True)])
@pytest.mark.parametrize("seed", SEEDS)
def test_agree_with_torch(seed, layers, ragged, name, measure):
    kind = KINDS[name]
    case = drawn(seed, kind, layers, ragged=ragged)
    theirs = of_module(case, kind.theirs, packed=True)
    reference, module = of_reference(case, kind), of_module(case, kind.ours)
    measure("eq-birnn-states", max(worst(reference, theirs), worst(module, theirs)), PARITY)
    assert list(module) == list(reference) == list(theirs)


@pytest.mark.equation("eq-birnn-states")
@kinds
@pytest.mark.parametrize("ragged", [False, True])
def test_gradients_against_differences(ragged, name, measure):
    kind = KINDS[name]
    case = drawn(1, kind, ragged=ragged, shape=SMALL)

    def forward(params, x, *state):
        state = state if len(state) > 1 else state[0]
        y, last, cache = bidirectional.forward(params, x, state, case.lengths, kind.reference.forward)
        return (y, *(last if isinstance(last, tuple) else (last,)), cache)

    def backward(cache, dy, *dlast):
        dlast = dlast if len(dlast) > 1 else dlast[0]
        dx, first, dparams = bidirectional.backward(cache, dy, dlast, kind.reference.backward)
        return (dx, *(first if isinstance(first, tuple) else (first,)), dparams)

    state = case.state if isinstance(case.state, tuple) else (case.state,)
    report = check(forward, backward, case.params, case.x, *state, rng=np.random.default_rng(0))
    measure("eq-birnn-states", report.error, GRADCHECK)


@pytest.mark.equation("eq-birnn-reverse")
@pytest.mark.parametrize(("lengths", "T"), [([3, 0, 5, 1], 5), ([2], 4), ([0, 0], 3), ([1, 4], 4)])
def test_reversal_turns_each_sequence_alone(lengths, T, measure):
    x = np.arange(1.0, T * len(lengths) * 2 + 1).reshape(T, len(lengths), 2)
    turned = bidirectional.reverse(x, lengths)
    live = torch.arange(T)[:, None, None] < torch.tensor(lengths)[:, None]
    measure("eq-birnn-reverse", apart(torch_reverse(torch.tensor(x), live), turned), 0.0)
    measure("eq-birnn-reverse", apart(bidirectional.reverse(turned, lengths), x), 0.0)
    for n, length in enumerate(lengths):
        measure("eq-birnn-reverse", apart(turned[:length, n], x[:length, n][::-1]), 0.0)
        measure("eq-birnn-reverse", apart(turned[length:, n], x[length:, n]), 0.0)


@pytest.mark.equation("eq-birnn-reverse")
@kinds
@pytest.mark.parametrize("seed", SEEDS)
def test_each_half_is_a_layer_over_sequences_one_at_a_time(seed, name, measure):
    """Say again, sequence by sequence and without padding, what the two directions are."""
    kind = KINDS[name]
    case = drawn(seed, kind, ragged=True)
    y, state, _ = bidirectional.forward(case.params, case.x, case.state, case.lengths, kind.reference.forward)
    last = state if isinstance(state, tuple) else (state,)
    H = last[0].shape[2]
    for direction, params in enumerate(bidirectional.directions(case.params)):
        half = y[:, :, direction * H :][:, :, :H]
        for n, length in enumerate(case.lengths):
            x = case.x[:length, n : n + 1]
            given = case.state if isinstance(case.state, tuple) else (case.state,)
            first = tuple(part[direction, n : n + 1] for part in given)
            alone, end, _ = kind.reference.forward(
                params, x[::-1] if direction else x, first if len(first) > 1 else first[0]
            )
            alone = alone[::-1] if direction else alone
            ends = end if isinstance(end, tuple) else (end,)
            measure("eq-birnn-reverse", apart(half[:length, n], alone[:, 0]), PARITY)
            assert max(apart(a[direction, n], b[0]) for a, b in zip(last, ends, strict=True)) <= PARITY
            assert not half[length:, n].any()


@kinds
def test_padding_is_inert(name):
    kind = KINDS[name]
    case = drawn(3, kind, 2, ragged=True)
    beyond = np.arange(len(case.x))[:, None] >= case.lengths
    x, dy = case.x.copy(), case.dy.copy()
    x[beyond], dy[beyond] = np.nan, np.inf
    clean = of_reference(case, kind)
    dirty = of_reference(case._replace(x=x, dy=dy), kind)
    assert worst(clean, dirty) == 0
    assert worst(of_module(case._replace(x=x), kind.ours), of_module(case, kind.ours)) == 0


def test_time_turned_round_and_directions_exchanged_is_the_same():
    case = drawn(0, RNN_KIND)
    ahead, back = bidirectional.directions(case.params)
    H = case.dy.shape[2] // 2
    y, h_n, _ = bidirectional.forward(case.params, case.x, case.state)
    turned, h_turned, _ = bidirectional.forward(
        bidirectional.both(back, ahead), case.x[::-1], case.state[::-1]
    )
    assert np.array_equal(y, np.roll(turned[::-1], H, axis=2))
    assert np.array_equal(h_n, h_turned[::-1])


def test_what_is_none_is_zero():
    case = drawn(0, RNN_KIND, ragged=True)
    y, _, cache = bidirectional.forward(case.params, case.x, None, case.lengths)
    zero, _, _ = bidirectional.forward(case.params, case.x, np.zeros_like(case.state), case.lengths)
    assert np.array_equal(y, zero)
    for some, zeros in (
        ((None, case.dstate), (0 * case.dy, case.dstate)),
        ((case.dy,), (case.dy, 0 * case.dstate)),
    ):
        pair = bidirectional.backward(cache, *some)[:2], bidirectional.backward(cache, *zeros)[:2]
        assert all(np.array_equal(a, b) for a, b in zip(*pair, strict=True))


@pytest.mark.equation("eq-birnn-output")
@pytest.mark.parametrize("g", bidirectional.NONLINEARITIES)
def test_output(g, measure):
    case = drawn(2, RNN_KIND, ragged=True)
    y, _, _ = bidirectional.forward(case.params, case.x, case.state, case.lengths)
    params = dense.init(y.shape[2], 3, np.random.default_rng(0))
    linear = torch.nn.functional.linear(tensor(y), tensor(params["weight"]), tensor(params["bias"]))
    functions = {"identity": lambda z: z, "softmax": partial(torch.softmax, dim=2)}
    theirs = functions.get(g, getattr(torch, g, None))(linear)
    measure("eq-birnn-output", apart(bidirectional.output(params, y, g), theirs), PARITY)
    H = y.shape[2] // 2
    halves = y[..., :H] @ params["weight"][:, :H].T + y[..., H:] @ params["weight"][:, H:].T + params["bias"]
    measure("eq-birnn-output", apart(bidirectional.output(params, y, "identity"), halves), PARITY)


# What people write in place of it: functions with the interface of bidirectional.forward.
def flip_without_lengths(params, x, state, lengths, layer):
    """Turn round the whole array, padding first."""
    ahead, back = bidirectional.directions(params)
    y_1, h_1, _ = layer(ahead, x, state[0], lengths)
    y_2, h_2, _ = layer(back, x[::-1], state[1])
    return np.concatenate([y_1, y_2[::-1]], axis=2), np.stack([h_1, h_2])


def not_turned_back(params, x, state, lengths, layer):
    """Put the backward outputs beside the forward ones in the order in which they came."""
    y, h_n, _ = bidirectional.forward(params, x, state, lengths, layer)
    H = y.shape[2] // 2
    return np.concatenate([y[..., :H], bidirectional.reverse(y[..., H:], lengths)], axis=2), h_n


def exchanged(params, x, state, lengths, layer):
    """Exchange the weights of the two directions."""
    return bidirectional.forward(
        bidirectional.both(*bidirectional.directions(params)[::-1]), x, state, lengths
    )[:2]


def last_output_is_the_backward_end(params, x, state, lengths, layer):
    """Take the backward layer's last state from the end of y, where it has read one token."""
    y, h_n, _ = bidirectional.forward(params, x, state, lengths, layer)
    T, N = x.shape[:2]
    last = y[np.full(N, T) - 1 if lengths is None else lengths - 1, np.arange(N)]
    return y, np.stack([h_n[0], last[:, y.shape[2] // 2 :]])


def shared(params, x, state, lengths, layer):
    """Read in both directions with one layer."""
    ahead, _ = bidirectional.directions(params)
    return bidirectional.forward(bidirectional.both(ahead, ahead), x, state, lengths)[:2]


def states_exchanged(params, x, state, lengths, layer):
    """Let each direction begin with the other's state."""
    return bidirectional.forward(params, x, state[::-1], lengths)[:2]


MISTAKES = [
    flip_without_lengths,
    not_turned_back,
    exchanged,
    last_output_is_the_backward_end,
    shared,
    states_exchanged,
]


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mistake, seed):
    case = drawn(seed, RNN_KIND, ragged=True)
    theirs = of_module(case, torch.nn.RNN, packed=True)

    def error(forward):
        y, h_n, *_ = forward(case.params, case.x, case.state, case.lengths, rnn.forward)
        return max(apart(y, theirs["y"]), apart(h_n, theirs["h_n[0]"]))

    assert caught(lambda: error(mistake))
    assert error(bidirectional.forward) <= PARITY < CAUGHT


class TurnsNothing(RNN):
    """Read forwards twice."""

    def run_layers(self, y, states, live, weights, prepared):
        outputs = [self.run_layer(y, s, live, w) for s, w in zip(states, weights, strict=True)]
        return torch.cat([z for z, _ in outputs], dim=2), [last for _, last in outputs]


class PaddedFirst(RNN):
    """Forget the lengths."""

    def run_layers(self, y, states, live, weights, prepared):
        return super().run_layers(y, states, None, weights, prepared)


@pytest.mark.parametrize("mutant", [TurnsNothing, PaddedFirst])
def test_wrong_modules_are_caught(mutant):
    case = drawn(0, RNN_KIND, ragged=True)
    assert caught(lambda: worst(of_module(case, mutant), of_module(case, torch.nn.RNN, packed=True)))


PARAMS = bidirectional.init(4, 6, np.random.default_rng(0))
X = np.zeros((5, 3, 4))


def test_bad_input_is_refused():
    one_way = rnn.init(4, 6, np.random.default_rng(0))
    y, _, cache = bidirectional.forward(PARAMS, X)
    refused = [
        (lambda: bidirectional.forward(one_way, X), "params: expected each name with and without _reverse"),
        (
            lambda: bidirectional.forward(PARAMS, X, np.zeros((1, 3, 6))),
            "h_0: expected (2, N, H), got (1, 3, 6)",
        ),
        (lambda: bidirectional.forward(PARAMS, X, None, [5, 6, 1]), "lengths: expected 0..5, got 6 at 1"),
        (lambda: bidirectional.forward(PARAMS, X, None, [5, 1]), "lengths: expected (3,), got (2,)"),
        (lambda: bidirectional.backward(cache, y[:, :, :6]), "dy: expected (5, 3, 12), got (5, 3, 6)"),
        (lambda: bidirectional.backward(cache, y, X), "dh_n: expected (2, N, H), got (5, 3, 4)"),
        (lambda: bidirectional.reverse(np.zeros(3)), "x: expected (T, N), got (3,)"),
        (
            lambda: bidirectional.output(dense.init(12, 2, np.random.default_rng(0)), y, "relu"),
            "g: expected one of",
        ),
        (lambda: bidirectional.output(dense.init(6, 2, np.random.default_rng(0)), y), "x: expected (..., 6)"),
        (lambda: stack.forward(PARAMS, X), "params: expected the keys"),
        (lambda: RNN(4, 6, bidirectional=True).step(torch.zeros(3, 4)), "step: expected one direction"),
        (
            lambda: RNN(4, 6, bidirectional=True)(torch.zeros(5, 3, 4), torch.zeros(1, 3, 6)),
            "h_0: expected (2, 3, 6), got (1, 3, 6)",
        ),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match="expected") as refusal:
            call()
        assert str(refusal.value).startswith(message)
