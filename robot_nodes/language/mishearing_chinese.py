"""What sounds alike in Chinese: common characters of the same syllable, or of one that is often confused with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pypinyin import Style, lazy_pinyin

__all__ = ["ChineseSounds", "confused"]

_SAME, _NEAR = 0.6, 0.4
"""How likely the same syllable, tones aside, is heard rather than a neighbour."""
_INITIALS = ("zh z", "ch c", "sh s", "n l", "l r", "f h", "b p", "d t", "g k", "j q", "j zh", "q ch", "x sh")
_FINALS = ("an ang", "en eng", "in ing", "ian iang", "uan uang", "ong eng", "e o", "uo o", "ia ie", "ei ai", "ie ve")
_SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?([a-zv]+)")


class ChineseSounds:
    """Substitutions come from the 3,755 characters of GB 2312's first level: the ones in everyday use."""

    def alike(self, units: Sequence[str], at: int) -> Sequence[tuple[str, float]]:
        """What the character at `at` may be heard as; it is read as its neighbours tell."""
        unit = units[at]
        if len(unit) > 1 or not "\u4e00" <= unit <= "\u9fff":
            return ()
        first = max(0, at - 2)
        around = [u for u in units[first : at + 3] if len(u) == 1 and "\u4e00" <= u <= "\u9fff"]
        place = sum(len(u) == 1 and "\u4e00" <= u <= "\u9fff" for u in units[first:at])
        syllable = lazy_pinyin("".join(around), style=Style.NORMAL, v_to_u=False)[place]
        return [(char, weight) for char, weight in _candidates(syllable) if char != unit]


@cache
def _candidates(syllable: str) -> tuple[tuple[str, float], ...]:
    near = [char for other in confused(syllable) for char in _common().get(other, "")]
    same = _common().get(syllable, "")
    return tuple([(c, _SAME / len(same)) for c in same] + [(c, _NEAR / len(near)) for c in near])


@cache
def confused(syllable: str) -> tuple[str, ...]:
    """Syllables that differ from this one by an initial or a final that is often confused."""
    parts = _SYLLABLE.fullmatch(syllable)
    if parts is None:
        return ()
    initial, final = parts[1] or "", parts[2]
    others = [other + final for other in _partners(initial, _INITIALS)]
    others += [initial + other for other in _partners(final, _FINALS)]
    return tuple(other for other in others if other in _common())


def _partners(sound: str, pairs: Sequence[str]) -> list[str]:
    found = []
    for pair in pairs:
        one, two = pair.split()
        if sound in (one, two):
            found.append(two if sound == one else one)
    return found


@cache
def _common() -> dict[str, str]:
    """Syllable without tone -> its characters of GB 2312's first level (rows 16 to 55)."""
    table: dict[str, str] = {}
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            try:
                char = bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue  # the last five cells of the last row are empty
            syllable = lazy_pinyin(char, style=Style.NORMAL, v_to_u=False)[0]
            table[syllable] = table.get(syllable, "") + char
    return table
