"""What a stack does for a cell with two states and parameters of its own: torch.nn.LSTM is the measure."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import PARITY, apart
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from companion.reference import lm as reference_lm
from companion.reference import rnn
from companion.torch.gru import GRU
from companion.torch.leaky import Leaky
from companion.torch.lm import LM
from companion.torch.lstm import LSTM
from companion.torch.rnn import RNN
from companion.torch.simple_gru import SimpleGRU
from companion.torch.stack import Stack


class Cell(Stack):
    """An LSTM in the fewest words, with a parameter more that changes nothing until it is set."""

    gates, states = 4, 2

    def __init__(self, *sizes, gain=1.0, **options):
        self.gain = gain
        super().__init__(*sizes, extra={"gain": (sizes[1],)}, **options)

    def reset_parameters(self, generator=None):
        super().reset_parameters(generator)
        with torch.no_grad():
            for name, value in self.named_parameters():
                if name.startswith("gain"):
                    value.fill_(self.gain)

    def run_step(self, x_t, state, weights):
        h, c = torch.lstm_cell(x_t, state, *weights[:4])
        return weights.extra["gain"] * h, c

    def run_layer(self, x, state, live, weights):
        ys = []
        for t, x_t in enumerate(x):
            new = self.run_step(x_t, state, weights)
            state = new if live is None else tuple(map(torch.where, (live[t],) * 2, new, state))
            ys.append(state[0])
        y = torch.stack(ys) if ys else x.new_zeros(0, *state[0].shape)
        return (y if live is None else torch.where(live, y, 0)), state


def twins(layers=2, **options):
    """Make a stack of such cells and torch.nn.LSTM with the same parameters."""
    ours = Cell(4, 6, layers, generator=torch.Generator().manual_seed(0), dtype=torch.float64, **options)
    theirs = torch.nn.LSTM(4, 6, layers, dtype=torch.float64, **options)
    theirs.load_state_dict({k: v for k, v in ours.state_dict().items() if not k.startswith("gain")})
    return ours, theirs


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def gradients(layer, x, state):
    """Return outputs and states, and the gradients of a loss that weighs each entry of them differently."""
    layer.zero_grad()
    leaves = [part.clone().requires_grad_() for part in state]
    y, after = layer(x, tuple(leaves))
    data = y.data if isinstance(y, PackedSequence) else y
    outputs = [data, *after]
    torch.autograd.backward(outputs, [normal(*part.shape, seed=i) for i, part in enumerate(outputs)])
    named = {k: v.grad for k, v in layer.named_parameters() if not k.startswith("gain")}
    return [*outputs, *(leaf.grad for leaf in leaves), *named.values()]


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(
    ("shape", "batch", "batch_first"),
    [((5, 3, 4), (3,), False), ((3, 5, 4), (3,), True), ((5, 4), (), False)],
)
def test_two_states_agree_with_torch(shape, batch, batch_first, bidirectional):
    ours, theirs = twins(batch_first=batch_first, bidirectional=bidirectional)
    state = [normal(4 if bidirectional else 2, *batch, 6, seed=i) for i in (1, 2)]
    for a, b in zip(*(gradients(layer, normal(*shape), state) for layer in (ours, theirs)), strict=True):
        assert a.shape == b.shape
        assert apart(a, b) <= PARITY
    assert [k for k in ours.state_dict() if not k.startswith("gain")] == list(theirs.state_dict())


@pytest.mark.parametrize("lengths", [[5, 2, 4], [1, 5, 5]])
def test_packed_in_both_directions(lengths):
    packing = pack_padded_sequence(normal(5, 3, 4), torch.tensor(lengths), enforce_sorted=False)
    state = [normal(4, 3, 6, seed=i) for i in (1, 2)]
    pair = (gradients(layer, packing, state) for layer in twins(bidirectional=True))
    assert max(apart(a, b) for a, b in zip(*pair, strict=True)) <= PARITY


def test_steps_with_two_states():
    ours, _ = twins()
    x = normal(5, 3, 4)
    y, last = ours(x)
    state, steps = None, []
    for x_t in x:
        state = ours.step(x_t, state)
        steps.append(state[0][-1])
    assert apart(torch.stack(steps), y) <= PARITY
    assert max(apart(a, b) for a, b in zip(state, last, strict=True)) <= PARITY
    y, last = ours(x[:0], state)
    assert y.shape == (0, 3, 6)
    assert all(torch.equal(a, b) for a, b in zip(state, last, strict=True))


def test_further_parameters_are_each_layers_and_directions():
    ours, _ = twins(bidirectional=True)
    names = [k for k in ours.state_dict() if k.startswith("gain")]
    assert names == ["gain_l0", "gain_l0_reverse", "gain_l1", "gain_l1_reverse"]
    assert len(ours.state_dict()) == 20
    x, before = normal(5, 3, 4), ours(normal(5, 3, 4))[0]
    with torch.no_grad():
        ours.gain_l1_reverse.mul_(0)
    after = ours(x)[0]
    assert torch.equal(after[..., :6], before[..., :6])
    assert not after[..., 6:].any()


def test_a_language_model_of_cells_with_two_states():
    model = LM(10, 4, 6, 2, Cell, generator=torch.Generator().manual_seed(0))
    ids = torch.randint(10, (5, 3), generator=torch.Generator().manual_seed(1))
    logits, last = model(ids)
    state = None
    for tokens in ids:
        out, state = model.step(tokens, state)
    assert apart(out, logits[-1]) <= 1e-6
    assert max(apart(a, b) for a, b in zip(state, last, strict=True)) <= 1e-6
    loss, carried = model.loss(ids[:-1], ids[1:], state)
    assert not any(part.requires_grad for part in carried)
    assert loss.requires_grad


class Pair:
    """A kind of reference layer whose state is a tuple: the plain layer's, and a sum of its states."""

    init = staticmethod(rnn.init)
    backward = staticmethod(rnn.backward)

    @staticmethod
    def step(params, x_t, state):
        h = rnn.step(params, x_t, state[0])
        return h, state[1] + h

    @staticmethod
    def forward(params, x, state=None, lengths=None):
        state = state or (np.zeros((x.shape[1], 6)),) * 2
        y, h_n, cache = rnn.forward(params, x, state[0], lengths)
        return y, (h_n, state[1] + y.sum(axis=0)), cache


def test_the_reference_language_model_takes_tuples():
    params = reference_lm.init(10, 4, 6, np.random.default_rng(0), 2)
    ids = np.random.default_rng(1).integers(0, 10, (5, 3))
    logits, last, _ = reference_lm.forward(params, ids, layer=Pair)
    state = None
    for tokens in ids:
        out, state = reference_lm.step(params, tokens, state, Pair)
    assert max(apart(out, logits[-1]), *(apart(a, b) for a, b in zip(state, last, strict=True))) <= PARITY
    assert last[1].shape == (2, 3, 6)


def test_bad_states_are_refused():
    ours, _ = twins()
    x, h = normal(5, 3, 4), normal(2, 3, 6)
    refused = [
        (lambda: ours(x, h), TypeError, "state: expected a tuple (h_0, c_0), got Tensor"),
        (lambda: ours(x, (h,)), TypeError, "state: expected a tuple (h_0, c_0), got tuple"),
        (lambda: ours(x, (h, h[:1])), ValueError, "c_0: expected (2, 3, 6), got (1, 3, 6)"),
        (lambda: ours(x[:, 0], (h[:, 0], h)), ValueError, "c_0: expected (2, 6), got (2, 3, 6)"),
        (lambda: ours.step(x[0], (h[:1], h)), ValueError, "h: expected (2, 3, 6), got (1, 3, 6)"),
        (
            lambda: ours(x, (h, h.int())),
            TypeError,
            "c_0: expected floating-point numbers, got int32 (2, 3, 6)",
        ),
        (lambda: Stack(4, 6)(x), NotImplementedError, "Stack does not say what a layer computes"),
        (lambda: Stack(4, 6).step(x[0]), NotImplementedError, "Stack does not say what a step computes"),
    ]
    for call, error, message in refused:
        with pytest.raises(error) as refusal:
            call()
        assert str(refusal.value) == message


def test_repr_says_what_differs():
    assert repr(Cell(4, 6, 2, dropout=0.5, bidirectional=True)) == (
        "Cell(4, 6, num_layers=2, dropout=0.5, bidirectional=True)"
    )


@pytest.mark.parametrize("cell", [RNN, GRU, SimpleGRU, Leaky, LSTM, partial(LSTM, fused=False)])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("lengths", [None, [4, 2]])
def test_who_writes_into_the_last_state_does_not_change_the_outputs(cell, layers, lengths):
    layer, x = cell(3, 5, layers), torch.randn(4, 2, 3)
    with torch.no_grad():
        y, last = layer(x, None, lengths)
        before = y.clone()
        for part in last if isinstance(last, tuple) else (last,):
            part.zero_()
    assert torch.equal(y, before)


def test_a_relu_beyond_the_end_of_a_sequence_grows_into_nothing():
    """The states of this one double at every step: beyond the end they would soon be infinite."""
    layer = RNN(1, 1, nonlinearity="relu")
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(2.0)
    x = torch.ones(300, 2, 1, requires_grad=True)
    y, last = layer(x, None, [300, 3])
    layer(x[:3, 1:])[0].sum().backward()
    alone = [parameter.grad.clone() for parameter in layer.parameters()]
    assert torch.isinf(y[-1, 0]).all()
    assert torch.equal(y[3:, 1], torch.zeros(297, 1))
    assert torch.isfinite(last[0, 1]).all()
    layer.zero_grad()
    y, _ = layer(torch.cat([x[:3, 1:], torch.full((297, 1, 1), torch.nan)]), None, [3])
    y.sum().backward()
    assert all(torch.equal(p.grad, g) for p, g in zip(layer.parameters(), alone, strict=True))
