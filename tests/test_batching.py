"""Batches for language models: targets moved on by exactly one, columns that go on, marks at both ends."""

import numpy as np
import pytest

from companion.reference import batching

BOS, EOS, PAD = 1, 2, 0
TEXT = np.random.default_rng(0).permutation(200) + 10  # every token once: a place is known by its token


def follows(chunks, text=TEXT):
    """Whether every target is the token after its input, and every column goes on where it stopped."""
    after = dict(zip(text[:-1].tolist(), text[1:].tolist(), strict=True))
    last = None
    for inputs, targets in chunks:
        if any(after.get(i) != t for i, t in zip(inputs.flat, targets.flat, strict=True)):
            return False
        if not np.array_equal(inputs[1:], targets[:-1]):
            return False
        if last is not None and not np.array_equal(inputs[0], last):
            return False
        last = targets[-1]
    return True


@pytest.mark.parametrize("num_steps", [1, 7, 10, 500])
@pytest.mark.parametrize("batch_size", [1, 3, 11, 199])
def test_chunks_cover_the_text_once_and_in_order(batch_size, num_steps):
    chunks = list(batching.text_chunks(TEXT, batch_size, num_steps))
    assert follows(chunks)
    columns = np.concatenate([inputs for inputs, _ in chunks])
    read = columns.T.reshape(-1)
    assert np.array_equal(read, TEXT[: len(read)])
    assert 0 <= len(TEXT) - 1 - len(read) < batch_size
    assert {len(inputs) for inputs, _ in chunks[:-1]} <= {num_steps}
    assert 1 <= len(chunks[-1][0]) <= num_steps


def test_chunks_of_a_list():
    ((inputs, targets),) = batching.text_chunks([5, 6, 7, 8], 1, 9)
    assert inputs.tolist() == [[5], [6], [7]]
    assert targets.tolist() == [[6], [7], [8]]


def moved(by):
    """Move the targets on by something else than one."""

    def chunks(ids, batch_size, num_steps):
        for inputs, _ in batching.text_chunks(ids, batch_size, num_steps):
            places = np.argsort(ids)[np.searchsorted(ids, inputs, sorter=np.argsort(ids))]
            yield inputs, ids[(places + by) % len(ids)]

    return chunks


def not_moved_inside_a_chunk(ids, batch_size, num_steps):
    """Take inputs and targets out of a chunk of T tokens: the token between two chunks is never foretold."""
    for inputs, _ in batching.text_chunks(ids, batch_size, num_steps):
        yield inputs[:-1], inputs[1:]


def columns_start_anew(ids, batch_size, num_steps):
    """Cut the text into pieces, one after the other, and batch those: the state would go astray."""
    pieces = [ids[i : i + num_steps + 1] for i in range(0, len(ids) - num_steps, num_steps)]
    for start in range(0, len(pieces) - batch_size + 1, batch_size):
        batch = np.stack(pieces[start : start + batch_size], axis=1)
        yield batch[:-1], batch[1:]


def batch_first(ids, batch_size, num_steps):
    for inputs, targets in batching.text_chunks(ids, batch_size, num_steps):
        yield inputs.T, targets.T


@pytest.mark.parametrize(
    "mutant", [moved(0), moved(2), moved(-1), not_moved_inside_a_chunk, columns_start_anew, batch_first]
)
def test_mistakes_in_chunks_are_caught(mutant):
    assert follows(moved(1)(TEXT, 3, 7))
    assert not follows(mutant(TEXT, 3, 7))


SENTENCES = [[11, 12, 13], [21], [], [31, 32, 33, 34], [41, 42]]


def framed(batch):
    """Read the sentences back: in the inputs behind their beginning, in the targets before their end."""
    inputs, targets, lengths = batch
    read = [(inputs[:k, n].tolist(), targets[:k, n].tolist()) for n, k in enumerate(lengths)]
    beyond = [(inputs[k:, n], targets[k:, n]) for n, k in enumerate(lengths)]
    return (
        all(i[0] == BOS and t[-1] == EOS and i[1:] == t[:-1] for i, t in read)
        and all(BOS not in t and EOS not in i for i, t in read)
        and [t[:-1] for _, t in read] == SENTENCES
        and all((a == PAD).all() and (b == PAD).all() for a, b in beyond)
    )


def test_sentences_stand_between_their_marks():
    inputs, targets, lengths = batching.sentence_batch(SENTENCES, BOS, EOS, PAD)
    assert framed((inputs, targets, lengths))
    assert inputs.shape == targets.shape == (5, 5)
    assert lengths.tolist() == [4, 2, 1, 5, 3]
    assert batching.sentence_batch([[7]], BOS, EOS, padding=-9)[0].tolist() == [[1], [7]]


def not_shifted(inputs, targets, lengths):
    return inputs, inputs, lengths


def shifted_twice(inputs, targets, lengths):
    return inputs, np.roll(targets, -1, axis=0), lengths


def end_not_counted(inputs, targets, lengths):
    return inputs, targets, lengths - 1


def end_read(inputs, targets, lengths):
    """Put both marks into the inputs."""
    return targets, np.roll(targets, -1, axis=0), lengths


def beginning_foretold(inputs, targets, lengths):
    ahead = np.vstack([np.full((1, inputs.shape[1]), BOS), targets])
    return np.vstack([np.full((1, inputs.shape[1]), PAD), inputs]), ahead, lengths + 1


@pytest.mark.parametrize(
    "mutant", [not_shifted, shifted_twice, end_not_counted, end_read, beginning_foretold]
)
def test_mistakes_in_sentences_are_caught(mutant):
    assert not framed(mutant(*batching.sentence_batch(SENTENCES, BOS, EOS, PAD)))


def contents(batches):
    return [targets[: k - 1, n].tolist() for _, targets, lengths in batches for n, k in enumerate(lengths)]


@pytest.mark.parametrize("similar", [False, True])
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_every_sentence_comes_once(seed, similar):
    rng = None if seed is None else np.random.default_rng(seed)
    batches = list(batching.sentence_batches(SENTENCES, 2, BOS, EOS, rng, similar))
    assert sorted(contents(batches)) == sorted(SENTENCES)
    assert sorted(inputs.shape[1] for inputs, _, _ in batches) == [1, 2, 2]
    if seed is None and not similar:
        assert contents(batches) == SENTENCES


def test_the_order_is_the_generators():
    def order(seed, similar=False):
        rng = np.random.default_rng(seed)
        return contents(batching.sentence_batches(SENTENCES * 9, 4, BOS, EOS, rng, similar))

    assert order(0) == order(0) != order(1)
    assert order(0, True) == order(0, True) != order(1, True)


def test_similar_lengths_leave_little_padding():
    rng = np.random.default_rng(0)
    sentences = [list(range(rng.integers(1, 40))) for _ in range(400)]

    def padding(similar):
        batches = batching.sentence_batches(sentences, 16, BOS, EOS, np.random.default_rng(1), similar)
        return sum(inputs.size - lengths.sum() for inputs, _, lengths in batches)

    assert padding(True) < 0.1 * padding(False)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: batching.text_chunks([1, 2], 2, 3), ValueError, "ids: expected at least 3 tokens, got 2"),
        (lambda: batching.text_chunks(TEXT, 0, 3), ValueError, "batch_size: expected at least 1, got 0"),
        (lambda: batching.text_chunks(TEXT, 3, 0), ValueError, "num_steps: expected at least 1, got 0"),
        (lambda: batching.text_chunks([TEXT], 3, 2), ValueError, "ids: expected (S,), got (1, 200)"),
        (
            lambda: batching.text_chunks(TEXT / 2, 3, 2),
            TypeError,
            "ids: expected integers, got float64 (200,)",
        ),
        (
            lambda: batching.sentence_batch([], BOS, EOS),
            ValueError,
            "sentences: expected at least one, got none",
        ),
        (
            lambda: batching.sentence_batch([[1], [[2]]], BOS, EOS),
            ValueError,
            "sentences[1]: expected (n,), got (1, 1)",
        ),
        (
            lambda: batching.sentence_batch([[1.5]], BOS, EOS),
            TypeError,
            "sentences[0]: expected integers, got float64 (1,)",
        ),
        (
            lambda: batching.sentence_batches([[1]], 0, BOS, EOS),
            ValueError,
            "batch_size: expected at least 1, got 0",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
