"""What the front end knows of the utterance under way: how loud it is, how long it is quiet, whether it is one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from robot_nodes.hearing.spectrum import Powers, Spectra

__all__ = ["CLEAR", "NOISE", "VOICE", "Step", "Utterance", "plainest"]

NOISE = 0.3
"""Nobody speaks in a step with less: at 5 m and 5 dB true of 90 % of the steps without, and 5 % of those with."""
VOICE = 0.5
CLEAR = 0.8
"""Steps with less say nothing of the direction: somebody else may be heard in them."""
_FEWEST = 4
_PAUSE = 3
_SETTLED = 10
"""Steps with a voice from which direction and loudness are known well enough to pass the utterance on."""
_QUIET = 25
"""Steps without a voice after which an utterance is over: 0.8 s."""
_ANOTHER = 8
"""After so many steps without clear speech it may be another who speaks."""
_ONSET = 3
_HEARD = 0.25
"""With a smaller mean in `_ONSET` steps the beam hears nobody."""
_DOUBT = 24
"""So many steps after it was passed on the beam must have heard somebody, or there was nobody."""
_TAIL = 8
"""Steps after the last voice in which the hall still echoes."""
_UNSURE = 64
"""At most so many steps wait to be learned as noise after all."""
_LEAST_SIGNAL = 0.2
"""Share of the power of voice and noise together that is taken for the voice's at least."""
_LEAST_OF_PEAK = 0.25
"""Nobody's mean power is less, compared with their loudest 60 ms."""


@dataclass(slots=True, eq=False)
class Step:
    """32 ms that wait for their beam."""

    frames: Spectra
    voice: float
    """Probability that somebody speaks (`evidence.Onset`)."""
    power: float
    own: bool
    """Only the robot's own voice is in it."""
    echo: Powers | None
    """Of the robot's voice as it is taken out, shape (BINS,); None where it is silent."""


class Utterance:
    """Of one beginning."""

    def __init__(self) -> None:
        self.quiet = self.length = 0
        """Steps without a voice, in the end and in all."""
        self.power = 0.0
        """Mean of the steps with a voice."""
        self._voiced = 0
        self._unclear = 0
        self._lately_power = self._loudest_power = 0.0
        self._passed = 0
        self._confirmed = False
        self._unsure: deque[Step] = deque(maxlen=_UNSURE)

    def add(self, step: Step) -> None:
        """The next step, as it comes in."""
        self.quiet = 0 if step.voice >= NOISE else self.quiet + 1
        self.length += 1
        self._unclear = 0 if step.voice >= CLEAR else self._unclear + 1
        if step.voice >= VOICE or (self._voiced and self.quiet <= _PAUSE):
            self._voiced += 1
            self._lately_power += 0.5 * (step.power - self._lately_power)
            self._loudest_power = max(self._loudest_power, self._lately_power)
            self.power += (step.power - self.power) / self._voiced

    @property
    def perhaps_another(self) -> bool:
        """Who speaks clearly next need not be who spoke before."""
        return self._unclear >= _ANOTHER

    @property
    def settled(self) -> bool:
        """Enough is known of it, or no more comes."""
        return self._voiced >= _SETTLED or self.quiet > _PAUSE

    @property
    def over(self) -> bool:
        """Nobody speaks any more, or nobody did."""
        return self.quiet > _QUIET or (self._passed > _DOUBT and not self._confirmed)

    def passed_on(self, step: Step, voice: float, lately: Iterable[float]) -> None:
        """A step went through the beam.

        :param voice: probability that somebody speaks where it looks. :param lately: this one and some before.
        """
        self._confirmed = self._confirmed or float(np.mean(list(lately)[-_ONSET:])) >= _HEARD
        if self._confirmed and max(step.voice, voice) >= NOISE:
            self._unsure.clear()
        elif not step.own and voice < _HEARD and step.voice < VOICE:
            self._unsure.append(step)

    def waited(self) -> None:
        """Another step of time went by since the utterance was passed on."""
        self._passed += 1

    def noise(self) -> list[Step]:
        """What turned out to be noise: all that follows the last voice, or all."""
        return list(self._unsure)[_TAIL if self._confirmed else 0 :]

    def signal_power(self, noise_power: float) -> float:
        """Of the talker, at a microphone; not of someone who talked softly before."""
        power = max(self.power, _LEAST_OF_PEAK * self._loudest_power)
        return max(power - noise_power, _LEAST_SIGNAL * power)


def plainest(steps: Iterable[Step]) -> list[Spectra]:
    """Spectra of the steps in which somebody speaks most clearly; of some, if in any."""
    heard = [step for step in steps if step.voice >= NOISE and not step.own]
    for least in (CLEAR, VOICE):
        clear = [step.frames for step in heard if step.voice >= least]
        if len(clear) >= _FEWEST:
            return clear
    return [step.frames for step in heard]
