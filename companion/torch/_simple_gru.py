"""The loop over time of the unit with one gate, with the backward pass derived by hand."""

from typing import Any

import torch

from companion.torch._gru import Gradients, Loop, backwards, by_autograd, previous, simple
from companion.torch._products import adding, product


class Simple(Loop):
    """All steps of :func:`companion.torch._gru.simple`: from a (T, N, 2H), h_0 and W_hh to (T, N, H)."""

    @staticmethod
    def forward(
        a: torch.Tensor, h: torch.Tensor, weight_hh: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the states, and for the way back z and n beside each other."""
        T, N, H = len(a), *h.shape
        y, z_n = a.new_empty(T, N, H), a.clone()  # (T, N, H), (T, N, 2H)
        z, n = (part.unbind() for part in z_n.chunk(2, dim=-1))  # T views each
        add = adding(weight_hh, N)
        for y_t, z_n_t, z_t, n_t in zip(y.unbind(), z_n.unbind(), z, n, strict=True):
            add(z_n_t, h)  # (N, 2H)  {eq}`eq-simple-gru`
            z_t.sigmoid_()  # {eq}`eq-simple-gru`
            n_t.tanh_()  # {eq}`eq-simple-gru`
            h = torch.lerp(n_t, h, z_t, out=y_t)  # n + z (h - n): (N, H)  {eq}`eq-simple-gru`
        return y, z_n

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor, *nothing: Any) -> Gradients:
        """Go back step by step, as :func:`companion.reference.simple_gru.backward` does."""
        if dy is None:  # as where second derivatives do not depend on y
            return (None,) * len(ctx.needs_input_grad)
        a, h_0, weight_hh, y, z_n = ctx.saved_tensors
        if torch.is_grad_enabled():
            return by_autograd(simple, ctx, (a, h_0, weight_hh), dy)
        z, n = z_n.chunk(2, dim=-1)  # (T, N, H) each
        da = torch.empty_like(z_n)  # (T, N, 2H): as yet the slopes, of all steps at once
        da_z, da_n = da.chunk(2, dim=-1)
        new = 1 - z  # (T, N, H): how much of the candidate gets in
        torch.mul(y - n, new, out=da_z)  # z (h - n) (1 - z)  {eq}`eq-simple-gru-grad`
        torch.addcmul(new, new * n, n, value=-1, out=da_n)  # (1 - z) (1 - n^2)  {eq}`eq-simple-gru-grad`
        dh = backwards(da, z, dy, weight_hh)  # (T + 1, N, H)
        return da, dh[0], product(da.flatten(0, 1).T, previous(y, h_0).flatten(0, 1).T)
