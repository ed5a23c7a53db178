"""Byte-pair encoding: merges and ids of the `tokenizers` library, ties included; and nothing is lost."""

import json
import sys
import unicodedata
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from companion.text import BytePairEncoding, bpe_training, split_pieces, visible
from companion.text.pretokenize import BYTES, from_visible

LAWS = settings(deadline=None, derandomize=True, max_examples=200)
ANY_TEXT = st.text(st.characters())  # halves of surrogate pairs too
BYTE_LEVEL = pre_tokenizers.ByteLevel(add_prefix_space=False)
PEER_TEXT = st.text("aab 'stTHé²½١猫\u0301_!.\n\t\u00a0\u2003\u3000\x1c\x85👍") | st.text("ab ")

PROSE = [
    "The cat sat on the mat. The dog ate my homework; the homework didn't sit well with the dog.",
    "  It's 3.14 or 3,14?  They'll say: \"it'd've been 22/7\"...\n\n\tEnd of the line  ",
    "El niño comió piñas; Übergrößenträger, naïve façade, Ελληνικά, русский язык.",
    "日本語のテキスト, हिन्दी, 한국어, می‌خواهم, 🙂👍🏽",
    "aaaaaaaaaaaaaaaaaaaa aaaa aaa aa a abababab ababa bababa",
    "x = x + 1; y_1 += 2**10  # ===== -----",
]


def peer(texts, vocab_size, min_count, specials=()):
    """Train the peer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = BYTE_LEVEL
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_count,
        show_progress=False,
        special_tokens=list(specials),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def peer_merges(tokenizer):
    return [tuple(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]]


def our_merges(bpe):
    return [(visible(left), visible(right)) for left, right in bpe.merges]


def counted_anew(words, counts, first, limit, min_count):
    """Learn merges the slow way: before each merge count all pairs, and sort them."""
    merges = []
    while len(merges) < limit:
        total = Counter()
        for word, count in zip(words, counts, strict=True):
            for pair in pairwise(word):
                total[pair] += count
        best = min(total, key=lambda pair: (-total[pair], pair), default=None)
        if best is None or total[best] < min_count:
            break
        words = [bpe_training._merge(word, best, first + len(merges)) for word in words]
        merges.append(best)
    return merges


def unequal(ours, theirs):
    return sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))


@pytest.mark.equation("eq-bpe-merge")
@pytest.mark.parametrize("min_count", [1, 2, 5])
@pytest.mark.parametrize("vocab_size", [256, 257, 300, 1000])
def test_merges_and_ids_are_the_peers_on_prose(vocab_size, min_count, measure):
    texts = PROSE * 2
    ours, theirs = BytePairEncoding.train(texts, vocab_size, min_count), peer(texts, vocab_size, min_count)
    measure("eq-bpe-merge", unequal(our_merges(ours), peer_merges(theirs)), 0)
    assert {token: i for i, token in enumerate(ours.tokens)} == theirs.get_vocab()
    for text in [*PROSE, "unseen words, Ünseen wörds 🙂"]:
        encoding = theirs.encode(text)
        assert ours.encode(text) == encoding.ids
        assert ours.pieces(text) == encoding.tokens
        assert ours.decode(encoding.ids) == text


@LAWS
@given(st.lists(PEER_TEXT, min_size=1, max_size=5), PEER_TEXT, st.integers(256, 320), st.integers(1, 3))
def test_merges_and_ids_are_the_peers_on_random_texts(texts, other, vocab_size, min_count):
    ours, theirs = BytePairEncoding.train(texts, vocab_size, min_count), peer(texts, vocab_size, min_count)
    assert our_merges(ours) == peer_merges(theirs)
    for text in [*texts, other]:
        assert ours.encode(text) == theirs.encode(text).ids


def random_words(seed):
    import random

    rng = random.Random(seed)
    words = [[rng.randrange(3) for _ in range(rng.randint(1, 30))] for _ in range(6)]
    return words, [rng.randint(1, 4) for _ in words]


@pytest.mark.equation("eq-bpe-merge")
@pytest.mark.parametrize("seed", range(20))
def test_merges_are_those_of_counting_anew(seed, measure):
    words, counts = random_words(seed)
    slow = counted_anew([list(word) for word in words], counts, 3, 100, 1)
    measure("eq-bpe-merge", unequal(bpe_training.learn_merges(words, counts, 3, 100, 1), slow), 0)
    assert all(len(word) == 1 for word in words)


def larger_pair_wins_a_tie(monkeypatch):
    """Make a mistake: take the larger pair of those that occur equally often."""
    import heapq

    class Reversed:
        heapify = staticmethod(lambda heap: heap.sort(key=Reversed.key))
        key = staticmethod(lambda entry: (entry[0], tuple(-i for i in entry[1])))

        @staticmethod
        def heappop(heap):
            heap.sort(key=Reversed.key)
            return heap.pop(0)

        heappush = staticmethod(heapq.heappush)

    monkeypatch.setattr(bpe_training, "heapq", Reversed)


def merges_from_the_right(monkeypatch):
    """Make a mistake: in "aaa" merge the last two."""
    merge = bpe_training._merge
    monkeypatch.setattr(
        bpe_training, "_merge", lambda word, pair, made: merge(word[::-1], pair[::-1], made)[::-1]
    )


def counts_words_once(monkeypatch):
    """Make a mistake: forget how often a word occurs."""
    count_pairs = bpe_training._count_pairs
    monkeypatch.setattr(
        bpe_training, "_count_pairs", lambda words, counts: count_pairs(words, [1 for _ in counts])
    )


@pytest.mark.parametrize("mutant", [larger_pair_wins_a_tie, merges_from_the_right, counts_words_once])
def test_the_peer_notices(mutant, monkeypatch):
    theirs = peer_merges(peer(PROSE, 300, 1))
    assert unequal(our_merges(BytePairEncoding.train(PROSE, 300, 1)), theirs) == 0
    mutant(monkeypatch)
    assert unequal(our_merges(BytePairEncoding.train(PROSE, 300, 1)), theirs) > 0


def test_every_character_is_cut_as_the_peer_cuts_it():
    """Set each character of this Python's Unicode beside a letter, a digit, a mark and white space."""
    everything = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
    for start in range(0, len(everything), 4096):
        known = [c for c in everything[start : start + 4096] if unicodedata.category(c) not in ("Cn", "Co")]
        text = "".join(f"a{c}1{c}!{c} {c}  {c}\n{c}" for c in known)
        theirs = [text[a:b] for _, (a, b) in BYTE_LEVEL.pre_tokenize_str(text)]
        assert split_pieces(text) == theirs


@LAWS
@given(st.text("asd'tlreve ST1½²_.\n\t\u00a0\u3000\x1c\x1f\u200bé\u0301"))
def test_pieces_are_the_peers(text):
    assert split_pieces(text) == [text[a:b] for _, (a, b) in BYTE_LEVEL.pre_tokenize_str(text)]


@LAWS
@given(ANY_TEXT)
def test_nothing_is_lost(text):
    assert "".join(split_pieces(text)) == text
    for bpe in (BytePairEncoding(()), BytePairEncoding.train([*PROSE, text], 400, specials=("<pad>",))):
        ids = bpe.encode(text)
        assert bpe.decode(ids) == text
        assert min(ids, default=len(bpe.specials)) >= len(bpe.specials)
        assert "".join(bpe.pieces(text)) == visible(text.encode("utf-8", "surrogatepass"))


@LAWS
@given(st.binary())
def test_visible_and_back(data):
    assert from_visible(visible(data)) == data
    assert all(c.isprintable() and not c.isspace() for c in visible(data))


def test_the_bytes_are_all_there_in_the_peers_order():
    assert sorted(BYTES) == list(range(256))
    assert [visible(bytes([byte])) for byte in BYTES] == sorted(pre_tokenizers.ByteLevel.alphabet())


def test_specials_come_first_and_stand_for_no_text():
    bpe = BytePairEncoding.train(PROSE, 300, specials=("<pad>", "<eos>"))
    assert our_merges(bpe) == peer_merges(peer(PROSE, 300, 2, ["<pad>", "<eos>"]))
    assert (bpe.tokens[:3], len(bpe)) == (("<pad>", "<eos>", "!"), 300)
    assert bpe.decode([1, *bpe.encode("<pad> cat<eos>"), 1, 0, 0]) == "<pad> cat<eos>"


def test_a_short_training_is_the_beginning_of_a_long_one():
    assert BytePairEncoding(BytePairEncoding.train(PROSE, 330).merges[:44]) == BytePairEncoding.train(
        PROSE, 300
    )


def test_the_order_of_the_texts_changes_nothing():
    assert BytePairEncoding.train(PROSE, 300) == BytePairEncoding.train(iter(PROSE[::-1]), 300)
    assert repr(BytePairEncoding.train(PROSE, 300)) == "<BytePairEncoding of 300 tokens, 44 of them merged>"


def test_a_piece_of_a_hundred_thousand_bytes_takes_no_quadratic_time():
    bpe = BytePairEncoding.train(["ab" * 100 + "ba" * 50], 270, min_count=1)
    text = "ab" * 50_000
    assert bpe.decode(bpe.encode(text)) == text


@pytest.mark.parametrize(
    ("data", "text"), [(b"\xc3", "\ufffd"), (b"a\xff", "a\ufffd"), ("é".encode()[1:], "\ufffd")]
)
def test_ids_that_are_no_text_decode_to_the_replacement_character(data, text):
    bpe = BytePairEncoding(())
    assert bpe.decode([BYTES.index(byte) for byte in data]) == text


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: BytePairEncoding.train("text", 300),
            TypeError,
            "texts: expected a list of strings, got one",
        ),
        (lambda: BytePairEncoding.train([b"x"], 300), TypeError, r"texts\[0\]: expected a string, got bytes"),
        (
            lambda: BytePairEncoding.train([], 255),
            ValueError,
            "vocab_size: expected an integer of at least 256",
        ),
        (lambda: BytePairEncoding.train([], 256, specials="x"), TypeError, "specials: expected a list"),
        (
            lambda: BytePairEncoding.train([], 300, specials=("x", "x")),
            ValueError,
            "specials: expected each once",
        ),
        (
            lambda: BytePairEncoding.train([], 300, min_count=0),
            ValueError,
            "min_count: expected an integer of",
        ),
        (
            lambda: BytePairEncoding(((b"ab", b"c"),)),
            ValueError,
            r"merges\[0\]: .* are not both earlier tokens",
        ),
        (
            lambda: BytePairEncoding(((b"a", b"b"),) * 2),
            ValueError,
            r"merges\[1\]: .* make a token that there is already",
        ),
        (lambda: BytePairEncoding(()).encode(b"x"), TypeError, "text: expected a string, got bytes"),
        (lambda: BytePairEncoding(()).decode([256]), ValueError, r"ids\[0\]: expected an id in \[0, 256\)"),
        (lambda: BytePairEncoding(()).decode([-1]), ValueError, r"ids\[0\]: expected an id in \[0, 256\)"),
        (lambda: BytePairEncoding(()).decode(["x"]), TypeError, "str"),
        (lambda: from_visible("a b"), ValueError, "' ' stands for no byte"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
