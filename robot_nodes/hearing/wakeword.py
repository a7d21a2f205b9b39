"""The robot's name, for halls where it must not listen until it is called.

The names are phrases of the recogniser's own grammar, beside those of the domain, which compete with them: no other
model is needed, and ordinary requests do not wake it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from robot_nodes.hearing.errors import HearingError

__all__ = ["WakeGate", "read_names"]

_SHORTEST = 4
"""Sounds (letters, jamo); a shorter name is in too many other words."""


def read_names(setting: str) -> dict[str, tuple[str, ...]]:
    """Names from a setting such as `ko=길잡이야,zh=小导小导,en=hello guide`; a language may occur again.

    :raises HearingError: it is not of that form, or a name is too short to be told from other words.
    """
    names: dict[str, tuple[str, ...]] = {}
    for part in (part.strip() for part in setting.split(",") if part.strip()):
        language, separator, name = (piece.strip() for piece in part.partition("="))
        if not separator or not language or not name:
            raise HearingError(f"wake word {part!r}: write LANGUAGE=NAME, such as en=hello guide")
        if len(_sounds(name)) < _SHORTEST and language != "zh":
            raise HearingError(f"wake word {name!r} is too short to be told from other words; use a longer one")
        names[language] = (*names.get(language, ()), name)
    return names


@dataclass(slots=True)
class WakeGate:
    """Asleep until its name is heard; then awake until nobody has said anything sensible for `awake_s`."""

    names: Mapping[str, tuple[str, ...]]
    awake_s: float = 20.0
    _until_s: float = 0.0

    def awake(self, now_s: float) -> bool:
        return now_s < self._until_s

    def wake(self, now_s: float) -> None:
        """It was called, or something sensible was said to it while it was awake."""
        self._until_s = max(self._until_s, now_s + self.awake_s)

    def called(self, text: str, language: str) -> bool:
        """Whether `text`, a result so far or in the end, begins with one of its names in that language."""
        said = _sounds(text)
        return any(said.startswith(_sounds(name)) for name in self.names.get(language, ()))

    def is_name(self, text: str, language: str) -> bool:
        """Whether `text` is a name and nothing else."""
        return any(_sounds(text) == _sounds(name) for name in self.names.get(language, ()))


def _sounds(text: str) -> str:
    """Letters without spaces; Hangul as jamo."""
    return unicodedata.normalize("NFD", "".join(text.split()).replace("'", "").lower())
