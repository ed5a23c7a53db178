"""Train what the chapter on gated units compares: recurrent layers, over gaps and where no gap is.

``python -m training.gated_units`` writes ``companion/weights/gated-units.safetensors``: three networks that
the chapter looks into, and in the header what all trainings came to. It takes about six minutes on one
thread.

All have an embedding of 16 numbers, 32 units, a softmax, Adam, and gradients clipped at 1, as in the chapter
on vanishing gradients. A training ends when the running mean of its loss falls below 0.05.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from companion.data import load_sunspots
from companion.reference import clipping, dense, embedding, gru, leaky, losses, lstm, optim, rnn, simple_gru
from companion.text.long_distance import LONG_DISTANCE_WORDS, verb_sentence
from companion.weights import save

COMMAND = "python -m training.gated_units"
D, H = 16, 32
GAPS, SEEDS = (7, 12, 16, 30, 60), range(5)
LENGTHS, RATES, ORDER_SEEDS = (20, 60), (0.001, 0.003, 0.01, 0.03), range(3)
UPDATES, BATCH, RATE, KNOWN, LEARNED = 1000, 32, 0.003, 0.05, 0.9
KEPT = {"simple gru": "simple_gru", "gru": "gru", "lstm, bias 5": "lstm"}
IDS = {word: number for number, word in enumerate(LONG_DISTANCE_WORDS)}
LETTERS, SPLIT = 6, 220  # X, Y and four that say nothing; years of sunspots to train on

Params = dict[str, np.ndarray]
Data = tuple[np.ndarray, np.ndarray]  # ids (T, N), answers (N,)


class Layer(NamedTuple):
    """One kind of recurrent layer."""

    init: Callable[..., Params]
    forward: Callable[..., Any]
    backward: Callable[..., Any]


def identity(input_size: int, hidden_size: int, rng: np.random.Generator) -> Params:
    """Start a recurrent layer from the identity, as Le, Jaitly and Hinton (2015) do."""
    no_bias = {name: np.zeros(hidden_size) for name in ("bias_ih_l0", "bias_hh_l0")}
    return rnn.init(input_size, hidden_size, rng) | {"weight_hh_l0": np.eye(hidden_size)} | no_bias


def spectrum(input_size: int, hidden_size: int, rng: np.random.Generator) -> Params:
    """Start a leaky layer with time constants from 2 to 64 steps, which are learned."""
    tau = np.geomspace(2, 64, hidden_size)
    return leaky.init(input_size, hidden_size, rng, learn_tau=True, tau=tau)


KINDS = {
    "rnn": Layer(rnn.init, rnn.forward, rnn.backward),
    "rnn, identity": Layer(identity, partial(rnn.forward, nonlinearity="relu"), rnn.backward),
    "leaky": Layer(spectrum, leaky.forward, leaky.backward),
    "simple gru": Layer(simple_gru.init, simple_gru.forward, simple_gru.backward),
    "gru": Layer(gru.init, gru.forward, gru.backward),
    "lstm, as drawn": Layer(lstm.init, lstm.forward, lstm.backward),
    "lstm, bias 1": Layer(partial(lstm.init, forget_bias=1.0), lstm.forward, lstm.backward),
    "lstm, bias 5": Layer(partial(lstm.init, forget_bias=5.0), lstm.forward, lstm.backward),
}


def sentences(gap: int, count: int, seed: int) -> Data:
    """Draw sentences as far as their verb, and the verb."""
    rng = np.random.default_rng(seed)
    drawn = [verb_sentence(rng, gap) for _ in range(count)]
    ids = [[IDS[word] for word in s.words[: s.asked]] for s in drawn]
    return np.array(ids).T, np.array([IDS[s.words[s.asked]] for s in drawn])


def orders(length: int, count: int, seed: int) -> Data:
    """Draw letters with two that count, X or Y each, and which of the four pairs it is, in order.

    The first stands in the first fifth of the sequence, the second soon after the middle (Hochreiter and
    Schmidhuber, 1997, task 6a).
    """
    rng = np.random.default_rng(seed)
    ids = rng.integers(2, LETTERS, (length, count))
    places = rng.integers(0, length // 5, count), rng.integers(length // 2, 3 * length // 5, count)
    pair = rng.integers(0, 2, (2, count))
    for place, letter in zip(places, pair, strict=True):
        ids[place, np.arange(count)] = letter
    return ids, 2 * pair[0] + pair[1]


def network(kind: str, symbols: int, classes: int, seed: int) -> dict[str, Params]:
    """Draw all parts."""
    rng = np.random.default_rng(seed)
    table, layer = embedding.init(symbols, D, rng), KINDS[kind].init(D, H, rng)
    return {"table": table, "layer": layer, "readout": dense.init(H, classes, rng)}


def predict(kind: str, parts: dict[str, Params], ids: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Give the logits after the last step, (N, classes)."""
    x, below = embedding.forward(parts["table"], ids)
    y, _, middle = KINDS[kind].forward(parts["layer"], x)
    o, above = dense.forward(parts["readout"], y[-1])
    return o, (below, middle, above)


def gradients(
    kind: str, parts: dict[str, Params], ids: np.ndarray, answers: np.ndarray
) -> tuple[float, dict[str, Params], np.ndarray]:
    """Give the loss, its gradients, and those of the inputs of all steps, (T, N, D)."""
    o, (below, middle, above) = predict(kind, parts, ids)
    loss, cache = losses.cross_entropy(o, answers)
    dlast, dreadout = dense.backward(above, losses.cross_entropy_backward(cache))
    dy = np.zeros((*ids.shape, H))
    dy[-1] = dlast
    dx, _, dlayer = KINDS[kind].backward(middle, dy)
    _, dtable = embedding.backward(below, dx)
    return loss, {"table": dtable, "layer": dlayer, "readout": dreadout}, dx


def flat(parts: dict[str, Params]) -> Params:
    """Put all parts into one dict."""
    return {f"{part}.{name}": value for part, params in parts.items() for name, value in params.items()}


def parted(params: Params) -> dict[str, Params]:
    """Undo `flat`."""
    parts: dict[str, Params] = {}
    for name, value in params.items():
        part, _, own = name.partition(".")
        parts.setdefault(part, {})[own] = value
    return parts


def learn(
    kind: str, data: Data, symbols: int, classes: int, seed: int, updates: int, rate: float = RATE
) -> tuple[dict[str, Params], int]:
    """Train, and say how many updates were taken."""
    rng, (ids, answers) = np.random.default_rng(seed), data
    params = flat(network(kind, symbols, classes, seed))
    state, recent, update = optim.adam_init(params), 1.0, 0
    while update < updates and recent > KNOWN:
        update += 1
        pick = rng.integers(0, len(answers), BATCH)
        loss, grads, _ = gradients(kind, parted(params), ids[:, pick], answers[pick])
        clipped, _ = clipping.clip_by_norm(flat(grads), 1.0)
        params, state = optim.adam_step(params, clipped, state, lr=rate)
        recent += 0.05 * (loss - recent)
    return parted(params), update


def accuracy(kind: str, parts: dict[str, Params], data: Data) -> float:
    """Give the share of right answers."""
    return float((predict(kind, parts, data[0])[0].argmax(axis=1) == data[1]).mean())


def reach(kind: str, parts: dict[str, Params], data: Data) -> list[float]:
    """Give the mean norm of each step's input's gradient, over that of the last step."""
    _, _, dx = gradients(kind, parts, *data)
    norms = np.linalg.norm(dx, axis=2).mean(axis=1)  # (T,)
    return [float(f"{share:.3g}") for share in norms / norms[-1]]


def over_gaps() -> tuple[dict[str, Any], Params]:
    """Train on the sentences, at every gap with every layer; beyond a gap that none learned, not."""
    found: dict[str, Any] = {}
    kept: Params = {}
    for kind in KINDS:
        started = time.process_time()
        fresh = network(kind, len(IDS), len(IDS), 0)
        found.setdefault("reach before", {})[kind] = reach(kind, fresh, sentences(30, 200, 9998))
        for gap in GAPS:
            runs = []
            for seed in SEEDS:
                parts, taken = learn(
                    kind, sentences(gap, 1500, 100 + seed), len(IDS), len(IDS), seed, UPDATES
                )
                runs.append((accuracy(kind, parts, sentences(gap, 1000, 9999)), taken))
                if kind in KEPT and (gap, seed) == (12, 0):
                    kept |= {f"{KEPT[kind]}.{name}": value for name, value in flat(parts).items()}
                if gap == 30 and seed == 0:
                    found.setdefault("reach after", {})[kind] = reach(kind, parts, sentences(30, 200, 9998))
            found.setdefault("sentences", {}).setdefault(kind, {})[gap] = runs
            print(kind, gap, " ".join(f"{share:.2f}/{taken}" for share, taken in runs), flush=True)
            if max(share for share, _ in runs) < LEARNED:
                found["sentences"][kind] |= {longer: [] for longer in GAPS if longer > gap}
                break
        print(f"  {time.process_time() - started:.0f} s", flush=True)
    return found, kept


def over_lengths() -> dict[str, Any]:
    """Train on the order of two letters."""
    found: dict[str, Any] = {}
    for kind in ("rnn", "rnn, identity", "leaky", "gru", "lstm, bias 5"):
        for length in LENGTHS:
            runs = []
            for seed in ORDER_SEEDS:
                parts, taken = learn(kind, orders(length, 3000, 100 + seed), LETTERS, 4, seed, 2 * UPDATES)
                runs.append((accuracy(kind, parts, orders(length, 1000, 9999)), taken))
            found.setdefault(kind, {})[length] = runs
            print(kind, length, " ".join(f"{share:.2f}/{taken}" for share, taken in runs), flush=True)
    return found


def over_rates() -> dict[str, Any]:
    """Train on sentences of gap 16 with other learning rates."""
    found: dict[str, Any] = {}
    for kind in ("rnn, identity", "leaky", "gru", "lstm, bias 5"):
        for rate in RATES:
            runs = []
            for seed in ORDER_SEEDS:
                parts, taken = learn(
                    kind, sentences(16, 1500, 100 + seed), len(IDS), len(IDS), seed, UPDATES, rate
                )
                runs.append((accuracy(kind, parts, sentences(16, 1000, 9999)), taken))
            found.setdefault(kind, {})[rate] = runs
            print(kind, rate, " ".join(f"{share:.2f}/{taken}" for share, taken in runs), flush=True)
    return found


def forecasts() -> dict[str, list[float]]:
    """Forecast next year's sunspots with layers of about 200 parameters; give the errors, in spots."""
    series = np.asarray(load_sunspots().values, dtype=float) / 100
    found = {}
    for kind, units in (("rnn", 12), ("gru", 7), ("lstm, bias 1", 6)):
        found[kind] = [round(forecast(kind, units, series, seed), 2) for seed in range(6)]
        print(kind, units, found[kind], flush=True)
    return found


def forecast(kind: str, units: int, series: np.ndarray, seed: int, updates: int = 200) -> float:
    """Train one network on the early years by the full gradient; return its error on the late ones."""
    rng = np.random.default_rng(seed)
    params = flat({"layer": KINDS[kind].init(1, units, rng), "readout": dense.init(units, 1, rng)})
    x, wanted, state = series[:-1, None, None], series[1:, None, None], optim.adam_init(params)
    for _ in range(updates):
        parts = parted(params)
        y, _, middle = KINDS[kind].forward(parts["layer"], x[: SPLIT - 1])
        o, above = dense.forward(parts["readout"], y)
        dy, dreadout = dense.backward(above, (o - wanted[: SPLIT - 1]) / SPLIT)
        _, _, dlayer = KINDS[kind].backward(middle, dy)
        clipped, _ = clipping.clip_by_norm(flat({"layer": dlayer, "readout": dreadout}), 1.0)
        params, state = optim.adam_step(params, clipped, state, lr=0.02)
    parts = parted(params)
    o, _ = dense.forward(parts["readout"], KINDS[kind].forward(parts["layer"], x)[0])
    return float(100 * np.sqrt(np.mean(np.square((o - wanted)[SPLIT - 1 :]))))


def main() -> None:
    """Train everything and write the file."""
    result, kept = over_gaps()
    result["rates"], result["order"], result["sunspots"] = over_rates(), over_lengths(), forecasts()
    settings = {"D": D, "H": H, "gaps": GAPS, "lengths": LENGTHS, "updates": UPDATES, "rate": RATE}
    tensors = {name: value.astype(np.float32) for name, value in kept.items()}
    save("gated-units", tensors, command=COMMAND, settings=settings, result=result)


if __name__ == "__main__":
    main()
