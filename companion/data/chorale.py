"""A chorale in four voices, read from its MusicXML file."""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

import numpy as np

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.registry import find

SCORE = "bwv269.xml"
LIMIT = 200_000  # bytes that the score unpacks to at most
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


class Note(NamedTuple):
    """One note: its MIDI number (60 is middle C), where it starts and how long it lasts, in quarter notes."""

    pitch: int
    start: float
    duration: float


@dataclass(frozen=True)
class Score:
    """Music in voices: ``voices`` names them, ``notes`` has a tuple of notes for each."""

    title: str
    composer: str
    voices: tuple[str, ...]
    notes: tuple[tuple[Note, ...], ...]

    def steps(self, per_quarter: int = 4) -> np.ndarray:
        """Return what sounds at each step: MIDI numbers, (T, voices), 0 for silence.

        Parameters
        ----------
        per_quarter
            Steps to a quarter note, at least 1.

        Examples
        --------
        >>> load_chorale().steps(1)[:2]
        array([[67, 62, 59, 43],
               [67, 62, 59, 55]])
        """
        if per_quarter < 1:
            raise ValueError(f"per_quarter: expected at least 1, got {per_quarter}")
        ends = [note.start + note.duration for voice in self.notes for note in voice]
        grid = np.zeros((round(max(ends) * per_quarter), len(self.voices)), dtype=int)  # (T, voices)
        for column, voice in enumerate(self.notes):
            for note in voice:
                first = round(note.start * per_quarter)
                grid[first : round((note.start + note.duration) * per_quarter), column] = note.pitch
        return grid


@lru_cache(maxsize=1)
def load_chorale() -> Score:
    """Load Bach's chorale *Aus meines Herzens Grunde*, BWV 269, in four voices.

    Raises
    ------
    DataUnavailable
        When the score can neither be found nor fetched; the message says how to supply it by hand.

    References
    ----------
    M. S. Cuthbert and C. Ariza, *music21: A Toolkit for Computer-Aided Musicology and Symbolic Music Data*,
    ISMIR 2010; the score is of its corpus.

    Examples
    --------
    >>> chorale = load_chorale()
    >>> chorale.voices
    ('Soprano', 'Alto', 'Tenor', 'Bass')
    >>> chorale.notes[0][:2]
    (Note(pitch=67, start=0.0, duration=1.0), Note(pitch=67, start=1.0, duration=2.0))
    """
    data = find("chorale")
    packed = read(fetch(data), data.unpacked, data.members)[data.members[0].path]
    try:
        with ZipFile(io.BytesIO(packed)) as archive:
            if archive.getinfo(SCORE).file_size > LIMIT:
                raise DataDamaged(f"data set 'chorale': {SCORE} unpacks to more than {LIMIT:,} bytes")
            root = ElementTree.fromstring(archive.read(SCORE))
    except (BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise DataDamaged(f"data set 'chorale': expected a MusicXML score, got {error}") from error
    names = tuple(str(part.findtext("part-name")) for part in root.iter("score-part"))
    notes = tuple(_notes(part) for part in root.iter("part"))
    return Score("Aus meines Herzens Grunde, BWV 269", "J. S. Bach", names, notes)


def _notes(part: ElementTree.Element) -> tuple[Note, ...]:
    """Read one voice; a note that is tied to the one before it goes on."""
    notes: list[Note] = []
    divisions, now = 1, 0
    for element in part.iter():
        if element.tag == "divisions":
            divisions = int(element.text or 1)
        elif element.tag == "note":
            length = int(element.findtext("duration", "0"))
            pitch = element.find("pitch")
            if pitch is not None:
                tied = any(tie.get("type") == "stop" for tie in element.iter("tie"))
                notes.append(
                    _joined(notes.pop(), length / divisions) if tied else _note(pitch, now, length, divisions)
                )
            now += length
    return tuple(notes)


def _note(pitch: ElementTree.Element, start: int, length: int, divisions: int) -> Note:
    octave, alter = int(pitch.findtext("octave", "4")), int(pitch.findtext("alter", "0"))
    number = 12 * (octave + 1) + SEMITONES[pitch.findtext("step", "C")] + alter
    return Note(number, start / divisions, length / divisions)


def _joined(note: Note, more: float) -> Note:
    return note._replace(duration=note.duration + more)
