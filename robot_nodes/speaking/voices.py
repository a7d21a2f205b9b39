"""Text to samples."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from robot_nodes.speaking.errors import NoVoice

__all__ = ["EspeakVoice", "Samples", "Voice", "find_voice", "parse_wav"]

Samples = npt.NDArray[np.int16]

_VOICES: Mapping[str, str] = {"zh": "cmn", "en": "en-gb", "ko": "ko"}
"""espeak-ng's names of our languages."""
_WORDS_PER_MINUTE = 150
_TIMEOUT_S = 30.0
_LONGEST = 1000


class Voice(Protocol):
    """Anything that speaks."""

    def speak_to_wav(self, text: str, lang: str) -> tuple[Samples, int]:
        """`text` in `lang` (zh, en, ko) as mono samples, shape (n,), and their rate per second; raises NoVoice."""
        ...


class EspeakVoice:
    """espeak-ng as a subprocess: small and robotic, in every language."""

    def __init__(self, program: str) -> None:
        self._program = program

    def speak_to_wav(self, text: str, lang: str) -> tuple[Samples, int]:
        """See Voice; text beyond 1,000 characters is left out."""
        command = [self._program, "--stdout", "-v", _VOICES.get(lang, "en-gb"), "-s", str(_WORDS_PER_MINUTE), "--stdin"]
        # Through stdin: text from outside never becomes an option.
        words = " ".join(text[:_LONGEST].split()).encode("utf-8", "ignore")
        try:
            done = subprocess.run(command, input=words, capture_output=True, timeout=_TIMEOUT_S, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise NoVoice(f"espeak-ng could not speak {lang} ({error}); check `espeak-ng --voices`") from error
        return parse_wav(done.stdout)


def find_voice(which: Callable[[str], str | None] = shutil.which) -> Voice:
    """The voice of this machine; raises NoVoice."""
    program = which("espeak-ng")
    if program is None:
        raise NoVoice("no voice: install one (apt install espeak-ng) to hear the robot; its words remain text")
    return EspeakVoice(program)


def parse_wav(data: bytes) -> tuple[Samples, int]:
    """Samples and rate of a mono 16-bit WAV that was written to a pipe, so that its lengths are not to be trusted.

    :raises NoVoice: it is not one. Layout: RIFF, then chunks of (name, length, body); format in "fmt ".
    """
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise NoVoice("espeak-ng gave no WAV; check `espeak-ng --stdout hello | file -`")
    rate, position = 0, 12
    while position + 8 <= len(data):
        name, length = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        body = position + 8
        if name == b"fmt ":
            rate = int.from_bytes(data[body + 4 : body + 8], "little")
        if name == b"data" and rate:
            end = min(body + length, len(data))
            return np.frombuffer(data[body : end - (end - body) % 2], dtype="<i2").astype(np.int16), rate
        position = body + length + length % 2
    raise NoVoice("espeak-ng's WAV holds no sound")
