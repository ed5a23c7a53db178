"""Variational dropout: one mask for all steps of a sequence, on what a layer reads and on its own state.

Plain dropout draws a mask for every number. In a recurrent layer each step then strikes out other units, and
over many steps hardly any stays untouched. Here a sequence has one mask for its inputs and one for its
states, and keeps them to its end. So one network is drawn for each sequence, and reads all of it.

A state that is masked before W_hh is applied to it is the same as a W_hh whose columns are masked. That is
how it is computed, for any kind of layer; what of the old state reaches the new one without W_hh, as in an
LSTM's cell or past a GRU's update gate, is untouched. Sequences that share a mask are run together.

Gal and Ghahramani, *A Theoretically Grounded Application of Dropout in Recurrent Neural Networks*, NeurIPS
2016.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference import rnn
from companion.reference._sequences import ends
from companion.reference._states import State
from companion.reference._validate import expect_broadcast, expect_dropout_rate, expect_shape, floats, truths
from companion.reference.dropout import sample_mask

Params = dict[str, np.ndarray]
Masks = tuple[np.ndarray, np.ndarray]

RECURRENT = "weight_hh_l0"


class Group(NamedTuple):
    """Sequences with the same mask on their states."""

    sequences: np.ndarray  # their places in the batch
    scale: np.ndarray  # (H,): 0, or 1 / (1 - p)
    cache: Any  # the layer's own


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    scale_x: np.ndarray  # (N, D): 0, or 1 / (1 - p)
    groups: list[Group]
    shape: tuple[int, ...]  # of y, (T, N, H)


def sample_masks(
    batch: int, input_size: int, hidden_size: int, p_x: float, p_h: float, rng: np.random.Generator
) -> Masks:
    """Draw the two masks of each sequence.

    Parameters
    ----------
    batch, input_size, hidden_size
        N, D and H.
    p_x, p_h
        Probability of being struck out, of an input and of a unit of the state, in [0, 1).
    rng
        The generator that they are drawn from, the inputs' mask first.

    Returns
    -------
    mask_x, mask_h : ndarray of bool
        True where a number is kept, (N, D) and (N, H).

    Examples
    --------
    >>> mask_x, mask_h = sample_masks(3, 4, 6, 0.2, 0.5, np.random.default_rng(0))
    >>> mask_x.shape, mask_h.shape
    ((3, 4), (3, 6))
    """
    return sample_mask((batch, input_size), p_x, rng), sample_mask((batch, hidden_size), p_h, rng)


def forward(
    params: Params,
    x: np.ndarray,
    state: State = None,
    lengths: ArrayLike | None = None,
    *,
    masks: Masks,
    p_x: float,
    p_h: float,
    layer: Callable[..., tuple] = rnn.forward,
) -> tuple[np.ndarray, State, Cache]:
    """Run a layer, each sequence with its own masks at all steps ({eq}`eq-variational-dropout`).

    Parameters
    ----------
    params
        Of one layer, by its names; among them ``weight_hh_l0``.
    x
        N sequences of at most T steps, (T, N, D).
    state, lengths
        As the layer takes them.
    masks
        For the inputs, (N, D), and for the states, (N, H): True where a number is kept. A first axis of 1
        gives all sequences the same.
    p_x, p_h
        The probabilities that they were drawn with, in [0, 1). What is kept is divided by 1 - p.
    layer
        The forward pass of one layer: ``y, h_n, cache = layer(params, x, h_0, lengths)``.

    Returns
    -------
    y : ndarray
        (T, N, H)
    state : ndarray or tuple of ndarray
        Each sequence's state at its own end, as the layer gives it.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If a mask is not of truth values, or as the layer.
    ValueError
        If a mask does not fit, a probability is outside [0, 1), or as the layer.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params, x = rnn.init(4, 6, rng), rng.standard_normal((5, 3, 4))
    >>> masks = sample_masks(3, 4, 6, 0.2, 0.5, rng)
    >>> y, h_n, cache = forward(params, x, masks=masks, p_x=0.2, p_h=0.5)
    >>> y.shape, h_n.shape
    ((5, 3, 6), (3, 6))
    """
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", "D"))
    T, N, D = x.shape
    kept, _ = ends(lengths, T, N)  # (N,)
    _expect_state(state, N)
    if RECURRENT not in params:
        raise ValueError(f"params: expected {RECURRENT} among the keys, got {sorted(params)}")
    H = params[RECURRENT].shape[-1]
    scale_x = _scale("masks[0]", masks[0], (N, D), p_x, x)  # (N, D)
    scale_h = _scale("masks[1]", masks[1], (N, H), p_h, x)  # (N, H)
    read = x * scale_x  # (T, N, D)  {eq}`eq-variational-dropout`
    kinds, member = np.unique(scale_h, axis=0, return_inverse=True)  # the different masks, and whose is which
    groups, ys, lasts = [], [], []
    for kind, scale in enumerate(kinds if N else np.ones((1, H))):
        group = np.flatnonzero(member == kind)
        thinned = {**params, RECURRENT: params[RECURRENT] * scale}  # (G, H)  {eq}`eq-variational-dropout`
        y, last, cache = layer(
            thinned, read[:, group], _take(state, group), None if lengths is None else kept[group]
        )
        groups.append(Group(group, scale, cache))
        ys.append(y)
        lasts.append(last)
    order = _order(groups)
    y = np.concatenate(ys, axis=1)[:, order]  # (T, N, H)
    return y, _gather(lasts, order), Cache(scale_x, groups, y.shape)


def backward(
    cache: Cache,
    dy: np.ndarray | None = None,
    dstate: State = None,
    layer: Callable[..., tuple] = rnn.backward,
) -> tuple[np.ndarray, State, Params]:
    """Go back as the layer does, with the same masks at all steps ({eq}`eq-variational-dropout-grad`).

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, H); None is zero.
    dstate
        Gradient with respect to the last states, in their form; None is zero.
    layer
        The backward pass of one layer.

    Returns
    -------
    dx : ndarray
        (T, N, D)
    dstate_0 : ndarray or tuple of ndarray
        In the form of the states.
    dparams : dict
        By the names and shapes of the parameters.
    """
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, cache.shape)
    _expect_state(dstate, cache.shape[1], ("dh_n", "dc_n"))
    dxs, firsts = [], []
    total: Params = {}
    for group, scale, layer_cache in cache.groups:
        some = None if dy is None else dy[:, group]
        dx, first, dparams = layer(layer_cache, some, _take(dstate, group))
        dparams[RECURRENT] = dparams[RECURRENT] * scale  # (G, H)  {eq}`eq-variational-dropout-grad`
        total = {name: total.get(name, 0) + value for name, value in dparams.items()}
        dxs.append(dx)
        firsts.append(first)
    order = _order(cache.groups)
    dread = np.concatenate(dxs, axis=1)[:, order]  # (T, N, D)
    return dread * cache.scale_x, _gather(firsts, order), total  # {eq}`eq-variational-dropout-grad`


def _scale(name: str, mask: np.ndarray, shape: tuple[int, int], p: float, x: np.ndarray) -> np.ndarray:
    """Turn a mask into what numbers are multiplied with: 0, or 1 / (1 - p), for each sequence."""
    mask = truths(name, mask)
    expect_dropout_rate(p)
    expect_broadcast(name, mask.shape, shape)
    return np.broadcast_to(mask / (1 - p), shape).astype(x.dtype)


def _expect_state(state: State, N: int, names: Sequence[str] = ("h_0", "c_0")) -> None:
    """Refuse states that are not one for each sequence."""
    for name, part in zip(names, state if isinstance(state, tuple) else (state,), strict=False):
        if part is not None:
            expect_shape(name, np.shape(part), (N, "H"))


def _take(state: State, sequences: np.ndarray) -> State:
    """Return the states of some sequences."""
    if isinstance(state, tuple):
        return tuple(_take(part, sequences) for part in state)
    return None if state is None else state[sequences]


def _gather(states: list[State], order: np.ndarray) -> State:
    """Put the groups' states together, in the order of the batch."""
    if isinstance(states[0], tuple):
        return tuple(_gather(list(part), order) for part in zip(*states, strict=True))
    return np.concatenate(states)[order]


def _order(groups: list[Group]) -> np.ndarray:
    """Tell where each sequence of the batch is when the groups stand one after the other."""
    return np.argsort(np.concatenate([group.sequences for group in groups]))
