"""The recurrent layer in PyTorch: ``torch.nn.RNN`` written out."""

import torch
from torch.nn.functional import linear

from companion.torch._gru import at_the_ends, unrolled
from companion.torch._products import linear_at_once
from companion.torch._rnn import NONLINEARITIES, Plain, plain
from companion.torch.stack import Stack, Weights


class RNN(Stack):
    """Compute ``h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)`` ({eq}`eq-rnn`), in L layers.

    Interface, parameters and results are those of ``torch.nn.RNN``; beside packed sequences it takes lengths.

    Parameters
    ----------
    input_size, hidden_size, num_layers
        D, H and L, each at least 1.
    nonlinearity
        ``"tanh"`` or ``"relu"``.
    bias
        False leaves the biases out.
    batch_first
        True takes and gives (N, T, D) instead of (T, N, D). States stay (L, N, H).
    dropout
        In training, the probability that a number is struck out between two layers, in [0, 1).
    bidirectional
        True adds to every layer one that reads from each sequence's own end to its beginning.
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H) as in ``torch.nn.RNN``; None takes
        PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, the dropout outside [0, 1), or there is no such non-linearity.

    Examples
    --------
    >>> layer = RNN(10, 20, num_layers=2)
    >>> y, h_n = layer(torch.zeros(5, 3, 10))
    >>> y.shape, h_n.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    masks_state = True

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f'nonlinearity: expected "tanh" or "relu", got {nonlinearity!r}')
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
        self.nonlinearity = nonlinearity

    def run_layer(
        self, x: torch.Tensor, state: torch.Tensor, live: torch.Tensor | None, weights: Weights
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run one layer over (T, N, D) from the state (N, H), and return all states and the last one."""
        # What needs no state is computed for all steps at once, in one product.
        a = linear_at_once(x, weights.weight_ih, weights.bias)  # (T, N, H)  {eq}`eq-rnn`
        if live is not None and self.nonlinearity == "relu":
            a = torch.where(
                live, a, -torch.inf
            )  # 0 beyond the end: there, states of a ReLU could grow for ever
        loop = (a, state, weights.weight_hh, weights.state_mask, self.nonlinearity)
        y = unrolled(plain, *loop) if torch.is_autocast_enabled(x.device.type) else Plain.apply(*loop)
        return at_the_ends(y, state, live)

    def run_step(self, x_t: torch.Tensor, state: torch.Tensor, weights: Weights) -> torch.Tensor:
        """Take one step of one layer: (N, D) and (N, H) to (N, H)."""
        a = linear(x_t, weights.weight_ih, weights.bias_ih)  # (N, H)
        a = a + linear(state, weights.weight_hh, weights.bias_hh)  # (N, H)
        return NONLINEARITIES[self.nonlinearity](a)  # (N, H)  {eq}`eq-rnn`

    def extra_repr(self) -> str:
        """Say the sizes, and what differs from the usual."""
        relu = ", nonlinearity=relu" if self.nonlinearity == "relu" else ""
        return super().extra_repr() + relu
