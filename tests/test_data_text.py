"""The Brown corpus and the rated sentences, on the real data: fetched when they are not in the cache."""

import json
from collections import Counter

import numpy as np
import pytest

from companion.data import Reviews, brown, load_brown, load_reviews, reviews, split
from companion.data.cache import cache_dir


@pytest.fixture(scope="module")
def corpus():
    return load_brown()


@pytest.fixture(scope="module")
def films():
    return load_reviews("movies")


def test_brown_has_the_published_size(corpus):
    assert len(corpus.text_ids) == 500
    assert len(corpus.sentences) == 57_340
    assert len(corpus.words) == len(corpus.tags) == 1_161_192
    assert len(set(corpus.words)) == len(corpus.word_types) == 56_057
    assert len(set(corpus.tags)) == len(corpus.tag_types) == 472


def test_brown_has_fifteen_genres(corpus):
    assert Counter(corpus.text_genres) == {
        "news": 44, "editorial": 27, "reviews": 17, "religion": 17, "hobbies": 36, "lore": 48,
        "belles_lettres": 75, "government": 30, "learned": 80, "fiction": 29, "mystery": 24,
        "science_fiction": 6, "adventure": 29, "romance": 29, "humor": 9,
    }  # fmt: skip
    assert corpus.genres[0] == "news"
    assert corpus.genres[-1] == "humor"


def test_brown_is_read_word_for_word(corpus):
    assert corpus.text_ids[0] == "ca01"
    assert corpus.text_ids[-1] == "cr09"
    assert " ".join(corpus.sentences[0][:9]) == "The Fulton County Grand Jury said Friday an investigation"
    assert corpus.tagged_sentences[0][:3] == [("The", "at"), ("Fulton", "np-tl"), ("County", "nn-tl")]
    assert corpus.tagged_sentences[-1][-2:] == [("stupefying", "vbg"), (".", ".")]
    assert ("1-1/2", "cd") in set(zip(corpus.words, corpus.tags, strict=True))  # the last slash divides


def test_brown_sentences_are_the_words_cut(corpus):
    assert [word for sentence in corpus.sentences for word in sentence] == corpus.words
    assert all(corpus.sentences)
    assert all(corpus.word_types)
    assert all(corpus.tag_types)


def test_brown_parts_add_up(corpus):
    parts = [corpus.genre(name) for name in corpus.genres]
    assert sum(len(part.words) for part in parts) == 1_161_192
    assert sum(len(part.sentences) for part in parts) == 57_340
    assert corpus.genre("news", "humor").genres == ("news", "humor")
    text = corpus.text("cr09")
    assert text.text_genres == ("humor",)
    assert text.tagged_sentences == corpus.tagged_sentences[-len(text.sentences) :]
    assert corpus.text(*corpus.text_ids).words == corpus.words


def test_brown_refuses_names_it_does_not_have(corpus):
    with pytest.raises(ValueError, match="genre: expected one of news, editorial, .*, got 'poetry'"):
        corpus.genre("poetry")
    with pytest.raises(ValueError, match="text: expected a name such as 'ca01', got 'cz99'"):
        corpus.text("cz99")


def test_brown_again_is_read_from_numbers(corpus, monkeypatch):
    monkeypatch.setattr(brown, "walk", lambda *_: pytest.fail("the archive was read again"))
    again = load_brown()
    assert again.words == corpus.words
    assert again.tagged_sentences == corpus.tagged_sentences


def test_brown_is_built_again_when_its_numbers_are_damaged(corpus, monkeypatch, tmp_path):
    archive = cache_dir() / "archives"
    monkeypatch.setenv("UNROLLED_DATA", str(archive))
    monkeypatch.setenv("UNROLLED_CACHE", str(tmp_path))
    load_brown()
    (numbers,) = tmp_path.glob("prepared/*/numbers.npz")
    content = bytearray(numbers.read_bytes())
    content[len(content) // 2] ^= 1
    numbers.write_bytes(content)
    assert load_brown().words == corpus.words
    assert numbers.read_bytes() != content


@pytest.mark.parametrize(
    ("domain", "count", "lowest", "highest"),
    [
        ("movies", 10_605, -3.875, 3.94117647059),
        ("editorials", 5_190, -2.8, 2.8),
        ("tweets", 4_200, -3.75, 3.55),
        ("products", 3_708, -3.7, 3.85),
    ],
)
def test_reviews_have_the_published_sizes(domain, count, lowest, highest):
    rated = load_reviews(domain)
    assert len(rated) == len(rated.ids) == len(rated.texts) == count
    assert rated.scores.shape == (count,)
    assert rated.scores.dtype == np.float64
    assert (rated.scores.min(), rated.scores.max()) == (lowest, highest)
    assert set(rated.domains) == {domain}
    assert len(set(rated.ids)) == count
    assert all(text.strip() and "\t" not in text and "\r" not in text for text in rated.texts)


def test_reviews_are_read_word_for_word(films):
    assert films[2] == ("3", -0.6, "Effective but too tepid biopic", "movies")
    assert films.texts[92].endswith(
        "the clichés disappear into the vertiginous perspectives opened up by the photography."
    )
    last = load_reviews()[-1]
    assert (last.id, last.score, last.domain) == ("309_8", -2.75, "products")
    assert last.text.endswith("now i'm out $ 300 for their piece of junk.")


def test_all_reviews_are_the_domains_in_turn():
    everything = load_reviews()
    assert len(everything) == 23_703
    texts = [text for domain in reviews.DOMAINS for text in load_reviews(domain).texts]
    assert list(everything.texts) == texts


def test_rows_are_taken_by_number_or_by_mask(films):
    assert films.take([2, 0]).ids == ("3", "1")
    assert films.take(np.array([2, 0])).texts == (films.texts[2], films.texts[0])
    mask = films.scores > 3.8
    assert films.take(mask).ids == tuple(review.id for review in films if review.score > 3.8)
    assert len(films.take([])) == 0
    for rows in ([10_605], mask[:-1]):
        with pytest.raises(IndexError):
            films.take(rows)


def test_what_is_kept_for_the_next_call_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        load_reviews().scores[0] = 0


def test_films_are_sorted_which_is_why_split_shuffles_them(films):
    positive = films.scores > 0
    assert positive[:5000].mean() > 0.96
    assert positive[-5000:].mean() < 0.06
    for part in split(films):
        assert 0.48 < (part.scores > 0).mean() < 0.53


def test_unknown_domain_is_refused():
    with pytest.raises(
        ValueError, match="domain: expected one of movies, editorials, tweets, products, got 'music'"
    ):
        load_reviews("music")


@pytest.mark.parametrize("domain", reviews.DOMAINS)
def test_split_divides_without_loss_and_without_leak(domain):
    rated = load_reviews(domain)
    parts = split(rated, validation=0.15, test=0.2)
    assert sorted(row for part in parts for row in part) == sorted(rated)
    assert abs(len(parts.test) / len(rated) - 0.2) < 0.06  # products: 300 reviews of up to 70 sentences
    assert abs(len(parts.validation) / len(rated) - 0.15) < 0.06
    for key in (
        lambda review: " ".join(review.text.lower().split()),
        lambda review: review.id.partition("_")[0],
    ):
        train, validation, test = ({key(review) for review in part} for part in parts)
        assert not train & validation
        assert not (train | validation) & test


def test_split_is_the_same_everywhere_and_whatever_else_is_loaded(films):
    parts = split(films)
    assert [len(part) for part in parts] == [8469, 1062, 1074]
    assert parts.test.ids[:4] == split(films).test.ids[:4]
    of_all = [review for review in split(load_reviews()).test if review.domain == "movies"]
    assert of_all == list(parts.test)


@pytest.mark.parametrize(("validation", "test"), [(-0.1, 0.1), (0.1, -0.1), (0.5, 0.5), (float("nan"), 0.1)])
def test_split_refuses_shares_out_of_range(films, validation, test):
    with pytest.raises(ValueError, match="expected shares >= 0 and together < 1"):
        split(films, validation, test)


def test_split_of_chained_repetitions_keeps_the_chain_together():
    ids = [f"{n}_{k}" for n in range(40) for k in range(2)]
    texts = [
        f"link {n + k}" for n in range(40) for k in range(2)
    ]  # review n ends with the words n + 1 begins with
    chain = Reviews(tuple(ids), np.zeros(80), tuple(texts), ("products",) * 80)
    assert sorted(len(part) for part in split(chain, 0.3, 0.3)) == [0, 0, 80]


def test_prepared_files_hold_no_pickle(corpus):
    (folder,) = (cache_dir() / "prepared").glob("brown-*")
    with np.load(folder / "numbers.npz", allow_pickle=False) as numbers:
        assert sorted(numbers) == ["sentence_starts", "tag_ids", "text_starts", "word_ids"]
    assert json.loads((folder / "strings.json").read_text(encoding="utf-8"))["text_ids"] == list(
        corpus.text_ids
    )
