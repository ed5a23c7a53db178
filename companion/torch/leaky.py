"""Leaky units in PyTorch: the derived backward pass of the reference, as one node of autograd's graph."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import linear

from companion.reference._validate import expect_shape
from companion.torch import _rnn
from companion.torch._products import adding, linear_at_once, product
from companion.torch.stack import Stack, Weights

RAW_TAU = "raw_tau"
NONLINEARITIES = {**_rnn.NONLINEARITIES, "identity": torch.positive}
IN_PLACE = {**_rnn.IN_PLACE, "identity": lambda g: g}
SLOPES = {**_rnn.SLOPES, "identity": torch.ones_like}


class Leaky(Stack):
    """Compute ``h_t = (1 - 1/tau) h_{t-1} + (1/tau) g_t`` in L layers ({eq}`eq-leaky`).

    There ``g_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)``: with tau = 1 this is the plain layer.
    Interface and parameters are those of ``torch.nn.RNN``; learned time constants are ``raw_tau_l0`` (H,) and
    so on, from which ``tau = 1 + exp(raw)``.

    Parameters
    ----------
    input_size, hidden_size, num_layers
        D, H and L, each at least 1.
    nonlinearity
        ``"tanh"``, ``"relu"`` or ``"identity"``.
    bias
        False leaves the biases out.
    batch_first
        True takes and gives (N, T, D) instead of (T, N, D). States stay (L, N, H).
    dropout
        In training, the probability that a number is struck out between two layers, in [0, 1).
    bidirectional
        True adds to every layer one that reads from each sequence's own end to its beginning.
    tau
        The time constants in steps, at least 1: a number, or H numbers, in all layers the same.
    learn_tau
        True makes them parameters that start there, above 1.
    generator
        What the weights and biases are drawn from, uniformly within +-1/sqrt(H); None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size or a tau is below 1, the dropout outside [0, 1), or there is no such non-linearity.

    Examples
    --------
    >>> layer = Leaky(10, 20, num_layers=2, tau=8)
    >>> y, h_n = layer(torch.zeros(5, 3, 10))
    >>> y.shape, h_n.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    _rate: torch.Tensor | None  # (H,): 1/tau; None if learned

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
        tau: float | Sequence[float] | torch.Tensor = 2.0,
        learn_tau: bool = False,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f'nonlinearity: expected "tanh", "relu" or "identity", got {nonlinearity!r}')
        self._start = _checked_tau(tau, hidden_size, learn_tau)  # what reset_parameters goes back to
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
            extra={RAW_TAU: (hidden_size,)} if learn_tau else None,
        )
        self.nonlinearity, self.learn_tau = nonlinearity, learn_tau
        rate = None if learn_tau else (1 / self._start).to(self.layer_weights(0).weight_hh)
        self.register_buffer("_rate", rate, persistent=False)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw weights and biases uniformly from +-1/sqrt(H); set learned time constants to their start."""
        bound = self.hidden_size**-0.5
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.startswith(RAW_TAU):
                    parameter.copy_(torch.log(self._start - 1))
                else:
                    parameter.uniform_(-bound, bound, generator=generator)

    def run_layer(
        self, x: torch.Tensor, state: torch.Tensor, live: torch.Tensor | None, weights: Weights
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run one layer over (T, N, D) from the state (N, H), and return all states and the last one."""
        if not len(x):
            return x.new_zeros(0, *state.shape), state
        # What needs no state is computed for all steps at once, in one product.
        a = linear_at_once(x, weights.weight_ih, weights.bias)  # (T, N, H)
        rate = self._rates(weights).expand(len(x), 1, -1)  # (T, 1, H)
        if live is not None:
            rate = torch.where(live, rate, 0)  # (T, N, H): with none of it replaced, the state stays as it is
        y = _Leak.apply(a, state, weights.weight_hh, rate, self.nonlinearity)  # (T, N, H)
        return (y if live is None else torch.where(live, y, 0)), y[-1]

    def run_step(self, x_t: torch.Tensor, state: torch.Tensor, weights: Weights) -> torch.Tensor:
        """Take one step of one layer: (N, D) and (N, H) to (N, H)."""
        a = linear(x_t, weights.weight_ih, weights.bias_ih)  # (N, H)
        a = a + linear(state, weights.weight_hh, weights.bias_hh)  # (N, H)
        g = NONLINEARITIES[self.nonlinearity](a)  # (N, H)
        return torch.lerp(state, g, self._rates(weights))  # (N, H)  {eq}`eq-leaky`

    def _rates(self, weights: Weights) -> torch.Tensor:
        """Return 1/tau, (H,)."""
        return torch.sigmoid(-weights.extra[RAW_TAU]) if self._rate is None else self._rate

    def extra_repr(self) -> str:
        """Say the sizes, the time constants, and what differs from the usual."""
        taus = [round(value, 4) for value in self._start.unique().tolist()]
        tau = f"{taus[0]:g}" if len(taus) == 1 else f"{taus[0]:g} to {taus[-1]:g}"
        usual = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}"
        return super().extra_repr() + f", tau={tau}" + (", learn_tau=True" if self.learn_tau else "") + usual


class _Leak(torch.autograd.Function):
    """All steps at once, forward and backward: a graph of small operations would take longer than they do."""

    @staticmethod
    def forward(
        ctx: Any, a: torch.Tensor, h_0: torch.Tensor, weight_hh: torch.Tensor, rate: torch.Tensor, name: str
    ) -> torch.Tensor:
        """Go from what the inputs say, (T, N, H), to the states, (T, N, H)."""
        f, add = IN_PLACE[name], adding(weight_hh, h_0.shape[0])
        h, g = a.new_empty(len(a) + 1, *h_0.shape), a.clone()  # (T + 1, N, H), (T, N, H)
        h[0] = h_0
        before, *later = h.unbind()
        for after, g_t, rate_t in zip(later, g.unbind(), _each(rate), strict=True):
            f(add(g_t, before))  # (N, H)
            before = torch.lerp(before, g_t, rate_t, out=after)  # (N, H)  {eq}`eq-leaky`
        ctx.save_for_backward(a, h_0, weight_hh, rate, h, g)
        ctx.name = name
        return h[1:]

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Go back step by step ({eq}`eq-leaky-grad`), as the reference does."""
        a, h_0, weight_hh, rate, h, g = ctx.saved_tensors
        if torch.is_grad_enabled():  # second derivatives are asked for
            return _by_autograd(ctx, (a, h_0, weight_hh, rate), dy)
        da = SLOPES[ctx.name](g).mul_(rate)  # (T, N, H): as yet the slopes
        dh = torch.cat([torch.zeros_like(h_0).unsqueeze(0), dy])  # (T + 1, N, H): as yet the immediate parts
        keep = (1 - rate[:1]).expand_as(rate) if rate.stride(0) == 0 else 1 - rate  # (T, 1 or N, H)
        *earlier, after = dh.unbind()
        add = adding(weight_hh.T, h_0.shape[0])
        steps = list(zip(da.unbind(), _each(keep), earlier, strict=True))
        for da_t, keep_t, before in reversed(steps):
            da_t.mul_(after)  # (N, H)  {eq}`eq-leaky-grad`
            after = add(before.addcmul_(keep_t, after), da_t)  # (N, H)  {eq}`eq-leaky-grad`
        dweight = drate = None
        if ctx.needs_input_grad[2]:
            dweight = product(da.flatten(0, 1).T, h[:-1].flatten(0, 1).T)  # (H, H)
        if ctx.needs_input_grad[3]:
            drate = (dh[1:] * (g - h[:-1])).sum_to_size(rate.shape)  # (T, 1 or N, H)
        return da, dh[0], dweight, drate, None


def _each(rate: torch.Tensor) -> Sequence[torch.Tensor]:
    """List the rates of the steps, (T, 1 or N, H); where they are one and the same, do not cut them up."""
    return [rate[0]] * len(rate) if rate.stride(0) == 0 else rate.unbind()


def _by_autograd(
    ctx: Any, inputs: tuple[torch.Tensor, ...], dy: torch.Tensor
) -> tuple[torch.Tensor | None, ...]:
    """Compute the same gradients by autograd, step by step, so that they can be differentiated again."""
    a, h, weight_hh, rate = inputs
    f, states = NONLINEARITIES[ctx.name], []
    for a_t, rate_t in zip(a, rate, strict=True):
        h = torch.lerp(h, f(torch.addmm(a_t, h, weight_hh.T)), rate_t)
        states.append(h)
    wanted = [i for i, needed in enumerate(ctx.needs_input_grad[:4]) if needed]
    found = torch.autograd.grad(torch.stack(states), [inputs[i] for i in wanted], dy, create_graph=True)
    gradients = dict(zip(wanted, found, strict=True))
    return *(gradients.get(i) for i in range(4)), None


def _checked_tau(
    tau: float | Sequence[float] | torch.Tensor, hidden_size: int, learned: bool
) -> torch.Tensor:
    """Return the time constants as (H,) in float64, or say what is wrong with them."""
    taus = torch.as_tensor(tau, dtype=torch.float64).detach().cpu()
    if taus.dim():
        expect_shape("tau", taus.shape, (hidden_size,))
    if not (taus >= 1).all():
        raise ValueError(f"tau: expected at least 1 step, got {tau}")
    if learned and not ((taus > 1) & taus.isfinite()).all():
        raise ValueError(f"tau: expected numbers above 1 to start from, got {tau}")
    return taus.expand(hidden_size)
