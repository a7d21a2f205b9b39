"""What in a sentence tells its intent, whoever worded it: the word classes of `cues/*.yaml` found in it.

A class member is found letter by letter, by sound, or nearly. Which rule then holds is for `interpretation` to tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from robot_nodes.language.intent import INTENTS, IntentName
from robot_nodes.language.rules import CueFile
from robot_nodes.language.sounds import Sound, shares_letter, sound, sound_key
from robot_nodes.language.wordlist import WordList

__all__ = ["Cues", "Finding", "cues", "is_known"]

_SOUNDS_SO, _NEARLY = 0.95, 0.85
"""Quality of a member heard by sound, and factor on the likeness of one heard nearly."""
_LENGTHS: Mapping[str, tuple[int, int]] = {"zh": (4, 8), "en": (4, 8)}
_OTHER_LENGTHS = (6, 8)
"""Sound symbols of a member that may be heard by sound, and nearly."""
_SHORTEST_TEXT: Mapping[bool, int] = {False: 2, True: 4}
"""Letters of such a member, where words are not parted by spaces and where they are."""
_ALIKE: Mapping[bool, float] = {False: 82.0, True: 88.0}
"""Likeness, 0..100, from which a member is nearly heard; more where words are parted, as their sounds are coarser."""
_HEAD = 4
"""Sound symbols members are filed under."""
_GRAM = 3
"""Sound symbols in one entry of the index of members that may be heard nearly."""
_KNOWN = 0.8
"""Share of a span that must be known words for it not to be a misheard one."""


@dataclass(slots=True)
class Finding:
    """A class in a sentence: how well it was heard, and where (letters of the key)."""

    quality: float = 0.0
    spans: list[tuple[int, int]] = field(default_factory=list)

    def add(self, quality: float, span: tuple[int, int]) -> None:
        """One more place where it stands."""
        self.quality = max(self.quality, quality)
        self.spans.append(span)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A member by its sound."""

    owner: str
    text: str
    sound: str
    starts: bool
    ends: bool

    def fits(self, start: int, end: int, length: int) -> bool:
        """Whether it may stand at [start, end) of a sentence of so many sounds."""
        return (not self.starts or start == 0) and (not self.ends or end == length)


class Cues:
    """The cues of one language. Stateless once built."""

    def __init__(self, language: str) -> None:
        source = CueFile(language)
        self.language = language
        self.spaced = language == "en"
        self.rules = tuple(source.rules())
        self.unless = source.unless
        self.not_this = source.around("not_this")
        self.origins = source.around("origins")
        self.light, self.corrections, self._asks, self._own, self._doubts = (
            WordList(((word, word) for word in source.words(key)), spaced=self.spaced)
            for key in ("light", "corrections", "asks", "own", "doubts")
        )
        self.classes_of: Mapping[IntentName, frozenset[str]] = {
            intent: frozenset(name for rule in self.rules if rule.intent == intent for name in rule.named())
            for intent in INTENTS
        }
        """Intent -> the classes its rules are made of."""
        self.needs = tuple(
            tuple(item.classes for item in rule.items if not item.absent and not item.slots) for rule in self.rules
        )
        """Of each rule, sets of classes of each of which it needs one."""
        members = [(form, owner) for owner, forms in source.classes.items() for form in forms]
        listed = (word for key in ("light", "asks", "own", "doubts", "corrections") for word in source.words(key))
        self._vocabulary = tuple(word.strip("^$") for word in (*(form for form, _ in members), *listed))
        self._members = WordList(members, spaced=self.spaced)
        self._by_sound: dict[str, list[_Heard]] = defaultdict(list)
        self._nearly: dict[tuple[str, str], _Heard] = {}
        self._index_sounds(members)
        self._nearly_members = tuple(self._nearly.values())
        self._index_nearly()

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Every word and phrase of the classes and lists, without anchors."""
        return self._vocabulary

    def written(self, key: str) -> dict[str, Finding]:
        """Every class that is written in a sentence.

        :param key: the sentence as compared (Templates.key).
        """
        found: dict[str, Finding] = {}
        for start, end, owner in self._members.find(key):
            found.setdefault(owner, Finding()).add(1.0, (start, end))
        return found

    def heard(
        self, key: str, written: Mapping[str, Finding], *, nearly: bool, named: Iterable[tuple[int, int]] = ()
    ) -> dict[str, Finding]:
        """`written` and every class that something else in the sentence sounds like.

        :param nearly: also what only sounds somewhat like a member.
        :param named: where names are written: nothing there is a misheard cue.
        """
        names = tuple(named)
        found = {owner: Finding(it.quality, list(it.spans)) for owner, it in written.items()}
        said = sound(key, self.language)
        guessed: dict[str, Finding] = {}
        self._sounding(said, key, guessed)
        if nearly:
            self._nearly_sounding(said, key, guessed)
        known = self.known(key, written)
        for owner, finding in guessed.items():
            for start, end in finding.spans:
                apart = all(end <= first or last <= start for first, last in names)
                if apart and not is_known(known, start, end):
                    found.setdefault(owner, Finding()).add(finding.quality, (start, end))
        return found

    def known(self, key: str, written: Mapping[str, Finding]) -> bytearray:
        """Of every letter, whether it belongs to a word written as it should be: nobody misheard that."""
        letters = bytearray(len(key))
        for start, end in (*self.light.spans(key), *(span for it in written.values() for span in it.spans)):
            letters[start:end] = b"\1" * (end - start)
        return letters

    def asks(self, key: str) -> bool:
        """Whether a word of questions or wishes is in a sentence."""
        return self._asks.any(key)

    def own(self, key: str) -> bool:
        """Whether the speaker speaks of themselves; True where the language's cues do not tell."""
        return not self._own or self._own.any(key)

    def doubts(self, key: str) -> int:
        """How many words of stories are in a sentence."""
        return len({word for _, _, word in self._doubts.find(key)})

    def _index_sounds(self, members: Iterable[tuple[str, str]]) -> None:
        shortest, nearly = _LENGTHS.get(self.language, _OTHER_LENGTHS)
        for form, owner in members:
            text = form.removeprefix("^").removesuffix("$")
            key = sound_key(text, self.language)
            if len(key) < shortest or len(text) < _SHORTEST_TEXT[self.spaced]:
                continue
            member = _Heard(owner, text, key, form.startswith("^"), form.endswith("$"))
            self._by_sound[key[:_HEAD]].append(member)
            if len(key) >= nearly and not (member.starts or member.ends):
                self._nearly.setdefault((owner, key), member)

    def _sounding(self, said: Sound, key: str, found: dict[str, Finding]) -> None:
        for start in range(len(said.key) - _HEAD + 1):
            for member in self._by_sound.get(said.key[start : start + _HEAD], ()):
                end = start + len(member.sound)
                if not said.key.startswith(member.sound, start) or not member.fits(start, end, len(said.key)):
                    continue
                span = (said.at[start], said.at[end - 1] + 1)
                if self._whole(span, key) and (self.language != "zh" or shares_letter(member.text, key[slice(*span)])):
                    found.setdefault(member.owner, Finding()).add(_SOUNDS_SO, span)

    def _index_nearly(self) -> None:
        postings: dict[str, list[int]] = defaultdict(list)
        for index, member in enumerate(self._nearly_members):
            for gram in _grams(member.sound):
                postings[gram].append(index)
        self._postings = {gram: np.array(holding, dtype=np.int32) for gram, holding in postings.items()}
        # What is alike enough shares a third of these even where every difference breaks three of them.
        self._shared = np.array([max(1, len(_grams(it.sound)) // 3) for it in self._nearly_members], dtype=np.int32)

    def _likely(self, said: str) -> NDArray[np.intp]:
        """The members that share enough with `said` to be compared."""
        held = [self._postings[gram] for gram in _grams(said) if gram in self._postings]
        if not held:
            return np.zeros(0, dtype=np.intp)
        return np.flatnonzero(np.bincount(np.concatenate(held), minlength=len(self._shared)) >= self._shared)

    def _nearly_sounding(self, said: Sound, key: str, found: dict[str, Finding]) -> None:
        cutoff = _ALIKE[self.spaced]
        likely = [self._nearly_members[index] for index in self._likely(said.key)]
        for _, score, index in process.extract(
            said.key, [it.sound for it in likely], scorer=fuzz.partial_ratio, score_cutoff=cutoff, limit=None
        ):
            member = likely[index]
            if len(member.sound) > len(said.key) + 1:
                continue
            place = fuzz.partial_ratio_alignment(member.sound, said.key, score_cutoff=cutoff)
            if place is not None and member.fits(place.dest_start, place.dest_end, len(said.key)):
                span = (said.at[place.dest_start], said.at[place.dest_end - 1] + 1)
                if self._whole(span, key):
                    found.setdefault(member.owner, Finding()).add(_NEARLY * score / 100, span)

    def _whole(self, span: tuple[int, int], key: str) -> bool:
        """Whether a span begins and ends with words, where words are parted."""
        return not self.spaced or (
            (span[0] == 0 or key[span[0] - 1] == " ") and key[span[1] : span[1] + 1] in ("", " ")
        )


def _grams(key: str) -> set[str]:
    return {key[index : index + _GRAM] for index in range(len(key) - _GRAM + 1)}


def is_known(known: bytearray, start: int, end: int) -> bool:
    """Whether nearly all of [start, end) is words written as they should be."""
    return sum(known[start:end]) >= _KNOWN * (end - start)


@cache
def cues(language: str) -> Cues:
    """The cues of `language`, read once per process; raises CatalogueError."""
    return Cues(language)
