"""Decoding in PyTorch, on the device where the model is: greedy, sampling, beam and exact search.

The searches of :mod:`companion.reference.decode`, with the same results; beam search asks the model once a
step for all beginnings of all sequences. None of them keeps a graph for gradients. What they return is the
reference's: :class:`companion.reference.decode.Hypothesis`, :class:`companion.reference.decode.Exact`.
"""

from companion.torch.decode.ancestral import ancestral_sampling
from companion.torch.decode.beam import beam_search
from companion.torch.decode.exact import exact_search, log_probability
from companion.torch.decode.greedy import greedy_search

__all__ = [
    "ancestral_sampling",
    "beam_search",
    "exact_search",
    "greedy_search",
    "log_probability",
]
