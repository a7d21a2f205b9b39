"""What of a domain a model cannot recognise: told once, at start-up, instead of a visitor finding out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from robot_nodes.hearing.errors import HearingError

__all__ = ["PoorVocabulary", "VocabularyReport", "check_vocabulary"]

_WRONG_LANGUAGE = 0.5
"""Share of phrases that cannot be said from which the model is taken for one of another language. Models of the right
language lack single names: the Korean one can say 4,391 of 4,391 sentences of `ciftis2020`."""
_NAMED = 8


class PoorVocabulary(HearingError):
    """A model hears its language, but not all phrases of the domain; the message is a report's line."""


@dataclass(frozen=True, slots=True)
class VocabularyReport:
    """Phrases that a model has no units for, and the words that are to blame, most frequent first."""

    language: str
    phrases: int = 0
    unsayable: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """All can be recognised."""
        return not self.unsayable

    @property
    def wrong_language(self) -> bool:
        """So much is missing that the model must be one of another language."""
        return self.phrases > 0 and len(self.unsayable) > _WRONG_LANGUAGE * self.phrases

    @property
    def line(self) -> str:
        """For the log and diagnostics; "" where nothing is missing."""
        if self.complete:
            return ""
        words = ", ".join(self.words[:_NAMED]) + (", ..." if len(self.words) > _NAMED else "")
        count = f"{len(self.unsayable)} of {self.phrases} phrases cannot be recognised in '{self.language}'"
        if self.wrong_language:
            return f"{count}: the model is of another language, or far too small (it lacks {words})"
        return f"{count}, for the model lacks: {words}"


def check_vocabulary(
    language: str, phrases: Sequence[str], unsayable: Sequence[str], knows: Callable[[str], bool]
) -> VocabularyReport:
    """:param unsayable: those of `phrases` that could not be cut into units.
    :param knows: whether a single word can be said with the model's units.
    """
    words = Counter(word for phrase in unsayable for word in phrase.split())
    lacking = tuple(word for word, _ in words.most_common() if not knows(word))
    return VocabularyReport(language, len(phrases), tuple(unsayable), lacking)
