"""The gated recurrent unit in PyTorch: ``torch.nn.GRU``, or with the reset gate where Cho et al. put it."""

import torch
from torch.nn.functional import linear

from companion.torch._gru import After, Before, after, at_the_ends, before, unrolled
from companion.torch._products import linear_at_once
from companion.torch._weights import Weights
from companion.torch.stack import Stack


class GRU(Stack):
    """Compute ``h_t = (1 - z_t) n_t + z_t h_{t-1}`` ({eq}`eq-gru-state`), in L layers.

    With gates r and z ({eq}`eq-gru-gates`) and the candidate ``n = tanh(W_in x + b_in + r (W_hn h + b_hn))``
    ({eq}`eq-gru-candidate`) interface, parameters and results are those of ``torch.nn.GRU``. With
    ``reset_after=False`` the candidate is ``tanh(W_in x + b_in + W_hn (r h) + b_hn)``
    ({eq}`eq-gru-candidate-before`), as in Cho et al. (2014): the same parameters, another function.

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
    reset_after
        Whether the reset gate acts after the product with W_hn, or before it.
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H) as in ``torch.nn.GRU``; None takes
        PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, or the dropout rate outside [0, 1).

    Examples
    --------
    >>> layer = GRU(10, 20, num_layers=2)
    >>> y, h_n = layer(torch.zeros(5, 3, 10))
    >>> y.shape, h_n.shape, layer.weight_hh_l0.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]), torch.Size([60, 20]))
    """

    gates = 3
    masks_state = True

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        reset_after: bool = True,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            generator=generator,
            device=device,
            dtype=dtype,
        )
        self.reset_after = reset_after

    def run_layer(
        self, x: torch.Tensor, state: torch.Tensor, live: torch.Tensor | None, weights: Weights
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run one layer over (T, N, D) from the state (N, H), and return all states and the last one."""
        _, W_hh, b_ih, b_hh = weights[:4]
        written_out = weights.state_mask is not None or torch.is_autocast_enabled(x.device.type)
        # What needs no state is computed for all steps at once, in one product.
        if self.reset_after:
            a = linear_at_once(x, weights.weight_ih, b_ih)  # (T, N, 3H)  {eq}`eq-gru-gates`
            if written_out:
                y = unrolled(after, a, state, W_hh, b_hh, weights.state_mask)  # (T, N, H)
            else:
                y, *_ = After.apply(a, state, W_hh, W_hh.new_zeros(len(W_hh)) if b_hh is None else b_hh)
        else:
            a = linear_at_once(x, weights.weight_ih, weights.bias)  # (T, N, 3H)  {eq}`eq-gru-gates`
            if written_out:
                y = unrolled(before, a, state, W_hh, weights.state_mask)  # (T, N, H)
            else:
                y, *_ = Before.apply(a, state, W_hh)
        return at_the_ends(y, state, live)

    def run_step(self, x_t: torch.Tensor, state: torch.Tensor, weights: Weights) -> torch.Tensor:
        """Take one step of one layer: (N, D) and (N, H) to (N, H)."""
        if self.reset_after:
            a = linear(x_t, weights.weight_ih, weights.bias_ih)  # (N, 3H)
            return after(a, state, weights.weight_hh, weights.bias_hh)
        return before(linear(x_t, weights.weight_ih, weights.bias), state, weights.weight_hh)

    def extra_repr(self) -> str:
        """Say the sizes, and what differs from the usual."""
        return super().extra_repr() + ("" if self.reset_after else ", reset_after=False")
