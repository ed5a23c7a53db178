"""The spectrogram against its definition, PyTorch's stft and the laws of Fourier; and mutants."""

import numpy as np
import pytest
import torch
from comparing import PARITY, apart, caught

from companion.reference.spectrogram import frame_count, hann, spectrogram

SIZES = [(64, 16, 5), (100, 12, 3), (37, 9, 9), (41, 8, 4), (30, 30, 7), (50, 2, 1), (23, 7, 11)]


def signal(samples, seed=0):
    return np.random.default_rng(seed).standard_normal(samples)


def by_definition(x, length, hop):
    """Write the formula out: a sum over the samples of each frame, for each frequency."""
    rows = []
    for m in range(1 + (len(x) - length) // hop):
        row = []
        for k in range(length // 2 + 1):
            total = 0j
            for n in range(length):
                w = 0.5 * (1 - np.cos(2 * np.pi * n / length))
                total += w * x[m * hop + n] * np.exp(-2j * np.pi * k * n / length)
            row.append(abs(total) ** 2)
        rows.append(row)
    return np.array(rows)


def by_torch(x, length, hop):
    window = torch.hann_window(length, dtype=torch.float64)
    turned = torch.stft(
        torch.tensor(x), length, hop, window=window, center=False, onesided=True, return_complex=True
    )
    return (turned.abs() ** 2).T


@pytest.mark.equation("eq-spectrogram")
@pytest.mark.parametrize("size", SIZES)
def test_agrees_with_the_definition_and_with_torch(size, measure):
    samples, length, hop = size
    x = signal(samples)
    got = spectrogram(x, length, hop)
    measure("eq-spectrogram", apart(got, by_definition(x, length, hop)), PARITY)
    measure("eq-spectrogram", apart(got, by_torch(x, length, hop)), PARITY)


MUTANTS = {
    "no window": lambda x, length, hop: spectrogram(x, length, hop) / 0.25,
    "magnitude": lambda x, length, hop: np.sqrt(spectrogram(x, length, hop)),
    "hop of one frame": lambda x, length, hop: spectrogram(x, length, length),
    "half a frame late": lambda x, length, hop: spectrogram(np.roll(x, -(length // 2)), length, hop),
    "transposed": lambda x, length, hop: spectrogram(x, length, hop).T,
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_same_comparison_catches_mistakes(name):
    x = signal(64)

    def distance():
        got, right = MUTANTS[name](x, 16, 5), by_definition(x, 16, 5)
        return np.inf if got.shape != right.shape else apart(got, right)

    assert caught(distance)


@pytest.mark.parametrize("size", SIZES)
def test_the_frames_are_as_many_as_are_counted(size):
    samples, length, hop = size
    assert spectrogram(signal(samples), length, hop).shape == (
        frame_count(samples, length, hop),
        length // 2 + 1,
    )
    counted = sum(1 for start in range(0, samples, hop) if start + length <= samples)
    assert frame_count(samples, length, hop) == counted


def test_a_signal_shorter_than_a_frame_has_no_row():
    assert spectrogram(np.zeros(7), 8, 2).shape == (0, 5)


def test_moving_a_signal_by_a_hop_moves_its_rows_by_one():
    x = signal(80)
    assert np.array_equal(spectrogram(x, 16, 4)[1:], spectrogram(x[4:], 16, 4))


def test_louder_means_more_power_by_the_square():
    x = signal(80)
    assert np.allclose(spectrogram(3 * x, 16, 4), 9 * spectrogram(x, 16, 4))


def test_parseval():
    """The power over all frequencies, the mirrored half included, is the energy of the windowed frame."""
    x, length = signal(16), 16
    power = spectrogram(x, length, 1)[0]  # (9,)
    both = power[0] + power[-1] + 2 * power[1:-1].sum()
    assert np.isclose(both / length, ((x * hann(length)) ** 2).sum())


@pytest.mark.parametrize("column", [0, 3, 5, 8])
def test_a_tone_is_strongest_at_its_own_frequency(column):
    tone = np.cos(2 * np.pi * column * np.arange(64) / 16)
    assert (spectrogram(tone, 16, 8).argmax(axis=1) == column).all()


@pytest.mark.parametrize("length", [2, 7, 16])
def test_the_window_is_torchs(length):
    assert apart(hann(length), torch.hann_window(length, dtype=torch.float64)) <= PARITY


def test_bad_input_is_refused():
    for bad, message in (((0, 1), "length: expected 2 or more, got 0"), ((4, 0), "hop: expected 1 or more")):
        with pytest.raises(ValueError, match=message):
            spectrogram(np.zeros(9), *bad)
    with pytest.raises(ValueError, match="length: expected 1 or more, got 0"):
        frame_count(9, 0, 1)
    with pytest.raises(ValueError, match="hop: expected 1 or more, got 0"):
        frame_count(9, 4, 0)
    with pytest.raises(ValueError, match=r"samples: expected \(T,\), got \(2, 9\)"):
        spectrogram(np.zeros((2, 9)), 4, 2)
    with pytest.raises(TypeError, match="samples: expected floating-point numbers, got int64"):
        spectrogram(np.zeros(9, dtype=np.int64), 4, 2)
    with pytest.raises(ValueError, match="samples: expected 0 or more, got -1"):
        frame_count(-1, 4, 2)
    with pytest.raises(ValueError, match="length: expected 2 or more, got 1"):
        hann(1)
