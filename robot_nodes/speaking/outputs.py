"""Where the sound goes: blocks of 20 ms, one after the other, so that it can stop at any of them."""

from __future__ import annotations

import re
import threading
import time
import wave
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Protocol

import numpy as np

from robot_nodes.speaking.errors import NoOutput
from robot_nodes.speaking.sound import RATE, Sound

__all__ = ["Output", "Pace", "Tap", "WavFolder", "pcm"]


class Output(Protocol):
    """Takes what is said, block by block. Called from the speaker's thread."""

    @property
    def paces(self) -> bool:
        """Whether `write` takes as long as the block lasts."""
        ...

    def begin(self, name: str) -> None:
        """A line begins. :raises NoOutput: it cannot be taken."""
        ...

    def write(self, block: Sound) -> None:
        """`block`, at most 20 ms. :raises NoOutput: it cannot be taken."""
        ...

    def end(self) -> None:
        """The line is over, or was cut off."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


def pcm(block: Sound) -> bytes:
    """16-bit little-endian samples."""
    return np.clip(np.round(block * 32767), -32768, 32767).astype("<i2").tobytes()


class WavFolder:
    """A file per line: 0001-arrived-zh.wav, ...; one that was cut off ends where it was."""

    paces = False

    def __init__(self, folder: Path) -> None:
        """:raises NoOutput: the folder cannot be made."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NoOutput(f"{folder}: cannot hold the WAV files ({error.strerror}); choose another wav_dir") from error
        self._folder = folder
        self._numbers = count(1 + sum(1 for _ in folder.glob("*.wav")))
        self._path = folder
        self._blocks: list[bytes] = []

    def begin(self, name: str) -> None:
        """See Output."""
        self._path = self._folder / f"{next(self._numbers):04d}-{re.sub(r'[^a-z0-9-]+', '-', name.lower())}.wav"
        self._blocks = []

    def write(self, block: Sound) -> None:
        """See Output."""
        self._blocks.append(pcm(block))

    def end(self) -> None:
        """Write the file: it is there when it is whole. :raises NoOutput: it cannot be written."""
        blocks, self._blocks = self._blocks, []
        if not blocks:
            return
        partial = self._path.with_suffix(".part")
        try:
            with wave.open(str(partial), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(b"".join(blocks))
            partial.replace(self._path)
        except OSError as error:
            raise NoOutput(f"{self._path}: cannot be written ({error.strerror})") from error

    def close(self) -> None:
        """Nothing is held."""


class Pace:
    """No loudspeaker: takes as long as one would, so that everything around a spoken line is as it would be."""

    paces = True

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
        ahead_s: float = 0.0,
    ) -> None:
        """:param ahead_s: blocks are taken that much early, as into a loudspeaker's buffer."""
        self._clock = clock
        self._wait = wait or threading.Event().wait
        self._ahead_s = ahead_s
        self._due = clock()

    def begin(self, name: str) -> None:
        """See Output."""
        self._due = self._clock()

    def write(self, block: Sound) -> None:
        """Return when the block is over."""
        self._due = max(self._due, self._clock() - len(block) / RATE) + len(block) / RATE
        left = self._due - self._ahead_s - self._clock()
        if left > 0:
            self._wait(left)

    def end(self) -> None:
        """See Output."""

    def close(self) -> None:
        """See Output."""


class Tap:
    """Hands each block on, such as to the echo canceller, at the moment it goes to the loudspeaker."""

    paces = False

    def __init__(self, take: Callable[[Sound, bool], None]) -> None:
        """:param take: gets a block, and whether the line is over (with an empty block)."""
        self._take = take

    def begin(self, name: str) -> None:
        """See Output."""

    def write(self, block: Sound) -> None:
        """See Output."""
        self._take(block, False)

    def end(self) -> None:
        """See Output."""
        self._take(np.zeros(0, np.float32), True)

    def close(self) -> None:
        """See Output."""
