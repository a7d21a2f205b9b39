"""When a visitor's voice makes the robot fall silent. Pure: the time is told."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BargeIn"]


@dataclass(slots=True)
class BargeIn:
    """Hearing's `voice_activity`, at every change and twice a second.

    A voice that begins while the robot speaks is an interruption at once. One that was there before the robot began is
    the end of the very sentence that is answered, for as long as `tail_s`; then it is somebody who goes on speaking.
    """

    tail_s: float = 0.6
    _voice: bool = False
    _before: bool = False
    _began_s: float = 0.0

    def robot_begins(self, now_s: float) -> None:
        """The robot begins a line."""
        self._before, self._began_s = self._voice, now_s

    def hear(self, voice: bool, speaking: bool, now_s: float) -> bool:
        """A message came while the robot does or does not speak. :returns: whether it is to fall silent."""
        self._voice = voice
        if not voice:
            self._before = False
        return voice and speaking and (not self._before or now_s - self._began_s > self.tail_s)
