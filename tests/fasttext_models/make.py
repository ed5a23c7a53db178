"""Make the models beside this file with the original fastText, and what it says of them.

    pip install fasttext-numpy2-wheel==0.9.2
    python tests/fasttext_models/make.py

It is run by hand, in an environment of its own: the models are small and kept. On so little text the original
stops now and then with "Encountered NaN", and the next attempt succeeds.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
LINES = {
    "fr": "le café était fermé hier soir et le thé était froid",
    "en": "the cat sat on the mat and the dog sat on the log",
    "ja": "日本語 の 文字 は 三 バイト です",
    "de": "das Mädchen aß süße Äpfel auf der Straße",
}
UNSEEN = ["cafés", "Äpfelchen", "日本", "x", "é"]
COMMON = {"dim": 4, "epoch": 5, "thread": 1, "verbose": 0}


def described(model):
    """Ask the original about words: their vectors, their n-grams and the rows of these."""
    words = [*model.words, *UNSEEN]
    return {word: [list(map(float, model[word])), *map(list, model.get_subwords(word))] for word in words}


def patiently(train, text, **settings):
    """Train again if the original stops by chance."""
    for _ in range(100):
        try:
            return train(str(text), **settings, **COMMON)
        except RuntimeError as error:
            print(error)
    raise SystemExit("a hundred attempts failed")


def main():
    """Train, save, and describe."""
    import fasttext

    with TemporaryDirectory() as folder:
        plain, labelled = Path(folder, "plain.txt"), Path(folder, "labelled.txt")
        plain.write_text("".join(f"{line}\n" for line in LINES.values()) * 20)
        labelled.write_text("".join(f"__label__{name} {line}\n" for name, line in LINES.items()) * 20)
        ngrams = {"bucket": 40, "minn": 1, "maxn": 4}
        words = patiently(fasttext.train_unsupervised, plain, model="skipgram", minCount=1, **ngrams)
        ngrams = {"bucket": 30, "minn": 2, "maxn": 3}
        classes = patiently(fasttext.train_supervised, labelled, wordNgrams=2, **ngrams)
        words.save_model(str(HERE / "skipgram.bin"))
        classes.save_model(str(HERE / "supervised.bin"))
        text = {"skipgram": described(words), "supervised": described(classes)}
        (HERE / "described.json").write_text(json.dumps(text, default=int, ensure_ascii=False, indent=0))
        for name, cutoff in (("quantised", 0), ("pruned", 260)):
            large = patiently(fasttext.train_supervised, labelled, wordNgrams=2, bucket=300, minn=2, maxn=5)
            large.quantize(str(labelled), cutoff=cutoff)
            large.save_model(str(HERE / f"{name}.ftz"))


if __name__ == "__main__":
    main()
