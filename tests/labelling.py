"""What the tests of taggers, classifiers and character features share: PyTorch's own parts put together."""

from typing import Any

import numpy as np
import torch
from comparing import apart, tensor
from directions import KINDS
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

Results = dict[str, Any]


class Layers(nn.Module):
    """An embedding, or none, and recurrent layers of torch.nn; sequences go in packed."""

    def __init__(self, V, D, H, layers, kind, both):
        super().__init__()
        if V is not None:
            self.embedding = nn.Embedding(V, D, dtype=torch.float64)
        if H is not None:
            theirs = KINDS[kind].theirs
            self.rnn = theirs(D, H, layers, bidirectional=both, dtype=torch.float64)

    def run(self, x, lengths):
        """Return all outputs, (T, N, H) or (T, N, 2H), and the last states, (L, N, H) or (2L, N, H)."""
        T = len(x)
        if hasattr(self, "embedding"):
            x = self.embedding(x)
        if not hasattr(self, "rnn"):
            return x, None
        packed, last = self.rnn(pack_padded_sequence(x, lengths, enforce_sorted=False))
        y, _ = pad_packed_sequence(packed, total_length=T)
        return y, last[0] if isinstance(last, tuple) else last


def loaded(model: nn.Module, params: dict[str, np.ndarray]) -> nn.Module:
    model.load_state_dict({name: tensor(value) for name, value in params.items()})
    return model


def gradients(model: nn.Module, loss: torch.Tensor) -> Results:
    """Go back, and return the loss and every parameter's gradient, zero where there is none."""
    loss.backward()
    grads = {
        name: torch.zeros_like(value) if value.grad is None else value.grad
        for name, value in model.named_parameters()
    }
    return {"loss": loss, **grads}


def worst(a: Results, b: Results) -> float:
    """Measure the largest error of all results."""
    if a.keys() != b.keys():
        raise ValueError(f"expected {sorted(a)}, got {sorted(b)}")
    return max(apart(a[name], b[name]) for name in a)


def livened(lengths: np.ndarray, T: int) -> np.ndarray:
    """Say which steps count, (T, N)."""
    return np.arange(T)[:, None] < lengths
