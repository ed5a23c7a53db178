"""The saved networks that write numbers and dates in words."""

from itertools import islice

import numpy as np
import pytest
import torch

from companion.text.codec import BOS, EOS
from companion.text.padding import pad, padded_lengths
from companion.torch.decode import greedy_search
from companion.torch.lstm import LSTM
from companion.torch.seq2seq import Seq2Seq
from companion.weights import load
from companion.weights.numbers_in_words import KINDS, joined, load_number_writer, pieces, sign_ids
from training.numbers_in_words import batches, pair, questions


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_answers_are_as_good_as_the_file_says(kind, language):
    writer, asked = load_number_writer(kind, language), questions(kind, language)
    assert len(asked) == len(dict(asked)) == 1000
    right = [a == said for a, (_, said) in zip(writer.write([r for r, _ in asked]), asked, strict=True)]
    assert np.mean(right) == pytest.approx(load("numbers-in-words").result[kind][language], abs=1e-9)


def test_both_back_ends_write_the_same():
    writer = load_number_writer("dates", "fr")
    texts = [pair("dates", "fr", np.random.default_rng(seed))[0] for seed in range(20)]
    ids = [sign_ids(text) for text in texts]
    model = Seq2Seq.from_params(writer.params, LSTM)
    state = model.encode(torch.as_tensor(pad(ids).T.copy()), torch.as_tensor(padded_lengths(ids)))
    found = greedy_search(model.step, torch.full((20,), BOS), state, 24, EOS)
    assert writer.write(texts) == [joined(writer.words[i] for i in one.tokens if i != EOS) for one in found]


def test_every_word_of_an_answer_can_be_written():
    for kind in KINDS:
        for language in ("en", "fr"):
            words = set(load_number_writer(kind, language).words)
            assert all(words.issuperset(pieces(said)) for _, said in questions(kind, language))


def test_questions_are_in_no_batch():
    kept = {read for read, _ in questions("numbers", "en")}
    words = {word: i for i, word in enumerate(load_number_writer("numbers", "en").words)}
    some = islice(batches("numbers", "en", words, kept), 40)
    drawn = {
        tuple(column[:n].tolist())
        for source, _, _, lengths, _ in some
        for column, n in zip(source.T, lengths, strict=True)
    }
    assert len(drawn) > 1000
    assert drawn.isdisjoint(tuple(sign_ids(read)) for read in kept)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: load_number_writer("years", "fr"), "expected one of"),
        (lambda: load_number_writer("dates", "de"), "expected one of"),
        (lambda: sign_ids("12,5"), "text: expected digits and hyphens, got '12,5'"),
        (lambda: sign_ids(""), "text: expected digits and hyphens, got ''"),
    ],
)
def test_bad_input_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
