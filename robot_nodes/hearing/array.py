"""Where a robot's microphones are, and which channel of the device is which."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from robot_nodes.hearing.errors import HearingError

__all__ = ["MicArray", "load_array"]

Positions = npt.NDArray[np.float64]

_RING = 6
_RING_RADIUS_M = 0.046
_FARTHEST_M = 2.0
"""No microphone of a robot is farther from its base than this; a bigger number is millimetres taken for metres."""
_MOST = 32
_KEYS = {"name", "reference", "microphones"}


@dataclass(frozen=True, slots=True, eq=False)
class MicArray:
    """The microphones of one robot."""

    name: str
    positions: Positions
    """Shape (n, 3), metres, in the axes of base_link: x forward, y left, z up; only differences matter."""
    channels: tuple[int, ...]
    """Which channel of the device microphone i is, from 0."""
    reference: int
    """Index into `positions` of the microphone that is listened to when the others do not help."""

    def __len__(self) -> int:
        return len(self.channels)


def load_array(path: Path | None, channels: int) -> MicArray:
    """The array of a file, or a built-in one for so many channels (1, or 6: a ring of 4.6 cm radius).

    :param channels: how many the device or the recording has.
    :raises HearingError: no built-in array has as many; or the file is not there, is wrong, or asks for more channels.
    """
    if path is None:
        return _built_in(channels)
    array = _read(path)
    most = max(array.channels)
    if most >= channels:
        raise HearingError(
            f"{path}: microphone on channel {most}, but the sound has {channels} (numbered from 0); "
            "correct 'channel', or choose another device or recording"
        )
    return array


def _built_in(channels: int) -> MicArray:
    if channels == 1:
        return MicArray("mono", np.zeros((1, 3)), (0,), 0)
    if channels != _RING:
        raise HearingError(
            f"{channels} channels: only 1 and {_RING} (a ring of {_RING_RADIUS_M * 100:.1f} cm radius) are known "
            "without a file; give the microphones' positions with --array FILE"
        )
    angles = np.arange(_RING) * (2 * math.pi / _RING)
    ring = _RING_RADIUS_M * np.stack([np.cos(angles), np.sin(angles), np.zeros(_RING)], axis=1)
    return MicArray("ring6", ring, tuple(range(_RING)), 0)


def _read(path: Path) -> MicArray:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise HearingError(f"{path}: cannot be read ({error.strerror}); give an array file with --array") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        why = " ".join(str(error).split())
        raise HearingError(f"{path}: not YAML ({why}); see docs for an example of an array file") from error
    if not isinstance(content, dict):
        raise HearingError(f"{path}: must be a mapping with name, reference and microphones")
    unknown = sorted(str(key) for key in content if key not in _KEYS)
    if unknown:
        raise HearingError(f"{path}: unknown key '{unknown[0]}'; known: {', '.join(sorted(_KEYS))}")
    microphones = content.get("microphones")
    if not isinstance(microphones, list) or not 1 <= len(microphones) <= _MOST:
        raise HearingError(f"{path}: microphones must be a list of 1 to {_MOST} entries {{channel, position}}")
    read = [_microphone(path, index, entry) for index, entry in enumerate(microphones)]
    return _checked(path, content, [channel for channel, _ in read], np.array([place for _, place in read]))


def _microphone(path: Path, index: int, entry: Any) -> tuple[int, list[float]]:
    where = f"{path}: microphones[{index}]"
    if not isinstance(entry, dict) or set(entry) != {"channel", "position"}:
        raise HearingError(f"{where} must be {{channel: 0, position: [x, y, z]}}")
    channel, position = entry["channel"], entry["position"]
    if not isinstance(channel, int) or isinstance(channel, bool) or channel < 0:
        raise HearingError(f"{where}.channel: {channel!r} is not a channel number (0 is the first)")
    numbers = isinstance(position, list) and all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in position
    )
    if not numbers or len(position) != 3:
        raise HearingError(f"{where}.position: {position!r} must be three numbers [x, y, z] in metres")
    if not all(math.isfinite(value) and abs(value) <= _FARTHEST_M for value in position):
        raise HearingError(f"{where}.position: {position!r} is farther than {_FARTHEST_M:.0f} m; positions are metres")
    return channel, [float(value) for value in position]


def _checked(path: Path, content: dict[str, Any], channels: list[int], positions: Positions) -> MicArray:
    twice = next((channel for channel in channels if channels.count(channel) > 1), None)
    if twice is not None:
        raise HearingError(f"{path}: channel {twice} is given to two microphones; each has its own")
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=2) + np.eye(len(positions))
    if apart.min() < 1e-3:
        first, second = (int(index) for index in np.unravel_index(int(apart.argmin()), apart.shape))
        raise HearingError(f"{path}: microphones {first} and {second} are at the same place; correct 'position'")
    reference = content.get("reference", 0)
    if not isinstance(reference, int) or isinstance(reference, bool) or not 0 <= reference < len(channels):
        raise HearingError(f"{path}: reference {reference!r} must be one of 0 to {len(channels) - 1}")
    name = content.get("name", path.stem)
    if not isinstance(name, str) or not name:
        raise HearingError(f"{path}: name {name!r} must be a text")
    return MicArray(name, positions, tuple(channels), reference)
