"""Lay 1,500 words of GloVe on a map by t-SNE, and save where they stand.

``python -m training.tsne`` writes ``companion/weights/glove-tsne.safetensors``. It takes about ten seconds.
t-SNE is scikit-learn's. On another processor the map may turn out another one, as good: that is why it is
saved, and why the result says how much of the space it keeps.
"""

import json

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.manifold import TSNE

from companion import weights
from companion.data import load_glove
from companion.explore.faithfulness import kept_neighbours, trustworthiness
from companion.vectors import Vectors

NAME = "glove-tsne"
SIZE = 1_500
SETTINGS = {"perplexity": 20.0, "metric": "cosine", "init": "pca", "random_state": 0, "max_iter": 2000}

GROUPS = {
    "animals": """
        animal animals ape bear bee bird bull butterfly camel cat cats chicken cow crab deer dog
        dogs dolphin duck eagle elephant fish fox frog goat goose hawk horse horses insect leopard
        lion lizard monkey mosquito mouse owl ox pig pigeon puppy rabbit rat salmon shark sheep
        snake spider squirrel swan tiger toad trout turtle whale wolf worm zebra
    """,
    "food and drink": """
        apple bacon banana beans beef beer bread breakfast butter cake carrot cheese chocolate
        coffee cookie corn cream dinner eggs flour food fruit garlic grape honey jam juice lemon
        lunch meat milk mushroom onion orange pasta pepper pie pizza potato rice salad salt sandwich
        sauce soup spinach sugar tea tomato vegetables wheat wine
    """,
    "countries": """
        afghanistan algeria argentina australia austria bangladesh belgium bolivia brazil bulgaria
        canada chile china colombia croatia cuba denmark egypt ethiopia finland france germany
        greece hungary iceland india indonesia iran iraq ireland israel italy jamaica japan jordan
        kenya lebanon libya malaysia mexico morocco nepal netherlands nigeria norway pakistan peru
        philippines poland portugal romania russia senegal serbia spain sudan sweden switzerland
        syria thailand tunisia turkey uganda ukraine venezuela vietnam yemen zambia zimbabwe
    """,
    "people and professions": """
        actor actress architect artist aunt author baker boy brother carpenter chef child clerk
        cousin daughter dentist doctor engineer farmer father girl grandfather grandmother husband
        journalist judge king lawyer librarian man manager mother musician nephew niece nurse
        painter philosopher physician pilot plumber poet prince princess professor programmer queen
        sailor scientist secretary sister soldier son student surgeon teacher uncle waiter wife
        woman writer
    """,
    "numbers and time": """
        one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty
        hundred thousand million billion january february march april june july august september
        october november december monday tuesday wednesday thursday friday saturday sunday second
        minute hour day week month year decade century morning afternoon evening night yesterday
        today tomorrow spring summer autumn winter
    """,
    "body and health": """
        ankle arm blood bone brain cancer chest chin cough diabetes disease ear elbow eye eyes face
        fever finger foot hair hand head heart hip infection injury kidney knee leg liver lung mouth
        muscle neck nose pain pneumonia shoulder skin skull stomach teeth throat thumb toe tongue
        tumor vein virus wound wrist
    """,
}


def choose(glove: Vectors, size: int) -> tuple[list[str], dict[str, list[str]]]:
    """Return the words, the commonest first, and those of each group: the groups', and commonest of content.

    A content word has three letters or more, all from a to z, and is none of scikit-learn's stop words.
    """
    groups = {title: text.split() for title, text in GROUPS.items()}
    chosen = {word for members in groups.values() for word in members}
    for word in glove.words:
        if len(chosen) >= size:
            break
        if len(word) > 2 and word.isascii() and word.isalpha() and word not in ENGLISH_STOP_WORDS:
            chosen.add(word)
    ordered = sorted(chosen, key=glove.index)
    return ordered, {title: sorted(members, key=glove.index) for title, members in groups.items()}


def lay_out(table: np.ndarray) -> np.ndarray:
    """Return where t-SNE puts the rows of a table (V, D): (V, 2), to a tenth; the map is some 150 wide."""
    return np.round(TSNE(**SETTINGS).fit_transform(table.astype(np.float64)), 1)


def main() -> None:
    """Choose, lay out, measure, save."""
    glove = load_glove(50)
    words, groups = choose(glove, SIZE)
    table = glove.subset(words).matrix
    xy = lay_out(table)
    numbers = dict.fromkeys(words, 0)
    for number, members in enumerate(groups.values(), 1):
        numbers |= dict.fromkeys(members, number)
    result = {
        "kept_neighbours_10": round(float(kept_neighbours(table, xy, 10).mean()), 3),
        "trustworthiness_10": round(trustworthiness(table, xy, 10), 3),
    }
    tensors = {
        "xy": np.rint(xy * 10).astype(np.int16),  # (V, 2), in tenths
        "words": np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        "groups": np.array(list(numbers.values()), dtype=np.uint8),  # (V,), 0 for none
    }
    settings = {**SETTINGS, "vectors": "glove-50", "groups": list(groups)}
    path = weights.save(NAME, tensors, command="python -m training.tsne", settings=settings, result=result)
    print(f"{path.name}: {len(words):,} words, {json.dumps(result)}")


if __name__ == "__main__":
    main()
