"""The small data sets as they are: one real instance of each kind of sequence; tests of word vectors."""

import pickle

import numpy as np
import pytest

from companion import data
from companion.data import chorale, signals, translations, vowels, word_tests
from companion.data.cache import DataDamaged, DataUnavailable
from companion.data.registry import find


def test_speech_is_eleven_seconds_of_sound():
    speech = data.load_speech()
    assert speech.samples.shape == (11 * speech.rate,)
    assert 0.1 < np.abs(speech.samples).max() <= 1
    assert abs(speech.samples.mean()) < 1e-3
    assert not speech.samples.flags.writeable


def test_sunspots_have_their_known_years():
    sunspots = data.load_sunspots()
    assert (sunspots.times == np.arange("1700", "1989", dtype="datetime64[Y]")).all()
    assert sunspots.times[sunspots.values.argmax()] == np.datetime64("1957")
    spectrum = np.abs(np.fft.rfft(sunspots.values - sunspots.values.mean()))
    assert 10 < len(sunspots.values) / spectrum.argmax() < 12  # the period in years


def test_el_nino_is_a_warm_sea_and_has_its_known_extremes():
    el_nino = data.load_el_nino()
    assert (el_nino.times == np.arange("1950-01", "2011-01", dtype="datetime64[M]")).all()
    by_month = el_nino.values.reshape(-1, 12)
    assert by_month.mean(axis=0).argmax() == 2  # warmest in March
    anomaly = el_nino.values - np.tile(by_month.mean(axis=0), 61)
    assert {str(year)[:4] for year in el_nino.times[np.argsort(-anomaly)[:20]]} == {
        "1982",
        "1983",
        "1997",
        "1998",
    }
    assert not el_nino.values.flags.writeable


def test_vowels_are_those_of_the_paper():
    train, test = data.load_vowels()
    assert np.bincount(train.speakers).tolist() == [30] * 9
    assert np.bincount(test.speakers).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]
    for part in (train, test):
        assert {sequence.shape[1] for sequence in part.sequences} == {12}
        assert min(map(len, part.sequences)) == 7
        assert max(map(len, part.sequences)) in (26, 29)
        assert not part.sequences[0].flags.writeable


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected lines behind @data, got none"),
        ("@data\n", "expected lines behind @data, got none"),
        ("@data\n1,2:3,4:1\n", "expected 12 features and a speaker, got '1,2:3,4:1'"),
        ("@data\n" + "1,2:" * 11 + "1:1\n", "expected 12 features and a speaker"),
        ("@data\n" + "1,2:" * 12 + "10\n", "expected 12 features and a speaker"),
    ],
)
def test_damaged_vowels_are_refused(text, message):
    with pytest.raises(DataDamaged, match=message):
        vowels._utterances(text)


def test_a_damaged_table_is_refused(monkeypatch):
    (member,) = find("el-nino").members
    monkeypatch.setattr(signals, "read", lambda *_: {member.path: b"YEAR,JAN\n1950,1\n"})
    with pytest.raises(DataDamaged, match="expected a year and twelve months a line"):
        data.load_el_nino.__wrapped__()


def test_stocks_are_months_of_the_same_length():
    stocks = data.load_stocks()
    assert {len(series.values) for series in stocks.values()} == {len(next(iter(stocks.values())).times)}
    assert all((series.values > 0).all() for series in stocks.values())
    months = next(iter(stocks.values())).times.astype("datetime64[M]")
    assert (np.diff(months) == np.timedelta64(1, "M")).all()


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(signals, "find_spec", lambda name: None)
    with pytest.raises(DataUnavailable, match="pip install matplotlib"):
        data.load_stocks()


def test_chorale_has_four_voices_that_end_together_and_never_cross_the_outer_ones():
    score = data.load_chorale()
    ends = {voice[-1].start + voice[-1].duration for voice in score.notes}
    assert len(score.notes) == 4
    assert len(ends) == 1
    grid = score.steps(8)
    assert grid.shape == (8 * ends.pop(), 4)
    assert (grid[:, 0] > grid[:, 3]).all()
    assert set(grid[-1] % 12) <= {7, 11, 2}  # it ends in G major
    for voice in score.notes:
        assert all(a.start + a.duration <= b.start for a, b in zip(voice, voice[1:], strict=False))


def test_ties_are_one_note():
    f_sharp = "<pitch><step>F</step><alter>1</alter><octave>4</octave></pitch>"
    xml = f"""<part><measure><attributes><divisions>2</divisions></attributes>
    <note>{f_sharp}<duration>2</duration><tie type="start"/></note>
    <note>{f_sharp}<duration>1</duration><tie type="stop"/></note>
    <note><rest/><duration>1</duration></note>
    <note><pitch><step>C</step><octave>3</octave></pitch><duration>4</duration></note></measure></part>"""
    notes = chorale._notes(chorale.ElementTree.fromstring(xml))
    assert notes == ((66, 0.0, 1.5), (48, 2.0, 2.0))


def test_steps_must_be_at_least_one_a_quarter():
    with pytest.raises(ValueError, match="per_quarter: expected at least 1, got 0"):
        data.load_chorale().steps(0)


def test_dna_is_the_record():
    dna = data.load_dna()
    assert set(dna.sequence) == set("ACGT")
    assert dna.description.endswith("chromosome I, complete sequence.")
    assert (
        0.3 < (dna.sequence.count("G") + dna.sequence.count("C")) / len(dna.sequence) < 0.4
    )  # cress is poor in it


def test_phrases_come_in_two_languages():
    phrases = data.load_phrases()
    assert len(phrases) > 20
    assert all(phrase.source != phrase.target and "%" not in phrase.source for phrase in phrases)
    assert len({phrase.source for phrase in phrases}) == len(phrases)


def test_picture_is_in_colour():
    picture = data.load_picture()
    assert picture.pixels.dtype == np.uint8
    assert (picture.pixels[..., 0] != picture.pixels[..., 2]).mean() > 0.5


@pytest.mark.parametrize(("name", "count"), [("wordsim353", 353), ("simlex999", 999)])
def test_word_pairs_have_their_published_number(name, count):
    pairs = data.load_word_pairs(name)
    assert len(pairs) == len(pairs.second) == len(list(pairs)) == count
    assert ((pairs.scores >= 0) & (pairs.scores <= 10)).all()
    assert repr(pairs) == f"WordPairs({name}, {count} pairs)"


def test_unknown_pairs_are_refused():
    with pytest.raises(ValueError, match="expected one of wordsim353, simlex999, got 'simlex'"):
        data.load_word_pairs("simlex")


def test_analogies_are_those_of_the_paper():
    analogies = data.load_analogies()
    assert len(analogies) == 19_544
    assert len(analogies.semantic) == 5
    assert len(analogies.syntactic) == 9
    semantic = sum(len(analogies.sections[name]) for name in analogies.semantic)
    assert (semantic, len(analogies) - semantic) == (8_869, 10_675)
    assert analogies.sections["family"][0] == ("boy", "girl", "brother", "sister")


@pytest.mark.parametrize(
    ("text", "message"),
    [("love\tsex\n", "two words and a number, got 'love"), ("a b c", "two words and a number, got 'a b c'")],
)
def test_damaged_pairs_are_refused(monkeypatch, text, message):
    monkeypatch.setattr(word_tests, "_text", lambda name: text)
    with pytest.raises(DataDamaged, match=message):
        word_tests.load_word_pairs.__wrapped__("wordsim353")


def test_a_damaged_question_is_refused(monkeypatch):
    monkeypatch.setattr(word_tests, "_text", lambda name: ": family\nboy girl brother\n")
    with pytest.raises(DataDamaged, match="expected four words, got 'boy girl brother'"):
        word_tests.load_analogies.__wrapped__()


def test_translations_are_those_of_the_campaign():
    news = data.load_translations()
    assert len(news.systems) == 16
    assert {len(sentences) for sentences in news.systems.values()} == {len(news.reference)} == {3004}
    assert {"uedin-nmt", "online-A", "SYSTRAN"} < set(news.systems)
    assert news.systems["uedin-nmt"][0] != news.reference[0]


@pytest.mark.parametrize("harmful", [print, object(), {"a": 1}, 1, b"a", ("a", "b", "c")])
def test_translations_are_read_without_unpickling(harmful):
    with pytest.raises(ValueError, match="expected strings, lists and pairs, got "):
        translations._plain(pickle.dumps([("a", ["b"]), harmful], protocol=2))
