"""The recurrent layer over two directions in PyTorch, an anti-diagonal at a time."""

import torch
from torch import nn
from torch.nn.functional import linear

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float
from companion.torch.rnn import NONLINEARITIES


def diagonals(
    height: int, width: int, device: torch.device | str | None = None
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """List the places of each anti-diagonal, from the top left corner to the bottom right one.

    Parameters
    ----------
    height, width
        I and J.
    device
        Where the numbers are made.

    Returns
    -------
    list
        I + J - 1 pairs of row numbers and column numbers, downwards; none if the picture has no places.

    Examples
    --------
    >>> [list(zip(i.tolist(), j.tolist())) for i, j in diagonals(2, 3)]
    [[(0, 0)], [(0, 1), (1, 0)], [(0, 2), (1, 1)], [(1, 2)]]
    """
    if height == 0 or width == 0:
        return []
    numbers = range(height + width - 1)
    i = [torch.arange(max(0, s - width + 1), min(height, s + 1), device=device) for s in numbers]
    return [(i_s, number - i_s) for number, i_s in zip(numbers, i, strict=True)]


class RNN2D(nn.Module):
    """Compute ``h_ij = tanh(W_ih x_ij + W_above h_{i-1,j} + W_left h_{i,j-1} + b)`` ({eq}`eq-rnn-2d`).

    The parameters are ``weight_ih`` (H, D), ``weight_above`` and ``weight_left`` (H, H), and ``bias`` (H,).

    Parameters
    ----------
    input_size, hidden_size
        D and H, both at least 1.
    nonlinearity
        ``"tanh"`` or ``"relu"``.
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H); None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, or there is no such non-linearity.

    References
    ----------
    A. Graves, S. Fernandez and J. Schmidhuber, Multi-dimensional recurrent neural networks, 2007.

    Examples
    --------
    >>> RNN2D(3, 8)(torch.zeros(4, 5, 2, 3)).shape
    torch.Size([4, 5, 2, 8])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        nonlinearity: str = "tanh",
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if input_size < 1 or hidden_size < 1:
            raise ValueError(f"expected at least one input and one unit, got {input_size} and {hidden_size}")
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f'nonlinearity: expected "tanh" or "relu", got {nonlinearity!r}')
        self.input_size, self.hidden_size, self.nonlinearity = input_size, hidden_size, nonlinearity
        H = hidden_size
        self.weight_ih = nn.Parameter(torch.empty(H, input_size, device=device, dtype=dtype))
        self.weight_above = nn.Parameter(torch.empty(H, H, device=device, dtype=dtype))
        self.weight_left = nn.Parameter(torch.empty(H, H, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(H, device=device, dtype=dtype))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters uniformly from +-1/sqrt(H), in the order of their names above."""
        bound = self.hidden_size**-0.5
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-bound, bound, generator=generator)

    def forward(
        self, x: torch.Tensor, above: torch.Tensor | None = None, left: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Run the layer over whole pictures.

        Parameters
        ----------
        x
            N pictures of I rows and J columns, (I, J, N, D).
        above, left
            The states before the first row, (J, N, H), and before the first column, (I, N, H); None is zero.

        Returns
        -------
        Tensor
            The state at every place, (I, J, N, H); the last one, ``y[-1, -1]``, has seen the whole picture.

        Raises
        ------
        TypeError
            If x or a border is not floating-point.
        ValueError
            If a shape does not fit.
        """
        expect_float("x", x)
        expect_shape("x", x.shape, ("I", "J", "N", self.input_size))
        height, width, N = x.shape[:3]
        above = self._border("above", above, x, (width, N, self.hidden_size))
        left = self._border("left", left, x, (height, N, self.hidden_size))
        a = linear(x, self.weight_ih, self.bias)  # (I, J, N, H)  {eq}`eq-rnn-2d`
        f = NONLINEARITIES[self.nonlinearity]
        places = diagonals(height, width, x.device)
        states = [a.new_empty(0, N, self.hidden_size)]
        for number, (i, j) in enumerate(places):
            # The diagonal before, with the border's states at its two ends, where it has reached a border:
            # one more than this diagonal has places, and each place lies between two of them.
            before = torch.cat([above[number : number + 1], states[-1], left[number : number + 1]])
            heard = before[:-1] @ self.weight_above.T + before[1:] @ self.weight_left.T  # {eq}`eq-rnn-2d`
            states.append(f(a[i, j] + heard))  # (n, N, H)  {eq}`eq-rnn-2d`
        if not places:
            return a
        order = torch.empty(height, width, dtype=torch.long, device=x.device)
        i, j = (torch.cat(numbers) for numbers in zip(*places, strict=True))
        order[i, j] = torch.arange(height * width, device=x.device)
        return torch.cat(states)[order]  # (I, J, N, H)

    def _border(
        self, name: str, states: torch.Tensor | None, x: torch.Tensor, shape: tuple[int, int, int]
    ) -> torch.Tensor:
        """Return the states of a border, zero if none are given, or say what is wrong with them."""
        if states is None:
            return x.new_zeros(shape)
        expect_float(name, states)
        expect_shape(name, states.shape, shape)
        return states

    def extra_repr(self) -> str:
        """Say the sizes, and what differs from the usual."""
        relu = ", nonlinearity=relu" if self.nonlinearity == "relu" else ""
        return f"{self.input_size}, {self.hidden_size}{relu}"
