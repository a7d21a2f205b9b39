"""Time passes for the world and for one robot's process, in step."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sim.camera_rig import Rig
from sim.clock import SCAN_EVERY, STEP_S
from sim.contacts import Contact
from sim.driving.pipe import Answer, RobotPipe
from sim.driving.zones import Zones
from sim.world import World

__all__ = ["Loop", "Track"]

Pose = tuple[float, float, float]


@dataclass(slots=True)
class Track:
    """What is kept of a run."""

    errors_m: list[float] = field(default_factory=list)
    """Where the robot believes to be against where it is, each scan."""
    scores: list[float] = field(default_factory=list)
    localiser_ms: list[float] = field(default_factory=list)
    controller_ms: list[float] = field(default_factory=list)
    poses: list[tuple[float, float]] = field(default_factory=list)
    """Once a second."""
    contacts: list[Contact] = field(default_factory=list)
    zones: Zones = field(default_factory=Zones)


class Loop:
    """One robot in a world, driven by its own process; the first of the world's robots."""

    def __init__(self, world: World, pipe: RobotPipe, rig: Rig | None = None) -> None:
        """:param rig: the robot's cameras; None: it has none."""
        self.world, self.pipe = world, pipe
        self.rig = rig
        for name, spec in rig.specs.items() if rig else ():
            pipe.camera(name, spec.width, spec.height, spec.matrix)
        self.track = Track()
        self.own = -1
        """The person being led."""
        self.blind = False
        """No scan is sent: what a broken lidar does."""
        self.ended: deque[tuple[int, str, int, str]] = deque()
        self._goals = 0

    def step(self) -> Answer:
        """0.05 s; the robot's answer has been obeyed."""
        world = self.world
        world.step(STEP_S)
        self.track.contacts += world.new_contacts()
        if world.clock.steps % SCAN_EVERY == 0 and not self.blind:
            self.pipe.scan(world.now_s, world.scan(0), world.lidar)
        felt = world.odometry[0]
        answer = self.pipe.odometry(world.now_s, felt.x, felt.y, felt.yaw)
        if self.rig is not None and self.rig.due:
            for name, _, picture in self.rig.pictures():
                self.pipe.image(world.now_s, name, picture)
        world.command(0, answer.v, answer.w)
        self.ended.extend(answer.ended)
        self._note(answer)
        return answer

    def drive_to(self, x: float, y: float, yaw: float, longest_s: float) -> tuple[str, float]:
        """A goal without a visitor.

        :returns: how it ended ("late" after `longest_s`), and after how many seconds.
        """
        self._goals += 1
        self.ended.clear()
        self.pipe.goal(self._goals, x, y, yaw)
        began = self.world.now_s
        while self.world.now_s - began < longest_s:
            self.step()
            for number, how, _, _ in self.ended:
                if number == self._goals:
                    return how, self.world.now_s - began
        return "late", longest_s

    def until(self, condition: Callable[[Answer], bool], longest_s: float) -> float:
        """Seconds until an answer fulfils the condition; infinite where none does."""
        began = self.world.now_s
        while self.world.now_s - began < longest_s:
            if condition(self.step()):
                return self.world.now_s - began
        return math.inf

    def _note(self, answer: Answer) -> None:
        x, y, _ = self.world.pose(0)
        track = self.track
        if answer.score is not None:
            track.errors_m.append(math.hypot(answer.pose[0] - x, answer.pose[1] - y))
            track.scores.append(answer.score)
        if answer.localiser_ms is not None:
            track.localiser_ms.append(answer.localiser_ms)
        if answer.controller_ms is not None:
            track.controller_ms.append(answer.controller_ms)
        if self.world.clock.steps % 20 == 0:
            track.poses.append((x, y))
        track.zones.add(x, y, float(self.world.drives.v[0]), self.world.crowd.position, self.own, STEP_S)
