"""What an array knows of its surroundings: the noise, where the talker is, and the beam that goes with both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from robot_nodes.hearing import beamform
from robot_nodes.hearing.array import MicArray
from robot_nodes.hearing.covariance import Covariance, Matrices, all_alike, balance, products
from robot_nodes.hearing.doa import DirectionSearch, DirectionTrack, steering
from robot_nodes.hearing.mask import FEWEST, View
from robot_nodes.hearing.mask_look import Surroundings
from robot_nodes.hearing.postfilter import PostFilter
from robot_nodes.hearing.spectrum import BINS, Spectra

__all__ = ["SpatialFilter", "Tuning"]

Alive = npt.NDArray[np.bool_]

_FEWEST = 2
_OTHER = np.radians(15.0)
"""A direction so much different is another talker's, and what was learned of the noise around the first is no use."""
_SURE = 0.7
"""Belief in the direction from which on what does not come from there is taken for noise."""
_FOLLOW_EVERY = 3
"""Steps between new beams while somebody speaks."""
_LOOKS = 3
"""How often what a whole utterance says of its direction counts, compared with what a step says."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Numbers found by measuring (docs); the frames are 8 ms apart."""

    noise_frames: float = 500.0
    """How far back the noise's covariance reaches: 4 s."""
    recent_frames: float = 32.0
    """The same of the sound a direction is sought in: 0.26 s, in which a walking talker stays where they are."""
    speech_frames: float = 250.0
    """The same of the talker's covariance, where `pull` wants it."""
    prior_frames: float = 5.0
    """How many frames of noise the guess is worth that noise comes from everywhere alike."""
    loading: float = 0.003
    """Of the mean power, added to every channel's own: keeps the beam from trusting the array's accuracy too far."""
    follow_frames: float = 0.0
    """How far back the noise's covariance reaches while somebody speaks, counting what of each frame is noise (60 is
    0.5 s). 0: the noise of before is taken to go on. With the true direction given 60 is worth 0.6 dB and 3 phrases in
    60 at 5 dB; in the whole chain, where the direction may be wrong, nothing so far (87 of 100 either way)."""
    enough_noise: float = 8.0
    """Frames of noise from which MVDR is used."""
    pull: float = np.inf
    """Weight of the plane wave against the talker's measured covariance. Infinite: only the plane wave, which measured
    better (7.3 against 7.1 dB): an utterance is too short to learn how the hall reflects it."""
    post_floor_db: float | None = None
    """Least gain of the post-filter; none: no post-filter. It costs phrases where a suppressor follows."""


class SpatialFilter:
    """Covariances in, beam out. Used by one thread."""

    def __init__(self, array: MicArray, *, find_direction: bool = True, tuning: Tuning | None = None) -> None:
        """:param find_direction: else the talker is taken to be straight ahead."""
        self._array = array
        self._tuning = tuning = tuning or Tuning()
        self._find = find_direction
        self._search = DirectionSearch(array)
        self._model = beamform.NoiseModel(array, prior_frames=tuning.prior_frames, loading=tuning.loading)
        self._prepared: tuple[Matrices, Matrices] | None = None
        self._gains = np.ones(len(array), np.float32)
        self._alike = False
        """The channels are copies of one: nothing can be said of directions."""
        self._alive = np.ones(len(array), bool)
        self._speech = Covariance(BINS, len(array), tuning.speech_frames)
        self._recent = Covariance(BINS, len(array), tuning.recent_frames)
        self._during = Covariance(BINS, len(array), max(tuning.follow_frames, 1.0))
        """Of the noise while somebody speaks."""
        self._towards: float | None = None
        """Where the talker was when `_during` was begun; None: nobody speaks."""
        self._followed = 0
        self._fresh: tuple[Matrices, Matrices] | None = None
        self._post = PostFilter(tuning.post_floor_db) if tuning.post_floor_db is not None else None
        self._inverse: Matrices = np.zeros((BINS, len(array), len(array)), np.complex64)
        self._left = np.ones(BINS)
        self.view: View | None = None
        """Of the beam as it is; None where a mask cannot be made: little is known of the noise, few microphones."""
        self.noise = Covariance(BINS, len(array), tuning.noise_frames)
        self.track = DirectionTrack()
        self.kind = "delay_and_sum"
        """mvdr, delay_and_sum or microphone."""
        self.weights = np.zeros((BINS, len(array)), np.complex64)
        """Of the beam, shape (bins, microphones)."""
        self.steer()

    @property
    def direction(self) -> float | None:
        """Radians, or None as long as nobody spoke."""
        return self.track.direction if self._find else 0.0

    def use(self, alive: Alive) -> None:
        """:param alive: shape (microphones,): those to use from now on."""
        if not np.array_equal(alive, self._alive):
            self._alive = alive.copy()
            self._prepared = self._fresh = None
            self.steer()

    def around(self) -> Surroundings | None:
        """The noise as it is known by now; None while too little is, or of too few microphones."""
        if self._alive.sum() < FEWEST or self.noise.frames < self._tuning.enough_noise:
            return None
        _, inverse = self._noise()
        if self._alike:
            return None
        return Surroundings(inverse, self._alive, self._gains)

    def live(self, frames: Spectra) -> Spectra:
        """:param frames: shape (frames, bins, microphones). :returns: of those that are used."""
        return frames[:, :, self._alive]

    def add_noise(self, frames: Spectra) -> None:
        """:param frames: shape (frames, bins, microphones), in which nobody speaks to the robot."""
        self.noise.add(products(frames), len(frames))
        self._prepared = None

    def begin(self) -> None:
        """Somebody begins to speak: perhaps the talker of before, perhaps another."""
        self._speech.clear()
        self._recent.clear()
        self.track.soften()
        self._towards, self._fresh = None, None

    def add_speech(self, frames: Spectra) -> None:
        """:param frames: shape (frames, bins, microphones), in which somebody speaks."""
        sums = products(frames)
        self._recent.add(sums, len(frames))
        if np.isfinite(self._tuning.pull):
            self._speech.add(sums, len(frames))
        if self._find and self._alive.sum() >= _FEWEST:
            _, inverse = self._noise()
            self.track.update(self._search.score(self._recent.matrix, inverse, self._alive, self._gains))

    def look_back(self, utterance: list[Spectra]) -> None:
        """Find the direction anew from all of an utterance so far: what is loudest in it counts most, while the track
        may still believe in someone who talked softly before.

        :param utterance: spectra of shape (frames, bins, microphones), in which somebody speaks.
        """
        if not utterance or not self._find or self._alive.sum() < _FEWEST:
            return
        frames = np.concatenate(utterance)
        _, inverse = self._noise()
        score = self._search.score(products(frames) / np.float32(len(frames)), inverse, self._alive, self._gains)
        for _ in range(_LOOKS):
            self.track.update(score)

    def steer(self) -> None:
        """Compute `weights` anew."""
        live = np.flatnonzero(self._alive)
        self.weights, self.view = np.zeros_like(self.weights), None
        if len(live) < _FEWEST:
            self.kind = "microphone"
            self.weights[:, self._array.reference if self._alive[self._array.reference] else live[0]] = 1
            return
        towards = steering(self._array, np.array([self.direction or 0.0]))[:, 0, live]
        if self.noise.frames < self._tuning.enough_noise:
            self.kind = "delay_and_sum"
            self.weights[:, live] = beamform.delay_and_sum(towards)
            return
        self.kind = "mvdr"
        noise, inverse = self._noise()
        towards = towards * self._gains[live]
        if self._towards is not None:
            noise, inverse = self._noise_now()
        if np.isfinite(self._tuning.pull) and self._speech.frames:
            speech = self._speech.matrix[np.ix_(np.arange(BINS), live, live)]
            towards = beamform.relative_transfer(speech, inverse, noise, towards, self._tuning.pull)
        self.weights[:, live] = beamform.mvdr(inverse, towards)
        self._inverse, self._left = inverse, beamform.noise_left(inverse, towards)
        if len(live) >= FEWEST and not self._alike:
            self.view = View(towards[None], inverse, self._left[None].astype(np.float32))

    def follow(self, frames: Spectra) -> None:
        """Learn how the noise goes on while somebody speaks, from what does not come from their direction.

        :param frames: shape (frames, bins, microphones).
        """
        if self.kind != "mvdr" or not self._tuning.follow_frames or (self._find and self.track.confidence < _SURE):
            return
        direction = self.direction or 0.0
        if self._towards is None or abs(math.remainder(direction - self._towards, math.tau)) > _OTHER:
            self._during.take(self.noise)
            self._towards, self._followed, self._fresh = direction, 0, None
            self.steer()
        made = beamform.apply(self.weights, frames)
        shares = beamform.noise_shares(frames[:, :, self._alive], made, self._inverse, self._left)
        self._during.add_shares(frames, shares)
        self._followed += 1
        if self._followed % _FOLLOW_EVERY == 0:
            self._fresh = None
            self.steer()

    def forget_followed(self) -> None:
        """Take the noise of before again."""
        if self._towards is not None:
            self._towards, self._fresh = None, None
            self.steer()

    def beam(self, frames: Spectra) -> Spectra:
        """:param frames: shape (frames, bins, microphones). :returns: shape (frames, bins)."""
        made = beamform.apply(self.weights, frames)
        if self._post is None or self.kind != "mvdr":
            return made
        cleaned: Spectra = made * self._post.gains(frames[:, :, self._alive], made, self._inverse, self._left)
        return cleaned

    def _noise_now(self) -> tuple[Matrices, Matrices]:
        if self._fresh is None:
            self._fresh = self._model.prepared(self._during.matrix, self._during.frames, self._alive)
        return self._fresh

    def _noise(self) -> tuple[Matrices, Matrices]:
        if self._prepared is None:
            self._gains = balance(self.noise.matrix, self._alive)
            self._alike = all_alike(self.noise.matrix, self._alive)
            self._prepared = self._model.prepared(self.noise.matrix, self.noise.frames, self._alive)
        return self._prepared
