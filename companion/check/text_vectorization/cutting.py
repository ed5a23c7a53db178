"""``tv-ngrams`` and ``tv-vocabulary``: text in pieces. Each solution's docstring is what is asked."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _draw(rng: np.random.Generator, count: int, different: int) -> list[str]:
    """Draw words from a small vocabulary, so that many occur twice."""
    known = ["cat", "sat", "mat", "the", "on", "dog", "hat", "ate", "rat", "a"][:different]
    return [str(word) for word in rng.choice(known, count)]


def _ngram_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield ["cat"], 1
    yield ["the", "cat"], 2
    yield [], 2
    yield ["the", "cat"], 4
    for count, n, different in [(3, 1, 3), (5, 2, 4), (6, 3, 3), (9, 4, 8), (12, 2, 3)]:
        yield _draw(rng, count, different), n


NGRAMS = Exercise(
    "tv-ngrams",
    _ngram_cases,
    (
        Law("every single word is in the set.", lambda given, got: set(given[0]) <= got),
        Law(
            "no n-gram is longer than n words.",
            lambda given, got: all(len(gram.split(" ")) <= given[1] for gram in got),
        ),
        Law(
            "the text ends with some of its own n-grams.",
            lambda given, got: all(
                " ".join(given[0][-size:]) in got for size in range(1, min(given[1], len(given[0])) + 1)
            ),
        ),
    ),
)


@NGRAMS.solved_by
def ngram_set(words: list[str], n: int) -> set[str]:
    """Return the set of all runs of 1, 2, ... up to n consecutive words, each joined by single spaces."""
    sizes = range(1, n + 1)
    return {" ".join(words[i : i + size]) for size in sizes for i in range(len(words) - size + 1)}


@NGRAMS.mistake("Your set holds runs of exactly n words. The chapter's set is of runs of n words or fewer.")
def _ngrams_exact(words: list[str], n: int) -> set[str]:
    return {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}


@NGRAMS.mistake(
    "The last run of each size is missing. In a text of five words, where can a run of three start?"
)
def _ngrams_short(words: list[str], n: int) -> set[str]:
    return {" ".join(words[i : i + size]) for size in range(1, n + 1) for i in range(len(words) - size)}


@NGRAMS.mistake("The longest runs, those of n words, are missing. Does your range reach its end?")
def _ngrams_below(words: list[str], n: int) -> set[str]:
    return ngram_set(words, n - 1)


@NGRAMS.mistake("The empty string is in your set: a run has at least one word. Where does your range begin?")
def _ngrams_of_none(words: list[str], n: int) -> set[str]:
    return ngram_set(words, n) | {""}


@NGRAMS.mistake("You return a list, where what occurs twice stands twice. A set has no order and no doubles.")
def _ngrams_list(words: list[str], n: int) -> list[str]:
    sizes = range(1, n + 1)
    return [" ".join(words[i : i + size]) for size in sizes for i in range(len(words) - size + 1)]


@NGRAMS.mistake("The words of your n-grams run into each other: what stands between two words of a text?")
def _ngrams_glued(words: list[str], n: int) -> set[str]:
    return {gram.replace(" ", "") for gram in ngram_set(words, n)}


def _vocabulary_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield ["the", "cat"], []
    yield [], ["<pad>"]
    yield ["sat", "cat", "sat"], ["<pad>"]
    yield ["mat", "ate", "the", "the"], ["<unk>", "<eos>"]
    for count, different, specials in [(7, 3, 1), (12, 6, 2), (20, 10, 3), (15, 4, 0)]:
        yield _draw(rng, count, different), ["<unk>", "<pad>", "<bos>"][:specials]


VOCABULARY = Exercise(
    "tv-vocabulary",
    _vocabulary_cases,
    (
        Law("no token has two ids.", lambda given, got: len(set(got)) == len(got)),
        Law(
            "the specials come first, in the order given.",
            lambda given, got: got[: len(given[1])] == given[1],
        ),
        Law(
            "of two words, the one that occurs more often has the smaller id.",
            lambda given, got: all(
                given[0].count(a) >= given[0].count(b) for a, b in pairwise(got[len(given[1]) :])
            ),
        ),
        Law(
            "words that occur equally often stand in alphabetical order.",
            lambda given, got: all(
                a < b or given[0].count(a) > given[0].count(b) for a, b in pairwise(got[len(given[1]) :])
            ),
        ),
    ),
)


@VOCABULARY.solved_by
def vocabulary(words: list[str], specials: list[str]) -> list[str]:
    """Return the list of tokens whose position is their id.

    First the specials as given (none of them is among the words); then every different word, the most
    frequent first, and words that occur equally often in alphabetical order.
    """
    counts = Counter(words)
    return specials + sorted(counts, key=lambda word: (-counts[word], word))


@VOCABULARY.mistake(
    "Words that occur equally often stand in the order in which the text has them. Then the ids change when"
    " two sentences change places; the exercise asks for another order."
)
def _vocabulary_unsorted_ties(words: list[str], specials: list[str]) -> list[str]:
    return specials + [word for word, _ in Counter(words).most_common()]


@VOCABULARY.mistake("Your rarest word comes first. Which words should have the small ids?")
def _vocabulary_ascending(words: list[str], specials: list[str]) -> list[str]:
    counts = Counter(words)
    return specials + sorted(counts, key=lambda word: (counts[word], word))


@VOCABULARY.mistake(
    "The counts fall, as they should, but words that occur equally often stand in reverse alphabetical "
    "order: did you turn the whole sort round?"
)
def _vocabulary_reversed(words: list[str], specials: list[str]) -> list[str]:
    counts = Counter(words)
    return specials + sorted(counts, key=lambda word: (counts[word], word), reverse=True)


@VOCABULARY.mistake(
    "Your words stand in alphabetical order throughout; how often they occur plays no part yet."
)
def _vocabulary_alphabetical(words: list[str], specials: list[str]) -> list[str]:
    return specials + sorted(set(words))


@VOCABULARY.mistake("The words are in order, but the special tokens have no ids.")
def _vocabulary_plain(words: list[str], specials: list[str]) -> list[str]:
    return vocabulary(words, [])


@VOCABULARY.mistake("The special tokens come last. Then their ids change with the size of the vocabulary.")
def _vocabulary_specials_last(words: list[str], specials: list[str]) -> list[str]:
    return vocabulary(words, []) + specials
