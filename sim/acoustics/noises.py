"""Sounds of a fair made from nothing: noise, music, motors, claps, coughs. Mono float32, 16 kHz, power 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

RATE = 16_000

Sound = NDArray[np.float32]
Wave = NDArray[np.floating[Any]]


def pink(rng: Generator, samples: int) -> Sound:
    """Noise of 3 dB less power per octave, from 20 Hz up."""
    return _shaped(rng, samples, lambda hertz: 1.0 / np.sqrt(np.maximum(hertz, 20.0)))


def white(rng: Generator, samples: int) -> Sound:
    """Noise of the same power at every frequency."""
    return _unit(rng.standard_normal(samples))


def hum(rng: Generator, samples: int) -> Sound:
    """An air conditioner: mains hum with harmonics over low noise."""
    low = _shaped(rng, samples, lambda hertz: 1.0 / np.maximum(hertz, 60.0))
    return _unit(low + sum(_tone(rng, samples, 50.0 * k) / k for k in range(1, 8)))


def motors(rng: Generator, samples: int) -> Sound:
    """The robot's own drive: the whine of two motors whose speed wanders, gear noise, rolling noise."""
    seconds = np.arange(samples) / RATE
    whine = np.zeros(samples)
    for _ in range(2):
        speed = rng.uniform(180.0, 320.0) * (1.0 + 0.15 * np.sin(2 * np.pi * rng.uniform(0.1, 0.5) * seconds))
        phase = 2 * np.pi * np.cumsum(speed) / RATE
        whine += sum(np.sin(k * phase + rng.uniform(0, 6.28)) / k for k in (1, 2, 4, 7, 12))
    rolling = _shaped(rng, samples, lambda hertz: 1.0 / np.maximum(hertz, 100.0))
    return _unit(0.5 * whine + rolling + 0.2 * white(rng, samples))


def music(rng: Generator, samples: int) -> Sound:
    """Chords, a bass, a tune and a drum kit, in a tempo and key of their own."""
    beat = 60.0 / rng.uniform(84.0, 132.0)
    root = rng.integers(45, 57)
    scale = np.array([0, 2, 4, 5, 7, 9, 11])
    out = np.zeros(samples)
    for number in range(int(samples / RATE / beat) + 1):
        at = round(number * beat * RATE)
        degree = (0, 3, 4, 0)[(number // 4) % 4]
        for step in (0, 2, 4):
            _add(out, at, _note(_hertz(root + scale[(degree + step) % 7] + 12), beat, harmonics=4), 0.25)
        _add(out, at, _note(_hertz(root + scale[degree] - 12), beat, harmonics=3), 0.5)
        for half in range(2):
            tune = root + 24 + scale[rng.integers(7)]
            _add(out, at + round(half * beat * RATE / 2), _note(_hertz(tune), beat / 2, harmonics=6), 0.35)
        _add(out, at, _drum(rng, 0.12, 60.0 if number % 2 == 0 else 190.0), 0.8)
        _add(out, at + round(beat * RATE / 2), _hat(rng), 0.2)
    return _unit(out)


def chime(rng: Generator, samples: int) -> Sound:
    """The four falling notes before an announcement."""
    out = np.zeros(samples)
    base = rng.uniform(380.0, 520.0)
    for number, ratio in enumerate((1.5, 1.25, 1.12, 1.0)):
        _add(out, round(number * 0.4 * RATE), _note(base * ratio, 1.0, harmonics=3), 1.0)
    return _unit(out)


def claps(rng: Generator, samples: int) -> Sound:
    """One person clapping: short bursts, two to four a second."""
    out = np.zeros(samples)
    at = 0.1
    while at < samples / RATE - 0.1:
        burst = rng.standard_normal(RATE // 12) * np.exp(-np.arange(RATE // 12) / (0.008 * RATE))
        _add(out, round(at * RATE), _band(burst, 800.0, 4_000.0), rng.uniform(0.6, 1.0))
        at += rng.uniform(0.22, 0.5)
    return _unit(out)


def coughs(rng: Generator, samples: int) -> Sound:
    """Coughs: a burst of noise and a rough voiced tail, each about a third of a second."""
    out = np.zeros(samples)
    at = 0.2
    while at < samples / RATE - 0.5:
        length = round(rng.uniform(0.2, 0.4) * RATE)
        decay = np.exp(-np.arange(length) / (0.08 * RATE))
        voice = np.sign(np.sin(2 * np.pi * rng.uniform(110, 220) * np.arange(length) / RATE)) * 0.3
        _add(out, round(at * RATE), _band((rng.standard_normal(length) + voice) * decay, 300.0, 3_500.0), 1.0)
        at += rng.uniform(0.35, 0.9)
    return _unit(out)


def clatter(rng: Generator, samples: int) -> Sound:
    """Things set down and dropped: decaying clusters of high partials at odd moments."""
    out = np.zeros(samples)
    for _ in range(max(2, round(samples / RATE * 2.5))):
        length = round(rng.uniform(0.05, 0.3) * RATE)
        time = np.arange(length) / RATE
        partials = rng.uniform(600.0, 6_000.0, size=6)
        ring = sum(np.sin(2 * np.pi * hertz * time) for hertz in partials) * np.exp(-time / rng.uniform(0.01, 0.08))
        _add(out, int(rng.integers(0, max(1, samples - length))), ring, rng.uniform(0.2, 1.0))
    return _unit(out)


def steps(rng: Generator, samples: int) -> Sound:
    """Someone walking by: a dull knock every half second."""
    out = np.zeros(samples)
    pace = rng.uniform(0.42, 0.6)
    for number in range(int(samples / RATE / pace)):
        knock = _drum(rng, 0.05, rng.uniform(80, 140)) + 0.3 * _drum(rng, 0.02, 400.0)
        _add(out, round((number + 0.3) * pace * RATE), knock, 1.0)
    return _unit(out)


def silence(rng: Generator, samples: int) -> Sound:
    """Nothing but what the microphones hiss."""
    return np.zeros(samples, np.float32)


SOUNDS: Mapping[str, Callable[[Generator, int], Sound]] = {
    "pink": pink,
    "white": white,
    "hum": hum,
    "motors": motors,
    "music": music,
    "chime": chime,
    "claps": claps,
    "coughs": coughs,
    "clatter": clatter,
    "steps": steps,
    "silence": silence,
}
"""Every sound by name; the second argument is its length in samples."""


def _unit(sound: Wave) -> Sound:
    level = float(np.sqrt(np.mean(np.square(sound)))) or 1.0
    return (sound / level).astype(np.float32)


def _shaped(rng: Generator, samples: int, gain: Callable[[Wave], Wave]) -> Sound:
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    return _unit(np.fft.irfft(spectrum * gain(np.fft.rfftfreq(samples, 1.0 / RATE)), samples))


def _band(sound: Wave, low: float, high: float) -> Wave:
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1.0 / RATE)
    return np.fft.irfft(spectrum * ((hertz > low) & (hertz < high)), len(sound))


def _add(out: Wave, at: int, sound: Wave, gain: float) -> None:
    room = max(0, min(len(sound), len(out) - at))
    out[at : at + room] += gain * sound[:room]


def _tone(rng: Generator, samples: int, hertz: float) -> Wave:
    return np.sin(2 * np.pi * hertz * np.arange(samples) / RATE + rng.uniform(0, 6.28))


def _hertz(note: float) -> float:
    """Of a MIDI note number."""
    return 440.0 * math.pow(2.0, (float(note) - 69.0) / 12.0)


def _note(hertz: float, seconds: float, harmonics: int) -> Wave:
    time = np.arange(round(seconds * RATE)) / RATE
    rise = np.minimum(1.0, time / 0.01) * np.exp(-2.0 * time / seconds)
    partials = [np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, harmonics + 1) if hertz * k < RATE / 2]
    return np.asarray(np.sum(partials, axis=0) * rise)


def _drum(rng: Generator, decay: float, hertz: float) -> Wave:
    time = np.arange(round(0.4 * RATE)) / RATE
    hit = np.sin(2 * np.pi * hertz * time) + 0.2 * rng.standard_normal(len(time)) * np.exp(-time / 0.02)
    return hit * np.exp(-time / decay)


def _hat(rng: Generator) -> Wave:
    time = np.arange(round(0.08 * RATE)) / RATE
    return _band(rng.standard_normal(len(time)) * np.exp(-time / 0.02), 4_000.0, 8_000.0)
