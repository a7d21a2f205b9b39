"""One robot's driving, seeing and guiding over pipes: `python -m robot_nodes.piped --venue V --start STATION`.

For simulators and benches that want the robot's mind without ROS: the same cores as the nodes', one JSON object a line.

In: `{"scan": {"t", "angle_min", "angle_increment", "range_min", "range_max", "ranges"}}` (`ranges`: base64 of float32),
`{"odom": [t, x, y, yaw]}`, `{"goal": [x, y, yaw], "id": 1}`, `{"guide_to": PLACE, "language": "zh", "utterance_id"}`,
`{"intent": "cancel"}`, `{"speed_limit": 0.5}`, `{"initialpose": [x, y, yaw, deviation_m, deviation_rad]}`, the same for
`marker`, `{"camera": "camera", "width", "height", "k"}` once (`rear_camera` looks back), then
`{"image": BASE64, "from": "camera", "t"}` (rgb8, after the `odom` of its time), and
`{"plan": [[x, y, yaw], [x, y, yaw]]}`, and `{"weigh": [particles, clusters]}` to time the localiser on the last scan.
Out: one line for each `odom` (`Answer`), for each `plan` (`{"length_m", "points", "seconds"}`, or `{"error"}`) and for
each `weigh` (`{"particles", "seconds"}`). Times are of the processor, since others may be using it, too.
Metres, radians, seconds, frame map. What cannot be read ends the process with one line that says which.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO, cast

import numpy as np
import structlog

from maps.markers import boards_of
from maps.venue import Venue, load_venue
from robot_nodes.guiding import effects as fx
from robot_nodes.guiding.core import Guide
from robot_nodes.guiding.geography import Geography
from robot_nodes.language.intent import Intent, IntentName
from robot_nodes.navigation.belief import State, beams_of
from robot_nodes.navigation.errors import NavigationError
from robot_nodes.navigation.field import floor_of
from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.navigation.goals import End, Goal
from robot_nodes.navigation.localiser import LocaliserSettings
from robot_nodes.navigation.messages import ScanReader
from robot_nodes.navigation.particles import Cloud, CloudSettings
from robot_nodes.navigation.particles_walls import walls_of
from robot_nodes.navigation.pilot import Cycle, Pilot
from robot_nodes.navigation.settings import Settings
from robot_nodes.navigation.warm_up import warm_up
from robot_nodes.seeing.lens import FRONT, REAR, Lens, decoded
from robot_nodes.seeing.markers import MarkerReader
from robot_nodes.seeing.visitor import Presence
from robot_nodes.seeing.watching import Watching

__all__ = ["Answer", "BadLine", "PipedRobot", "main"]

_LOOK_EVERY = 3
"""Scans from look to look, as the seeing node does."""
_TICK_S = 0.25
_IDLE = frozenset({"", "idle", "arrived"})


class BadLine(ValueError):
    """A line that is none of the messages."""


@dataclass(slots=True)
class Answer:
    """What one odometry is answered with."""

    command: tuple[float, float]
    pose: tuple[float, float, float]
    score: float | None = None
    """Of the localiser, where this odometry took a scan in."""
    remaining_m: float = 0.0
    guide: str = "idle"
    visitor: str = "NONE"
    visitor_at: tuple[float, float] | None = None
    """Where whoever it takes for the visitor was at the last look."""
    said: list[tuple[str, str, str]] = field(default_factory=list)
    """Act, id of the utterance it answers, text."""
    ended: list[tuple[int, str, int, str]] = field(default_factory=list)
    """Goals: id, how, error code, message."""
    localiser_ms: float | None = None
    controller_ms: float | None = None
    faults: int = 0
    state: str = "certain"
    """Of the localiser."""
    places: int = 1
    """Where it may be."""
    recovery: str = ""
    needs_staff: bool = False


@dataclass(slots=True)
class _Scan:
    """The parts of a LaserScan that are read."""

    angle_min: float
    angle_increment: float
    range_min: float
    range_max: float
    ranges: Any

    @property
    def angle_max(self) -> float:
        return self.angle_min + (len(self.ranges) - 1) * self.angle_increment


class PipedRobot:
    """`take` messages in their order."""

    def __init__(self, venue: Venue, start: str, clock: Callable[[], float] = time.process_time) -> None:
        """:raises KeyError: the venue has no such station."""
        station = venue.stations[start]
        _, self._field = floor_of(venue)
        self._venue, self._clock = venue, clock
        at = Pose2D(station.x, station.y, station.yaw)
        with suppress(NavigationError):  # a start nobody can drive from is told with the first goal
            warm_up(self._field, venue.lanes, at, Settings())
        self.pilot = Pilot(self._field, venue.lanes, at, clock=clock, zones=venue.zones)
        self._reader = ScanReader()
        self._watching = Watching(self._field, venue)
        self._markers = MarkerReader(boards_of(venue))
        self._lenses: dict[str, Lens] = {}
        self._ids = iter(range(1, 1_000_000_000))
        self._guide = Guide(Geography(venue), new_id=lambda: f"request-{next(self._ids)}")
        self._presence = Presence.NONE
        self._visitor_at: tuple[float, float] | None = None
        self._looks = 0
        self._own_goal = 0
        self._ticked = -math.inf
        self._said: list[tuple[str, str, str]] = []
        self._kept: tuple[float, Any] | None = None

    def take(self, message: Mapping[str, Any]) -> dict[str, Any] | None:
        """:returns: the answer, where there is one.

        :raises BadLine: it is no message of ours.
        """
        try:
            return self._taken(message)
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise BadLine(f"{str(message)[:120]}: {type(error).__name__} {error}") from error

    def _taken(self, message: Mapping[str, Any]) -> dict[str, Any] | None:
        match message:
            case {"scan": scan}:
                self._scan(scan)
            case {"odom": [t, x, y, yaw]}:
                return asdict(self._odometry(float(t), Pose2D(float(x), float(y), float(yaw))))
            case {"goal": [x, y, yaw], "id": number}:
                self._go(Goal(id=int(number), poses=(Pose2D(x, y, yaw),), along_lanes=True))
            case {"guide_to": place}:
                self._asked(str(place), str(message.get("language", "zh")), str(message.get("utterance_id", "")))
            case {"intent": str() as name}:
                self._hear(
                    Intent(name=cast(IntentName, name), slots={}, language="zh", confidence=1.0, text="", reply="")
                )
            case {"initialpose": [x, y, yaw, metres, radians]}:
                covariance = np.diag((metres**2, metres**2, radians**2))
                self.pilot.localiser.reset(Pose2D(x, y, yaw), covariance)
            case {"speed_limit": limit}:
                self.pilot.navigator.speed_limit = float(limit) if float(limit) > 0.0 else math.inf
            case {"marker": [x, y, yaw, metres, radians]}:
                covariance = np.diag((metres**2, metres**2, radians**2))
                self.pilot.marker(Pose2D(x, y, yaw), covariance)
            case {"camera": str() as name, "width": width, "height": height, "k": k}:
                self._lenses[name] = Lens.of(width, height, k, [], REAR if name == "rear_camera" else FRONT)
            case {"image": str() as data, "from": str() as name, "t": t}:
                self._picture(name, base64.b64decode(data, validate=True), float(t))
            case {"weigh": [count, clusters]}:
                return self._weigh(int(count), int(clusters))
            case {"plan": [a, b]}:
                return self._plan(Pose2D(*a), Pose2D(*b))
            case _:
                raise ValueError("no such message")
        return None

    def _scan(self, scan: Mapping[str, Any]) -> None:
        ranges = np.frombuffer(base64.b64decode(scan["ranges"], validate=True), np.float32)
        bounds = {name: float(scan[name]) for name in ("angle_min", "angle_increment", "range_min", "range_max")}
        hits = self._reader.points(_Scan(**bounds, ranges=ranges))
        self._kept = (float(scan["t"]), hits)
        self.pilot.scan(*self._kept)

    def _odometry(self, t: float, odom: Pose2D) -> Answer:
        cycle = self.pilot.odometry(t, odom, t)
        if cycle.look is not None and self._kept is not None:
            self._see(cycle, t)
        self._guide.on_position(cycle.pose.x, cycle.pose.y)
        ended = [(it.goal, it.end.value, it.code, it.message) for it in self.pilot.navigator.take_outcomes()]
        for number, how, _, why in ended:
            if number == self._own_goal:
                self._guide.on_goal_result(how == End.SUCCEEDED.value, why, t)
        if t - self._ticked >= _TICK_S:
            self._ticked = t
            self._guide.tick(t)
        self._carry_out()
        said, self._said = self._said, []
        return Answer(
            command=(cycle.command.v, cycle.command.w),
            pose=(cycle.pose.x, cycle.pose.y, cycle.pose.yaw),
            score=cycle.look.estimate.score if cycle.look else None,
            remaining_m=cycle.status.remaining_m if cycle.status else 0.0,
            guide=self._guide.status.state,
            visitor=self._presence.name,
            visitor_at=self._visitor_at,
            said=said,
            ended=ended,
            localiser_ms=self.pilot.localiser_s * 1e3 if cycle.look else None,
            controller_ms=self.pilot.controller_s * 1e3 if cycle.status else None,
            faults=self.pilot.faults,
            state=self.pilot.localiser.state.value,
            places=self.pilot.localiser.places,
            recovery=cycle.status.recovery if cycle.status else "",
            needs_staff=bool(cycle.status and cycle.status.needs_staff),
        )

    def _see(self, cycle: Cycle, now: float) -> None:
        """As the seeing node: every third scan, while there is somebody to look for."""
        self._looks += 1
        state = self._guide.status.state
        if self._kept is None or self._looks % _LOOK_EVERY:
            return
        if state in _IDLE and self._presence is Presence.NONE:
            return
        sighting = self._watching.look(state, cycle.pose, self._kept[1], now)
        self._presence = sighting.presence
        self._visitor_at = None if math.isnan(sighting.x) else (sighting.x, sighting.y)
        self._guide.on_visitor(self._presence.name, sighting.distance, now, sighting.x, sighting.y)

    def _picture(self, camera: str, data: bytes, t: float) -> None:
        lens, localiser = self._lenses[camera], self.pilot.localiser
        picture = decoded(lens.width, lens.height, 3 * lens.width, "rgb8", data)
        lost = localiser.state is State.LOST
        if not lost:
            self._watching.picture(lens, picture, localiser.estimate, t)
        fix = self._markers.fix(lens, picture, None if lost else localiser.estimate)
        if fix is not None:
            self.pilot.marker(fix.pose, fix.covariance)

    def _asked(self, place: str, language: str, utterance: str) -> None:
        if place not in self._venue.places:
            raise ValueError(f"{self._venue.id} has no place {place}")
        self._hear(_intent("guide_to", {"place": place}, language), utterance)

    def _hear(self, intent: Intent, utterance: str = "") -> None:
        now = self.pilot.last_odom_s
        self._guide.on_intent(intent, utterance, 0.0 if math.isnan(now) else now)
        self._carry_out()

    def _carry_out(self) -> None:
        for effect in self._guide.take_effects():
            match effect:
                case fx.Say(act=act, utterance_id=utterance, text=text):
                    self._said.append((act, utterance, text))
                case fx.Hold(on):
                    self.pilot.navigator.pause(on)
                case fx.LimitSpeed(speed_mps):
                    self.pilot.navigator.speed_limit = speed_mps if speed_mps > 0.0 else math.inf
                case fx.Go(x, y, yaw):
                    self._own_goal = 1_000_000 + next(self._ids)
                    self._go(Goal(id=self._own_goal, poses=(Pose2D(x, y, yaw),), along_lanes=True))
                case fx.StopGoing():
                    self.pilot.navigator.cancel(self._own_goal)

    def _go(self, goal: Goal) -> None:
        try:
            now = self.pilot.last_odom_s
            self.pilot.navigator.go(goal, self.pilot.localiser.estimate, 0.0 if math.isnan(now) else now)
        except NavigationError as error:
            self.pilot.navigator.refuse(goal.id, error)

    def _plan(self, start: Pose2D, goal: Pose2D) -> dict[str, Any]:
        began = self._clock()
        try:
            path = self.pilot.navigator.planner.plan_to(start, goal)
        except NavigationError as error:
            return {"error": error.message, "code": error.code, "seconds": self._clock() - began}
        seconds = self._clock() - began
        return {"length_m": path.length, "points": np.round(path.points[::10], 2).tolist(), "seconds": seconds}

    def _weigh(self, count: int, clusters: int) -> dict[str, Any]:
        """How long particles anywhere on the floor take for the last scan: one step of the wheels and one look."""
        walls, rng = walls_of(self._field), np.random.default_rng(self._looks + clusters)
        self._looks += 1
        hits = self._kept[1] if self._kept else np.empty((0, 2))
        places = walls.standing[rng.choice(len(walls.standing), clusters, replace=False)]
        cloud = Cloud(walls, rng, CloudSettings(most=count))
        cloud.add([Pose2D(x, y, rng.uniform(-math.pi, math.pi)) for x, y in places], each=max(1, count // clusters))
        began = self._clock()
        cloud.moved(Pose2D(0.05, 0.0, 0.01))
        cloud.seen(beams_of(hits, 60, LocaliserSettings().range_max, self._looks))
        return {"seconds": self._clock() - began, "particles": count // clusters * clusters}


def _intent(name: IntentName, slots: dict[str, str], language: str) -> Intent:
    return Intent(name=name, slots=slots, language=language, confidence=1.0, text="", reply="")


def serve(robot: PipedRobot, lines: Iterable[str], out: TextIO) -> None:
    """Answer until the lines end.

    :raises BadLine: at the first that is none.
    """
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError as error:
            raise BadLine(f"{line[:120]}: no JSON ({error})") from error
        answer = robot.take(message)
        if answer is not None:
            out.write(json.dumps(answer) + "\n")
            out.flush()


def main(arguments: list[str] | None = None) -> int:
    """Exit status 2: a line or a station that cannot be used, said in one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m robot_nodes.piped")
    parser.add_argument("--venue", required=True)
    parser.add_argument("--start", required=True, help="id of the station it stands at")
    given = parser.parse_args(arguments)
    venue = load_venue(given.venue)
    if given.start not in venue.stations:
        some = ", ".join(list(venue.chargers)[:3])
        print(f"--start {given.start}: {venue.id} has no such station; use one such as {some}", file=sys.stderr)
        return 2
    try:
        serve(PipedRobot(venue, given.start), sys.stdin, sys.stdout)
    except BadLine as error:
        print(error, file=sys.stderr)
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    return 0


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for answers
    sys.exit(main())
