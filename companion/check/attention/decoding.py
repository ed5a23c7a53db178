"""``att-decoder`` and ``att-alignment``: a decoder that attends anew at every step; what it looked at."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _decoder_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for S, V, H in ((3, 5, 4), (1, 4, 3), (5, 6, 2), (4, 7, 5), (6, 5, 6), (5, 8, 8)):
        E, W, U = (1.5 * rng.normal(size=shape) for shape in ((V, H), (H, H), (H, 2 * H)))
        W_o = 2.0 * rng.normal(size=(V, H))
        yield rng.normal(size=H), 1.5 * rng.normal(size=(S, H)), [E, W, U, W_o], 0, 1, 8


DECODER = Exercise(
    "att-decoder",
    _decoder_cases,
    (
        Law("there are no more tokens than the limit.", lambda given, got: len(got) <= given[5]),
        Law(
            "what ends the sentence stands at its end, if at all.",
            lambda given, got: given[4] not in got[:-1],
        ),
    ),
)


def _context(h: np.ndarray, memory: np.ndarray) -> np.ndarray:
    scores = memory @ h
    exps = np.exp(scores - scores.max())
    return (exps / exps.sum()) @ memory


@DECODER.solved_by
def write(
    h: np.ndarray, memory: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int
) -> list[int]:
    """Return the tokens that a greedy search finds, the end among them."""
    E, W, U, W_o = net
    tokens: list[int] = []
    last = bos
    while len(tokens) < limit and last != eos:
        h = np.tanh(E[last] + W @ h)
        attended = np.tanh(U @ np.concatenate([_context(h, memory), h]))
        last = int((W_o @ attended).argmax())
        tokens.append(last)
    return tokens


@DECODER.mistake("The context of the first step is used at every step. Each word has to look anew.")
def _once(
    h: np.ndarray, memory: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int
) -> list[int]:
    E, W, U, W_o = net
    tokens: list[int] = []
    last, context = bos, _context(np.tanh(E[bos] + W @ h), memory)
    while len(tokens) < limit and last != eos:
        h = np.tanh(E[last] + W @ h)
        last = int((W_o @ np.tanh(U @ np.concatenate([context, h]))).argmax())
        tokens.append(last)
    return tokens


@DECODER.mistake("The query is the state before the token was read. It has to be the state after it.")
def _before(
    h: np.ndarray, memory: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int
) -> list[int]:
    E, W, U, W_o = net
    tokens: list[int] = []
    last = bos
    while len(tokens) < limit and last != eos:
        context = _context(h, memory)
        h = np.tanh(E[last] + W @ h)
        last = int((W_o @ np.tanh(U @ np.concatenate([context, h]))).argmax())
        tokens.append(last)
    return tokens


@DECODER.mistake(
    "The state goes on as the attended one. In this decoder nothing of the context enters the recurrence."
)
def _fed(
    h: np.ndarray, memory: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int
) -> list[int]:
    E, W, U, W_o = net
    tokens: list[int] = []
    last = bos
    while len(tokens) < limit and last != eos:
        h = np.tanh(E[last] + W @ h)
        h = np.tanh(U @ np.concatenate([_context(h, memory), h]))
        last = int((W_o @ h).argmax())
        tokens.append(last)
    return tokens


@DECODER.mistake("State and context are joined the wrong way round: U was made for the context first.")
def _swapped(
    h: np.ndarray, memory: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int
) -> list[int]:
    E, W, U, W_o = net
    return write(h, memory, [E, W, np.roll(U, U.shape[1] // 2, axis=1), W_o], bos, eos, limit)


@DECODER.mistake("Every step reads the token that begins a sentence. Read what was written last.")
def _deaf(
    h: np.ndarray, memory: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int
) -> list[int]:
    E, W, U, W_o = net
    tokens: list[int] = []
    while len(tokens) < limit and (not tokens or tokens[-1] != eos):
        h = np.tanh(E[bos] + W @ h)
        tokens.append(int((W_o @ np.tanh(U @ np.concatenate([_context(h, memory), h]))).argmax()))
    return tokens


def _alignment_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, S in ((1, 1), (3, 4), (5, 2), (4, 6), (6, 5), (7, 3)):
        exps = np.exp(3 * rng.normal(size=(T, S)))
        weights = exps / exps.sum(axis=1, keepdims=True)
        gold = {(int(t), int(rng.integers(S))) for t in rng.integers(0, T, T)}
        if T > 1:
            gold |= {(0, int(weights[0].argmax())), (0, int(weights[0].argmin()))}
        yield weights, sorted(gold)


ALIGNMENT = Exercise(
    "att-alignment",
    _alignment_cases,
    (Law("an error rate lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),),
)


@ALIGNMENT.solved_by
def alignment_error(weights: np.ndarray, gold: list[tuple[int, int]]) -> float:
    """Return one minus the F1 of the links (t, s) with the largest weight of each t, against `gold`."""
    found = {(t, int(row.argmax())) for t, row in enumerate(weights)}
    return 1 - 2 * len(found & set(gold)) / (len(found) + len(gold))


@ALIGNMENT.mistake("That is one minus the precision. Links that should have been found count as well.")
def _alignment_precision(weights: np.ndarray, gold: list[tuple[int, int]]) -> float:
    found = {(t, int(row.argmax())) for t, row in enumerate(weights)}
    return 1 - len(found & set(gold)) / len(found)


@ALIGNMENT.mistake("That is one minus the recall. Links that were found and are wrong count as well.")
def _alignment_recall(weights: np.ndarray, gold: list[tuple[int, int]]) -> float:
    found = {(t, int(row.argmax())) for t, row in enumerate(weights)}
    return 1 - len(found & set(gold)) / len(gold)


@ALIGNMENT.mistake(
    "The largest weight is taken in each column. It is the target's words that look, one a row."
)
def _alignment_columns(weights: np.ndarray, gold: list[tuple[int, int]]) -> float:
    found = {(int(column.argmax()), s) for s, column in enumerate(weights.T)}
    return 1 - 2 * len(found & set(gold)) / (len(found) + len(gold))


@ALIGNMENT.mistake("That is how good the alignment is. The error rate is what is missing to 1.")
def _alignment_score(weights: np.ndarray, gold: list[tuple[int, int]]) -> float:
    return 1 - alignment_error(weights, gold)
