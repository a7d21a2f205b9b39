"""SSML-lite: the few marks of W3C SSML 1.1 that a guide robot needs, read from text that may also be plain or broken.

`<speak>`, `<p>`, `<s>`, `<break time= strength=>`, `<emphasis level=>`, `<prosody rate= volume= pitch=>`,
`<say-as interpret-as="digits|time|date|cardinal">`, `<sub alias=>`, `<lang xml:lang=>`: docs/speaking.md. Text without
any of them is plain text, `3 < 5` and all. Marks that are no well-formed XML are taken out, and their words read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import ParseError, XMLParser

__all__ = ["LONGEST", "LONGEST_PAUSE_S", "PLAIN", "Marked", "Pause", "Piece", "Style", "plain", "read"]

LONGEST = 2000
"""Characters of one line that are read; nobody listens to more."""
LONGEST_PAUSE_S = 3.0

_TAGS = ("speak", "break", "emphasis", "prosody", "say-as", "sub", "lang", "p", "s")
_TAG = re.compile(rf"</?(?:{'|'.join(_TAGS)})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_LEFTOVER = re.compile(r"<[^<>]{0,200}>|</?(?:" + "|".join(_TAGS) + r")\b", re.IGNORECASE)
_PARTING = re.compile(r"</?(?:speak|break|p|s)\b(?!-)", re.IGNORECASE)
_DECLARATION = re.compile(r"<[!?]")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
_BARE_AMPERSAND = re.compile(r"&(?!(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
_VOLUMES = {"silent": -40.0, "x-soft": -9.0, "soft": -4.5, "medium": 0.0, "default": 0.0, "loud": 3.0, "x-loud": 6.0}
_PITCHES = {"x-low": -6.0, "low": -3.0, "medium": 0.0, "default": 0.0, "high": 3.0, "x-high": 6.0}
_BREAKS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}
_EMPHASES = {
    "strong": (0.85, 3.0, 2.0),
    "moderate": (0.92, 1.5, 1.0),
    "none": (1.0, 0.0, 0.0),
    "reduced": (1.1, -2.0, 0),
}
"""Level -> rate, dB, semitones."""


@dataclass(frozen=True, slots=True)
class Style:
    """How words are spoken, against the voice's own way."""

    rate: float = 1.0
    """Times as fast, 0.5 to 2."""
    volume_db: float = 0.0
    pitch: float = 0.0
    """Semitones."""

    def shaped(self, rate: float = 1.0, volume_db: float = 0.0, pitch: float = 0.0) -> Style:
        """This style within another, in the bounds of what stays intelligible."""
        return Style(
            min(max(self.rate * rate, 0.5), 2.0),
            min(max(self.volume_db + volume_db, -40.0), 9.0),
            min(max(self.pitch + pitch, -12.0), 12.0),
        )


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one language and style."""

    text: str
    language: str
    style: Style = PLAIN
    reading: str = ""
    """say-as: digits, time, date, cardinal; empty: as it looks."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence. `ends` a sentence: what follows is not joined to what was."""

    seconds: float
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A line, read."""

    parts: tuple[Piece | Pause, ...]
    problem: str = ""
    """What was wrong with its marks; empty: nothing."""


def read(text: str, language: str) -> Marked:
    """`text` in `language`, in parts; never raises. Words beyond `LONGEST` characters are left out."""
    text = _NOT_XML.sub(" ", text)
    if not _TAG.search(text):
        return Marked(_some(Piece(text[:LONGEST], language)))
    if _DECLARATION.search(text):
        return _broken(text, language, "declarations and comments are not read")
    target = _Reader(language)
    parser: Any = XMLParser(target=target)
    try:
        parser.feed(f"<all>{_BARE_AMPERSAND.sub('&amp;', text)}</all>")
        parts = parser.close()
    except ParseError as error:
        return _broken(text, language, f"no well-formed XML ({error})")
    return Marked(_shortened(parts), target.problem)


def plain(text: str) -> str:
    """The words of a line, for a screen: without marks, an alias not in place of what it stands for."""
    if not _TAG.search(text):
        return text
    return " ".join(_without_marks(text).split())


def _broken(text: str, language: str, problem: str) -> Marked:
    return Marked(_some(Piece(_without_marks(text)[:LONGEST], language)), problem)


def _some(piece: Piece) -> tuple[Piece, ...]:
    return (piece,) if piece.text.strip() else ()


def _without_marks(text: str) -> str:
    words = _LEFTOVER.sub(" ", _TAG.sub(lambda match: " " if _PARTING.match(match[0]) else "", text))
    for entity, letter in _ENTITIES:
        words = words.replace(entity, letter)
    return words


def _shortened(parts: list[Piece | Pause]) -> tuple[Piece | Pause, ...]:
    left = LONGEST
    kept: list[Piece | Pause] = []
    for part in parts:
        if left <= 0:
            break
        if isinstance(part, Piece):
            kept.append(replace(part, text=part.text[:left]))
            left -= len(part.text)
        else:
            kept.append(part)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class _State:
    """What holds inside one element."""

    style: Style
    language: str
    reading: str
    alias: bool
    """Its text is not read, an alias is."""


class _Reader:
    """Target of the XML parser (xml.etree.ElementTree.XMLParser): events in, parts out; no recursion, no tree."""

    def __init__(self, language: str) -> None:
        self._states = [_State(PLAIN, language, "", False)]
        self._parts: list[Piece | Pause] = []
        self.problem = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        state, tag = self._states[-1], tag.rpartition("}")[2]
        if tag == "break":
            self._parts.append(Pause(self._pause(attributes)))
        elif tag in ("p", "s"):
            self._parts.append(Pause(0.0, ends=True))
        elif tag == "emphasis":
            rate, volume, pitch = self._one_of(_EMPHASES, attributes.get("level", "moderate"), tag) or (1.0, 0.0, 0.0)
            state = replace(state, style=state.style.shaped(rate, volume, pitch))
        elif tag == "prosody":
            state = replace(state, style=self._prosody(state.style, attributes))
        elif tag == "say-as":
            state = replace(state, reading=self._reading(attributes))
        elif tag == "lang":
            wanted = attributes.get(_LANG, attributes.get("lang", "")).strip().lower()
            state = replace(state, language=re.split("[-_]", wanted)[0] or state.language)
        elif tag == "sub" and attributes.get("alias", "").strip():
            if not state.alias:
                self._parts.append(Piece(attributes["alias"], state.language, state.style, state.reading))
            state = replace(state, alias=True)
        elif tag not in (*_TAGS, "all"):
            self._tell(f"<{tag}> is not read")
        self._states.append(state)

    def data(self, text: str) -> None:
        state = self._states[-1]
        if not text or state.alias:
            return
        last = self._parts[-1] if self._parts else None
        piece = Piece(text, state.language, state.style, state.reading)
        if isinstance(last, Piece) and replace(last, text="") == replace(piece, text=""):
            self._parts[-1] = replace(last, text=last.text + text)
        else:
            self._parts.append(piece)

    def end(self, tag: str) -> None:
        self._states.pop()
        tag = tag.rpartition("}")[2]
        if tag in ("p", "s"):
            self._parts.append(Pause(0.4 if tag == "p" else 0.0, ends=True))

    def close(self) -> list[Piece | Pause]:
        return self._parts

    def _tell(self, problem: str) -> None:
        self.problem = self.problem or problem

    def _one_of(self, table: Mapping[str, Any], value: str, tag: str) -> Any:
        found = table.get(value.strip().lower())
        if found is None:
            self._tell(f"<{tag}> has no {value!r}")
        return found

    def _pause(self, attributes: Mapping[str, str]) -> float:
        if "time" in attributes:
            match = re.fullmatch(r"\s*\+?(\d{1,6}(?:\.\d{0,6})?)\s*(ms|s)\s*", attributes["time"])
            if match is None:
                self._tell(f"<break> has no time {attributes['time']!r}: write 300ms or 0.3s")
                return float(_BREAKS["medium"])
            return min(float(match[1]) / (1000 if match[2] == "ms" else 1), LONGEST_PAUSE_S)
        return float(self._one_of(_BREAKS, attributes.get("strength", "medium"), "break") or 0.0)

    def _prosody(self, style: Style, attributes: Mapping[str, str]) -> Style:
        rate = self._amount(attributes.get("rate", "medium"), _RATES, r"(\d{1,4}(?:\.\d*)?)(%)", 100.0)
        volume = self._amount(attributes.get("volume", "medium"), _VOLUMES, r"([+-]\d{1,3}(?:\.\d*)?)(dB)", 1.0)
        pitch = self._amount(attributes.get("pitch", "medium"), _PITCHES, r"([+-]\d{1,3}(?:\.\d*)?)(st)", 1.0)
        return style.shaped(rate, volume, pitch)

    def _amount(self, value: str, names: Mapping[str, float], pattern: str, unit: float) -> float:
        match = re.fullmatch(pattern, value.strip(), re.IGNORECASE)
        if match is not None:
            return float(match[1]) / unit
        found = self._one_of(names, value, "prosody")
        return float(names["medium"] if found is None else found)

    def _reading(self, attributes: Mapping[str, str]) -> str:
        wanted = attributes.get("interpret-as", "").strip().lower()
        wanted = {"characters": "digits", "telephone": "digits", "number": "cardinal"}.get(wanted, wanted)
        if wanted in ("digits", "time", "date", "cardinal"):
            return wanted
        self._tell(f"<say-as> has no {wanted!r}: digits, time, date, cardinal")
        return ""
