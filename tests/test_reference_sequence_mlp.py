"""The network of fixed length against torch.nn on concatenated one-hot vectors; and mutants."""

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, caught, sizes, tensor
from torch import nn

from companion.reference import sequence_mlp
from companion.reference.gradcheck import numerical_gradient
from companion.text import one_hot

SEEDS = range(4)


def drawn(seed):
    rng = np.random.default_rng(seed)
    T, V, H, K, N = sizes(rng, 5)
    params = sequence_mlp.init(T, V, H, K, rng)
    return params, rng.integers(0, V, (N, T)), V, rng.standard_normal((N, K))


def concatenated(ids, V):
    """Write one-hot vectors end to end: (N, T) -> (N, T V)."""
    return np.array([one_hot(row, V).reshape(-1) for row in ids], dtype=float)


def parity(forward, backward, seed):
    """Measure the error of the logits, and the largest of the gradients, against torch.nn."""
    params, ids, V, dlogits = drawn(seed)
    logits, cache = forward(params, ids, V)
    nothing, dparams = backward(cache, dlogits)
    (H, TV), K = params["0.weight"].shape, len(params["2.bias"])
    model = nn.Sequential(nn.Linear(TV, H), nn.Tanh(), nn.Linear(H, K)).double()
    model.load_state_dict({name: tensor(value) for name, value in params.items()})
    theirs = model(tensor(concatenated(ids, V)))
    theirs.backward(tensor(dlogits))
    assert nothing is None
    assert dparams.keys() == params.keys()
    gradients = dict(model.named_parameters())
    return apart(logits, theirs), max(apart(dparams[name], gradients[name].grad) for name in params)


@pytest.mark.equation("eq-sequence-mlp")
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, measure):
    logits, gradients = parity(sequence_mlp.forward, sequence_mlp.backward, seed)
    measure("eq-sequence-mlp", logits, PARITY)
    assert gradients <= PARITY


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(seed):
    params, ids, V, dlogits = drawn(seed)
    _, dparams = sequence_mlp.backward(sequence_mlp.forward(params, ids, V)[1], dlogits)
    for name, value in params.items():

        def loss(moved, name=name):
            return float((sequence_mlp.forward(params | {name: moved}, ids, V)[0] * dlogits).sum())

        assert apart(dparams[name], numerical_gradient(loss, value)) <= GRADCHECK


def forward_shared(params, ids, V):
    """Let every step read the columns of the first one."""
    return sequence_mlp.forward(params, np.repeat(ids[:, :1], ids.shape[1], axis=1), V)


def forward_reversed(params, ids, V):
    return sequence_mlp.forward(params, ids[:, ::-1], V)


def forward_token_major(params, ids, V):
    """Take the columns as if all steps of one token stood together."""
    T = ids.shape[1]
    turned = params["0.weight"].reshape(-1, V, T).transpose(0, 2, 1).reshape(-1, T * V)
    return sequence_mlp.forward(params | {"0.weight": turned}, ids, V)


def backward_overwriting(cache, dlogits):
    dhidden = dlogits @ cache.readout[1]
    da = dhidden * (1 - cache.hidden**2)
    rows = np.zeros_like(cache.weight.T)
    rows[cache.columns] += da[:, None]  # of several additions to one row NumPy keeps one
    right = sequence_mlp.backward(cache, dlogits)[1]
    return None, right | {"0.weight": rows.T}


def backward_without_slope(cache, dlogits):
    right = sequence_mlp.backward(cache, dlogits)[1]
    return None, right | {"0.bias": (dlogits @ cache.readout[1]).sum(axis=0)}


@pytest.mark.parametrize("forward", [forward_shared, forward_reversed, forward_token_major])
def test_mistakes_of_the_forward_pass_are_caught(forward):
    assert any(caught(lambda s=seed: parity(forward, sequence_mlp.backward, s)[0]) for seed in SEEDS)


@pytest.mark.parametrize("backward", [backward_overwriting, backward_without_slope])
def test_mistakes_of_the_backward_pass_are_caught(backward):
    assert any(caught(lambda s=seed: parity(sequence_mlp.forward, backward, s)[1]) for seed in SEEDS)


def test_what_stands_at_one_step_teaches_nothing_about_another():
    params, ids, V, dlogits = drawn(1)
    ids[:, 1] = 0
    ids[:, 0] = 1
    _, dparams = sequence_mlp.backward(sequence_mlp.forward(params, ids, V)[1], dlogits)
    gradient = dparams["0.weight"].reshape(len(params["0.weight"]), -1, V)  # (H, T, V)
    assert gradient[:, 0, 1].any()
    assert not gradient[:, 1, 1].any()


def test_precision_is_kept():
    params, ids, V, dlogits = drawn(0)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    logits, cache = sequence_mlp.forward(single, ids, V)
    _, dparams = sequence_mlp.backward(cache, dlogits.astype(np.float32))
    assert {a.dtype for a in (logits, *dparams.values())} == {np.dtype(np.float32)}
    assert apart(logits, sequence_mlp.forward(params, ids, V)[0]) <= FLOAT32


def test_the_same_generator_draws_what_torch_layers_hold():
    params = sequence_mlp.init(3, 4, 5, 2, np.random.default_rng(0))
    assert {name: value.shape for name, value in params.items()} == {
        name: tuple(value.shape)
        for name, value in nn.Sequential(nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 2)).state_dict().items()
    }
    assert np.abs(params["0.weight"]).max() <= 1 / np.sqrt(12)
    assert torch.tensor(params["2.weight"]).abs().max() <= 1 / np.sqrt(5)


def test_bad_input_is_refused():
    params, ids, V, dlogits = drawn(2)
    N, T = ids.shape
    forward = sequence_mlp.forward
    with pytest.raises(ValueError, match=rf"ids: expected \(N, {T}\), got \({N}, {T + 1}\)"):
        forward(params, np.zeros((N, T + 1), dtype=int), V)
    with pytest.raises(ValueError, match=f"ids: expected 0..{V - 1}, got {V} at"):
        forward(params, np.full((N, T), V), V)
    with pytest.raises(TypeError, match="ids: expected integers, got float64"):
        forward(params, ids * 1.0, V)
    with pytest.raises(ValueError, match=f"num_tokens: expected a divisor of {T * V}, got 0"):
        forward(params, ids, 0)
    with pytest.raises(ValueError, match=f"num_tokens: expected a divisor of {T * V}, got {T * V - 1}"):
        forward(params, ids, T * V - 1)
    with pytest.raises(ValueError, match="params: expected the keys"):
        forward({"0.weight": params["0.weight"]}, ids, V)
    with pytest.raises(ValueError, match="expected at least one step and one token, got 0 and 4"):
        sequence_mlp.init(0, 4, 5, 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="dy: expected"):
        sequence_mlp.backward(forward(params, ids, V)[1], dlogits[:, :-1])
