"""What staff should know about this robot's ears, without ROS types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robot_nodes.hearing.live import Status
    from robot_nodes.hearing.sources import Trouble

__all__ = ["Health", "stream_values"]

_SILENT_DBFS = -90.0
"""Below this a channel delivers nothing: a live microphone's own noise is louder."""


@dataclass(slots=True)
class Health:
    """Counts what went well and remembers the last of each problem."""

    heard: int = 0
    typed: int = 0
    not_understood: int = 0
    ignored: int = 0
    """Understood, but not said to the robot."""
    bad_blocks: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    """What it is about (a language, "microphone", "audio") -> one line."""

    def report(self, about: str, line: str) -> bool:
        """Note a problem; True if it is new, and so worth a line in the log."""
        new = self.problems.get(about) != line
        self.problems[about] = line
        return new

    def clear(self, about: str) -> bool:
        """That problem is over; True if there was one."""
        return self.problems.pop(about, None) is not None

    @property
    def good(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

    @property
    def summary(self) -> str:
        """One line."""
        return "hears and reads" if self.good else "; ".join(self.problems.values())

    def values(self) -> dict[str, str]:
        """Key -> value, as diagnostics show them."""
        counts = {
            "heard": self.heard,
            "typed": self.typed,
            "not_understood": self.not_understood,
            "ignored": self.ignored,
            "bad_blocks": self.bad_blocks,
        }
        return {key: str(value) for key, value in counts.items()}


def stream_values(status: Status, trouble: Trouble) -> Mapping[str, str]:
    """What diagnostics show of a live stream."""
    values = {
        "overruns": str(trouble.overruns),
        "lost": str(trouble.lost),
        "bad_packets": str(trouble.bad),
        "reopened": str(trouble.reopened),
        "realtime_factor": f"{status.rtf:.3f}",
        "heard_s": f"{status.heard_s:.1f}",
    }
    values |= {f"level_{channel}_dbfs": f"{level:.1f}" for channel, level in enumerate(status.levels_dbfs)}
    if status.processed is not None:
        values |= {
            "beam": status.processed.beam,
            "dead_channels": ",".join(str(index) for index in dead_channels(status)) or "none",
            "noise_dbfs": f"{status.processed.noise_dbfs:.1f}",
        }
    return values


def dead_channels(status: Status) -> tuple[int, ...]:
    """Microphones the front end does not use, and channels that deliver nothing at all."""
    silent = {channel for channel, level in enumerate(status.levels_dbfs) if level < _SILENT_DBFS}
    return tuple(sorted(silent | set(status.processed.dead if status.processed else ())))
