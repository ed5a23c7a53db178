"""The neural language model with a fixed window in PyTorch: the last words in, the next word out."""

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_integers
from companion.torch.dense import Dense
from companion.torch.embedding import Embedding


class WindowLM(nn.Module):
    r"""Score every word as the next one ({eq}`eq-window-lm`).

    .. math:: z = W_o \tanh\big(W_h [e_{w_1}; \dots; e_{w_C}] + b_h\big) + b_o

    The parameters are named as in :mod:`companion.reference.window_lm`.

    Parameters
    ----------
    num_words, dim, hidden
        V, D and H, each at least 1.
    context
        C, how many words the model sees.
    generator
        What the parameters are drawn from, as :class:`companion.torch.embedding.Embedding` and
        :class:`companion.torch.dense.Dense` do; None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.

    References
    ----------
    Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, *A Neural Probabilistic Language Model*, JMLR 3, 2003,
    without its direct connections from the embeddings to the output.

    Examples
    --------
    >>> model = WindowLM(10000, 30, 60, 4)
    >>> sum(p.numel() for p in model.parameters())
    917260
    >>> model(torch.tensor([[1, 2, 3, 4], [2, 3, 4, 5]])).shape
    torch.Size([2, 10000])
    """

    def __init__(
        self,
        num_words: int,
        dim: int,
        hidden: int,
        context: int,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.context = context
        self.embedding = Embedding(num_words, dim, generator=generator, device=device, dtype=dtype)
        self.hidden = Dense(context * dim, hidden, generator=generator, device=device, dtype=dtype)
        self.output = Dense(hidden, num_words, generator=generator, device=device, dtype=dtype)

    def forward(self, contexts: torch.Tensor) -> torch.Tensor:
        """Give the logits of the next word.

        Parameters
        ----------
        contexts
            The last C words of each example, (N, C), in the order of the text.

        Returns
        -------
        Tensor
            (N, V)

        Raises
        ------
        TypeError, ValueError
            If types, shapes or ids do not fit.
        """
        expect_integers("contexts", contexts)
        expect_shape("contexts", contexts.shape, ("N", self.context))
        x = self.embedding(contexts).flatten(1)  # (N, C D), one behind the other  {eq}`eq-window-lm`
        h = torch.tanh(self.hidden(x))  # (N, H)  {eq}`eq-window-lm`
        return self.output(h)  # (N, V)  {eq}`eq-window-lm`

    def extra_repr(self) -> str:
        """Say how many words the model sees."""
        return f"context={self.context}"
