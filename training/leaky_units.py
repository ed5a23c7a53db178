"""Train networks with and without leaks to weigh evidence, and save them for the chapter on leaky units.

``python -m training.leaky_units`` writes ``companion/weights/leaky-units.safetensors``: plain, leaky and
gated networks of 16 units that say, after 80 steps, whether there was more evidence for yes or for no; in the
second task a marker says that only the evidence after it counts. It takes a minute on one thread of a CPU.
"""

from typing import Any

import numpy as np

from companion.reference import dense, leaky, losses, optim, rnn, simple_gru, training
from companion.weights import save

COMMAND = "python -m training.leaky_units"
SEEDS = (0, 1, 2, 3, 4)
STEPS, UNITS = 80, 16
UPDATES, BATCH, RATE, CLIP, TEST = 500, 64, 0.01, 1.0, 2000
SPECTRUM = np.geomspace(1, 2 * STEPS, UNITS)  # the leaky units' time constants
START = np.maximum(SPECTRUM, 1.1)  # where they start if they are learned
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "plain": (rnn, {}),
    "leaky": (leaky, {"tau": SPECTRUM}),
    "learned": (leaky, {}),
    "gated": (simple_gru, {}),
}
Params = dict[str, np.ndarray]
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]


def evidence(rng: np.random.Generator, count: int, marked: bool) -> Batch:
    """Draw inputs (T, N, 2), evidence and marker; answers (N,); the marker's step (N,), -1 without."""
    x = np.zeros((STEPS, count, 2))
    reports = rng.choice([-1.0, 1.0], (STEPS, count))
    x[..., 0] = np.where(rng.random((STEPS, count)) < 0.15, reports, 0)
    at = np.full(count, -1)
    if marked:
        at = rng.integers(STEPS // 10, STEPS - STEPS // 10, count)
        x[at, np.arange(count)] = [0, 1]
    counts = np.arange(STEPS)[:, None] > at  # (T, N): the steps that count
    total = (x[..., 0] * counts).sum(axis=0)  # (N,)
    clear = total != 0  # a draw has no answer
    return x[:, clear], (total[clear] > 0).astype(float), at[clear]


def init(kind: str, rng: np.random.Generator) -> Params:
    """Draw a network; a gate keeps at first as much as a leaky unit does."""
    module, _ = KINDS[kind]
    more = {"learn_tau": True, "tau": START} if kind == "learned" else {}
    net = module.init(2, UNITS, rng, **more)
    if kind == "gated":
        net["bias_ih_l0"][:UNITS] += np.log(START - 1)
    return net | {f"head.{name}": value for name, value in dense.init(UNITS, 1, rng).items()}


def answers(kind: str, net: Params, x: np.ndarray) -> tuple[np.ndarray, tuple[Any, Any]]:
    """Return the network's outputs, (N,), and what the way back needs."""
    module, settings = KINDS[kind]
    layer = {name: value for name, value in net.items() if not name.startswith("head")}
    _, h_n, cache = module.forward(layer, x, **settings)
    o, top = dense.forward({"weight": net["head.weight"], "bias": net["head.bias"]}, h_n)
    return o[:, 0], (cache, top)


def train(kind: str, marked: bool, seed: int) -> Params:
    """Train one network on sequences that are drawn afresh for each update."""
    rng = np.random.default_rng(seed)

    def loss_and_grads(net: Params, batch: Batch, carry: None) -> tuple[float, Params, None]:
        x, y, _ = batch
        o, (cache, top) = answers(kind, net, x)
        loss, saved = losses.binary_cross_entropy(o, y)
        dh_n, dhead = dense.backward(top, losses.binary_cross_entropy_backward(saved)[:, None])
        _, _, grads = KINDS[kind][0].backward(cache, None, dh_n)
        return float(loss), grads | {f"head.{name}": grad for name, grad in dhead.items()}, None

    net = init(kind, rng)
    batches = (evidence(rng, BATCH, marked) for _ in range(UPDATES))
    net, _ = training.train(net, loss_and_grads, batches, optim.adam(lr=RATE), max_norm=CLIP)
    return net


def main() -> None:
    """Train all networks from all seeds on both tasks, measure them, save."""
    tensors, result = {}, {}
    for task, marked in (("sum", False), ("marked", True)):
        x, y, _ = evidence(np.random.default_rng(99), TEST, marked)
        for kind in KINDS:
            right = []
            for seed in SEEDS:
                net = {name: value.astype(np.float32) for name, value in train(kind, marked, seed).items()}
                tensors.update({f"{task}/{kind}/{seed}/{name}": value for name, value in net.items()})
                o, _ = answers(kind, {name: value.astype(np.float64) for name, value in net.items()}, x)
                right.append(round(float(np.mean((o > 0) == (y > 0))), 3))
            result[f"{task}, {kind}"] = right
            print(task, kind, right, flush=True)
    settings = {
        "seeds": SEEDS,
        "steps": STEPS,
        "units": UNITS,
        "updates": UPDATES,
        "batch": BATCH,
        "lr": RATE,
    }
    save("leaky-units", tensors, command=COMMAND, settings=settings, result=result)


if __name__ == "__main__":
    main()
