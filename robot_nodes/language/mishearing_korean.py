"""What sounds alike in Korean: a syllable with one of its letters (jamo) replaced by a confusable one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

__all__ = ["KoreanSounds"]

_FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWEL = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_LAST = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_FIRSTS = ("ㄱㅋㄲ", "ㄷㅌㄸ", "ㅂㅍㅃ", "ㅈㅊㅉ", "ㅅㅆ", "ㄴㄹ", "ㅁㄴ", "ㅇㅎ", "ㅁㅂ")
_VOWELS = (
    "ㅐㅔ", "ㅒㅖ", "ㅙㅚㅞ", "ㅗㅜ", "ㅓㅗ", "ㅡㅜ", "ㅡㅓ", "ㅏㅓ", "ㅛㅠ",
    "ㅕㅛ", "ㅢㅣ", "ㅢㅡ", "ㅟㅣ", "ㅘㅏ", "ㅝㅓ",
)  # fmt: skip
_LASTS = ("ㄴㅇ", "ㄴㅁ", "ㅁㅇ", "ㄱㄷ", "ㄱㅂ", "ㄷㅂ", "ㄷㅅ", "ㅅㅆ", "ㅈㅅ", "ㄹ ", "ㄴ ", "ㅇ ", "ㄱ ", "ㅎ ")
_BASE, _VOWEL_COUNT, _LAST_COUNT = 0xAC00, 21, 28


class KoreanSounds:
    """Substitutions are kept to the 2,350 syllables of KS X 1001: the ones in everyday use."""

    def alike(self, units: Sequence[str], at: int) -> Sequence[tuple[str, float]]:
        """What the syllable at `at` may be heard as, each with the same weight."""
        return [(other, 1.0) for other in _neighbours(units[at])]


@cache
def _neighbours(unit: str) -> tuple[str, ...]:
    if len(unit) != 1 or not "가" <= unit <= "힣":
        return ()
    rest, last = divmod(ord(unit) - _BASE, _LAST_COUNT)
    first, vowel = divmod(rest, _VOWEL_COUNT)
    found = [_compose(other, vowel, last) for other in _partners(first, _FIRST, _FIRSTS)]
    found += [_compose(first, other, last) for other in _partners(vowel, _VOWEL, _VOWELS)]
    found += [_compose(first, vowel, other) for other in _partners(last, _LAST, _LASTS)]
    return tuple(dict.fromkeys(syllable for syllable in found if _common(syllable)))


def _partners(index: int, letters: str, groups: Sequence[str]) -> list[int]:
    letter = letters[index]
    return [letters.index(other) for group in groups if letter in group for other in group if other != letter]


def _compose(first: int, vowel: int, last: int) -> str:
    return chr(_BASE + (first * _VOWEL_COUNT + vowel) * _LAST_COUNT + last)


def _common(syllable: str) -> bool:
    try:
        return len(syllable.encode("euc_kr")) == 2  # others are spelled out in eight bytes
    except UnicodeEncodeError:
        return False
