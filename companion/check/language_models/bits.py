"""``lm-bits-per-byte``: what any two models of one text can be compared by."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _bits_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 12 * float(np.log(2)), "naïve", [], 26
    yield 20.0, "a zyzzyva !\n", ["zyzzyva"], 26
    yield 31.5, "a naïf , a naïf !\n", ["naïf", "naïf"], 30
    texts = ("the cat sat .\n", "füße und äpfel\n", "it's a “quoted” word\n", "zwölf boxkämpfer\n")
    for text in texts:
        words = text.split()
        chosen = [words[i] for i in rng.integers(0, len(words), 2)]
        yield float(rng.uniform(15, 60)), text, chosen, int(rng.integers(40, 90))


BITS = Exercise(
    "lm-bits-per-byte",
    _bits_cases,
    (Law("a number of bits is not negative.", lambda given, got: bool(got >= 0)),),
)


@BITS.solved_by
def bits_per_byte(nats: float, text: str, unknown: list[str], letters: int) -> float:
    """Return bits per UTF-8 byte; each unknown word is spelt, with its end, from equally probable signs."""
    spelt = _signs(unknown) * float(np.log(letters + 1))
    return float((nats + spelt) / np.log(2) / len(text.encode()))


def _signs(unknown: list[str]) -> int:
    return sum(len(word) + 1 for word in unknown)


@BITS.mistake("You have not charged for the unknown words: <unk> is cheap because it says nothing.")
def _bits_free(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, [], letters)


@BITS.mistake("Those are nats per byte: a bit is log 2 nats.")
def _bits_nats(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, unknown, letters) * float(np.log(2))


@BITS.mistake("You divide by characters. In UTF-8 an ä has two bytes.")
def _bits_characters(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, unknown, letters) * len(text.encode()) / len(text)


@BITS.mistake("You divide by words; then two models with different vocabularies do not compare.")
def _bits_words(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, unknown, letters) * len(text.encode()) / len(text.split())


@BITS.mistake("The sign that ends an unknown word is missing, in the alphabet and in the length.")
def _bits_no_end(nats: float, text: str, unknown: list[str], letters: int) -> float:
    spelt = sum(len(word) for word in unknown) * float(np.log(letters))
    return float((nats + spelt) / np.log(2) / len(text.encode()))


@BITS.mistake("You add the spelling in bits to a cost in nats: bring both to one unit before adding.")
def _bits_mixed(nats: float, text: str, unknown: list[str], letters: int) -> float:
    spelt = _signs(unknown) * float(np.log2(letters + 1))
    return float((nats + spelt) / np.log(2) / len(text.encode()))


@BITS.mistake(
    "The end of an unknown word is among the signs, but no word has paid for it: one sign more each."
)
def _bits_no_end_sign(nats: float, text: str, unknown: list[str], letters: int) -> float:
    spelt = sum(len(word) for word in unknown) * float(np.log(letters + 1))
    return float((nats + spelt) / np.log(2) / len(text.encode()))


@BITS.mistake("The end of a word is one of the signs to choose from: there are letters + 1 of them.")
def _bits_few_signs(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return float((nats + _signs(unknown) * np.log(letters)) / np.log(2) / len(text.encode()))


@BITS.mistake(
    "The cost is in bits in yours and the spelling still in nats: bring both to one unit before adding."
)
def _bits_half_turned(nats: float, text: str, unknown: list[str], letters: int) -> float:
    spelt = _signs(unknown) * float(np.log(letters + 1))
    return float((nats / np.log(2) + spelt) / len(text.encode()))


@BITS.mistake("The wrong way: there are more bits than nats, so divide by log 2.")
def _bits_times_log(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, unknown, letters) * float(np.log(2)) ** 2


@BITS.mistake("A word is spelt in letters. Bytes are for the text that everything is divided by.")
def _bits_word_in_bytes(nats: float, text: str, unknown: list[str], letters: int) -> float:
    signs = sum(len(word.encode()) + 1 for word in unknown)
    return float((nats + signs * np.log(letters + 1)) / np.log(2) / len(text.encode()))


@BITS.mistake("Every occurrence of an unknown word has to be spelt, also the second one of the same word.")
def _bits_each_once(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, sorted(set(unknown)), letters)
