"""``rnn-remembered``: a linear probe for what stood k steps ago."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, H, V, k in (
        (40, 3, 2, 0),
        (60, 5, 4, 1),
        (80, 8, 3, 2),
        (61, 4, 5, 3),
        (99, 9, 4, 5),
        (90, 6, 6, 2),
    ):
        letters = rng.integers(0, V, T)
        one_hot, W = np.eye(V)[letters], rng.normal(size=(H, V))
        U = rng.normal(size=(H, H)) / np.sqrt(H)
        states, h = np.empty((T, H)), np.zeros(H)
        for t in range(T):
            h = states[t] = np.tanh(W @ one_hot[t] + U @ h + 0.5)
        yield states, letters, k, V, 0.1


REMEMBERED = Exercise(
    "rnn-remembered",
    _cases,
    (Law("a share of right answers lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),),
)


@REMEMBERED.solved_by
def remembered(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    """Return the share of the second half in which the letter of k steps ago is read off the state."""
    return _probe(states[k:], letters[: len(letters) - k], V, penalty)


def _probe(
    states: np.ndarray,
    letters: np.ndarray,
    V: int,
    penalty: float,
    half: int | None = None,
    free: bool = False,
    tested: int | None = None,
) -> float:
    """Fit on the first half of the pairs by ridge regression; test on the second."""
    half = len(states) // 2 if half is None else half
    A = np.column_stack([states, np.ones(len(states))])  # (pairs, H + 1)
    fit, ridge = A[:half], penalty * np.eye(A.shape[1])
    if free:
        ridge[-1, -1] = 0.0
    W = np.linalg.solve(fit.T @ fit + ridge, fit.T @ np.eye(V)[letters[:half]])
    part = slice(half if tested is None else tested, None)
    return float(((A[part] @ W).argmax(axis=1) == letters[part]).mean())


@REMEMBERED.mistake("You ask the state for a letter k steps ahead. That is prediction; asked for is memory.")
def _ahead(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    return _probe(states[: len(letters) - k], letters[k:], V, penalty)


@REMEMBERED.mistake(
    "Measured on the half that it was fitted to: a probe with enough inputs remembers by heart by itself."
)
def _by_heart(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    pairs, wanted = states[k:], letters[: len(letters) - k]
    half = len(pairs) // 2
    return _probe(np.concatenate([pairs[:half]] * 2), np.concatenate([wanted[:half]] * 2), V, penalty)


@REMEMBERED.mistake("One step off: the state of step t has read letter t, so that one is 0 steps ago.")
def _off_by_one(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    return remembered(states, letters, k + 1, V, penalty)


@REMEMBERED.mistake("The probe has no constant input; it should have one beside the state.")
def _no_constant(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    pairs, wanted = states[k:], letters[: len(letters) - k]
    half = len(pairs) // 2
    fit = pairs[:half]
    W = np.linalg.solve(fit.T @ fit + penalty * np.eye(fit.shape[1]), fit.T @ np.eye(V)[wanted[:half]])
    return float(((pairs[half:] @ W).argmax(axis=1) == wanted[half:]).mean())


@REMEMBERED.mistake(
    "Tested on all pairs, those that the probe was fitted to among them. Only the second half counts."
)
def _on_all(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    return _probe(states[k:], letters[: len(letters) - k], V, penalty, tested=0)


@REMEMBERED.mistake("The letters go round: roll gives the first states the last letters. Those have no pair.")
def _goes_round(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    return _probe(states, np.roll(letters, k), V, penalty)


@REMEMBERED.mistake("You ask for the letter that the state has just read. Asked for is the one k steps ago.")
def _just_read(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    return _probe(states, letters, V, penalty)


@REMEMBERED.mistake("Half of the text is not half of the pairs: cut k off first, then take the half.")
def _half_of_text(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    return _probe(states[k:], letters[: len(letters) - k], V, penalty, half=len(states) // 2)


@REMEMBERED.mistake("The constant goes free of the penalty in yours; here it is penalised like the rest.")
def _constant_free(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    return _probe(states[k:], letters[: len(letters) - k], V, penalty, free=True)


@REMEMBERED.mistake("There is no penalty in yours: that is plain least squares.")
def _no_penalty(states: np.ndarray, letters: np.ndarray, k: int, V: int, penalty: float) -> float:
    return _probe(states[k:], letters[: len(letters) - k], V, 0.0)
