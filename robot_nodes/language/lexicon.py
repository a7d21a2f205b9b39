"""Where the venue's names stand in a sentence: letter by letter, or by sound."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter

import numpy as np
from rapidfuzz import fuzz, process

from robot_nodes.language.booths import BoothNumber
from robot_nodes.language.catalogue import name_words
from robot_nodes.language.cues import is_known
from robot_nodes.language.names import SlotName, SpokenName
from robot_nodes.language.normalise import clean, compact
from robot_nodes.language.soundindex import SoundIndex
from robot_nodes.language.sounds import Sound, shares_letter, sound
from robot_nodes.language.wider import best_guess

__all__ = ["Lexicon", "Mention"]

_SLOT_ORDER: dict[SlotName, int] = {"facility": 0, "place": 1, "session": 2, "exhibitor": 3, "language": 4}
"""A name shared by several things means the facility before the hall before the session before the exhibitor."""
_WEAK = 0.8
"""What a theme or a topic weighs against a name, letter for letter."""
_LIKELY, _CANDIDATES = 48, 14
"""Names that are laid beside the sentence, and of those compared to it letter by letter, at most."""
_SHARED = 0.35
"""Share of a name's entries that must be in the sentence before it is compared."""
_ALIKE, _ROUGHLY = 0.8, 0.62
"""Likeness under which a long name is not taken for one heard, and under which it is not looked at closely."""
_LENGTHS = {"zh": (4, 6, 8)}
_OTHER_LENGTHS = (6, 8, 11)
"""Sound symbols: a shorter name is only found as written; one shorter than the second must sound exactly as it should,
one shorter than the third nearly so. A Chinese symbol is half a syllable, others are single sounds."""
_ALIKE_SHORT = 0.83
_STEM_ALIKE: Mapping[bool, float] = {True: 62.0, False: 70.0}
_STEM_ALIKE_SHORT, _SAME = 90.0, 90.0
"""Likeness, 0..100, of what tells a name from others ("finance" of "finance hall"), whatever the rest of it sounds
like; less where a symbol is half a syllable (True), more for a facility paraphrased by mostly common words ("place to
eat")."""
_REST_ALIKE = 66.0
"""Likeness, 0..100, of the rest where the telling part is heard as it should be."""
_MOSTLY = 0.6
_SPELT = {"ja": 0.4, "ko": 0.3}
"""Likeness of the letters, 0..1, a name heard must have: a recogniser that gets most sounds right gets some letters."""
_SOUNDS_SO = 0.95
"""Likeness of the sounds from which it does not matter how a name is spelt: "ぶんか館"."""
_SPELT_SO, _SPELT_LONG = 0.85, 5
"""Likeness of the letters from which a name of so many is one misspelt, whatever it sounds like: characters have
several readings."""
_FIRST, _LAST = (0, 1, -1, 2), (0, 1, -1, 2, -2, 3)
"""Sound symbols by which the ends of a name in a sentence are moved to fit it best."""
_WORD_ALIKE = 50.0
"""Likeness of letters, 0..100, under which two words are not the same one misheard."""
_HEARD = 0.95
"""Factor on the likeness of a name that is not written as it should be."""
_STRICTER = 0.06
"""How much more alike names must sound where words are parted by spaces: their sounds are coarser."""
_SWALLOWED = 1.15
"""A name heard takes the place of a part of a name written in it only if it is so much longer."""
_SWALLOWS = 0.8
"""Likeness of sounds and letters from which a place heard takes the place of one written that is its end."""
_BY_LETTERS = 0.1
"""What names of the same sound weigh less if their letters are others."""
_SAID, _CLEARER = 70.0, 8.0
"""Likeness, 0..100, of the rest of the name of one of several exhibitors of one short name from which it is the one
meant, and by which it must be ahead of the others."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_ASCII_WORD = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Mention:
    """Characters [start, end) of a sentence name one of `names`, the most likely first."""

    start: int
    end: int
    names: tuple[SpokenName, ...]
    score: float = 1.0
    """1 where it is written so, less where it only sounds so."""
    letters: float = 1.0
    """Likeness of the letters, 0..1."""

    @property
    def name(self) -> SpokenName:
        """The likeliest."""
        return self.names[0]

    @property
    def weight(self) -> float:
        """What decides between overlapping mentions."""
        spelt = 1.0 - _BY_LETTERS * (1.0 - self.letters)
        return (self.end - self.start) * self.score * spelt * (_WEAK if self.name.weak else 1.0)


class _HeardNames:
    """Names of one language by what they sound like."""

    def __init__(self, index: SoundIndex) -> None:
        language = index.language
        self.index = index
        self._names, self._keys, self._parts, self._stems = index.names, index.keys, index.parts, index.stems
        self._at_once = language == "en"
        self._by_letter = language == "zh"
        self._spelt = _SPELT.get(language, 0.0)
        self._nouns = frozenset(map(clean, name_words(language).exhibition))
        self._shortest, self._sure, self._long = _LENGTHS.get(language, _OTHER_LENGTHS)
        self._guessed = np.array([name.rank > 2 for name in index.names])

    def heard(self, said: Sound, text: str) -> list[Mention]:
        """Names that something in the sentence sounds like, the likest first."""
        shared = self.index.shared(said.key)
        likely = np.flatnonzero((shared >= _SHARED) & ~self._guessed)
        likely = likely[np.argsort(-shared[likely], kind="stable")[:_LIKELY]]
        best = process.extract(
            said.key,
            {index: self._keys[index] for index in likely.tolist()},
            scorer=fuzz.partial_ratio,
            score_cutoff=100 * _ROUGHLY,
            limit=_CANDIDATES,
        )
        found = [self._compared(index, said, text) for _, _, index in best]
        return sorted((it for it in found if it), key=lambda it: -it.score)

    def _likeness(self, index: int, letters: float) -> float:
        """How alike a name must be; a little less where most letters of what has a name of its own are right."""
        length = len(self._keys[index])
        if letters >= _MOSTLY and self._names[index].slot != "facility" and not self._by_letter:
            return _ALIKE_SHORT
        return 1.0 if length < self._sure else _ALIKE_SHORT if length < self._long else _ALIKE

    def _compared(self, index: int, said: Sound, text: str) -> Mention | None:
        key, name = self._keys[index], self._names[index]
        if len(key) < self._shortest or len(key) > len(said.key) + 2:
            return None
        alignment = fuzz.partial_ratio_alignment(key, said.key, score_cutoff=100 * _ROUGHLY)
        if alignment is None or alignment.dest_end <= alignment.dest_start:
            return None
        score, first, last = alignment.score / 100, alignment.dest_start, alignment.dest_end
        if not self._at_once:
            score, first, last = _fitted(key, said, first, last)
        start, end = said.at[first], said.at[last - 1] + 1
        if self._at_once:
            start, end = _to_words(text, start, end)
        heard = text[start:end]
        letters = self._letters(index, heard, score)
        if letters is None:
            return None
        if self._at_once or (letters >= _SPELT_SO and len(compact(name.text)) >= _SPELT_LONG):
            score = max(score, letters)
        misspelt = score <= letters and not self._at_once
        if not misspelt and not self._stem_alike(index, said.key[first:last]):
            return None
        if score - (_STRICTER if self._at_once and score < 1 else 0.0) < self._likeness(index, letters):
            return None
        return Mention(start, end, (name,), _HEARD * min(score, 1.0), letters)

    def _letters(self, index: int, heard: str, score: float) -> float | None:
        """Likeness (0..1) of the letters of a name and of what is heard, None if they are too unlike.

        :param score: likeness of the sounds.
        """
        name = self._names[index]
        if heard in self._nouns:
            return None
        if self._at_once:
            agree = _words_agree(name.text.split(), heard.split())
            return fuzz.ratio(name.text, heard) / 100 if agree else None
        if self._by_letter and not shares_letter(name.text[slice(*self._parts[index])], heard):
            return None
        letters = fuzz.ratio(compact(name.text), compact(heard)) / 100
        same = score >= _SOUNDS_SO and all(letter in name.text for letter in _HAN.findall(heard))
        return letters if same or letters >= self._spelt else None

    def _stem_alike(self, index: int, window: str) -> bool:
        """Whether what tells the name from others is heard, not only what many names have."""
        first, last = self._stems[index]
        key = self._keys[index]
        stem, tail = key[first:last], key[last:]
        if stem == key:
            return True
        cuts = (len(window) - len(tail), first + len(stem))  # where the tail begins, if it or the stem is heard whole
        alike, cut = max((fuzz.ratio(stem, window[first:cut]), cut) for cut in cuts)
        if alike >= _SAME and tail and fuzz.ratio(tail, window[cut:]) < _REST_ALIKE:
            return False  # a hall's theme, but no hall: "体育课"
        short = self._names[index].slot == "facility" and 2 * len(stem) <= len(key)
        return alike >= (_STEM_ALIKE_SHORT if short else _STEM_ALIKE[self._by_letter])


class Lexicon:
    """All names of a venue, indexed. Building takes about 0.1 ms a name; it never changes afterwards."""

    def __init__(self, names: Iterable[SpokenName]) -> None:
        self._exact: dict[str, list[SpokenName]] = {}
        self._exhibitors: dict[str, list[str]] = defaultdict(list)
        by_language: dict[str, list[SpokenName]] = defaultdict(list)
        for name in names:
            self._exact.setdefault(compact(name.text), []).append(name)
            if name.slot == "exhibitor" and name.rank < 2:
                self._exhibitors[name.value].append(compact(name.text))
            if (name.rank < 2 and not name.own) or name.weak:
                by_language[name.language].append(name)
        for sharing in self._exact.values():
            sharing.sort(key=lambda name: (name.rank > 1, _SLOT_ORDER[name.slot], name.rank))
        self._lengths = sorted({len(key) for key in self._exact}, reverse=True)
        self._heads = {key[:2] for key in self._exact}
        self._sounds = {language: _HeardNames(SoundIndex(spoken, language)) for language, spoken in by_language.items()}

    def mentions(
        self,
        text: str,
        language: str,
        known: bytearray | None = None,
        numbers: Iterable[BoothNumber] = (),
    ) -> list[Mention]:
        """Names in `text`, in order, none over another; of two that overlap, the longer and better heard.

        :param text: cleaned; with or without spaces, names are found across them.
        :param known: of every letter, whether it belongs to a word that is no name; such words are not misheard names.
        :param numbers: booth numbers in `text`: no name but a booth's own lies over one.
        """
        found = self._written(text)
        if language in self._sounds:
            heard = self._sounds[language].heard(sound(text, language), text)
            found += [
                it
                for it in heard
                if (known is None or not is_known(known, it.start, it.end)) and not _only_overlaps(it, found)
            ]
        chosen = [_of_booth(number, language) for number in numbers]
        own = [it for it in found if it.name.booth]
        chosen = [it for it in chosen if all(it.end <= by.start or by.end <= it.start for by in own)]
        for mention in sorted(found, key=lambda it: -it.weight):
            if all(mention.end <= other.start or other.end <= mention.start for other in chosen):
                chosen.append(self._settled(mention, text))
        return sorted(chosen, key=attrgetter("start"))

    def _settled(self, mention: Mention, text: str) -> Mention:
        """One of several exhibitors that share a short form, if the rest of one's name is said elsewhere."""
        sharing = [name for name in mention.names if name.slot == "exhibitor"]
        if len(sharing) < 2 or mention.name.slot != "exhibitor":
            return mention
        shared, rest = compact(mention.name.text), compact(text[: mention.start] + text[mention.end :])
        alike = {
            name: max(
                (
                    fuzz.partial_ratio(form.replace(shared, ""), rest)
                    for form in self._exhibitors[name.value]
                    if form != shared
                ),
                default=0.0,
            )
            for name in sharing
        }
        best, *others = sorted(sharing, key=lambda name: -alike[name])
        if alike[best] < _SAID or alike[best] - alike[others[0]] < _CLEARER:
            return mention
        return replace(mention, names=(best, *(name for name in mention.names if name.slot != "exhibitor")))

    def guessed(self, text: str, language: str, slots: Collection[str]) -> Mention | None:
        """The name of one of `slots` that something in `text` is most like, where one must be named."""
        guess = best_guess(self._sounds[language].index, text, slots) if language in self._sounds else None
        return Mention(guess.start, guess.end, (guess.name,), _HEARD * guess.likeness) if guess else None

    def exact(self, text: str) -> tuple[SpokenName, ...]:
        """What is called just `text` (cleaned)."""
        return tuple(self._exact.get(compact(text), ()))

    def _written(self, text: str) -> list[Mention]:
        letters, places = _without_spaces(text)
        found: list[Mention] = []
        for first in range(len(letters) - 1):
            if letters[first : first + 2] not in self._heads:
                continue
            for length in self._lengths:
                sharing = self._exact.get(letters[first : first + length]) if first + length <= len(letters) else None
                if sharing and _on_boundaries(text, places[first], places[first + length - 1] + 1):
                    found.append(Mention(places[first], places[first + length - 1] + 1, _distinct(sharing)))
        return found


def _only_overlaps(heard: Mention, written: Sequence[Mention]) -> bool:
    """Whether a name that is written is in the way of one that is only heard."""
    return any(
        it.start < heard.end
        and heard.start < it.end
        and not (_within(it, heard) if it.name.weak else _swallows(heard, it))
        for it in written
    )


def _within(inner: Mention, outer: Mention) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _swallows(heard: Mention, written: Mention) -> bool:
    """Whether a name written is but a part of the one heard."""
    longer = heard.end - heard.start >= _SWALLOWED * (written.end - written.start)
    if not longer or written.name.rank >= 2:
        return longer
    one_kind = heard.name.slot == written.name.slot
    ends = (
        heard.end == written.end and min(heard.score, heard.letters) >= _SWALLOWS
    )  # "winter" misheard before "sports"
    return one_kind and _within(written, heard) and (heard.name.slot == "exhibitor" or ends)


def _of_booth(number: BoothNumber, language: str) -> Mention:
    names = tuple(SpokenName(booth, language, "place", booth, booth=True) for booth in number.booths)
    return Mention(number.start, number.end, names, number.score)


def _fitted(key: str, said: Sound, start: int, end: int) -> tuple[float, int, int]:
    """The likeness (0..1) of `key` to the whole letters near [start, end) of `said` that it fits best, and those."""
    best = (-1.0, start, end)
    for first in {_at_letter(said.at, start + step) for step in _FIRST}:
        for last in {_at_letter(said.at, end + step) for step in _LAST}:
            if last > first:
                best = max(best, (fuzz.ratio(key, said.key[first:last]) / 100, first, last), key=itemgetter(0))
    return best


def _at_letter(at: Sequence[int], place: int) -> int:
    """`place`, or where the letter it is in the middle of ends."""
    place = min(max(place, 0), len(at))
    while 0 < place < len(at) and at[place] == at[place - 1]:
        place += 1
    return place


def _words_agree(name: Sequence[str], said: Sequence[str]) -> bool:
    """Whether (nearly) every word of a name is like some word said; one of three or more may be lost."""
    lost = sum(max((fuzz.ratio(word, other) for other in said), default=0.0) < _WORD_ALIKE for word in name)
    return lost <= (1 if len(name) > 2 else 0)


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) made to begin and end with a word of which it holds at least half."""
    first = text.rfind(" ", 0, start) + 1
    last = text.find(" ", end)
    last = len(text) if last < 0 else last
    word_end = text.find(" ", start)
    word_end = len(text) if word_end < 0 else word_end
    word_start = text.rfind(" ", 0, end) + 1
    new_start = first if start - first <= (word_end - first) / 2 or word_end >= end else word_end + 1
    new_end = last if end - word_start >= (last - word_start) / 2 or word_start <= new_start else word_start - 1
    return new_start, max(new_end, new_start)


def _without_spaces(text: str) -> tuple[str, list[int]]:
    """The letters of `text` and where each stands in it."""
    places = [index for index, character in enumerate(text) if character != " "]
    return "".join(text[index] for index in places), places


def _on_boundaries(text: str, start: int, end: int) -> bool:
    """Whether [start, end) does not cut a word of letters and digits in two."""
    cuts_left = start > 0 and _ASCII_WORD.match(text[start]) and _ASCII_WORD.match(text[start - 1])
    cuts_right = end < len(text) and _ASCII_WORD.match(text[end - 1]) and _ASCII_WORD.match(text[end])
    return not (cuts_left or cuts_right)


def _distinct(sharing: Sequence[SpokenName]) -> tuple[SpokenName, ...]:
    """One name for each thing meant."""
    first: dict[tuple[SlotName, str], SpokenName] = {}
    for name in sharing:
        first.setdefault((name.slot, name.value), name)
    return tuple(first.values())
