"""The network that remembers by its output: both back ends, autograd, differences, laws; and mutants."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, sizes, tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import output_recurrent as reference
from companion.reference.gradcheck import check
from companion.torch.output_recurrent import OutputRecurrent

SEEDS = range(3)
modes = pytest.mark.parametrize("forced", [False, True])
raggeds = pytest.mark.parametrize("ragged", [False, True])


def drawn(seed, forced, ragged=False, square=False):
    """Draw parameters, inputs and the outputs' gradients; square makes D = H = O."""
    rng = np.random.default_rng(seed)
    T, N, D, H, outputs = sizes(rng, 5)
    H, outputs = (D, D) if square else (H, outputs)
    params = {name: 2 * value for name, value in reference.init(D, H, outputs, rng).items()}
    lengths = np.append(T, rng.integers(0, T, N - 1)) if ragged else None
    shapes = ((T, N, D), (N, outputs), (T, N, outputs), (T, N, outputs), (N, outputs))
    x, o_0, targets, do, do_n = (rng.standard_normal(shape) for shape in shapes)
    return params, (x, o_0, targets if forced else None, lengths), (do, do_n)


def of_reference(params, inputs, doutputs, forward=reference.forward, backward=reference.backward):
    o, o_n, cache = forward(params, *inputs)
    dx, do_0, dparams = backward(cache, *doutputs)
    return {"o": o, "o_n": o_n, "dx": dx, "do_0": do_0, **dparams}


def of_autograd(params, inputs, doutputs):
    """Run sequence by sequence and step by step from the formula, and differentiate by autograd."""
    x, o_0, targets, lengths = inputs
    params = {name: tensor(value, grad=True) for name, value in params.items()}
    W_ih, b_ih, W_oh, W_ho, b_ho = params.values()
    x, o_0 = tensor(x, grad=True), tensor(o_0, grad=True)
    T, N, _ = x.shape
    loss, o, o_n = 0, torch.zeros(doutputs[0].shape, dtype=torch.float64), []
    for n in range(N):
        told = last = o_0[n]
        for t in range(T if lengths is None else lengths[n]):
            last = W_ho @ torch.tanh(W_ih @ x[t, n] + b_ih + W_oh @ told) + b_ho
            told = last if targets is None else tensor(targets)[t, n]
            loss = loss + last @ tensor(doutputs[0])[t, n]
            o[t, n] = last.detach()
        loss = loss + last @ tensor(doutputs[1])[n]
        o_n.append(last)
    loss.backward()
    gradients = {name: value.grad for name, value in params.items()}
    return {"o": o, "o_n": torch.stack(o_n), "dx": x.grad, "do_0": o_0.grad, **gradients}


def of_module(params, inputs, doutputs, device="cpu", module=OutputRecurrent):
    x, o_0, targets, lengths = (None if a is None else tensor(a, device) for a in inputs)
    hidden, outputs = params["weight_oh_l0"].shape
    module = module(x.shape[2], hidden, outputs, device=device, dtype=x.dtype)
    module.load_state_dict({name: tensor(value) for name, value in params.items()})
    x, o_0 = x.requires_grad_(), o_0.requires_grad_()
    o, o_n = module(x, o_0, targets, lengths)
    torch.autograd.backward([o, o_n], [tensor(d, device) for d in doutputs])
    gradients = {name: value.grad for name, value in module.named_parameters()}
    return {"o": o, "o_n": o_n, "dx": x.grad, "do_0": o_0.grad, **gradients}


def worst(a, b):
    assert a.keys() == b.keys()
    return float(np.max([apart(a[name], b[name]) for name in a]))


@pytest.mark.equation("eq-output-recurrence")
@modes
@raggeds
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_autograd(seed, device, ragged, forced, measure):
    case = drawn(seed, forced, ragged)
    expected = of_autograd(*case)
    measure("eq-output-recurrence", worst(of_reference(*case), expected), PARITY)
    measure("eq-output-recurrence", worst(of_module(*case, device), expected), PARITY)


def in_words(params, inputs):
    """Write each step out with the vector that it is told, and nothing shared with the library."""
    x, told, targets, _ = inputs
    W_ih, b_ih, W_oh, W_ho, b_ho = params.values()
    outputs = []
    for t, x_t in enumerate(x):
        outputs.append(np.tanh(x_t @ W_ih.T + b_ih + told @ W_oh.T) @ W_ho.T + b_ho)
        told = outputs[t] if targets is None else targets[t]
    return np.array(outputs)


@pytest.mark.equation("eq-teacher-forcing")
@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_teacher_each_step_is_told_the_target_before(seed, measure):
    params, inputs, _ = drawn(seed, forced=True)
    o, _, _ = reference.forward(params, *inputs)
    measure("eq-teacher-forcing", apart(o, in_words(params, inputs)), PARITY)


@pytest.mark.equation("eq-free-running")
@pytest.mark.parametrize("seed", SEEDS)
def test_running_free_each_step_is_told_the_output_before(seed, measure):
    params, inputs, _ = drawn(seed, forced=False)
    o, _, _ = reference.forward(params, *inputs)
    measure("eq-free-running", apart(o, in_words(params, inputs)), PARITY)


@modes
@raggeds
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(seed, ragged, forced):
    params, (x, o_0, targets, lengths), _ = drawn(seed, forced, ragged)
    forward = partial(reference.forward, targets=targets, lengths=lengths)
    rng = np.random.default_rng(seed)
    assert check(forward, reference.backward, params, x, o_0, rng=rng).error <= GRADCHECK


@pytest.mark.equation("eq-output-recurrence")
def test_step_after_step_is_running_free(measure):
    params, (x, told, _, _), _ = drawn(0, False)
    hidden, outputs = params["weight_oh_l0"].shape
    module = OutputRecurrent(x.shape[2], hidden, outputs, dtype=torch.float64)
    module.load_state_dict({name: tensor(value) for name, value in params.items()})
    o, _, _ = reference.forward(params, x, told)
    for x_t, o_t in zip(x, o, strict=True):
        in_torch = module.step(tensor(x_t), tensor(told))
        told = reference.step(params, x_t, told)
        measure("eq-output-recurrence", max(apart(told, o_t), apart(in_torch, o_t)), PARITY)


def test_told_its_own_outputs_it_goes_where_it_goes_alone():
    params, (x, o_0, _, lengths), _ = drawn(1, False, ragged=True)
    free, last, _ = reference.forward(params, x, o_0, None, lengths)
    forced, forced_last, _ = reference.forward(params, x, o_0, free, lengths)
    assert max(apart(free, forced), apart(last, forced_last)) <= PARITY


def test_the_teacher_cuts_the_gradient_through_time():
    for forced in (False, True):
        params, (x, o_0, targets, _), (do, _) = drawn(0, forced)
        do[:-1] = 0  # the last step alone has a loss
        _, _, cache = reference.forward(params, x, o_0, targets)
        dx, do_0, _ = reference.backward(cache, do)
        assert dx[-1].any()
        assert bool(dx[:-1].any()) == bool(do_0.any()) == (not forced)


@modes
def test_chunks_are_one_pass(forced):
    params, (x, o_0, targets, _), (do, do_n) = drawn(2, forced)
    whole = of_reference(params, (x, o_0, targets, None), (do, do_n))
    cut = len(x) // 2
    parts = (None, None) if targets is None else (targets[:cut], targets[cut:])
    o_1, last, first = reference.forward(params, x[:cut], o_0, parts[0])
    o_2, _, second = reference.forward(params, x[cut:], targets[cut - 1] if forced else last, parts[1])
    dx_2, dlast, dparams_2 = reference.backward(second, do[cut:], do_n)
    dx_1, do_0, dparams_1 = reference.backward(first, do[:cut], None if forced else dlast)
    assert apart(np.concatenate([o_1, o_2]), whole["o"]) <= PARITY
    assert apart(np.concatenate([dx_1, dx_2]), whole["dx"]) <= PARITY
    assert apart(do_0, whole["do_0"]) <= PARITY
    assert max(apart(dparams_1[name] + dparams_2[name], whole[name]) for name in params) <= PARITY


@modes
@pytest.mark.parametrize("of", [of_reference, of_module])
@pytest.mark.parametrize("junk", [np.nan, np.inf])
def test_padding_is_inert(of, junk, forced):
    params, inputs, doutputs = drawn(0, forced, ragged=True)
    beyond = np.arange(len(inputs[0]))[:, None] >= inputs[3]
    clean = of(params, inputs, doutputs)
    for array in (inputs[0], inputs[2], *([doutputs[0]] if of is of_reference else [])):
        if array is not None:
            array[beyond] = junk
    spoilt = of(params, inputs, doutputs)
    assert worst(clean, spoilt) == 0
    assert not clean["o"][beyond].any()


@modes
@pytest.mark.parametrize("form", ["batch_first", "alone", "packed"])
def test_forms_of_input_agree(form, forced):
    params, (x, o_0, targets, _), _ = drawn(0, forced)
    (_, N, D), (hidden, outputs) = x.shape, params["weight_oh_l0"].shape
    lengths = [len(x), *(1 + n % len(x) for n in range(1, N))] if form == "packed" else None
    o, o_n, _ = reference.forward(params, x, o_0, targets, lengths)
    module = OutputRecurrent(D, hidden, outputs, form == "batch_first", dtype=torch.float64)
    module.load_state_dict({name: tensor(value) for name, value in params.items()})
    x, o_0, targets = tensor(x), tensor(o_0), targets if targets is None else tensor(targets)

    def given(sequences):
        if sequences is None:
            return None
        if form == "packed":
            return pack_padded_sequence(sequences, torch.tensor(lengths), enforce_sorted=False)
        return sequences[:, 0] if form == "alone" else sequences.transpose(0, 1)

    ours, last = module(given(x), o_0[0] if form == "alone" else o_0, given(targets))
    expected = o[:, 0] if form == "alone" else o
    if form == "packed":
        ours, _ = pad_packed_sequence(ours)
    elif form == "batch_first":
        ours = ours.transpose(0, 1)
    assert ours.shape == expected.shape
    assert max(apart(ours, expected), apart(last, o_n[0] if form == "alone" else o_n)) <= PARITY


@modes
def test_precision_is_kept(forced):
    params, inputs, doutputs = drawn(0, forced)
    exact = of_reference(params, inputs, doutputs)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    arguments = [tuple(a if a is None else a.astype(np.float32) for a in g) for g in (inputs, doutputs)]
    for results in (of_reference(single, *arguments), of_module(single, *arguments)):
        assert {str(value.dtype).removeprefix("torch.") for value in results.values()} == {"float32"}
        assert worst(results, exact) <= FLOAT32


@modes
def test_no_steps_and_what_is_not_given(forced):
    params, (x, o_0, targets, _), (do, do_n) = drawn(0, forced)
    o, o_n, cache = reference.forward(params, x[:0], o_0, targets if targets is None else targets[:0])
    np.testing.assert_array_equal(o_n, o_0)
    np.testing.assert_array_equal(reference.backward(cache, do[:0], do_n)[1], do_n)
    without, zero = reference.forward(params, x), reference.forward(params, x, 0 * o_0)
    np.testing.assert_array_equal(without[0], zero[0])
    for short, long in [((do,), (do, 0 * do_n)), ((None, do_n), (0 * do, do_n))]:
        np.testing.assert_array_equal(
            reference.backward(zero[2], *short)[0], reference.backward(zero[2], *long)[0]
        )
