"""Recurrent layers on top of each other in PyTorch: what modules with ``torch.nn.LSTM``'s interface share.

A subclass says what one layer computes in one direction (``run_layer``, ``run_step``); layers, both
directions, dropout between layers, lengths, packed sequences and states are here.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from companion.reference._validate import expect_dropout_rate, expect_shape
from companion.torch._sequences import Lengths, Sequences, reverse, time_major
from companion.torch._validate import expect_float
from companion.torch._weights import NAMES, State, Weights
from companion.torch.dropout import Dropout


class Stack(nn.Module):
    """L recurrent layers, the outputs of one the inputs of the next; a subclass says what a layer computes.

    The parameters are those of ``torch.nn.LSTM``, by name, shape and order: ``weight_ih_l0`` (G, D),
    ``weight_hh_l0`` (G, H), ``bias_ih_l0`` and ``bias_hh_l0`` (G,), with G the gates times H; with
    ``_l0_reverse`` the same for the backward direction; with ``_l1`` and so on for further layers, whose D is
    H, or 2H after two directions ({eq}`eq-stacked`).

    Parameters
    ----------
    input_size, hidden_size, num_layers
        D, H and L, each at least 1.
    bias
        False leaves the biases out.
    batch_first
        True takes and gives (N, T, D) instead of (T, N, D). States stay (L, N, H).
    dropout
        In training, the probability that a number is struck out between two layers, in [0, 1). As in
        ``torch.nn.LSTM`` there is none after the last layer, and a mask of its own for every step.
    bidirectional
        True adds to every layer one that reads from each sequence's own end to its beginning.
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H) as in ``torch.nn.LSTM``; None takes
        PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.
    extra
        For subclasses: further parameters of a layer and direction, shapes by name.
    """

    gates = 1
    """How often H rows the weights have: 4 for an LSTM."""
    states = 1
    """How many tensors a state is: 2 for an LSTM, (h, c). The first is what goes up to the next layer."""
    masks_state = False
    """Whether ``run_layer`` heeds ``Weights.state_mask``."""

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
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        extra: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        super().__init__()
        for name, size in (("input", input_size), ("hidden", hidden_size)):
            if size < 1:
                raise ValueError(f"{name}_size: expected at least 1, got {size}")
        if num_layers < 1:
            raise ValueError(f"num_layers: expected at least 1, got {num_layers}")
        expect_dropout_rate(dropout)
        if dropout and num_layers == 1:
            warnings.warn(f"dropout={dropout} is between layers, and there is one alone", stacklevel=3)
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first = bias, batch_first
        self.dropout, self.bidirectional = dropout, bidirectional
        directions = 2 if bidirectional else 1
        rows = self.gates * hidden_size  # G
        for number in range(num_layers * directions):
            columns = input_size if number < directions else directions * hidden_size
            shapes = dict(zip(NAMES, [(rows, columns), (rows, hidden_size), (rows,), (rows,)], strict=True))
            kept: dict[str, tuple[int, ...]] = {k: v for k, v in shapes.items() if bias or "weight" in k}
            for name, shape in {**kept, **(extra or {})}.items():
                parameter = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                self.register_parameter(name + self._suffix(number), parameter)
        self._extra = tuple(extra or ())
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters uniformly from +-1/sqrt(H), in the order of ``torch.nn.LSTM``."""
        bound = self.hidden_size**-0.5
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-bound, bound, generator=generator)

    def run_layer(
        self, x: torch.Tensor, state: State, live: torch.Tensor | None, weights: Weights
    ) -> tuple[torch.Tensor, State]:
        """Run one layer forwards over (T, N, D), and return all outputs, (T, N, H), and the last state.

        ``live`` (T, N, 1) is False beyond each sequence's end, where outputs are zero and the state stays as
        it is; None if all are T long.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what a layer computes")

    def run_step(self, x_t: torch.Tensor, state: State, weights: Weights) -> State:
        """Take one step of one layer: (N, D) and a state to the next state."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a step computes")

    def output(self, state: State) -> torch.Tensor:
        """Read off a layer's state what goes up to the next layer, (N, H); or off those of all, (L, N, H)."""
        return state if self.states == 1 else state[0]

    def layer_weights(self, number: int) -> Weights:
        """Return the parameters of a layer, or of a direction: forward and backward of layer 0, then 1."""
        suffix = self._suffix(number)
        weight_ih, weight_hh = (getattr(self, name + suffix) for name in NAMES[:2])
        bias_ih, bias_hh = (getattr(self, name + suffix, None) for name in NAMES[2:])
        extra = {name: getattr(self, name + suffix) for name in self._extra}
        return Weights(weight_ih, weight_hh, bias_ih, bias_hh, extra)

    def forward(
        self,
        x: Sequences,
        state: State = None,
        lengths: Lengths | None = None,
        masks: Sequence[torch.Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[Sequences, State]:
        """Run all layers over whole sequences.

        Parameters
        ----------
        x
            (T, N, D), or (N, T, D) with ``batch_first``; (T, D) for one sequence alone; or packed.
        state
            The states before the first step, (L, N, H), for one sequence alone (L, H), with two directions
            2L in place of L: forward and backward of each layer in turn. Where ``states`` is 2 a tuple (h_0,
            c_0) of such. None is zero.
        lengths
            How many steps of each sequence count, N integers from 0 to T; None counts all. What x holds
            beyond changes nothing.
        masks
            For dropout in training, one for each layer but the last: True where a number is kept, (T, N, H),
            with two directions (T, N, 2H), or what broadcasts to it. None draws them if ``dropout`` is above
            zero.
        generator
            What masks are drawn from, on the device of x; None takes PyTorch's own.

        Returns
        -------
        y : Tensor or PackedSequence
            The outputs of the uppermost layer in the form of x, H numbers a step, or 2H, forward and backward
            beside each other ({eq}`eq-birnn-states`); zero beyond each sequence's end.
        state : Tensor or tuple of Tensor
            Each layer's and direction's state after the last step it read, in the form of the state given.

        Raises
        ------
        TypeError
            If x or a state is not floating-point, the lengths are not integers, a mask not of truth values,
            or the state is not a tuple where two tensors are expected.
        ValueError
            If a shape, a length, or the number of masks does not fit.
        """
        y, live, restore = time_major(x, lengths, self.input_size, self.batch_first)
        alone = not isinstance(x, PackedSequence) and x.dim() == 2
        before = self.checked(state, y, alone)
        if masks is not None and len(masks) != self.num_layers - 1:
            raise ValueError(f"masks: expected {self.num_layers - 1}, between layers, got {len(masks)}")

        def dropped(y: torch.Tensor, layer: int) -> torch.Tensor:
            """Return what a layer reads of the output of the one below."""
            if layer == 0 or not (self.dropout or masks):
                return y
            mask = None if masks is None else masks[layer - 1]
            between = Dropout(self.dropout).train(self.training)
            return between(y, mask, generator)  # {eq}`eq-layer-dropout`

        weights = [self.layer_weights(number) for number in range(len(before[0]))]
        in_between = live is not None or masks is not None or (self.dropout > 0 and self.training)
        if not in_between and (at_once := self.run_stack(y, before, weights)) is not None:
            y, after = at_once
            return restore(y), self._shaped(after, alone)
        y, last = self.run_layers(y, self._listed(before), live, weights, dropped)
        return restore(y), self.join(last, alone)

    def run_stack(
        self, x: torch.Tensor, states: list[torch.Tensor], weights: Sequence[Weights]
    ) -> tuple[torch.Tensor, list[torch.Tensor]] | None:
        """Run all layers and directions over (T, N, D) at once, where a subclass can; else return None.

        Asked only where nothing is in between, neither ends nor dropout. States are (L, N, H) each, as they
        are returned.
        """
        return None

    def run_layers(
        self,
        y: torch.Tensor,
        states: Sequence[State],
        live: torch.Tensor | None,
        weights: Sequence[Weights],
        prepared: Callable[[torch.Tensor, int], torch.Tensor],
    ) -> tuple[torch.Tensor, list[State]]:
        """Run all layers and directions over (T, N, D); ``prepared`` makes of it what a layer reads."""
        last: list[State] = []
        for layer in range(self.num_layers):
            y = prepared(y, layer)
            first = len(last)
            z, after = self.run_layer(y, states[first], live, weights[first])  # {eq}`eq-stacked`
            last.append(after)
            if self.bidirectional:
                turned = reverse(y, live)
                back, after = self.run_layer(turned, states[first + 1], live, weights[first + 1])
                last.append(after)
                z = torch.cat([z, reverse(back, live)], dim=2)  # (T, N, 2H)  {eq}`eq-birnn-states`
            y = z
        return y, last

    def step(self, x_t: torch.Tensor, state: State = None) -> State:
        """Take one step in every layer: (N, D) and the states before, as in ``forward``, to those after.

        The step's output is that of the uppermost layer: ``h[-1]`` of the states (L, N, H). Nothing is struck
        out: a step is for reading and writing token by token, after ``eval()``.
        """
        if self.bidirectional:
            raise ValueError("step: expected one direction; a backward layer begins at the sequence's end")
        expect_float("x_t", x_t)
        expect_shape("x_t", x_t.shape, ("N", self.input_size))
        after = []
        for layer, before in enumerate(self.split(state, x_t.unsqueeze(0), names=("h", "c"))):
            after.append(self.run_step(x_t, before, self.layer_weights(layer)))
            x_t = self.output(after[-1])  # (N, H)
        return self.join(after)

    def split(
        self, state: State, x: torch.Tensor, alone: bool = False, names: Sequence[str] = ("h_0", "c_0")
    ) -> list[State]:
        """Check the states of all layers and directions, and list them; None is zeros for x, (T, N, D)."""
        return self._listed(self.checked(state, x, alone, names))

    def _listed(self, parts: Sequence[torch.Tensor]) -> list[State]:
        """List the states, (L, N, H) each, by layer and direction."""
        # One layer's state is a view; a list of one, taken out of a tensor, would be copied on the way back.
        lists = [[part.squeeze(0)] if len(part) == 1 else list(part) for part in parts]
        return lists[0] if self.states == 1 else list(zip(*lists, strict=True))

    def checked(
        self, state: State, x: torch.Tensor, alone: bool = False, names: Sequence[str] = ("h_0", "c_0")
    ) -> list[torch.Tensor]:
        """Check the states of all layers and directions; return (L, N, H) each, zeros for x where None is."""
        count = self.num_layers * (2 if self.bidirectional else 1)
        shape = (count, x.shape[1], self.hidden_size)
        names = names[: self.states] if self.states <= 2 else [f"state[{i}]" for i in range(self.states)]
        if state is None:
            parts = [x.new_zeros(shape) for _ in names]
        elif self.states == 1:
            parts = [state]
        elif isinstance(state, tuple) and len(state) == self.states:
            parts = list(state)
        else:
            raise TypeError(f"state: expected a tuple ({', '.join(names)}), got {type(state).__name__}")
        for i, name in enumerate(names if state is not None else ()):
            expect_float(name, parts[i])
            expect_shape(name, parts[i].shape, (count, self.hidden_size) if alone else shape)
            parts[i] = parts[i].unsqueeze(1) if alone else parts[i]
        return parts

    def join(self, states: Sequence[State], alone: bool = False) -> State:
        """Put the states of all layers and directions into one tensor, or one tuple of tensors."""
        lists = [list(states)] if self.states == 1 else list(zip(*states, strict=True))
        return self._shaped([torch.stack(part) for part in lists], alone)  # copies, not rows of the outputs

    def _shaped(self, parts: Sequence[torch.Tensor], alone: bool) -> State:
        """Return the states of all layers and directions, (L, N, H) each, in the form that they came in."""
        parts = [part.squeeze(1) for part in parts] if alone else parts
        return parts[0] if self.states == 1 else tuple(parts)

    def _suffix(self, number: int) -> str:
        """Return what names end in: _l0, or of two directions _l0, _l0_reverse."""
        layer, backward = divmod(number, 2) if self.bidirectional else (number, 0)
        return f"_l{layer}" + ("_reverse" if backward else "")

    def extra_repr(self) -> str:
        """Say the sizes, and what differs from the usual."""
        layers = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        bias = "" if self.bias else ", bias=False"
        batch_first = ", batch_first=True" if self.batch_first else ""
        dropout = f", dropout={self.dropout}" if self.dropout else ""
        both = ", bidirectional=True" if self.bidirectional else ""
        return f"{self.input_size}, {self.hidden_size}{layers}{bias}{batch_first}{dropout}{both}"
