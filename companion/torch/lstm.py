"""The LSTM layer in PyTorch: ``torch.nn.LSTM`` written out, with optional peepholes and forget bias."""

import warnings
from collections.abc import Sequence
from contextlib import nullcontext

import torch
from torch.nn.functional import linear

from companion.torch._products import linear_at_once
from companion.torch._weights import Weights
from companion.torch.stack import Stack

State = tuple[torch.Tensor, torch.Tensor]  # h and c, (N, H) each
PEEPHOLES = ("weight_ci", "weight_cf", "weight_co")


class LSTM(Stack):
    """Compute an LSTM ({eq}`eq-lstm-gates`, {eq}`eq-lstm-cell`, {eq}`eq-lstm-hidden`) in L layers.

    Interface, parameters and results are those of ``torch.nn.LSTM``; beside packed sequences it takes
    lengths.

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
    peepholes
        True adds ``weight_ci_l0``, ``weight_cf_l0`` and ``weight_co_l0``, (H,) each: i and f also see the
        cell state before the step, o the one after it ({eq}`eq-lstm-peephole`).
    forget_bias
        What the forget gates' biases are set to after the drawing: ``bias_ih`` holds it and ``bias_hh`` is
        zero there. None leaves what was drawn.
    fused
        Where neither peepholes, lengths nor a mask are asked for, PyTorch has the whole layer as one kernel,
        on the CPU and on the GPU. True takes it; False always writes every step out, which is slower and
        gives the same, and can be differentiated twice on every device.
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H) as in ``torch.nn.LSTM``; None takes
        PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, the dropout is outside [0, 1), or a forget bias is given without biases.

    Examples
    --------
    >>> layer = LSTM(10, 20, num_layers=2)
    >>> y, (h_n, c_n) = layer(torch.zeros(5, 3, 10))
    >>> y.shape, h_n.shape, c_n.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]), torch.Size([2, 3, 20]))
    """

    gates = 4
    states = 2
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
        peepholes: bool = False,
        forget_bias: float | None = None,
        fused: bool = True,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if forget_bias is not None and not bias:
            raise ValueError(f"forget_bias: expected None without biases, got {forget_bias}")
        self.peepholes, self.forget_bias, self.fused = peepholes, forget_bias, fused
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
            extra=dict.fromkeys(PEEPHOLES, (hidden_size,)) if peepholes else None,
        )

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters uniformly from +-1/sqrt(H), then set the forget gates' biases if asked to."""
        super().reset_parameters(generator)
        if self.forget_bias is None:
            return
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.startswith("bias"):
                    value = self.forget_bias if name.startswith("bias_ih") else 0.0
                    parameter[self.hidden_size : 2 * self.hidden_size] = value

    def run_stack(
        self, x: torch.Tensor, states: list[torch.Tensor], weights: Sequence[Weights]
    ) -> tuple[torch.Tensor, list[torch.Tensor]] | None:
        """Run all layers and directions as one kernel, unless peepholes or ``fused`` forbid it."""
        if not self.fused or self.peepholes or not x.numel():
            return None
        y, *last = _fused(x, states, weights, self.bidirectional, self.training)
        return y, last

    def run_layer(
        self, x: torch.Tensor, state: State, live: torch.Tensor | None, weights: Weights
    ) -> tuple[torch.Tensor, State]:
        """Run one layer over (T, N, D) from the state (N, H) twice, and return all h and the last state."""
        if self.fused and not weights.extra and live is None and weights.state_mask is None and len(x):
            before = [part.unsqueeze(0) for part in state]  # (1, N, H) each
            y, h, c = _fused(x, before, [weights], False, self.training)
            return y, (h.squeeze(0), c.squeeze(0))
        h, c = state
        # What needs no state is computed for all steps at once, in one product.
        a = linear_at_once(x, weights.weight_ih, weights.bias)  # (T, N, 4H)  {eq}`eq-lstm-gates`
        W_hh_T, shown = weights.weight_hh.T, []
        for t, a_t in enumerate(a):
            seen = h if weights.state_mask is None else h * weights.state_mask  # (N, H)
            new_h, new_c = _cell(torch.addmm(a_t, seen, W_hh_T), c, weights)
            h = new_h if live is None else torch.where(live[t], new_h, h)  # the state stays at its
            c = new_c if live is None else torch.where(live[t], new_c, c)  # sequence's end
            shown.append(h)
        y = torch.stack(shown) if shown else a[..., : self.hidden_size]  # (T, N, H)
        return (y if live is None else torch.where(live, y, 0)), (h, c)

    def run_step(self, x_t: torch.Tensor, state: State, weights: Weights) -> State:
        """Take one step of one layer: (N, D) and a state to the next state."""
        h, c = state
        a = linear(x_t, weights.weight_ih, weights.bias) + linear(h, weights.weight_hh)  # {eq}`eq-lstm-gates`
        return _cell(a, c, weights)

    def extra_repr(self) -> str:
        """Say the sizes, and what differs from the usual."""
        peepholes = ", peepholes=True" if self.peepholes else ""
        forget_bias = "" if self.forget_bias is None else f", forget_bias={self.forget_bias}"
        fused = "" if self.fused else ", fused=False"
        return super().extra_repr() + peepholes + forget_bias + fused


def _cell(a: torch.Tensor, c: torch.Tensor, weights: Weights) -> State:
    """Make of what the gates are computed of, (N, 4H), and the cell before, (N, H), the new state."""
    i, f, g, o = a.chunk(4, dim=1)  # (N, H) each
    if weights.extra:
        p_i, p_f, p_o = (weights.extra[name] for name in PEEPHOLES)  # (H,) each
        i, f = i + p_i * c, f + p_f * c  # {eq}`eq-lstm-peephole`
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()  # (N, H)  {eq}`eq-lstm-gates`  {eq}`eq-lstm-cell`
    if weights.extra:
        o = o + p_o * c  # {eq}`eq-lstm-peephole`
    return o.sigmoid() * c.tanh(), c  # (N, H)  {eq}`eq-lstm-hidden`


def _fused(
    x: torch.Tensor, state: list[torch.Tensor], layers: Sequence[Weights], both_ways: bool, training: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Let PyTorch's own kernel run layers over (T, N, D) from the states h and c, (L, N, H) each."""
    flat = [tensor for weights in layers for tensor in weights[:4] if tensor is not None]
    depth, biases = len(layers) // (2 if both_ways else 1), layers[0].bias_ih is not None
    with warnings.catch_warnings() if x.is_cuda else nullcontext():
        if x.is_cuda:  # cuDNN copies the weights together at every call, and would say so
            warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous chunk")
        y, h, c = torch.lstm(x, state, flat, biases, depth, 0.0, training, both_ways, False)
    return y, h, c
