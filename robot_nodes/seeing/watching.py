"""Everything the robot sees of people, in one: scans and pictures in, the visitor out. The node and `piped` feed it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from maps.venue import Venue
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.geometry import Points, Pose2D
from robot_nodes.seeing.lens import Lens, Picture
from robot_nodes.seeing.people import PeopleTracker, Person
from robot_nodes.seeing.recognition import Recognition
from robot_nodes.seeing.visitor import Presence, Sighting, VisitorWatch

LATE_S = 0.5
"""Pictures older or newer than the last scan by more than this are of somewhere else."""
SEEING_S = 3.0
"""A camera that has sent nothing for so long is off."""


class Watching:
    """Feed it every look and, where there is a camera, its pictures."""

    def __init__(self, field: ClearanceField, venue: Venue) -> None:
        docks = [(dock.x, dock.y) for dock in venue.chargers.values()]
        self._tracker = PeopleTracker(field)
        self._watch = VisitorWatch(docks=docks)
        self._recognition = Recognition()
        self._people: list[Person] = []
        self._at = -math.inf
        self._pictured_at = -math.inf

    @property
    def people(self) -> Sequence[Person]:
        """Who was around at the last look."""
        return self._people

    def look(self, guide_state: str, pose: Pose2D, points: Points, now: float) -> Sighting:
        """One scan; as `PeopleTracker.update` and `VisitorWatch.update`."""
        return self.judge(guide_state, pose, self._tracker.update(pose, points, now), now)

    def judge(self, guide_state: str, pose: Pose2D, people: Sequence[Person], now: float) -> Sighting:
        """The same, where somebody else has tracked the people already."""
        self._people = list(people)
        self._at = now
        recognition = self._recognition
        seeing = abs(now - self._pictured_at) < SEEING_S
        sighting = self._watch.update(guide_state, pose, self._people, now, recognition.likeness() if seeing else None)
        if not self._watch.leading or self._watch.overruled:
            recognition.forget()
        # Who walks away shows their back.
        if sighting.presence is Presence.WITH_ME and self._watch.leading and self._watch.mine is not None:
            recognition.learn(self._watch.mine, self._watch.certain)
        return sighting

    def picture(self, lens: Lens, picture: Picture, pose: Pose2D, now: float) -> None:
        """One picture, taken at `now` with the robot at `pose`; frame map.

        :raises BadPicture: it is not of that camera's size or type.
        """
        lens.checked(picture)
        elapsed = now - self._at
        if not pose.finite or not abs(elapsed) < LATE_S:
            return
        self._pictured_at = now
        moved = [replace(it, x=it.x + elapsed * it.vx, y=it.y + elapsed * it.vy) for it in self._people]
        self._recognition.picture(lens, picture, pose, moved, now)
