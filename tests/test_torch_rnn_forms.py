"""The forms of input that torch.nn.RNN takes: batch first, packed, one sequence alone; and refusals."""

import pytest
import torch
from comparing import PARITY, apart
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence

from companion.torch.rnn import RNN


def twins(layers=2, batch_first=False, nonlinearity="tanh"):
    """Make a module of ours and torch.nn.RNN with the same parameters."""
    options = {"batch_first": batch_first, "dtype": torch.float64}
    generator = torch.Generator().manual_seed(0)
    ours = RNN(4, 6, layers, nonlinearity, generator=generator, **options)
    theirs = torch.nn.RNN(4, 6, layers, nonlinearity, **options)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def gradients(layer, x, h_0, run):
    """Return all outputs, and the gradients of a loss that weighs each entry of them differently."""
    x, h_0 = x.clone().requires_grad_(), h_0 if h_0 is None else h_0.clone().requires_grad_()
    layer.zero_grad()
    y, h_n = run(layer, x, h_0)
    data = y.data if isinstance(y, PackedSequence) else y
    torch.autograd.backward([data, h_n], [normal(*data.shape, seed=1), normal(*h_n.shape, seed=2)])
    inputs = [x.grad] + ([] if h_0 is None else [h_0.grad])
    return [data, h_n, *inputs, *(parameter.grad for parameter in layer.parameters())]


def plain(layer, x, h_0):
    return layer(x, h_0)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize(
    ("shape", "batch", "batch_first"),
    [((5, 3, 4), (3,), False), ((3, 5, 4), (3,), True), ((5, 4), (), False), ((5, 4), (), True)],
)
def test_forms_agree_with_torch(shape, batch, batch_first, with_state, layers):
    x, h_0 = normal(*shape), normal(layers, *batch, 6, seed=3) if with_state else None
    ours, theirs = (gradients(layer, x, h_0, plain) for layer in twins(layers, batch_first))
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        assert apart(a, b) <= PARITY


@pytest.mark.parametrize("lengths", [[5, 5, 2], [2, 5, 1], [1, 1, 1]])
@pytest.mark.parametrize("batch_first", [False, True])
def test_packed_sequences_agree_with_torch(lengths, batch_first):
    def packed(layer, x, h_0):
        packing = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        y, h_n = layer(packing, h_0)
        assert isinstance(y, PackedSequence)
        for a, b in zip(y[1:], packing[1:], strict=True):
            assert torch.equal(a, b)
        return y, h_n

    x, h_0 = normal(5, 3, 4), normal(2, 3, 6, seed=3)
    ours, theirs = (gradients(layer, x, h_0, packed) for layer in twins(2, batch_first))
    assert max(apart(a, b) for a, b in zip(ours, theirs, strict=True)) <= PARITY


def test_sequences_packed_in_order_come_back_without_an_order():
    ours, theirs = twins()
    packing = pack_sequence([normal(5, 4), normal(3, 4, seed=1)])
    y, h_n = ours(packing)
    expected, h_expected = theirs(packing)
    assert y.sorted_indices is None
    assert y.unsorted_indices is None
    assert max(apart(y.data, expected.data), apart(h_n, h_expected)) <= PARITY


@pytest.mark.parametrize("batch_first", [False, True])
def test_lengths_are_the_same_as_packing(batch_first):
    ours, _ = twins(2, batch_first)
    x, lengths = normal(5, 3, 4), [2, 5, 3]
    y, h_n = ours(x.transpose(0, 1) if batch_first else x, lengths=lengths)
    packed, h_packed = ours(pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False))
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first)
    assert torch.equal(y, padded)
    assert torch.equal(h_n, h_packed)


def test_a_sequence_of_no_steps_leaves_the_state_as_it_is():
    ours, _ = twins()
    x, h_0 = normal(5, 3, 4), normal(2, 3, 6, seed=3)
    y, h_n = ours(x, h_0, lengths=[0, 5, 2])
    assert torch.equal(h_n[:, 0], h_0[:, 0])
    assert not y[:, 0].any()
    y, h_n = ours(x[:0], h_0)
    assert y.shape == (0, 3, 6)
    assert torch.equal(h_n, h_0)


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), 1e9])
def test_padding_is_inert(junk):
    lengths = [2, 5, 3]
    x, h_0 = normal(5, 3, 4), normal(2, 3, 6, seed=3)
    spoilt = x.clone()
    spoilt[2:, 0], spoilt[3:, 2] = junk, junk
    for nonlinearity in ("tanh", "relu"):
        layer, _ = twins(nonlinearity=nonlinearity)
        clean, dirty = (gradients(layer, v, h_0, lambda f, v, h: f(v, h, lengths)) for v in (x, spoilt))
        for a, b in zip(clean, dirty, strict=True):
            assert torch.equal(a, b)


def test_repr_says_the_sizes():
    assert repr(RNN(4, 6)) == "RNN(4, 6)"
    assert repr(RNN(4, 6, 2, "relu", bias=False, batch_first=True)) == (
        "RNN(4, 6, num_layers=2, bias=False, batch_first=True, nonlinearity=relu)"
    )


LAYER = RNN(4, 6, 2)
X = torch.zeros(5, 3, 4)
REFUSED = [
    (lambda: LAYER(torch.zeros(5, 3, 7)), ValueError, "x: expected (T, N, 4), got (5, 3, 7)"),
    (lambda: RNN(4, 6, batch_first=True)(X[0, 0]), ValueError, "x: expected (N, T, 4), got (4,)"),
    (lambda: LAYER(torch.zeros(5, 7)), ValueError, "x: expected (T, 4), got (5, 7)"),
    (lambda: LAYER(X.int()), TypeError, "x: expected floating-point numbers, got int32 (5, 3, 4)"),
    (lambda: LAYER(X, torch.zeros(2, 1, 6)), ValueError, "h_0: expected (2, 3, 6), got (2, 1, 6)"),
    (lambda: LAYER(X[:, 0], torch.zeros(2, 1, 6)), ValueError, "h_0: expected (2, 6), got (2, 1, 6)"),
    (
        lambda: LAYER(X, torch.zeros(2, 3, 6).int()),
        TypeError,
        "h_0: expected floating-point numbers, got int32",
    ),
    (lambda: LAYER(X, lengths=[5, 6, 1]), ValueError, "lengths: expected 0..5, got 6 at 1"),
    (lambda: LAYER(X, lengths=[5, 1]), ValueError, "lengths: expected (3,), got (2,)"),
    (
        lambda: LAYER(X, lengths=torch.ones(3)),
        TypeError,
        "lengths: expected int64 or int32, got float32 (3,)",
    ),
    (lambda: LAYER(X[:, 0], lengths=[5]), ValueError, "lengths: expected None beside one sequence"),
    (
        lambda: LAYER(pack_sequence([X[:, 0]]), lengths=[5]),
        ValueError,
        "lengths: expected None beside a packed",
    ),
    (lambda: LAYER.step(X, torch.zeros(2, 3, 6)), ValueError, "x_t: expected (N, 4), got (5, 3, 4)"),
    (lambda: LAYER.step(X[0], torch.zeros(1, 3, 6)), ValueError, "h: expected (2, 3, 6), got (1, 3, 6)"),
    (lambda: RNN(0, 6), ValueError, "input_size: expected at least 1, got 0"),
    (lambda: RNN(4, 0), ValueError, "hidden_size: expected at least 1, got 0"),
    (lambda: RNN(4, 6, 0), ValueError, "num_layers: expected at least 1, got 0"),
    (lambda: RNN(4, 6, 1, "gelu"), ValueError, 'nonlinearity: expected "tanh" or "relu", got \'gelu\''),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value).startswith(message)
