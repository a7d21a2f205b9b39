"""What the classifier and the rules make of a sentence together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from robot_nodes.language.classifier import Classifier, Label, Verdict
from robot_nodes.language.cues import Finding
from robot_nodes.language.features import Evidence, Piece
from robot_nodes.language.intent import IntentName
from robot_nodes.language.slots import Named, Spots, filled, kind_of

__all__ = ["GUESSED", "Interpretation", "evidence_of", "judged"]

GUESSED = 0.9
"""Factor on what was not said to the letter."""
_AGREED = 0.8
"""Confidence that agreement of rules and classifier gives at most: more is for what is said to the letter."""
_LEARNED, _UNNAMED = "learned: ", "learned, nothing named: "
_NEEDING: Mapping[str, frozenset[str]] = {
    "guide_to": frozenset({"place", "exhibitor", "session"}),
    "locate": frozenset({"place"}),
    "find_facility": frozenset({"facility"}),
    "ask_exhibitor": frozenset({"exhibitor", "place"}),
}
"""What a sentence of an intent must name one of, for the classifier to be believed."""
_GOAL = frozenset({"guide_to", "locate", "ask_exhibitor"})
_WORTH = 0.4
"""Intents for which a name that may have been misheard is looked for, and the probability from which it is."""
_GUESSED_NAME = 0.5
"""Confidence of what is understood with such a name, at most: a conversation asks whether it is the one meant."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a sentence means in one language."""

    intent: IntentName
    topic: str
    slots: Mapping[str, str]
    confidence: float
    lead: bool = False
    facility_id: str = ""
    """The facility that was called by a name of its own."""
    choices: tuple[str, ...] = ()
    """Ids the name may stand for, when there are several."""
    source: str = ""
    """The rule or sentence that decided, for logs and tests."""

    @property
    def learned(self) -> bool:
        """Whether the classifier found it, and no rule."""
        return self.source.startswith((_LEARNED, _UNNAMED))

    @property
    def guessed(self) -> bool:
        """Whether the classifier found it in a sentence that names nothing."""
        return self.source.startswith(_UNNAMED)


def judged(
    ruled: Interpretation | None,
    label: Label | None,
    judge: Classifier,
    found: Evidence,
    spots: Spots,
    wider: Callable[[frozenset[str]], Spots | None] = lambda slots: None,
) -> Interpretation | None:
    """What rules and classifier together make of a sentence: the likeliest for which all is named that it needs.

    :param label: what the rules say, as a label.
    :param wider: the sentence with a name for one of these slots that may have been misheard, if there is one.
    """
    for verdict in judge.decide(found, label):
        if verdict.label.intent == "unknown":
            return None
        if ruled and verdict.label == label:
            return replace(ruled, confidence=max(ruled.confidence, min(_AGREED, round(verdict.probability, 3))))
        meant = _with_slots(verdict.label, spots)
        if meant is None and verdict.probability >= _WORTH and verdict.label.intent in _GOAL:
            guessed = wider(_NEEDING[verdict.label.intent])
            meant = _with_slots(verdict.label, guessed) if guessed else None
            if guessed and meant:
                reading = _learned(verdict, *meant, guessed, ruled)
                return replace(reading, confidence=min(reading.confidence, _GUESSED_NAME))
        if meant:
            return _learned(verdict, *meant, spots, ruled)
    return None


def evidence_of(key: str, language: str, spots: Spots, classes: Mapping[str, Finding]) -> Evidence:
    """A sentence as the classifier sees it."""
    pieces: list[Piece] = []
    for named in sorted(spots.named, key=lambda it: (it.start, it.slot)):
        if not pieces or named.start >= pieces[-1].end:
            kind = "theme" if named.slot == "place" and not named.strong else named.slot
            value = named.value if named.slot in ("facility", "language") else ""
            pieces.append(Piece(named.start, named.end, kind, value))
    return Evidence(key, language, tuple(pieces), {name: it.quality for name, it in classes.items()})


def _with_slots(label: Label, spots: Spots) -> tuple[IntentName, dict[str, str], Named | None] | None:
    """The intent and its slots; None where the sentence does not name what the intent needs."""
    slots, named = filled(label.intent, spots)
    if label.value:
        slots.setdefault("language" if label.intent == "change_language" else "facility", label.value)
    intent = kind_of(label.intent, slots)
    if intent in _NEEDING and not slots.keys() & _NEEDING[intent]:
        return None
    return intent, slots, named


def _learned(
    verdict: Verdict,
    intent: IntentName,
    slots: Mapping[str, str],
    named: Named | None,
    spots: Spots,
    ruled: Interpretation | None,
) -> Interpretation:
    """What the classifier found."""
    return Interpretation(
        intent=intent,
        topic=ruled.topic if ruled and ruled.intent == intent else "",
        slots=slots,
        confidence=round(GUESSED * verdict.probability, 3),
        lead=verdict.label.intent == "guide_to" or bool(ruled and ruled.lead),
        facility_id=named.facility_id if named else "",
        choices=spots.choices(slots),
        source=f"{_LEARNED if spots.named else _UNNAMED}{verdict.label}",
    )
