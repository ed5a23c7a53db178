r"""Many pairs at once: windows as blocks of small matrices, and negatives that a group of words shares.

Taken pair by pair, most of the time goes into fetching rows: a word's row comes anew for each of its pairs,
and each pair wants K more for its negatives. Here the text is cut into groups of b consecutive words. For
windows that reach at most w words, and for each group,

* the rows of the b centre words are fetched once, :math:`X` (b, D), and so are the output rows of the b + 2w
  words in and around the group, :math:`Z` (b + 2w, D). One product, :math:`X Z^\top`, holds the scores of
  all pairs, in a band that a mask cuts out;
* M noise words are drawn for the whole group instead of K for each pair. Each pair counts each of them K / M
  times, so that the loss has the same expectation, and their scores are one more product.

The gradients are products of the same blocks, added to the tables once for each row fetched. A batch is G
groups side by side, each with noise words of its own; its gradients are summed, and computed from the tables
as they were before the batch.

That windows may share their negatives, so that matrix products replace dot products, is an idea of S. Ji,
N. Satish, S. Li and P. Dubey, *Parallelizing Word2Vec in Shared and Distributed Memory*, arXiv:1604.04661,
2016.
"""

from typing import NamedTuple

import torch

Params = dict[str, torch.Tensor]


class Groups(NamedTuple):
    """A text cut into groups of b words, the last one filled up with words that have no window."""

    centres: torch.Tensor  # (groups, b) the words
    around: torch.Tensor  # (groups, b + 2w) the same and w more on either side
    windows: torch.Tensor  # (groups, b) for each word the row of `window_masks` that is its window


def cut(ids: torch.Tensor, left: torch.Tensor, right: torch.Tensor, group: int, window: int) -> Groups:
    """Cut a text into groups.

    Parameters
    ----------
    ids
        The words, (T,).
    left, right
        How far the window of each reaches to either side, (T,), at most `window` and not beyond its sentence.
    group
        b
    window
        w

    Returns
    -------
    Groups
    """
    filled = max(-(-len(ids) // group), 1) * group  # one group at least, of no words if need be
    text = ids.new_zeros(filled + 2 * window)  # w words before and after, which no window reaches
    text[window : window + len(ids)] = ids
    sizes = left * (window + 1) + right  # (T,) a number for each pair of reaches; 0 is the empty window
    windows = ids.new_zeros(filled)
    windows[: len(ids)] = sizes
    windows = windows.view(-1, group) + torch.arange(group, device=ids.device) * (window + 1) ** 2
    return Groups(text[window:-window].view(-1, group), text.unfold(0, group + 2 * window, group), windows)


def window_masks(group: int, window: int, like: torch.Tensor) -> torch.Tensor:
    """Tabulate all windows that there are ({eq}`eq-context-pairs`).

    Parameters
    ----------
    group, window
        b and w
    like
        A tensor of the precision and on the device wanted.

    Returns
    -------
    Tensor
        (b (w + 1)^2, b + 2w), a row for each place in the group and each reach to the left and to the right:
        1 where the group's surroundings are in the window, 0 elsewhere.

    Examples
    --------
    >>> window_masks(2, 1, torch.zeros(()))[3]  # the first word, one to the left and one to the right
    tensor([1., 0., 1., 0.])
    """
    distance = torch.arange(group + 2 * window) - window - torch.arange(group)[:, None]  # (b, b + 2w)
    reach = torch.arange(window + 1)
    left, right = reach[:, None, None], reach[:, None]  # (w + 1, 1, 1), (w + 1, 1)
    distance = distance[:, None, None, :]  # (b, 1, 1, b + 2w)
    inside = (-left <= distance) & (distance <= right) & (distance != 0)  # {eq}`eq-context-pairs`
    return inside.flatten(0, 2).to(like)


def skipgram_step(
    params: Params,
    centres: torch.Tensor,
    around: torch.Tensor,
    inside: torch.Tensor,
    noise: torch.Tensor,
    negatives: int,
    rate: float,
) -> None:
    """Take every pair of a batch of groups one step down the gradient of {eq}`eq-sgns-loss`, in place.

    Parameters
    ----------
    params
        ``{"input": (V, D), "output": (V, D)}``
    centres, around
        The words of the groups, (G, b), and the words in and around them, (G, b + 2w).
    inside
        (G, b, b + 2w): 1 where a word of `around` is in a centre's window, 0 elsewhere.
    noise
        The noise words of each group, (G, M). For a pair whose right word it is, a noise word does not count.
    negatives
        K: what the M noise words of a pair together count.
    rate
        The learning rate.
    """
    differs = (around[:, :, None] != noise[:, None, :]).to(inside)  # (G, b + 2w, M)
    outside = torch.bmm(inside, differs).mul_(negatives / noise.shape[1])  # (G, b, M) how often each counts
    words = torch.cat([around, noise], 1)  # (G, b + 2w + M)
    x, z = rows(params["input"], centres), rows(params["output"], words)  # (G, b, D), (G, b + 2w + M, D)
    dscores = torch.bmm(x, z.mT).sigmoid_()  # (G, b, b + 2w + M)
    dscores.mul_(torch.cat([inside, outside], 2))  # {eq}`eq-sgns-grad`
    dscores[:, :, : inside.shape[2]].sub_(inside)  # {eq}`eq-sgns-grad`
    dscores.mul_(-rate)
    dx, dz = torch.bmm(dscores, z), torch.bmm(dscores.mT, x)  # {eq}`eq-sgns-grad`
    add_rows(params["input"], centres, dx)
    add_rows(params["output"], words, dz)


def cbow_step(
    params: Params,
    centres: torch.Tensor,
    around: torch.Tensor,
    inside: torch.Tensor,
    noise: torch.Tensor,
    negatives: int,
    rate: float,
) -> None:
    """Take every word of a batch of groups that has a window one step down its gradient, in place.

    Arguments are those of :func:`skipgram_step`. The hidden vectors of a group are one product of its band,
    each row divided by the size of the window, with the input rows around ({eq}`eq-cbow-mean`).
    """
    shares = inside / inside.sum(2, keepdim=True).clamp(min=1)  # (G, b, b + 2w); h = 0 without a window
    outside = (centres[:, :, None] != noise[:, None, :]).to(inside)  # (G, b, M) which count
    outside.mul_(negatives / noise.shape[1])  # how often
    y = rows(params["input"], around)  # (G, b + 2w, D)
    u, z = rows(params["output"], centres), rows(params["output"], noise)  # (G, b, D), (G, M, D)
    h = torch.bmm(shares, y)  # (G, b, D)  {eq}`eq-cbow-mean`
    dright = ((h * u).sum(2, keepdim=True).sigmoid_() - 1) * -rate  # (G, b, 1)
    dwrong = torch.bmm(h, z.mT).sigmoid_().mul_(outside).mul_(-rate)  # (G, b, M)
    dh = torch.bmm(dwrong, z).addcmul_(dright, u)  # (G, b, D)
    add_rows(params["input"], around, torch.bmm(shares.mT, dh))  # {eq}`eq-cbow-grad`
    add_rows(params["output"], centres, dright * h)  # {eq}`eq-cbow-grad`
    add_rows(params["output"], noise, torch.bmm(dwrong.mT, h))  # {eq}`eq-cbow-grad`


def rows(table: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Look up (G, R) ids: (G, R, D)."""
    return table.index_select(0, ids.reshape(-1)).view(*ids.shape, table.shape[1])


def add_rows(table: torch.Tensor, ids: torch.Tensor, change: torch.Tensor) -> None:
    """Add (G, R, D) to the rows of (G, R) ids, in place; repeated ids add up."""
    table.index_add_(0, ids.reshape(-1), change.flatten(0, 1))
