"""The plain layer's loop over time: written out for autograd, and with the backward pass derived by hand.

Autograd keeps and visits some five nodes a step, and multiplies for the gradient of W_hh once a step. The
derived pass computes the slopes of all steps at once, and multiplies for that gradient once.
"""

from collections.abc import Callable
from typing import Any

import torch

from companion.torch._gru import Gradients, Loop, by_autograd, previous
from companion.torch._products import adding, product

Elementwise = Callable[[torch.Tensor], torch.Tensor]
NONLINEARITIES: dict[str, Elementwise] = {"tanh": torch.tanh, "relu": torch.relu}
IN_PLACE: dict[str, Elementwise] = {"tanh": torch.tanh_, "relu": torch.relu_}
SLOPES: dict[str, Elementwise] = {"tanh": lambda h: 1 - h * h, "relu": torch.sign}  # of the state itself


def plain(
    a_t: torch.Tensor,
    h: torch.Tensor,
    weight_hh: torch.Tensor,
    mask: torch.Tensor | None = None,
    nonlinearity: str = "tanh",
) -> torch.Tensor:
    """Take one step: from W_ih x and both biases, (N, H), to h."""
    seen = h if mask is None else h * mask  # (N, H)  {eq}`eq-variational-dropout`
    return NONLINEARITIES[nonlinearity](torch.addmm(a_t, seen, weight_hh.T))  # (N, H)  {eq}`eq-rnn`


class Plain(Loop):
    """All steps of :func:`plain`: from a (T, N, H), h_0 and W_hh to (T, N, H)."""

    @staticmethod
    def forward(
        a: torch.Tensor,
        h: torch.Tensor,
        weight_hh: torch.Tensor,
        mask: torch.Tensor | None,
        nonlinearity: str,
    ) -> torch.Tensor:
        """Return the states; the way back needs nothing else."""
        f, y = IN_PLACE[nonlinearity], a.clone()  # (T, N, H)
        add = adding(weight_hh, h.shape[0])
        for y_t in y.unbind():  # {eq}`eq-unfolded`
            seen = h if mask is None else h * mask  # (N, H)  {eq}`eq-variational-dropout`
            h = f(add(y_t, seen))  # (N, H)  {eq}`eq-rnn`
        return y

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what the way back needs."""
        ctx.save_for_backward(*inputs[:4], output)
        ctx.nonlinearity = inputs[4]

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor) -> Gradients:
        """Go back step by step, as :func:`companion.reference.rnn.backward` does."""
        a, h_0, weight_hh, mask, y = ctx.saved_tensors
        if torch.is_grad_enabled():
            return by_autograd(plain, ctx, (a, h_0, weight_hh, mask, ctx.nonlinearity), dy)
        da = SLOPES[ctx.nonlinearity](y)  # (T, N, H): as yet the slopes, of all steps at once
        dh = torch.cat([torch.zeros_like(h_0).unsqueeze(0), dy])  # (T + 1, N, H), as yet the immediate parts
        *earlier, later = dh.unbind()
        add = adding(weight_hh.T, h_0.shape[0])
        for da_t, dh_t in zip(reversed(da.unbind()), reversed(earlier), strict=True):
            da_t.mul_(later)  # (N, H)  {eq}`eq-bptt-preactivation`
            if mask is None:
                later = add(dh_t, da_t)  # (N, H)  {eq}`eq-bptt-state`
            else:
                later = dh_t.addcmul_(da_t @ weight_hh, mask)  # {eq}`eq-variational-dropout`
        h = previous(y, h_0)  # (T, N, H)
        seen = h if mask is None else h * mask
        return da, dh[0], product(da.flatten(0, 1).T, seen.flatten(0, 1).T), None, None
