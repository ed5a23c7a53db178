"""Training of byte-pair encoding: which pairs to merge, in which order."""

import heapq
from collections import Counter, defaultdict
from itertools import pairwise

__all__ = ["learn_merges"]

Pair = tuple[int, int]


def learn_merges(
    words: list[list[int]], counts: list[int], first: int, limit: int, min_count: int
) -> list[Pair]:
    r"""Return the pairs to merge, at most `limit` of them; merge number i makes token ``first + i``.

    Each step merges the pair of neighbours that occurs most often in the words as they then stand,

    .. math:: (a, b)^* = \arg\max_{(a, b)} \sum_w n_w \, \#\{ i : w_i = a,\ w_{i+1} = b \}

    ({eq}`eq-bpe-merge`; R. Sennrich, B. Haddow and A. Birch, *Neural Machine Translation of Rare Words with
    Subword Units*, ACL 2016). Of pairs that occur equally often, the one with the smaller first id is
    taken, and of these the one with the smaller second id. In "aaa" the pair (a, a) occurs twice, and
    merging makes (aa, a). The same bytes, once they are one token, have been merged in the same way
    everywhere, so no two merges make the same token.

    A heap holds each pair with a count. Counts of a pair only fall after it has come up: a pair holds the
    token made last when it comes up, and later merges can only break it. So an entry that is out of date is
    one that is too high: it goes back with its true count, and the first entry that is up to date is the
    maximum.

    Parameters
    ----------
    words : list of lists of token ids
        Is changed: afterwards the words as merged.
    counts : list of int
        How often each word occurs (n_w).
    first : int
        The id of the first new token; above all ids in `words`.
    limit : int
    min_count : int
        Stop when the best pair occurs less often.

    Returns
    -------
    list of (int, int)
    """
    total, where = _count_pairs(words, counts)
    heap = [(-count, pair) for pair, count in total.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    while heap and len(merges) < limit:
        promised, pair = heapq.heappop(heap)  # {eq}`eq-bpe-merge`
        if total[pair] < -promised:
            heapq.heappush(heap, (-total[pair], pair))
            continue
        if -promised < min_count:
            break
        made = first + len(merges)
        merges.append(pair)
        born = set()
        for i in where.pop(pair):
            before, after = words[i], _merge(words[i], pair, made)
            words[i] = after
            for old in pairwise(before):
                total[old] -= counts[i]
            for new in pairwise(after):
                total[new] += counts[i]
                if made in new:
                    where[new].add(i)
                    born.add(new)
        for new in born:
            heapq.heappush(heap, (-total[new], new))
    return merges


def _count_pairs(
    words: list[list[int]], counts: list[int]
) -> tuple[Counter[Pair], defaultdict[Pair, set[int]]]:
    """Return how often each pair of neighbours occurs, and in which words."""
    total: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)
    for i, (word, count) in enumerate(zip(words, counts, strict=True)):
        for pair in pairwise(word):
            total[pair] += count
            where[pair].add(i)
    return total, where


def _merge(word: list[int], pair: Pair, made: int) -> list[int]:
    """Replace every `pair` in `word`, from the left, by the token `made`."""
    left, right = pair
    merged: list[int] = []
    i = 0
    while i < len(word):
        if word[i] == left and i + 1 < len(word) and word[i + 1] == right:
            merged.append(made)
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return merged
