"""The whole chain on one stream of sound: front end, endpointing, recognition in every language.

`Ears` has no threads and no clock of its own: what comes out depends on what goes in, live and offline alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing.addressed import Addressed, Voice
from robot_nodes.hearing.endpoint import Cut, Ended, Endpointer, Started, State, Why
from robot_nodes.hearing.polyglot import Polyglot, Result
from robot_nodes.hearing.sources import RATE
from robot_nodes.hearing.wakeword import WakeGate

if TYPE_CHECKING:
    from robot_nodes.hearing.frontend import FrontEnd, Processed
    from robot_nodes.hearing.recogniser import Heard

__all__ = ["Activity", "Ears", "Speech", "Telling"]

_DECODE_S = 0.06
"""Sound is decoded in pieces of at least this length."""
_NUDGE_AFTER_S = 0.1
_NUDGE = np.random.default_rng(0).integers(-2, 3, round(0.3 * RATE)).astype(np.int16)
"""Near silence put in once in every pause. Vosk decodes in chunks and looks ahead: without more sound the last word of
a phrase is known some 0.3 s after it was said, too late for a quick answer."""
_ACTIVITY_S = 0.5
_AFTER_NAME_S = 0.25
"""A name is recognised a little after its end; what follows at once is not lost."""
_CLEAR = 0.5
"""Probability from which a frame says something of who speaks."""
_ANGLES = 200
"""Of an utterance's directions no more than about twice these are compared."""

Sound = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """An utterance, so far (`heard.partial`) or in the end. Times are seconds of the stream."""

    number: int
    heard: Heard | None
    """None: nothing of the domain, or nothing at all."""
    results: tuple[Result, ...] = ()
    """Of all languages, the best first; empty while partial and where the utterance was aborted."""
    direction: float | None = None
    """rad, base_link, counter-clockwise."""
    snr_db: float | None = None
    begin_s: float = 0.0
    end_s: float = 0.0
    speech_end_s: float = 0.0
    """When the voice ended, as far as can be told."""
    why: Why | None = None
    """What ended it; None while partial."""
    addressed: Addressed | None = None
    awake: bool = True
    """False: the wake word was not said."""

    @property
    def partial(self) -> bool:
        return self.why is None

    @property
    def accepted(self) -> bool:
        """Something to act on."""
        return not self.partial and self.heard is not None and self.awake and (not self.addressed or self.addressed.yes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Who speaks to the robot at this moment; `direction` rad, base_link, counter-clockwise."""

    at_s: float
    voice: bool
    listening: bool
    direction: float | None
    level_dbfs: float
    noise_dbfs: float


Telling = Speech | Activity
Judge = Callable[[Voice], Addressed]


@dataclass(slots=True)
class _Current:
    """The utterance under way."""

    number: int
    begin: int
    """Samples of the stream."""
    fed: int
    nudged: bool = False
    """In this pause."""
    directions: list[float] = field(default_factory=list)
    snrs: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)


class Ears:
    """Blocks of sound in, what was said out. Not for two threads at once."""

    def __init__(
        self,
        front: FrontEnd,
        polyglot: Polyglot,
        endpointer: Endpointer,
        *,
        judge: Judge | None = None,
        wake: WakeGate | None = None,
    ) -> None:
        """:param judge: whether a voice addresses the robot; None: every voice does."""
        self._front = front
        self._polyglot = polyglot
        self._endpointer = endpointer
        self._judge = judge
        self._wake = wake
        self._frame = round(endpointer.settings.frame_s * RATE)
        self._kept = np.zeros(0, np.float32)
        """The newest processed sound; ends at `_known`."""
        self._known = 0
        self._number = 0
        self._current: _Current | None = None
        self._cut = Cut()
        self._told: Activity | None = None
        self.last: Processed | None = None
        """What the front end said last, for diagnostics."""

    @property
    def heard_s(self) -> float:
        """Seconds of sound that came out of the front end."""
        return self._known / RATE

    @property
    def state(self) -> State:
        return self._endpointer.state

    def hear(self, block: Sound, playback: Sound | None = None) -> list[Telling]:
        """The next sound of the microphones.

        :param block: shape (n, channels), 16 kHz, full scale 1.0.
        :param playback: what the robot's loudspeaker plays meanwhile, shape (n,).
        """
        playing = playback is not None and bool(np.any(playback))
        sound = np.clip(np.nan_to_num(block), -1.0, 1.0)  # a file of floats may hold anything
        processed = self._front.process(sound, playback)
        return [telling for piece in processed for telling in self._take(piece, playing)]

    def press(self, pressed: bool) -> list[Telling]:
        """The push-to-talk button."""
        return self._follow(self._endpointer.press(pressed))

    def close(self) -> list[Telling]:
        """The stream is over: the result of what was being said. The next stream begins anew."""
        told = [telling for piece in self._front.flush() for telling in self._take(piece, False)]
        told += self._follow(self._endpointer.close())
        return told

    def reset(self) -> None:
        """After a failure: forget the utterance under way."""
        self._front.reset()
        self._endpointer.close()
        self._kept = self._kept[:0]
        self._known = self._endpointer.position * self._frame
        self._polyglot.drop()
        self._current = None
        self._cut = Cut()

    def free(self) -> None:
        """End the threads of the recognisers."""
        self._polyglot.close()

    def _take(self, piece: Processed, playing: bool) -> list[Telling]:
        self.last = piece
        self._kept = np.concatenate([self._kept, piece.samples])
        self._known += len(piece.samples)
        told: list[Telling] = []
        for probability, level in zip(piece.voice.tolist(), _levels(piece, self._frame), strict=True):
            self._note(piece, probability)
            told += self._follow(self._endpointer.push(probability, level, self._cut, playing=playing))
            self._cut = Cut(self._cut.complete, False)
        told += self._feed(self._known, at_least=round(_DECODE_S * RATE))
        self._nudge()
        self._forget()
        return [*told, *self._activity(piece)]

    def _note(self, piece: Processed, probability: float) -> None:
        current = self._current
        if current is None or probability < _CLEAR:
            return
        if piece.direction is not None:
            current.directions.append(piece.direction)
        if piece.snr_db is not None:
            current.snrs.append(piece.snr_db)
        current.levels.append(piece.level_dbfs)

    def _follow(self, events: Sequence[Started | Ended]) -> list[Telling]:
        told: list[Telling] = []
        for event in events:
            told += self._start(event) if isinstance(event, Started) else self._end(event)
        return told

    def _start(self, event: Started) -> list[Telling]:
        self._number += 1
        begin = max(event.begin * self._frame, self._known - len(self._kept))
        self._current = _Current(self._number, begin, begin)
        self._cut = Cut()
        return []

    def _feed(self, until: int, at_least: int) -> list[Telling]:
        current = self._current
        if current is None or until - current.fed < at_least:
            return []
        first = len(self._kept) - (self._known - current.fed)
        samples = self._kept[first : first + until - current.fed]
        current.fed = until
        cut, partials = self._polyglot.accept(_int16(samples))
        self._cut = Cut(cut.complete, cut.changed or self._cut.changed)
        if self._wake is not None and not self._wake.awake(self.heard_s):
            self._listen_for_name(self._wake, current, partials)
            return []
        partial = partials.get(self._polyglot.favourite)
        if partial is None:
            return []
        return [Speech(number=current.number, heard=partial, begin_s=current.begin / RATE, end_s=until / RATE)]

    def _nudge(self) -> None:
        """In a pause, have the recognisers say what they know of the sound before it."""
        current, silent_s = self._current, self._endpointer.silent_s
        if current is None or current.nudged == (silent_s >= _NUDGE_AFTER_S):
            return
        current.nudged = silent_s >= _NUDGE_AFTER_S
        if current.nudged and not self._cut.complete:
            self._feed(self._known, at_least=1)
            self._cut, _ = self._polyglot.accept(_NUDGE)

    def _listen_for_name(self, wake: WakeGate, current: _Current, partials: Mapping[str, Heard]) -> None:
        """What follows the name in the same breath is a new utterance for the recognisers."""
        if any(wake.called(heard.text, language) for language, heard in partials.items()):
            wake.wake(self.heard_s)
            self._polyglot.drop()
            self._cut = Cut(changed=True)
            current.begin = current.fed = max(self._known - len(self._kept), current.fed - round(_AFTER_NAME_S * RATE))

    def _end(self, event: Ended) -> list[Telling]:
        current = self._current
        if current is None:
            return []
        results: list[Result] = []
        if event.aborted:
            self._polyglot.drop()
        else:
            self._feed(min(event.end * self._frame, self._known), at_least=1)
            results = self._polyglot.finish()
        self._current = None
        self._cut = Cut()
        return [self._speech(current, event, results)]

    def _speech(self, current: _Current, event: Ended, results: Sequence[Result]) -> Speech:
        heard = results[0].heard if results else None
        if heard is not None:
            self._endpointer.reward()
        awake = self._wake is None or self._wake.awake(current.begin / RATE)
        if heard is not None and self._wake is not None:
            if awake or self._wake.called(heard.text, heard.language):
                self._wake.wake(self.heard_s)
            heard = None if self._wake.is_name(heard.text, heard.language) else heard
        direction, snr_db = circular_median(current.directions), _median(current.snrs)
        voice = Voice(direction, snr_db, _median(current.levels))
        addressed = self._judge(voice) if self._judge is not None and heard is not None else None
        return Speech(
            number=current.number,
            heard=heard,
            results=tuple(results),
            direction=direction,
            snr_db=snr_db,
            begin_s=current.begin / RATE,
            end_s=event.end * self._frame / RATE,
            speech_end_s=event.speech_end * self._frame / RATE,
            why=event.why,
            addressed=addressed,
            awake=awake,
        )

    def _forget(self) -> None:
        """Keep what the next utterance may begin with, and what this one has not been fed yet."""
        settings = self._endpointer.settings
        before_s = settings.pre_roll_s + settings.faint_s + settings.start_window_s
        keep = round(before_s * RATE) + 2 * self._frame
        if self._current is not None:
            keep = max(keep, self._known - self._current.fed)
        if len(self._kept) > 2 * keep:
            self._kept = self._kept[-keep:].copy()

    def _activity(self, piece: Processed) -> list[Telling]:
        """At every change, and twice a second."""
        listening = self._current is not None
        voiced = bool(len(piece.voice)) and float(np.max(piece.voice)) >= _CLEAR
        voice = listening and voiced and self._addresses(piece)
        now = Activity(
            at_s=self.heard_s,
            voice=voice,
            listening=listening,
            direction=piece.direction,
            level_dbfs=piece.level_dbfs,
            noise_dbfs=piece.noise_dbfs,
        )
        told = self._told
        same = told is not None and (told.voice, told.listening) == (now.voice, now.listening)
        if same and told is not None and now.at_s - told.at_s < _ACTIVITY_S:
            return []
        self._told = now
        return [now]

    def _addresses(self, piece: Processed) -> bool:
        return self._judge is None or self._judge(Voice(piece.direction, piece.snr_db, piece.level_dbfs)).yes


def circular_median(angles: Sequence[float]) -> float | None:
    """The angle (rad, -pi..pi) with the smallest sum of distances to all, among them; None of none."""
    if not angles:
        return None
    values = np.asarray(angles)[:: max(1, len(angles) // _ANGLES)]
    apart = np.abs(np.angle(np.exp(1j * (values[:, None] - values[None, :]))))
    best = float(values[int(apart.sum(axis=1).argmin())])
    return math.remainder(best, math.tau)


def _levels(piece: Processed, frame: int) -> list[float]:
    """Level in dBFS of each of the frames that `piece.voice` tells of."""
    power = np.mean(np.square(piece.samples[: len(piece.voice) * frame].reshape(-1, frame)), axis=1)
    levels: list[float] = (10.0 * np.log10(power + 1e-12)).tolist()
    return levels


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def _int16(samples: Sound) -> npt.NDArray[np.int16]:
    limited: npt.NDArray[np.int16] = np.clip(np.rint(samples * 32767.0), -32768, 32767).astype(np.int16)
    return limited
