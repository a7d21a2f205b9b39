"""Which voice speaks which language, and what to do when it cannot."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from robot_nodes.speaking.errors import NoVoice, SpeakingError
from robot_nodes.speaking.kokoro import find_kokoro, phonemisers
from robot_nodes.speaking.piper import find_piper
from robot_nodes.speaking.sound import Sound
from robot_nodes.speaking.ssml import PLAIN, Style
from robot_nodes.speaking.voices import EspeakVoice, Voice, find_voice

__all__ = ["ENGINES", "Voices", "find_voices", "parse_wanted"]

ENGINES = ("kokoro", "piper", "espeak")
"""The order they are taken in where nothing else is asked for."""
SLOWEST = 0.7
"""Seconds to make a second of speech; a voice that needs more leaves gaps between sentences, and is left out."""
_TRIALS: Mapping[str, str] = {
    "zh": "请跟我来，我们去服务台。", "en": "Please follow me to the information desk.",
    "ko": "안내 데스크로 가겠습니다.", "ja": "こちらへどうぞ。サービスカウンターです。",
}  # fmt: skip


def parse_wanted(text: str) -> dict[str, tuple[str, ...]]:
    """`zh=piper+espeak,en=kokoro:af_heart` as language -> engines, best first; after a colon, a part of a voice's name.

    :raises SpeakingError: it is not of that form.
    """
    wanted: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        language, equals, engines = part.partition("=")
        names = tuple(one.strip() for one in engines.split("+"))
        if not equals or not language.strip() or any(one.partition(":")[0] not in ENGINES for one in names):
            raise SpeakingError(f"voices: {part!r} is not like zh=piper+espeak; engines are {', '.join(ENGINES)}")
        wanted[language.strip()] = names
    return wanted


@dataclass
class Voices:
    """The voices of each language, best first; itself a `Voice` of all their languages."""

    by_language: dict[str, list[Voice]]
    chosen: frozenset[str] = frozenset()
    """Languages whose voices were asked for by name: kept, however slow."""
    told: Callable[[str], None] = lambda line: None
    """Gets one line for each voice that is given up for another."""
    _complained: set[str] = field(default_factory=set)
    _untried: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._untried = {id(voice) for voices in self.by_language.values() for voice in voices if not voice.quick}

    @property
    def name(self) -> str:
        """Which voice speaks what, in one line."""
        return ", ".join(f"{language} {voices[0].name}" for language, voices in self.by_language.items() if voices)

    @property
    def quick(self) -> bool:
        """Whether all are."""
        return all(voices[0].quick for voices in self.by_language.values() if voices)

    def speaks(self, language: str) -> bool:
        """See Voice."""
        return bool(self.by_language.get(language))

    def quick_in(self, language: str) -> bool:
        """Whether the voice that would speak `language` now is."""
        ready = self._ready(language)
        return not ready or ready[0].quick

    def speak(self, text: str, language: str, style: Style = PLAIN) -> tuple[Sound, int]:
        """By the first that can; English voices for a language without one. :raises NoVoice: none could."""
        problem = NoVoice(f"no voice speaks {language}: install espeak-ng; the words remain text")
        for voice in self._ready(language) or self._ready("en"):
            try:
                return voice.speak(text, language, style)
            except NoVoice as error:
                problem = error
                self._complain(f"{error}; the next voice is tried")
        raise problem

    def try_out(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Load the slow voices and leave out those that are too slow here; until then, quick ones speak."""
        for language, voices in self.by_language.items():
            for voice in [one for one in voices if id(one) in self._untried]:
                factor = self._factor(voice, language, clock)
                if factor is None or (factor > SLOWEST and language not in self.chosen and len(voices) > 1):
                    voices.remove(voice)
                    if factor is not None:
                        self.told(f"{voice.name} needs {factor:.1f} s for a second of {language}: too slow here")
                    voice.close()
                self._untried.discard(id(voice))

    def close(self) -> None:
        """See Voice."""
        for voices in self.by_language.values():
            for voice in voices:
                voice.close()

    def _factor(self, voice: Voice, language: str, clock: Callable[[], float]) -> float | None:
        """Of real time, once loaded; None where it cannot speak at all."""
        text = _TRIALS.get(language, _TRIALS["en"])
        try:
            voice.speak(text, language)
            began = clock()
            sound, rate = voice.speak(text, language)
            return (clock() - began) / max(len(sound) / rate, 0.1)
        except NoVoice as error:
            self._complain(str(error))
            return None

    def _ready(self, language: str) -> Sequence[Voice]:
        voices = self.by_language.get(language, [])
        return [voice for voice in voices if id(voice) not in self._untried] or list(voices)

    def _complain(self, line: str) -> None:
        if line not in self._complained:
            self._complained.add(line)
            self.told(line)


def find_voices(
    languages: Sequence[str],
    wanted: Mapping[str, Sequence[str]] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
    told: Callable[[str], None] = lambda line: None,
) -> Voices:
    """The voices of this machine for `languages`.

    :param wanted: as `parse_wanted` gives it; other languages take what is there, in the order of `ENGINES`.
    :raises NoVoice: there is none at all.
    """
    problem: NoVoice | None = None
    espeak: EspeakVoice | None = None
    try:
        espeak = find_voice(which)
    except NoVoice as error:
        problem = error
    kokoro, piper = find_kokoro(environment, phonemisers(espeak)), find_piper(environment, which)
    wanted = wanted or {}
    found: dict[str, list[Voice]] = {}
    for language in dict.fromkeys([*languages, "en"]):
        there: dict[str, list[Voice]] = {
            "kokoro": list(kokoro.get(language, [])),
            "piper": list(piper.get(language, [])),
            "espeak": [espeak] if espeak and espeak.speaks(language) else [],
        }
        found[language] = _in_order(there, wanted.get(language, ENGINES))
        if language in wanted and not found[language]:
            told(f"voices: no {' or '.join(wanted[language])} for {language} here")
        found[language] = found[language] or [voice for name in ENGINES for voice in there[name][:1]]
    if problem and not any(found.values()):
        raise problem
    return Voices(found, frozenset(wanted), told)


def _in_order(there: Mapping[str, Sequence[Voice]], names: Sequence[str]) -> list[Voice]:
    """One voice for each of `names` that is there."""
    voices = []
    for name in names:
        engine, _, part = name.partition(":")
        voices += [voice for voice in there[engine] if part in voice.name][:1]
    return voices
