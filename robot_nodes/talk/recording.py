"""A recording, as a microphone would have delivered it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from robot_nodes.errors import RobotError

BLOCK_S = 0.1


@dataclass(frozen=True, slots=True)
class Recording:
    """16-bit sound, shape (frames, channels)."""

    samples: NDArray[np.int16]
    rate: int
    """Frames per second."""

    @classmethod
    def read(cls, path: Path) -> Recording:
        """:raises RobotError: if it is no sound file libsndfile reads, or an empty one."""
        try:
            samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
        except (soundfile.LibsndfileError, OSError) as error:
            why = "no such file" if not path.exists() else str(error).rpartition(": ")[2]
            raise RobotError(f"{path}: {why}; give a WAV or FLAC file") from None
        if not len(samples):
            raise RobotError(f"{path}: there is no sound in it")
        return cls(samples, int(rate))

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def blocks(self) -> Iterator[tuple[NDArray[np.int16], bool]]:
        """Interleaved samples of 0.1 s each, and whether it is the last."""
        frames = max(1, round(BLOCK_S * self.rate))
        for first in range(0, len(self.samples), frames):
            block = self.samples[first : first + frames]
            yield block.reshape(-1), first + frames >= len(self.samples)
