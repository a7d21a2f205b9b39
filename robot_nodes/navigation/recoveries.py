"""What a robot without progress tries, one after the other, as Nav2's behaviour tree does.

Forget what was chosen, look around, back up where the rear is free, wait, ask for a way round, call staff. Only the
second and the third move the robot; the navigator carries out the others.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import Enum

import numpy as np

from robot_nodes.navigation.footprint import free_along_arc
from robot_nodes.navigation.geometry import Points, Pose2D, Twist2D, wrapped
from robot_nodes.navigation.settings import Body, Patience

LOOK_RAD = 0.6
"""To either side: what a camera at the front needs to see past a shoulder, and no more than visitors expect."""
_LOOK_RATE = 0.8
_BACK_M = 0.25
_BACK_MPS = 0.1
_BACK_LONGEST_S = 4.0
_WAIT_S = 1.5
_JAMMED_M = 0.3
"""Back up only with something nearer than this to the body's front."""


class Recovery(Enum):
    """In their order."""

    CLEAR = "clear"
    LOOK_AROUND = "look_around"
    BACK_UP = "back_up"
    WAIT = "wait"
    REROUTE = "reroute"
    CALL_STAFF = "call_staff"


@dataclass(frozen=True, slots=True)
class Act:
    """What to do in this period.

    :ivar begun: the recovery that begins now, for the navigator to carry out.
    :ivar command: motion of the recovery under way; None: none.
    """

    begun: Recovery | None = None
    command: Twist2D | None = None


class Recoveries:
    """One robot's; `counts` over its whole life, the rest since the last progress."""

    def __init__(self, patience: Patience, body: Body) -> None:
        self._patience, self._body = patience, body
        self.counts: Counter[str] = Counter()
        self.current: Recovery | None = None
        self.staff_called = False
        self._legs: list[float] = []
        self._from: Pose2D | None = None
        self._rerouted_s = 0.0
        self._began_s = 0.0

    def over(self) -> None:
        """The robot moves again."""
        self.current, self.staff_called = None, False
        self._rerouted_s = 0.0
        self._legs = []

    def step(self, stuck_s: float, pose: Pose2D, hits: Points, drives: bool) -> Act:
        """:param stuck_s: seconds without progress.
        :param hits: lidar returns, shape (n, 2), base frame.
        :param drives: the controller has found a way and takes it: no motion of a recovery then.
        """
        patience = self._patience
        if stuck_s < patience.recover_after_s:
            return Act()
        if stuck_s >= patience.staff_after_s and not self.staff_called:
            self.staff_called = True
            return self._begin(Recovery.CALL_STAFF, stuck_s)
        if self._may_reroute(stuck_s):
            self._rerouted_s = stuck_s
            return self._begin(Recovery.REROUTE, stuck_s)
        match self.current:
            case None:
                return self._begin(Recovery.CLEAR, stuck_s)
            case Recovery.CLEAR:
                self._legs = [pose.yaw + LOOK_RAD, pose.yaw - LOOK_RAD, pose.yaw]
                return self._begin(Recovery.LOOK_AROUND, stuck_s)
            case Recovery.LOOK_AROUND:
                command = None if drives else self._look(pose)
                if command is not None:
                    return Act(command=command)
                self._from = pose
                jammed = not drives and self._jammed(hits) and self._rear_free(hits)
                return self._begin(Recovery.BACK_UP if jammed else Recovery.WAIT, stuck_s)
            case Recovery.BACK_UP:
                command = None if drives else self._back(pose, hits, stuck_s)
                return Act(command=command) if command is not None else self._begin(Recovery.WAIT, stuck_s)
            case _:
                return Act()

    def _may_reroute(self, stuck_s: float) -> bool:
        """Often enough, and after the others have been tried."""
        if stuck_s - self._rerouted_s < self._patience.reroute_every_s:
            return False
        if self.current is Recovery.WAIT:
            return stuck_s - self._began_s >= _WAIT_S
        return self.current in (Recovery.REROUTE, Recovery.CALL_STAFF)

    def _begin(self, recovery: Recovery, stuck_s: float) -> Act:
        self.current, self._began_s = recovery, stuck_s
        self.counts[recovery.value] += 1
        return Act(begun=recovery)

    def _look(self, pose: Pose2D) -> Twist2D | None:
        """Turn to what is left of the legs; None: all seen."""
        while self._legs:
            error = wrapped(self._legs[0] - pose.yaw)
            if abs(error) > 0.1:
                return Twist2D(0.0, math.copysign(min(_LOOK_RATE, 2.0 * abs(error) + 0.05), error))
            self._legs.pop(0)
        return None

    def _back(self, pose: Pose2D, hits: Points, stuck_s: float) -> Twist2D | None:
        if self._from is None or stuck_s - self._began_s > _BACK_LONGEST_S:
            return None
        if pose.distance_to(self._from.x, self._from.y) >= _BACK_M or not self._rear_free(hits):
            return None
        return Twist2D(-_BACK_MPS, 0.0)

    def _jammed(self, hits: Points) -> bool:
        if not len(hits):
            return False
        front = hits[hits[:, 0] > 0.0]
        return bool(len(front) and np.hypot(front[:, 0], front[:, 1]).min() < self._body.radius + _JAMMED_M)

    def _rear_free(self, hits: Points) -> bool:
        """Room to back up and then some, and nobody close behind at all."""
        wide = self._body.wanted + 0.1
        return float(free_along_arc(hits, -_BACK_MPS, 0.0, wide, 2.0 * _BACK_M + 0.3)) >= 2.0 * _BACK_M + 0.29
