"""What the tests of the encoder-decoder share: cases, and the same model out of PyTorch's own parts."""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from comparing import apart, tensor
from torch.func import functional_call

from companion.reference import gru, lstm, rnn, seq2seq
from companion.torch.gru import GRU
from companion.torch.lstm import LSTM
from companion.torch.rnn import RNN
from companion.torch.seq2seq import Seq2Seq

S, T, N, V_S, V_T, D, H = 4, 5, 3, 8, 9, 2, 6
Results = dict[str, Any]


class Kind(NamedTuple):
    """A kind of encoder-decoder."""

    layer: ModuleType = gru
    module: Any = GRU
    theirs: Any = torch.nn.GRU
    num_layers: int = 1
    bidirectional: bool = False
    encoder_size: int | None = None
    score: str | None = None


KINDS = {
    "states handed over": Kind(),
    "two layers, two directions": Kind(num_layers=2, bidirectional=True),
    "LSTM, additive": Kind(lstm, LSTM, torch.nn.LSTM, 2, True, 4, "additive"),
    "plain, another size, general": Kind(rnn, RNN, torch.nn.RNN, encoder_size=7, score="general"),
    "LSTM, dot": Kind(lstm, LSTM, torch.nn.LSTM, score="dot"),
}


class Case(NamedTuple):
    """A batch of ragged sentences, and a model's parameters."""

    kind: Kind
    params: dict[str, np.ndarray]
    source: np.ndarray  # (S, N)
    inputs: np.ndarray  # (T, N)
    targets: np.ndarray  # (T, N)
    source_lengths: np.ndarray  # (N,)
    target_lengths: np.ndarray  # (N,)

    @property
    def batch(self):
        return self[2:]


def drawn(name: str, seed: int = 0) -> Case:
    kind, rng = KINDS[name], np.random.default_rng(seed)
    params = seq2seq.init(
        V_S, V_T, D, H, rng, kind.num_layers, kind.layer, kind.bidirectional, kind.encoder_size, kind.score
    )
    params = {key: 3 * value for key, value in params.items()}
    targets = rng.integers(3, V_T, (T, N))
    inputs = np.concatenate([np.ones((1, N), int), targets[:-1]])
    lengths = np.array([S, 2, 3])[rng.permutation(N)], np.array([3, T, 2])[rng.permutation(N)]
    return Case(kind, params, rng.integers(0, V_S, (S, N)), inputs, targets, *lengths)


def of_reference(case: Case) -> Results:
    """Score the batch, and differentiate: the reference."""
    loss, grads = seq2seq.loss_and_grads(case.params, *case.batch, layer=case.kind.layer)
    each = seq2seq.log_probs(case.params, *case.batch, layer=case.kind.layer)
    return {"loss": loss, "log_probs": each, **grads}


def module(case: Case) -> Seq2Seq:
    return Seq2Seq.from_params(case.params, case.kind.module)


def of_module(case: Case) -> Results:
    """Do the same with our module in PyTorch."""
    model = module(case)
    loss = model.loss(*map(tensor, case.batch))
    loss.backward()
    each = model.log_probs(*map(tensor, case.batch))
    return {"loss": loss, "log_probs": each, **{name: p.grad for name, p in model.named_parameters()}}


class Peer:
    """The model out of torch.nn's layers, sentence by sentence; a mistake, by its name, can be put in."""

    def __init__(self, case: Case, mistake: str = "") -> None:
        self.case, self.mistake = case, mistake
        self.params = {name: tensor(value, grad=True) for name, value in case.params.items()}

    def is_(self, mistake: str) -> bool:
        return self.mistake == mistake

    def run(self, part: str, x: torch.Tensor, state: Any, both: bool = False) -> Any:
        """Run torch.nn's layers over one sentence, (T, D)."""
        own = {k.partition(".")[2]: v for k, v in self.params.items() if k.startswith(part + ".")}
        size, layers = own["weight_hh_l0"].shape[1], self.case.kind.num_layers
        net = self.case.kind.theirs(D, size, layers, bidirectional=both, dtype=torch.float64)
        return functional_call(net, own, (x, state))

    def bridged(self, memory: torch.Tensor, last: Any) -> Any:
        """Make the decoder's first states."""
        kind, made = self.case.kind, []
        for i, part in enumerate(last if isinstance(last, tuple) else (last,)):
            rows = list(part.split(2 if kind.bidirectional else 1))  # of each layer
            if self.is_("output[-1] for the backward direction") and i == 0:
                rows[-1] = torch.stack([rows[-1][0], memory[-1, memory.shape[1] // 2 :]])
            if "bridge.0.weight" in self.params:
                k = i * kind.num_layers
                rows = [self.affine(f"bridge.{k + j}", row.flatten()) for j, row in enumerate(rows)]
                rows = rows if self.is_("no tanh on the bridge") else [row.tanh() for row in rows]
            made.append(torch.stack([row.view(H) for row in rows]))
        made = [0 * part for part in made] if self.is_("the decoder begins with nothing") else made
        made = [part.detach() for part in made] if self.is_("gradient cut at the bridge") else made
        return tuple(made) if isinstance(last, tuple) else made[0]

    def affine(self, part: str, x: torch.Tensor) -> torch.Tensor:
        return x @ self.params[part + ".weight"].T + self.params[part + ".bias"]

    def attended(self, y: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """Join each step's state with what it attends to."""
        if self.case.kind.score is None:
            return y
        asked = torch.cat([0 * y[:1], y[:-1]]) if self.is_("asked with the state before") else y
        p = self.params
        if self.case.kind.score == "additive":
            a = (asked @ p["attention.weight_query"].T)[:, None] + memory @ p["attention.weight_key"].T
            scores = a.tanh() @ p["attention.weight_score"]
        else:
            scores = asked @ p.get("attention.weight", torch.eye(H, dtype=torch.float64)) @ memory.T
        context = scores.softmax(1) @ memory  # (T, K)
        parts = [y, context] if self.is_("context behind the state") else [context, y]
        return self.affine("combine", torch.cat(parts, dim=1)).tanh()

    def results(self) -> Results:
        """Score every sentence alone, and put the scores together."""
        case, each = self.case, torch.zeros(T, N, dtype=torch.float64)
        for n in range(N):
            s, t = int(case.source_lengths[n]), int(case.target_lengths[n])
            s = S if self.is_("source's padding read") else s
            t = T if self.is_("padding in the loss") else t
            read = self.params["source_embedding.weight"][case.source[:s, n]]
            memory, last = self.run("encoder", read, None, case.kind.bidirectional)
            given = case.targets if self.is_("the target is the input") else case.inputs
            x = self.params["target_embedding.weight"][given[:t, n]]
            y, _ = self.run("decoder", x, self.bridged(memory, last))
            logits = self.affine("readout", self.attended(y, memory))
            each[:t, n] = logits.log_softmax(1)[range(t), case.targets[:t, n]]
        tokens = T * N if self.is_("padding in the loss") else case.target_lengths.sum()
        loss = -each.sum() / int(tokens)
        loss.backward()
        grads = {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in self.params.items()}
        return {"loss": loss, "log_probs": each, **grads}


def worst(a: Results, b: Results) -> float:
    """Measure the largest error of all results."""
    if a.keys() != b.keys():
        raise ValueError(f"expected {sorted(a)}, got {sorted(b)}")
    return max(apart(a[name], b[name]) for name in a)
