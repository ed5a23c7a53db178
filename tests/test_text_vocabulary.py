"""The vocabulary: its defined order, its limits, there and back again, and damaged or wrong files."""

import json
import os
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.text import PAD, UNK, BytePairEncoding, Vocabulary

LAWS = settings(deadline=None, derandomize=True, max_examples=200)
DOCUMENTS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "é", "Z", "aa", "<eos>", UNK])))
CATS = [["the", "cat", "sat"], ["the", "dog", "sat", "the"]]


@pytest.mark.parametrize(
    ("options", "tokens"),
    [
        ({}, (PAD, UNK, "the", "sat", "cat", "dog")),
        ({"min_count": 2}, (PAD, UNK, "the", "sat")),
        ({"min_count": 4}, (PAD, UNK)),
        ({"max_size": 5}, (PAD, UNK, "the", "sat", "cat")),
        ({"max_size": 2}, (PAD, UNK)),
        ({"max_size": 100}, (PAD, UNK, "the", "sat", "cat", "dog")),
        ({"specials": ()}, ("the", "sat", "cat", "dog")),
        ({"specials": ("dog", "<eos>")}, ("dog", "<eos>", "the", "sat", "cat")),
    ],
)
def test_order_and_limits(options, tokens):
    assert Vocabulary.fit(CATS, **options).tokens == tokens


@LAWS
@given(DOCUMENTS, st.integers(1, 4), st.integers(3, 8) | st.none(), st.randoms())
def test_order_is_defined_by_counts_and_code_points_alone(documents, min_count, max_size, random):
    specials = (PAD, UNK, "<eos>")
    vocabulary = Vocabulary.fit(documents, min_count, max_size, specials)
    counts = Counter(token for document in documents for token in document)
    rest = sorted((-n, token) for token, n in counts.items() if n >= min_count and token not in specials)
    expected = (*specials, *(token for _, token in rest))[:max_size]
    assert vocabulary.tokens == expected
    assert vocabulary.counts == tuple(counts[token] for token in expected)

    shuffled = [random.sample(document, len(document)) for document in documents]
    random.shuffle(shuffled)
    assert Vocabulary.fit(shuffled, min_count, max_size, specials) == vocabulary
    assert Vocabulary.from_counts(counts, min_count, max_size, specials) == vocabulary


@LAWS
@given(DOCUMENTS, st.lists(st.sampled_from(["a", "b", "c", "é", "Z", "new"])), st.integers(1, 4))
def test_there_and_back(documents, tokens, min_count):
    vocabulary = Vocabulary.fit(documents, min_count)
    ids = vocabulary.encode(tokens)
    assert vocabulary.decode(ids) == [token if token in vocabulary else UNK for token in tokens]
    assert vocabulary.encode(vocabulary.tokens) == list(range(len(vocabulary)))
    assert vocabulary.decode(np.array(ids, dtype=np.int32)) == vocabulary.decode(ids)


@pytest.mark.equation("eq-oov-rate")
@pytest.mark.parametrize(
    ("tokens", "rate"),
    [
        (["the", "cat"], 0),
        (["the", "mau", "sat"], 1 / 3),
        (["mau", "the", "mau", "the"], 1 / 2),  # tokens are counted, not different words
        (["mau"], 1),
        ([UNK, "the"], 1 / 2),
        ([PAD, "the"], 0),
    ],
)
def test_oov_rate(tokens, rate, measure):
    vocabulary = Vocabulary.fit(CATS)
    measure("eq-oov-rate", abs(vocabulary.oov_rate(tokens) - rate), 0)
    unknown = vocabulary.encode(tokens).count(vocabulary.encode([UNK])[0])
    measure("eq-oov-rate", abs(vocabulary.oov_rate(iter(tokens)) - unknown / len(tokens)), 0)


def test_the_decks_sentence():
    """Safayani's deck: a word outside the dictionary becomes <UNK>, and the end of the sentence is <EOS>."""
    known = ["the", "egyptian", "is", "a", "breed", "of", "cat"]
    vocabulary = Vocabulary.fit([known], specials=("<EOS>", "<UNK>"), unknown="<UNK>")
    ids = vocabulary.encode(["the", "egyptian", "mau", "is", "a", "breed", "of", "cat", "<EOS>"])
    assert vocabulary.decode(ids) == ["the", "egyptian", "<UNK>", "is", "a", "breed", "of", "cat", "<EOS>"]


def test_is_immutable_and_compares_by_content():
    vocabulary = Vocabulary.fit(CATS)
    with pytest.raises(AttributeError):
        vocabulary.tokens = ()
    assert vocabulary == Vocabulary.fit(CATS[::-1])
    assert hash(vocabulary) == hash(Vocabulary.fit(CATS[::-1]))
    assert vocabulary != Vocabulary.fit(CATS, min_count=2)
    assert ("cat" in vocabulary, "mau" in vocabulary, 3 in vocabulary) == (True, False, False)
    assert len(vocabulary) == 6
    assert repr(vocabulary) == "<Vocabulary of 6 tokens: '<pad>', '<unk>', 'the', 'sat', 'cat', 'dog'>"
    assert repr(Vocabulary.fit([*CATS, ["x"]])).endswith("'dog', ...>")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda v: v.fit("the cat"), TypeError, "documents: expected lists of strings: got one str"),
        (lambda v: v.fit(["the cat"]), TypeError, "documents: expected lists of strings: got one str"),
        (lambda v: v.fit([[["the"]]]), TypeError, "documents: expected lists of strings: unhashable"),
        (lambda v: v.fit([[1]]), TypeError, r"counts\[0\]: expected a string, got int"),
        (lambda v: v.fit(CATS, min_count=0), ValueError, "min_count: expected an integer of at least 1"),
        (lambda v: v.fit(CATS, max_size=1), ValueError, "max_size: expected an integer of at least 2, got 1"),
        (lambda v: v.fit(CATS, max_size=3.5), TypeError, "max_size: expected an integer, got float"),
        (lambda v: v.fit(CATS, specials="<pad>"), TypeError, "specials: expected a list of strings"),
        (lambda v: v.fit(CATS, specials=(UNK, UNK)), ValueError, "each once, got '<unk>' more than once"),
        (lambda v: v.fit(CATS, unknown="<UNK>"), ValueError, "unknown: expected one of the specials"),
        (lambda v: v.encode("the"), TypeError, "tokens: expected a list of strings: got one str"),
        (lambda v: v.encode(["the", 3]), TypeError, r"tokens: expected a list of strings: got int \(3\)"),
        (lambda v: v.encode([["the"]]), TypeError, "tokens: expected a list of strings: unhashable"),
        (lambda v: v.fit(CATS, specials=()).encode(["mau"]), ValueError, "'mau' is not in the vocabulary"),
        (lambda v: v.decode([0, 6]), ValueError, r"ids\[1\]: expected an id in \[0, 6\), got 6"),
        (lambda v: v.decode([-1]), ValueError, r"ids\[0\]: expected an id in \[0, 6\), got -1"),
        (lambda v: v.decode([1.0]), TypeError, "float"),
        (lambda v: v.oov_rate([]), ValueError, "tokens: expected at least one, got none"),
        (lambda v: v.oov_rate("the"), TypeError, "tokens: expected a list of strings, got one str"),
        (lambda v: Vocabulary(("b", "a"), (1, 1), (), None), ValueError, "expected falling counts"),
        (lambda v: Vocabulary(("a", "b"), (1, 2), (), None), ValueError, "expected falling counts"),
        (lambda v: Vocabulary(("a",), (1, 2), (), None), ValueError, "counts: expected one for each of 1"),
        (lambda v: Vocabulary(("a",), (1,)), ValueError, "tokens: expected the specials"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(Vocabulary.fit(CATS))


SAVED = [
    Vocabulary.fit([["naïve", "猫", '"', "\\", "\n", "\x00", "🙂"], ["猫"]]),
    Vocabulary.fit([], specials=()),
    Vocabulary.fit(CATS, specials=("<UNK>",), unknown="<UNK>"),
    BytePairEncoding.train(["low lower lowest naïve naïve"], 264, specials=(PAD,)),
]


@pytest.mark.parametrize("thing", SAVED)
def test_saved_and_loaded_is_the_same(thing, tmp_path):
    path = tmp_path / "thing.json"
    thing.save(path)
    assert type(thing).load(path) == thing
    assert os.listdir(tmp_path) == ["thing.json"]
    thing.save(str(path))
    assert type(thing).load(str(path)) == thing


@pytest.mark.parametrize("thing", [SAVED[0], SAVED[3]])
def test_every_damage_is_noticed(thing, tmp_path):
    path = tmp_path / "thing.json"
    thing.save(path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ValueError, match=r"thing\.json: "):
            type(thing).load(path)
        path.write_bytes(whole[:place])
        with pytest.raises(ValueError, match="not JSON"):
            type(thing).load(path)


def edited(**changes):
    def edit(document):
        document.update(changes)

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            edited(format="something else"),
            "expected a file of the kind 'unrolled vocabulary', got 'something else'",
        ),
        (edited(tokens="abc"), "tokens: unexpected str"),
        (edited(more=1), r"expected the fields \['counts', .* got \['counts', 'more'"),
        (lambda document: document.pop("counts"), "expected the fields"),
        (lambda document: document["tokens"].append("x"), "does not match its SHA-256"),
        (lambda document: document.pop("sha256"), "does not match its SHA-256"),
    ],
)
def test_a_wrong_file_is_refused_saying_why(edit, message, tmp_path):
    path = tmp_path / "vocabulary.json"
    Vocabulary.fit(CATS).save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        Vocabulary.load(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b"\xff\xfe", b"<html>"])
def test_a_file_of_another_kind_is_refused(content, tmp_path):
    path = tmp_path / "vocabulary.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="expected a file of the kind 'unrolled vocabulary', got"):
        Vocabulary.load(path)
    SAVED[3].save(path)
    with pytest.raises(ValueError, match="got 'unrolled byte-pair encoding'"):
        Vocabulary.load(path)
    with pytest.raises(FileNotFoundError):
        Vocabulary.load(tmp_path / "missing.json")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "vocabulary.json"
    old = Vocabulary.fit(CATS)
    old.save(path)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            Vocabulary.fit([["new"]]).save(path)
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        Vocabulary.fit([["\ud800"]]).save(path)
    assert Vocabulary.load(path) == old
    assert os.listdir(tmp_path) == ["vocabulary.json"]
