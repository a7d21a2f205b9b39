"""Path + scan + people -> velocity: rollouts along the path; turning on the spot at sharp corners and at the goal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from robot_nodes.navigation.collision_monitor import MonitorLimits, limited, movers_in_base
from robot_nodes.navigation.field import ClearanceField
from robot_nodes.navigation.footprint import NearGrid, free_ahead
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D, wrapped
from robot_nodes.navigation.mppi import ASIDES, Ahead, Drive, Floats, Sampler
from robot_nodes.navigation.path import Corner, Path, rounded
from robot_nodes.navigation.settings import ControlLimits, Settings
from robot_nodes.navigation.social import NOBODY, give_way_at, movers_near

_SEEN_M = 4.6
"""Metres of path the rollouts get: more than the horizon at full speed."""
_BACK_M = 0.3
_CALM = np.abs(ASIDES) < 0.3
"""Parallels that are hardly beside the path: while all of them are blocked the robot is."""


class Phase(Enum):
    """What the controller is about."""

    DRIVING = "driving"
    TURNING = "turning"
    """On the spot, towards the path."""
    WAITING = "waiting"
    """Something is in the way."""
    FINISHING = "finishing"
    """At the goal, turning to its yaw."""
    DONE = "done"


@dataclass(slots=True)
class Track:
    """What is remembered of one path from step to step."""

    path: Path
    goal: Pose2D
    turn_at_goal: bool = True
    along: float = 0.0
    offset: float = 0.0
    phase: Phase = Phase.DRIVING
    blocked_since: float | None = None
    at_goal: bool = False

    @property
    def remaining(self) -> float:
        """Metres of path left."""
        return max(0.0, self.path.length - self.along)


def reachable(v: float, w: float, last: Twist2D, limits: ControlLimits) -> Twist2D:
    """The nearest command the base can reach within a period."""
    dv, dw = limits.a_max * limits.period_s, limits.alpha_max * limits.period_s
    v = max(last.v - dv, min(last.v + dv, v))
    w = max(last.w - dw, min(last.w + dw, w))
    return Twist2D(v, max(-limits.w_max, min(limits.w_max, w)))


class Controller:
    """Follows one `Track` at a time."""

    def __init__(
        self, clearance: ClearanceField, settings: Settings | None = None, rng: np.random.Generator | None = None
    ) -> None:
        """:param rng: what the rollouts are drawn from; the default is seeded with 0."""
        self._settings = settings or Settings()
        self._field = clearance
        self._sampler = Sampler(clearance, self._settings, rng or np.random.default_rng(0))
        self._grid = NearGrid(clearance)
        self.last_drive: Drive | None = None

    def forget(self) -> None:
        """Begin anew: what was chosen before led nowhere."""
        self._sampler.forget()

    def follow(
        self,
        track: Track,
        pose: Pose2D,
        last: Twist2D,
        hits: Points,
        now: float,
        speed_limit: float = math.inf,
        people: Points = NOBODY,
    ) -> Twist2D:
        """The next command, within the base's limits; `track` is moved along.

        :param last: the command given a period ago.
        :param hits: scan returns, shape (n, 2), frame map.
        :param now: seconds, ROS time.
        :param people: tracks, shape (m, 4): x, y, vx, vy, frame map.
        """
        self._advance(track, pose)
        if self._arrived(track, pose):
            return self._finish(track, pose, last)
        bearing = self._bearing(track, pose, last)
        limits = self._settings.limits
        if abs(bearing) > (limits.turn_until if track.phase is Phase.TURNING else limits.turn_from):
            track.phase = Phase.TURNING
            return reachable(0.0, self._turn_rate(bearing), last, limits)
        movers = movers_near(people, pose, self._settings.manners)
        self._grid.fill(pose, hits, movers)
        ahead = self._ahead(track, movers, speed_limit, now)
        return self._drive(track, ahead, pose, last, movers, now)

    def _advance(self, track: Track, pose: Pose2D) -> None:
        """Progress never runs backwards, and never jumps ahead to where the path comes by again."""
        track.along, track.offset = track.path.foot(pose.x, pose.y, max(0.0, track.along - 0.2), track.along + 1.0)
        track.offset = max(-1.5, min(1.5, track.offset))

    def _arrived(self, track: Track, pose: Pose2D) -> bool:
        limits = self._settings.limits
        away = pose.distance_to(track.goal.x, track.goal.y)
        if track.at_goal:
            # Turning on the spot must not lose the goal to the localiser's last centimetre.
            return away < limits.xy_tolerance + 0.05
        near = away < 0.4 * limits.xy_tolerance or (away < limits.xy_tolerance and track.remaining < 0.02)
        track.at_goal = near and track.remaining < 0.5
        return track.at_goal

    def _finish(self, track: Track, pose: Pose2D, last: Twist2D) -> Twist2D:
        error = wrapped(track.goal.yaw - pose.yaw) if track.turn_at_goal else 0.0
        if abs(error) < 0.6 * self._settings.limits.yaw_tolerance and abs(last.v) < 0.15:
            track.phase = Phase.DONE
            return Twist2D()
        track.phase = Phase.FINISHING
        return reachable(0.0, self._turn_rate(error), last, self._settings.limits)

    def _bearing(self, track: Track, pose: Pose2D, last: Twist2D) -> float:
        """To the point of the path a little ahead; beside the path, to a parallel that comes back to it slowly."""
        limits, path = self._settings.limits, track.path
        ahead = max(limits.lookahead_min, limits.lookahead_s * abs(last.v))
        x, y, yaw = path.at(min(track.along + ahead, path.length))
        keep = track.offset * max(0.0, 1.0 - ahead / 3.0) if track.remaining > 1.5 else 0.0
        target = Pose2D(x - keep * math.sin(yaw), y + keep * math.cos(yaw), yaw).seen_from(pose)
        return math.atan2(target.y, target.x)

    def _ahead(self, track: Track, movers: Points, speed_limit: float, now: float) -> Ahead:
        """The path from a little behind the robot on, with the speed allowed at each point.

        The least of: the robot's, the lane's and the guide's limit; what still stops at the end, or before a narrow
        place somebody comes out of. Half the braking power is kept for surprises.
        """
        limits, path, step = self._settings.limits, track.path, Ahead.STEP_M
        high = min(track.along + _SEEN_M, path.length)
        count = max(2, int((high - max(0.0, track.along - _BACK_M)) / step) + 1)
        at = high - step * np.arange(count - 1, -1, -1.0)
        line = np.empty((count, 5))
        line[:, 0] = np.interp(at, path.along, path.points[:, 0]) + np.minimum(at, 0.0) * math.cos(path.yaw[0])
        line[:, 1] = np.interp(at, path.along, path.points[:, 1]) + np.minimum(at, 0.0) * math.sin(path.yaw[0])
        steps = np.diff(line[:, :2], axis=0)
        length = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-6)
        line[:-1, 2:4] = steps / length[:, None]
        line[-1, 2:4] = line[-2, 2:4]
        # Squared speeds: what is allowed farther on bounds what may be driven before.
        cap = np.minimum(np.interp(at, path.along, path.speed), min(limits.v_max, max(speed_limit, 0.0))) ** 2
        stop = give_way_at(path, track.along, movers, self._field, self._settings.manners, self._settings.body)
        cap = np.minimum(cap, limits.a_max * np.maximum(min(stop, path.length) - at, 0.0) + 0.0025)
        if math.isfinite(stop):
            cap[at > stop - step] = 0.0
        cap = np.minimum.accumulate((cap + limits.a_max * at)[::-1])[::-1] - limits.a_max * at
        line[:, 4] = np.sqrt(np.maximum(cap, 0.0))
        begin = max(0.0, track.along - float(at[0]))
        reach = self._settings.body.reach
        passable = self._free(line, begin, reach)
        self._note_block(track, float(passable[_CALM].max()) - begin, now)
        comfortable = self._free(line, begin, self._settings.manners.comfort_m)
        end = float(path.length - at[0]) if high >= path.length else math.inf
        return Ahead(line, begin, track.offset, end, 0.5 * (passable + comfortable))

    def _free(self, line: Floats, begin: float, room: float) -> Floats:
        first, reach = int(begin / Ahead.STEP_M), self._settings.body.reach
        grid = self._grid
        return np.asarray(
            free_ahead(*self._field.args(), grid.metres, grid.origin, line, first, ASIDES, room, reach), np.float64
        )

    def _drive(self, track: Track, ahead: Ahead, pose: Pose2D, last: Twist2D, movers: Points, now: float) -> Twist2D:
        settings = self._settings
        wall_reach = self._wall_reach(ahead)
        wide = track.blocked_since is not None and now - track.blocked_since > settings.corridor.patience_s
        wide = wide or abs(track.offset) > settings.corridor.calm + 0.1
        drive = self._sampler.drive(ahead, pose, last, self._grid, movers, wide, wall_reach, now)
        self.last_drive = drive
        track.phase = Phase.WAITING if drive.command.v < 0.02 else Phase.DRIVING
        return reachable(drive.command.v, drive.command.w, last, settings.limits)

    def _wall_reach(self, ahead: Ahead) -> float:
        """The way into a station may be narrower than what is asked for elsewhere: the planner chose it."""
        body = self._settings.body
        rim = min(self._field.at(float(x), float(y)) for x, y in ahead.line[::4, :2])
        return float(min(body.reach, max(rim - 0.03, body.radius + 0.01)))

    def _note_block(self, track: Track, free: float, now: float) -> None:
        if free > min(2.5, track.remaining - 0.1):
            track.blocked_since = None
        elif track.blocked_since is None:
            track.blocked_since = now

    def _turn_rate(self, error: float) -> float:
        limits = self._settings.limits
        rate = min(limits.w_max, math.sqrt(limits.alpha_max * abs(error)), 2.0 * abs(error) + 0.05)
        return math.copysign(rate, error)


def prepare(field: ClearanceField, settings: Settings, at: Pose2D) -> None:
    """Load or compile all that driving runs, by one step nobody drives, past somebody who walks."""
    path = rounded([Corner(at.x, at.y, 1.0), Corner(at.x + 3.0, at.y, 1.0, True)])
    hits = np.array([(1.6, 0.1 * k) for k in range(6, 12)])
    people = np.array([(at.x + 1.5, at.y + 1.0, 0.0, -0.6)])
    here = Pose2D(at.x, at.y, 0.0)
    track = Track(path, Pose2D(at.x + 3.0, at.y, 0.0))
    Controller(field, settings).follow(track, here, Twist2D(), here.points_out(hits), 0.0, people=people)
    limits = MonitorLimits.of(settings.limits, settings.patience.silent_after_s)
    limited(Twist2D(0.3, 0.0), hits, 0.0, settings.body, limits, movers=movers_in_base(people, here))
