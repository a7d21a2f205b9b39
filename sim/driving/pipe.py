"""The robot's side of a closed loop: a process that reads sensors and writes commands, one JSON object a line.

The messages are documented in `robot_nodes/piped.py`; nothing of it is imported.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError
from sim.lidar import LidarSpec

__all__ = ["Answer", "RobotDied", "RobotPipe"]


class RobotDied(SimError):
    """The robot's process ended; its last words are in the message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the robot answered one odometry with; metres, radians, milliseconds of CPU."""

    v: float
    w: float
    pose: tuple[float, float, float]
    score: float | None
    remaining_m: float
    guide: str
    visitor: str
    visitor_at: tuple[float, float] | None
    """Where whoever it takes for the visitor was at the last look, frame map."""
    said: tuple[tuple[str, str, str], ...]
    """Act, id of the utterance it answers, text."""
    ended: tuple[tuple[int, str, int, str], ...]
    """Goals: id, how, error code, message."""
    localiser_ms: float | None
    controller_ms: float | None
    faults: int
    state: str
    """Of the localiser: certain, doubtful or lost."""

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Answer:
        v, w = found["command"]
        x, y, yaw = found["pose"]
        return cls(
            v=float(v),
            w=float(w),
            pose=(float(x), float(y), float(yaw)),
            score=found["score"],
            remaining_m=float(found["remaining_m"]),
            guide=str(found["guide"]),
            visitor=str(found["visitor"]),
            visitor_at=tuple(found["visitor_at"]) if found["visitor_at"] else None,
            said=tuple((str(a), str(b), str(c)) for a, b, c in found["said"]),
            ended=tuple((int(a), str(b), int(c), str(d)) for a, b, c, d in found["ended"]),
            localiser_ms=found["localiser_ms"],
            controller_ms=found["controller_ms"],
            faults=int(found["faults"]),
            state=str(found["state"]),
        )


class RobotPipe:
    """One robot's process, ended by `with`."""

    def __init__(self, venue: str, start: str) -> None:
        """:param venue: name or file of the plan.
        :param start: id of the station it is switched on at.
        """
        command = [sys.executable, "-m", "robot_nodes.piped", "--venue", venue, "--start", start]
        # A file, since nobody reads a pipe of log lines while the robot drives.
        self._open = ExitStack()
        self._log = self._open.enter_context(tempfile.TemporaryFile(mode="w+"))  # noqa: SIM115
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()
        self._open.close()

    def scan(self, t: float, ranges: NDArray[np.float32], lidar: LidarSpec) -> None:
        """:param ranges: shape (beams,), metres; inf where nothing is."""
        told = {
            "t": t,
            "angle_min": lidar.angle_min,
            "angle_increment": lidar.angle_increment,
            "range_min": lidar.range_min_m,
            "range_max": lidar.range_max_m,
            "ranges": base64.b64encode(ranges.astype(np.float32).tobytes()).decode(),
        }
        self._tell({"scan": told})

    def odometry(self, t: float, x: float, y: float, yaw: float) -> Answer:
        """The robot's answer to what its wheels report."""
        self._tell({"odom": [t, x, y, yaw]})
        return Answer.read(self._hear())

    def camera(self, name: str, width: int, height: int, k: NDArray[np.float64]) -> None:
        """Announce a camera: `camera` looks ahead, `rear_camera` back; `k` as in sensor_msgs/CameraInfo."""
        self._tell({"camera": name, "width": width, "height": height, "k": k.ravel().tolist()})

    def image(self, t: float, name: str, picture: NDArray[np.uint8]) -> None:
        """:param picture: shape (height, width, 3), red, green, blue; after the odometry of its time."""
        self._tell({"image": base64.b64encode(picture.tobytes()).decode(), "from": name, "t": t})

    def goal(self, number: int, x: float, y: float, yaw: float) -> None:
        self._tell({"goal": [x, y, yaw], "id": number})

    def guide_to(self, place: str, utterance_id: str, language: str = "zh") -> None:
        self._tell({"guide_to": place, "language": language, "utterance_id": utterance_id})

    def intent(self, name: str) -> None:
        """A visitor said something that names no place: stop, resume, cancel."""
        self._tell({"intent": name})

    def initialpose(self, x: float, y: float, yaw: float, metres: float = 0.3, radians: float = 0.1) -> None:
        """Tell the robot where it is, and how sure that is (standard deviations)."""
        self._tell({"initialpose": [x, y, yaw, metres, radians]})

    def plan(self, a: tuple[float, float, float], b: tuple[float, float, float]) -> dict[str, Any]:
        """The way between two poses, and how long it took to find."""
        self._tell({"plan": [a, b]})
        return self._hear()

    def weigh(self, particles: int, clusters: int) -> float:
        """Seconds of CPU that the localiser needs to move so many particles and to weigh them by the last scan."""
        self._tell({"weigh": [particles, clusters]})
        return float(self._hear()["seconds"])

    def _tell(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._died()
        found: dict[str, Any] = json.loads(line)
        return found

    def _died(self) -> RobotDied:
        self._process.communicate()
        self._log.seek(0)
        last = self._log.read().strip().splitlines()[-1:] or ["it said nothing"]
        return RobotDied(f"the robot's process ended with status {self._process.returncode}: {last[0]}")
