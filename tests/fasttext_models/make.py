"""Make the models beside this file with the original fastText, and what it says of them.

    pip install fasttext-numpy2-wheel==0.9.2
    python tests/fasttext_models/make.py

It is run by hand, in an environment of its own: the models are small and kept. Eleven threads: version 0.9.2
fills a tenth of the matrix a thread, and with fewer leaves the rest as it was in memory ("Encountered NaN").
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
COMMON = {"dim": 4, "epoch": 5, "thread": 11, "verbose": 0}


def described(model):
    """Ask the original about words: their vectors, their n-grams and the rows of these."""
    words = [*model.words, *UNSEEN]
    return {word: [list(map(float, model[word])), *map(list, model.get_subwords(word))] for word in words}


def main():
    """Train, save, and describe."""
    import fasttext

    with TemporaryDirectory() as folder:
        plain, labelled = Path(folder, "plain.txt"), Path(folder, "labelled.txt")
        plain.write_text("".join(f"{line}\n" for line in LINES.values()) * 20)
        labelled.write_text("".join(f"__label__{name} {line}\n" for name, line in LINES.items()) * 20)
        ngrams = {"bucket": 40, "minn": 1, "maxn": 4}
        words = fasttext.train_unsupervised(str(plain), model="skipgram", minCount=1, **ngrams, **COMMON)
        ngrams = {"bucket": 30, "minn": 2, "maxn": 3}
        classes = fasttext.train_supervised(str(labelled), wordNgrams=2, **ngrams, **COMMON)
        words.save_model(str(HERE / "skipgram.bin"))
        classes.save_model(str(HERE / "supervised.bin"))
        text = {"skipgram": described(words), "supervised": described(classes)}
        (HERE / "described.json").write_text(json.dumps(text, default=int, ensure_ascii=False, indent=0))
        for name, cutoff in (("quantised", 0), ("pruned", 260)):
            large = fasttext.train_supervised(
                str(labelled), wordNgrams=2, bucket=300, minn=2, maxn=5, **COMMON
            )
            large.quantize(str(labelled), cutoff=cutoff)
            large.save_model(str(HERE / f"{name}.ftz"))


if __name__ == "__main__":
    main()
