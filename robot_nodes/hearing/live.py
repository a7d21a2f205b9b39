"""A thread that listens: takes sound from a source, runs it through `Ears`, and tells what they heard."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import structlog

from robot_nodes.hearing.ears import Ears, Telling
from robot_nodes.hearing.errors import HearingError
from robot_nodes.hearing.sources import RATE, Frames, Source

if TYPE_CHECKING:
    from robot_nodes.hearing.frontend import Processed

__all__ = ["LiveEars", "Reference", "Status"]

_READ_S = 0.2
_PIECE = RATE // 10
"""Samples heard at once, however many wait: a failure costs no more."""
_MOST_REFERENCE_S = 0.5
_AVERAGED_S = 10.0
"""Time constant of the real-time factor."""
_LIVELY_S = 5.0
"""How long `close` waits for the thread."""

_log = structlog.get_logger("hearing")

Mono = npt.NDArray[np.float32]


class Reference:
    """What the loudspeaker plays, handed out in step with what the microphones deliver."""

    def __init__(self, most_s: float = _MOST_REFERENCE_S) -> None:
        """:param most_s: more than that is behind the microphones for good: the oldest is dropped."""
        self._most = round(most_s * RATE)
        self._waiting: deque[Mono] = deque()
        self._held = 0
        self._lock = threading.Lock()

    def put(self, samples: Mono) -> None:
        """:param samples: shape (n,), 16 kHz, full scale 1.0."""
        with self._lock:
            self._waiting.append(samples)
            self._held += len(samples)
            while self._held > self._most and len(self._waiting) > 1:
                self._held -= len(self._waiting.popleft())

    def take(self, count: int) -> Mono | None:
        """The next `count` samples, with silence for what is missing; None where nothing is being played."""
        with self._lock:
            if not self._waiting:
                return None
            taken = np.zeros(count, np.float32)
            filled = 0
            while filled < count and self._waiting:
                block = self._waiting.popleft()
                part = block[: count - filled]
                taken[filled : filled + len(part)] = part
                filled += len(part)
                if len(part) < len(block):
                    self._waiting.appendleft(block[len(part) :])
            self._held -= filled
            return taken


@dataclass(frozen=True, slots=True)
class Status:
    """How listening goes, for diagnostics."""

    levels_dbfs: tuple[float, ...] = ()
    """Of each channel of the device, over the last block."""
    processed: Processed | None = None
    rtf: float = 0.0
    """Work per second of sound, over about the last ten seconds."""
    heard_s: float = 0.0


class LiveEars:
    """Owns its thread and its source; `close` it in the end."""

    def __init__(
        self,
        source: Source,
        make: Callable[[], Ears],
        tell: Callable[[Telling], None],
        problem: Callable[[HearingError], None],
        *,
        ended: Callable[[], None] | None = None,
        name: str = "ears",
    ) -> None:
        """:param make: called once, in the thread: loading models takes seconds.
        :param tell: called from the thread, as all the others.
        :param problem: listening has failed for good, or once.
        :param ended: the source is over.
        """
        self.source = source
        self.status = Status()
        self._make = make
        self._tell = tell
        self._problem = problem
        self._ended = ended
        self._reference = Reference()
        self._presses: deque[bool] = deque(maxlen=16)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def played(self, samples: Mono) -> None:
        """What the loudspeaker plays now, shape (n,), 16 kHz."""
        self._reference.put(samples)

    def press(self, pressed: bool) -> None:
        """The push-to-talk button."""
        self._presses.append(pressed)

    def close(self) -> None:
        """End the thread and free the source; nothing is told afterwards."""
        self._stopping.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(_LIVELY_S)
        self.source.close()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            ears = self._make()
        except HearingError as error:
            self._problem(error)
            return
        try:
            while not self._stopping.is_set() and self._step(ears):
                pass
        finally:
            ears.free()
            if self._ended and not self._stopping.is_set():
                self._ended()

    def _step(self, ears: Ears) -> bool:
        """One block; False: the source is over."""
        try:
            block = self.source.read(_READ_S)
        except EOFError:
            self._tell_all(ears.close())
            return False
        except HearingError as error:
            self._problem(error)
            return False
        while self._presses:
            self._tell_all(ears.press(self._presses.popleft()))
        for start in range(0, 0 if block is None else len(block), _PIECE):
            if block is not None and not self._stopping.is_set():
                self._hear(ears, block[start : start + _PIECE])
        return True

    def _hear(self, ears: Ears, block: Frames) -> None:
        began = time.perf_counter()
        try:
            told = ears.hear(block, self._reference.take(len(block)))
        except Exception as error:  # Vosk raises plain Exception; one bad utterance must not make the robot deaf
            _log.exception("listening failed")
            ears.reset()
            self._problem(HearingError(f"listening failed: {error}"))
            return
        self._note(block, ears, time.perf_counter() - began)
        self._tell_all(told)

    def _tell_all(self, told: list[Telling]) -> None:
        for telling in told:
            if not self._stopping.is_set():
                self._tell(telling)

    def _note(self, block: Frames, ears: Ears, spent_s: float) -> None:
        duration_s = len(block) / RATE
        share = min(1.0, duration_s / _AVERAGED_S)
        rtf = self.status.rtf + share * (spent_s / duration_s - self.status.rtf)
        power = np.mean(np.square(block, dtype=np.float64), axis=0)
        levels = tuple(float(value) for value in 10.0 * np.log10(power + 1e-12))
        self.status = Status(levels, ears.last, rtf, ears.heard_s)
