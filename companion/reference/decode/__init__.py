"""Decoding: from a model that says what comes next to a whole sequence: greedy, sampling, beam, exact search.

All of them ask the model through one function, ``logits, state = step(ids, state)``: the tokens last read,
(N,), go in, and logits for the next ones, (N, V), come out. ``functools.partial(lm.step, params)`` is one.
Drawing a long text, where the probabilities do not matter, is :func:`companion.reference.sampling.generate`.
"""

from companion.reference.decode.ancestral import ancestral_sampling
from companion.reference.decode.beam import beam_search
from companion.reference.decode.exact import Exact, exact_search
from companion.reference.decode.greedy import greedy_search
from companion.reference.decode.hypotheses import Hypothesis, length_normalised, log_probability

__all__ = [
    "Exact",
    "Hypothesis",
    "ancestral_sampling",
    "beam_search",
    "exact_search",
    "greedy_search",
    "length_normalised",
    "log_probability",
]
