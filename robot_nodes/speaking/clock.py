"""Times of day and dates in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robot_nodes.speaking.numbers import cardinal, digits, native_korean, ordinal

__all__ = ["counted_japanese", "date_words", "time_words"]

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_KO_MONTHS = {6: "유", 10: "시"}


def time_words(hour: int, minute: int, language: str, table: Mapping[str, Any]) -> str:
    """A time of day, 0:00 to 24:59; `table`: the language's words."""
    if language == "zh":
        hours = "两点" if hour == 2 else cardinal(hour, "zh") + "点"
        return hours + (f"{'零' if minute < 10 else ''}{cardinal(minute, 'zh')}分" if minute else "")
    if language == "ko":
        half = "오전" if hour % 24 < 12 else "오후"
        return f"{half} {native_korean((hour + 11) % 12 + 1)} 시" + (f" {cardinal(minute, 'ko')} 분" if minute else "")
    if language == "ja":
        hours = counted_japanese(hour, "時", table)
        return hours + (counted_japanese(minute, "分", table) if minute else "")
    if minute == 0 and hour % 12 == 0:
        return "noon" if hour == 12 else "midnight"
    minutes = "" if not minute else f" oh {cardinal(minute, 'en')}" if minute < 10 else f" {cardinal(minute, 'en')}"
    return f"{cardinal((hour + 11) % 12 + 1, 'en')}{minutes} {'a' if hour % 24 < 12 else 'p'} m"


def date_words(year: int, month: int, day: int, language: str, table: Mapping[str, Any]) -> str:
    """A date; `month` 1 to 12, `day` 1 to 31."""
    if language == "zh":
        return f"{digits(str(year), 'zh')}年{cardinal(month, 'zh')}月{cardinal(day, 'zh')}日"
    if language == "ko":
        months = _KO_MONTHS.get(month) or cardinal(month, "ko")
        return f"{cardinal(year, 'ko')} 년 {months} 월 {cardinal(day, 'ko')} 일"
    if language == "ja":
        days = str(table.get("days", {}).get(day, "")) or cardinal(day, "ja") + "にち"
        return f"{cardinal(year, 'ja')}ねん{counted_japanese(month, '月', table)}{days}"
    return f"{_MONTHS[month - 1]} {ordinal(day)}, {cardinal(year, 'en')}"


def counted_japanese(number: int, counter: str, table: Mapping[str, Any]) -> str:
    """A number with one of the counters whose reading depends on the last digit; 0 to 99."""
    forms = table["counters"][counter]
    tens, ones = divmod(number, 10)
    if number == 0:
        return "れい" + str(forms[1])[2:] if forms[1].startswith("いち") else "ゼロ" + str(forms[5])[1:]
    if ones:
        return (cardinal(tens * 10, "ja") if tens else "") + str(forms[ones])
    return (cardinal(tens, "ja") if tens > 1 else "") + str(forms[0])
