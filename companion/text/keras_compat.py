"""The numbers of the Keras ``Tokenizer``, which many lectures and books print.

It was `keras.preprocessing.text.Tokenizer`; Keras 3 no longer offers it. This one gives the same numbers
for texts, and no more: it exists so that a listing can be checked. For new work take `Vocabulary`.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Literal

import numpy as np

from companion.text._checks import choice, each_text, integer, string
from companion.text.vectorize import bag_of_words

__all__ = ["FILTERS", "KerasTokenizer"]

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


class KerasTokenizer:
    r"""Number words from 1, the most frequent first, equally frequent ones in the order of first appearance.

    Id 0 is given to no word. Note three things that surprise: `word_index` always holds all words, whatever
    `num_words` is; ``num_words=1000`` keeps the words 1 to 999; and what is not kept vanishes from the
    sequences, unless there is an `oov_token`. The apostrophe is not among the filters, so "don't" is one
    word and "'tis" keeps its apostrophe.

    Parameters
    ----------
    num_words : int, optional
        Ids of `num_words` and above are left out of sequences and matrices.
    filters : str
        Each of these characters is replaced by `split`.
    lower : bool
        Lower-case first.
    split : str
        What separates words.
    oov_token : str, optional
        Gets id 1, and stands for every word that is not kept.

    Attributes
    ----------
    word_index : dict of str to int
        The id of each word.
    word_counts : dict of str to int
        How often each word occurred, in the order of first appearance.
    word_docs : dict of str to int
        In how many texts each word occurred.
    document_count : int
        How many texts there were.

    Examples
    --------
    >>> tokenizer = KerasTokenizer(num_words=1000)
    >>> samples = ["The cat sat on the mat.", "The dog ate my homework."]
    >>> tokenizer.fit_on_texts(samples)
    >>> print(f"Found {len(tokenizer.word_index)} unique tokens.")
    Found 9 unique tokens.
    >>> tokenizer.texts_to_sequences(samples)
    [[1, 2, 3, 4, 1, 5], [1, 6, 7, 8, 9]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        oov_token: str | None = None,
    ) -> None:
        if not string("split", split):
            raise ValueError("split: expected a string of at least one character, got ''")
        self.num_words = None if num_words is None else integer("num_words", num_words, 1)
        self.filters = string("filters", filters)
        self.lower = lower
        self.split = split
        self.oov_token = None if oov_token is None else string("oov_token", oov_token)
        self.word_index: dict[str, int] = {}
        self.word_counts: Counter[str] = Counter()
        self.word_docs: Counter[str] = Counter()
        self.document_count = 0
        self._table = str.maketrans(dict.fromkeys(self.filters, split))

    def fit_on_texts(self, texts: Iterable[str]) -> None:
        """Count the words of `texts`, on top of those counted before, and number all of them anew.

        Raises
        ------
        TypeError
            If `texts` is one string, or a text is not a string.
        """
        cut = list(self._cut(texts))
        self.document_count += len(cut)
        self.word_counts.update(chain.from_iterable(cut))
        self.word_docs.update(chain.from_iterable(map(set, cut)))
        ranked = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)  # stable
        first = [] if self.oov_token is None else [self.oov_token]
        self.word_index = {word: i for i, word in enumerate([*first, *ranked], start=1)}

    def texts_to_sequences(self, texts: Iterable[str]) -> list[list[int]]:
        """Return the ids of the words of each text.

        Raises
        ------
        TypeError
            If `texts` is one string, or a text is not a string.
        ValueError
            If nothing was fitted.
        """
        if not self.document_count:
            raise ValueError("texts_to_sequences: expected a fitted tokenizer: call fit_on_texts first")
        kept = {
            word: i for word, i in self.word_index.items() if self.num_words is None or i < self.num_words
        }
        if self.oov_token is None:
            return [list(filter(None, map(kept.get, words))) for words in self._cut(texts)]  # no id is 0
        unknown = self.word_index[self.oov_token]
        return [[kept.get(word, unknown) for word in words] for words in self._cut(texts)]

    def texts_to_matrix(
        self, texts: Iterable[str], mode: Literal["binary", "count", "freq", "tfidf"] = "binary"
    ) -> np.ndarray:
        r"""Return one row per text and one column per id; column 0 stays empty.

        With c the count of the word in the text, L the number of ids of the text, N the number of fitted
        texts and df in how many of them the word occurs, a cell with c > 0 holds

        * ``binary``: 1
        * ``count``: c
        * ``freq``: c / L
        * ``tfidf``: :math:`(1 + \ln c)\,\ln\left(1 + \frac{N}{1 + \mathrm{df}}\right)` ({eq}`eq-keras-tfidf`)

        Returns
        -------
        (len(texts), num_words) float64
            Without `num_words`, ``len(word_index) + 1`` columns.

        Raises
        ------
        TypeError
            If `texts` is one string, or a text is not a string.
        ValueError
            If nothing was fitted, or `mode` is none of the four.
        """
        choice("mode", mode, ("binary", "count", "freq", "tfidf"))
        sequences = self.texts_to_sequences(texts)
        width = self.num_words or len(self.word_index) + 1
        ids = max([width, *self.word_index.values()]) + 1
        counts = bag_of_words(sequences, ids)[:, :width]  # (N, width)
        if mode == "binary":
            return (counts > 0).astype(np.float64)
        if mode == "freq":
            lengths = np.array([len(sequence) for sequence in sequences]).reshape(-1, 1)  # (N, 1)
            return counts / np.maximum(lengths, 1)
        if mode == "tfidf":
            documents = np.zeros(ids)  # df by id
            for word, count in self.word_docs.items():
                documents[self.word_index[word]] = count
            idf = np.log(1 + self.document_count / (1 + documents[:width]))  # (width,)
            tf = 1 + np.log(np.maximum(counts, 1))  # (N, width)
            return np.where(counts > 0, tf * idf, 0.0)  # {eq}`eq-keras-tfidf`
        return counts

    def _cut(self, texts: Iterable[str]) -> Iterable[list[str]]:
        for text in each_text(texts):
            text = text.lower() if self.lower else text
            yield list(filter(None, text.translate(self._table).split(self.split)))  # no word is empty
