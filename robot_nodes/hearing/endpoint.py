"""Where an utterance begins and ends: a state machine over the probability that somebody speaks.

    WAITING ──voice──► HEARING ──silence──► WAITING
       ▲                  │ too long, or only babble
       └──quiet, or a while── GUARDED

Positions are frames since the machine was made; it keeps no sound and no clock.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Cut", "Ended", "EndpointSettings", "Endpointer", "Event", "Started", "State", "Why"]


class State(StrEnum):
    WAITING = "waiting"
    HEARING = "hearing"
    GUARDED = "guarded"
    """After babble: nothing is begun until it is quiet, or a while has passed."""


class Why(StrEnum):
    """What ended an utterance."""

    SILENCE = "silence"
    COMPLETE = "complete"
    """A whole phrase, and a short silence."""
    SETTLED = "settled"
    """A whole phrase that no longer changes, though voices go on."""
    RELEASED = "released"
    """The push-to-talk button."""
    CLOSED = "closed"
    """The sound ended."""
    LONGEST = "longest"
    SHORT = "short"
    """Aborted: a knock, a cough."""
    BABBLE = "babble"
    """Aborted: voices for long, and no sense in them."""


NO_LEVEL = -math.inf
ABORTED = frozenset({Why.SHORT, Why.BABBLE})


@dataclass(frozen=True, slots=True)
class Started:
    """An utterance begins."""

    begin: int
    """Its first frame, the pre-roll included."""
    at: int
    """The frame in which that became known."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The utterance is over."""

    begin: int
    end: int
    """One after the last frame that belongs to it."""
    speech_end: int
    """One after the last frame with voice."""
    at: int
    why: Why

    @property
    def aborted(self) -> bool:
        """Not worth a result."""
        return self.why in ABORTED


Event = Started | Ended


@dataclass(frozen=True, slots=True)
class Cut:
    """What the recogniser says of the utterance so far."""

    complete: bool = False
    """It is a whole phrase."""
    changed: bool = False
    """It is another text than before."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Times in seconds, probabilities 0..1."""

    frame_s: float = 0.01
    start_probability: float = 0.3
    playing_probability: float = 0.7
    """To begin while the robot itself speaks: what is left of its voice must not interrupt it."""
    keep_probability: float = 0.25
    """To go on: a detector that has heard a voice takes the babble behind it for one too, and the level decides."""
    drop_db: float = 16.0
    """Sound this far below the loudest of the utterance is silence, whatever the probability."""
    clear_db: float = 8.0
    """But while what certainly is a voice is at most so much softer still, the utterance goes on: a soft syllable."""
    decay_db_s: float = 3.0
    """What was loudest is forgotten at this pace: a talker may turn away."""
    start_s: float = 0.10
    """So much voice within `start_window_s` begins an utterance."""
    start_window_s: float = 0.25
    forget_db_s: float = 6.0
    """Between utterances: what is that much softer than the last one, and follows it closely, begins no other."""
    resume_s: float = 0.06
    """A shorter burst of voice within a silence does not end that silence."""
    pre_roll_s: float = 0.30
    faint_probability: float = 0.15
    """In noise a probability rises slowly: an utterance begins where it was last below this, less the pre-roll."""
    faint_s: float = 0.3
    """At most so long before what is clearly voice."""
    faint_gap_s: float = 0.06
    """So short a time below `faint_probability` is part of the rise."""
    hangover_s: float = 0.60
    complete_hangover_s: float = 0.20
    complete_still_s: float = 0.10
    """Of that without even a soft voice."""
    settled_s: float = 0.90
    shortest_s: float = 0.15
    """Voice in all; with less it was no utterance."""
    longest_s: float = 12.0
    babble_s: float = 5.0
    """Without any new word for so long, it is babble."""
    quiet_s: float = 0.30
    """Silence that lifts the guard."""
    guard_s: float = 1.0
    """The guard is lifted after so long anyway; doubled each time in a row, up to `guard_most_s`."""
    guard_most_s: float = 4.0

    def frames(self, seconds: float) -> int:
        """At least one."""
        return max(1, round(seconds / self.frame_s))


@dataclass(slots=True)
class _Pause:
    """Of the burst after a silence the first frames count as silence, until it is long enough to be speech."""

    silent: int = 0
    burst: int = 0
    """Voiced frames on end, within a silence."""

    def step(self, voiced: bool, resume: int) -> int:
        """:param resume: frames of a burst that ends the silence. :returns: how many frames turned out to be speech."""
        if not voiced:
            self.silent += 1 + self.burst
            self.burst = 0
            return 0
        self.burst += 1
        if self.silent and self.burst < resume:
            return 0
        spoken, self.silent, self.burst = self.burst, 0, 0
        return spoken


@dataclass(slots=True)
class _Utterance:
    begin: int
    speech_end: int
    voiced: int
    pause: _Pause = field(default_factory=_Pause)
    stillness: _Pause = field(default_factory=_Pause)
    """Without even a soft voice."""
    level_dbfs: float = NO_LEVEL
    """Of the last frames."""
    loudest_dbfs: float = NO_LEVEL
    news: int = 0
    """Frame of the last change of what is recognised."""
    pushed: bool = False


@dataclass(slots=True)
class Endpointer:
    """Probabilities in, `Started` and `Ended` out; after a `Started` always exactly one `Ended`."""

    settings: EndpointSettings = field(default_factory=EndpointSettings)
    open: bool = True
    """Whether voice alone begins utterances; otherwise only the button does."""
    state: State = State.WAITING
    position: int = 0
    _recent: deque[bool] = field(default_factory=deque)
    _utterance: _Utterance | None = None
    _faint_from: int = 0
    """First frame of the last stretch in which somebody may have spoken."""
    _faint_until: int = 0
    """One after its last."""
    _free_from: int = 0
    """Utterances do not overlap."""
    _loudest_dbfs: float = NO_LEVEL
    """Of the last utterance, fading."""
    _pressed: bool = False
    _quiet: int = 0
    _guard_until: int = 0
    _guards: int = 0
    """In a row."""

    def __post_init__(self) -> None:
        self._recent = deque(maxlen=self.settings.frames(self.settings.start_window_s))

    def push(
        self,
        probability: float,
        level_dbfs: float = 0.0,
        cut: Cut | None = None,
        *,
        playing: bool = False,
    ) -> list[Event]:
        """The next frame.

        :param level_dbfs: of the frame, after beam and noise suppression.
        :param cut: what the recogniser made of the utterance up to here.
        :param playing: the robot speaks.
        """
        self.position += 1
        if self._utterance is not None:
            return self._go_on(self._utterance, probability, level_dbfs, cut or Cut())
        self._note_faint(probability)
        wanted = self.settings.playing_probability if playing else self.settings.start_probability
        self._loudest_dbfs -= self.settings.forget_db_s * self.settings.frame_s
        return self._wait(probability >= wanted and level_dbfs >= self._loudest_dbfs - self.settings.drop_db)

    def press(self, pressed: bool) -> list[Event]:
        """The push-to-talk button: down begins an utterance (or takes over the one under way), up ends it."""
        if pressed == self._pressed:
            return []
        self._pressed = pressed
        utterance = self._utterance
        if not pressed:
            return [self._end(utterance, Why.RELEASED)] if utterance is not None and utterance.pushed else []
        if utterance is not None:
            utterance.pushed = True
            return []
        return [self._begin(self.position, pushed=True)]

    @property
    def silent_s(self) -> float:
        """How long it has been silent within the utterance under way."""
        return self._utterance.pause.silent * self.settings.frame_s if self._utterance else 0.0

    def close(self) -> list[Event]:
        """No more sound comes."""
        return [] if self._utterance is None else [self._end(self._utterance, Why.CLOSED)]

    def reward(self) -> None:
        """The last utterance made sense: what is heard is no babble."""
        self._guards = 0
        if self.state is State.GUARDED:
            self._rearm()

    def _wait(self, voiced: bool) -> list[Event]:
        if self.state is State.GUARDED:
            self._quiet = 0 if voiced else self._quiet + 1
            quiet = self._quiet >= self.settings.frames(self.settings.quiet_s)
            if quiet:
                self._guards = 0
            if quiet or self.position >= self._guard_until:
                self._rearm()
            return []
        self._recent.append(voiced)
        if not self.open or not voiced or sum(self._recent) < self.settings.frames(self.settings.start_s):
            return []
        first = self.position - len(self._recent) + self._recent.index(True)
        earliest = first - self.settings.frames(self.settings.faint_s)
        return [self._begin(max(earliest, min(first, self._faint_from)))]

    def _note_faint(self, probability: float) -> None:
        if probability < self.settings.faint_probability:
            return
        if self.position - 1 - self._faint_until > self.settings.frames(self.settings.faint_gap_s):
            self._faint_from = self.position - 1
        self._faint_until = self.position

    def _begin(self, voice_from: int, *, pushed: bool = False) -> Started:
        begin = max(self._free_from, voice_from - self.settings.frames(self.settings.pre_roll_s))
        self._utterance = _Utterance(
            begin, speech_end=self.position, voiced=sum(self._recent), news=self.position, pushed=pushed
        )
        self.state = State.HEARING
        self._recent.clear()
        return Started(begin, self.position)

    def _go_on(self, utterance: _Utterance, probability: float, level_dbfs: float, cut: Cut) -> list[Event]:
        below_db = self._below_loudest(utterance, level_dbfs)
        voiced = probability >= self.settings.keep_probability
        soft = voiced and below_db <= self.settings.drop_db + self.settings.clear_db * probability
        resume = self.settings.frames(self.settings.resume_s)
        utterance.stillness.step(soft, resume)
        spoken = utterance.pause.step(voiced and below_db <= self.settings.drop_db, resume)
        utterance.voiced += spoken
        if spoken:
            utterance.speech_end = self.position
        if cut.changed:
            utterance.news = self.position
        why = self._over(utterance, cut.complete)
        return [] if why is None else [self._end(utterance, why)]

    def _below_loudest(self, utterance: _Utterance, level_dbfs: float) -> float:
        """How much softer than the utterance's loudest so far, in dB, over two frames."""
        before = level_dbfs if utterance.level_dbfs == NO_LEVEL else utterance.level_dbfs
        smooth = 0.5 * (level_dbfs + before)
        utterance.level_dbfs = level_dbfs
        faded = utterance.loudest_dbfs - self.settings.decay_db_s * self.settings.frame_s
        utterance.loudest_dbfs = max(faded, smooth)
        return utterance.loudest_dbfs - smooth

    def _over(self, utterance: _Utterance, complete: bool) -> Why | None:
        settings, silent, still = self.settings, utterance.pause.silent, utterance.stillness.silent
        if self.position - utterance.begin >= settings.frames(settings.longest_s):
            return Why.LONGEST
        if utterance.pushed:
            return None
        if min(silent, still) >= settings.frames(settings.hangover_s):
            return Why.SILENCE if utterance.voiced >= settings.frames(settings.shortest_s) else Why.SHORT
        enough = silent >= settings.frames(settings.complete_hangover_s)
        if complete and enough and still >= settings.frames(settings.complete_still_s):
            return Why.COMPLETE
        unchanged = self.position - utterance.news
        if complete and unchanged >= settings.frames(settings.settled_s):
            return Why.SETTLED
        return Why.BABBLE if unchanged >= settings.frames(settings.babble_s) else None

    def _end(self, utterance: _Utterance, why: Why) -> Ended:
        self._utterance = None
        self._loudest_dbfs = utterance.loudest_dbfs
        self._free_from = self.position
        self._recent.clear()
        self.state = State.WAITING
        if why in (Why.LONGEST, Why.BABBLE):
            self.state = State.GUARDED
            most = self.settings.frames(self.settings.guard_most_s)
            wait = min(most, self.settings.frames(self.settings.guard_s) << min(self._guards, 16))
            self._guards += 1
            self._quiet = 0
            self._guard_until = self.position + wait
        return Ended(utterance.begin, self.position, min(utterance.speech_end, self.position), self.position, why)

    def _rearm(self) -> None:
        self.state = State.WAITING
        self._recent.clear()
