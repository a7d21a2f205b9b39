"""Simulated recognition errors: what a recogniser at a given error rate might have written for a sentence.

Every unit of a sentence (a character in Chinese and Japanese, a syllable in Korean, a word in English and wherever
else Latin letters stand) is hit independently with the error rate. A hit is a substitution by something that sounds
alike, a deletion, or an insertion, in about the proportions recognisers make them: 70 %, 15 % and 15 % of characters
and syllables; of English words 85 %, 5 % and 10 %, but 50 %, 40 % and 10 % of the short ones, which are what is
swallowed. What sounds alike is each language's own business: see `mishearing_chinese` and its siblings. Names are hit
like any other word, and so are booth numbers; nothing is spared for being all a sentence has.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from robot_nodes.language.mishearing_chinese import ChineseSounds
from robot_nodes.language.mishearing_english import EnglishSounds, mangled
from robot_nodes.language.mishearing_japanese import JapaneseSounds
from robot_nodes.language.mishearing_korean import KoreanSounds

__all__ = ["Mishearing", "Sounds"]

_SHARES = (0.70, 0.15, 0.15)
"""Substitution, deletion, insertion."""
_SHARES_WORD = (0.85, 0.05, 0.10)
_SHARES_SHORT = (0.50, 0.40, 0.10)
_SHORT = 3
"""Letters up to which an English word is easily swallowed."""
_REPEATED = 0.5
"""Share of the insertions that are the unit said twice; the others are fillers."""
_UNIT = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|[0-9]+|.", re.DOTALL)
_FILLERS: Mapping[str, tuple[str, ...]] = {
    "zh": ("嗯", "啊", "呃", "那个", "这个", "就是", "的", "了"),
    "en": ("uh", "um", "er", "well", "like", "the", "a"),
    "ko": ("음", "어", "그", "저", "막", "이제"),
    "ja": ("えーと", "あの", "えっと", "まあ", "その", "ね"),
}


class Sounds(Protocol):
    """What sounds like what in one language."""

    def alike(self, units: Sequence[str], at: int) -> Sequence[tuple[str, float]]:
        """What `units[at]` may be heard as, with weights; empty: nothing is known."""


class Mishearing:
    """Damages sentences of one language. `vocabulary` is what an English word may be heard as."""

    def __init__(self, language: str, vocabulary: Iterable[str] = ()) -> None:
        self._language = language
        self._sounds: Sounds
        if language == "zh":
            self._sounds = ChineseSounds()
        elif language == "ko":
            self._sounds = KoreanSounds()
        elif language == "ja":
            self._sounds = JapaneseSounds()
        else:
            self._sounds = EnglishSounds(vocabulary)

    def misheard(self, text: str, rate: float, chance: random.Random) -> str:
        """`text` with recognition errors.

        :param rate: errors per unit, 0..1.
        """
        units = _UNIT.findall(text)
        heard = [self._hit(units, k, chance) if _spoken(unit) and chance.random() < rate else unit
                 for k, unit in enumerate(units)]  # fmt: skip
        return re.sub(r"\s+", " ", "".join(heard)).strip()

    def _hit(self, units: Sequence[str], at: int, chance: random.Random) -> str:
        unit = units[at]
        shares = _SHARES
        if self._language == "en":
            shares = _SHARES_SHORT if len(unit) <= _SHORT else _SHARES_WORD
        kind = chance.choices(("other", "nothing", "more"), shares)[0]
        if kind == "nothing":
            return ""
        if kind == "other" and (other := self._substitute(units, at, chance)) is not None:
            return other
        if chance.random() < _REPEATED or not self._word_starts(units, at):
            return f"{unit} {unit}" if self._language == "en" else unit + unit
        gap = " " if self._language in ("en", "ko") else ""
        return f"{chance.choice(_FILLERS[self._language])}{gap}{unit}"

    def _word_starts(self, units: Sequence[str], at: int) -> bool:
        """Whether a filler can stand before this unit: Chinese has no other sign of it, Japanese a change of script."""
        if at == 0 or self._language == "zh":
            return True
        before, unit = units[at - 1], units[at]
        return not _spoken(before) or (self._language == "ja" and _script(before) != _script(unit))

    def _substitute(self, units: Sequence[str], at: int, chance: random.Random) -> str | None:
        candidates = self._sounds.alike(units, at)
        if candidates:
            return chance.choices([word for word, _ in candidates], [weight for _, weight in candidates])[0]
        return mangled(units[at], chance) if units[at].isascii() else None


def _spoken(unit: str) -> bool:
    return unit[0].isalnum()


def _script(unit: str) -> str:
    """`CJK`, `HIRAGANA`, `KATAKANA`, `LATIN`, ..."""
    return unicodedata.name(unit[0], "?").split()[0].split("-")[0]
