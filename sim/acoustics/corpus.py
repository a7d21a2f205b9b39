"""The recordings scenes are made from: a folder with `manifest.jsonl`, one line a file.

    {"file": "jm_kumo/001.opus", "phrase": "...", "lang": "ko", "voice": "jm_kumo"}

`phrase` is what the robot is expected to know; a line with `"phrase": null` (and perhaps `"text"`) is speech outside
the domain, which talks in the background and must not be taken for a command. `phrases-LANG.txt` beside the manifest
lists the domain where it is more than the phrases recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from sim.acoustics.errors import RecordingsError
from sim.acoustics.halls import RATE, Sound

MANIFEST = "manifest.jsonl"


class Recording(BaseModel):
    """One line of the manifest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    phrase: str | None
    lang: str
    voice: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The recordings of one folder."""

    folder: Path
    recordings: tuple[Recording, ...]

    def languages(self) -> list[str]:
        """Languages in which there are phrases."""
        return sorted({recording.lang for recording in self.recordings if recording.phrase is not None})

    def phrases(self, language: str) -> list[Recording]:
        """Recordings of what the robot is expected to know."""
        return [r for r in self.recordings if r.phrase is not None and r.lang == language]

    def chatter(self) -> list[Recording]:
        """Recordings outside the domain, in any language."""
        return [recording for recording in self.recordings if recording.phrase is None]

    def domain(self, language: str) -> list[str]:
        """What the recogniser is told to expect."""
        listed = self.folder / f"phrases-{language}.txt"
        if listed.exists():
            return [line.strip() for line in listed.read_text(encoding="utf-8").splitlines() if line.strip()]
        return sorted({r.phrase for r in self.phrases(language) if r.phrase is not None})

    def sound(self, recording: Recording) -> Sound:
        """The recording as float32 mono at 16 kHz, shape (samples,).

        :raises RecordingsError: if it cannot be read.
        """
        import soundfile  # here, since only the bench needs it

        path = self.folder / recording.file
        try:
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        except (OSError, soundfile.SoundFileError) as error:
            raise RecordingsError(f"{path}: {error}: give a recording that libsndfile reads") from None
        if not len(samples) or not np.any(samples):
            raise RecordingsError(f"{path}: nothing is to be heard in it: leave it out of {MANIFEST}")
        return resampled(samples.mean(axis=1), rate)


def resampled(sound: Sound, rate: int) -> Sound:
    """The same sound at 16 kHz."""
    if rate == RATE:
        return sound.astype(np.float32)
    from scipy.signal import resample_poly

    common = gcd(rate, RATE)
    return np.asarray(resample_poly(sound, RATE // common, rate // common), np.float32)


def read_corpus(folder: Path, without_voices: Sequence[str] = ()) -> Corpus:
    """The recordings of a folder, those of `without_voices` left out.

    :raises RecordingsError: if the manifest is missing or wrong, naming the line.
    """
    path = folder / MANIFEST
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RecordingsError(f"{path}: {error.strerror}: give a folder of recordings with a {MANIFEST}") from None
    found: list[Recording] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(Recording.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise RecordingsError(f"{path}:{number}: {where}: {first['msg']}") from None
    kept = tuple(recording for recording in found if recording.voice not in without_voices)
    if not kept:
        raise RecordingsError(f"{path}: no recording is left: add some whose voice is not {', '.join(without_voices)}")
    return Corpus(folder, kept)
