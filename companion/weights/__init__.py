"""What took too long to train on a page: small files of parameters, trained by the scripts in ``training``.

Each is a safetensors file beside this one, and says in its header by which command it was made, with which
settings, and how good it came out. Nothing in it is ever executed.

>>> from companion.weights import available, load_vectors
>>> "brown-skipgram" in available()
True
>>> vectors = load_vectors("brown-skipgram")
>>> vectors.matrix.shape[1], vectors.matrix.dtype
(50, dtype('float32'))
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from companion.vectors import Vectors

__all__ = ["Weights", "available", "listing", "load", "load_vectors", "save", "save_vectors"]

FOLDER = Path(__file__).parent
HEADER = ("command", "settings", "result")


@dataclass(frozen=True)
class Weights:
    """The content of a file.

    Attributes
    ----------
    tensors : dict of str to ndarray
        By name.
    command : str
        What made the file.
    settings, result : dict
        With what, and how good it came out.
    """

    tensors: dict[str, np.ndarray]
    command: str
    settings: dict[str, Any]
    result: dict[str, Any]

    def of(self, model: str) -> dict[str, np.ndarray]:
        """Give one model of several, ``model/name`` in the file: its tensors by name, in double precision.

        >>> sorted(load("numbers-in-words").of("dates/fr"))[-1]
        'target_embedding.weight'
        """
        start = f"{model}/"
        return {
            name.removeprefix(start): tensor.astype(np.float64)
            for name, tensor in self.tensors.items()
            if name.startswith(start)
        }


def available() -> list[str]:
    """List the names that :func:`load` knows."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def load(name: str) -> Weights:
    """Open a file by its name.

    Raises
    ------
    ValueError
        If there is no such file, or it is damaged or says not what made it.

    Examples
    --------
    >>> load("brown-skipgram").command
    'python -m training.word2vec'
    """
    if name not in available():
        raise ValueError(f"name: expected one of {', '.join(available())}, got {name!r}")
    path = _path(name)
    try:
        tensors = load_file(path)
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(f"{path.name}: expected a safetensors file: {error}") from error
    missing = [key for key in HEADER if key not in header]
    if missing:
        raise ValueError(f"{path.name}: expected {', '.join(HEADER)} in the header, missing: {missing}")
    settings, result = (json.loads(header[key]) for key in ("settings", "result"))
    return Weights(tensors, header["command"], settings, result)


def load_vectors(name: str) -> Vectors:
    """Open a file that :func:`save_vectors` wrote; the vectors come in single precision.

    Raises
    ------
    ValueError
        As :func:`load`; or if the file holds something else than words and vectors.
    """
    tensors = load(name).tensors
    if set(tensors) != {"vectors", "words"}:
        raise ValueError(f"{name}: expected the tensors 'vectors' and 'words', got {sorted(tensors)}")
    words = tensors["words"].tobytes().decode("utf-8").split("\n")
    return Vectors(words, tensors["vectors"].astype(np.float32))


def listing() -> str:
    """Say of each file its size, what made it, and how good it came out."""
    lines = []
    for name in available():
        weights, size = load(name), _path(name).stat().st_size
        lines.append(f"{name} ({size / 1e6:.2f} MB): {weights.command}")
        lines += [f"    {key}: {value}" for key, value in weights.result.items()]
    return "\n".join(lines)


def save(
    name: str,
    tensors: Mapping[str, np.ndarray],
    *,
    command: str,
    settings: Mapping[str, Any],
    result: Mapping[str, Any],
) -> Path:
    """Write a file; what was there of that name is replaced.

    Parameters
    ----------
    name
        Small letters, digits and hyphens.
    tensors
        Arrays by name.
    command
        The command that made them, from the repository's root.
    settings, result
        With what, and how good it came out: what JSON can hold.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If the name is no such name, the command is empty, or there is no result.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"name: expected small letters, digits and hyphens, got {name!r}")
    if not command or not result:
        raise ValueError("expected the command that made the file, and a result")
    header = {"command": command, "settings": json.dumps(dict(settings)), "result": json.dumps(dict(result))}
    arrays = {key: np.ascontiguousarray(array) for key, array in tensors.items()}
    path = _path(name)
    save_file(arrays, path, metadata=header)
    path.chmod(0o644)  # the library lets the owner alone read it
    return path


def save_vectors(
    name: str,
    words: Sequence[str],
    matrix: np.ndarray,
    *,
    command: str,
    settings: Mapping[str, Any],
    result: Mapping[str, Any],
) -> Path:
    """Write word vectors in half precision, and the words as lines of UTF-8 in a tensor of bytes.

    Parameters
    ----------
    name, command, settings, result
        As for :func:`save`.
    words
        V different words, none of which holds a line break.
    matrix
        (V, D), floating-point.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    TypeError, ValueError
        As :class:`companion.vectors.Vectors`; if a word holds a line break; or if a number is beyond half
        precision.
    """
    table = Vectors(words, matrix)
    if any("\n" in word for word in table.words):
        raise ValueError("words: expected no line break in a word")
    with np.errstate(over="ignore"):
        half = table.matrix.astype(np.float16)
    if not np.isfinite(half).all():
        raise ValueError("matrix: expected finite numbers of at most 65504, which half precision can hold")
    lines = np.frombuffer("\n".join(table.words).encode("utf-8"), dtype=np.uint8)
    tensors: dict[str, np.ndarray] = {"vectors": half, "words": lines}
    return save(name, tensors, command=command, settings=settings, result=result)


def _path(name: str) -> Path:
    return FOLDER / f"{name}.safetensors"
