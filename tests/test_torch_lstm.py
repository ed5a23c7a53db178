"""The LSTM module against torch.nn.LSTM and against the reference, fused and written out; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, PARITY, apart, caught, tensor
from lstm_cases import drawn, of_stack, of_torch
from recurrent import errors, states, worst
from torch.nn.utils.rnn import pack_padded_sequence

from companion.reference import lstm, stack
from companion.torch.lstm import LSTM

both_ways = pytest.mark.parametrize("fused", [True, False])


@pytest.mark.equation("eq-lstm-gates")
@pytest.mark.equation("eq-lstm-cell")
@pytest.mark.equation("eq-lstm-hidden")
@both_ways
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
def test_agrees_with_torch_and_with_the_reference(layers, ragged, device, fused, measure):
    case = drawn(layers, layers, ragged)
    ours = of_torch(case, LSTM, device, fused=fused)
    for theirs in (of_torch(case), of_stack(case)):
        apart_by = errors(ours, theirs)
        measure("eq-lstm-gates", max(apart_by.values()), PARITY)
        measure("eq-lstm-cell", apart_by["c_n"], PARITY)
        measure("eq-lstm-hidden", apart_by["y"], PARITY)


@pytest.mark.equation("eq-lstm-peephole")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_peepholes_agree_with_the_reference(layers, ragged, device, measure):
    case = drawn(0, layers, ragged, peepholes=True)
    ours = of_torch(case, LSTM, device, peepholes=True)
    measure("eq-lstm-peephole", worst(ours, of_stack(case)), PARITY)


@both_ways
@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device, fused):
    case = drawn(0, 2)
    arrays = ("x", "h_0", "c_0", "dy", "dh_n", "dc_n")
    single = case._replace(**{name: getattr(case, name).astype(np.float32) for name in arrays})
    results = of_torch(single, LSTM, device, fused=fused)
    assert {value.dtype for value in results.values()} == {torch.float32}
    assert worst(results, of_stack(case)) <= FLOAT32


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [True, False])
def test_state_dicts_load_both_ways_and_start_alike(bias, bidirectional):
    options = {"bias": bias, "bidirectional": bidirectional, "batch_first": True}
    torch.manual_seed(3)
    theirs = torch.nn.LSTM(4, 6, 2, **options)
    torch.manual_seed(3)
    ours = LSTM(4, 6, 2, **options)
    x = torch.randn(3, 5, 4)
    packed = pack_padded_sequence(x, torch.tensor([5, 2, 3]), True, enforce_sorted=False)
    for a, b in ((ours, theirs), (theirs, ours)):
        assert list(a.state_dict()) == list(b.state_dict())
        for p, q in zip(a.parameters(), b.parameters(), strict=True):
            assert torch.equal(p, q)
        a.reset_parameters()
        b.load_state_dict(a.state_dict())
        (y, last), (y_theirs, last_theirs) = a(x), b(x)
        assert apart(y, y_theirs) <= FLOAT32
        assert max(apart(p, q) for p, q in zip(last, last_theirs, strict=True)) <= FLOAT32
        assert apart(a(packed)[0].data, b(packed)[0].data) <= FLOAT32
        assert apart(a(packed)[1][1], b(packed)[1][1]) <= FLOAT32


@both_ways
def test_one_sequence_alone_and_one_of_no_steps(fused):
    layer, theirs = LSTM(4, 6, 2, fused=fused), torch.nn.LSTM(4, 6, 2)
    theirs.load_state_dict(layer.state_dict())
    x, state = torch.randn(5, 4), (torch.randn(2, 6), torch.randn(2, 6))
    for a, b in zip(layer(x, state)[1], theirs(x, state)[1], strict=True):
        assert a.shape == (2, 6)
        assert apart(a, b) <= FLOAT32
    start = torch.randn(2, 3, 6), torch.randn(2, 3, 6)
    y, (h_n, c_n) = layer(torch.zeros(0, 3, 4), start)
    assert y.shape == (0, 3, 6)
    assert torch.equal(h_n, start[0])
    assert torch.equal(c_n, start[1])
    _, (h_n, c_n) = layer(torch.randn(5, 3, 4), start, lengths=[5, 0, 2])
    assert torch.equal(c_n[:, 1], start[1][:, 1])
    assert torch.equal(h_n[:, 1], start[0][:, 1])


@pytest.fixture
def kernel_calls(monkeypatch):
    """List what PyTorch's own kernel is called with."""
    calls, kernel = [], torch.lstm
    monkeypatch.setattr(torch, "lstm", lambda *given: (calls.append(given), kernel(*given))[1])
    return calls


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_all_layers_are_one_kernel_where_nothing_is_in_between(bidirectional, batch_first, kernel_calls):
    options = {"bidirectional": bidirectional, "batch_first": batch_first, "dtype": torch.float64}
    layer, written = LSTM(4, 6, 3, **options), LSTM(4, 6, 3, fused=False, **options)
    written.load_state_dict(layer.state_dict())
    x = torch.randn(5, 3, 4, dtype=torch.float64)
    batch = 5 if batch_first else 3
    state = tuple(torch.randn(6 if bidirectional else 3, batch, 6, dtype=torch.float64) for _ in "hc")

    def gradients(module):
        y, (h_n, c_n) = module(x, state)
        loss = y.square().sum() + (h_n * c_n).sum()
        return y, h_n, c_n, *torch.autograd.grad(loss, list(module.parameters()))

    for ours, theirs in zip(gradients(layer), gradients(written), strict=True):
        assert ours.shape == theirs.shape
        assert apart(ours, theirs) <= PARITY
    assert len(kernel_calls) == 1


@pytest.mark.parametrize(
    ("options", "given", "calls"),
    [
        ({"dropout": 0.5}, {}, 2),  # a mask between the layers
        ({"dropout": 0.5, "eval": True}, {}, 1),
        ({}, {"masks": [torch.ones(5, 3, 6, dtype=torch.bool)]}, 2),
        ({}, {"lengths": [5, 2, 1]}, 0),
        ({"peepholes": True}, {}, 0),
        ({"fused": False}, {}, 0),
    ],
)
def test_what_is_in_between_is_not_left_out(options, given, calls, kernel_calls):
    layer = LSTM(4, 6, 2, **{name: value for name, value in options.items() if name != "eval"})
    layer.train("eval" not in options)
    layer(torch.randn(5, 3, 4), **given)
    assert len(kernel_calls) == calls


@pytest.mark.parametrize("peepholes", [False, True])
def test_step_after_step_is_forward(peepholes):
    case = drawn(0, 3, peepholes=peepholes)
    layer = LSTM(case.x.shape[2], case.h_0.shape[2], 3, peepholes=peepholes, dtype=torch.float64)
    layer.load_state_dict(states(case.params))
    state = tensor(case.h_0), tensor(case.c_0)
    y, last = layer(tensor(case.x), state)
    for x_t, y_t in zip(tensor(case.x), y, strict=True):
        state = layer.step(x_t, state)
        assert apart(state[0][-1], y_t) <= PARITY
    assert max(apart(a, b) for a, b in zip(state, last, strict=True)) <= PARITY


@pytest.mark.parametrize("peepholes", [False, True])
def test_a_mask_is_for_the_state_that_the_gates_read(peepholes):
    case = drawn(0, peepholes=peepholes)
    layer = LSTM(case.x.shape[2], case.h_0.shape[2], peepholes=peepholes, dtype=torch.float64)
    layer.load_state_dict(states(case.params))
    h, c = (tensor(half) for half in case.state)
    mask = 2.0 * (torch.rand(h.shape, generator=torch.Generator().manual_seed(0)) < 0.5)
    weights = layer.layer_weights(0)
    y, last = layer.run_layer(tensor(case.x), (h, c), None, weights._replace(state_mask=mask))
    for x_t, y_t in zip(tensor(case.x), y, strict=True):
        h, c = layer.run_step(x_t, (h * mask, c), weights)
        assert apart(h, y_t) <= PARITY
    assert max(apart(h, last[0]), apart(c, last[1])) <= PARITY


def test_second_derivatives():
    generator = torch.Generator().manual_seed(1)
    layer = LSTM(2, 3, peepholes=True, dtype=torch.float64, generator=generator)
    x = torch.randn(3, 2, 2, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradgradcheck(lambda x: layer(x, lengths=[3, 1])[0], x.requires_grad_())


def test_the_forget_bias_is_set_at_the_start_and_again():
    plain = LSTM(4, 6, 2, generator=torch.Generator().manual_seed(3))
    layer = LSTM(4, 6, 2, forget_bias=1.5, generator=torch.Generator().manual_seed(3))
    for _ in range(2):
        for number in range(2):
            total = getattr(layer, f"bias_ih_l{number}") + getattr(layer, f"bias_hh_l{number}")
            assert torch.equal(total[6:12], torch.full((6,), 1.5))
        layer.reset_parameters(torch.Generator().manual_seed(3))
    kept = [*range(6), *range(12, 24)]
    for a, b in zip(layer.parameters(), plain.parameters(), strict=True):
        assert torch.equal(a[kept], b[kept])
    assert repr(layer) == "LSTM(4, 6, num_layers=2, forget_bias=1.5)"
    assert repr(LSTM(4, 6, peepholes=True, fused=False)) == "LSTM(4, 6, peepholes=True, fused=False)"
    with pytest.raises(ValueError, match=r"forget_bias: expected None without biases, got 1\.0"):
        LSTM(4, 6, bias=False, forget_bias=1.0)


def test_the_reference_reads_the_modules_weights():
    layer = LSTM(4, 6, 2, peepholes=True, dtype=torch.float64)
    params = {name: value.numpy() for name, value in layer.state_dict().items()}
    x = torch.randn(5, 3, 4, dtype=torch.float64)

    assert apart(stack.forward(params, x.numpy(), layer=lstm.forward)[0], layer(x)[0]) <= PARITY


class Forgetful(LSTM):
    """Start every cell from zero."""

    def run_layer(self, x, state, live, weights):
        return super().run_layer(x, (state[0], 0 * state[1]), live, weights)


class OneBias(LSTM):
    """Leave the second bias out."""

    def run_layer(self, x, state, live, weights):
        return super().run_layer(x, state, live, weights._replace(bias_hh=0 * weights.bias_hh))


class Swapped(LSTM):
    """Take the recurrent rows of i for those of f."""

    def run_layer(self, x, state, live, weights):
        i, f, g, o = weights.weight_hh.chunk(4)
        return super().run_layer(x, state, live, weights._replace(weight_hh=torch.cat([f, i, g, o])))


class Padded(LSTM):
    """Read the padding too."""

    def run_layer(self, x, state, live, weights):
        return super().run_layer(x, state, None, weights)


class HiddenForCell(LSTM):
    """Return h twice."""

    def run_layer(self, x, state, live, weights):
        y, (h, _) = super().run_layer(x, state, live, weights)
        return y, (h, h)


@pytest.mark.parametrize("mutant", [Forgetful, OneBias, Swapped, Padded, HiddenForCell])
@pytest.mark.parametrize("seed", range(2))
def test_mistakes_are_caught(mutant, seed):
    case = drawn(seed, 2, ragged=True)
    assert caught(lambda: worst(of_torch(case, mutant), of_torch(case)))
    assert worst(of_torch(case, LSTM), of_torch(case)) <= PARITY


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m, x, s: m(x, s), TypeError, "state: expected a tuple (h_0, c_0), got Tensor"),
        (lambda m, x, s: m(x, (s, s[:, :2])), ValueError, "c_0: expected (1, 3, 6), got (1, 2, 6)"),
        (lambda m, x, s: m(x[..., :3], (s, s)), ValueError, "x: expected (T, N, 4), got (5, 3, 3)"),
        (lambda m, x, s: m(x, (s, s.int())), TypeError, "c_0: expected floating-point numbers, got int32"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call(LSTM(4, 6), torch.zeros(5, 3, 4), torch.zeros(1, 3, 6))
    assert str(refusal.value).startswith(message)
