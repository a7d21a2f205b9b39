"""Text to samples: what a voice is, and the one that is always there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from robot_nodes.speaking.errors import NoVoice
from robot_nodes.speaking.readings import kana
from robot_nodes.speaking.sound import Sound
from robot_nodes.speaking.ssml import PLAIN, Style

__all__ = ["EspeakVoice", "Samples", "Voice", "find_voice", "parse_wav"]

Samples = npt.NDArray[np.int16]

_VOICES: Mapping[str, tuple[str, ...]] = {
    # "cmn" itself is broken in espeak-ng 1.51 (Debian 12): it spells out the pinyin of most words in English letters
    "zh": ("cmn-latn-pinyin", "cmn"),
    "en": ("en-gb", "en"),
    "ko": ("ko",),
    "ja": ("ja",),
    "fr": ("fr-fr", "fr"),
    "ru": ("ru",),
    "es": ("es",),
    "ar": ("ar",),
}
"""espeak-ng's names of our languages, the best first."""
_WORDS_PER_MINUTE: Mapping[str, int] = {"zh": 160, "ko": 150, "ja": 150}
_ENGLISH_PER_MINUTE = 150
_PITCH = 50
_PITCH_PER_SEMITONE = 4.5
"""espeak-ng's scale: 0 to 99 is about an octave each way."""
_TIMEOUT_S = 30.0
_LONGEST = 1000


class Voice(Protocol):
    """Anything that speaks. Called from one thread at a time."""

    @property
    def name(self) -> str:
        """For people: what speaks."""
        ...

    @property
    def quick(self) -> bool:
        """Whether a whole sentence is there in an instant; else the first is cut short, and it is tried out first."""
        ...

    def speaks(self, language: str) -> bool:
        """Whether it can be asked for `language`."""
        ...

    def speak(self, text: str, language: str, style: Style = PLAIN) -> tuple[Sound, int]:
        """Normalised `text` (`spoken`) as float32 mono, shape (n,), full scale 1.0, and its rate.

        The style's volume is not its business. :raises NoVoice: it cannot.
        """
        ...

    def close(self) -> None:
        """Free what it holds; a later `speak` may take it again."""
        ...


class EspeakVoice:
    """espeak-ng as a program (it is GPL-3: run, not linked): small and robotic, in every language. 10 ms to start."""

    name = "espeak-ng"
    quick = True

    def __init__(self, program: str) -> None:
        self._program = program
        self._there: frozenset[str] | None = None

    def speaks(self, language: str) -> bool:
        """See Voice."""
        return any(name in self._names() for name in _VOICES.get(language, ()))

    def speak(self, text: str, language: str, style: Style = PLAIN) -> tuple[Sound, int]:
        """See Voice; text beyond 1,000 characters is left out."""
        names = [name for name in _VOICES.get(language, ()) if name in self._names()] or ["en-gb"]
        speed = round(_WORDS_PER_MINUTE.get(language, _ENGLISH_PER_MINUTE) * style.rate)
        pitch = min(max(round(_PITCH + _PITCH_PER_SEMITONE * style.pitch), 0), 99)
        options = ["--stdout", "-z", "-v", names[0], "-s", str(speed), "-p", str(pitch), "--stdin"]
        readable = kana(text) if language == "ja" else text
        # Through stdin: text from outside never becomes an option.
        words = " ".join(readable[:_LONGEST].split()).encode("utf-8", "ignore")
        samples, rate = parse_wav(self._run(options, words, language))
        return np.asarray(samples / 32768, np.float32), rate

    def speak_to_wav(self, text: str, language: str) -> tuple[Samples, int]:
        """As `speak`, as 16-bit samples."""
        sound, rate = self.speak(text, language)
        return np.asarray(np.round(sound * 32768), np.int16), rate

    def phonemes(self, text: str, language: str) -> str:
        """`text` in the International Phonetic Alphabet, for voices that are fed with phonemes."""
        names = [name for name in _VOICES.get(language, ()) if name in self._names()] or ["en-gb"]
        words = " ".join(text[:_LONGEST].split()).encode("utf-8", "ignore")
        ipa = self._run(["-q", "--ipa", "-v", names[0], "--stdin"], words, language).decode("utf-8", "ignore")
        return " ".join(ipa.split())

    def close(self) -> None:
        """Nothing is held."""

    def _names(self) -> frozenset[str]:
        if self._there is None:
            lines = self._run(["--voices"], b"", "").decode("utf-8", "ignore").splitlines()
            self._there = frozenset(line.split()[1] for line in lines if len(line.split()) > 1)
        return self._there

    def _run(self, options: list[str], stdin: bytes, language: str) -> bytes:
        command = [self._program, *options]
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, timeout=_TIMEOUT_S, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise NoVoice(f"espeak-ng could not speak {language} ({error}); check `espeak-ng --voices`") from error
        return done.stdout


def find_voice(which: Callable[[str], str | None] = shutil.which) -> EspeakVoice:
    """espeak-ng of this machine. :raises NoVoice: it has none."""
    program = which("espeak-ng")
    if program is None:
        raise NoVoice("no voice: install one (apt install espeak-ng) to hear the robot; its words remain text")
    return EspeakVoice(program)


def parse_wav(data: bytes) -> tuple[Samples, int]:
    """Samples and rate of a mono 16-bit WAV that was written to a pipe, so that its lengths are not to be trusted.

    :raises NoVoice: it is not one. Layout: RIFF, then chunks of (name, length, body); format in "fmt ".
    """
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise NoVoice("the voice gave no WAV; check `espeak-ng --stdout hello | file -`")
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
    raise NoVoice("the voice's WAV holds no sound")
