"""Which of the names in a sentence are meant, and which slots an intent takes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import cast

from robot_nodes.language.booths import Booths
from robot_nodes.language.catalogue import NameWords
from robot_nodes.language.cues import Cues
from robot_nodes.language.intent import IntentName
from robot_nodes.language.lexicon import Mention
from robot_nodes.language.names import SlotName, SpokenName
from robot_nodes.language.sounds import sound_key

__all__ = ["Named", "Spots", "filled", "kind_of"]

_TRANSPORT = frozenset({"metro", "taxi", "parking"})
_TOPIC = 3
"""Rank of a topic among a hall's names."""
_NOUN_LETTERS, _NOUNS_HEARD = 8, 6
"""Letters after a theme in which a noun is listened for, and how many nouns are."""
_NEAR = 3
"""Letters between a theme and the noun or the "in" that makes it a hall's name."""
_SPOTS = ("place", "exhibitor", "session")
_GOING: frozenset[IntentName] = frozenset({"guide_to", "locate"})
_WITH_EXHIBITOR: frozenset[IntentName] = frozenset({"ask_exhibitor", "negotiate"})
_WITH_HALL: frozenset[IntentName] = frozenset(
    {
        "find_facility",
        "ask_exhibitor",
        "ask_programme",
        "ask_now_next",
        "ask_hours",
        "recommend",
        "negotiate",
        "call_staff",
        "emergency",
        "lost_person",
    }
)


@dataclass(frozen=True, slots=True)
class Named:
    """One thing the sentence names."""

    slot: SlotName
    value: str
    start: int
    end: int
    score: float
    strong: bool
    """Whether it is named, not merely hinted at by a theme."""
    facility_id: str = ""
    booth: bool = False
    others: tuple[str, ...] = ()
    """What else the same words may stand for."""
    hall: str = ""
    """The hall that the facility's own name names with it."""
    said: bool = True
    """Whether a name or a theme names it, not a mere topic."""

    @classmethod
    def of(cls, name: SpokenName, mention: Mention, *, strong: bool | None = None) -> Named:
        """`name`, one of those the mention may be."""
        others = tuple(it.value for it in mention.names if it.slot == name.slot and it.value != name.value)
        sure = (not name.weak) if strong is None else strong
        return cls(
            name.slot, name.value, mention.start, mention.end, mention.score, sure, name.place, name.booth, others,
            hall=name.hall, said=name.rank < _TOPIC,
        )  # fmt: skip


class Spots:
    """The names of one sentence, those withdrawn left out."""

    def __init__(
        self,
        mentions: Sequence[Mention],
        key: str,
        book: Cues,
        words: NameWords,
        halls: frozenset[str],
        booths: Booths,
    ) -> None:
        self.mentions = tuple(mentions)
        self._key, self._book, self._words, self._halls = key, book, words, halls
        named = [Named.of(name, it, strong=self._strong(it)) for it in mentions for name in _one_per_slot(it)]
        standing = self._standing(named)
        self.withdrawn = len(standing) < len(named)
        """Whether the speaker has taken a name back."""
        self.named = self._in_their_halls(standing, booths)

    @property
    def booth_in_doubt(self) -> bool:
        """Whether a booth number is named that several halls have."""
        return any(len(it.names) > 1 and it.name.slot == "place" for it in self.mentions)

    def only(self, named: Named) -> Spots:
        """The same sentence with but one name."""
        other = object.__new__(Spots)
        other.mentions, other.named, other.withdrawn = self.mentions, [named], self.withdrawn
        other._key, other._book, other._words, other._halls = self._key, self._book, self._words, self._halls
        return other

    def quality(self, kinds: frozenset[str]) -> float:
        """How well the best name of `kinds` (place, hall, spot, target, ...) is heard; 0 if there is none."""
        return max((it.score for it in self.named for kind in kinds if self._is(it, kind)), default=0.0)

    def destination(self) -> Named | None:
        """Where to: what is named before what is hinted at, a stand or session before a hall, and the last of those."""
        spots = [it for it in self.named if it.slot in _SPOTS]
        return max(spots, key=lambda it: (it.strong, self._is_small(it), it.start), default=None)

    def last(self, *slots: str) -> Named | None:
        """The last name of these slots."""
        found = [it for it in self.named if it.slot in slots]
        return found[-1] if found else None

    def language(self) -> Named | None:
        """The last language that is not one somebody does not speak."""
        found = [it for it in self.named if it.slot == "language"]
        spoken = [it for it in found if not self._beside(it, self._words.not_spoken)]
        return (spoken or found)[-1] if found else None

    def hall(self) -> Named | None:
        """The last hall named as such."""
        return next((it for it in reversed(self.named) if self._is(it, "hall")), None)

    def choices(self, slots: Mapping[str, str]) -> tuple[str, ...]:
        """Ids that share the name one of `slots` was filled from."""
        for named in self.named:
            if named.others and slots.get(named.slot) == named.value:
                return (named.value, *named.others)
        return ()

    def _is(self, named: Named, kind: str) -> bool:
        if kind == "booth":
            return named.slot == "place" and named.booth
        if kind == "hall":
            return named.slot == "place" and named.strong and named.value in self._halls
        if kind == "spot":
            return named.slot in _SPOTS
        if kind == "target":
            return named.slot != "language"
        return named.slot == kind

    def _is_small(self, named: Named) -> bool:
        return named.slot != "place" or named.value not in self._halls

    def _strong(self, mention: Mention) -> bool | None:
        """None: as the name says; True for a theme with a noun or an "in" at it."""
        if not mention.name.weak:
            return None
        after = self._key[mention.end : mention.end + _NEAR + max(map(len, self._words.exhibition))]
        noun = any(-1 < after.find(word) <= _NEAR for word in self._words.exhibition) or self._noun_heard(mention.end)
        if self._book.spaced:
            before = self._key[: mention.start].split()[-2:]
            return noun or any(word in self._words.inside for word in before[-1:])
        return noun or any(after.startswith(word) for word in self._words.inside)

    def _noun_heard(self, start: int) -> bool:
        """Whether what follows a theme at once sounds like the noun of a hall: "机器人宽" for "机器人馆"."""
        language = self._book.language
        heard = sound_key(self._key[start : start + _NOUN_LETTERS].strip(), language)
        return heard.startswith(_noun_sounds(self._words.exhibition, language))

    def _standing(self, named: list[Named]) -> list[Named]:
        """Without what a correction, a "not", a "from" or a "next to" withdraws, where something else is left."""
        corrections = [end for _, end in self._book.corrections.spans(self._key)]
        places = [it for it in named if it.slot != "language"]
        for end in sorted(corrections, reverse=True):
            after = [it for it in places if it.start >= end]
            if after and any(it.end <= end for it in places):
                named = [it for it in named if it in after or it.slot == "language"]
                break
        named = self._without_second_thoughts(named)
        for around in (self._book.not_this, self._book.origins, self._words.landmarks):
            named = self._without_those(named, around)
        return self._without_vocative(named)

    def _without_those(self, named: list[Named], around: tuple[tuple[str, ...], tuple[str, ...]]) -> list[Named]:
        """Without the names that stand beside one of the words, if a name of a place, stand or session is left."""
        beside = [it for it in named if it.slot != "language" and self._beside(it, around)]
        booths = any(it.booth for it in beside)  # whose hall goes with it
        left = [it for it in named if it not in beside and not (booths and it.value in self._halls)]
        spots = around is self._words.landmarks
        kept = any(it.slot in _SPOTS if spots else it.slot != "language" for it in left)
        return left if kept else named

    def _without_second_thoughts(self, named: list[Named]) -> list[Named]:
        """Without a name that is followed by nothing but a "no" or a "sorry" and another."""
        places = sorted((it for it in named if it.slot != "language"), key=lambda it: it.start)
        gone = [
            first
            for first, second in pairwise(places)
            if first.end <= second.start and self._key[first.end : second.start].strip() in self._words.second_thoughts
        ]
        return [it for it in named if not any(it.start <= by.start and it.end <= by.end for by in gone)]

    def _without_vocative(self, named: list[Named]) -> list[Named]:
        """The robot called by its kind is not the robots' hall, if anything else is named."""
        others = [
            it
            for it in named
            if it.strong
            or (it.start > 0 and it.end < len(self._key))
            or self._key[it.start : it.end] not in self._words.vocatives
        ]
        return others or named

    def _beside(self, named: Named, around: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
        before, after = self._key[: named.start].rstrip(), self._key[named.end :].lstrip()
        if any(end == len(before) for _, end in self._book.corrections.spans(self._key)):
            before = ""  # "no, not at all: the tourism hall"
        for article in self._words.articles:
            before = before.removesuffix(" " + article) if self._book.spaced else before
        for noun in sorted(self._words.exhibition, key=len, reverse=True):
            if after.startswith(noun):
                after = after.removeprefix(noun).lstrip()
                break
        gap = " " if self._book.spaced else ""
        return any(f"{gap}{before}".endswith(f"{gap}{it}") for it in around[0]) or any(
            f"{after}{gap}".startswith(f"{it}{gap}") for it in around[1]
        )

    def _in_their_halls(self, named: list[Named], booths: Booths) -> list[Named]:
        """A booth number that several halls have, or a name several exhibitors have, in the hall that is named."""
        halls = [it for it in named if it.slot == "place" and it.value in self._halls and not it.booth]
        settled: list[Named] = []
        for it in named:
            several = (it.value, *it.others) if it.others and it.slot in ("place", "exhibitor") else ()
            found = next((one for hall in reversed(halls) if (one := booths.in_hall(several, hall.value))), "")
            settled.append(replace(it, value=found, strong=True, others=()) if found else it)
        return settled


def filled(intent: IntentName, spots: Spots) -> tuple[dict[str, str], Named | None]:
    """The slots `intent` takes of the names, and the name that decides."""
    facility = spots.last("facility")
    hall = spots.hall()
    if intent in (*_GOING, "find_facility", "ask_transport") and facility:
        slots, named_hall = {"facility": facility.value}, hall.value if hall else facility.hall
        if named_hall and facility.value not in _TRANSPORT:
            slots["place"] = named_hall
        return slots, facility
    if intent in _GOING:
        goal = spots.destination()
        return ({goal.slot: goal.value} if goal else {}), goal
    if intent == "change_language":
        spoken = spots.language()
        return ({"language": spoken.value} if spoken else {}), spoken
    slots, deciding = {}, None
    if intent in _WITH_EXHIBITOR and (exhibitor := spots.last("exhibitor")):
        slots, deciding = {"exhibitor": exhibitor.value}, exhibitor
    if intent == "ask_programme" and (session := spots.last("session")):
        slots, deciding = {"session": session.value}, session
    if intent == "ask_exhibitor" and not slots:
        place = spots.destination()
        if place and place.slot == "place":
            return {"place": place.value}, place
    beside = not deciding or (intent == "ask_exhibitor" and hall is not None and hall.said)
    if intent in _WITH_HALL and hall and beside:
        slots["place"] = hall.value
    return slots, deciding


def kind_of(intent: IntentName, slots: Mapping[str, str]) -> IntentName:
    """The intent that what is named makes of a wish to go or a question where: see the rules in docs/language.md."""
    facility = slots.get("facility", "")
    if intent in (*_GOING, "find_facility", "ask_transport") and facility:
        return "ask_transport" if facility in _TRANSPORT else "find_facility"
    if intent == "locate" and "exhibitor" in slots:
        return "ask_exhibitor"
    if intent == "locate" and "session" in slots:
        return "ask_programme"
    return intent


@lru_cache
def _noun_sounds(nouns: tuple[str, ...], language: str) -> tuple[str, ...]:
    """How the commonest nouns of halls sound."""
    shortest = 2 if language == "zh" else 3
    keys = (sound_key(noun, language) for noun in nouns[:_NOUNS_HEARD])
    return tuple(key for key in keys if len(key) >= shortest)


def _one_per_slot(mention: Mention) -> Iterable[SpokenName]:
    first: dict[str, SpokenName] = {}
    for name in mention.names:
        first.setdefault(cast(str, name.slot), name)
    return first.values()
