"""Whether a voice addresses the robot: from where it comes, how it sounds, and who stands there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Addressed", "AddressedSettings", "Attention", "Person", "Reason", "Scene", "Voice", "addressed"]


class Reason(StrEnum):
    """Why it does, or does not."""

    VISITOR = "the visitor speaks"
    NEAR = "somebody near speaks"
    FACING = "nobody is seen, but it comes from the front"
    UNKNOWN = "its direction is unknown"
    FAINT = "too faint"
    FAR = "whoever speaks is too far away"
    STRANGER = "somebody else than the visitor speaks"
    EMPTY = "nobody stands there"
    BEHIND = "nobody is seen, and it comes from behind"


@dataclass(frozen=True, slots=True)
class Voice:
    """What is known of a voice."""

    direction: float | None
    """rad, base_link, counter-clockwise."""
    snr_db: float | None
    level_dbfs: float | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody seen."""

    direction: float
    """rad, base_link, counter-clockwise."""
    distance_m: float
    visitor: bool = False
    """The one the robot serves now."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is about."""

    people: Sequence[Person] = ()
    all_seen: bool = False
    """Everybody near is among `people`; False: there may be others."""


@dataclass(frozen=True, slots=True)
class AddressedSettings:
    """Angles in rad."""

    apart: float = math.radians(25.0)
    """A voice and a person this far apart may belong together: the direction's error, and the person's step since."""
    near_m: float = 0.6
    """Half the width a person and the error of their place take up; widens the angle for those close by."""
    reach_m: float = 4.0
    front: float = math.radians(110.0)
    faintest_db: float = -3.0


@dataclass(frozen=True, slots=True)
class Addressed:
    """The decision and its reason."""

    yes: bool
    why: Reason
    person: Person | None = None
    """Who is believed to have spoken."""


def addressed(voice: Voice, scene: Scene, settings: AddressedSettings | None = None) -> Addressed:
    """Does `voice` address the robot?

    The visitor always does. While there is a visitor nobody else does. Without one, whoever is within reach does; where
    nobody can be seen, a voice from the front. Safety words must be let through whatever this says.
    """
    settings = settings or AddressedSettings()
    if voice.snr_db is not None and voice.snr_db < settings.faintest_db:
        return Addressed(False, Reason.FAINT)
    if voice.direction is None:
        return Addressed(True, Reason.UNKNOWN)
    speaker = _speaker(voice.direction, scene.people, settings)
    if speaker is not None and speaker.visitor:
        return Addressed(True, Reason.VISITOR, speaker)
    if any(person.visitor for person in scene.people):
        return Addressed(False, Reason.STRANGER, speaker)
    if speaker is not None:
        if speaker.distance_m > settings.reach_m:
            return Addressed(False, Reason.FAR, speaker)
        return Addressed(True, Reason.NEAR, speaker)
    if scene.all_seen:
        return Addressed(False, Reason.EMPTY)
    facing = abs(math.remainder(voice.direction, math.tau)) <= settings.front
    return Addressed(facing, Reason.FACING if facing else Reason.BEHIND)


def _speaker(direction: float, people: Sequence[Person], settings: AddressedSettings) -> Person | None:
    """Of those who stand in that direction the visitor, else the nearest."""
    there = [person for person in people if _apart(direction, person) <= _tolerance(person, settings)]
    return min(there, key=lambda person: (not person.visitor, person.distance_m), default=None)


def _apart(direction: float, person: Person) -> float:
    return abs(math.remainder(direction - person.direction, math.tau))


def _tolerance(person: Person, settings: AddressedSettings) -> float:
    return max(settings.apart, math.atan2(settings.near_m, max(person.distance_m, 0.01)))


class Attention:
    """Whom the robot attends to now, from what it sees: written by one thread, asked by another."""

    def __init__(self, settings: AddressedSettings | None = None) -> None:
        self._settings = settings or AddressedSettings()
        self._visitor: tuple[float, float] | None = None
        self._pose: tuple[float, float, float] | None = None

    def see(self, visitor: tuple[float, float] | None) -> None:
        """Where the visitor is, m in `map`; None: there is none, or nobody knows where."""
        self._visitor = visitor

    def stand(self, x: float, y: float, yaw: float) -> None:
        """Where the robot is, m and rad in `map`."""
        self._pose = (x, y, yaw)

    def judge(self, voice: Voice) -> Addressed:
        """Does it address the robot?"""
        visitor, pose = self._visitor, self._pose
        if visitor is None or pose is None:
            return addressed(voice, Scene(), self._settings)
        return addressed(voice, Scene((seen_from(pose, visitor),)), self._settings)


def seen_from(pose: tuple[float, float, float], visitor: tuple[float, float]) -> Person:
    """The visitor at a place of `map` as seen by a robot at `pose` (m, m, rad)."""
    x, y = visitor[0] - pose[0], visitor[1] - pose[1]
    return Person(math.remainder(math.atan2(y, x) - pose[2], math.tau), math.hypot(x, y), visitor=True)
