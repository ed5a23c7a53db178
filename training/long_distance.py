"""Train small networks to say "was" or "were", with more and more words after the noun, and save them.

``python -m training.long_distance`` writes ``companion/weights/long-distance.safetensors``: five networks
for each gap and each of three recurrent matrices to start from, in half precision. It takes about three
minutes on one thread of a CPU.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from companion.reference import clipping, dense, embedding, losses, optim, rnn, spectra
from companion.text.long_distance import LONG_DISTANCE_WORDS, verb_sentence
from companion.weights import save

COMMAND = "python -m training.long_distance"
IDS = {word: number for number, word in enumerate(LONG_DISTANCE_WORDS)}
D, H = 16, 32
SEEDS = range(5)
SENTENCES, BATCH, LR, MAX_NORM, LEARNED, NEW = 1500, 32, 0.003, 1.0, 0.05, 9999
SAVED_AFTER, UPDATES = 1000, 4000
Params = dict[str, np.ndarray]


class Start(NamedTuple):
    """What the recurrent matrix starts as, by seed (None: as in PyTorch), and what is trained from it."""

    matrix: Callable[[int], np.ndarray] | None
    activation: str
    gaps: tuple[int, ...]


STARTS = {
    "pytorch": Start(None, "tanh", (0, 7, 9, 12, 16, 20, 24)),
    "orthogonal": Start(
        lambda seed: spectra.orthogonal(H, np.random.default_rng(50 + seed)), "tanh", (9, 12, 16, 20, 30)
    ),
    "identity": Start(lambda seed: np.eye(H), "relu", (9, 20, 40, 60)),
}


def sentences(gap: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the ids of the words before the verb, (T, N), and of the verbs, (N,)."""
    rng = np.random.default_rng(seed)
    drawn = [verb_sentence(rng, gap) for _ in range(count)]
    ids = [[IDS[word] for word in s.words[: s.asked]] for s in drawn]
    return np.array(ids).T, np.array([IDS[s.words[s.asked]] for s in drawn])


def network(seed: int, recurrent: np.ndarray | None = None) -> Params:
    """Draw all parts; take this recurrent matrix and no bias, if it is given."""
    rng = np.random.default_rng(seed)
    layers = {
        "table": embedding.init(len(IDS), D, rng),
        "rnn": rnn.init(D, H, rng),
        "readout": dense.init(H, len(IDS), rng),
    }
    if recurrent is not None:
        no_bias = {name: np.zeros(H) for name in ("bias_ih_l0", "bias_hh_l0")}
        layers["rnn"] |= no_bias | {"weight_hh_l0": recurrent}
    return {f"{part}.{name}": array for part, layer in layers.items() for name, array in layer.items()}


def split(params: Params, part: str) -> Params:
    """Give the parameters of one part."""
    return {name.split(".")[1]: array for name, array in params.items() if name.startswith(part)}


def gradients(params: Params, ids: np.ndarray, answers: np.ndarray, activation: str) -> tuple[float, Params]:
    """Give the mean loss of the verbs, and its gradients."""
    o, (below, middle, above) = predict(params, ids, activation)
    loss, cache = losses.cross_entropy(o, answers)
    dh_n, dreadout = dense.backward(above, losses.cross_entropy_backward(cache))
    dx, _, drnn = rnn.backward(middle, None, dh_n)
    _, dtable = embedding.backward(below, dx)
    grads = {"table": dtable, "rnn": drnn, "readout": dreadout}
    return float(loss), {f"{part}.{name}": a for part, layer in grads.items() for name, a in layer.items()}


def predict(
    params: Params, ids: np.ndarray, activation: str
) -> tuple[np.ndarray, tuple[embedding.Cache, rnn.Cache, dense.Cache]]:
    """Give the logits of the word after the last, (N, V), and what the backward pass needs."""
    x, below = embedding.forward(split(params, "table"), ids)
    _, h_n, middle = rnn.forward(split(params, "rnn"), x, nonlinearity=activation)
    o, above = dense.forward(split(params, "readout"), h_n)
    return o, (below, middle, above)


def accuracy(params: Params, gap: int, activation: str) -> float:
    """Give the share of right verbs in 1,000 sentences that no network is trained on."""
    ids, answers = sentences(gap, 1000, NEW)
    return float((predict(params, ids, activation)[0].argmax(axis=1) == answers).mean())


def trained(start: Start, gap: int, seed: int) -> tuple[Params, int | None, float]:
    """Train until it is learned.

    Returns
    -------
    dict
        The parameters after `SAVED_AFTER` updates, or when it was learned if that was earlier.
    int or None
        The updates until it was learned.
    float
        The accuracy at the end.
    """
    rng = np.random.default_rng(seed)
    ids, answers = sentences(gap, SENTENCES, 100 + seed)
    params = network(seed, None if start.matrix is None else start.matrix(seed))
    state, recent, kept, learned = optim.adam_init(params), 1.0, params, None
    for update in range(1, UPDATES + 1):
        pick = rng.integers(0, len(answers), BATCH)
        loss, grads = gradients(params, ids[:, pick], answers[pick], start.activation)
        grads, _ = clipping.clip_by_norm(grads, MAX_NORM)
        params, state = optim.adam_step(params, grads, state, lr=LR)
        recent += 0.05 * (loss - recent)
        kept = params if update <= SAVED_AFTER else kept
        if recent < LEARNED:
            learned = update
            break
    return kept, learned, accuracy(params, gap, start.activation)


def main() -> None:
    """Train all of them, save."""
    tensors: Params = {}
    needed: dict[str, dict[int, tuple[int | None, ...]]] = {}
    right: dict[str, dict[int, list[float]]] = {}
    for name, start in STARTS.items():
        needed[name], right[name] = {}, {}
        for gap in start.gaps:
            kept, updates, shares = zip(*map(partial(trained, start, gap), SEEDS), strict=True)
            needed[name][gap] = updates
            right[name][gap] = [round(share, 3) for share in shares]
            print(name, gap, needed[name][gap], right[name][gap], flush=True)
            for key in kept[0]:
                tensors[f"{name}/{gap}/{key}"] = np.stack([params[key] for params in kept]).astype(np.float16)
    settings = {
        "embedding": D, "hidden": H, "seeds": list(SEEDS), "sentences": SENTENCES, "batch": BATCH, "lr": LR,
        "clip": MAX_NORM, "saved after": SAVED_AFTER, "updates": UPDATES, "learned below": LEARNED,
    }  # fmt: skip
    result = {"updates until learned": needed, "right at the end": right}
    save("long-distance", tensors, command=COMMAND, settings=settings, result=result)


if __name__ == "__main__":
    main()
