"""The dense layer as a read-out of a recurrent network: one layer for all steps."""

import numpy as np
import pytest
import torch

from companion.reference import dense, rnn

T, N, D, H, V = 5, 3, 4, 6, 7


@pytest.fixture
def network(rng):
    return (
        rnn.init(D, H, rng),
        dense.init(H, V, rng),
        rng.standard_normal((T, N, D)),
        rng.standard_normal((N, H)),
    )


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def torch_outputs(network):
    """Run the same network in PyTorch; return its outputs, (T, N, V), and its linear layer."""
    params, readout, x, h_0 = network
    layer = torch.nn.RNN(D, H, dtype=torch.float64)
    layer.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    linear = torch.nn.Linear(H, V, dtype=torch.float64)
    linear.load_state_dict({name: torch.tensor(value) for name, value in readout.items()})
    return linear(layer(torch.tensor(x), torch.tensor(h_0)[None])[0]), linear


@pytest.mark.equation("eq-rnn-output")
def test_outputs_of_all_steps_are_those_of_torch(network, measure):
    params, readout, x, h_0 = network
    y, _, _ = rnn.forward(params, x, h_0)
    o, _ = dense.forward(readout, y)
    expected = torch_outputs(network)[0].detach().numpy()
    measure("eq-rnn-output", np.abs(o - expected).max(), 1e-12)


@pytest.mark.equation("eq-bptt-readout")
def test_readout_gradients_are_sums_over_steps_and_those_of_autograd(network, rng, measure):
    params, readout, x, h_0 = network
    y, _, _ = rnn.forward(params, x, h_0)
    do = rng.standard_normal((T, N, V))
    _, cache = dense.forward(readout, y)
    _, grads = dense.backward(cache, do)
    outputs, linear = torch_outputs(network)
    outputs.backward(torch.tensor(do))
    by_step = sum(do[t].T @ y[t] for t in range(T))
    error = max(
        np.abs(grads["weight"] - linear.weight.grad.numpy()).max(),
        np.abs(grads["weight"] - by_step).max(),
        np.abs(grads["bias"] - linear.bias.grad.numpy()).max(),
    )
    measure("eq-bptt-readout", error, 1e-12)


def test_the_last_step_alone_is_not_the_gradient(network, rng):
    params, readout, x, h_0 = network
    y, _, _ = rnn.forward(params, x, h_0)
    do = rng.standard_normal((T, N, V))
    _, grads = dense.backward(dense.forward(readout, y)[1], do)
    assert np.abs(grads["weight"] - do[-1].T @ y[-1]).max() > 0.1
