"""NARX in PyTorch: a network that remembers by its last K outputs, in a closed loop or taught by targets."""

import torch
from torch import nn
from torch.nn.functional import linear
from torch.nn.utils.rnn import PackedSequence

from companion.reference._validate import expect_shape
from companion.torch._sequences import Lengths, Sequences, time_major
from companion.torch._validate import expect_float


class NARX(nn.Module):
    """Compute ``h_t = tanh(W_ih u_t + b_ih + W_oh [y_{t-1}; ...; y_{t-K}])``, ``y_t = W_ho h_t + b_ho``.

    It is {eq}`eq-narx`. In a closed loop the y before are its own outputs, in teacher forcing the targets.
    The parameters are those of :mod:`companion.reference.narx`: ``weight_ih_l0`` (H, D), ``bias_ih_l0`` (H,),
    ``weight_oh_l0`` (H, K O), ``weight_ho_l0`` (O, H) and ``bias_ho_l0`` (O,).

    Parameters
    ----------
    input_size, hidden_size, output_size, delays
        D, H, O and K, each at least 1.
    batch_first
        True takes and gives (N, T, D) instead of (T, N, D). The past stays (K, N, O).
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H); None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> network = NARX(1, 6, 2, delays=4)
    >>> u = torch.zeros(5, 3, 1)
    >>> y, y_n = network(u)
    >>> y.shape, y_n.shape
    (torch.Size([5, 3, 2]), torch.Size([4, 3, 2]))
    >>> forced, _ = network(u, targets=torch.ones(5, 3, 2))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        delays: int,
        batch_first: bool = False,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        sizes = (input_size, hidden_size, output_size, delays)
        if min(sizes) < 1:
            raise ValueError(f"expected sizes of at least 1, got {sizes}")
        self.input_size, self.hidden_size, self.output_size, self.delays = sizes
        self.batch_first = batch_first

        def empty(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.weight_ih_l0 = empty(hidden_size, input_size)
        self.bias_ih_l0 = empty(hidden_size)
        self.weight_oh_l0 = empty(hidden_size, delays * output_size)
        self.weight_ho_l0 = empty(output_size, hidden_size)
        self.bias_ho_l0 = empty(output_size)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters uniformly from +-1/sqrt(H)."""
        bound = self.hidden_size**-0.5
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-bound, bound, generator=generator)

    def forward(
        self,
        u: Sequences,
        y_0: torch.Tensor | None = None,
        targets: Sequences | None = None,
        lengths: Lengths | None = None,
    ) -> tuple[Sequences, torch.Tensor]:
        """Run over whole sequences.

        Parameters
        ----------
        u
            (T, N, D), or (N, T, D) with ``batch_first``; (T, D) for one sequence alone; or packed.
        y_0
            What came before the first step, the newest first, (K, N, O), for one sequence alone (K, O); None
            is zero.
        targets
            In the form of u, O numbers a step: every step is told the targets before, and all steps are
            computed at once. None closes the loop: every step is told the outputs before.
        lengths
            How many steps of each sequence count, N integers from 0 to T; None counts all.

        Returns
        -------
        y : Tensor or PackedSequence
            The outputs, in the form of u; zero beyond each sequence's end.
        y_n : Tensor
            Each sequence's last K outputs at its own end, in the form of y_0.

        Raises
        ------
        TypeError
            If an array is not floating-point, or the lengths are not integers.
        ValueError
            If a shape or a length does not fit.
        """
        alone = not isinstance(u, PackedSequence) and u.dim() == 2
        u, live, restore = time_major(u, lengths, self.input_size, self.batch_first, "u")
        y_0 = self._initial(y_0, u, alone)  # (K, N, O)
        a = linear(u, self.weight_ih_l0, self.bias_ih_l0)  # (T, N, H)
        if targets is None:
            outputs = list(reversed(y_0))  # y_{1-K}, ..., y_0; further outputs are put behind
            for t, a_t in enumerate(a):
                new = self._output(a_t, torch.cat(outputs[: -self.delays - 1 : -1], dim=1))  # (N, O)
                outputs.append(new if live is None else torch.where(live[t], new, 0))
            y = torch.stack(outputs)  # (K + T, N, O)
        else:
            targets, _, _ = time_major(targets, lengths, self.output_size, self.batch_first, "targets")
            expect_shape("targets", targets.shape, (*u.shape[:2], self.output_size))
            known = torch.cat([y_0.flip(0), targets])  # (K + T, N, O)
            told = [known[self.delays - 1 - k : len(known) - 1 - k] for k in range(self.delays)]
            new = self._output(a, torch.cat(told, dim=2))  # (T, N, O), all steps at once
            y = torch.cat([y_0.flip(0), new if live is None else torch.where(live, new, 0)])  # (K + T, N, O)
        y_n = self._last(y, live)  # (K, N, O)
        return restore(y[self.delays :]), y_n.squeeze(1) if alone else y_n

    def step(self, u_t: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
        """Take one step: from (N, D) and the K outputs before, (K, N, O), to the next output, (N, O)."""
        expect_float("u_t", u_t)
        expect_shape("u_t", u_t.shape, ("N", self.input_size))
        expect_float("last", last)
        expect_shape("last", last.shape, (self.delays, len(u_t), self.output_size))
        return self._output(linear(u_t, self.weight_ih_l0, self.bias_ih_l0), torch.cat(list(last), dim=1))

    def _output(self, a: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """Go from what the input says, (..., H), and what is told, (..., K O), to the output, (..., O)."""
        h = torch.tanh(a + linear(told, self.weight_oh_l0))  # (..., H)  {eq}`eq-narx`
        return linear(h, self.weight_ho_l0, self.bias_ho_l0)  # (..., O)  {eq}`eq-narx`

    def _last(self, y: torch.Tensor, live: torch.Tensor | None) -> torch.Tensor:
        """Take each sequence's last K outputs, the newest first, from (K + T, N, O)."""
        if live is None:
            return y[len(y) - self.delays :].flip(0)
        lengths = live.sum(dim=0).squeeze(-1)  # (N,)
        sequences = torch.arange(len(lengths), device=y.device)  # (N,)
        newest_first = torch.arange(self.delays - 1, -1, -1, device=y.device).unsqueeze(1)  # (K, 1)
        return y[lengths + newest_first, sequences]  # (K, N, O)

    def _initial(self, y_0: torch.Tensor | None, u: torch.Tensor, alone: bool) -> torch.Tensor:
        """Return what came before the first step, (K, N, O)."""
        if y_0 is None:
            return u.new_zeros(self.delays, u.shape[1], self.output_size)
        expect_float("y_0", y_0)
        batch = () if alone else (u.shape[1],)
        expect_shape("y_0", y_0.shape, (self.delays, *batch, self.output_size))
        return y_0.unsqueeze(1) if alone else y_0

    def extra_repr(self) -> str:
        """Say the sizes."""
        batch_first = ", batch_first=True" if self.batch_first else ""
        return f"{self.input_size}, {self.hidden_size}, {self.output_size}, delays={self.delays}{batch_first}"
