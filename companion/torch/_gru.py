"""The gated units' loops over time: written out for autograd, and with the backward pass derived by hand.

Autograd keeps and visits some ten nodes a step, and multiplies for the gradient of W_hh once a step. The
derived pass computes what needs no later gradient for all steps at once, and multiplies once.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import linear

from companion.torch._products import adding, product

Gradients = tuple[torch.Tensor | None, ...]
Step = Callable[..., torch.Tensor]


def after(
    a_t: torch.Tensor,
    h: torch.Tensor,
    weight_hh: torch.Tensor,
    bias_hh: torch.Tensor | None,
    mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """Take one step of a GRU with the reset gate after the product: from W_ih x + b_ih, (N, 3H), to h."""
    seen = h if mask is None else h * mask  # (N, H)  {eq}`eq-variational-dropout`
    sizes = [2 * h.shape[-1], h.shape[-1]]
    x_gates, x_n = a_t.split(sizes, dim=-1)  # (N, 2H), (N, H)
    h_gates, m = linear(seen, weight_hh, bias_hh).split(sizes, dim=-1)  # (N, 2H), (N, H)
    r, z = torch.sigmoid(x_gates + h_gates).chunk(2, dim=-1)  # (N, H) each  {eq}`eq-gru-gates`
    n = torch.tanh(torch.addcmul(x_n, r, m))  # x_n + r m  {eq}`eq-gru-candidate`
    return n + z * (h - n)  # (N, H)  {eq}`eq-gru-state`


def before(
    a_t: torch.Tensor, h: torch.Tensor, weight_hh: torch.Tensor, mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Take one step of a GRU with the reset gate before the product: from W_ih x and all biases to h."""
    seen = h if mask is None else h * mask  # (N, H)  {eq}`eq-variational-dropout`
    H = h.shape[-1]
    x_r, x_z, x_n = a_t.chunk(3, dim=-1)  # (N, H) each
    h_r, h_z = linear(seen, weight_hh[: 2 * H]).chunk(2, dim=-1)  # (N, H) each
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)  # {eq}`eq-gru-gates`
    n = torch.tanh(x_n + linear(r * seen, weight_hh[2 * H :]))  # {eq}`eq-gru-candidate-before`
    return (1 - z) * n + z * h  # (N, H)  {eq}`eq-gru-state`


def simple(
    a_t: torch.Tensor, h: torch.Tensor, weight_hh: torch.Tensor, mask: torch.Tensor | None = None
) -> torch.Tensor:
    """Take one step of the unit with one gate: from W_ih x and both biases, (N, 2H), to h."""
    seen = h if mask is None else h * mask  # (N, H)  {eq}`eq-variational-dropout`
    a_z, a_n = (a_t + linear(seen, weight_hh)).chunk(2, dim=-1)  # (N, H) each
    z, n = torch.sigmoid(a_z), torch.tanh(a_n)  # {eq}`eq-simple-gru`
    return (1 - z) * n + z * h  # (N, H)  {eq}`eq-simple-gru`


def unrolled(step: Step, a: torch.Tensor, h: torch.Tensor, *arguments: Any) -> torch.Tensor:
    """Take all steps, and return all states, (T, N, H)."""
    states = []
    for a_t in a:
        h = step(a_t, h, *arguments)
        states.append(h)
    return torch.stack(states) if states else a.new_zeros(0, *h.shape)


def at_the_ends(
    y: torch.Tensor, h_0: torch.Tensor, live: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the states, zero beyond each sequence's end, and the last ones.

    What was computed beyond the ends is thrown away, and gets no gradient. It is finite: there x is zero, and
    no step takes a state further from zero than it was, or than 1.
    """
    if live is None:
        return y, y[-1] if len(y) else h_0
    lengths = live.sum(dim=0).squeeze(-1)  # (N,)
    states = torch.cat([h_0.unsqueeze(0), y])  # (T + 1, N, H)
    h_n = states[lengths, torch.arange(len(lengths), device=y.device)]  # (N, H)
    return torch.where(live, y, 0), h_n


def previous(y: torch.Tensor, h_0: torch.Tensor) -> torch.Tensor:
    """Return the states before each step, h_0, h_1, ..., h_{T-1}: (T, N, H)."""
    return torch.cat([h_0.unsqueeze(0), y])[: len(y)]


def by_autograd(step: Step, ctx: Any, inputs: Sequence[torch.Tensor], dy: torch.Tensor) -> Gradients:
    """Go back through the loop written out: for second derivatives, which autograd needs a graph for."""
    with torch.enable_grad():
        y = unrolled(step, *inputs)
        wanted = [x for x, needed in zip(inputs, ctx.needs_input_grad, strict=True) if needed]
        gradients = iter(torch.autograd.grad(y, wanted, dy, create_graph=True))
    return tuple(next(gradients) if needed else None for needed in ctx.needs_input_grad)


def backwards(da: torch.Tensor, z: torch.Tensor, dy: torch.Tensor, weight_hh: torch.Tensor) -> torch.Tensor:
    """Turn slopes into gradients, in place, from the last step to the first; return those of h_0 to h_T."""
    T, N, H = z.shape
    dh = torch.cat([dy.new_zeros(1, N, H), dy])  # (T + 1, N, H), as yet the immediate parts
    *earlier, later = dh.unbind()
    add = adding(weight_hh.T, N)
    *_, after = beside = dh.unsqueeze(2).unbind()  # T + 1 times (N, 1, H): the same, beside every gate
    views = (da.unflatten(2, (-1, H)).unbind(), da.unbind(), z.unbind(), earlier, beside)  # all cut at once
    for slopes, da_t, z_t, dh_t, before in reversed(list(zip(*views, strict=False))):
        slopes.mul_(after)  # (N, gates, H)  {eq}`eq-gru-grad-gates`
        later = add(dh_t.addcmul_(later, z_t), da_t)  # (N, H)  {eq}`eq-gru-grad-state`
        after = before
    return dh


class Loop(torch.autograd.Function):
    """A loop over all steps with its way back: the states come first, and what else it returns is kept."""

    def __init_subclass__(cls) -> None:
        """Note what ``forward`` takes: PyTorch would work it out anew at every call."""
        super().__init_subclass__()
        cls.forward.__signature__ = inspect.signature(cls.forward)  # type: ignore[attr-defined]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what the way back needs."""
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)  # zeros in their sizes would be made, and thrown away
        ctx.save_for_backward(*inputs, *output)


class After(Loop):
    """All steps of :func:`after`: from a (T, N, 3H), h_0, W_hh and b_hh to (T, N, H)."""

    @staticmethod
    def forward(
        a: torch.Tensor, h: torch.Tensor, weight_hh: torch.Tensor, bias_hh: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the states, and for the way back r, z and W_hn h + b_hn beside each other, and n."""
        T, N, H = len(a), *h.shape
        y, n, r_z_m = a.new_empty(T, N, H), a.new_empty(T, N, H), bias_hh.repeat(T, N, 1)  # (T, N, 3H)
        a_gates, a_n = a[..., : 2 * H].unbind(), a[..., 2 * H :].unbind()  # T views each
        steps = zip(y.unbind(), n.unbind(), r_z_m.unbind(), a_gates, a_n, strict=True)
        add = adding(weight_hh, N)
        for y_t, n_t, s_t, a_gates_t, a_n_t in steps:
            add(s_t, h)  # (N, 3H)
            gates = s_t[:, : 2 * H].add_(a_gates_t).sigmoid_()  # (N, 2H)  {eq}`eq-gru-gates`
            torch.addcmul(a_n_t, gates[:, :H], s_t[:, 2 * H :], out=n_t).tanh_()  # {eq}`eq-gru-candidate`
            h = torch.lerp(n_t, h, gates[:, H:], out=y_t)  # n + z (h - n): (N, H)  {eq}`eq-gru-state`
        return y, r_z_m, n

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor, *nothing: Any) -> Gradients:
        """Go back step by step, as :func:`companion.reference.gru.backward` does."""
        if dy is None:  # as where second derivatives do not depend on y
            return (None,) * len(ctx.needs_input_grad)
        a, h_0, weight_hh, bias_hh, y, r_z_m, n = ctx.saved_tensors
        if torch.is_grad_enabled():
            return by_autograd(after, ctx, (a, h_0, weight_hh, bias_hh), dy)
        T, N, H = y.shape
        h, (r, z, m) = previous(y, h_0), r_z_m.chunk(3, dim=-1)  # (T, N, H) each
        da = torch.empty_like(r_z_m)  # (T, N, 3H): as yet the slopes, of all steps at once
        da_r, da_z, da_m = da.chunk(3, dim=-1)
        da_n = (1 - z).mul_(1 - n * n)  # {eq}`eq-gru-grad-gates`
        torch.mul(h - n, z * (1 - z), out=da_z)  # {eq}`eq-gru-grad-gates`
        torch.mul(da_n, r, out=da_m)  # {eq}`eq-gru-grad-reset`
        torch.mul(da_m, m * (1 - r), out=da_r)  # {eq}`eq-gru-grad-reset`
        dh = backwards(da, z, dy, weight_hh)  # (T + 1, N, H)
        da_rows = da.flatten(0, 1)  # (T N, 3H)
        dweight_hh, dbias_hh = product(da_rows.T, h.flatten(0, 1).T), da_rows.sum(dim=0)
        torch.mul(da_n, dh[1:], out=da_m)  # on the side of the input no reset gate is in between
        return da, dh[0], dweight_hh, dbias_hh


class Before(Loop):
    """All steps of :func:`before`: from a (T, N, 3H), h_0 and W_hh to (T, N, H)."""

    @staticmethod
    def forward(
        a: torch.Tensor, h: torch.Tensor, weight_hh: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the states, and for the way back r and z beside each other, and n."""
        T, N, H = len(a), *h.shape
        y, r_z, n = a.new_empty(T, N, H), a[..., : 2 * H].clone(), a[..., 2 * H :].clone()
        add_gates, add_candidate = (adding(part, N) for part in weight_hh.split([2 * H, H]))
        for y_t, n_t, gates in zip(y.unbind(), n.unbind(), r_z.unbind(), strict=True):
            add_gates(gates, h).sigmoid_()  # (N, 2H)  {eq}`eq-gru-gates`
            reset = gates[:, :H] * h  # (N, H)
            add_candidate(n_t, reset).tanh_()  # {eq}`eq-gru-candidate-before`
            h = torch.lerp(n_t, h, gates[:, H:], out=y_t)  # n + z (h - n): (N, H)  {eq}`eq-gru-state`
        return y, r_z, n

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor, *nothing: Any) -> Gradients:
        """Go back step by step, as :func:`companion.reference.gru.backward` does."""
        if dy is None:  # as where second derivatives do not depend on y
            return (None,) * len(ctx.needs_input_grad)
        a, h_0, weight_hh, y, r_z, n = ctx.saved_tensors
        if torch.is_grad_enabled():
            return by_autograd(before, ctx, (a, h_0, weight_hh), dy)
        T, N, H = y.shape
        h, (r, z) = previous(y, h_0), r_z.chunk(2, dim=-1)  # (T, N, H) each
        da = torch.empty_like(a)  # (T, N, 3H): as yet the slopes, of all steps at once
        da_r, da_z, da_n = da.chunk(3, dim=-1)
        torch.mul(1 - z, 1 - n * n, out=da_n)  # {eq}`eq-gru-grad-gates`
        torch.mul(h - n, z * (1 - z), out=da_z)  # {eq}`eq-gru-grad-gates`
        torch.mul(h * r, 1 - r, out=da_r)  # {eq}`eq-gru-grad-reset`
        dh = torch.cat([dy.new_zeros(1, N, H), dy])  # (T + 1, N, H), as yet the immediate parts
        W_gates, W_hn = weight_hh.split([2 * H, H])
        add = adding(W_gates.T, N)
        for t in reversed(range(T)):
            da[t, :, H:].view(N, 2, H).mul_(dh[t + 1].unsqueeze(1))  # (N, 2, H)  {eq}`eq-gru-grad-gates`
            dreset = product(da_n[t], W_hn.T)  # (N, H), of r h
            da_r[t].mul_(dreset)  # {eq}`eq-gru-grad-reset`
            dh[t].addcmul_(dh[t + 1], z[t]).addcmul_(dreset, r[t])
            add(dh[t], da[t, :, : 2 * H])  # (N, H)  {eq}`eq-gru-grad-state`
        da_gates, da_candidate = da.flatten(0, 1).split([2 * H, H], dim=1)
        dgates = product(da_gates.T, h.flatten(0, 1).T)  # (2H, H)
        dcandidate = product(da_candidate.T, (r * h).flatten(0, 1).T)  # (H, H): W_hn was multiplied with r h
        return da, dh[0], torch.cat([dgates, dcandidate])
