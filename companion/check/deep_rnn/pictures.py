"""``deep-picture``, ``deep-back``: a picture read in two directions, forward and backward."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Gradients = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _layer(rng: np.random.Generator, D: int, H: int) -> tuple[np.ndarray, ...]:
    matrices = (rng.normal(size=(H, size)) / np.sqrt(size) for size in (D, H, H))
    return (*matrices, rng.normal(size=H))


def _pictures(rng: np.random.Generator) -> Iterator[Arguments]:
    for height, width, D, H in (
        (1, 1, 1, 2),
        (1, 4, 2, 3),
        (4, 1, 3, 2),
        (3, 4, 2, 5),
        (5, 3, 4, 2),
        (2, 2, 3, 3),
    ):
        yield rng.normal(size=(height, width, D)), *_layer(rng, D, H)


PICTURE = Exercise(
    "deep-picture",
    _pictures,
    (
        Law(
            "in the top left corner nothing has been heard yet: the state there is tanh(W_ih x + b).",
            lambda given, got: bool(np.allclose(got[0, 0], np.tanh(given[1] @ given[0][0, 0] + given[4]))),
        ),
    ),
)


def _states(
    x: np.ndarray,
    W_ih: np.ndarray,
    W_above: np.ndarray,
    W_left: np.ndarray,
    b: np.ndarray,
    mistake: str = "",
) -> np.ndarray:
    """Go row by row; a mistake, by its name, can be put in."""
    height, width, _ = x.shape
    h = np.zeros((height, width, len(b)))
    zero = np.zeros(len(b))
    for i in range(height):
        for j in range(width):
            above, left = (h[i - 1, j] if i else zero), (h[i, j - 1] if j else zero)
            if mistake == "round":
                left = h[i, j - 1] if j else (h[i - 1, -1] if i else zero)
            if mistake == "diagonal":
                above = h[i - 1, j - 1] if i and j else zero
            if mistake == "apart":
                heard = np.tanh(W_ih @ x[i, j] + W_above @ above + b) + np.tanh(W_left @ left)
                h[i, j] = heard
                continue
            h[i, j] = np.tanh(W_ih @ x[i, j] + W_above @ above + W_left @ left + b)
    return h


@PICTURE.solved_by
def picture_states(
    x: np.ndarray, W_ih: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Return the state at every place of one picture, (I, J, H)."""
    return _states(x, W_ih, W_above, W_left, b)


@PICTURE.mistake(
    "The first place of a row hears the last one of the row above: that is one long sequence of pixels."
)
def _picture_round(
    x: np.ndarray, W_ih: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _states(x, W_ih, W_above, W_left, b, "round")


@PICTURE.mistake("The place above (i, j) is (i - 1, j). Yours is above and to the left.")
def _picture_diagonal(
    x: np.ndarray, W_ih: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _states(x, W_ih, W_above, W_left, b, "diagonal")


@PICTURE.mistake("The two recurrent matrices are exchanged: W_above multiplies the state of the row before.")
def _picture_exchanged(
    x: np.ndarray, W_ih: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _states(x, W_ih, W_left, W_above, b)


@PICTURE.mistake("There is no memory down the picture: each row is read as if it were alone.")
def _picture_rows(
    x: np.ndarray, W_ih: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _states(x, W_ih, 0 * W_above, W_left, b)


@PICTURE.mistake("There is no memory along the rows: each column is read as if it were alone.")
def _picture_columns(
    x: np.ndarray, W_ih: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _states(x, W_ih, W_above, 0 * W_left, b)


@PICTURE.mistake("There is one tanh, around the sum of all that a place hears.")
def _picture_apart(
    x: np.ndarray, W_ih: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _states(x, W_ih, W_above, W_left, b, "apart")


@PICTURE.mistake("That is the state in the last corner alone. Asked for are all of them.")
def _picture_last(
    x: np.ndarray, W_ih: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _states(x, W_ih, W_above, W_left, b)[-1, -1]


def _passes(rng: np.random.Generator) -> Iterator[Arguments]:
    for x, *layer in _pictures(rng):
        h = _states(x, *layer)
        yield x, h, layer[1], layer[2], rng.normal(size=h.shape)


BACK = Exercise(
    "deep-back",
    _passes,
    (
        Law(
            "in a picture of one row no place has one above it, and dW_above is zero.",
            lambda given, got: bool(len(given[1]) > 1 or not np.any(got[1])),
        ),
    ),
)


def _back(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray, mistake: str = ""
) -> Gradients:
    """Go back from the last corner; a mistake, by its name, can be put in."""
    height, width, H = h.shape
    dh, da = dy.copy(), np.zeros_like(h)
    for i in reversed(range(height)):
        for j in reversed(range(width)):
            da[i, j] = dh[i, j] * (1 - h[i, j] ** 2 if mistake != "slope" else 1)
            if i and mistake != "only left":
                dh[i - 1, j] += (W_above if mistake == "turned" else W_above.T) @ da[i, j]
            if j and mistake != "only above":
                dh[i, j - 1] += (W_left if mistake == "turned" else W_left.T) @ da[i, j]
    if mistake == "immediate":
        da = dy * (1 - h**2)
    above, left = np.zeros_like(h), np.zeros_like(h)
    above[1:], left[:, 1:] = h[:-1], h[:, :-1]
    if mistake == "own state":
        above = left = h
    return (
        np.einsum("ijh,ijd->hd", da, x),
        np.einsum("ijg,ijh->gh", da, above),
        np.einsum("ijg,ijh->gh", da, left),
        da.sum(axis=(0, 1)),
    )


@BACK.solved_by
def picture_gradients(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> Gradients:
    """Return dW_ih (H, D), dW_above (H, H), dW_left (H, H) and db (H,)."""
    return _back(x, h, W_above, W_left, dy)


@BACK.mistake(
    "Those are the immediate parts: a state also acts through the place below and the one to the right."
)
def _back_immediate(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _back(x, h, W_above, W_left, dy, "immediate")


@BACK.mistake("A gradient goes up the columns only. A state was also heard by the place to its right.")
def _back_above(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _back(x, h, W_above, W_left, dy, "only above")


@BACK.mistake("A gradient goes back along the rows only. A state was also heard by the place below it.")
def _back_left(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _back(x, h, W_above, W_left, dy, "only left")


@BACK.mistake("The slope of the tanh is missing.")
def _back_slope(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _back(x, h, W_above, W_left, dy, "slope")


@BACK.mistake("A matrix is turned: forward it was W h, so backward it is the transposed W times da.")
def _back_turned(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _back(x, h, W_above, W_left, dy, "turned")


@BACK.mistake("A recurrent matrix multiplied the neighbour's state, not the place's own.")
def _back_own(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _back(x, h, W_above, W_left, dy, "own state")


@BACK.mistake("The gradients of W_above and W_left are exchanged.")
def _back_exchanged(
    x: np.ndarray, h: np.ndarray, W_above: np.ndarray, W_left: np.ndarray, dy: np.ndarray
) -> Gradients:
    dW_ih, dW_above, dW_left, db = _back(x, h, W_above, W_left, dy)
    return dW_ih, dW_left, dW_above, db
