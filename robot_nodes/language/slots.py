"""Which of the names in a sentence are meant, and which slots an intent takes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from robot_nodes.language.booths import Booths
from robot_nodes.language.catalogue import NameWords
from robot_nodes.language.cues import Cues
from robot_nodes.language.intent import IntentName
from robot_nodes.language.lexicon import Mention
from robot_nodes.language.names import SlotName, SpokenName

__all__ = ["Named", "Spots", "filled", "kind_of"]

_TRANSPORT = frozenset({"metro", "taxi", "parking"})
_NEAR = 3
"""Letters between a theme and the noun or the "in" that makes it a hall's name."""
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

    @classmethod
    def of(cls, name: SpokenName, mention: Mention, *, strong: bool | None = None) -> Named:
        """`name`, one of those the mention may be."""
        others = tuple(it.value for it in mention.names if it.slot == name.slot and it.value != name.value)
        sure = (not name.weak) if strong is None else strong
        return cls(
            name.slot, name.value, mention.start, mention.end, mention.score, sure, name.place, name.booth, others
        )


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
        spots = [it for it in self.named if it.slot in ("place", "exhibitor", "session")]
        return max(spots, key=lambda it: (it.strong, self._is_small(it), it.start), default=None)

    def last(self, *slots: str) -> Named | None:
        """The last name of these slots."""
        found = [it for it in self.named if it.slot in slots]
        return found[-1] if found else None

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
            return named.slot in ("place", "exhibitor", "session")
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
        noun = any(-1 < after.find(word) <= _NEAR for word in self._words.exhibition)
        if self._book.spaced:
            before = self._key[: mention.start].split()[-2:]
            return noun or any(word in self._words.inside for word in before[-1:])
        return noun or any(after.startswith(word) for word in self._words.inside)

    def _standing(self, named: list[Named]) -> list[Named]:
        """Without what a correction, a "not" or a "from" withdraws, where something else is left."""
        corrections = [end for _, end in self._book.corrections.spans(self._key)]
        places = [it for it in named if it.slot != "language"]
        for end in sorted(corrections, reverse=True):
            after = [it for it in places if it.start >= end]
            if after and any(it.end <= end for it in places):
                named = [it for it in named if it in after or it.slot == "language"]
                break
        for around in (self._book.not_this, self._book.origins):
            left = [it for it in named if not self._beside(it, around)]
            if any(it.slot != "language" for it in left):
                named = left
        return self._without_vocative(named)

    def _without_vocative(self, named: list[Named]) -> list[Named]:
        """The robot called by its kind is not the robots' hall, if anything else is named."""
        others = [it for it in named if it.strong or (it.start > 0 and it.end < len(self._key))]
        return others or named

    def _beside(self, named: Named, around: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
        before, after = self._key[: named.start].rstrip(), self._key[named.end :].lstrip()
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
        """A booth number that several halls have, in the hall that is named."""
        halls = [it for it in named if it.slot == "place" and it.value in self._halls]
        settled: list[Named] = []
        for it in named:
            found = (
                next(
                    (
                        booth
                        for hall in reversed(halls)
                        if (booth := booths.in_hall((it.value, *it.others), hall.value))
                    ),
                    "",
                )
                if it.slot == "place" and it.others
                else ""
            )
            settled.append(Named(it.slot, found, it.start, it.end, it.score, True, booth=True) if found else it)
        return settled


def filled(intent: IntentName, spots: Spots) -> tuple[dict[str, str], Named | None]:
    """The slots `intent` takes of the names, and the name that decides."""
    facility = spots.last("facility")
    hall = spots.hall()
    if intent in (*_GOING, "find_facility", "ask_transport") and facility:
        slots = {"facility": facility.value}
        if hall and facility.value not in _TRANSPORT:
            slots["place"] = hall.value
        return slots, facility
    if intent in _GOING:
        goal = spots.destination()
        return ({goal.slot: goal.value} if goal else {}), goal
    if intent == "change_language":
        spoken = spots.last("language")
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
    if intent in _WITH_HALL and hall and not deciding:
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


def _one_per_slot(mention: Mention) -> Iterable[SpokenName]:
    first: dict[str, SpokenName] = {}
    for name in mention.names:
        first.setdefault(cast(str, name.slot), name)
    return first.values()
