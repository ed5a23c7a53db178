"""The saved translators from French to English, ready to translate; NumPy alone.

>>> from companion.weights.translators import load_translator
>>> translator = load_translator("attention")
>>> translator.translate("Jane a visité l'Afrique en septembre dernier.")
'Jane visited Africa last September.'
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from companion.reference import seq2seq
from companion.reference.batching import sentence_batch
from companion.reference.decode import Hypothesis, beam_search
from companion.reference.rnn import Params
from companion.text import BytePairEncoding, pad
from companion.text.codec import BOS, EOS, SPECIALS, BytePairCodec, Codec, WordCodec
from companion.weights import load

__all__ = ["KINDS", "Alignment", "Translator", "codec_tensors", "load_translator"]

KINDS: dict[str, tuple[bool, str | None]] = {
    "one-direction": (False, None),
    "bidirectional": (True, None),
    "attention": (True, "general"),
}
"""The kinds: whether the encoder reads in both directions, and by which score the decoder attends."""


class Alignment(NamedTuple):
    """What a translator looked at: ``weights[t, s]`` is how much of word s went into writing word t."""

    source: list[str]
    target: list[str]
    weights: np.ndarray  # (T, S)


@dataclass(frozen=True, eq=False)
class Translator:
    """A translator: its parameters, in double precision, and how its two languages are cut.

    Attributes
    ----------
    params
        Of :mod:`companion.reference.seq2seq`; ``companion.torch.seq2seq.Seq2Seq.from_params(params)`` is the
        same model in PyTorch.
    source, target
        French and English: text to ids and back.
    """

    params: Params
    source: Codec
    target: Codec

    def read(self, french: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Give the ids of sentences as the encoder wants them, (S, N), each ended, and their lengths."""
        ids = [[*self.source.encode(text), EOS] for text in french]
        return pad(ids).T, np.array([len(row) for row in ids])

    def start(self, french: Sequence[str]) -> tuple[np.ndarray, seq2seq.DecoderState]:
        """Give what a search begins with: the first ids, (N,), and the state after reading the sentences."""
        ids, lengths = self.read(french)
        return np.full(len(french), BOS), seq2seq.encode(self.params, ids, lengths)

    def step(self, ids: np.ndarray, state: seq2seq.DecoderState) -> tuple[np.ndarray, seq2seq.DecoderState]:
        """Read one word of each translation, (N,), and give the logits of the next, (N, V): for searches."""
        return seq2seq.step(self.params, ids, state)

    def search(
        self, french: Sequence[str], beam_width: int = 1, num_steps: int = 120, alpha: float = 0.0
    ) -> list[list[Hypothesis]]:
        """Search for translations by beam search, the best ones of each sentence first."""
        first, state = self.start(french)
        return beam_search(self.step, first, state, num_steps, EOS, beam_width, alpha)

    def translate(self, french: str, beam_width: int = 1, num_steps: int = 120, alpha: float = 0.0) -> str:
        """Translate a sentence; a beam of width 1 is greedy.

        Examples
        --------
        >>> load_translator("attention").translate("Le chat est sur le tapis.")
        'The cat is on the mat.'
        """
        ((best, *_),) = self.search([french], beam_width, num_steps, alpha)
        return self.target.decode(best.tokens)

    def log_probability(self, french: str, english: str) -> float:
        """Give the logarithm of the probability that this is the translation, in nats."""
        return float(self._judged(french, english)[0].sum())

    def align(self, french: str, english: str | None = None) -> Alignment:
        """Give what the translator looks at while it writes a translation, its own or the given one.

        Raises
        ------
        ValueError
            If the translator has no attention.
        """
        if english is None:
            english = self.translate(french)
        _, weights = self._judged(french, english)
        if weights is None:
            raise ValueError("translator: expected one with attention, this one has none")
        source = self.source.names([*self.source.encode(french), EOS])
        return Alignment(source, self.target.names([*self.target.encode(english), EOS]), weights[:, 0])

    def _judged(self, french: str, english: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Write a given translation: log-probabilities (T,) and weights (T, 1, S)."""
        ids, _ = self.read([french])
        inputs, targets, _ = sentence_batch([self.target.encode(english)], BOS, EOS)
        _, weights, _ = seq2seq.forward(self.params, ids, inputs)
        return seq2seq.log_probs(self.params, ids, inputs, targets)[:, 0], weights


@lru_cache(maxsize=8)
def load_translator(kind: str = "attention", trained_on: str = "sentences") -> Translator:
    """Open a saved translator.

    Parameters
    ----------
    kind
        ``"one-direction"``, ``"bidirectional"`` (an encoder of one or two directions, the decoder begins
        with its last states) or ``"attention"`` (in both directions, the decoder attends besides); or
        ``"longer"``, on sentences alone: in both directions, and trained four times as long as the others.
    trained_on
        ``"sentences"``, those of :mod:`companion.text.french`; or ``"verses"``, those of
        :func:`companion.data.load_sentence_pairs` of at most 20 words, with attention alone.

    Raises
    ------
    ValueError
        If there is none such.
    """
    weights = load(f"translators-{trained_on}")
    tensors, params = weights.tensors, weights.of(kind)
    if not params:
        kinds = sorted({name.split("/")[0] for name in tensors if "." in name})
        raise ValueError(f"kind: expected one of {', '.join(kinds)}, got {kind!r}")
    return Translator(params, _codec(tensors, "source"), _codec(tensors, "target"))


def codec_tensors(source: Codec, target: Codec) -> dict[str, np.ndarray]:
    """Give what :func:`load_translator` makes the two codecs of: lines of UTF-8, as bytes."""
    tensors = {}
    for side, codec in (("source", source), ("target", target)):
        if isinstance(codec, WordCodec):
            tensors[f"{side}/words"] = _bytes("\n".join(codec.words))
        elif isinstance(codec, BytePairCodec):
            merges = codec.encoding.merges
            tensors[f"{side}/merges"] = _bytes("\n".join(f"{a.hex()} {b.hex()}" for a, b in merges))
    return tensors


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


def _codec(tensors: Mapping[str, np.ndarray], side: str) -> Codec:
    if f"{side}/words" in tensors:
        return WordCodec(tensors[f"{side}/words"].tobytes().decode("utf-8").split("\n"))
    lines = tensors[f"{side}/merges"].tobytes().decode("utf-8").split("\n")
    merges = tuple((bytes.fromhex(a), bytes.fromhex(b)) for a, b in (line.split() for line in lines))
    return BytePairCodec(BytePairEncoding(merges, SPECIALS))
