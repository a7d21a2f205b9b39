"""Where on the whole floor could a scan have been taken? Answered in slices, so that no scan waits for it.

First a sweep: every place a robot can stand at, every direction, each scored by how near its returns lie to walls on a
coarse copy of the floor (Olson, "Real-Time Correlative Scan Matching", 2009: a low-resolution pass that keeps what a
high-resolution one must look at). Poses that a part of the returns already rules out are left early. Then the best are
settled by the scan matcher and judged beam by beam. What is left are all places that look alike: which of them it is,
only the particles can tell, as the robot moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robot_nodes.navigation.belief import Evidence, beams_of, judged
from robot_nodes.navigation.geometry import Points, Pose2D, wrapped
from robot_nodes.navigation.particles_match import MatchSettings, settled
from robot_nodes.navigation.particles_walls import Walls

__all__ = ["Candidate", "Search", "SearchSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """How finely to look, and how much of it in one slice."""

    headings: int = 80
    beams: int = 48
    first: int = 12
    """Of the beams, those looked at before a pose is given up."""
    hope: float = 0.12
    """A pose is given up when its first beams score this much less than what is wanted; halfway there, 1.4 times so."""
    tolerance: float = 0.6
    """Metres from a wall at which a return scores nothing in the sweep."""
    kept: int = 900
    """Poses of the sweep that are settled."""
    sweep_slice: int = 2400
    """Places of one slice, where the floor is not so large that there would be more than `sweep_slices`."""
    sweep_slices: int = 45
    sweep_most: int = 16000
    """Places of one slice on the largest floors: about 20 ms."""
    settle_slice: int = 60
    worse: float = 0.2
    """A candidate's evidence may be this much less than the best one's."""
    apart_m: float = 0.4
    apart_rad: float = 0.2
    most: int = 96
    """Candidates told."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place the scan may have been taken at."""

    pose: Pose2D
    evidence: Evidence


class Search:
    """One search for one scan: `step` until `candidates` is there."""

    def __init__(
        self, walls: Walls, points: Points, odom: Pose2D, reach_m: float, settings: SearchSettings | None = None
    ) -> None:
        """:param points: returns, shape (n, 2), metres, base frame, in the order of the beams; at least 5.

        :param odom: the base in frame odom when they were taken; kept for whoever reads the outcome.
        """
        s = self._settings = settings or SearchSettings()
        self.odom = odom
        self._walls, self._points = walls, points
        self._beams = beams_of(points, 120, reach_m)
        self._thin = _spread(points, s.beams)
        n = len(walls.standing)
        self._best = np.zeros((n, 4), np.float32)
        self._heading = np.zeros((n, 4), np.int16)
        self._histogram = np.zeros(256, np.int64)
        self._table = np.clip(1.0 - np.arange(256) * 0.01 / s.tolerance, 0.0, 1.0).astype(np.float32)
        self._next = 0
        self._chosen: NDArray[np.float64] | None = None
        self._settled: list[Candidate] = []
        self.candidates: list[Candidate] | None = None
        """The places that look like it, best first; None while still looking."""

    def step(self) -> bool:
        """One slice; true when there are candidates."""
        if self.candidates is None:
            if self._chosen is None:
                self._sweep()
            else:
                self._settle()
        return self.candidates is not None

    def _sweep(self) -> None:
        s, walls = self._settings, self._walls
        n = len(walls.standing)
        whole = max(s.sweep_slice, min(s.sweep_most, math.ceil(n / s.sweep_slices)))
        # As long as little has been seen nothing is given up early, and places take five times as long.
        last = min(self._next + min(whole, max(s.sweep_slice, self._next)), n)
        _sweep(
            walls.coarse, walls.field.origin_x, walls.field.origin_y, walls.coarse_m, walls.standing, self._next, last,
            self._thin, self._table, s.headings, s.first, s.hope, 4 * s.kept, self._histogram, self._best,
            self._heading,
        )  # fmt: skip
        self._next = last
        if last == n:
            self._choose()

    def _choose(self) -> None:
        """The best poses of the sweep, none beside a better one."""
        s = self._settings
        flat = self._best.ravel()
        most = min(4 * s.kept, len(flat))
        order = np.argpartition(-flat, most - 1)[:most]
        order = order[np.argsort(-flat[order], kind="stable")]
        order = order[flat[order] > 0.0]
        places = self._walls.standing[order // 4]
        angles = self._heading.ravel()[order] * (2.0 * math.pi / s.headings)
        poses = np.column_stack((places, angles))
        self._chosen = poses[_apart(poses, 3.0 * self._walls.coarse_m, 0.3, s.kept)]
        self._next = 0
        self._best, self._heading = np.zeros((0, 4), np.float32), np.zeros((0, 4), np.int16)

    def _settle(self) -> None:
        s, chosen = self._settings, self._chosen
        assert chosen is not None
        last = min(self._next + s.settle_slice, len(chosen))
        for x, y, yaw in chosen[self._next : last]:
            pose = settled(self._walls.field, self._thin, Pose2D(x, y, wrapped(yaw)), MatchSettings())
            if pose.finite and self._walls.fits(pose.x, pose.y):
                self._settled.append(Candidate(pose, judged(self._walls, pose, self._beams)))
        self._next = last
        if last == len(chosen):
            self._finish()

    def _finish(self) -> None:
        s = self._settings
        found = sorted(self._settled, key=lambda it: -it.evidence.worth)
        if found:
            found = [it for it in found if it.evidence.worth > found[0].evidence.worth - s.worse]
            poses = np.array([(it.pose.x, it.pose.y, it.pose.yaw) for it in found])
            found = [found[i] for i in _apart(poses, s.apart_m, s.apart_rad, s.most)]
        self.candidates = found


def _spread(points: Points, count: int) -> Points:
    """At most `count` points, every second half of them before the other: the first few already say something."""
    thin = points[np.linspace(0, len(points) - 1, min(count, len(points))).astype(int)]
    order = np.argsort(np.arange(len(thin)) * 0.6180339887 % 1.0, kind="stable")
    return np.ascontiguousarray(thin[order])


@njit(cache=True)
def _sweep(
    coarse: Any, x0: float, y0: float, cell: float, places: Any, begin: int, end: int, points: Any, table: Any,
    headings: int, first: int, hope: float, wanted: int, histogram: Any, best: Any, best_heading: Any,
) -> None:  # fmt: skip
    """For places begin..end: the best score (0..1) and its heading in each quarter of the circle.

    `histogram` counts scores over 0..1 as they come; `wanted` of them above tell what is worth finishing.
    """
    rows, columns = coarse.shape
    n = points.shape[0]
    turned = np.empty((headings, n, 2), np.float32)
    for k in range(headings):
        c, s = math.cos(2.0 * math.pi * k / headings), math.sin(2.0 * math.pi * k / headings)
        for i in range(n):
            turned[k, i, 0] = (c * points[i, 0] - s * points[i, 1]) / cell
            turned[k, i, 1] = (s * points[i, 0] + c * points[i, 1]) / cell
    above = 0
    level = 255
    while level > 0 and above + histogram[level] < wanted:
        above += histogram[level]
        level -= 1
    least = level / 255.0
    half = first // 2
    for p in range(begin, end):
        u, v = np.float32((places[p, 0] - x0) / cell), np.float32((places[p, 1] - y0) / cell)
        for k in range(headings):
            score = np.float32(0.0)
            given_up = False
            for i in range(n):
                # Truncation puts what is less than one cell outside into the first cell: no harm in a sweep.
                c, r = int(u + turned[k, i, 0]), int(v + turned[k, i, 1])
                if 0 <= c < columns and 0 <= r < rows:
                    score += table[coarse[r, c]]
                if (i == half - 1 and score < (least - 1.4 * hope) * half) or (
                    i == first - 1 and score < (least - hope) * first
                ):
                    given_up = True
                    break
            if given_up:
                continue
            score /= n
            quarter = 4 * k // headings
            if score > best[p, quarter]:
                best[p, quarter] = score
                best_heading[p, quarter] = k
        for q in range(4):
            histogram[min(255, int(best[p, q] * 255.0))] += 1


@njit(cache=True)
def _apart(poses: Any, metres: float, radians: float, most: int) -> Any:
    """Indices of at most `most` poses, in their order, none as near as this to one before it."""
    kept = np.empty(most, np.int64)
    count = 0
    for i in range(poses.shape[0]):
        near = False
        for j in range(count):
            other = poses[kept[j]]
            if abs(poses[i, 0] - other[0]) < metres and abs(poses[i, 1] - other[1]) < metres:
                turn = (poses[i, 2] - other[2] + math.pi) % (2.0 * math.pi) - math.pi
                if abs(turn) < radians:
                    near = True
                    break
        if not near:
            kept[count] = i
            count += 1
            if count == most:
                break
    return kept[:count]
