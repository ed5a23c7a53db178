"""Skips through time: both back ends, autograd from the formula, differences, laws, mistakes, bad input."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, sizes, tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import memory_algebra, rnn, stack
from companion.reference import skip_time as reference
from companion.reference.gradcheck import check, numerical_gradient
from companion.torch.skip_time import SkipTime

# The seed, the delay, lengths, the non-linearity; the third has a delay longer than any sequence.
CASES = [(0, 2, False, "tanh"), (1, 3, True, "relu"), (2, 13, True, "tanh"), (3, 4, True, "tanh")]
cases = pytest.mark.parametrize("case", CASES)


def drawn(seed, delay, ragged, nonlinearity):
    """Draw parameters, inputs, states and the outputs' gradients; sizes all differ."""
    rng = np.random.default_rng(seed)
    T, N, D, H = sizes(rng, 4)
    T = T + 4
    params = {name: 1.5 * value for name, value in reference.init(D, H, rng).items()}
    lengths = np.append(T, rng.integers(0, T, N - 1)) if ragged else None
    shapes = ((T, N, D), (delay, N, H), (T, N, H), (delay, N, H))
    x, h_0, dy, dh_n = (rng.standard_normal(shape) for shape in shapes)
    return params, (x, tuple(h_0), lengths, delay, nonlinearity), (dy, tuple(dh_n))


def ahead(params, x, state, lengths, delay, nonlinearity):
    return reference.forward(params, x, state, lengths, delay=delay, nonlinearity=nonlinearity)


def of_reference(params, inputs, doutputs, forward=ahead, backward=reference.backward):
    y, state, cache = forward(params, *inputs)
    dx, dstate, dparams = backward(cache, *doutputs)
    return {"y": y, "h_n": np.stack(state), "dx": dx, "dh_0": np.stack(dstate), **dparams}


def of_autograd(params, inputs, doutputs):
    """Run sequence by sequence and step by step from the formula, and differentiate by autograd."""
    x, state, lengths, delay, nonlinearity = inputs
    params = {name: tensor(value, grad=True) for name, value in params.items()}
    W, U, b, c, S = params.values()
    x, h_0 = tensor(x, grad=True), tensor(np.stack(state), grad=True)
    loss, y, h_n = 0, torch.zeros(doutputs[0].shape, dtype=torch.float64), torch.zeros_like(h_0)
    for n in range(x.shape[1]):
        h = {-k: h_0[k, n] for k in range(delay)}  # by the time on paper: h_0, h_{-1}, ...
        end = len(x) if lengths is None else int(lengths[n])
        for t in range(1, end + 1):
            h[t] = getattr(torch, nonlinearity)(W @ x[t - 1, n] + b + U @ h[t - 1] + c + S @ h[t - delay])
            loss = loss + h[t] @ tensor(doutputs[0])[t - 1, n]
            y[t - 1, n] = h[t].detach()
        for k in range(delay):
            loss = loss + h[end - k] @ tensor(doutputs[1][k])[n]
            h_n[k, n] = h[end - k].detach()
    loss.backward()
    gradients = {name: value.grad for name, value in params.items()}
    return {"y": y, "h_n": h_n, "dx": x.grad, "dh_0": h_0.grad, **gradients}


def of_module(params, inputs, doutputs, device="cpu", module=SkipTime):
    x, state, lengths, delay, nonlinearity = inputs
    hidden = state[0].shape[1]
    layer = module(
        x.shape[2], hidden, nonlinearity=nonlinearity, delay=delay, device=device, dtype=tensor(x).dtype
    )
    layer.load_state_dict({name: tensor(value) for name, value in params.items()})
    x = tensor(x, device, grad=True)
    state = tuple(tensor(h[None], device, grad=True) for h in state)
    y, last = layer(x, state, lengths if lengths is None else tensor(lengths))
    doutputs = [doutputs[0], *(h[None] for h in doutputs[1])]
    torch.autograd.backward([y, *last], [tensor(d, device) for d in doutputs])
    gradients = {name: value.grad for name, value in layer.named_parameters()}
    h_n, dh_0 = torch.cat(last), torch.cat([h.grad for h in state])
    return {"y": y, "h_n": h_n, "dx": x.grad, "dh_0": dh_0, **gradients}


def errors(a, b):
    assert a.keys() == b.keys()
    return {name: apart(a[name], b[name]) for name in a}


def worst(a, b):
    return float(np.max(list(errors(a, b).values())))


@pytest.mark.equation("eq-skip-time")
@pytest.mark.equation("eq-skip-time-grad")
@cases
@pytest.mark.parametrize("device", DEVICES)
def test_agrees_with_autograd(case, device, measure):
    case = drawn(*case)
    expected = of_autograd(*case)
    for ours in (of_reference(*case), of_module(*case, device)):
        apart_by = errors(ours, expected)
        measure("eq-skip-time", max(apart_by["y"], apart_by["h_n"]), PARITY)
        measure("eq-skip-time-grad", max(apart_by.values()), PARITY)


@cases
def test_gradients_against_differences(case):
    params, (x, state, lengths, delay, nonlinearity), _ = drawn(*case)
    x, state = x[:6], np.stack(state)
    lengths = lengths if lengths is None else np.minimum(lengths, len(x))

    def forward(params, x, h_0):
        y, last, cache = ahead(params, x, tuple(h_0), lengths, delay, nonlinearity)
        return y, np.stack(last), cache

    def backward(cache, dy, dh_n):
        dx, dstate, dparams = reference.backward(cache, dy, tuple(dh_n))
        return dx, np.stack(dstate), dparams

    assert check(forward, backward, params, x, state, rng=np.random.default_rng(0)).error <= GRADCHECK


def test_without_the_skip_it_is_the_plain_layer():
    params, (x, state, lengths, delay, f), (dy, dstate) = drawn(*CASES[1])
    plain = {name: value for name, value in params.items() if name != "weight_skip_l0"}
    silent = {**plain, "weight_skip_l0": 0 * params["weight_skip_l0"]}
    last_alone = (dstate[0], *(0 * h for h in dstate[1:]))
    ours = of_reference(silent, (x, state, lengths, delay, f), (dy, last_alone))
    y, h_n, cache = rnn.forward(plain, x, state[0], lengths, f)
    dx, _, dparams = rnn.backward(cache, dy, dstate[0])
    assert max(apart(ours["y"], y), apart(ours["h_n"][0], h_n), apart(ours["dx"], dx)) <= PARITY
    assert max(apart(ours[name], dparams[name]) for name in plain) <= PARITY


def test_without_the_plain_connection_it_is_d_layers_that_take_turns():
    params, (x, state, _, _, f), _ = drawn(*CASES[0])
    delay = 3
    state = tuple(np.random.default_rng(0).standard_normal((delay, *state[0].shape)))
    params["weight_hh_l0"][:] = 0
    y, _, _ = ahead(params, x, state, None, delay, f)
    alone = {name: value for name, value in params.items() if name != "weight_skip_l0"}
    alone["weight_hh_l0"] = params["weight_skip_l0"]
    for turn in range(delay):
        one, _, _ = rnn.forward(alone, x[turn::delay], state[delay - 1 - turn])
        assert apart(y[turn::delay], one) <= PARITY


@cases
def test_steps_and_chunks_are_one_pass(case):
    params, (x, state, _, delay, f), (dy, dstate) = drawn(*case)
    whole = of_reference(params, (x, state, None, delay, f), (dy, dstate))
    y_1, middle, first = ahead(params, x[:4], state, None, delay, f)
    y_2, _, second = ahead(params, x[4:], middle, None, delay, f)
    dx_2, dmiddle, dparams_2 = reference.backward(second, dy[4:], dstate)
    dx_1, dstate_0, dparams_1 = reference.backward(first, dy[:4], dmiddle)
    parts = {"y": np.concatenate([y_1, y_2]), "dx": np.concatenate([dx_1, dx_2]), "dh_0": np.stack(dstate_0)}
    parts |= {name: dparams_1[name] + dparams_2[name] for name in params}
    assert max(apart(parts[name], whole[name]) for name in parts) <= PARITY
    layer = SkipTime(x.shape[2], len(state[0][0]), nonlinearity=f, delay=delay, dtype=torch.float64)
    layer.load_state_dict({name: tensor(value) for name, value in params.items()})
    in_torch = tuple(tensor(h[None]) for h in state)
    for x_t, y_t in zip(x, whole["y"], strict=True):
        state, in_torch = reference.step(params, x_t, state, f), layer.step(tensor(x_t), in_torch)
        assert max(apart(state[0], y_t), apart(in_torch[0][0], y_t)) <= PARITY


@pytest.mark.parametrize("case", CASES[:2])
def test_the_jacobian_is_the_sum_over_all_ways(case):
    params, (x, state, lengths, delay, f), _ = drawn(*case)
    y, _, cache = ahead(params, x, state, lengths, delay, f)
    T, k, n = len(x), 2, int(np.argmax(cache.lengths))
    at_k = [*(y[k - 1 - i, n : n + 1] if k - i > 0 else state[i - k][n : n + 1] for i in range(delay))]
    jacobian = memory_algebra.skip_jacobian(cache, T, k)
    for unit in range(y.shape[2]):

        def moved(h, unit=unit):
            return ahead(params, x[k:, n : n + 1], (h, *at_k[1:]), None, delay, f)[0][-1, 0, unit]

        assert apart(jacobian[n, unit], numerical_gradient(moved, at_k[0])[0]) <= GRADCHECK
    assert not jacobian[cache.lengths < T].any()
    with pytest.raises(ValueError, match=rf"expected 0 <= k <= t <= {T}, got t = {T + 1} and k = 0"):
        memory_algebra.skip_jacobian(cache, T + 1, 0)


@pytest.mark.parametrize("junk", [np.nan, np.inf])
def test_padding_is_inert(junk):
    params, inputs, doutputs = drawn(*CASES[3])
    beyond = np.arange(len(inputs[0]))[:, None] >= inputs[2]
    clean = of_reference(params, inputs, doutputs), of_module(params, inputs, doutputs)
    assert not clean[0]["y"][beyond].any()
    inputs[0][beyond] = junk
    assert worst(of_module(params, inputs, doutputs), clean[1]) == 0
    doutputs[0][beyond] = junk
    assert worst(of_reference(params, inputs, doutputs), clean[0]) == 0


def test_layers_packed_in_both_directions_agree_with_the_reference():
    rng = np.random.default_rng(1)
    lengths = np.array([4, 7, 1])
    generator = torch.Generator().manual_seed(0)
    layer = SkipTime(4, 5, 2, delay=3, dtype=torch.float64, generator=generator)
    params = {name: value.numpy() for name, value in layer.state_dict().items()}
    x = rng.standard_normal((7, 3, 4))
    y, state, _ = stack.forward(params, x, lengths=lengths, layer=partial(reference.forward, delay=3))
    ours, last = layer(pack_padded_sequence(tensor(x), tensor(lengths), enforce_sorted=False))
    assert max(apart(pad_packed_sequence(ours)[0], y), *map(apart, last, state)) <= PARITY
    alone, _ = SkipTime(4, 5, bidirectional=True, delay=3)(torch.zeros(7, 4))
    assert alone.shape == (7, 10)
    assert repr(layer) == "SkipTime(4, 5, num_layers=2, delay=3)"
    assert repr(SkipTime(4, 5, nonlinearity="relu", delay=2)) == "SkipTime(4, 5, delay=2, nonlinearity=relu)"
    bound = 1 / np.sqrt(400)
    drawn_here = reference.init(3, 400, rng)["weight_skip_l0"]
    assert 0.99 * bound < np.abs(drawn_here).max() <= bound
    single = layer.float()(torch.tensor(x, dtype=torch.float32), None, tensor(lengths))[0]
    assert apart(single, y) <= FLOAT32


def delay_off_by_one(params, x, state, lengths, delay, f):
    return ahead(params, x, state[:-1], lengths, delay - 1, f)


def oldest_first(params, x, state, lengths, delay, f):
    return ahead(params, x, state[::-1], lengths, delay, f)


def skip_for_the_plain(params, x, state, lengths, delay, f):
    swapped = {"weight_hh_l0": params["weight_skip_l0"], "weight_skip_l0": params["weight_hh_l0"]}
    return ahead({**params, **swapped}, x, state, lengths, delay, f)


def skip_transposed(params, x, state, lengths, delay, f):
    return ahead({**params, "weight_skip_l0": params["weight_skip_l0"].T}, x, state, lengths, delay, f)


def padding_read(params, x, state, lengths, delay, f):
    return ahead(params, x, state, None, delay, f)


def skips_gradient_forgotten(cache, dy, dstate):
    return reference.backward(cache._replace(weight_skip=0 * cache.weight_skip), dy, dstate)


def older_states_gradient_forgotten(cache, dy, dstate):
    return reference.backward(cache, dy, (dstate[0], *[None] * (len(dstate) - 1)))


FORWARD = [delay_off_by_one, oldest_first, skip_for_the_plain, skip_transposed, padding_read]
BACKWARD = [skips_gradient_forgotten, older_states_gradient_forgotten]


@pytest.mark.parametrize("mistake", FORWARD + BACKWARD)
def test_mistakes_are_caught(mistake):
    case = drawn(*CASES[3])
    expected = of_autograd(*case)
    if mistake in BACKWARD:
        assert caught(lambda: worst(of_reference(*case, backward=mistake), expected))
        return
    y, _, _ = mistake(case[0], *case[1])
    assert caught(lambda: apart(y, expected["y"]))


PARAMS = reference.init(4, 6, np.random.default_rng(0))
X, H = np.zeros((5, 3, 4)), np.zeros((3, 6))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: reference.forward(PARAMS, X, delay=1),
            ValueError,
            "delay: expected at least 2 steps, got 1",
        ),
        (lambda: reference.step(PARAMS, X[0], (H,)), ValueError, "delay: expected at least 2 steps, got 1"),
        (
            lambda: reference.forward(PARAMS, X, (H, H), delay=3),
            ValueError,
            "state: expected 3 arrays, one a",
        ),
        (
            lambda: reference.forward(PARAMS, X, (), delay=2),
            ValueError,
            "state: expected 2 arrays, one a step",
        ),
        (
            lambda: reference.forward(PARAMS, X, (H, H[:2]), delay=2),
            ValueError,
            "state[1]: expected (3, 6), g",
        ),
        (lambda: reference.forward(PARAMS, X, (H, H > 0), delay=2), TypeError, "state[1]: expected floating"),
        (lambda: reference.forward(PARAMS, X[0], delay=2), ValueError, "x: expected (T, N, 4), got (3, 4)"),
        (lambda: reference.forward({}, X, delay=2), ValueError, "params: expected the keys ['bias_hh_l0',"),
        (
            lambda: reference.forward(PARAMS, X, delay=2, nonlinearity="gelu"),
            ValueError,
            "nonlinearity: expe",
        ),
        (
            lambda: reference.forward({**PARAMS, "weight_skip_l0": np.zeros((6, 4))}, X, delay=2),
            ValueError,
            "weight_skip_l0: expected (6, 6), got (6, 4)",
        ),
        (lambda: SkipTime(4, 6, delay=1), ValueError, "delay: expected at least 2 steps, got 1"),
        (lambda: SkipTime(4, 6, delay=2, nonlinearity="gelu"), ValueError, "nonlinearity: expected"),
        (
            lambda: SkipTime(4, 6, delay=3)(torch.zeros(5, 3, 4), torch.zeros(1, 3, 6)),
            TypeError,
            "state: exp",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value).startswith(message)
