"""The peers of beam search, both with our weights.

joeynmt has a recurrent network of its own, which can be the very function that ours is: an encoder that reads
both ways, a bridge, a GRU, Luong's "general" attention, a tanh layer over state and context. It has no bias
at the read-out; it gets one. It may end a sentence at once, as ours (``min_output_length``), and is asked for
the most probable sentence, for its correction for length is another one. It wants the longest sources first,
and sorts them, as its loader does.

transformers has no recurrent encoder-decoder. Our network is wrapped in what its ``generate`` asks for, with
a cache that is reordered like any other, and an encoder output that is not. The settings are those that
search for the same: as many ends as the beam is wide end a search (``early_stopping``).
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from joeynmt.decoders import RecurrentDecoder
from joeynmt.embeddings import Embeddings
from joeynmt.encoders import RecurrentEncoder
from joeynmt.model import Model
from joeynmt.search import beam_search
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

from companion.reference.seq2seq import DecoderState
from companion.text.codec import BOS, EOS, PADDING
from companion.torch.seq2seq import Seq2Seq

Best = list[tuple[int, ...]]


def until_end(rows: list[list[int]]) -> Best:
    """Cut off what stands behind each row's end."""
    return [tuple(row[: row.index(EOS) + 1] if EOS in row else row) for row in rows]


def joeynmt_model(network: Seq2Seq) -> Model:
    """Return joeynmt's model that computes what `network` computes, on its device."""
    ours = network.state_dict()
    combine, readout = ours["combine.weight"], ours["readout.weight"]  # (H, K + H), (V, H)
    H = readout.shape[1]
    K = combine.shape[1] - H
    vocabulary = SimpleNamespace(
        pad_index=PADDING,
        bos_index=BOS,
        eos_index=EOS,
        unk_index=PADDING,
        sep_index=None,
        specials=[],
        lang_tags=[],
    )
    tables = [ours[f"{side}_embedding.weight"] for side in ("source", "target")]  # (V, D)
    embeddings = [Embeddings(table.shape[1], vocab_size=len(table), padding_idx=PADDING) for table in tables]
    encoder = RecurrentEncoder("gru", K // 2, tables[0].shape[1], bidirectional=True)
    decoder = RecurrentDecoder(
        "gru", tables[1].shape[1], H, encoder, "luong", vocab_size=len(readout), input_feeding=False
    )
    decoder.output_layer = torch.nn.Linear(H, len(readout))
    model = Model(encoder, decoder, *embeddings, vocabulary, vocabulary)
    named = {
        "src_embed.lut.weight": tables[0],
        "trg_embed.lut.weight": tables[1],
        "decoder.attention.key_layer.weight": ours["attention.weight"],
        "decoder.att_vector_layer.weight": combine.roll(H, 1),  # the state stands before the context there
        "decoder.att_vector_layer.bias": ours["combine.bias"],
    }
    for theirs, mine in (("bridge_layer", "bridge.0"), ("output_layer", "readout")):
        for kind in ("weight", "bias"):
            named[f"decoder.{theirs}.{kind}"] = ours[f"{mine}.{kind}"]
    for name, array in ours.items():
        part, _, rest = name.partition(".")
        if part in ("encoder", "decoder"):
            named[f"{part}.rnn.{rest}"] = array
    model.load_state_dict(named)
    return model.to(readout.device).eval()


def joeynmt(
    network: Seq2Seq, ids: torch.Tensor, lengths: torch.Tensor, most: int, width: int
) -> Callable[[], Best]:
    """Return the peer's search for the most probable translations."""
    model = joeynmt_model(network)

    @torch.no_grad()
    def search() -> Best:
        order = lengths.argsort(descending=True, stable=True)
        source = ids.T[order]  # (N, S)
        mask = (source != PADDING)[:, None]  # (N, 1, S)
        outputs, last, _, _ = model(
            return_type="encode", src=source, src_length=lengths[order], src_mask=mask
        )
        found, _, _ = beam_search(model, width, outputs, last, mask, most, 0.0, min_output_length=0)
        return until_end(found[order.argsort().cpu()].tolist())

    return search


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


class Wrapped(PreTrainedModel, GenerationMixin):
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


def transformers(
    network: Seq2Seq, ids: torch.Tensor, lengths: torch.Tensor, most: int, width: int, alpha: float
) -> Callable[[], Best]:
    """Return the peer's search: what it finds is ordered by the log-probability over length^alpha."""
    peer = Wrapped(network).eval()
    mask = (torch.arange(len(ids), device=ids.device) < lengths[:, None]).long()  # (N, S)
    settings = {"num_beams": width, "max_new_tokens": most, "early_stopping": True, "length_penalty": alpha}

    def search() -> Best:
        found = peer.generate(input_ids=ids.T, attention_mask=mask, do_sample=False, **settings)
        return until_end([row[1:] for row in found.tolist()])  # the first token was given

    return search
