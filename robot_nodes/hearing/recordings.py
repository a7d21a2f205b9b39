"""Recordings of a whole array, sent block by block: each through a front end of its own, on to the listener."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Full, Queue
from typing import TYPE_CHECKING

import numpy as np
import structlog

from robot_nodes.hearing.ears import circular_median
from robot_nodes.hearing.errors import HearingError
from robot_nodes.hearing.resample import Resampler
from robot_nodes.hearing.sources import RATE, Block, Samples, as_frames

if TYPE_CHECKING:
    from robot_nodes.hearing.frontend import FrontEnd, Processed

__all__ = ["ArrayRecordings", "Piece", "Whence"]

_QUEUED = 600
"""Blocks that may wait (a minute of recordings sent as fast as they were spoken)."""
_AT_ONCE = 8
_VOICED = 0.5

_log = structlog.get_logger("hearing")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of one recording."""

    utterance_id: str
    frames: Samples
    """Shape (n, channels)."""
    rate: int
    """Samples per second and channel."""
    language: str = ""
    last: bool = False


@dataclass(frozen=True, slots=True)
class Whence:
    """Where the voice of a recording came from, and how clear it was."""

    direction: float | None
    """rad, base_link, counter-clockwise."""
    snr_db: float | None


@dataclass(slots=True)
class _Recording:
    front: FrontEnd
    resampler: Resampler
    language: str
    directions: list[float] = field(default_factory=list)
    snrs: list[float] = field(default_factory=list)


class ArrayRecordings:
    """Owns a thread, which is started by the first block; `close` it in the end."""

    def __init__(
        self,
        make: Callable[[int], FrontEnd],
        hear: Callable[[str, Block, bool, str, Whence | None], None],
        problem: Callable[[HearingError], None],
    ) -> None:
        """:param make: a front end for so many channels.
        :param hear: takes utterance id, clean sound, whether it is the last, language, and at the last also `Whence`.
        :param problem: told what could not be used. All are called from the thread.
        """
        self.dropped = 0
        self._make = make
        self._hear = hear
        self._problem = problem
        self._queue: Queue[Piece | None] = Queue(_QUEUED)
        self._recordings: dict[str, _Recording] = {}
        self._thread: threading.Thread | None = None

    def put(self, piece: Piece) -> None:
        """Queue a block; returns at once. Dropped when too many wait."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="array recordings", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(piece)
        except Full:
            self.dropped += 1

    def close(self, timeout_s: float = 5.0) -> None:
        """End the thread; what waits is not heard any more."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put(None)
        thread.join(timeout_s)

    def _run(self) -> None:
        while (piece := self._queue.get()) is not None:
            try:
                self._take(piece)
            except HearingError as error:
                self._recordings.pop(piece.utterance_id, None)
                self._problem(error)
        self._recordings.clear()

    def _take(self, piece: Piece) -> None:
        name = piece.utterance_id
        if name not in self._recordings:
            if len(self._recordings) >= _AT_ONCE:
                self._finish(next(iter(self._recordings)), [])
            channels = piece.frames.shape[1]
            resampler = Resampler(piece.rate, RATE, channels)
            self._recordings[name] = _Recording(self._make(channels), resampler, piece.language)
        recording = self._recordings[name]
        processed = recording.front.process(recording.resampler.push(as_frames(piece.frames)), None)
        if not piece.last:
            self._pass_on(name, recording, processed)
            return
        self._finish(name, [*processed, *recording.front.flush()])

    def _pass_on(self, name: str, recording: _Recording, processed: list[Processed]) -> None:
        for part in processed:
            _note(recording, part)
            if len(part.samples):
                self._hear(name, _block(part), False, recording.language, None)

    def _finish(self, name: str, processed: list[Processed]) -> None:
        recording = self._recordings.pop(name)
        self._pass_on(name, recording, processed)
        whence = Whence(
            circular_median(recording.directions), float(np.median(recording.snrs)) if recording.snrs else None
        )
        self._hear(name, Block(np.zeros(0, np.int16), RATE), True, recording.language, whence)


def _note(recording: _Recording, part: Processed) -> None:
    if not len(part.voice) or float(np.max(part.voice)) < _VOICED:
        return
    if part.direction is not None:
        recording.directions.append(part.direction)
    if part.snr_db is not None:
        recording.snrs.append(part.snr_db)


def _block(part: Processed) -> Block:
    return Block(np.clip(np.rint(part.samples * 32767.0), -32768, 32767).astype(np.int16), RATE)
