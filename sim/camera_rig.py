"""The cameras of one simulated robot: who stands where, which way they face and what they wear, picture by picture."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from maps.markers import boards_of
from maps.venue import Venue
from sim.camera import Badge, Camera, CameraSpec, Image, Scene
from sim.camera_boards import Board, tag
from sim.camera_people import Wardrobe
from sim.world import World

__all__ = ["CAMERAS", "EVERY", "FRONT", "REAR", "Rig", "boards_in"]

FRONT, REAR = CameraSpec(), CameraSpec(yaw=math.pi)
_LOW = {"camera": FRONT, "rear_camera": REAR}
CAMERAS: Mapping[str, Mapping[str, CameraSpec]] = {
    "off": {},
    "low": _LOW,
    "high": {name: replace(spec, width=640, height=480) for name, spec in _LOW.items()},
}
"""The simulator's option `cameras` -> topic prefix -> what looks where."""
EVERY = 4
"""Steps of the world from picture to picture: 5 Hz."""
_WALKS = 0.2
"""Who moves faster than this, m/s, faces where they go."""


class Rig:
    """`pictures` whenever they are due."""

    def __init__(
        self,
        world: World,
        robot: int,
        cameras: Mapping[str, CameraSpec],
        boards: Sequence[Board] = (),
        badges: Mapping[int, Badge] | None = None,
    ) -> None:
        """:param cameras: topic prefix -> what looks where. `badges`: person -> what they wear on the chest."""
        self._world, self._robot, self._boards, self._badges = world, robot, tuple(boards), badges or {}
        # Clothes and light belong to the world: the same for every robot.
        self._cameras = {name: Camera(world.fields, spec, world.seed) for name, spec in cameras.items()}
        count = len(world.crowd.mode)
        self._clothes = Wardrobe.seeded(count, world.seed)
        self._idle = np.random.default_rng(world.seed).uniform(-math.pi, math.pi, count)

    @property
    def specs(self) -> Mapping[str, CameraSpec]:
        """The cameras' data sheets by name."""
        return {name: camera.spec for name, camera in self._cameras.items()}

    @property
    def due(self) -> bool:
        return self._world.clock.steps % EVERY == 0

    def pictures(self, wanted: Collection[str] | None = None) -> Iterator[tuple[str, CameraSpec, Image]]:
        """What each camera sees now: its name, its data sheet, shape (height, width, 3), red, green, blue.

        :param wanted: names of the cameras somebody looks at; None: all. The others cost nothing.
        """
        cameras = {name: it for name, it in self._cameras.items() if wanted is None or name in wanted}
        if not cameras:
            return
        world, robot = self._world, self._robot
        scene = Scene(
            people=world.crowd.position,
            headings=self._headings(),
            clothes=self._clothes,
            badges=self._badges,
            robots=self._others(),
            boards=self._boards,
        )
        for name, camera in cameras.items():
            yield name, camera.spec, camera.frame(world.pose(robot), scene, float(world.drives.w[robot]))

    def _headings(self) -> NDArray[np.float64]:
        """Who walks faces ahead, who belongs to a robot faces it, others look somewhere."""
        crowd, drives = self._world.crowd, self._world.drives
        own = crowd.own
        dx, dy = drives.x[own] - crowd.position[:, 0], drives.y[own] - crowd.position[:, 1]
        standing = np.where(own >= 0, np.arctan2(dy, dx), self._idle)
        walking = np.hypot(crowd.velocity[:, 0], crowd.velocity[:, 1]) > _WALKS
        return np.where(walking, np.arctan2(crowd.velocity[:, 1], crowd.velocity[:, 0]), standing)

    def _others(self) -> NDArray[np.float64]:
        drives, radius = self._world.drives, self._world.limits.radius
        found = np.column_stack((drives.x, drives.y, np.full(len(drives), radius)))
        return np.delete(found, self._robot, axis=0)


def boards_in(venue: Venue) -> tuple[Board, ...]:
    """The venue's boards, printed."""
    return tuple(
        Board(x=it.x, y=it.y, z=it.z, yaw=it.yaw, side_m=it.side_m, prints=tag(it.number))
        for it in boards_of(venue).values()
    )
