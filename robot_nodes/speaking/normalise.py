"""What is not a word, as words: numbers, times, dates, booths, units, symbols. Tables: words/{zh,en,ko,ja}.yaml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from robot_nodes.speaking.clock import counted_japanese, date_words, time_words
from robot_nodes.speaking.numbers import LARGEST, cardinal, digits, native_korean
from robot_nodes.speaking.ssml import Piece

__all__ = ["LANGUAGES", "has_words", "normalised", "spoken", "words_of"]

LANGUAGES = ("zh", "en", "ko", "ja")

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_DATE = r"(?P<year>[12][0-9]{3})[-/.](?P<month>0?[1-9]|1[0-2])[-/.](?P<day>[12][0-9]|3[01]|0?[1-9])(?![0-9])"
_TIME = r"(?P<hour>2[0-4]|[01]?[0-9]):(?P<minute>[0-5][0-9])(?![0-9:])(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?"
_CODE = r"(?<![A-Za-z0-9])(?P<letters>[A-Z]{1,3})-?(?P<code>[0-9]{1,4})(?![A-Za-z0-9.])"
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’.-]+(?: +[A-Za-z\u00c0-\u024f'’.-]+)*")
_ACRONYM = re.compile(r"(?<![A-Za-z])[A-Z]{1,5}(?![A-Za-z])")
_TO = re.compile(r"(?<=:[0-5][0-9])\s*[-–—~]\s*(?=[0-2]?[0-9]:[0-5])")
_NEVER = r"(?!)"
_KEPT = set(".,!?;:、。，！？；：…'’- \n")
_SENTENCE_ENDS = "\n\u2028\u2029"
_BECOME_COMMA = "()[]{}<>«»《》〈〉「」『』【】（）/|–—―"
_COMMAS = {"zh": "，", "ja": "、"}
_REPEATED = re.compile(r"([^\w\s])(?:\s*\1)+")
_ORPHANS = re.compile(r"\s+(?=[,.!?;:])|(?<=[,;:、，；：])\s*[,;:、，；：]+|^[\s,.;:!?、。，；：！？…-]+")
_HANGING_COMMA = re.compile(r"[,、，]\s*(?=[.!?。！？])")


@dataclass(frozen=True)
class _Words:
    """One language's table and the pattern made from it."""

    language: str
    table: Mapping[str, Any]
    pattern: re.Pattern[str]


def words_of(language: str) -> Mapping[str, Any]:
    """The table of a language; English for those without one."""
    return _words(language).table


def spoken(piece: Piece) -> tuple[Piece, ...]:
    """`piece` as a voice reads it: letters and punctuation only; foreign words in pieces of their own; never raises.

    Empty where there is nothing to read.
    """
    text = normalised(piece.text, piece.language, piece.reading)
    if piece.language == "en":
        return (replace(piece, text=text, reading=""),) if text else ()
    parts: list[Piece] = []
    at = 0
    for match in _LATIN.finditer(text):
        parts += _piece(piece, text[at : match.start()], piece.language)
        parts += _piece(piece, match[0], "en")
        at = match.end()
    return tuple(parts + _piece(piece, text[at:], piece.language))


def _piece(like: Piece, text: str, language: str) -> list[Piece]:
    if not has_words(text):
        return []
    return [replace(like, text=text.strip(), language=language, reading="")]


def normalised(text: str, language: str, reading: str = "") -> str:
    """`text` in words; "" where it holds none."""
    words = _words(language)
    clean = _clean(text)
    if reading == "digits":
        clean = re.sub("[0-9]+", lambda match: f" {digits(match[0], language)} ", clean)
    clean = _TO.sub(words.table["range"].format(**{"from": "", "to": ""}), clean)
    clean = words.pattern.sub(lambda match: _replaced(match, words, reading), clean)
    for symbol, word in words.table["symbols"].items():
        clean = clean.replace(symbol, word)
    clean = _ACRONYM.sub(lambda match: _spelt(match[0], words.table), clean)
    clean = "".join(_voiced(letter) for letter in clean)
    clean = _HANGING_COMMA.sub("", _ORPHANS.sub("", _REPEATED.sub(r"\1", clean)))
    clean = re.sub(r"[^\S\n]+", " ", clean).strip().replace(",", _COMMAS.get(words.language, ","))
    return clean if has_words(clean) else ""


def has_words(text: str) -> bool:
    """Whether there is anything in it to pronounce."""
    return any(letter.isalpha() for letter in text)


def _clean(text: str) -> str:
    """Compatibility forms folded, other scripts' digits ASCII, no control marks, surrogates or emoji."""
    folded = unicodedata.normalize("NFKC", "".join("\n" if it in _SENTENCE_ENDS else it for it in text))
    return "".join(_cleaned(letter) for letter in folded)


def _cleaned(letter: str) -> str:
    if letter == "\n" or (letter.isascii() and letter.isprintable()):
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.digit(letter))
    if letter == "\u2212":
        return "-"
    return " " if kind[0] in "CZ" or letter == "\t" else letter


def _voiced(letter: str) -> str:
    """What stays of a letter after everything that has words got them."""
    if letter in _KEPT:
        return letter
    if letter in _BECOME_COMMA:
        return ", "
    if letter.isalpha() or (unicodedata.category(letter)[0] == "M" and letter != "\ufe0f"):
        return letter
    return " "


@cache
def _words(language: str) -> _Words:
    known = language if language in LANGUAGES else "en"
    path = Path(__file__).parent / "words" / f"{known}.yaml"
    table: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    terms = _any_of(table["terms"])
    units, money, counters = _any_of(table["units"]), _any_of(table["money"]), _any_of(table.get("counters", {}))
    pattern = "|".join((
        rf"(?<![0-9]){_DATE}",
        rf"(?<![0-9:]){_TIME}",
        rf"(?<![A-Za-z0-9])(?P<term>{terms})(?![A-Za-z0-9])",
        _CODE,
        rf"(?<![0-9.,:])(?P<count>[0-9]{{1,2}})(?P<counter>{counters or _NEVER})",
        rf"(?P<currency>{money})\s?(?P<price>{_NUMBER})",
        rf"(?P<first>{_NUMBER})\s?[-–~]\s?(?P<second>{_NUMBER})(?:\s?(?P<both>{units})(?![A-Za-z]))?",
        rf"(?P<minus>(?<![\w)])-)?(?P<number>{_NUMBER})(?:\s?(?P<unit>{units})(?![A-Za-z]))?",
    ))  # fmt: skip
    return _Words(known, table, re.compile(pattern))


def _any_of(names: Mapping[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _replaced(match: re.Match[str], words: _Words, reading: str) -> str:
    """The words for one find of the pattern."""
    found, language, table = match.groupdict(), words.language, words.table
    if found["year"]:
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
        return _set_off(date_words(year, month, day, language, table), language)
    if found["hour"]:
        return _set_off(_time(match, language, table), language)
    if found["counter"]:
        return counted_japanese(int(found["count"]), found["counter"], table)
    if found["term"]:
        return str(table["terms"][found["term"]])
    if found["letters"]:
        letters = _spelt(found["letters"], table)
        return str(table["code"].format(letters=letters, digits=digits(found["code"], language)))
    if found["currency"]:
        return _with_unit(_value(found["price"], language), table["money"][found["currency"]], table)
    unit: Callable[[str | None], str] = lambda name: table["units"][name] if name else "{n}"  # noqa: E731
    if found["first"]:
        numbers = {"from": _value(found["first"], language), "to": _value(found["second"], language)}
        return _set_off(unit(found["both"]).format(n=table["range"].format(**numbers)), language)
    number = found["number"]
    if reading == "time" and number.isdigit() and len(number) in (3, 4) and int(number) <= 2459:
        return time_words(int(number[:-2]), int(number[-2:]), language, table)
    counter = table.get("unit_counters", {}).get(found["unit"])
    if counter and number.isdigit() and len(number) < 3:
        return counted_japanese(int(number), counter, table)
    value = _value(number, language) if found["unit"] else _counted(match, words, reading)
    said = _with_unit(value, unit(found["unit"]), table)
    return _set_off(table["minus"].format(n=said) if found["minus"] else said, language)


def _time(match: re.Match[str], language: str, table: Mapping[str, Any]) -> str:
    """A time of day, which half of it may be told before (Korean) or after (English)."""
    hour = int(match["hour"])
    if match["half"] and hour <= 12:
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    said = time_words(hour, int(match["minute"]), language, table)
    told = language == "ko" and match.string[: match.start()].rstrip().endswith(("오전", "오후"))
    return said.partition(" ")[2] if told else said


def _set_off(text: str, language: str) -> str:
    """English and Korean words stand apart from what is around them."""
    return f" {text} " if language in ("en", "ko") else text


def _with_unit(value: str, pattern: str, table: Mapping[str, Any]) -> str:
    if value == "one" and pattern in table["one"]:
        return str(table["one"][pattern])
    if "two_before" in table and value == "二" and pattern.partition("{n}")[2][:1] in table["two_before"]:
        value = "两"
    return pattern.format(n=value)


def _counted(match: re.Match[str], words: _Words, reading: str) -> str:
    """A bare number, by what stands after it: a year, a counter."""
    number, after, language = match["number"], match.string[match.end() :].lstrip(" "), words.language
    if not number.isdigit() or reading == "cardinal" or len(number) > 4:
        return _value(number, language)
    value = int(number)
    if language == "en" and len(number) == 4 and (1100 <= value < 2000 or 2010 <= value < 2100):
        return _english_year(value)
    if language == "zh":
        if len(number) == 4 and after.startswith("年"):
            return digits(number, "zh")
        if value == 2 and after[:1] and after[0] in words.table["two_before"]:
            return "两"
    if language == "ko" and 0 < value < 100 and not after.startswith("개월"):
        native = tuple(words.table["native_before"])
        if after.startswith(native) and not (after.startswith("시") and not after.startswith("시간") and value > 12):
            return native_korean(value)
    return _value(number, language)


def _english_year(year: int) -> str:
    century, rest = divmod(year, 100)
    end = "hundred" if not rest else f"oh {cardinal(rest, 'en')}" if rest < 10 else cardinal(rest, "en")
    return f"{cardinal(century, 'en')} {end}"


def _value(number: str, language: str) -> str:
    """A number such as 012, 1,200 or 3.5 in words."""
    whole, _, fraction = number.replace(",", "").partition(".")
    if (len(whole) > 1 and whole[0] == "0") or len(whole) > len(str(LARGEST)):
        said = digits(whole, language)
    else:
        said = cardinal(int(whole), language)
    if not fraction:
        return said
    point = {"zh": "点", "ko": " 점 ", "ja": "てん"}.get(language, " point ")
    return said + point + digits(fraction, language)


def _spelt(letters: str, table: Mapping[str, Any]) -> str:
    names = table.get("letters")
    return "".join(names[letter] for letter in letters) if names else " ".join(letters)
