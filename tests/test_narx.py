"""NARX: both back ends, autograd from the formula, differences, laws, mistakes and bad input."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, sizes, tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import narx as reference
from companion.reference import output_recurrent
from companion.reference.gradcheck import check
from companion.torch.narx import NARX

# The seed, K, targets, lengths; two have more delays than some or all sequences have steps.
CASES = [
    (0, 4, False, False),
    (1, 4, True, True),
    (2, 2, False, True),
    (3, 13, True, False),
    (4, 13, False, True),
]
cases = pytest.mark.parametrize("case", CASES)


def drawn(seed, delays, forced, ragged):
    """Draw parameters, inputs and the outputs' gradients; sizes all differ."""
    rng = np.random.default_rng(seed)
    T, N, D, H, outputs = sizes(rng, 5)
    params = reference.init(D, H, outputs, delays, rng)
    lengths = np.append(T, rng.integers(0, T, N - 1)) if ragged else None
    shapes = ((T, N, D), (delays, N, outputs), (T, N, outputs), (T, N, outputs), (delays, N, outputs))
    u, y_0, targets, dy, dy_n = (rng.standard_normal(shape) for shape in shapes)
    return params, (u, y_0, targets if forced else None, lengths), (dy, dy_n)


def of_reference(params, inputs, doutputs, forward=reference.forward, backward=reference.backward):
    y, y_n, cache = forward(params, *inputs)
    du, dy_0, dparams = backward(cache, *doutputs)
    return {"y": y, "y_n": y_n, "du": du, "dy_0": dy_0, **dparams}


def of_autograd(params, inputs, doutputs):
    """Run sequence by sequence and step by step from the formula, and differentiate by autograd."""
    u, y_0, targets, lengths = inputs
    params = {name: tensor(value, grad=True) for name, value in params.items()}
    W_ih, b_ih, W_oh, W_ho, b_ho = params.values()
    u, y_0 = tensor(u, grad=True), tensor(y_0, grad=True)
    K, N, _ = y_0.shape
    loss, y, y_n = 0, torch.zeros(doutputs[0].shape, dtype=torch.float64), torch.zeros_like(y_0)
    for n in range(N):
        outputs = {-k: y_0[k, n] for k in range(K)}  # by the time on paper: y_0, y_{-1}, ...
        told = dict(outputs)
        end = len(u) if lengths is None else int(lengths[n])
        for t in range(1, end + 1):
            past = torch.cat([told[t - k] for k in range(1, K + 1)])
            outputs[t] = W_ho @ torch.tanh(W_ih @ u[t - 1, n] + b_ih + W_oh @ past) + b_ho
            told[t] = outputs[t] if targets is None else tensor(targets)[t - 1, n]
            loss = loss + outputs[t] @ tensor(doutputs[0])[t - 1, n]
            y[t - 1, n] = outputs[t].detach()
        for k in range(K):
            loss = loss + outputs[end - k] @ tensor(doutputs[1])[k, n]
            y_n[k, n] = outputs[end - k].detach()
    loss.backward()
    gradients = {name: value.grad for name, value in params.items()}
    return {"y": y, "y_n": y_n, "du": u.grad, "dy_0": y_0.grad, **gradients}


def module_of(params, D, K, dtype=torch.float64, module=NARX, **others):
    outputs, hidden = params["weight_ho_l0"].shape
    module = module(D, hidden, outputs, K, dtype=dtype, **others)
    module.load_state_dict({name: tensor(value) for name, value in params.items()})
    return module


def of_module(params, inputs, doutputs, device="cpu", module=NARX):
    u, y_0, targets, lengths = (None if a is None else tensor(a, device) for a in inputs)
    module = module_of(params, u.shape[2], len(y_0), u.dtype, module, device=device)
    u, y_0 = u.requires_grad_(), y_0.requires_grad_()
    y, y_n = module(u, y_0, targets, lengths)
    torch.autograd.backward([y, y_n], [tensor(d, device) for d in doutputs])
    gradients = {name: value.grad for name, value in module.named_parameters()}
    return {"y": y, "y_n": y_n, "du": u.grad, "dy_0": y_0.grad, **gradients}


def errors(a, b):
    assert a.keys() == b.keys()
    return {name: apart(a[name], b[name]) for name in a}


def worst(a, b):
    return float(np.max(list(errors(a, b).values())))


@pytest.mark.equation("eq-narx")
@pytest.mark.equation("eq-narx-grad")
@cases
@pytest.mark.parametrize("device", DEVICES)
def test_agrees_with_autograd(case, device, measure):
    case = drawn(*case)
    expected = of_autograd(*case)
    for ours in (of_reference(*case), of_module(*case, device)):
        apart_by = errors(ours, expected)
        measure("eq-narx", max(apart_by["y"], apart_by["y_n"]), PARITY)
        measure("eq-narx-grad", max(apart_by.values()), PARITY)


@cases
def test_gradients_against_differences(case):
    params, (u, y_0, targets, lengths), _ = drawn(*case)
    forward = partial(reference.forward, targets=targets, lengths=lengths)
    rng = np.random.default_rng(0)
    assert check(forward, reference.backward, params, u, y_0, rng=rng).error <= GRADCHECK


@pytest.mark.parametrize("forced", [False, True])
def test_with_one_delay_it_is_the_network_that_remembers_by_its_output(forced):
    params, (u, y_0, targets, lengths), (dy, dy_n) = drawn(5, 1, forced, True)
    ours = of_reference(params, (u, y_0, targets, lengths), (dy, dy_n))
    o, o_n, cache = output_recurrent.forward(params, u, y_0[0], targets, lengths)
    dx, do_0, dparams = output_recurrent.backward(cache, dy, dy_n[0])
    other = {"y": o, "y_n": o_n[None], "du": dx, "dy_0": do_0[None], **dparams}
    assert worst(ours, other) <= PARITY


def test_starts_from_zero_within_the_usual_bound():
    params, (u, y_0, _, _), _ = drawn(*CASES[0])
    np.testing.assert_array_equal(reference.forward(params, u)[0], reference.forward(params, u, 0 * y_0)[0])
    module = NARX(3, 400, 2, 4)
    init = reference.init(3, 400, 2, 4, np.random.default_rng(0))
    for value in (*init.values(), *(p.detach().numpy() for p in module.parameters())):
        assert 0.04 < np.abs(value).max() <= 0.05 + 1e-7 or value.size < 10
    assert repr(module) == "NARX(3, 400, 2, delays=4)"


def test_told_its_own_outputs_it_goes_where_it_goes_alone():
    params, (u, y_0, _, lengths), _ = drawn(*CASES[2])
    closed, last, _ = reference.forward(params, u, y_0, None, lengths)
    forced, forced_last, _ = reference.forward(params, u, y_0, closed, lengths)
    assert max(apart(closed, forced), apart(last, forced_last)) <= PARITY


def test_what_is_more_than_k_steps_ago_is_seen_in_the_closed_loop_alone():
    for forced in (False, True):
        params, (u, y_0, targets, _), (dy, _) = drawn(0, 2, forced, False)
        dy[:-1] = 0  # the last step alone has a loss
        _, _, cache = reference.forward(params, u, y_0, targets)
        du, dy_0, _ = reference.backward(cache, dy)
        assert du[-1].any()
        assert bool(du[:-1].any()) == bool(dy_0.any()) == (not forced)


@cases
def test_steps_and_chunks_are_one_pass(case):
    params, (u, y_0, targets, _), (dy, dy_n) = drawn(*case)
    whole = of_reference(params, (u, y_0, targets, None), (dy, dy_n))
    module, last, told = module_of(params, u.shape[2], len(y_0)), y_0, []
    for t, (u_t, y_t) in enumerate(zip(u, whole["y"], strict=True)):
        ours = reference.step(params, u_t, last)
        assert max(apart(ours, y_t), apart(module.step(tensor(u_t), tensor(last)), y_t)) <= PARITY
        last = np.concatenate([(ours if targets is None else targets[t])[None], last[:-1]])
        told.append(last)
    if targets is not None:
        y_2, _, _ = reference.forward(params, u[1:], told[0], targets[1:])
        assert apart(y_2, whole["y"][1:]) <= PARITY
        return
    y_1, middle, first = reference.forward(params, u[:1], y_0)
    y_2, _, second = reference.forward(params, u[1:], middle)
    du_2, dmiddle, dparams_2 = reference.backward(second, dy[1:], dy_n)
    du_1, dy_0, dparams_1 = reference.backward(first, dy[:1], dmiddle)
    parts = {"y": np.concatenate([y_1, y_2]), "du": np.concatenate([du_1, du_2]), "dy_0": dy_0}
    parts |= {name: dparams_1[name] + dparams_2[name] for name in params}
    assert max(apart(parts[name], whole[name]) for name in parts) <= PARITY


@pytest.mark.parametrize("case", [CASES[1], CASES[2]])
def test_padding_is_inert_and_precision_kept(case):
    params, inputs, doutputs = drawn(*case)
    beyond = np.arange(len(inputs[0]))[:, None] >= inputs[3]
    clean = of_reference(params, inputs, doutputs), of_module(params, inputs, doutputs)
    assert not clean[0]["y"][beyond].any()
    single = {name: value.astype(np.float32) for name, value in params.items()}
    as_single = [
        tuple(a if a is None or a.dtype != float else a.astype("f4") for a in g) for g in (inputs, doutputs)
    ]
    for results in (of_reference(single, *as_single), of_module(single, *as_single)):
        assert {str(value.dtype).removeprefix("torch.") for value in results.values()} == {"float32"}
        assert worst(results, clean[0]) <= FLOAT32
    for array in (inputs[0], inputs[2]):
        if array is not None:
            array[beyond] = np.nan
    assert worst(of_module(params, inputs, doutputs), clean[1]) == 0
    doutputs[0][beyond] = np.nan
    assert worst(of_reference(params, inputs, doutputs), clean[0]) == 0


@pytest.mark.parametrize("forced", [False, True])
def test_forms_of_input_agree(forced):
    params, (u, y_0, targets, _), _ = drawn(0, 3, forced, False)
    lengths = np.array([len(u), *(1 + n % len(u) for n in range(1, u.shape[1]))])
    y, y_n, _ = reference.forward(params, u, y_0, targets)
    first = module_of(params, u.shape[2], 3, batch_first=True)
    u, y_0, targets = tensor(u), tensor(y_0), targets if targets is None else tensor(targets)
    taught = targets if targets is None else targets.transpose(0, 1)
    assert apart(first(u.transpose(0, 1), y_0, taught)[0].transpose(0, 1), y) <= PARITY
    alone, last = first(u[:, 0], y_0[:, 0], None if targets is None else targets[:, 0])
    assert max(apart(alone, y[:, 0]), apart(last, y_n[:, 0])) <= PARITY

    def packed(sequences):
        return pack_padded_sequence(sequences, tensor(lengths), enforce_sorted=False)

    ours, last = first(packed(u), y_0, None if targets is None else packed(targets))
    y, y_n, _ = reference.forward(
        params, u.numpy(), y_0.numpy(), taught if targets is None else targets.numpy(), lengths
    )
    assert max(apart(pad_packed_sequence(ours)[0], y), apart(last, y_n)) <= PARITY


def oldest_first(params, u, y_0, targets, lengths):
    K, _, outputs = y_0.shape
    turned = params["weight_oh_l0"].reshape(-1, K, outputs)[:, ::-1].reshape(params["weight_oh_l0"].shape)
    return reference.forward({**params, "weight_oh_l0": turned}, u, y_0, targets, lengths)


def told_its_own_target(params, u, y_0, targets, lengths):
    targets = reference.forward(params, u, y_0, None, lengths)[0] if targets is None else targets
    return reference.forward(params, u, np.roll(y_0, 1, 0), np.roll(targets, -1, 0), lengths)


def one_delay_too_few(params, u, y_0, targets, lengths):
    outputs = y_0.shape[2]
    fewer = {**params, "weight_oh_l0": params["weight_oh_l0"][:, :-outputs]}
    return reference.forward(fewer, u, y_0[:-1], targets, lengths)


def beginning_ignored(params, u, y_0, targets, lengths):
    return reference.forward(params, u, 0 * y_0, targets, lengths)


def gradient_goes_through_the_teacher(cache, dy, dy_n):
    return reference.backward(cache._replace(forced=not cache.forced), dy, dy_n)


def told_off_by_one(cache, dy, dy_n):
    return reference.backward(cache._replace(told=np.roll(cache.told, -1, axis=0)), dy, dy_n)


def older_outputs_gradient_forgotten(cache, dy, dy_n):
    return reference.backward(cache, dy, np.concatenate([dy_n[:1], 0 * dy_n[1:]]))


FORWARD = [oldest_first, told_its_own_target, one_delay_too_few, beginning_ignored]
BACKWARD = [gradient_goes_through_the_teacher, told_off_by_one, older_outputs_gradient_forgotten]


@pytest.mark.parametrize("case", CASES[:3])
@pytest.mark.parametrize("mistake", FORWARD + BACKWARD)
def test_mistakes_are_caught(mistake, case):
    case = drawn(*case)
    expected = of_autograd(*case)
    if mistake in BACKWARD:
        assert caught(lambda: worst(of_reference(*case, backward=mistake), expected))
    else:
        assert caught(lambda: apart(mistake(case[0], *case[1])[0], expected["y"]))


PARAMS = reference.init(4, 6, 2, 3, np.random.default_rng(0))
U = np.zeros((5, 3, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: reference.forward(PARAMS, U[0]), ValueError, "u: expected (T, N, 4), got (3, 4)"),
        (lambda: reference.forward(PARAMS, U, np.zeros((3, 2))), ValueError, "y_0: expected (3, 3, 2), got"),
        (
            lambda: reference.forward(PARAMS, U, None, U),
            ValueError,
            "targets: expected (5, 3, 2), got (5, 3, 4)",
        ),
        (lambda: reference.forward(PARAMS, U, lengths=[1]), ValueError, "lengths: expected (3,), got (1,)"),
        (
            lambda: reference.forward({**PARAMS, "weight_oh_l0": np.zeros((6, 5))}, U),
            ValueError,
            "weight_oh_l0",
        ),
        (
            lambda: reference.forward({**PARAMS, "weight_oh_l0": np.zeros((6, 0))}, U),
            ValueError,
            "weight_oh_l0",
        ),
        (lambda: reference.forward({}, U), ValueError, "params: expected the keys ['bias_ho_l0',"),
        (
            lambda: reference.step(PARAMS, U[0], np.zeros((2, 3, 2))),
            ValueError,
            "last: expected (3, 3, 2), got",
        ),
        (
            lambda: reference.init(4, 6, 2, 0, np.random.default_rng(0)),
            ValueError,
            "expected sizes of at least",
        ),
        (lambda: NARX(4, 6, 2, 0), ValueError, "expected sizes of at least 1, got (4, 6, 2, 0)"),
        (lambda: NARX(4, 6, 2, 3)(torch.zeros(5, 3, 7)), ValueError, "u: expected (T, N, 4), got (5, 3, 7)"),
        (
            lambda: NARX(4, 6, 2, 3)(torch.zeros(5, 4), torch.zeros(3, 1, 2)),
            ValueError,
            "y_0: expected (3, 2), ",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value).startswith(message)
