"""How words sound, as strings whose likeness is likeness of sound."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["sounds"]

_LIKE = str.maketrans({"c": "k", "q": "k", "y": "i", "z": "s", "v": "f", "w": "u"})
"""English letters that mostly sound like others; with doubled and silent letters folded, a small metaphone."""
_ENGLISH = (
    ("tion", "sn"),
    ("ce", "se"),
    ("ci", "si"),
    ("ph", "f"),
    ("sh", "s"),
    ("ch", "j"),
    ("ck", "k"),
    ("gh", ""),
    ("kn", "n"),
    ("wr", "r"),
)
_KATAKANA_FIRST, _KATAKANA_LAST, _KATAKANA_SHIFT = 0x30A1, 0x30F6, 0x60


@lru_cache(maxsize=100_000)
def sounds(text: str, language: str = "") -> str:
    """Letters without spaces: jamo for Korean, pinyin without tones for Chinese, hiragana for Japanese, folded
    letters for English."""
    plain = "".join(letter for letter in text.lower() if letter.isalnum())
    if language == "zh":
        from pypinyin import lazy_pinyin  # here: it loads large tables

        return "".join(lazy_pinyin(plain))
    if language == "ja":
        return "".join(_hiragana(letter) for letter in unicodedata.normalize("NFKC", plain))
    if language == "en":
        return _folded(plain)
    return unicodedata.normalize("NFD", plain)


def _hiragana(letter: str) -> str:
    code = ord(letter)
    return chr(code - _KATAKANA_SHIFT) if _KATAKANA_FIRST <= code <= _KATAKANA_LAST else letter


def _folded(text: str) -> str:
    for written, said in _ENGLISH:
        text = text.replace(written, said)
    text = text.translate(_LIKE)
    return "".join(letter for before, letter in zip(" " + text, text, strict=False) if letter != before)
