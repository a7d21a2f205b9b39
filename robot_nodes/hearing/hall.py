"""Everything one robot hears with: recordings that are sent to it, and the live sound around it.

Owns the listener (recordings), the array recordings, the live ears and what is known of their health. No ROS here.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import structlog

from robot_nodes.hearing.array import load_array
from robot_nodes.hearing.assembly import EarSettings, Phrases, device_channels, make_ears, open_source
from robot_nodes.hearing.diagnostics import Health, stream_values
from robot_nodes.hearing.ears import Activity, Judge, Speech, Telling
from robot_nodes.hearing.endpoint import Why
from robot_nodes.hearing.errors import BrokenSound, HearingError, MissingModel
from robot_nodes.hearing.frontend import FrontEnd
from robot_nodes.hearing.listener import Listener, Sound, Told
from robot_nodes.hearing.live import LiveEars
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.recordings import ArrayRecordings, Piece, Whence
from robot_nodes.hearing.resample import Resampler
from robot_nodes.hearing.sources import (
    RATE,
    Block,
    QueueSource,
    Source,
    as_frames,
    checked_block,
    checked_frames,
)
from robot_nodes.hearing.vocabulary import PoorVocabulary

__all__ = ["Hall", "Notice", "Uttered"]

_STEREO = 2
_LOADING_S = 30.0
"""Live sound that waits while the models load, so that the first request is not lost."""

_log = structlog.get_logger("hearing")


@dataclass(frozen=True, slots=True)
class Uttered:
    """Something said, so far or in the end."""

    utterance_id: str
    speech: Speech
    age_s: float
    """How long ago it began."""


Notice = Uttered | Activity | HearingError
"""What the hall tells, from its threads; an error only when it is new."""


class Hall:
    """`close` it in the end."""

    def __init__(
        self,
        settings: EarSettings,
        phrases: Phrases | None,
        tell: Callable[[Notice], None],
        *,
        download: bool = False,
        judge: Judge | None = None,
        safety: Callable[[str, str], bool] | None = None,
    ) -> None:
        """:param judge: whether a voice of the live sound addresses the robot.
        :param safety: whether a text in a language must be heard whoever says it.
        """
        self.health = Health()
        self._settings = settings
        self._phrases = phrases
        self._tell = tell
        self._judge = judge
        self._safety = safety
        self._shelf = ModelShelf(download=download)
        self._listener = Listener(self._shelf, settings.languages, self._on_told, phrases, self.trouble)
        self._arrays = ArrayRecordings(self._front_end, self._on_clean, self.trouble)
        self._whence: dict[str, Whence] = {}
        self._live: LiveEars | None = None
        self._stream: QueueSource | None = None
        self._playback: tuple[int, Resampler] | None = None
        self._ids: dict[int, str] = {}
        self._lock = threading.Lock()

    @property
    def hears(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The languages that have a model, and those that have none."""
        heard = self._shelf.available(self._settings.languages)
        return heard, tuple(language for language in self._settings.languages if language not in heard)

    @property
    def live(self) -> bool:
        """Whether it listens to live sound."""
        return self._live is not None

    def listen(self, device: str) -> None:
        """Listen to a microphone for good; what is wrong with it is told, not raised."""
        try:
            source = open_source(device, device_channels(self._settings.array))
        except HearingError as error:
            self.trouble(error, "microphone")
            return
        self._start(source)

    def hear(
        self, samples: npt.ArrayLike, rate: int, channels: int, utterance_id: str, language: str, last: bool
    ) -> None:
        """A block of a recording (it has an id), or of live sound; returns at once.

        :param samples: interleaved, 16 bit.
        :raises BrokenSound: rate, channels and samples do not go together.
        :raises MissingModel: it cannot be heard.
        """
        if not utterance_id:
            self._hear_live(samples, rate, channels)
        elif channels > _STEREO:
            self._arrays.put(Piece(utterance_id, checked_frames(samples, rate, channels), rate, language, last))
        else:
            self._listener.hear(Sound(checked_block(samples, rate, channels), utterance_id, last), language)

    def played(self, samples: npt.ArrayLike, rate: int, channels: int) -> None:
        """What the loudspeaker plays now.

        :raises BrokenSound: rate, channels and samples do not go together.
        """
        if self._live is None:
            return
        block = as_frames(checked_block(samples, rate, channels).samples)[:, None]
        if self._playback is None or self._playback[0] != rate:
            self._playback = (rate, Resampler(rate, RATE, 1))
        self._live.played(self._playback[1].push(block)[:, 0])

    def press(self, pressed: bool) -> None:
        """The push-to-talk button."""
        if self._live is not None:
            self._live.press(pressed)

    def trouble(self, error: HearingError, about: str = "") -> None:
        """Note a problem; told when it is new."""
        if isinstance(error, MissingModel):
            about = error.language
        elif isinstance(error, PoorVocabulary):
            about = "vocabulary"
        elif isinstance(error, BrokenSound):
            about = "audio"
            self.health.bad_blocks += 1
        if self.health.report(about or "recogniser", str(error)):
            self._tell(error)

    def inspect(self) -> Health:
        """The state of things, the microphone's included."""
        if self._live is not None:
            problem = self._live.source.trouble.problem
            if problem:
                self.health.report("microphone", problem)
            else:
                self.health.clear("microphone")
        return self.health

    def values(self) -> dict[str, str]:
        """Key -> value, as diagnostics show them."""
        heard, deaf = self.hears
        values = {**self.health.values(), "models": ",".join(heard) or "none", "text_only": ",".join(deaf) or "none"}
        if self._live is not None:
            values |= stream_values(self._live.status, self._live.source.trouble)
        return values

    def close(self) -> None:
        """End all threads; nothing is told afterwards."""
        live, self._live = self._live, None
        if live is not None:
            live.close()
        self._arrays.close()
        self._listener.close()

    def _hear_live(self, samples: npt.ArrayLike, rate: int, channels: int) -> None:
        """The first block says how many channels the stream has."""
        checked_frames(samples, rate, channels)
        if self._live is None:
            if not self.hears[0]:
                raise self._shelf.problem(self._settings.languages[0]) or MissingModel("en")
            self._stream = QueueSource(channels, most_s=_LOADING_S)
            self._start(self._stream)
        if self._stream is not None:
            self._stream.put(samples, rate, channels)

    def _start(self, source: Source) -> None:
        def make() -> Any:
            return make_ears(
                self._settings, self._shelf, self._phrases, source.channels, judge=self._judge, problem=self.trouble
            )

        self._live = LiveEars(source, make, self._on_telling, self.trouble)

    def _front_end(self, channels: int) -> FrontEnd:
        return FrontEnd(load_array(self._settings.array, channels), self._settings.stages)

    def _on_telling(self, telling: Telling) -> None:
        """In the thread of the live ears."""
        if isinstance(telling, Activity):
            self._tell(telling)
            return
        name = self._ids.setdefault(telling.number, uuid.uuid4().hex)
        live = self._live
        age_s = (live.status.heard_s if live is not None else telling.end_s) - telling.begin_s
        if telling.partial:
            self._tell(Uttered(name, telling, age_s))
            return
        self._ids.clear()
        self._count(telling)
        if telling.heard is not None and not self._concerns(telling):
            self.health.ignored += 1
            _log.info("ignored", text=telling.heard.text, why=str(telling.addressed and telling.addressed.why))
            return
        if telling.why is not Why.SHORT:
            self._tell(Uttered(name, telling, age_s))

    def _concerns(self, speech: Speech) -> bool:
        """Whether it was said to the robot, or must be heard whoever says it."""
        heard = speech.heard
        must = self._safety is not None and heard is not None and self._safety(heard.text, heard.language)
        return speech.accepted or must

    def _count(self, speech: Speech) -> None:
        if speech.heard is not None:
            self.health.heard += 1
        elif speech.results:
            self.health.not_understood += 1

    def _on_clean(self, name: str, block: Block, last: bool, language: str, whence: Whence | None) -> None:
        """In the thread of the array recordings."""
        if whence is not None:
            with self._lock:
                self._whence[name] = whence
        try:
            self._listener.hear(Sound(block, name, last), language)
        except MissingModel as error:
            with self._lock:
                self._whence.pop(name, None)
            self.trouble(error)

    def _on_told(self, told: Told) -> None:
        """In a thread of the listener's."""
        heard = told.heard
        partial = heard is not None and heard.partial
        whence = None
        if not partial:
            with self._lock:
                whence = self._whence.pop(told.utterance_id, None)
            if heard is None:
                self.health.not_understood += 1
            else:
                self.health.heard += 1
        speech = Speech(
            number=0,
            heard=heard,
            direction=whence.direction if whence else None,
            snr_db=whence.snr_db if whence else None,
            why=None if partial else Why.CLOSED,
        )
        self._tell(Uttered(told.utterance_id, speech, 0.0))
