"""The saved translators and their codecs: both back ends say the same, and what they say is right."""

import numpy as np
import pytest
import torch

from companion import weights
from companion.text import BytePairEncoding
from companion.text.codec import BOS, EOS, PADDING, SPECIALS, BytePairCodec, WordCodec
from companion.text.french import LECTURE_SENTENCES, french_sentence
from companion.torch.decode import beam_search
from companion.torch.seq2seq import Seq2Seq
from companion.weights.translators import KINDS, codec_tensors, load_translator

FRENCH = ["Jane visite l'Afrique en septembre.", "Le chat est sur le tapis."]


def test_word_codec_is_faithful():
    rng = np.random.default_rng(3)
    sentences = [french_sentence(rng, 2) for _ in range(300)]
    codec = WordCodec.fit(sentence.french for sentence in sentences)
    for sentence in sentences:
        ids = codec.encode(sentence.french)
        assert codec.decode([BOS, *ids, EOS, PADDING]) == sentence.french
        assert len(codec.names(ids)) == len(ids)
        assert min(ids) > 3  # nothing unknown, no special
    assert codec.encode("Elle va.")[0] == codec.encode("Paul, elle va.")[2]
    assert codec.names(codec.encode("Jane dort.")) == ["Jane", "<unk>", "."]
    assert WordCodec(codec.words).words == codec.words


def test_byte_pair_codec_is_faithful():
    codec = BytePairCodec(BytePairEncoding.train(FRENCH * 2, 270, specials=SPECIALS))
    for text in (*FRENCH, "Œuvre à 12 €"):
        assert codec.decode([BOS, *codec.encode(text), EOS, PADDING]) == text
        assert "".join(codec.names(codec.encode("en mai"))) == "en mai"
    with pytest.raises(ValueError, match="encoding: expected the specials"):
        BytePairCodec(BytePairEncoding.train(FRENCH, 260))


@pytest.mark.parametrize("kind", KINDS)
def test_torch_gives_the_same_logits_and_hypotheses(kind):
    translator = load_translator(kind)
    model = Seq2Seq.from_params(translator.params)
    ids, lengths = translator.read(FRENCH)
    first, state = translator.start(FRENCH)
    theirs = model.encode(torch.as_tensor(ids.copy()), torch.as_tensor(lengths))
    logits, _ = translator.step(first, state)
    assert logits == pytest.approx(model.step(torch.as_tensor(first), theirs)[0].detach().numpy(), abs=1e-10)
    found = beam_search(model.step, torch.as_tensor(first), theirs, 30, EOS, 3)
    for ours, other in zip(translator.search(FRENCH, 3, 30), found, strict=True):
        assert [best.tokens for best in ours] == [best.tokens for best in other]
        assert [b.log_prob for b in ours] == pytest.approx([b.log_prob for b in other])


def test_translator_with_attention_is_right():
    translator = load_translator("attention")
    for french, sentence in LECTURE_SENTENCES.items():
        english = translator.translate(french)
        assert sentence.is_right(english)
        assert len(translator.search([french])[0]) == 1  # greedy, if nothing else is asked for
        ((best, *_),) = translator.search([french], 1)
        assert translator.log_probability(french, english) == pytest.approx(best.log_prob)
    rng = np.random.default_rng(77)
    drawn = [french_sentence(rng, 2) for _ in range(20)]
    found = translator.search([sentence.french for sentence in drawn])
    right = [s.is_right(translator.target.decode(h[0].tokens)) for s, h in zip(drawn, found, strict=True)]
    assert sum(right) >= 18


def test_alignment_puts_the_adjective_before_the_noun():
    aligned = load_translator("attention").align("Son ami africain a accueilli Jane en septembre.")
    assert aligned.weights.shape == (len(aligned.target), len(aligned.source))
    assert aligned.weights.sum(axis=1) == pytest.approx(np.ones(len(aligned.target)))
    looked_at = {word: aligned.source[row.argmax()] for word, row in zip(*aligned[1:], strict=True)}
    assert looked_at["African"] == "africain"
    assert looked_at["friend"] == "ami"
    with pytest.raises(ValueError, match="translator: expected one with attention, this one has none"):
        load_translator("bidirectional").align(FRENCH[0])


def test_files_say_what_they_hold():
    for name in ("translators-sentences", "translators-verses"):
        file = weights.load(name)
        assert file.command.startswith("python -m training.translators")
        assert "attention" in file.result
    translator = load_translator("attention", "verses")
    kept = codec_tensors(translator.source, translator.target)
    for name, lines in kept.items():
        assert np.array_equal(lines, file.tensors[name])
    with pytest.raises(
        ValueError, match="kind: expected one of attention, bidirectional, longer, one-direction, got 'trans"
    ):
        load_translator("transformer")
