"""Beam search beside ``generate`` of transformers: ``python -m benchmarks.beam_search``.

64 sentences are translated with a beam of five by a trained encoder-decoder with attention: test sentences of
the grammar, and verses of the test part. Every search has the same network, that of
:mod:`companion.torch.seq2seq`, in single precision with the same weights: transformers has no recurrent
encoder-decoder, so ours is wrapped in what ``generate`` asks for, with a cache that is reordered like any
other, and an encoder output that is not. Its settings are those that search for the same: as many ends as the
beam is wide end a search (``early_stopping``), and hypotheses are compared by their mean log-probability.

The translations are compared, and a sentence for which the peer has found a better one ends the run. (Where
one search finds another one than the other, their sums were rounded differently.) The reference in NumPy, in
double precision, is reported beside them.

The floor is the network alone: the sources read, and then the very steps that our search asks for, replayed
with nothing chosen between them. What is left of the ratio with it is what a search that costs nothing would
have, as long as it asks this network as often.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

from benchmarks.harness import Contest, Options, Subject, Timing, always, main
from benchmarks.machine import synchronise
from companion.data import load_sentence_pairs
from companion.reference.decode import length_normalised
from companion.reference.seq2seq import DecoderState
from companion.text.codec import BOS, EOS, PADDING
from companion.torch.decode import beam_search, log_probability
from companion.torch.seq2seq import Seq2Seq
from companion.weights.translators import Translator, load_translator
from training.translators import CLAUSES, test_sentences

WIDTH, SENTENCES, ALPHA = 5, 64, 1.0
MOST = {"sentences": 60, "verses": 100}  # tokens a translation may have
THREADS = (1, 2)
TOLERANCE = 1e-4  # in nats a token; single precision
PEER = "transformers"
REST = 0.3  # seconds between turns: a library's threads wait busily for a while after their work
PASSES = 3  # of a turn, after one that does not count

Best = list[tuple[int, ...]]
Step = Callable[[torch.Tensor, DecoderState], tuple[torch.Tensor, DecoderState]]


class Cache:
    """The decoder's state in the form that ``generate`` keeps."""

    def __init__(self, state: DecoderState) -> None:
        self.state = state

    def reorder_cache(self, rows: torch.Tensor) -> None:
        """Follow the beams; the encoder's outputs are the same for all of a sentence."""
        self.state = self.state._replace(state=self.state.state.index_select(1, rows))

    def get_seq_length(self) -> int:
        """Say that nothing of the prompt has been read."""
        return 0


class Encoder(torch.nn.Module):
    """Our encoder, called as transformers calls one; the batch is the first axis of all that it returns."""

    main_input_name = "input_ids"

    def __init__(self, network: Seq2Seq) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        return_dict: bool = True,
        output_attentions: bool = False,
        output_hidden_states: bool = False,
    ) -> BaseModelOutput:
        """Read the sources, (N, S); there are neither attentions nor hidden states to give."""
        state, memory, lengths = self.network.encode(input_ids.T, attention_mask.sum(1))
        output = BaseModelOutput(last_hidden_state=memory.transpose(0, 1))
        output["state"], output["lengths"] = state.transpose(0, 1), lengths[0]
        return output


class Peer(PreTrainedModel, GenerationMixin):
    """Our network, as ``generate`` wants one."""

    config_class = PretrainedConfig
    main_input_name = "input_ids"

    def __init__(self, network: Seq2Seq) -> None:
        tokens = {"pad_token_id": PADDING, "eos_token_id": EOS, "decoder_start_token_id": BOS}
        super().__init__(PretrainedConfig(is_encoder_decoder=True, **tokens))
        self.network, self.encoder = network, Encoder(network)

    def get_encoder(self, modality: str | None = None) -> Encoder:
        """Return the encoder."""
        return self.encoder

    @classmethod
    def _supports_default_dynamic_cache(cls) -> bool:
        return False

    def prepare_inputs_for_generation(
        self, input_ids: torch.Tensor, past_key_values: Any = None, encoder_outputs: Any = None, **others: Any
    ) -> dict[str, Any]:
        """Give one token of each hypothesis, the last."""
        return {"ids": input_ids[:, -1], "past": past_key_values, "encoder_outputs": encoder_outputs}

    def forward(
        self, ids: torch.Tensor, past: Cache | None, encoder_outputs: BaseModelOutput, return_dict: bool
    ) -> Seq2SeqLMOutput:
        """Go one step on."""
        if past is None:
            state, memory = encoder_outputs["state"], encoder_outputs.last_hidden_state
            first, memory = (part.transpose(0, 1).contiguous() for part in (state, memory))
            past = Cache(DecoderState(first, memory, encoder_outputs["lengths"][None]))
        logits, past.state = self.network.step(ids, past.state)
        return Seq2SeqLMOutput(logits=logits[:, None], past_key_values=past)


class Task(NamedTuple):
    """What is to be translated, and who does it."""

    name: str
    network: Seq2Seq
    source: torch.Tensor  # (S, N)
    lengths: torch.Tensor  # (N,)
    workers: dict[str, Callable[[], Best]]  # by name, the peer the last
    floor: Callable[[], None]


def task(name: str, sentences: int = SENTENCES, device: str = "cpu") -> Task:
    """Load a translator and what it has not been trained on."""
    translator = load_translator("attention", name)
    if name == "verses":
        texts = [pair.french for pair in load_sentence_pairs(20).test]
    else:
        trained_for = [test_sentences()[clauses] for clauses in CLAUSES]
        texts = [sentence.french for some in zip(*trained_for, strict=True) for sentence in some]
    return task_of(name, translator, texts[:sentences], MOST[name], device)


def task_of(name: str, translator: Translator, texts: list[str], most: int, device: str = "cpu") -> Task:
    """Give the searches the same sentences; the one in NumPy has no part in it on a GPU."""
    ids, lengths = (torch.as_tensor(array, device=device) for array in translator.read(texts))
    network = Seq2Seq.from_params(translator.params).float().eval().to(device)
    reference = {"NumPy": lambda: [best[0].tokens for best in translator.search(texts, WIDTH, most, ALPHA)]}
    return Task(name, network, ids, lengths, {
        **(reference if device == "cpu" else {}),
        "PyTorch": lambda: in_torch(network, ids, lengths, most),
        PEER: generator(network, ids, lengths, most),
    }, network_alone(network, ids, lengths, most))  # fmt: skip


def in_torch(
    network: Seq2Seq, ids: torch.Tensor, lengths: torch.Tensor, most: int, step: Step | None = None
) -> Best:
    """Search with the companion, the beginnings of a sentence asking one and the same memory."""
    with torch.no_grad():
        state = network.encode(ids, lengths)
    first = torch.full((len(lengths),), BOS, device=ids.device)
    found = beam_search(step or network.step, first, state, most, EOS, WIDTH, ALPHA, share=True)
    return [best[0].tokens for best in found]


def network_alone(
    network: Seq2Seq, ids: torch.Tensor, lengths: torch.Tensor, most: int
) -> Callable[[], None]:
    """Return what reads the sources and takes the steps of our search again, without searching."""
    asked: list[tuple[torch.Tensor, DecoderState]] = []

    def noted(tokens: torch.Tensor, state: DecoderState) -> tuple[torch.Tensor, DecoderState]:
        asked.append((tokens, state))
        return network.step(tokens, state)

    in_torch(network, ids, lengths, most, noted)

    @torch.no_grad()
    def work() -> None:
        network.encode(ids, lengths)
        for tokens, state in asked:
            network.step(tokens, state)

    return work


def generator(network: Seq2Seq, ids: torch.Tensor, lengths: torch.Tensor, most: int) -> Callable[[], Best]:
    """Return the peer's search."""
    peer = Peer(network).eval()
    mask = (torch.arange(len(ids), device=ids.device) < lengths[:, None]).long()  # (N, S)
    settings = {"num_beams": WIDTH, "max_new_tokens": most, "early_stopping": True, "length_penalty": ALPHA}

    def search() -> Best:
        found = peer.generate(input_ids=ids.T, attention_mask=mask, do_sample=False, **settings)
        rows = [row[1:] for row in found.tolist()]  # without the first token, which was given
        return [tuple(row[: row.index(EOS) + 1] if EOS in row else row) for row in rows]

    return search


def scores(task: Task, best: Best) -> np.ndarray:
    """Score translations by the network, whoever found them, (N,)."""
    found = []
    with torch.no_grad():
        for n, tokens in enumerate(best):
            state = task.network.encode(task.source[: task.lengths[n], [n]], task.lengths[[n]])
            total = log_probability(task.network.step, BOS, state, tokens, task.source.device)
            found.append(length_normalised(total, len(tokens), ALPHA))
    return np.array(found)


def contest(task: Task, threads: int, device: str) -> Contest:
    """Let all searches have their turn; the result is right where the peer has found nothing better."""

    def right(mine: Best, theirs: Best) -> bool:
        return bool((scores(task, mine) >= scores(task, theirs) - TOLERANCE).all())

    return Contest(
        "beam search",
        f"{task.name}, {len(task.lengths)} sentences",
        {name: always(work) for name, work in task.workers.items()},
        PEER,
        right,
        promises={"PyTorch": "beam search"} if device == "cpu" else {},
        threads=threads,
        rounds=5,
        timing=Timing(pause=REST, warm=True, passes=PASSES, synchronise=lambda: synchronise(device)),
        floor=task.floor if device == "cpu" else None,
        floor_of=("PyTorch",),
    )


def contests(options: Options) -> Iterator[Contest]:
    """Yield both translators, with one thread and with two."""
    for name in MOST:
        work = task(name, 2 if options.quick else SENTENCES, options.device)
        for threads in (1,) if options.quick or options.device == "cuda" else THREADS:
            yield contest(work, threads, options.device)


SUBJECT = Subject(
    "beam_search", f"Beam search beside transformers' generate, a beam of {WIDTH}", contests, ("cpu", "cuda")
)

if __name__ == "__main__":
    main(SUBJECT)
