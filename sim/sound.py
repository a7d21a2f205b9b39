"""Recordings visitors speak with."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from sim.day import Day, VisitorPlan
from sim.errors import DayError

RATE = 16_000
BLOCK = RATE // 10


def blocks(path: Path) -> list[NDArray[np.int16]]:
    """A recording in blocks of 0.1 s, int16 mono 16 kHz; the last may be shorter.

    :raises DayError: if it cannot be read or has another form.
    """
    import soundfile  # here, since only days with recordings need it

    try:
        samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise DayError(f"{path}: {error}: give a WAV or FLAC recording") from None
    if rate != RATE or samples.shape[1] != 1 or not len(samples):
        raise DayError(
            f"{path}: {rate} Hz, {samples.shape[1]} channels, {len(samples)} samples: needs sound, 16 kHz, mono"
        )
    mono = np.ascontiguousarray(samples[:, 0])
    return [mono[k : k + BLOCK] for k in range(0, len(mono), BLOCK)]


class Voice(BaseModel):
    """One recording of a folder's `voices.json`, which is a list of these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    """Beside `voices.json`; 16 kHz mono."""
    language: Literal["zh", "en", "ko"]
    place: str
    """Id of the place the speaker asks for."""
    text: str
    """What is said, for the record."""


def with_voices(day: Day, folder: Path) -> Day:
    """The day, its first robot-asking visitors speaking with the folder's recordings, one each.

    :raises DayError: if the folder has no usable `voices.json`, or a recording is missing.
    """
    voices = read_voices(folder)
    plans: list[VisitorPlan] = []
    for plan in day.visitors:
        if plan.by == "robot" and plan.sound is None and voices:
            voice = voices.pop(0)
            sound = str(folder / voice.file)
            change = {"language": voice.language, "text": voice.text, "place": voice.place, "sound": sound}
            plan = plan.model_copy(update=change)
        plans.append(plan)
    return day.model_copy(update={"visitors": tuple(plans)})


def read_voices(folder: Path) -> list[Voice]:
    """A folder's `voices.json`.

    :raises DayError: if it is not there, or broken, or names a recording that is not there.
    """
    index = folder / "voices.json"
    try:
        voices = TypeAdapter(list[Voice]).validate_json(index.read_bytes())
    except OSError as error:
        raise DayError(f"{index}: {error.strerror}: list the recordings there") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise DayError(f"{index}: {where}: {first['msg']}: correct this entry") from None
    for voice in voices:
        if not (folder / voice.file).is_file():
            raise DayError(f"{index}: no recording {voice.file}: correct `file`")
    return voices
