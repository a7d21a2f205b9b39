"""Whole numbers in words, per language: zh in Chinese characters, en, ko (Sino-Korean and native), ja in kana."""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["LARGEST", "cardinal", "digits", "native_korean", "ordinal"]

LARGEST = 10**12
"""From here on, digits are read one by one."""

_DIGITS: Mapping[str, tuple[str, ...]] = {
    "zh": tuple("零一二三四五六七八九"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "ko": ("공", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"),
    "ja": ("ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"),
}
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NATIVE = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_JA_HUNDREDS = (
    "",
    "ひゃく",
    "にひゃく",
    "さんびゃく",
    "よんひゃく",
    "ごひゃく",
    "ろっぴゃく",
    "ななひゃく",
    "はっぴゃく",
    "きゅうひゃく",
)
_JA_THOUSANDS = (
    "",
    "せん",
    "にせん",
    "さんぜん",
    "よんせん",
    "ごせん",
    "ろくせん",
    "ななせん",
    "はっせん",
    "きゅうせん",
)


def digits(text: str, language: str) -> str:
    """Each ASCII digit of `text` by its name: a booth, a telephone number."""
    names = _DIGITS.get(language, _DIGITS["en"])
    return ("" if language == "zh" else " ").join(names[int(letter)] for letter in text if letter in "0123456789")


def cardinal(number: int, language: str) -> str:
    """How many; `number` is not negative."""
    if number >= LARGEST:
        return digits(str(number), language)
    return _CARDINALS.get(language, _english)(number)


def ordinal(number: int) -> str:
    """English: first, twenty-second; 1 to 99."""
    head, dash, last = _english(number).rpartition("-")
    if last in _ORDINALS:
        last = _ORDINALS[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last = {"twelve": "twelfth"}.get(last, last + "th")
    return head + dash + last


def native_korean(number: int) -> str:
    """Before a counter: 1 to 99."""
    if number == 20:
        return "스무"
    return _NATIVE_TENS[number // 10] + _NATIVE[number % 10]


def _english(number: int) -> str:
    if number < 10:
        return _DIGITS["en"][number]
    if number < 20:
        return _TEENS[number - 10]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_DIGITS['en'][ones]}" if ones else "")
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            many, rest = divmod(number, size)
            joint = " and " if rest and (size == 100 or rest < 100) else " "
            return f"{_english(many)} {name}" + (joint + _english(rest) if rest else "")
    raise AssertionError(number)


def _chinese(number: int) -> str:
    if number == 0:
        return "零"
    words, gap = "", False
    for size, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part, number = divmod(number, size)
        if part:
            # 零 stands wherever a place between two that are not nought is empty
            words += ("零" if words and (gap or part < 1000) else "") + _chinese_below_10000(part) + name
        gap = bool(words) and not part
    return words[1:] if words.startswith("一十") else words


def _chinese_below_10000(number: int) -> str:
    words, gap = "", False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, size)
        if digit:
            words += ("零" if gap and words else "") + _DIGITS["zh"][digit] + name
        gap = not digit
    return words


def _by_myriads(number: int, names: tuple[str, str], below: Callable[[int], str], joint: str) -> str:
    parts = []
    for size, name in ((10**8, names[1]), (10**4, names[0]), (1, "")):
        part, number = divmod(number, size)
        if part:
            parts.append(below(part) + name)
    return joint.join(parts)


def _korean(number: int) -> str:
    if number == 0:
        return "영"
    words = _by_myriads(number, ("만", "억"), _korean_below_10000, " ")
    return words[1:] if words.startswith("일만") else words


def _korean_below_10000(number: int) -> str:
    words = ""
    for size, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit, number = divmod(number, size)
        if digit:
            words += ("" if digit == 1 and name else _DIGITS["ko"][digit]) + name
    return words


def _japanese(number: int) -> str:
    return _by_myriads(number, ("まん", "おく"), _japanese_below_10000, "") or "ゼロ"


def _japanese_below_10000(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, rest = divmod(rest, 100)
    tens, ones = divmod(rest, 10)
    ten = ("" if tens == 1 else _DIGITS["ja"][tens]) + "じゅう" if tens else ""
    return _JA_THOUSANDS[thousands] + _JA_HUNDREDS[hundreds] + ten + (_DIGITS["ja"][ones] if ones else "")


_CARDINALS: Mapping[str, Callable[[int], str]] = {
    "zh": _chinese, "en": _english, "ko": _korean, "ja": _japanese,
}  # fmt: skip
