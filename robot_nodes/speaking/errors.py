"""What can go wrong in this room."""

from __future__ import annotations

__all__ = ["NoOutput", "NoVoice", "SpeakingError"]


class SpeakingError(Exception):
    """Base of this room's errors; each message is one line that says what to do."""


class NoVoice(SpeakingError):
    """Nothing can turn text into sound, or not in this language, or it failed."""


class NoOutput(SpeakingError):
    """The folder or device that should get the sound cannot."""
