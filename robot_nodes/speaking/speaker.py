"""One thread that speaks one line after the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from robot_nodes.speaking.errors import SpeakingError
from robot_nodes.speaking.outputs import Output
from robot_nodes.speaking.voices import Voice

__all__ = ["Line", "Speaker"]

_QUEUED = 20
"""Lines; older ones are dropped: nobody wants to hear the news of two minutes ago."""

_log = structlog.get_logger("speaking")


@dataclass(frozen=True, slots=True)
class Line:
    """Something to say."""

    text: str
    language: str
    act: str = "inform"
    interrupt: bool = False
    """Stop what is being said, and forget what waits."""


class Speaker:
    """Queue, voice and outputs. `close` it in the end."""

    def __init__(
        self, voice: Voice, outputs: Sequence[Output], problem: Callable[[SpeakingError], None] | None = None
    ) -> None:
        """:param problem: told, from the thread, what went wrong with a line; the next line is tried anyway."""
        self._voice = voice
        self._outputs = tuple(outputs)
        self._problem = problem
        self._lines: deque[Line] = deque(maxlen=_QUEUED)
        self._changed = threading.Condition()
        self._interrupted = threading.Event()
        self._closing = False
        self._busy = False
        self.spoken = 0
        self._thread = threading.Thread(target=self._run, name="speaking", daemon=True)
        self._thread.start()

    def say(self, line: Line) -> None:
        """Queue a line; returns at once. Blank lines are nothing to say."""
        if not line.text.strip():
            return
        with self._changed:
            if line.interrupt:
                self._lines.clear()
                self._interrupted.set()
            self._lines.append(line)
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Until nothing is said or waits; False if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._lines and not self._busy, timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop speaking and end the thread."""
        with self._changed:
            self._closing = True
            self._lines.clear()
            self._interrupted.set()
            self._changed.notify_all()
        self._thread.join(timeout_s)
        for output in self._outputs:
            output.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._lines) or self._closing)
                if self._closing:
                    return
                line = self._lines.popleft()
                self._interrupted.clear()
                self._busy = True
            self._speak(line)

    def _speak(self, line: Line) -> None:
        try:
            samples, rate = self._voice.speak_to_wav(line.text, line.language)
            for output in self._outputs:
                if self._interrupted.is_set():
                    return
                output.play(samples, rate, f"{line.act}-{line.language}", self._interrupted)
            self.spoken += 1
        except SpeakingError as error:
            if self._problem:
                self._problem(error)
