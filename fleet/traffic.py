"""Who may enter which lane when.

A robot holds the node it stands on, what lies between there and the end of its base, and nothing else. It is
granted more in whole stretches: up to the next node where waiting is harmless (see `Conflicts.stoppable`), all
of it or nothing, so that nobody waits in a crossing. What is granted is never taken back (the base of a VDA 5050
order never changes, RULES A10); it is released behind, once the robot is physically clear of it. A robot that
went silent makes no progress here and so keeps everything (A19).

All of this is plain computation on names and metres; `now` only dates how long a robot has been waiting.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.conflicts import CLEARANCE_M, Conflicts
from maps.lanes import NoRoute

AHEAD_M = 10.0
"""Held ahead when free: room to brake from 1 m/s (0.6 m) and to hear of the next grant (a second) many times over."""
LONGEST_STRETCH = 16
"""Nodes taken in one piece at most, where no good waiting node comes sooner."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a robot is not granted more."""

    robots: frozenset[str]
    resources: frozenset[str]
    """What it needs and others hold, in the others' names for it."""
    since: float


@dataclass(slots=True)
class Walk:
    """One robot's way: indices into `nodes`, `tail <= at <= granted <= gate`."""

    nodes: tuple[str, ...]
    at: int = 0
    """The node it passed last, or stands on."""
    granted: int = 0
    """The end of its base."""
    gate: int = 0
    """It may not be granted more than this for now."""
    tail: int = 0
    """The first node it still holds."""

    @property
    def ended(self) -> bool:
        """Whether it stands at the end of what it was granted."""
        return self.at == self.granted


@dataclass(slots=True)
class Traffic:
    """The reservations of one venue."""

    conflicts: Conflicts
    walks: dict[str, Walk] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)
    deadlocks: int = 0
    _held: dict[str, frozenset[str]] = field(default_factory=dict)
    _holders: dict[str, set[str]] = field(default_factory=dict)

    def place(self, robot: str, nodes: Sequence[str], at: int = 0, granted: int | None = None) -> None:
        """Take note of where a robot is and what it may already drive, whoever else holds it.

        :param granted: index in `nodes` of the end of its base; None: all of it.
        """
        end = len(nodes) - 1 if granted is None else granted
        self.walks[robot] = Walk(tuple(nodes), at=at, granted=end, gate=end, tail=at)
        self.waits.pop(robot, None)
        self._hold(robot)

    def remove(self, robot: str) -> None:
        """Staff took the robot off the floor."""
        self.walks.pop(robot, None)
        self.waits.pop(robot, None)
        self._hold(robot)

    def send(self, robot: str, nodes: Sequence[str], gate: int) -> None:
        """Give a robot a way to drive. What it holds stays held; the rest is granted by `advance`.

        :param nodes: agrees with the present way up to its `granted` node.
        """
        walk = self.walks[robot]
        if tuple(nodes[: walk.granted + 1]) != walk.nodes[: walk.granted + 1]:
            raise ValueError(f"{robot}: a new way must keep what was granted")
        walk.nodes, walk.gate = tuple(nodes), max(gate, walk.granted)
        self.waits.pop(robot, None)

    def open_gate(self, robot: str, gate: int) -> None:
        """Let it be granted as far as node index `gate`."""
        walk = self.walks[robot]
        walk.gate = max(gate, walk.granted)

    def progress(self, robot: str, at: int, position: tuple[float, float] | None) -> None:
        """The robot has passed node index `at`; release what it is physically clear of.

        :param position: metres; None where unknown, then one node behind stays held.
        """
        walk = self.walks[robot]
        walk.at = max(walk.at, min(at, walk.granted))
        while walk.tail < walk.at and self._clear_of_tail(walk, position):
            walk.tail += 1
        self._hold(robot)

    def _clear_of_tail(self, walk: Walk, position: tuple[float, float] | None) -> bool:
        if position is None:
            return walk.tail + 1 < walk.at
        node = self.conflicts.graph.nodes[walk.nodes[walk.tail]]
        return math.hypot(position[0] - node.x, position[1] - node.y) > CLEARANCE_M

    def advance(self, robot: str, now: float) -> bool:
        """Grant as much as is free and needed; whether anything was granted."""
        walk = self.walks[robot]
        before = walk.granted
        while walk.granted < walk.gate and self._ahead_m(walk) < AHEAD_M:
            end = self._stretch_end(walk)
            needed = self._resources(walk.nodes[walk.granted : end + 1])
            taken = self.taken(robot, needed)
            if taken:
                since = self.waits[robot].since if robot in self.waits and walk.granted == before else now
                owners = frozenset(o for name in taken for o in self._holders[name] if o != robot)
                self.waits[robot] = Wait(owners, taken, since)
                break
            walk.granted = end
            self._hold(robot)
            self.waits.pop(robot, None)
        if walk.granted == walk.gate:
            self.waits.pop(robot, None)
        return walk.granted > before

    def taken(self, robot: str, needed: Iterable[str]) -> frozenset[str]:
        """Resources others hold that are, or conflict with, what `robot` needs."""
        names = {other for name in needed for other in (name, *self.conflicts.of.get(name, ()))}
        return frozenset(name for name in names if self._holders.get(name, set()) - {robot})

    def held(self, robot: str) -> frozenset[str]:
        """What a robot holds now."""
        return self._held.get(robot, frozenset())

    def holders(self, resource: str) -> frozenset[str]:
        """Who holds a resource (more than one only where robots were placed so)."""
        return frozenset(self._holders.get(resource, ()))

    def stuck(self) -> list[tuple[str, ...]]:
        """Deadlocks: rings of robots that stand at the end of their base, each waiting for the next."""
        waiting = {r: w.robots for r, w in self.waits.items() if r in self.walks and self.walks[r].ended}
        return find_rings(waiting)

    def closed_for(self, robot: str) -> set[str]:
        """Nodes and lanes `robot` cannot enter now, as `LaneGraph.route` takes them."""
        blocked: set[str] = set()
        for name, owners in self._holders.items():
            if owners - {robot}:
                blocked.update({name, *self.conflicts.of.get(name, ())})
        return {name[2:] for name in blocked}

    def crowding(self, robot: str, seconds: float) -> dict[str, float]:
        """Extra cost of lanes into nodes others hold, for choosing a way around."""
        counts: Counter[str] = Counter()
        for name, owners in self._holders.items():
            if name.startswith("n:") and owners - {robot}:
                counts.update(lane.id for lane in self.conflicts.graph.in_lanes(name[2:]))
        return {lane: seconds * count for lane, count in counts.items()}

    def refuge(self, robot: str) -> tuple[str, ...]:
        """A free way from the end of the base to the nearest node where `robot` would not be in the way.

        :returns: node ids without the first; empty where there is none.
        """
        graph, closed = self.conflicts.graph, self.closed_for(robot)
        start = self.walks[robot].nodes[self.walks[robot].granted]
        wanted = {name for other, wait in self.waits.items() if other != robot for name in wait.resources}
        for node in sorted(times := graph.distances_from(start), key=times.__getitem__)[:400]:
            names = set(self.conflicts.standing(node))
            near = names.union(*(self.conflicts.of.get(name, frozenset()) for name in names))
            if node == start or node in closed or node not in self.conflicts.stoppable or near & wanted:
                continue
            try:
                return graph.route(start, node, closed=closed).nodes[1:]
            except NoRoute:
                continue
        return ()

    def _ahead_m(self, walk: Walk) -> float:
        ahead = walk.nodes[walk.at : walk.granted + 1]
        return sum(self.conflicts.graph.lane_between(a, b).length_m for a, b in itertools.pairwise(ahead))

    def _stretch_end(self, walk: Walk) -> int:
        last = min(walk.gate, walk.granted + LONGEST_STRETCH)
        for index in range(walk.granted + 1, last):
            if walk.nodes[index] in self.conflicts.stoppable:
                return index
        return last

    def _resources(self, nodes: Sequence[str]) -> frozenset[str]:
        lanes = [self.conflicts.graph.lane_between(a, b) for a, b in itertools.pairwise(nodes)]
        held = [*self.conflicts.standing(nodes[0])]
        for lane in lanes:
            held.extend(self.conflicts.step(lane.id))
        return frozenset(held)

    def _hold(self, robot: str) -> None:
        walk = self.walks.get(robot)
        new = self._resources(walk.nodes[walk.tail : walk.granted + 1]) if walk else frozenset()
        old = self._held.get(robot, frozenset())
        for name in old - new:
            self._holders[name].discard(robot)
            if not self._holders[name]:
                del self._holders[name]
        for name in new - old:
            self._holders.setdefault(name, set()).add(robot)
        self._held[robot] = new


def find_rings(waiting: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Cycles of a wait-for graph, each robot in at most one of them.

    :param waiting: who waits for whom.
    """
    rings: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in sorted(waiting):
        path: list[str] = []
        ring = _walk_ring(start, waiting, path, set(), done)
        if ring:
            rings.append(ring)
            done.update(ring)
    return rings


def _walk_ring(
    robot: str, waiting: Mapping[str, Iterable[str]], path: list[str], seen: set[str], done: set[str]
) -> tuple[str, ...]:
    if robot in path:
        return tuple(path[path.index(robot) :])
    if robot in seen or robot in done or robot not in waiting:
        return ()
    seen.add(robot)
    path.append(robot)
    for other in sorted(waiting[robot]):
        if ring := _walk_ring(other, waiting, path, seen, done):
            return ring
    path.pop()
    return ()
