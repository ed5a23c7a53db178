"""Sequences of numbers: a recording, sunspots of three centuries, the warmth of a sea, prices of shares."""

import csv
import io
import wave
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from companion.data.archives import read
from companion.data.cache import DataDamaged, DataUnavailable
from companion.data.fetch import fetch
from companion.data.registry import find

INNER_LIMIT = 72_458_240  # bytes that the archive inside the sunspots' archive unpacks to
STOCKS = ("IBM", "AAPL", "MSFT", "XRX", "^GSPC")  # those that the file has for every month


@dataclass(frozen=True, eq=False)
class Recording:
    """Sound: ``samples`` (T,), float64 from -1 to 1; ``rate``, samples a second; ``text``, what is said."""

    samples: np.ndarray
    rate: int
    text: str


@dataclass(frozen=True, eq=False)
class Series:
    """Numbers in time: ``times`` (T,), datetime64; ``values`` (T,), float64, in ``unit``."""

    name: str
    unit: str
    times: np.ndarray
    values: np.ndarray


@lru_cache(maxsize=1)
def load_speech() -> Recording:
    """Load eleven seconds of speech, 16,000 samples a second.

    Raises
    ------
    DataUnavailable
        When the recording can neither be found nor fetched; the message says how to supply it by hand.

    References
    ----------
    J. F. Kennedy, Inaugural Address, 20 January 1961; a recording of the United States government.

    Examples
    --------
    >>> speech = load_speech()
    >>> speech.samples.shape, speech.rate
    ((176000,), 16000)
    """
    data = find("speech")
    content = read(fetch(data), data.unpacked, data.members)[data.members[0].path]
    try:
        with wave.open(io.BytesIO(content)) as sound:
            form = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            frames = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError) as error:
        raise DataDamaged(f"data set 'speech': expected a WAV file, got {error}") from error
    if form != (1, 2, 16_000):
        raise DataDamaged(f"data set 'speech': expected 1 channel of 2 bytes at 16,000 a second, got {form}")
    samples = np.frombuffer(frames, dtype="<i2") / 32_768  # (T,)
    samples.flags.writeable = False
    text = "And so, my fellow Americans: ask not what your country can do for you; ask what you can do "
    return Recording(samples, form[2], text + "for your country.")


@lru_cache(maxsize=1)
def load_sunspots() -> Series:
    """Load the mean number of sunspots of each year from 1700 to 1988.

    Raises
    ------
    DataUnavailable
        When the data can neither be found nor fetched; the message says how to supply them by hand.

    References
    ----------
    H. Tong, *Non-linear Time Series*, Oxford University Press, 1996, p. 471.

    Examples
    --------
    >>> sunspots = load_sunspots()
    >>> sunspots.times[0], sunspots.values[:3]
    (np.datetime64('1700'), array([ 5., 11., 16.]))
    """
    data = find("sunspots")
    outer, inner = data.members
    content = read(fetch(data), data.unpacked, [outer])[outer.path]
    table = read(io.BytesIO(content), INNER_LIMIT, [inner])[inner.path].decode("ascii")
    rows = list(csv.DictReader(io.StringIO(table)))
    times = np.array([row["time"] for row in rows], dtype="datetime64[Y]")  # (T,)
    values = np.array([float(row["sunspot.year"]) for row in rows])  # (T,)
    values.flags.writeable = times.flags.writeable = False
    return Series("sunspots", "mean number of the year", times, values)


@lru_cache(maxsize=1)
def load_el_nino() -> Series:
    """Load the temperature of the sea off Peru, a mean a month, from 1950 to 2010.

    It is that of the region "Nino 1+2", 0-10 degrees south and 80-90 degrees west. Every few years the water
    there grows some degrees warmer than the season lets expect: El Nino.

    Raises
    ------
    DataUnavailable
        When the data can neither be found nor fetched; the message says how to supply them by hand.

    References
    ----------
    National Oceanic and Atmospheric Administration, ERSST.V3B.

    Examples
    --------
    >>> el_nino = load_el_nino()
    >>> el_nino.times[0], el_nino.values[:3]
    (np.datetime64('1950-01'), array([23.11, 24.2 , 25.37]))
    """
    data = find("el-nino")
    table = read(fetch(data), data.unpacked, data.members)[data.members[0].path].decode("ascii")
    head, *rows = list(csv.reader(io.StringIO(table)))
    if len(head) != 13 or any(len(row) != 13 for row in rows):
        raise DataDamaged("data set 'el-nino': expected a year and twelve months a line")
    times = np.datetime64(rows[0][0], "M") + np.arange(12 * len(rows))  # (T,)
    values = np.array([row[1:] for row in rows], dtype=np.float64).ravel()  # (T,)
    values.flags.writeable = times.flags.writeable = False
    return Series("el-nino", "degrees Celsius", times, values)


def load_stocks() -> dict[str, Series]:
    """Load closing prices of five shares and indices, a number a month from 1990, by their symbols.

    They are a sample file of Matplotlib, whose source is Yahoo Finance; prices are adjusted for splits.

    Raises
    ------
    DataUnavailable
        When Matplotlib is not installed.

    Examples
    --------
    >>> list(load_stocks())
    ['IBM', 'AAPL', 'MSFT', 'XRX', '^GSPC']
    """
    text = sample_file("Stocks.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    months = {row["Date"][:7]: row for row in reversed(rows)}  # the last month stands twice in the file
    rows = [months[month] for month in sorted(months) if all(months[month][symbol] for symbol in STOCKS)]
    times = np.array([row["Date"] for row in rows], dtype="datetime64[D]")  # (T,)
    return {
        symbol: Series(symbol, "US dollars", times, np.array([float(row[symbol]) for row in rows]))
        for symbol in STOCKS
    }


def sample_file(name: str) -> Path:
    """Return the path of a file among Matplotlib's samples.

    Raises
    ------
    DataUnavailable
        When Matplotlib is not installed or has no such file.
    """
    spec = find_spec("matplotlib")
    folder = Path(spec.origin).parent if spec is not None and spec.origin is not None else None
    path = folder / "mpl-data" / "sample_data" / name if folder is not None else None
    if path is None or not path.is_file():
        raise DataUnavailable(
            f"{name} is one of Matplotlib's sample files: install it with `pip install matplotlib`"
        )
    return path
