"""Cutting text into batches for a language model: inputs, and as targets the same tokens moved on by one.

Both back ends use it; batches are time-major, (T, N).
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, integers


def text_chunks(ids: ArrayLike, batch_size: int, num_steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut one long text into N columns that are read side by side, T tokens at a time.

    Column n of a chunk goes on where column n of the chunk before has stopped, so the state can be carried
    from chunk to chunk. The last chunk may be shorter. Up to N - 1 tokens at the end of the text are left
    out, so that all columns are equally long.

    Parameters
    ----------
    ids
        The text, (S,), at least N + 1 tokens.
    batch_size
        N, the number of columns.
    num_steps
        T, the most tokens of a chunk.

    Yields
    ------
    inputs, targets : ndarray
        (T, N) each; ``targets[t, n]`` is the token that follows ``inputs[t, n]`` in the text.

    Raises
    ------
    TypeError
        If the ids are not integers.
    ValueError
        If the text is too short, or a size is below 1.

    Examples
    --------
    >>> for inputs, targets in text_chunks(range(10), batch_size=2, num_steps=3):
    ...     print(inputs.tolist(), targets.tolist())
    [[0, 4], [1, 5], [2, 6]] [[1, 5], [2, 6], [3, 7]]
    [[3, 7]] [[4, 8]]
    """
    ids = integers("ids", ids)
    expect_shape("ids", ids.shape, ("S",))
    _expect_positive("batch_size", batch_size)
    _expect_positive("num_steps", num_steps)
    rows = (len(ids) - 1) // batch_size  # how many tokens of each column have a successor
    if rows < 1:
        raise ValueError(f"ids: expected at least {batch_size + 1} tokens, got {len(ids)}")
    columns = ids[: rows * batch_size].reshape(batch_size, rows).T  # (rows, N)
    following = ids[1 : rows * batch_size + 1].reshape(batch_size, rows).T  # (rows, N)
    return (
        (columns[start : start + num_steps], following[start : start + num_steps])
        for start in range(0, rows, num_steps)
    )


def text_epochs(
    ids: ArrayLike, batch_size: int, num_steps: int, epochs: int
) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
    """Read one long text several times over in the chunks of :func:`text_chunks`.

    Parameters
    ----------
    ids, batch_size, num_steps
        As in :func:`text_chunks`.
    epochs
        How often the text is read.

    Yields
    ------
    inputs, targets : ndarray
        (T, N) each.
    begins : bool
        Whether the columns begin anew, so that no state of before may be carried over.

    Examples
    --------
    >>> chunks = text_epochs(range(10), batch_size=2, num_steps=3, epochs=2)
    >>> [(len(inputs), begins) for inputs, targets, begins in chunks]
    [(3, True), (1, False), (3, True), (1, False)]
    """
    _expect_positive("epochs", epochs)
    chunks = list(text_chunks(ids, batch_size, num_steps))
    return ((*chunk, number == 0) for _ in range(epochs) for number, chunk in enumerate(chunks))


def sentence_batch(
    sentences: Sequence[ArrayLike], bos: int, eos: int, padding: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put sentences side by side, each between the mark of its beginning and that of its end.

    Parameters
    ----------
    sentences
        N lists of ids, without marks; one may be empty, for then its end is all there is to foretell.
    bos
        The token before the first: an input, never a target.
    eos
        The token after the last: a target, never an input.
    padding
        What fills short sentences up. It never counts, whatever it is, as long as the lengths are given to
        the loss.

    Returns
    -------
    inputs : ndarray
        ``bos, w_1, ..., w_n`` and padding, (T, N), T one more than the longest sentence.
    targets : ndarray
        ``w_1, ..., w_n, eos`` and padding, (T, N).
    lengths : ndarray
        How many steps of each sentence are real, n + 1, (N,).

    Raises
    ------
    TypeError
        If a sentence does not hold integers.
    ValueError
        If there are no sentences, or one has more than one axis.

    Examples
    --------
    >>> inputs, targets, lengths = sentence_batch([[5, 6, 7], [8]], bos=1, eos=2)
    >>> inputs.T.tolist(), targets.T.tolist(), lengths.tolist()
    ([[1, 5, 6, 7], [1, 8, 0, 0]], [[5, 6, 7, 2], [8, 2, 0, 0]], [4, 2])
    """
    if len(sentences) == 0:
        raise ValueError("sentences: expected at least one, got none")
    rows = [_sentence(number, sentence) for number, sentence in enumerate(sentences)]
    lengths = np.array([len(row) + 1 for row in rows])  # (N,)
    inputs = np.full((lengths.max(), len(rows)), padding, np.int64)  # (T, N)
    targets = np.full_like(inputs, padding)
    for n, row in enumerate(rows):
        inputs[0, n] = bos
        inputs[1 : lengths[n], n] = row
        targets[: lengths[n] - 1, n] = row
        targets[lengths[n] - 1, n] = eos
    return inputs, targets, lengths


def sentence_batches(
    sentences: Sequence[ArrayLike],
    batch_size: int,
    bos: int,
    eos: int,
    rng: np.random.Generator | None = None,
    similar_lengths: bool = False,
    padding: int = 0,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Go through all sentences once, batch by batch.

    Parameters
    ----------
    sentences, bos, eos, padding
        As in :func:`sentence_batch`.
    batch_size
        N; the last batch may be smaller.
    rng
        What the order is drawn from; None keeps the order given.
    similar_lengths
        True puts sentences of similar length together, which leaves little padding to compute; the order
        of the batches is still drawn.

    Yields
    ------
    inputs, targets, lengths : ndarray
        As of :func:`sentence_batch`.

    Raises
    ------
    ValueError
        If ``batch_size`` is below 1.

    Examples
    --------
    >>> batches = sentence_batches([[5], [6, 7], [8]], 2, bos=1, eos=2)
    >>> [lengths.tolist() for inputs, targets, lengths in batches]
    [[2, 3], [2]]
    """
    _expect_positive("batch_size", batch_size)
    order = np.arange(len(sentences)) if rng is None else rng.permutation(len(sentences))
    if similar_lengths:
        order = order[np.argsort([np.size(sentences[i]) for i in order], kind="stable")]
    starts = np.arange(0, len(order), batch_size)
    if similar_lengths and rng is not None:
        rng.shuffle(starts)
    return (
        sentence_batch([sentences[i] for i in order[start : start + batch_size]], bos, eos, padding)
        for start in starts
    )


def _sentence(number: int, sentence: ArrayLike) -> np.ndarray:
    """Return one sentence's ids, (n,)."""
    if np.size(sentence) == 0:
        return np.zeros(0, np.int64)
    ids = integers(f"sentences[{number}]", sentence)
    expect_shape(f"sentences[{number}]", ids.shape, ("n",))
    return ids


def _expect_positive(name: str, size: int) -> None:
    """Refuse a size below 1."""
    if size < 1:
        raise ValueError(f"{name}: expected at least 1, got {size}")
