"""A recurrent layer with a second connection, from the state d steps before, in PyTorch."""

import torch
from torch.nn.functional import linear

from companion.torch._weights import State, Weights
from companion.torch.rnn import NONLINEARITIES
from companion.torch.stack import Stack

SKIP = "weight_skip"


class SkipTime(Stack):
    """Compute ``h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh + W_skip h_{t-d})`` in L layers.

    It is {eq}`eq-skip-time`. Interface and parameters are those of ``torch.nn.RNN``, with ``weight_skip_l0``
    (H, H) and so on beside them. A state is a tuple of the last d states, the newest first, (L, N, H) each.

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
    delay
        d, at least 2.
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H); None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, the delay below 2, the dropout outside [0, 1), or there is no such
        non-linearity.

    Examples
    --------
    >>> layer = SkipTime(10, 20, num_layers=2, delay=4)
    >>> y, (h_n, before, _, _) = layer(torch.zeros(5, 3, 10))
    >>> y.shape, h_n.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

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
        delay: int,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f'nonlinearity: expected "tanh" or "relu", got {nonlinearity!r}')
        if delay < 2:
            raise ValueError(f"delay: expected at least 2 steps, got {delay}")
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
            extra={SKIP: (hidden_size, hidden_size)},
        )
        self.nonlinearity, self.states = nonlinearity, delay

    def run_layer(
        self, x: torch.Tensor, state: State, live: torch.Tensor | None, weights: Weights
    ) -> tuple[torch.Tensor, State]:
        """Run one layer over (T, N, D) from the last d states, and return all states and the last d."""
        f = NONLINEARITIES[self.nonlinearity]
        # What needs no state is computed for all steps at once, in one product.
        a = linear(x, weights.weight_ih, weights.bias)  # (T, N, H)
        states = list(reversed(state))  # h_{1-d}, ..., h_0; further states are put behind
        for t, a_t in enumerate(a):
            a_t = torch.addmm(a_t, states[-1], weights.weight_hh.T)  # (N, H)
            a_t = torch.addmm(a_t, states[t], weights.extra[SKIP].T)  # (N, H)
            new = f(a_t)  # (N, H)  {eq}`eq-skip-time`
            states.append(new if live is None else torch.where(live[t], new, 0))
        h = torch.stack(states)  # (T + d, N, H)
        if live is None:
            return h[self.states :], tuple(states[: -self.states - 1 : -1])
        lengths = live.sum(dim=0).squeeze(-1)  # (N,)
        sequences = torch.arange(len(lengths), device=h.device)  # (N,)
        last = tuple(h[lengths + place, sequences] for place in reversed(range(self.states)))  # (N, H) each
        return h[self.states :], last

    def run_step(self, x_t: torch.Tensor, state: State, weights: Weights) -> State:
        """Take one step of one layer: (N, D) and the last d states to the last d states now."""
        a = linear(x_t, weights.weight_ih, weights.bias_ih)  # (N, H)
        a = a + linear(state[0], weights.weight_hh, weights.bias_hh)  # (N, H)
        a = a + linear(state[-1], weights.extra[SKIP])  # (N, H)
        new = NONLINEARITIES[self.nonlinearity](a)  # (N, H)  {eq}`eq-skip-time`
        return new, *state[:-1]

    def extra_repr(self) -> str:
        """Say the sizes, the delay, and what differs from the usual."""
        relu = ", nonlinearity=relu" if self.nonlinearity == "relu" else ""
        return super().extra_repr() + f", delay={self.states}" + relu
