"""From the microphones of an array to one clean voice: the stages put together, for a stream."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import structlog

from robot_nodes.hearing.array import MicArray
from robot_nodes.hearing.channels import ChannelHealth
from robot_nodes.hearing.covariance import diffuse_coherence, swapped_pair
from robot_nodes.hearing.echo import EchoCanceller
from robot_nodes.hearing.errors import HearingError
from robot_nodes.hearing.evidence import Onset, beam_rise_db, voice_by_mask, voice_in_beam
from robot_nodes.hearing.loudness import Loudness
from robot_nodes.hearing.mask import load_network
from robot_nodes.hearing.mask_look import Lookout
from robot_nodes.hearing.residual import ResidualEcho
from robot_nodes.hearing.sources import RATE
from robot_nodes.hearing.spatial import SpatialFilter, Tuning
from robot_nodes.hearing.spectrum import STEP, Analysis, Powers, Spectra, Synthesis, powers
from robot_nodes.hearing.suppress import DELAY, MASK, BehindBeam
from robot_nodes.hearing.utterance import CLEAR, NOISE, VOICE, Step, Utterance, plainest
from robot_nodes.hearing.voice import SileroVoice, Voice

__all__ = ["LOOK_AHEAD_S", "FrontEnd", "Processed", "Stages"]

Sound = npt.NDArray[np.float32]

_HOLD = 32
"""Steps of 32 ms held back while nobody speaks: at 5 m and 5 dB one utterance in ten is noticed 0.6 to 1.0 s late."""
_HOLD_TALK = 40
"""At most so many at an utterance's beginning: 1.28 s."""
_HOLD_SPEAKING = 8
"""While the robot speaks, 256 ms: who interrupts it must not wait for the best beam."""
_AFTER_WORDS = 10
LOOK_AHEAD_S = _HOLD_TALK * STEP / RATE
_FOLLOWING = 10
"""Steps after the last with a voice in the beam in which it is still believed to look at the talker."""
_LONGEST = round(20.0 * RATE / STEP)
"""Steps after which what sounds like speech is taken for the hall's noise."""
_DEAF = round(2.0 * RATE / STEP)
_NOISE_SHARE = 0.03
_ORDER_EVERY = round(2.0 * RATE / STEP)
_ORDER_FRAMES = 180.0
"""Frames of noise (1.4 s) from which the channels' order is judged."""
_SURE = 3
"""Judgements in a row that two channels are swapped before they are not used any more."""
_ORDER_FEWEST = 4
_LOOK_ANEW = 8
"""Steps after which what is learned of the noise is made use of in looking for a voice."""
_BEFORE_VOICE = 6
"""Steps before the first with a voice, in which a voice may be that was not noticed."""
_NOISE_KNOWN = 250.0
"""Frames of noise (2 s) from which these steps are not needed."""
_TINY = 1e-12

_log = structlog.get_logger("hearing")


@dataclass(frozen=True, slots=True)
class Stages:
    """What is switched on; the rest is for measuring what each is worth."""

    echo: bool = True
    direction: bool = True
    """Off: the talker is taken to be straight ahead."""
    beam: bool = True
    suppress: str = MASK
    """Name of a suppressor, "none" for none."""
    level: bool = True
    """Every talker as loud: recognisers hear what is much softer or louder than their training badly."""


@dataclass(frozen=True, slots=True, eq=False)
class Processed:
    """Some more of the stream, cleaned."""

    samples: Sound
    """Shape (512 n,): mono, full scale 1."""
    voice: npt.NDArray[np.float32]
    """Shape (n,): probability that somebody speaks in each 32 ms of `samples`, by what is heard behind the beam (before
    the suppressor) and at a microphone, and by how much louder than noise it is."""
    direction: float | None
    """Radians, counter-clockwise from the array's +x; None as long as nobody spoke."""
    level_dbfs: float
    """Of the sound as it came in, mean of the live channels."""
    noise_dbfs: float
    snr_db: float | None
    """Of the utterance so far, while somebody speaks; None also as long as nothing is known of the noise."""
    beam: str
    """mvdr, delay_and_sum or microphone."""
    dead: tuple[int, ...]
    """Indices of microphones not used."""


class FrontEnd:
    """The chain of one stream. Used by one thread.

    Sound is held back by a second (at most `LOOK_AHEAD_S`) while nobody speaks, so that an utterance's first syllable
    gets the beam that was found from it, and is not taken for noise, though in noise a voice is noticed late. Once
    somebody speaks all is passed on, and what follows is 32 ms late only. After 0.8 s without a voice it is held back
    again.
    """

    def __init__(
        self,
        array: MicArray,
        stages: Stages | None = None,
        *,
        voices: Callable[[], Voice] = SileroVoice,
        tuning: Tuning | None = None,
    ) -> None:
        """:param voices: makes a voice detector; one hears a microphone, one the beam.

        :raises HearingError: a stage's package is missing, or there is no such suppressor.
        """
        self._array = array
        self._stages = stages or Stages()
        self._beams = self._stages.beam and len(array) > 1
        self._voice = voices()
        self._beam_voice = voices() if self._beams else None
        self._tuning = tuning
        self._expected = diffuse_coherence(array)
        self.reset()

    def reset(self) -> None:
        """Forget the stream: the next block begins another."""
        count = len(self._array)
        for detector in (self._voice, self._beam_voice):
            if detector:
                detector.reset()
        self._health = ChannelHealth(count)
        self._echo: EchoCanceller | None = None
        self._analysis, self._echo_analysis, self._synthesis = Analysis(count), Analysis(1), Synthesis()
        self._residue, self._beam_residue = ResidualEcho(), ResidualEcho()
        self._suppressor = BehindBeam(self._stages.suppress, beams=self._beams)
        self._loudness = Loudness()
        self._spatial = SpatialFilter(self._array, find_direction=self._stages.direction, tuning=self._tuning)
        self._tail = np.zeros(DELAY, np.float32)
        self._waiting = np.zeros((0, count + 1), np.float32)
        self._edge = np.zeros((1, count + 1), np.float32)
        self._held: deque[Step] = deque()
        self._onset = Onset()
        self._lookout = Lookout(self._array, load_network()) if self._beams else None
        self._in_beam: deque[float] = deque(maxlen=_FOLLOWING)
        self._before: Step | None = None
        self._before_rise_db = 0.0
        self._talking = self._flowing = False
        """Somebody speaks; and what they say is passed on as it comes."""
        self._steps = self._deaf = self._own_words = 0
        self._noise_power = 0.0
        self._swapped: tuple[int, ...] = ()
        self._suspected: tuple[tuple[int, int] | None, int] = (None, 0)
        self._utterance = Utterance()

    def process(self, block: Sound, playback: Sound | None = None) -> list[Processed]:
        """:param block: shape (n, channels of the device), any n, full scale 1.

        :param playback: shape (n,): what the loudspeaker plays meanwhile; none: nothing.
        :raises HearingError: the block has fewer channels than the array asks for.
        """
        if block.ndim != 2 or block.shape[1] <= max(self._array.channels):
            raise HearingError(
                f"sound of shape {block.shape} for array '{self._array.name}', which needs "
                f"{max(self._array.channels) + 1} channels; choose another device, recording or --array"
            )
        far = np.zeros(len(block), np.float32) if playback is None else np.asarray(playback, np.float32)
        if playback is not None and self._echo is None and self._stages.echo:
            self._echo = EchoCanceller(len(self._array))
        sound = np.asarray(block, np.float32)[:, list(self._array.channels)]
        self._waiting = np.concatenate([self._waiting, np.column_stack([sound, far])])
        self._edge = self._waiting[-1:].copy() if len(self._waiting) else self._edge
        done: list[Processed] = []
        while len(self._waiting) >= STEP:
            step, self._waiting = self._waiting[:STEP], self._waiting[STEP:]
            done += self._step(step[:, :-1], step[:, -1])
        return done

    def flush(self) -> list[Processed]:
        """The stream is over: what is still held back, the last step filled up with the last sample."""
        rest = (-len(self._waiting)) % STEP
        whole = np.concatenate([self._waiting, np.repeat(self._edge, rest + STEP, axis=0)])
        self._waiting = self._waiting[:0]
        done: list[Processed] = []
        for start in range(0, len(whole), STEP):
            done += self._step(whole[start : start + STEP, :-1], whole[start : start + STEP, -1])
        return done + self._release()

    def _step(self, raw: Sound, playback: Sound) -> list[Processed]:
        sound = self._health.process(raw)
        if self._echo:
            sound = self._echo.process(sound, playback)
        alive = self._health.alive.copy()
        alive[list(self._swapped)] = False
        self._spatial.use(alive)
        voice = self._voice.probability(sound[:, self._reference(alive)])
        frames = self._analysis.process(sound)
        echo = self._own_echo(self._reference(alive))
        own = self._is_own(frames[:, :, alive], echo)
        power = float(np.mean(sound[:, alive] ** 2))
        self._own_words = _AFTER_WORDS if np.any(playback) else max(self._own_words - 1, 0)
        if self._lookout and self._steps % _LOOK_ANEW == 0 and not self._talking:
            self._lookout.aim(self._spatial.around())
        weighed = self._onset.weigh(
            0.0 if own else voice,
            frames[:, :, alive],
            talking=self._talking,
            own_words=self._own_words > 0,
            seen=self._lookout.voice(frames, alive) if self._lookout else None,
        )
        self._held.append(Step(frames, 0.0 if own else weighed, power, own, echo))
        self._steps += 1
        if self._steps % _ORDER_EVERY == 0 and self._beams:
            self._judge_order(self._health.alive)
        return self._talk() if self._talking else self._listen()

    def _own_echo(self, microphone: int) -> Powers | None:
        if self._echo is None:
            return None
        spectra = self._echo_analysis.process(self._echo.predicted[:, [microphone]])[:, :, 0]
        return powers(spectra) if self._echo.playing or np.any(spectra) else None

    def _is_own(self, frames: Spectra, echo: Powers | None) -> bool:
        """:param frames: of the live microphones, shape (frames, BINS, n)."""
        if self._echo is None or (echo is None and not self._residue.active):
            return False
        alone = self._echo.learning or not self._residue.visitor
        self._residue.step(np.mean(powers(frames), axis=1), echo, alone=alone, begun=self._talking)
        return self._echo.learning or not self._residue.visitor

    def _reference(self, alive: npt.NDArray[np.bool_]) -> int:
        return self._array.reference if alive[self._array.reference] else int(np.flatnonzero(alive)[0])

    def _judge_order(self, alive: npt.NDArray[np.bool_]) -> None:
        """Two channels that are exchanged spoil direction and beam; without them the others do well."""
        if self._swapped or self._spatial.noise.frames < _ORDER_FRAMES or alive.sum() < _ORDER_FEWEST:
            return
        pair = swapped_pair(self._spatial.noise.matrix, self._expected, alive)
        self._suspected = (pair, self._suspected[1] + 1 if pair == self._suspected[0] else 1)
        if pair and self._suspected[1] >= _SURE:
            self._swapped = pair
            _log.warning("channels seem to be swapped, not used", microphones=list(pair), array=self._array.name)

    def _listen(self) -> list[Processed]:
        """Nobody speaks."""
        self._deaf = max(self._deaf - 1, 0)
        if not self._deaf and self._onset.noticed(own_words=self._own_words > 0):
            self._begin()
            return []
        done: list[Processed] = []
        while len(self._held) > (_HOLD_SPEAKING if self._own_words else _HOLD):
            step = self._held[0]
            if step.voice < NOISE or self._deaf:  # also what is left of the robot's own voice: the beam avoids it
                self._learn_noise(step)
            done += self._out()
        return done

    def _learn_noise(self, step: Step) -> None:
        if self._beams:
            self._spatial.add_noise(step.frames)
        share = _NOISE_SHARE if self._noise_power else 1.0
        self._noise_power += share * (step.power - self._noise_power)

    def _begin(self) -> None:
        self._talking, self._flowing = True, False
        self._utterance = Utterance()
        self._onset.begin()
        if self._beams:
            self._spatial.begin()
        for step in self._held:
            self._learn_speech(step)

    def _learn_speech(self, step: Step) -> None:
        if step.voice >= CLEAR and self._beams:
            if self._utterance.perhaps_another:
                self._spatial.begin()
            self._spatial.add_speech(step.frames)
        self._utterance.add(step)

    def _talk(self) -> list[Processed]:
        """Somebody speaks."""
        self._learn_speech(self._held[-1])
        most = _HOLD_SPEAKING if self._own_words else _HOLD_TALK
        if not self._flowing and not self._utterance.settled and len(self._held) < most:
            return []
        done = self._release()
        self._utterance.waited()
        if self._utterance.over:
            self._talking = False
            for step in self._utterance.noise():
                self._learn_noise(step)
        elif self._utterance.length > _LONGEST:
            self._talking, self._deaf = False, _DEAF
        return done

    def _release(self) -> list[Processed]:
        """Pass on all that is held back, with what is known by now."""
        if not self._flowing and self._beams:
            self._learn_what_was_before()
            self._spatial.look_back(plainest(self._held))
        if self._held and self._beams:
            self._spatial.steer()
        if self._talking and self._stages.level:
            self._loudness.heard(self._utterance.signal_power(self._noise_power), at_once=not self._flowing)
        self._flowing = self._talking
        done: list[Processed] = []
        while self._held:
            if self._talking and self._beams:
                self._follow(self._held[0])
            done += self._out()
        return done

    def _follow(self, step: Step) -> None:
        """Only while the beam hears a voice: where it looks elsewhere, the talker would be learned as noise."""
        if max(self._in_beam, default=0.0) >= VOICE:
            self._spatial.follow(step.frames)
        else:
            self._spatial.forget_followed()

    def _learn_what_was_before(self) -> None:
        """While little is known of the noise, also from the steps held back that are well before the first voice."""
        voiced = [step.voice >= VOICE for step in self._held]
        first = next((index for index in range(len(voiced)) if sum(voiced[index : index + 3]) > 1), 0)
        for step in list(self._held)[: max(first - _BEFORE_VOICE, 0)]:
            if self._spatial.noise.frames < _NOISE_KNOWN and not step.own:
                self._learn_noise(step)

    def _out(self) -> list[Processed]:
        """The oldest step through beam and suppressor, which complete the one before it."""
        step = self._held.popleft()
        beam = (
            self._spatial.beam(step.frames) if self._beams else step.frames[:, :, self._reference(self._health.alive)]
        )
        if step.echo is not None or self._beam_residue.active:
            self._beam_residue.step(powers(beam), step.echo, alone=step.own)
            beam = beam * self._beam_residue.gains(beam)
        sound = self._synthesis.process(beam)
        clean = self._loudness.process(self._suppressor.process(sound, beam, step.frames, self._spatial))
        late = np.concatenate([self._tail, sound])  # as late as `clean`
        self._tail = late[STEP:]
        before, self._before = self._before, step
        rise_db, self._before_rise_db = self._before_rise_db, self._rise_db(beam)
        if before is None:
            return []
        voice = self._voice_in(late[:STEP], before, rise_db)
        self._in_beam.append(voice)
        if self._talking:
            self._utterance.passed_on(before, voice, self._in_beam)
        return [self._processed(clean, before, voice)]

    def _voice_in(self, beam: Sound, step: Step, rise_db: float) -> float:
        voice = self._beam_voice.probability(beam) if self._beam_voice else step.voice
        if step.own or (self._own_words and not self._talking):
            return 0.0
        if self._beam_voice is None or self._own_words:  # what is left of the robot's own voice is loud too
            return voice
        if self._suppressor.voice is not None and self._spatial.view is not None:
            return voice_by_mask(voice, self._suppressor.voice)
        return voice_in_beam(voice, step.voice, rise_db)

    def _rise_db(self, beam: Spectra) -> float:
        noise = self._spatial.noise
        return beam_rise_db(beam, self._spatial.weights, noise.matrix) if self._beams and noise.frames else 0.0

    def _processed(self, clean: Sound, step: Step, voice: float) -> Processed:
        noise = max(self._noise_power, _TINY)
        signal = max(self._utterance.power - noise, 0.01 * noise)
        return Processed(
            samples=clean,
            voice=np.array([voice], np.float32),
            direction=self._spatial.direction if self._beams else None,
            level_dbfs=_decibels(step.power),
            noise_dbfs=_decibels(noise),
            snr_db=_decibels(signal / noise) if self._talking and self._noise_power > 0.0 else None,
            beam=self._spatial.kind if self._beams else "microphone",
            dead=tuple(sorted({*self._health.dead, *self._swapped})),
        )


def _decibels(power: float) -> float:
    return 10 * math.log10(max(power, _TINY))
