"""The simplified gated recurrent unit in PyTorch: one gate that says how much of the state stays."""

import torch
from torch.nn.functional import linear

from companion.torch._gru import at_the_ends, simple, unrolled
from companion.torch._products import linear_at_once
from companion.torch._simple_gru import Simple
from companion.torch._weights import Weights
from companion.torch.stack import Stack


class SimpleGRU(Stack):
    """Compute ``h_t = (1 - z_t) n_t + z_t h_{t-1}`` without a reset gate, in L layers ({eq}`eq-simple-gru`).

    ``z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)``, ``n = tanh(W_in x + b_in + W_hn h + b_hn)``. The interface
    is that of ``torch.nn.GRU``; the parameters carry its names, with 2H rows, those of z above those of n.

    Parameters
    ----------
    input_size, hidden_size, num_layers
        D, H and L, each at least 1.
    bias
        False leaves the biases out.
    batch_first
        True takes and gives (N, T, D) instead of (T, N, D). States stay (L, N, H).
    dropout
        In training, the probability that a number is struck out between two layers, in [0, 1).
    bidirectional
        True adds to every layer one that reads from each sequence's own end to its beginning.
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H); None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, or the dropout rate outside [0, 1).

    Examples
    --------
    >>> layer = SimpleGRU(10, 20)
    >>> y, h_n = layer(torch.zeros(5, 3, 10))
    >>> y.shape, h_n.shape, layer.weight_hh_l0.shape
    (torch.Size([5, 3, 20]), torch.Size([1, 3, 20]), torch.Size([40, 20]))
    """

    gates = 2
    masks_state = True

    def run_layer(
        self, x: torch.Tensor, state: torch.Tensor, live: torch.Tensor | None, weights: Weights
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run one layer over (T, N, D) from the state (N, H), and return all states and the last one."""
        # What needs no state is computed for all steps at once, in one product.
        a = linear_at_once(x, weights.weight_ih, weights.bias)  # (T, N, 2H)  {eq}`eq-simple-gru`
        if weights.state_mask is not None or torch.is_autocast_enabled(x.device.type):
            y = unrolled(simple, a, state, weights.weight_hh, weights.state_mask)  # (T, N, H)
        else:
            y, _ = Simple.apply(a, state, weights.weight_hh)
        return at_the_ends(y, state, live)

    def run_step(self, x_t: torch.Tensor, state: torch.Tensor, weights: Weights) -> torch.Tensor:
        """Take one step of one layer: (N, D) and (N, H) to (N, H)."""
        return simple(linear(x_t, weights.weight_ih, weights.bias), state, weights.weight_hh)
