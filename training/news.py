"""The news texts of the Brown corpus, in three parts, for the language models that are saved."""

from companion.data import load_brown

Sentences = list[list[str]]


def news() -> tuple[Sentences, Sentences, Sentences]:
    """Give the sentences in small letters: for training, for choosing, and for the result.

    Whole texts are held out, so that no held-out sentence goes on with a story that was trained on: of
    every eight texts the fourth is for choosing, and the last for the result.
    """
    brown = load_brown().genre("news")
    parts: tuple[Sentences, Sentences, Sentences] = ([], [], [])
    for number, name in enumerate(brown.text_ids):
        part = {3: 1, 7: 2}.get(number % 8, 0)
        parts[part].extend([word.lower() for word in sentence] for sentence in brown.text(name).sentences)
    return parts
