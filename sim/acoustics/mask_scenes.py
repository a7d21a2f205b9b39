"""Scenes to train the robot's mask with: what the microphones hear of the talker, and of all else, apart.

    python -m sim.acoustics.mask_scenes RECORDINGS --out SCENES --scenes 1000

RECORDINGS is a folder as `corpus` reads it, of as many voices and languages as there are; no voice that is reported on
must be in it (`--without`). 1000 scenes are 1.6 hours of sound and take 2.2 GB and some minutes of one core;
`python -m robot_nodes.hearing.mask_train` does the rest. Every scene is a file of int16, shape (2, samples,
microphones): talker, all else; `manifest.jsonl` has a line for each.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from sim.acoustics import noises
from sim.acoustics.beds import Place, announcements, convolved, excerpt
from sim.acoustics.corpus import read_corpus
from sim.acoustics.geometry import ARRAY_HEIGHT, Points, ring, towards
from sim.acoustics.halls import RATE, Hall, Sound, impulse_responses
from sim.acoustics.levels import dbfs, gain_for_snr, power, span, voiced

SCENES_A_PLACE = 36
TALKERS = 10
PEOPLE = 16
ABOVE = 5
BEDS = 3
BED_S = 40.0
BEFORE_S = (0.6, 4.5)
AFTER_S = 0.8
SNR_DB = (-1.0, 18.0)
SPEECH_DBFS = (-45.0, -26.0)
HISS_DBFS = (-85.0, -70.0)
PITCH = (0.84, 1.2)
"""Every recording is played so much faster or slower: higher and lower voices, smaller and bigger heads."""
MOST_ORDER = 40
"""Reflections followed: their number grows with the third power."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A line of the manifest; seconds, degrees."""

    file: str
    azimuth_deg: float
    start_s: float
    end_s: float
    snr_db: float
    distance_m: float
    noise: str
    rt60: float


class Spot:
    """A robot somewhere in a hall of some size, and all that can sound there."""

    def __init__(self, recordings: Sequence[Sound], rng: Generator) -> None:
        self._recordings = recordings
        hall = _hall(rng)
        centre = np.array([rng.uniform(3.0, side - 3.0) for side in hall.size[:2]] + [ARRAY_HEIGHT])
        off = rng.normal(0.0, rng.choice((0.0, 0.002)), (6, 3))
        self._where = Place(hall, centre, ring() + centre + off)
        angles = rng.uniform(-math.pi, math.pi, TALKERS)
        far = rng.uniform(1.0, 7.0, TALKERS)
        mouths = [self._point(a, d, rng.uniform(1.2, 1.8)) for a, d in zip(angles, far, strict=True)]
        others = [
            self._point(rng.uniform(-math.pi, math.pi), rng.uniform(1.2, 12.0), rng.uniform(1.2, 1.75))
            for _ in range(PEOPLE)
        ]
        above = [self._high(rng) for _ in range(ABOVE)]
        below = [centre + np.array([0.0, 0.0, -0.9])]
        found = impulse_responses(hall, self._where.microphones, [*mouths, *others, *above, *below])
        self._mouths, self._at = found[:TALKERS], mouths
        self._others, self._above = found[TALKERS : TALKERS + PEOPLE], found[TALKERS + PEOPLE : -1]
        self._below = found[-1]
        kinds = ["babble", "babble", rng.choice(["people", "music", "announcements", "motors"])]
        self._beds = [(kind, self._bed(kind, rng)) for kind in kinds]

    def scene(self, rng: Generator) -> tuple[Sound, Sound, dict[str, float | str]]:
        """What is heard of a talker and of all else, each of shape (samples, microphones), and what is true of it."""
        number = int(rng.integers(TALKERS))
        offset = self._at[number] - self._where.centre
        distance = float(np.hypot(offset[0], offset[1]))
        before = round(rng.uniform(*BEFORE_S) * RATE)
        dry = np.pad(self._said(rng), (before, round(AFTER_S * RATE)))
        speech = convolved(dry, self._mouths[number])
        flight = round(float(np.linalg.norm(offset)) / 343.0 * RATE)
        mask = np.roll(voiced(dry), flight)
        kind, bed = self._beds[int(rng.integers(BEDS))]
        rest = excerpt(bed, len(dry), rng)
        snr = rng.uniform(*SNR_DB)
        rest = rest * np.float32(gain_for_snr(speech[:, 0], rest[:, 0], mask, snr))
        scale = 10.0 ** ((rng.uniform(*SPEECH_DBFS) - dbfs(speech[mask, 0])) / 20.0)
        spread = rng.choice((0.0, 2.0))
        gains = scale * 10.0 ** (rng.uniform(-spread, spread, rest.shape[1]) / 20.0)
        rest = rest * gains + rng.standard_normal(rest.shape) * 10.0 ** (rng.uniform(*HISS_DBFS) / 20.0)
        start, end = span(mask)
        truth: dict[str, float | str] = {
            "azimuth_deg": round(math.degrees(math.atan2(offset[1], offset[0])), 1),
            "start_s": round(start / RATE, 3),
            "end_s": round(end / RATE, 3),
            "snr_db": round(snr, 1),
            "distance_m": round(distance, 2),
            "noise": kind,
            "rt60": round(self._where.hall.rt60, 2),
        }
        return (speech * gains).astype(np.float32), rest.astype(np.float32), truth

    def _said(self, rng: Generator) -> Sound:
        """A recording, higher or lower."""
        return _pitched(self._recordings[int(rng.integers(len(self._recordings)))], rng.uniform(*PITCH))

    def _bed(self, kind: str, rng: Generator) -> Sound:
        samples = round(BED_S * RATE)
        if kind in ("babble", "people"):
            count = int(rng.integers(5, PEOPLE + 1)) if kind == "babble" else int(rng.integers(1, 4))
            longest = 0.4 if kind == "babble" else 2.0
            chosen = rng.permutation(PEOPLE)[:count]
            sound = sum(
                convolved(self._talk(samples, longest, rng), self._others[k]) * 10 ** (rng.uniform(-4, 4) / 20)
                for k in chosen
            )
        elif kind == "motors":
            sound = convolved(noises.motors(rng, samples), self._below)
        else:
            played = noises.music(rng, samples)
            if kind == "announcements":
                played = announcements(self._recordings, samples, rng)
            sound = sum(convolved(played, response) for response in self._above)
        diffuse = sum(convolved(noises.pink(rng, samples), response) for response in self._above)
        below = rng.uniform(2.0, 15.0)
        mixed: Sound = (_unit(np.asarray(sound)) + _unit(np.asarray(diffuse)) * 10.0 ** (-below / 20.0)).astype(
            np.float32
        )
        return mixed

    def _talk(self, samples: int, longest_pause: float, rng: Generator) -> Sound:
        parts: list[Sound] = []
        pitch = rng.uniform(*PITCH)
        while sum(map(len, parts)) < samples:
            spoken = _pitched(self._recordings[int(rng.integers(len(self._recordings)))], pitch)
            parts += [_unit(spoken[:, None])[:, 0], np.zeros(round(rng.uniform(0, longest_pause) * RATE), np.float32)]
        return np.concatenate(parts)[:samples]

    def _point(self, azimuth: float, distance: float, height: float) -> Points:
        spot = towards(self._where.centre, azimuth, distance, height)
        return np.clip(spot, 0.4, np.array(self._where.hall.size) - 0.4)

    def _high(self, rng: Generator) -> Points:
        size = self._where.hall.size
        return np.array([rng.uniform(1.0, side - 1.0) for side in size[:2]] + [rng.uniform(2.4, size[2] - 0.4)])


def _hall(rng: Generator) -> Hall:
    """From a big room to a hall; the time is Eyring's, which is good enough to know where to cut."""
    size = (rng.uniform(18.0, 90.0), rng.uniform(12.0, 50.0), rng.uniform(4.5, 13.0))
    absorption = rng.uniform(0.4, 0.8)
    x, y, z = size
    eyring = 0.161 * x * y * z / (2 * (x * y + y * z + x * z) * -math.log(1 - absorption))
    rt60 = min(1.5 * eyring, 1.4, MOST_ORDER * z / 343.0)
    return Hall("some", size, max(rt60, 0.3), absorption)


def _pitched(sound: Sound, factor: float) -> Sound:
    """Played faster by `factor`."""
    at = np.arange(0, len(sound) - 1, factor)
    played: Sound = np.interp(at, np.arange(len(sound)), sound).astype(np.float32)
    return played


def _unit(sound: Sound) -> Sound:
    one: Sound = sound / np.float32(math.sqrt(power(sound[:, 0])) or 1.0)
    return one


def make(recordings: Sequence[Sound], out: Path, count: int, seed: int) -> Iterator[Truth]:
    """Write `count` scenes into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    spot: Spot | None = None
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        if spot is None or number % SCENES_A_PLACE == 0:
            spot = Spot(recordings, rng)
        speech, rest, truth = spot.scene(rng)
        whole = np.stack([speech, rest])
        np.save(out / f"{number:05d}.npy", np.clip(np.rint(whole * 32767.0), -32768, 32767).astype(np.int16))
        yield Truth(file=f"{number:05d}.npy", **truth)  # type: ignore[arg-type]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line; see the module's text."""
    parser = argparse.ArgumentParser(prog="python -m sim.acoustics.mask_scenes", description=__doc__)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", default="", help="voices left out, with commas between them")
    asked = parser.parse_args(arguments)
    corpus = read_corpus(asked.recordings, tuple(filter(None, asked.without.split(","))))
    sounds = [corpus.sound(recording) for recording in corpus.recordings]
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "manifest.jsonl").open("w", encoding="utf-8") as file:
        for truth in make(sounds, asked.out, asked.scenes, asked.seed):
            file.write(json.dumps(asdict(truth)) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
