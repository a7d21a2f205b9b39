"""What speaks for each person around being my visitor: walking along behind me, or coming to me while I wait.

A lidar knows nobody by face, so who somebody is shows in what they do. A crowd passes, crosses or stands; only who is
led walks where the robot has just been, at its pace, metre after metre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from robot_nodes.navigation.geometry import Pose2D, wrapped
from robot_nodes.seeing.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanySettings:
    """Distances in metres, speeds in m/s."""

    beside_m: float = 3.4
    """Who follows is within this: 1.3 m when close, more while catching up."""
    ahead_rad: float = 1.0
    """Who walks within this of straight ahead leads the way or is in it, but does not follow."""
    pace_share: float = 0.4
    """Of the robot's speed, towards it or along with it."""
    along_most_m: float = 4.0
    by_m: float = 2.5
    """Who comes or stands within this of a robot that waits may be its visitor."""
    close_m: float = 2.0
    """Who has come back stands this near: followers keep 1 to 1.5 m."""
    standing: float = 0.35
    aim_m: float = 1.0
    """Who would pass the robot's middle nearer than this comes to it; others pass by."""
    at_m: float = 1.6
    """Who is this near and does not walk away has come, whatever they aimed at."""
    came_m: float = 0.8
    still_m: float = 0.02
    """Between two looks: a robot that moved less stands."""


@dataclass(slots=True)
class Trace:
    """What one person has done.

    :ivar born: when first seen, seconds. `along_m`: metres walked with the robot, lately; `whole_m`, in all.
        `by_since`: since when they stand by the robot or come to it, inf if they do not; `stands_since`: since when
        they stand close to it. `peak_m`: the farthest they were since the robot stands. `away_m`: from the robot, when
        last seen.
    """

    born: float
    along_m: float = 0.0
    whole_m: float = 0.0
    by_since: float = math.inf
    peak_m: float = 0.0
    stands_since: float = math.inf
    away_m: float = math.inf


class Company:
    """Feed it every look; ask what speaks for whom."""

    def __init__(self, settings: CompanySettings | None = None) -> None:
        self._settings = settings or CompanySettings()
        self._traces: dict[int, Trace] = {}
        self._pose: Pose2D | None = None
        self._at = -math.inf

    def update(self, pose: Pose2D, people: Sequence[Person], now: float) -> None:
        """Take one look. Gaps of over a second, and jumps of the clock or the pose, count as standing."""
        before, elapsed = self._pose, now - self._at
        self._pose, self._at = pose, now
        moved = (0.0, 0.0)
        if before is not None and 0.0 < elapsed <= 1.0 and before.distance_to(pose.x, pose.y) < 2.0 * elapsed:
            moved = (pose.x - before.x, pose.y - before.y)
        self._traces = {person.id: self._traces.get(person.id) or Trace(born=now) for person in people}
        for person in people:
            if person.unseen_s < 0.5:
                self._judge(self._traces[person.id], person, moved, elapsed)

    def begin(self) -> None:
        """Somebody new is led: whom the robot walked with before says nothing."""
        for trace in self._traces.values():
            trace.along_m = trace.whole_m = 0.0

    def whole_m(self, person: Person) -> float:
        """Metres they have walked along with the robot in all."""
        trace = self._traces.get(person.id)
        return trace.whole_m if trace else 0.0

    def credit(self, person: Person, metres: float) -> None:
        """They are who walked that far under another number."""
        trace = self._traces.get(person.id)
        if trace is not None:
            trace.whole_m = max(trace.whole_m, metres)

    def walked_m(self, person: Person) -> float:
        """Metres they have lately walked along with the robot, wherever they are now."""
        trace = self._traces.get(person.id)
        return trace.along_m if trace else 0.0

    def along_m(self, person: Person) -> float:
        """Metres they have lately walked along with the robot, at most `along_most_m`; 0 for who is not near now."""
        trace = self._traces.get(person.id)
        return trace.along_m if trace and trace.away_m < self._settings.beside_m else 0.0

    def born(self, person: Person) -> float:
        """When they were first seen."""
        trace = self._traces.get(person.id)
        return trace.born if trace else self._at

    def by_s(self, person: Person) -> float:
        """For how long they have been standing by the robot or coming to it."""
        trace = self._traces.get(person.id)
        return max(self._at - trace.by_since, 0.0) if trace and math.isfinite(trace.by_since) else 0.0

    def came(self, person: Person) -> bool:
        """Whether they were farther away before, while the robot stood as it does now."""
        trace = self._traces.get(person.id)
        return trace is not None and trace.peak_m - trace.away_m >= self._settings.came_m

    def stands_s(self, person: Person) -> float:
        """For how long they have been standing close to the robot."""
        trace = self._traces.get(person.id)
        return max(self._at - trace.stands_since, 0.0) if trace and math.isfinite(trace.stands_since) else 0.0

    def _judge(self, trace: Trace, person: Person, moved: tuple[float, float], elapsed: float) -> None:
        s, pose = self._settings, self._pose
        assert pose is not None  # update has set it
        way = math.hypot(*moved)
        trace.away_m = pose.distance_to(person.x, person.y)
        if way >= s.still_m:
            with_me = trace.away_m < s.beside_m and not ahead(pose, person, s.ahead_rad)
            with_me = with_me and _pace(pose, person, moved, way) >= s.pace_share * way / elapsed
            trace.whole_m += way * with_me
            trace.along_m = min(max(trace.along_m + (way if with_me else -way), 0.0), s.along_most_m)
            trace.peak_m = trace.away_m
        trace.peak_m = max(trace.peak_m, trace.away_m)
        if trace.away_m > s.close_m or math.hypot(person.vx, person.vy) > s.standing:
            trace.stands_since = math.inf
        elif math.isinf(trace.stands_since):
            trace.stands_since = self._at
        if trace.away_m > s.by_m or not self._is_by(trace, person, pose):
            trace.by_since = math.inf
        elif math.isinf(trace.by_since):
            trace.by_since = self._at

    def _is_by(self, trace: Trace, person: Person, pose: Pose2D) -> bool:
        s = self._settings
        at = trace.away_m < s.at_m and _towards(pose, person) > -s.standing
        return at or math.hypot(person.vx, person.vy) < s.standing or _comes(pose, person, s.aim_m)


def ahead(pose: Pose2D, person: Person, within_rad: float) -> bool:
    """Whether somebody is within an angle of straight ahead."""
    return abs(wrapped(math.atan2(person.y - pose.y, person.x - pose.x) - pose.yaw)) < within_rad


def _pace(pose: Pose2D, person: Person, moved: tuple[float, float], way: float) -> float:
    """Speed along with the robot or towards it, whichever is more: round a corner the two differ."""
    along = (person.vx * moved[0] + person.vy * moved[1]) / way
    return max(along, _towards(pose, person))


def _towards(pose: Pose2D, person: Person) -> float:
    """Speed towards the robot."""
    away = max(pose.distance_to(person.x, person.y), 1e-6)
    return (person.vx * (pose.x - person.x) + person.vy * (pose.y - person.y)) / away


def _comes(pose: Pose2D, person: Person, aim_m: float) -> bool:
    """Whether their way, straight on, leads to the robot."""
    dx, dy = pose.x - person.x, pose.y - person.y
    speed = max(math.hypot(person.vx, person.vy), 1e-6)
    return dx * person.vx + dy * person.vy > 0.0 and abs(dx * person.vy - dy * person.vx) / speed < aim_m
