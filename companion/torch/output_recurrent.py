"""The network that remembers by its output alone, in PyTorch: free-running, or taught by the targets."""

import torch
from torch import nn
from torch.nn.functional import linear
from torch.nn.utils.rnn import PackedSequence

from companion.reference._validate import expect_shape
from companion.torch._sequences import Lengths, Sequences, time_major
from companion.torch._validate import expect_float


class OutputRecurrent(nn.Module):
    """Compute ``h_t = tanh(W_ih x_t + b_ih + W_oh p_{t-1})``, ``o_t = W_ho h_t + b_ho``.

    p_{t-1} is the output before, o_{t-1}; or, in teacher forcing, the target before
    ({eq}`eq-output-recurrence`).

    The parameters are ``weight_ih_l0`` (H, D), ``bias_ih_l0`` (H,), ``weight_oh_l0`` (H, O), ``weight_ho_l0``
    (O, H) and ``bias_ho_l0`` (O,), as in :mod:`companion.reference.output_recurrent`.

    Parameters
    ----------
    input_size, hidden_size, output_size
        D, H and O, each at least 1.
    batch_first
        True takes and gives (N, T, D) instead of (T, N, D).
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
    >>> network = OutputRecurrent(4, 6, 2)
    >>> x = torch.zeros(5, 3, 4)
    >>> o, o_n = network(x)
    >>> o.shape, o_n.shape
    (torch.Size([5, 3, 2]), torch.Size([3, 2]))
    >>> forced, _ = network(x, targets=torch.ones(5, 3, 2))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        batch_first: bool = False,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        sizes = (input_size, hidden_size, output_size)
        if min(sizes) < 1:
            raise ValueError(f"expected sizes of at least 1, got {sizes}")
        self.input_size, self.hidden_size, self.output_size = sizes
        self.batch_first = batch_first

        def empty(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.weight_ih_l0 = empty(hidden_size, input_size)
        self.bias_ih_l0 = empty(hidden_size)
        self.weight_oh_l0 = empty(hidden_size, output_size)
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
        x: Sequences,
        o_0: torch.Tensor | None = None,
        targets: Sequences | None = None,
        lengths: Lengths | None = None,
    ) -> tuple[Sequences, torch.Tensor]:
        """Run over whole sequences.

        Parameters
        ----------
        x
            (T, N, D), or (N, T, D) with ``batch_first``; (T, D) for one sequence alone; or packed.
        o_0
            What the first step is told, (N, O), for one sequence alone (O,); None is zero.
        targets
            In the form of x, O numbers a step: every step but the first is told the target before, and all
            steps are computed at once. None runs free: every step is told the output before.
        lengths
            How many steps of each sequence count, N integers from 0 to T; None counts all.

        Returns
        -------
        o : Tensor or PackedSequence
            The outputs, in the form of x; zero beyond each sequence's end.
        o_n : Tensor
            Each sequence's output at its own end, in the form of o_0.

        Raises
        ------
        TypeError
            If an array is not floating-point, or the lengths are not integers.
        ValueError
            If a shape or a length does not fit.
        """
        alone = not isinstance(x, PackedSequence) and x.dim() == 2
        x, live, restore = time_major(x, lengths, self.input_size, self.batch_first)
        o_0 = self._initial(o_0, x, alone)
        a = linear(x, self.weight_ih_l0, self.bias_ih_l0)  # (T, N, H)
        if targets is None:
            o, o_n = self._free(a, o_0, live)
        else:
            targets, _, _ = time_major(targets, lengths, self.output_size, self.batch_first, "targets")
            expect_shape("targets", targets.shape, (*x.shape[:2], self.output_size))
            o, o_n = self._forced(a, o_0, targets, live)
        return restore(o), o_n.squeeze(0) if alone else o_n

    def step(self, x_t: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """Take one step: from (N, D) and the output before, (N, O), to the next output, (N, O)."""
        expect_float("x_t", x_t)
        expect_shape("x_t", x_t.shape, ("N", self.input_size))
        expect_float("told", told)
        expect_shape("told", told.shape, (len(x_t), self.output_size))
        return self._output(linear(x_t, self.weight_ih_l0, self.bias_ih_l0), told)

    def _output(self, a: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """Go from what the input says, (..., H), and what is told, (..., O), to the output, (..., O)."""
        h = torch.tanh(a + linear(told, self.weight_oh_l0))  # (..., H)  {eq}`eq-output-recurrence`
        return linear(h, self.weight_ho_l0, self.bias_ho_l0)  # (..., O)  {eq}`eq-output-recurrence`

    def _free(
        self, a: torch.Tensor, o: torch.Tensor, live: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Tell each step the output before."""
        outputs = []
        for t, a_t in enumerate(a):
            new = self._output(a_t, o)  # (N, O)
            o = new if live is None else torch.where(live[t], new, o)  # it stays at its sequence's end
            outputs.append(o)
        all_steps = torch.stack(outputs) if outputs else a.new_zeros(0, *o.shape)  # (T, N, O)
        return (all_steps if live is None else torch.where(live, all_steps, 0)), o

    def _forced(
        self, a: torch.Tensor, o_0: torch.Tensor, targets: torch.Tensor, live: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Tell each step the target before, all steps at once."""
        told = torch.cat([o_0.unsqueeze(0), targets])[: len(a)]  # (T, N, O)
        o = self._output(a, told)  # (T, N, O)
        if live is None:
            return o, o[-1] if len(o) else o_0
        o = torch.where(live, o, 0)
        lengths = live.sum(dim=0).squeeze(-1)  # (N,)
        sequences = torch.arange(len(lengths), device=o.device)
        return o, torch.cat([o_0.unsqueeze(0), o])[lengths, sequences]

    def _initial(self, o_0: torch.Tensor | None, x: torch.Tensor, alone: bool) -> torch.Tensor:
        """Return what the first step is told, (N, O)."""
        if o_0 is None:
            return x.new_zeros(x.shape[1], self.output_size)
        expect_float("o_0", o_0)
        expect_shape("o_0", o_0.shape, (self.output_size,) if alone else (x.shape[1], self.output_size))
        return o_0.unsqueeze(0) if alone else o_0

    def extra_repr(self) -> str:
        """Say the sizes."""
        batch_first = ", batch_first=True" if self.batch_first else ""
        return f"{self.input_size}, {self.hidden_size}, {self.output_size}{batch_first}"
