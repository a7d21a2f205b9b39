"""People in the hall: walkers, standing groups, and visitors whom somebody else steers.

The motion follows the social force model (Helbing and Molnar 1995): everyone is drawn along a way and pushed off
walls, people and robots. On top of it stand two hard rules: nobody enters a wall, and nobody steps so close to a
robot that they would touch it, so that a contact is always the robot's doing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.crowd_kernel import advance
from sim.errors import NoWayError, PlacementError
from sim.fields import Fields
from sim.walkways import Walkways

ABSENT, STANDING, WALKING = 0, 1, 2
NOBODY = -1
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdSpec:
    """How walkers spend their time; seconds, metres."""

    speed_mean: float = 1.1
    speed_sigma: float = 0.2
    """Walking pace in an exhibition, slower than the 1.34 m/s of streets (Weidmann 1993)."""
    stroll_m: float = 35.0
    standing_share: float = 0.3
    dwell_s: tuple[float, float] = (4.0, 40.0)
    group_s: tuple[float, float] = (60.0, 240.0)
    patience_s: float = 4.0
    """Who has hardly moved for so long while walking goes somewhere else."""
    reached_m: float = 0.5


class Crowd:
    """`count` walkers from the start, and room for `guests` more people who come and go.

    Arrays have one entry per person, frame map. Walkers plan for themselves; a guest does what it is told
    (`walk_to`, `aim`, `stand`) until `release` makes it a walker.
    """

    def __init__(
        self,
        fields: Fields,
        ways: Walkways,
        count: int,
        guests: int,
        rng: np.random.Generator,
        keep_off: Sequence[Point] = (),
        spec: CrowdSpec | None = None,
    ) -> None:
        """:param keep_off: nobody starts within 1.5 m of these (the robots).

        :raises PlacementError: if the floor has no room for so many.
        """
        self._fields, self.ways, self._rng, self._spec = fields, ways, rng, spec or CrowdSpec()
        size = count + guests
        self.position: NDArray[np.float64] = np.full((size, 2), math.nan)
        self.velocity: NDArray[np.float64] = np.zeros((size, 2))
        self.target: NDArray[np.float64] = np.zeros((size, 2))
        self.pace: NDArray[np.float64] = np.full(size, self._spec.speed_mean)
        self.mode: NDArray[np.int64] = np.zeros(size, np.int64)
        self.own: NDArray[np.int64] = np.full(size, NOBODY, np.int64)
        """The robot a visitor talks to or follows: they let it come closer than others."""
        self._until = np.full(size, math.inf)
        self._way: list[list[Point]] = [[] for _ in range(size)]
        self._guest = np.arange(size) >= count
        self._gone_s = np.full(size, math.inf)
        self._checked = np.zeros((size, 2))
        self._next_check = self._spec.patience_s
        self._populate(count, keep_off)

    @property
    def present(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.mode != ABSENT
        return found

    def where(self, person: int) -> Point:
        return float(self.position[person, 0]), float(self.position[person, 1])

    def enter(self, x: float, y: float, pace: float) -> int:
        """A guest appears, standing.

        :returns: their index.
        :raises PlacementError: if (x, y) is in a wall, or all guests are here already.
        """
        if self._fields.clearance(x, y) < 0.25:
            raise PlacementError(f"({x:.2f}, {y:.2f}) is in or at a wall: put the person on free floor")
        free = np.flatnonzero(self._guest & ~self.present)
        if free.size == 0:
            raise PlacementError("more visitors at once than the world was made for: raise `guests`")
        person = int(free[0])
        self._place(person, x, y, STANDING)
        self.pace[person] = pace
        self._until[person] = self._gone_s[person] = math.inf
        return person

    def leave(self, person: int) -> None:
        """They are gone from the hall."""
        self.mode[person] = ABSENT
        self.position[person] = math.nan
        self.own[person] = NOBODY

    def release(self, person: int, now_s: float, stay_s: float) -> None:
        """A guest becomes a walker, and goes home after `stay_s`."""
        self.own[person] = NOBODY
        self._gone_s[person] = now_s + stay_s
        self._until[person] = now_s

    def walk_to(self, person: int, x: float, y: float) -> None:
        """Walk round walls to a point.

        :raises NoWayError: if there is none.
        """
        self._way[person] = self.ways.path(self.where(person), (x, y))
        self.target[person] = self._way[person].pop(0)
        self.mode[person] = WALKING

    def aim(self, person: int, x: float, y: float) -> None:
        """Walk straight at a point close by."""
        self._way[person] = []
        self.target[person] = (x, y)
        self.mode[person] = WALKING

    def stand(self, person: int) -> None:
        self._way[person] = []
        self.target[person] = self.position[person]
        self.mode[person] = STANDING

    def arrived(self, person: int) -> bool:
        """Nothing is left of the way, and they stand at its end."""
        return self.mode[person] == STANDING and not self._way[person]

    def step(self, now_s: float, dt: float, robots: NDArray[np.float64]) -> None:
        """:param robots: shape (n, 5): x, y, yaw, v, radius."""
        advance(
            *self._fields.args(),
            self.position,
            self.velocity,
            self.target,
            self.pace,
            self.mode,
            self.own,
            robots,
            dt,
        )
        self._think(now_s)

    def _think(self, now_s: float) -> None:
        """What is decided rarely: the next leg, the next goal, giving up."""
        walking = self.mode == WALKING
        away = np.hypot(self.target[:, 0] - self.position[:, 0], self.target[:, 1] - self.position[:, 1])
        for person in np.flatnonzero(walking & (away < self._spec.reached_m)):
            self._next_leg(int(person), now_s)
        for person in np.flatnonzero((self._until <= now_s) & self.present):
            self._stroll(int(person))
        for person in np.flatnonzero(self._gone_s <= now_s):
            self._gone_s[person] = math.inf
            self.leave(int(person))
        if now_s >= self._next_check:
            self._next_check = now_s + self._spec.patience_s
            self._unstick()

    def _next_leg(self, person: int, now_s: float) -> None:
        if self._way[person]:
            self.target[person] = self._way[person].pop(0)
            return
        last = self.target[person].copy()
        self.stand(person)
        if self._fields.clearance(float(last[0]), float(last[1])) > 0.3:
            self.target[person] = last
        if self._walker(person):
            self._until[person] = now_s + self._rng.uniform(*self._spec.dwell_s)

    def _walker(self, person: int) -> bool:
        return not self._guest[person] or bool(np.isfinite(self._gone_s[person]))

    def _stroll(self, person: int) -> None:
        self._until[person] = math.inf
        x, y = self.where(person)
        node = self.ways.near(x, y, self._spec.stroll_m, self._rng)
        try:
            self.walk_to(person, *self.ways.point(node))
        except NoWayError:
            self._until[person] = 0.0  # pushed into a corner: try again with the next goal
            self.stand(person)

    def _unstick(self) -> None:
        moved = np.hypot(*(self.position - self._checked).T)
        for person in np.flatnonzero((self.mode == WALKING) & (moved < 0.4)):
            if self._walker(int(person)):
                self._stroll(int(person))
            elif self._way[person]:
                self._replan(int(person))
        self._checked = self.position.copy()

    def _replan(self, person: int) -> None:
        goal = self._way[person][-1]
        try:
            self.walk_to(person, *goal)
        except NoWayError:
            return

    def _place(self, person: int, x: float, y: float, mode: int) -> None:
        self.position[person] = self.target[person] = self._checked[person] = (x, y)
        self.velocity[person] = 0.0
        self.mode[person] = mode
        self._way[person] = []

    def _populate(self, count: int, keep_off: Sequence[Point]) -> None:
        spec, rng = self._spec, self._rng
        self.pace[:count] = np.clip(rng.normal(spec.speed_mean, spec.speed_sigma, count), 0.6, 1.6)
        standing = round(count * spec.standing_share)
        placed = 0
        while placed < count:
            size = min(int(rng.integers(2, 5)), standing - placed) if placed < standing else 1
            until = rng.uniform(*spec.group_s) if placed < standing else rng.uniform(0.0, 5.0)
            nodes = self.ways.quiet if placed < standing else self.ways.nodes
            for spot in self._spots(nodes, size, keep_off):
                self._place(placed, *spot, STANDING)
                self._until[placed] = until
                placed += 1

    def _spots(self, nodes: NDArray[np.int64], size: int, keep_off: Sequence[Point]) -> list[Point]:
        """`size` free points around one random node, as people stand who talk to each other."""
        for _ in range(400):
            x, y = self.ways.point(int(self._rng.choice(nodes)))
            turn = self._rng.uniform(0.0, 2.0 * math.pi)
            ring = 0.0 if size == 1 else 0.55
            spots = [
                (
                    x + ring * math.cos(turn + k * 2.0 * math.pi / size),
                    y + ring * math.sin(turn + k * 2 * math.pi / size),
                )
                for k in range(size)
            ]
            if all(self._is_free(*spot, keep_off) for spot in spots):
                return spots
        raise PlacementError("the floor has no room for so many people: ask for fewer")

    def _is_free(self, x: float, y: float, keep_off: Sequence[Point]) -> bool:
        if self._fields.clearance(x, y) < 0.35 or any(math.hypot(x - a, y - b) < 1.5 for a, b in keep_off):
            return False
        gaps = np.hypot(self.position[:, 0] - x, self.position[:, 1] - y)
        return not bool(np.any(gaps < 0.5))
