"""Sets of scenes on disk: one FLAC of six channels a scene, and what is true of each."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from sim.acoustics import noises
from sim.acoustics.beds import Place, bed, convolved, excerpt, place
from sim.acoustics.conditions import Condition, Stranger
from sim.acoustics.corpus import Corpus, Recording
from sim.acoustics.geometry import MOUTH_HEIGHT, towards
from sim.acoustics.halls import HALLS, RATE, Sound, impulse_responses
from sim.acoustics.levels import power
from sim.acoustics.scenes import Asked, Scene, around_only, render

PLACES = 2
"""Where the robot stands in each hall."""
BED_S = 60.0
TALK_IN_BED = 60
STRANGER_S = (2.5, 5.0)
STRANGER_DBFS = (-45.0, -25.0)
STRANGER_SNR_DB = (20.0, 10.0, 5.0)
STRANGER_DISTANCE_M = (1.5, 5.0)
SOUND_SNR_DB = 15.0

TUNE, REPORT = 0, 1
"""The two families of seeds: nothing random is shared between tuning and reporting."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One scene: where it is and what is true of it. `phrase` is None when it must not be taken for a command."""

    file: str
    phrase: str | None
    lang: str
    voice: str
    hall: str
    rt60: float
    distance_m: float | None
    snr_db: float | None
    noise: str
    azimuth_deg: float | None
    moving: bool
    seed: int
    seconds: float
    speech_start_s: float | None = None
    speech_end_s: float | None = None
    playback: str | None = None
    text: str = ""
    condition: str = ""
    array: str = "ring6"


class Maker:
    """Makes the scenes of one set; halls, places and noise beds are made once and kept.

    :param background: recordings of people who talk in the background, and of what the robot itself says.
    :param bed_s: length of the noise beds, seconds.
    """

    def __init__(
        self,
        corpus: Corpus,
        background: Sequence[Recording],
        out: Path,
        family: int,
        seed: int,
        bed_s: float = BED_S,
    ) -> None:
        self._corpus = corpus
        self._background = list(background)
        self._out = out
        self._family = family
        self._seed = seed
        self._bed_s = bed_s
        self._places: dict[tuple[str, int], Place] = {}
        self._beds: dict[tuple[str, int, str], Sound] = {}
        self._talk: list[Sound] = []
        out.mkdir(parents=True, exist_ok=True)

    def scenes(self, condition: Condition, recordings: Sequence[Recording]) -> Iterator[Entry]:
        """The scenes of a condition; every phrase is said before one is said again, halls and places in turn."""
        order = spread(recordings, self._rng(condition.name))
        for number in range(condition.count):
            yield self._scene(condition, order[number % len(order)], number)

    def strangers(self, stranger: Stranger, talk: Sequence[Recording]) -> Iterator[Entry]:
        """The scenes of one kind of sound that is no command."""
        order = self._rng(f"strangers {stranger.kind}").permutation(max(1, len(talk)))
        for number in range(stranger.count):
            if stranger.kind == "talk":
                yield self._stranger(talk[order[number % len(talk)]], number)
            else:
                yield self._sound(stranger, stranger.what[number % len(stranger.what)], number)

    def _scene(self, condition: Condition, recording: Recording, number: int) -> Entry:
        rng = self._rng(f"{condition.name} {number}")
        where, spot = self._where(number)
        asked = Asked(
            azimuth=rng.uniform(-math.pi, math.pi),
            distance=condition.distance,
            snr_db=condition.snr_db,
            moving=condition.moving,
            gain_error_db=condition.gain_error_db,
            position_error=condition.position_error,
            own_voice_db=condition.own_voice_db,
        )
        noise = None if condition.snr_db is None else self._bed(where, spot, condition.noise)
        own = self._own(rng) if condition.own_voice_db is not None else None
        scene = render(asked, where, self._corpus.sound(recording), noise, own, rng)
        name = f"{_slug(condition.name)}-{recording.lang}-{number:03d}"
        return self._kept(name, scene, recording, asked, where, condition.name, condition.noise)

    def _stranger(self, recording: Recording, number: int) -> Entry:
        rng = self._rng(f"stranger {number}")
        where, spot = self._where(number)
        snr = STRANGER_SNR_DB[number % len(STRANGER_SNR_DB)]
        asked = Asked(rng.uniform(-math.pi, math.pi), rng.uniform(*STRANGER_DISTANCE_M), snr)
        scene = render(asked, where, self._corpus.sound(recording), self._bed(where, spot, "babble"), None, rng)
        return self._kept(f"talk-{number:03d}", scene, recording, asked, where, f"talk {recording.lang}", "babble")

    def _sound(self, stranger: Stranger, what: str, number: int) -> Entry:
        rng = self._rng(f"{stranger.kind} {what} {number}")
        where, spot = self._where(number)
        seconds = rng.uniform(*STRANGER_S)
        if stranger.kind == "bed":
            heard = self._bed(where, spot, what)
        else:
            heard = self._beside(where, spot, what, round(seconds * RATE), rng)
        samples = around_only(heard, seconds, rng.uniform(*STRANGER_DBFS), rng)
        nobody = Recording(file="", phrase=None, lang="", voice="")
        scene = Scene(samples, 0.0, 0.0, 0.0, None)
        return self._kept(f"{stranger.kind}-{what}-{number:03d}", scene, nobody, None, where, what, what)

    def _beside(self, where: Place, spot: int, what: str, samples: int, rng: Generator) -> Sound:
        """A sound one to three metres from the robot, in a hall that murmurs."""
        sound = noises.SOUNDS[what](rng, samples)
        at = towards(where.centre, rng.uniform(-math.pi, math.pi), rng.uniform(1.0, 3.0), MOUTH_HEIGHT)
        (response,) = impulse_responses(where.hall, where.microphones, [at])
        heard = convolved(sound, response)
        level = math.sqrt(power(heard[:, 0]))
        if level == 0.0:
            return heard
        murmur = excerpt(self._bed(where, spot, "babble"), samples, rng)
        return heard + murmur * np.float32(level * 10.0 ** (-SOUND_SNR_DB / 20.0))

    def _kept(
        self,
        name: str,
        scene: Scene,
        recording: Recording,
        asked: Asked | None,
        where: Place,
        condition: str,
        noise: str,
    ) -> Entry:
        import soundfile

        soundfile.write(self._out / f"{name}.flac", scene.samples, RATE, subtype="PCM_16")
        if scene.playback is not None:
            soundfile.write(self._out / f"{name}-playback.flac", scene.playback, RATE, subtype="PCM_16")
        return Entry(
            file=f"{name}.flac",
            phrase=recording.phrase,
            lang=recording.lang,
            voice=recording.voice,
            hall=where.hall.name,
            rt60=where.hall.rt60,
            distance_m=round(asked.distance, 2) if asked else None,
            snr_db=asked.snr_db if asked else None,
            noise="none" if asked and asked.snr_db is None else noise,
            azimuth_deg=round(scene.azimuth_deg, 1) if asked else None,
            moving=bool(asked and asked.moving),
            seed=self._seed,
            seconds=round(len(scene.samples) / RATE, 3),
            speech_start_s=round(scene.start_s, 3) if asked else None,
            speech_end_s=round(scene.end_s, 3) if asked else None,
            playback=f"{name}-playback.flac" if scene.playback is not None else None,
            text=recording.text,
            condition=condition,
        )

    def _where(self, number: int) -> tuple[Place, int]:
        hall = list(HALLS.values())[number % len(HALLS)]
        spot = number // len(HALLS) % PLACES
        if (hall.name, spot) not in self._places:
            self._places[hall.name, spot] = place(hall, self._rng(f"place {hall.name} {spot}"))
        return self._places[hall.name, spot], spot

    def _bed(self, where: Place, spot: int, kind: str) -> Sound:
        key = (where.hall.name, spot, kind)
        if key not in self._beds:
            self._beds[key] = bed(kind, where, self._talkers(), self._bed_s, self._rng(f"bed {key}"))
        return self._beds[key]

    def _talkers(self) -> list[Sound]:
        if not self._talk:
            order = self._rng("talkers").permutation(len(self._background))[:TALK_IN_BED]
            self._talk = [self._corpus.sound(self._background[k]) for k in order]
        return self._talk

    def _own(self, rng: Generator) -> Sound:
        """What the robot says meanwhile: a few sentences on end, at a loudspeaker's usual level."""
        talk = self._talkers()
        said = np.concatenate([talk[int(k)] for k in rng.integers(len(talk), size=4)])
        return said * np.float32(10.0 ** (-20.0 / 20.0) / math.sqrt(power(said)))

    def _rng(self, what: str) -> Generator:
        return np.random.default_rng([self._family, self._seed, zlib.crc32(what.encode())])


def write_manifest(path: Path, entries: Sequence[Entry]) -> None:
    """One JSON object a line."""
    path.write_text("".join(json.dumps(asdict(e), ensure_ascii=False) + "\n" for e in entries), encoding="utf-8")


def halves(recordings: Sequence[Recording]) -> tuple[list[Recording], list[Recording]]:
    """Those that talk in the background, and those that speak near the robot: no recording does both."""
    return list(recordings[0::2]), list(recordings[1::2])


def spread(recordings: Sequence[Recording], rng: Generator) -> list[Recording]:
    """All recordings in an order in which each phrase comes once, in one of its voices, before any comes again."""
    said: dict[str | None, list[Recording]] = {}
    for recording in recordings:
        said.setdefault(recording.phrase, []).append(recording)
    mixed = [[versions[k] for k in rng.permutation(len(versions))] for versions in said.values()]
    rounds: list[Recording] = []
    for turn in range(max(map(len, mixed))):
        again = [versions[turn] for versions in mixed if turn < len(versions)]
        rounds += [again[k] for k in rng.permutation(len(again))]
    return rounds


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")
