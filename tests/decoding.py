"""Small models whose every sequence can be looked at, for the tests of the searches."""

from itertools import product

import numpy as np

from companion.reference.decode import Hypothesis, length_normalised

V, EOS, T = 4, 2, 4  # tokens 0, 1 and 3, and the end
FIRST = 0


class TableModel:
    """A model with logits of its own for each beginning; its state is the beginning's number, (1, N)."""

    def __init__(self, seed: int, ties: bool = False) -> None:
        self.seed, self.ties = seed, ties
        self.asked: list[int] = []  # how many rows at each call

    def logits(self, number: int, source: int) -> np.ndarray:
        rng = np.random.default_rng([self.seed, source, number])
        return rng.integers(0, 3, V).astype(float) if self.ties else 1.5 * rng.standard_normal(V)

    def start(self, sources) -> dict[str, np.ndarray]:
        sources = np.asarray(sources)
        return {"number": np.zeros((1, len(sources)), np.int64), "source": sources[None]}

    def step(self, ids, state):
        self.asked.append(len(ids))
        number = state["number"] * V + ids + 1  # another number for each beginning
        pairs = zip(number[0].tolist(), state["source"][0].tolist(), strict=True)
        return np.array([self.logits(n, s) for n, s in pairs]), {**state, "number": number}

    def every(self, source: int, alpha: float = 0.0, steps: int = T) -> list[Hypothesis]:
        """Return every sequence that ends within so many steps, the best first."""
        found = []
        for length in range(1, steps + 1):
            for body in product([t for t in range(V) if t != EOS], repeat=length - 1):
                tokens = (*body, EOS)
                log_prob, number, token = 0.0, 0, FIRST
                for following in tokens:
                    number = number * V + token + 1
                    row = self.logits(number, source)
                    log_prob += float(row[following] - np.log(np.exp(row).sum()))
                    token = following
                found.append(Hypothesis(tokens, log_prob, length_normalised(log_prob, length, alpha), True))
        return sorted(found, key=lambda one: (-round(one.score, 12), one.tokens))
