"""Variational dropout: the forms of input that its layer takes, gradients not given, and refusals."""

import numpy as np
import pytest
import torch
from comparing import PARITY, apart
from directions import KINDS
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from companion.reference import lstm, rnn, variational_dropout
from companion.torch.lstm import LSTM
from companion.torch.rnn import RNN
from companion.torch.stack import Stack
from companion.torch.variational_dropout import VariationalDropout

RNG = np.random.default_rng(0)
PARAMS, X = rnn.init(4, 6, RNG), RNG.standard_normal((5, 3, 4))
MASKS = variational_dropout.sample_masks(3, 4, 6, 0.3, 0.5, RNG)
RATES = {"p_x": 0.3, "p_h": 0.5}


@pytest.mark.parametrize("name", KINDS)
def test_a_gradient_that_is_not_given_is_zero(name):
    kind = KINDS[name]
    params = kind.reference.init(4, 6, np.random.default_rng(1))
    y, last, cache = variational_dropout.forward(
        params, X, masks=MASKS, layer=kind.reference.forward, **RATES
    )
    dlast = tuple(np.ones_like(part) for part in last) if kind.states == 2 else np.ones_like(last)
    given = [(None, dlast), (np.zeros_like(y), dlast)]
    for a, b in zip(
        *(variational_dropout.backward(cache, *g, kind.reference.backward) for g in given), strict=True
    ):
        if isinstance(a, np.ndarray):
            assert np.array_equal(a, b)
    assert apart(variational_dropout.backward(cache, y, None, kind.reference.backward)[0], 0 * X) > 0


@pytest.mark.parametrize("cell", [RNN, LSTM])
def test_packed_sequences_and_one_alone(cell):
    network = VariationalDropout(cell(4, 6, 2, bidirectional=True), 0.3, 0.5).double()
    x, lengths = torch.tensor(X), [5, 2, 4]
    y, _ = network(x, lengths=lengths, generator=torch.Generator().manual_seed(0))
    packing = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    packed, _ = network(packing, generator=torch.Generator().manual_seed(0))
    assert isinstance(packed, PackedSequence)
    assert apart(pad_packed_sequence(packed)[0], y) <= PARITY
    whole, states = network(x[:, :1], generator=torch.Generator().manual_seed(0))
    alone, state = network(x[:, 0], generator=torch.Generator().manual_seed(0))
    assert torch.equal(alone, whole[:, 0])
    parts = zip(*((s if isinstance(s, tuple) else (s,)) for s in (state, states)), strict=True)
    assert all(torch.equal(a, b[:, 0]) for a, b in parts)


def test_one_rate_may_be_zero():
    x = torch.tensor(X)
    for p_x, p_h in ((0.5, 0.0), (0.0, 0.5)):
        network = VariationalDropout(RNN(4, 6, 2, dtype=torch.float64), p_x, p_h)
        first, other = (network(x, generator=torch.Generator().manual_seed(s))[0] for s in (0, 1))
        assert first.shape == (5, 3, 6)
        assert not torch.equal(first, other)


def test_bad_input_is_refused():
    forward, (mask_x, mask_h) = variational_dropout.forward, MASKS
    y, _, cache = forward(PARAMS, X, masks=MASKS, **RATES)
    network = VariationalDropout(RNN(4, 6, 2), 0.3, 0.5)
    x, ones = torch.zeros(5, 3, 4), torch.ones(3, 6, dtype=torch.bool)
    less = {name: value for name, value in PARAMS.items() if "hh" not in name}
    pair = (np.zeros((3, 6)), np.zeros((2, 6)))
    refused = [
        (
            lambda: forward(PARAMS, X[0], masks=MASKS, **RATES),
            ValueError,
            "x: expected (T, N, D), got (3, 4)",
        ),
        (lambda: forward(less, X, masks=MASKS, **RATES), ValueError, "params: expected weight_hh_l0 among"),
        (
            lambda: forward(PARAMS, X, masks=(mask_h, mask_h), **RATES),
            ValueError,
            "masks[0]: expected (3, 4)",
        ),
        (
            lambda: forward(PARAMS, X, masks=(mask_x, mask_x), **RATES),
            ValueError,
            "masks[1]: expected (3, 6)",
        ),
        (
            lambda: forward(PARAMS, X, masks=(mask_x, mask_h * 1.0), **RATES),
            TypeError,
            "masks[1]: expected truth",
        ),
        (lambda: forward(PARAMS, X, masks=MASKS, p_x=1.0, p_h=0.5), ValueError, "p: expected 0 <= p < 1"),
        (
            lambda: forward(PARAMS, X, None, [5, 6, 1], masks=MASKS, **RATES),
            ValueError,
            "lengths: expected 0..5",
        ),
        (
            lambda: forward(PARAMS, X, X[0, :2], masks=MASKS, **RATES),
            ValueError,
            "h_0: expected (3, H), got (2, 4)",
        ),
        (
            lambda: forward(PARAMS, X, pair, masks=MASKS, layer=lstm.forward, **RATES),
            ValueError,
            "c_0: expected (3, H), got (2, 6)",
        ),
        (
            lambda: variational_dropout.backward(cache, y[:4]),
            ValueError,
            "dy: expected (5, 3, 6), got (4, 3, 6)",
        ),
        (
            lambda: variational_dropout.backward(cache, y, y[0, :2]),
            ValueError,
            "dh_n: expected (3, H), got (2, 6)",
        ),
        (lambda: VariationalDropout(torch.nn.RNN(4, 6)), TypeError, "layer: expected one that takes masks"),
        (
            lambda: VariationalDropout(Stack(4, 6)),
            TypeError,
            "layer: expected one that takes masks on its state",
        ),
        (
            lambda: VariationalDropout(RNN(4, 6, 2, dropout=0.1)),
            ValueError,
            "layer: expected no dropout of its own",
        ),
        (lambda: VariationalDropout(RNN(4, 6), 1.0), ValueError, "p: expected 0 <= p < 1, got 1.0"),
        (lambda: VariationalDropout(RNN(4, 6), 0.0, -0.1), ValueError, "p: expected 0 <= p < 1, got -0.1"),
        (
            lambda: network(x, masks=([ones[:, :4]], [ones] * 2)),
            ValueError,
            "masks[0]: expected 2 masks, got 1",
        ),
        (
            lambda: network(x, masks=([ones[:, :4], ones], [ones])),
            ValueError,
            "masks[1]: expected 2 masks, got 1",
        ),
        (
            lambda: network(x, masks=([ones, ones], [ones] * 2)),
            ValueError,
            "masks[0][0]: expected (3, 4) or what",
        ),
        (
            lambda: network(x, masks=([ones[:, :4] * 1.0, ones], [ones] * 2)),
            TypeError,
            "masks[0][0]: expected truth",
        ),
    ]
    for call, error, message in refused:
        with pytest.raises(error) as refusal:
            call()
        assert str(refusal.value).startswith(message)
