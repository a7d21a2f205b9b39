"""Sentences to sound, one ahead of what is played, and remembered: a guide says the same things all day."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from robot_nodes.speaking.errors import NoVoice
from robot_nodes.speaking.normalise import spoken
from robot_nodes.speaking.sentences import Sentence
from robot_nodes.speaking.sound import RATE, Sound, levelled, resampled, silence, trimmed
from robot_nodes.speaking.ssml import Pause, Piece
from robot_nodes.speaking.voices import Voice

__all__ = ["Synthesis", "render"]

_REMEMBERED_S = 180.0
"""Of sound: 12 MB."""
_QUIETEST_DB = -30.0


def render(voice: Voice, sentence: Sentence) -> Sound:
    """The whole sentence at `RATE`, each piece at the usual level. :raises NoVoice: the voice cannot."""
    parts: list[Sound] = []
    for part in sentence.parts:
        if isinstance(part, Pause):
            parts.append(silence(part.seconds))
            continue
        samples, rate = voice.speak(part.text, part.language, part.style)
        sound = levelled(trimmed(resampled(samples, rate)), part.style.volume_db)
        parts.append(sound if part.style.volume_db > _QUIETEST_DB else np.zeros_like(sound))
    return np.concatenate(parts) if parts else silence(0.0)


class Synthesis:
    """One thread, `speaking-voice`. `close` it in the end."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="speaking-voice")
        self._known: OrderedDict[Sentence, Sound] = OrderedDict()
        self._known_s = 0.0

    def start(self, sentence: Sentence, done: Callable[[], None]) -> Future[Sound]:
        """Begin with a sentence; `done` is called, from the thread, when it is there or has failed."""
        future = self._executor.submit(self._render, sentence)
        future.add_done_callback(lambda _: done())
        return future

    def warm(self, languages: Iterable[str]) -> None:
        """Read the tables and load what the first sentence would wait for."""
        for language in languages:
            self._executor.submit(self._try, Sentence(spoken(Piece("1", language))))

    def drop(self, futures: Sequence[Future[Sound]]) -> None:
        """Those not begun are not wanted any more."""
        for future in futures:
            future.cancel()

    def close(self) -> None:
        """End the thread, and the voice."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._voice.close()

    def _try(self, sentence: Sentence) -> None:
        with contextlib.suppress(NoVoice):
            self._render(sentence)

    def _render(self, sentence: Sentence) -> Sound:
        sound = self._known.get(sentence)
        if sound is not None:
            self._known.move_to_end(sentence)
            return sound
        sound = render(self._voice, sentence)
        self._known[sentence] = sound
        self._known_s += len(sound) / RATE
        while self._known_s > _REMEMBERED_S and len(self._known) > 1:
            _, oldest = self._known.popitem(last=False)
            self._known_s -= len(oldest) / RATE
        return sound
