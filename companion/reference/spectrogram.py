"""The spectrogram: how much of each frequency a signal holds, from one short stretch of it to the next.

A signal is an array of samples, (T,). A stretch is called a frame; its spectrum is one row of the result, so
that time runs down the rows as it does in every array of this book.
"""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, floats


def frame_count(samples: int, length: int, hop: int) -> int:
    """Count the whole frames of a signal: ``1 + floor((samples - length) / hop)``, and 0 where none fits.

    Parameters
    ----------
    samples
        How many samples the signal has, 0 or more.
    length
        How many samples a frame has, at least 1.
    hop
        How many samples further the next frame begins, at least 1.

    Examples
    --------
    >>> frame_count(8000, 200, 80), frame_count(200, 200, 80), frame_count(199, 200, 80)
    (98, 1, 0)
    """
    for name, size in (("length", length), ("hop", hop)):
        if size < 1:
            raise ValueError(f"{name}: expected 1 or more, got {size}")
    if samples < 0:
        raise ValueError(f"samples: expected 0 or more, got {samples}")
    return 1 + (samples - length) // hop if samples >= length else 0


def hann(length: int) -> np.ndarray:
    """Return the Hann window ``w_n = (1 - cos(2 pi n / length)) / 2``: it fades a frame in and out.

    This is the periodic form, the default of ``torch.hann_window``.

    Examples
    --------
    >>> hann(4)
    array([0. , 0.5, 1. , 0.5])
    """
    if length < 2:
        raise ValueError(f"length: expected 2 or more, got {length}")
    return (1 - np.cos(2 * np.pi * np.arange(length) / length)) / 2  # (length,)


def spectrogram(samples: ArrayLike, length: int, hop: int) -> np.ndarray:
    """Compute the power of each frequency in each frame ({eq}`eq-spectrogram`).

    With w the Hann window, frame m and frequency k have the power
    ``abs(sum_n w_n x[m hop + n] exp(-2 pi i k n / length)) ** 2``. At a rate of R samples a second, column k
    belongs to ``k R / length`` Hz and row m to the time ``(m hop + length / 2) / R``, the frame's middle.

    Parameters
    ----------
    samples
        The signal, (T,), real.
    length
        Samples a frame, at least 2.
    hop
        Samples from the beginning of one frame to that of the next. What is left at the end and fills no
        frame is dropped.

    Returns
    -------
    ndarray
        (M, length // 2 + 1) with M from :func:`frame_count`: frequencies from 0 to half the rate. The other
        half of the spectrum of a real signal is a mirror image.

    Raises
    ------
    TypeError
        If the samples are not floating-point.
    ValueError
        If the signal is not one-dimensional, a frame has fewer than 2 samples, or the hop is below 1.

    Examples
    --------
    A tone that goes up and down twice in eight samples is all in column 2 and, because of the window, half as
    much in amplitude beside it.

    >>> tone = np.cos(2 * np.pi * 2 * np.arange(24) / 8)
    >>> spectrogram(tone, 8, 4).round(2)
    array([[0., 1., 4., 1., 0.],
           [0., 1., 4., 1., 0.],
           [0., 1., 4., 1., 0.],
           [0., 1., 4., 1., 0.],
           [0., 1., 4., 1., 0.]])
    """
    x = floats("samples", samples)
    expect_shape("samples", x.shape, ("T",))
    window = hann(length)  # (length,)
    M = frame_count(len(x), length, hop)
    places = hop * np.arange(M)[:, None] + np.arange(length)  # (M, length)
    frames = x[places] * window  # (M, length)
    return np.abs(np.fft.rfft(frames, axis=1)) ** 2  # (M, length // 2 + 1)  {eq}`eq-spectrogram`
