"""Brown's tags as twelve: every tag of the corpus has its place; and the texts that are held out."""

from collections import Counter

import pytest

from companion.data import load_brown
from companion.text.brown_tags import COARSE_TAGS, coarse_tag, held_out

BY_HAND = {
    "NOUN": "nn nn$ nns-tl-hl np np$-tl nps nr nr+md nr-tl nrs",
    "VERB": "vb vb+ppo vbz vbd vbg vbn be bedz bedz* ber bem* doz do* hv+to hvd md md* md+hv vbg+to",
    "ADJ": "jj jj-tl jjr jjs jjt ap ap$ od",
    "ADV": "rb rbr rbt rn ql qlp wrb+bez wql-tl *",
    "PRON": "pp$ pp$$ ppl ppls ppo pps+bez ppss+hv pn pn$ wp$ wpo wps+bez",
    "DET": "at at-tl abn abx abl dt dt+bez dti dts dtx wdt ex+bez",
    "ADP": "in in-tl in+in cs cs-hl",
    "NUM": "cd cd-tl cd$",
    "CONJ": "cc cc-tl",
    "PRT": "to to+vb rp rp+in uh uh-tl",
    ".": ". , : ( ) -- ---hl ,-hl `` '' '",
    "X": "nil fw-nn fw-in+at fw-*-tl fw-at-hl",
}


@pytest.mark.parametrize("coarse", BY_HAND)
def test_tags_have_the_part_of_speech_that_the_manual_gives(coarse):
    assert {coarse_tag(tag) for tag in BY_HAND[coarse].split()} == {coarse}


def test_every_tag_of_the_corpus_is_one_of_twelve():
    corpus = load_brown()
    assert {coarse_tag(tag) for tag in corpus.tag_types} == set(COARSE_TAGS)
    said = Counter()
    for word, tag in zip(corpus.words[:200_000], corpus.tags[:200_000], strict=True):
        said[word.lower(), coarse_tag(tag)] += 1
    for word, coarse in (("the", "DET"), ("said", "VERB"), ("of", "ADP"), ("his", "PRON"), ("not", "ADV")):
        assert said[word, coarse] > 0.9 * sum(said[word, other] for other in COARSE_TAGS)


def test_a_tenth_of_the_texts_is_held_out():
    names = load_brown().text_ids
    tenth = [name for name in names if held_out(name)]
    assert len(tenth) == 53
    assert tenth[0] == "ca13"
    assert set(tenth) < {name for name in names if held_out(name, 0.3)}
    assert all(held_out(name, 1.0) and not held_out(name, 0.0) for name in names)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: coarse_tag("NN"),
            ValueError,
            "expected one of the Brown corpus's, such as 'nn-tl', got 'NN'",
        ),
        (lambda: coarse_tag(""), ValueError, "such as 'nn-tl', got ''"),
        (lambda: coarse_tag(3), TypeError, "tag: expected a string, got int"),
        (lambda: held_out("ca01", 2), ValueError, "share: expected a number from 0 to 1, got 2"),
        (lambda: held_out(1), TypeError, "text: expected a string, got int"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert message in str(refusal.value)
