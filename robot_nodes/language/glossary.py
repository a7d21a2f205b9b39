"""Names of the venue in languages its plan does not give: worded from the English and the Chinese name.

`glossary` in `names/{language}.yaml` holds `patterns` ("Professional forum on {1}") and `words`; what neither holds is
taken for a Chinese name and transliterated. A name that cannot be worded whole is not worded at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from pypinyin import Style, pinyin

__all__ = ["Glossary", "glossary", "readings", "split_pinyin", "translated"]

_NAMES = Path(__file__).parent / "names"
_FORMS, _PATTERN_FORMS = 8, 24
"""Wordings of one name at most: word by word, and by a pattern (sessions and rooms: there are few)."""
_GAP = re.compile(r"\{(\d)\}")
_ARABIC = re.compile(r"[0-9]+[a-z]?")

Transliterator = Callable[[Sequence[str]], str]
"""Pinyin syllables to the language's own script."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """English names of one shape, and how they are said."""

    shape: re.Pattern[str]
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """The words of one language."""

    patterns: tuple[Pattern, ...]
    words: Mapping[str, tuple[str, ...]]
    """English, lower case -> forms, the first is the one to say."""
    gap: str
    """What stands between words."""
    transliterate: Transliterator
    kanji: Mapping[str, str] | None
    """Chinese characters as the language writes them, where Chinese names keep their characters; else None."""

    def wordings(self, english: str, chinese: str = "") -> list[str]:
        """How the name is said, the best first; empty if it cannot be."""
        whole = english.strip().lower()
        if whole in self.words:
            return list(self.words[whole][:_FORMS])
        for pattern in self.patterns:
            found = pattern.shape.fullmatch(whole)
            parts = [self._phrase(part, chinese) for part in found.groups()] if found else []
            if found and all(parts):
                return list(islice(_filled(pattern.forms, parts), _PATTERN_FORMS))
        return list(islice(self._phrase(whole, chinese), _FORMS))

    def _phrase(self, english: str, chinese: str) -> list[str]:
        """A phrase word by word, the longest known run of words first."""
        if english in self.words:
            return list(self.words[english])
        words, parts, start = english.split(), [], 0
        while start < len(words):
            for end in range(len(words), start, -1):
                forms = self.words.get(" ".join(words[start:end]))
                if forms:
                    break
            else:
                end, forms = start + 1, self._foreign(words[start], chinese)
            if not forms:
                return []
            parts.append(list(forms))
            start = end
        return list(dict.fromkeys(self.gap.join(choice) for choice in _choices(parts)))

    def _foreign(self, word: str, chinese: str) -> tuple[str, ...]:
        if _ARABIC.fullmatch(word):
            return (word,)
        syllables = split_pinyin(word)
        if not syllables:
            return ()
        written = "" if self.kanji is None else _written_in(word, chinese)
        written = "".join((self.kanji or {}).get(character, character) for character in written)
        spoken = self.transliterate(syllables)
        return tuple(form for form in (written, spoken) if form)


def _choices(parts: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The first form of every part, then each other form with the first of the rest."""
    first = tuple(part[0] for part in parts)
    yield first
    for index, part in enumerate(parts):
        for form in part[1:]:
            yield (*first[:index], form, *first[index + 1 :])


def _filled(forms: Sequence[str], parts: Sequence[Sequence[str]]) -> Iterator[str]:
    seen: set[str] = set()
    for choice in _choices(parts):
        for form in forms:
            text = _GAP.sub(lambda found, given=choice: given[int(found.group(1)) - 1], form)  # type: ignore[misc]
            if text not in seen:
                seen.add(text)
                yield text


def _written_in(word: str, chinese: str) -> str:
    """The characters of a Chinese name whose pinyin is `word`, if some are."""
    for start in range(len(chinese)):
        spoken = {""}
        for end in range(start, min(start + 4, len(chinese))):
            spoken = {said + sound for said in spoken for sound in _pinyin_of(chinese[end])}
            spoken = {said for said in spoken if word.startswith(said)}
            if word in spoken:
                return chinese[start : end + 1]
    return ""


@cache
def _pinyin_of(character: str) -> frozenset[str]:
    """Every reading of a character, without tones: 长 is zhang and chang."""
    return frozenset(pinyin(character, style=Style.NORMAL, heteronym=True)[0])


@cache
def split_pinyin(word: str) -> tuple[str, ...]:
    """`word` in pinyin syllables, the longest first; empty if it is none."""
    if not word:
        return ()
    for length in range(min(6, len(word)), 0, -1):
        if not _is_syllable(word[:length]):
            continue
        rest = split_pinyin(word[length:])
        if rest or length == len(word):
            return (word[:length], *rest)
    return ()


_INITIALS = ["zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s"]
_FINALS = frozenset(
    {
        "a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "ong", "i", "ia", "ie", "iao", "iu", "ian",
        "in", "iang", "ing", "iong", "u", "ua", "uo", "uai", "ui", "uan", "un", "uang", "ue", "v", "ve",
    }
)  # fmt: skip
_ALONE = frozenset(
    {
        "a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "er", "yi", "ya", "yo", "ye", "yao", "you",
        "yan", "yin", "yang", "ying", "yong", "wu", "wa", "wo", "wai", "wei", "wan", "wen", "wang", "weng", "yu", "yue",
        "yuan", "yun",
    }
)  # fmt: skip


def _is_syllable(text: str) -> bool:
    if text in _ALONE:
        return True
    initial = next((it for it in _INITIALS if text.startswith(it)), "")
    return bool(initial) and text[len(initial) :] in _FINALS


@cache
def glossary(language: str) -> Glossary | None:
    """The glossary of `language`, if its catalogue has one."""
    tree = _tree(language).get("glossary")
    if not tree:
        return None
    from robot_nodes.language.japanese import kana_of  # here: it reads its readings through this module
    from robot_nodes.language.korean import hangul_of

    patterns = tuple(Pattern(_shape(shape), tuple(forms)) for shape, forms in tree["patterns"].items())
    words = {str(word).lower(): tuple(map(str, forms)) for word, forms in tree["words"].items()}
    japanese = language == "ja"
    kanji = _tree(language).get("kanji")
    return Glossary(patterns, words, "" if japanese else " ", kana_of if japanese else hangul_of, kanji)


def _shape(pattern: str) -> re.Pattern[str]:
    parts = _GAP.split(pattern.lower())
    return re.compile("".join("(.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)))


@cache
def readings(language: str) -> Mapping[str, str]:
    """Written form -> reading, from `readings` (words) and `characters` (reading: all characters so read)."""
    tree = _tree(language)
    found: dict[str, str] = {}
    for reading, characters in (tree.get("characters") or {}).items():
        for character in characters:
            found.setdefault(character, reading)
    return found | {str(word): str(reading) for word, reading in (tree.get("readings") or {}).items()}


@cache
def _tree(language: str) -> Mapping[str, Any]:
    path = _NAMES / f"{language}.yaml"
    if not path.exists():
        return {}
    tree = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tree if isinstance(tree, dict) else {}


def translated(names: Mapping[str, str], language: str) -> tuple[str, ...]:
    """`names` as said in `language`, the best first; empty if the plan's own name does or no wording is possible.

    :param names: language -> name, as a plan gives them.
    """
    words = glossary(language)
    if words is None or language in names or "en" not in names:
        return ()
    return tuple(words.wordings(names["en"], names.get("zh", "")))
