"""``s2s-shift``, ``s2s-probability``, ``s2s-greedy``, ``s2s-by-length``: sentences in, said, and judged."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Pair = tuple[np.ndarray, np.ndarray]
Net = tuple[np.ndarray, ...]


def _shift_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for lengths in ((3,), (1, 2), (4, 2, 3), (5, 1, 1, 2), (2, 6, 3), (1,)):
        yield [[int(i) for i in rng.integers(3, 20, n)] for n in lengths], 1, 2


SHIFT = Exercise(
    "s2s-shift",
    _shift_cases,
    (
        Law(
            "what is read at a step is what was to be said at the step before.",
            lambda given, got: _chained(*got),
        ),
        Law("every target ends with the end.", lambda given, got: bool((got[1] == given[2]).sum(0).all())),
    ),
)


def _chained(inputs: np.ndarray, targets: np.ndarray) -> bool:
    before, after = targets[:-1], inputs[1:]
    return bool((before == after)[after != 0].all())


def _columns(rows: list[list[int]]) -> np.ndarray:
    table = np.zeros((max(map(len, rows)), len(rows)), dtype=int)
    for n, row in enumerate(rows):
        table[: len(row), n] = row
    return table


@SHIFT.solved_by
def teacher(sentences: list[list[int]], bos: int, eos: int) -> Pair:
    """Return what the decoder reads and what it is to say, (T, N) each, filled with 0."""
    return _columns([[bos, *s] for s in sentences]), _columns([[*s, eos] for s in sentences])


@SHIFT.mistake("Inputs and targets are the same: the decoder is asked for the word it has just been told.")
def _shift_none(sentences: list[list[int]], bos: int, eos: int) -> Pair:
    said = _columns([[*s, eos] for s in sentences])
    return said, said.copy()


@SHIFT.mistake("Moved the wrong way: the decoder reads the word after the one it is asked for.")
def _shift_ahead(sentences: list[list[int]], bos: int, eos: int) -> Pair:
    return _columns([[*s[1:], eos, 0] for s in sentences]), _columns([[*s, eos] for s in sentences])


@SHIFT.mistake("The targets have no end, so nothing will ever be told to stop.")
def _shift_endless(sentences: list[list[int]], bos: int, eos: int) -> Pair:
    return _columns([[bos, *s] for s in sentences]), _columns([[*s, 0] for s in sentences])


@SHIFT.mistake("The targets begin with the beginning, which nobody has to say.")
def _shift_bos(sentences: list[list[int]], bos: int, eos: int) -> Pair:
    return _columns([[bos, *s, 0] for s in sentences]), _columns([[bos, *s, eos] for s in sentences])


def _probability_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, V in ((1, 1, 2), (3, 1, 4), (2, 3, 5), (5, 2, 3), (4, 4, 6), (6, 3, 7)):
        lengths = rng.integers(1, T + 1, N)
        lengths[0] = max(1, T - 1)
        yield rng.normal(size=(T, N, V)) * 2, rng.integers(0, V, (T, N)), lengths


PROBABILITY = Exercise(
    "s2s-probability",
    _probability_cases,
    (
        Law(
            "the logarithm of a probability is not above 0.",
            lambda given, got: bool((got <= 1e-9).all()),
        ),
    ),
)


def _each(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    log_p = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    return np.take_along_axis(log_p, targets[:, :, None], axis=2)[:, :, 0]


def _real(targets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.arange(len(targets))[:, None] < lengths


@PROBABILITY.solved_by
def log_probability(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the logarithm of each target's probability, (N,)."""
    return (_each(logits, targets) * _real(targets, lengths)).sum(axis=0)


@PROBABILITY.mistake("Padding counts. What stands behind the end is no part of the sentence.")
def _probability_padding(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return _each(logits, targets).sum(axis=0)


@PROBABILITY.mistake("That is the mean for each word. The probability of a sentence is a product.")
def _probability_mean(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return log_probability(logits, targets, lengths) / lengths


@PROBABILITY.mistake("These are logits added up. They become probabilities by the softmax of their step.")
def _probability_logits(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    taken = np.take_along_axis(logits, targets[:, :, None], axis=2)[:, :, 0]
    return (taken * _real(targets, lengths)).sum(axis=0)


@PROBABILITY.mistake("That is the product itself. Of forty words it would be 0; its logarithm is asked for.")
def _probability_product(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.exp(log_probability(logits, targets, lengths))


@PROBABILITY.mistake("The sign is that of a loss.")
def _probability_sign(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return -log_probability(logits, targets, lengths)


def _greedy_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for V, D, H, limit in (
        (3, 2, 2, 4),
        (5, 3, 4, 6),
        (4, 2, 5, 8),
        (6, 4, 3, 5),
        (7, 3, 6, 9),
        (5, 2, 3, 1),
    ):
        net = [rng.normal(size=shape) * 2 for shape in ((V, D), (H, D), (H, H), (V, H))]
        yield rng.uniform(-1, 1, H), net, 0, 1, limit


GREEDY = Exercise(
    "s2s-greedy",
    _greedy_cases,
    (
        Law("no more tokens are said than there is room for.", lambda given, got: len(got) <= given[4]),
        Law("the end is not part of what is said.", lambda given, got: given[3] not in list(got)),
    ),
)


def _said(h: np.ndarray, net: list[np.ndarray], bos: int, limit: int, fed_back: bool = True) -> Iterator[int]:
    E, W_ih, W_hh, W_ho = net
    token = bos
    for _ in range(limit):
        h = np.tanh(W_ih @ E[token] + W_hh @ h)
        best = int((W_ho @ h).argmax())
        yield best
        token = best if fed_back else bos


def _up_to(tokens: Iterator[int], eos: int) -> list[int]:
    said = list(tokens)
    return said[: said.index(eos)] if eos in said else said


@GREEDY.solved_by
def say(h: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int) -> list[int]:
    """Return the tokens that the decoder says before its end, at most ``limit``."""
    return _up_to(_said(h, net, bos, limit), eos)


@GREEDY.mistake("It reads the beginning at every step, and never what it has said.")
def _greedy_bos(h: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int) -> list[int]:
    return _up_to(_said(h, net, bos, limit, fed_back=False), eos)


@GREEDY.mistake("It goes on after the end.")
def _greedy_on(h: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int) -> list[int]:
    return list(_said(h, net, bos, limit))


@GREEDY.mistake("The end is said too. It was asked for without.")
def _greedy_end(h: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int) -> list[int]:
    said = list(_said(h, net, bos, limit))
    return said[: said.index(eos) + 1] if eos in said else said


@GREEDY.mistake("The state is the first one at every step: the decoder forgets what it has said.")
def _greedy_state(h: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int) -> list[int]:
    E, W_ih, W_hh, W_ho = net
    said = [bos]
    for _ in range(limit):
        said.append(int((W_ho @ np.tanh(W_ih @ E[said[-1]] + W_hh @ h)).argmax()))
    return _up_to(iter(said[1:]), eos)


def _length_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for count in (1, 3, 6, 9, 12, 30):
        words = ["".join(rng.choice(list("abc"), int(rng.integers(1, 5)))) for _ in range(count)]
        wanted = [word + "x" * int(rng.integers(1, 3)) for word in words]
        said = [w if rng.random() < 0.6 else w[:-1] + "y" for w in wanted]
        yield words, said, wanted


BY_LENGTH = Exercise(
    "s2s-by-length",
    _length_cases,
    (Law("a share lies between 0 and 1.", lambda given, got: bool(((got[1] >= 0) & (got[1] <= 1)).all())),),
)


def _shares(sizes: list[int], right: list[float]) -> Pair:
    lengths, which = np.unique(sizes, return_inverse=True)
    return lengths, np.bincount(which, right) / np.bincount(which)


@BY_LENGTH.solved_by
def by_length(sources: list[str], said: list[str], wanted: list[str]) -> Pair:
    """Return the lengths that occur, rising, and the share of sources of each said without a mistake."""
    right = [float(s == w) for s, w in zip(said, wanted, strict=True)]
    return _shares([len(source) for source in sources], right)


@BY_LENGTH.mistake("That counts letters. One wrong letter makes the whole answer wrong.")
def _length_letters(sources: list[str], said: list[str], wanted: list[str]) -> Pair:
    right = [
        sum(a == b for a, b in zip(s, w, strict=False)) / len(w) for s, w in zip(said, wanted, strict=True)
    ]
    return _shares([len(source) for source in sources], right)


@BY_LENGTH.mistake("Those are the lengths of the answers. Asked for are those of the sources.")
def _length_targets(sources: list[str], said: list[str], wanted: list[str]) -> Pair:
    return _shares([len(w) for w in wanted], [float(s == w) for s, w in zip(said, wanted, strict=True)])


@BY_LENGTH.mistake("Each share is of all sources. Divide by those of the same length.")
def _length_all(sources: list[str], said: list[str], wanted: list[str]) -> Pair:
    lengths, shares = by_length(sources, said, wanted)
    counts = np.bincount([len(source) for source in sources])[lengths]
    return lengths, shares * counts / len(sources)


@BY_LENGTH.mistake("Those are the wrong ones.")
def _length_wrong(sources: list[str], said: list[str], wanted: list[str]) -> Pair:
    lengths, shares = by_length(sources, said, wanted)
    return lengths, 1 - shares
