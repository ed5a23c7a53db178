"""The tokenizers of scores, beside those of sacrebleu: on signs of all kinds, in any order."""

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import _get_tokenizer

from companion.metrics.bleu_tokenizers import HAN, TOKENIZERS

SIGNS = "ab9 0.,-'\"()&;<>/€«»…–我。，Ａ\u2003\u2028\t\n٣ßé"
texts = st.text(alphabet=SIGNS, max_size=14) | st.lists(
    st.sampled_from(["&quot;", "&amp;lt;", "<skipped>", "-\n", "..5", "1,5.", "5-", "x"]), max_size=6
).map("".join)


def theirs(name, text):
    return _get_tokenizer(name)()(text.rstrip()).split()


@pytest.mark.parametrize("name", sorted(TOKENIZERS))
@given(text=texts)
@settings(max_examples=200, deadline=None)
def test_any_text_is_cut_as_by_the_standard_tool(name, text):
    assert TOKENIZERS[name]([text]) == [theirs(name, text)]


@pytest.mark.parametrize("name", ["13a", "zh", "intl"])
def test_every_sign_is_cut_as_by_the_standard_tool(name):
    rng = random.Random(0)
    ranges = [(33, 0x600), *HAN]
    signs = [chr(code) for first, last in ranges for code in (first - 1, first, last, last + 1)]
    signs += [chr(rng.randrange(first, last)) for first, last in ranges for _ in range(20)]
    signs += map(chr, range(33, 0x180))
    known = [
        sign for sign in signs if unicodedata.category(sign) != "Cn"
    ]  # of later ones Pythons know more or less
    sentences = [f"a{sign}b 1{sign}2 {sign}" for sign in known]
    for sentence, tokens in zip(sentences, TOKENIZERS[name](sentences), strict=True):
        assert tokens == theirs(name, sentence), sentence


@pytest.mark.parametrize("name", sorted(TOKENIZERS))
def test_sentences_do_not_touch_each_other(name):
    sentences = ["Ends in a point.", ", begins with a comma", "5", ".5-", "", "x"]
    assert TOKENIZERS[name](sentences) == [TOKENIZERS[name]([sentence])[0] for sentence in sentences]
