"""A talk of several turns with one visitor: what was meant before decides what is meant now.

Stop and cries for help are heard at any moment, in any language, whatever was asked before. A question is asked only
when the name said may mean several things, when a destination was barely heard, or when nothing was understood twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from robot_nodes.language.catalogue import languages
from robot_nodes.language.context import pointers
from robot_nodes.language.intent import Intent, IntentName
from robot_nodes.language.interpretation import Interpretation
from robot_nodes.language.phrases import reply
from robot_nodes.language.slots import kind_of
from robot_nodes.language.understanding import Understanding

__all__ = ["TIMEOUT_S", "Conversation", "Conversations"]

TIMEOUT_S = 90.0
"""After so long without a word, the next one comes from somebody else."""
_SAFETY: frozenset[IntentName] = frozenset({"stop", "emergency", "lost_person", "call_staff", "wait"})
_ANSWERS: frozenset[IntentName] = frozenset({"yes", "no"})
_MAY_LEAD: frozenset[IntentName] = frozenset(
    {"locate", "find_facility", "ask_exhibitor", "ask_programme", "ask_transport", "recommend", "negotiate"}
)
"""Answers after which "yes" and "take me there" mean the place they were about."""
_MAY_POINT: frozenset[IntentName] = _MAY_LEAD | {"guide_to", "ask_now_next", "ask_hours", "ask_identity", "yes"}
"""What may be about something said before; "say that again" is not."""
_SURE_ENOUGH = 0.6
"""Confidence under which a destination is confirmed first."""
_POINTED = 0.8
"""Confidence of what was only pointed to."""
_NAMED = 0.8
"""Confidence from which a name in a sentence counts more than "the second one" in it."""
_LOST_TURNS = 2
"""Turns in a row that were not understood, after which staff are offered."""
_NAMING = ("exhibitor", "session", "facility", "place")


@dataclass(frozen=True, slots=True)
class _Question:
    """What the robot asked: `found` is what it would do, `choices` what it may be about."""

    kind: Literal["which", "confirm", "lead", "staff"]
    found: Interpretation | None
    choices: tuple[str, ...] = ()


@dataclass(slots=True)
class _Memory:
    """What is kept from turn to turn."""

    last_s: float = 0.0
    language: str | None = None
    question: _Question | None = None
    subject: str = ""
    """Id of what was talked about last: a place, an exhibitor or a session."""
    choices: tuple[str, ...] = field(default=())
    """What "the second one" and "another" choose from."""
    lost: int = 0
    reply: str = ""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One sentence and what goes with it."""

    text: str
    language: str
    near: tuple[float, float] | None
    now: datetime | None


class Conversation:
    """One visitor's talk. Not for several threads at once."""

    def __init__(self, understanding: Understanding, *, timeout_s: float = TIMEOUT_S) -> None:
        self._understanding = understanding
        self._timeout_s = timeout_s
        self._memory = _Memory()

    def turn(
        self,
        text: str,
        lang: str | None = None,
        *,
        now_s: float,
        near: tuple[float, float] | None = None,
        now: datetime | None = None,
    ) -> Intent:
        """What `text` means after all that was said before. Never raises for any text.

        :param now_s: time of any clock that does not jump, seconds.
        :param near: where the visitor is, frame `map`, metres.
        :param now: aware time of the day, for the programme.
        """
        if now_s - self._memory.last_s > self._timeout_s:
            self.reset()
        memory = self._memory
        memory.last_s = now_s
        found, language = self._understanding.read(text, lang or memory.language)
        turn = _Turn(text, language, near, now)
        intent = self._decided(found, turn)
        memory.reply = intent.reply or memory.reply
        return intent

    def asked_elsewhere(self, words: str) -> None:
        """The robot asked the visitor `words`: where they are not ours, "yes" is no answer to our question any more."""
        if words != self._memory.reply:
            self._memory.question = None

    def reset(self) -> None:
        """Forget everything: the visitor has gone."""
        self._memory = _Memory()

    @property
    def last_s(self) -> float:
        """When something was said last."""
        return self._memory.last_s

    @property
    def language(self) -> str | None:
        """The language the visitor asked for, if any."""
        return self._memory.language

    def _decided(self, found: Interpretation | None, turn: _Turn) -> Intent:
        if found and found.intent in _SAFETY:
            self._memory.question = None
            return self._said(found, turn)
        answered = self._answered(found, turn)
        if answered is not None:
            return answered
        pointed = self._pointed(found, turn)
        if pointed is not None:
            found = pointed
        if found is None:
            return self._not_understood(turn)
        self._memory.lost = 0
        special: Mapping[IntentName, Callable[[Interpretation, _Turn], Intent]] = {
            "change_language": self._language_changed,
            "repeat": self._repeated,
            "yes": self._unasked,
            "no": self._unasked,
        }
        handler = special.get(found.intent)
        if handler:
            return handler(found, turn)
        return self._asked_back(found, turn) or self._said(found, turn)

    def _answered(self, found: Interpretation | None, turn: _Turn) -> Intent | None:
        """The turn as an answer to the question that is open, if there is one and it is."""
        question, self._memory.question = self._memory.question, None
        if question is None:
            return None
        if question.kind == "which" and (chosen := self._chosen(question, found, turn)):
            return self._said(chosen, turn)
        if found is None or found.intent not in _ANSWERS or self._another(turn):
            return None
        if found.intent == "no":
            return self._worded(found, turn, reply("declined", turn.language))
        if question.kind == "staff":
            return self._said(Interpretation("call_staff", "", {}, found.confidence), turn)
        if question.found is None:
            return None
        if question.kind == "lead":
            place = "facility" not in question.found.slots
            intent: IntentName = "guide_to" if place else question.found.intent
            return self._said(replace(question.found, intent=intent, topic="", lead=True), turn)
        return self._said(question.found, turn)

    def _chosen(self, question: _Question, found: Interpretation | None, turn: _Turn) -> Interpretation | None:
        """What is meant of several, by its place in the list or by its name or hall."""
        if question.found is None:
            return None
        index = pointers(turn.language).ordinal(turn.text, len(question.choices))
        named = set(found.slots.values()) if found else set()
        venue = self._understanding.venue
        halls = {it: venue.places[it].hall for it in question.choices if it in venue.places}
        meant = [it for it in question.choices if it in named or halls.get(it) in named]
        if index is not None:
            meant = [question.choices[index]]
        if not meant and found and found.intent == "yes":
            meant = [question.choices[0]]
        if len(meant) != 1:
            return None
        return _about(question.found, meant[0], self._slot_of(meant[0]))

    def _pointed(self, found: Interpretation | None, turn: _Turn) -> Interpretation | None:
        """The sentence with "there", "it", "the second one" or "another" resolved, if it has such a word."""
        memory, words = self._memory, pointers(turn.language)
        index = words.ordinal(turn.text, len(memory.choices)) if memory.choices else None
        another = self._another(turn)
        named = found is not None and any(slot in found.slots for slot in _NAMING) and not found.guessed
        if found and named and (index is None or found.confidence >= _NAMED):
            return self._next_facility(found, turn)
        if found and found.intent not in _MAY_POINT and not found.guessed and not another:
            return None
        if index is None and another:
            at = memory.choices.index(memory.subject) + 1 if memory.subject in memory.choices else 0
            index = at if at < len(memory.choices) else None
        if index is not None:
            chosen = memory.choices[index]
            again = self._with_name(turn, chosen)
            if chosen in self._understanding.venue.facilities:
                return self._of_facility(chosen, lead=bool(again and again.lead))
            plain = Interpretation("locate", "", {self._slot_of(chosen): chosen}, _POINTED)
            return again or replace(plain, intent=_asking(plain))
        if not memory.subject or (found and found.intent not in _MAY_POINT and not found.guessed):
            return None
        return self._with_name(turn, memory.subject) or (self._led(turn) if found is None else None)

    def _another(self, turn: _Turn) -> bool:
        """Whether the next of several things is asked for."""
        return bool(self._memory.choices) and pointers(turn.language).another(turn.text)

    def _led(self, turn: _Turn) -> Interpretation | None:
        """ "Take me", which names nothing: to what was spoken of."""
        subject = self._memory.subject
        name = self._understanding.replies.name_of(subject, turn.language)
        for text in (f"{name} {turn.text}", f"{turn.text} {name}"):
            again = self._understanding.read(text, turn.language)[0]
            if again and again.intent == "guide_to" and again.confidence >= _NAMED and subject in again.slots.values():
                return again
        return None

    def _next_facility(self, found: Interpretation, turn: _Turn) -> Interpretation | None:
        """ "Is there another toilet" after one was told: the next nearest."""
        memory, facilities = self._memory, self._understanding.venue.facilities
        told = facilities.get(memory.subject)
        if told is None or found.slots.get("facility") != told.kind or not pointers(turn.language).another(turn.text):
            return None
        at = memory.choices.index(told.id) + 1 if told.id in memory.choices else len(memory.choices)
        return self._of_facility(memory.choices[at], lead=found.lead) if at < len(memory.choices) else None

    def _of_facility(self, facility_id: str, *, lead: bool) -> Interpretation:
        kind = self._understanding.venue.facilities[facility_id].kind
        intent = kind_of("find_facility", {"facility": kind})
        return Interpretation(intent, "", {"facility": kind}, _POINTED, lead=lead, facility_id=facility_id)

    def _of_one_kind(self, facility_id: str, near: tuple[float, float] | None) -> tuple[str, ...]:
        """This facility, then the others of its kind, the nearest to `near` (to itself without it) first."""
        facilities = self._understanding.venue.facilities
        if facility_id not in facilities:
            return ()
        told = facilities[facility_id]
        others = (it for it in facilities.values() if it.kind == told.kind and it.id != told.id)
        at = near or (told.x, told.y)
        return (told.id, *(it.id for it in sorted(others, key=lambda it: math.dist((it.x, it.y), at))))

    def _with_name(self, turn: _Turn, subject: str) -> Interpretation | None:
        name = self._understanding.replies.name_of(subject, turn.language)
        text = pointers(turn.language).substituted(turn.text, name)
        again = self._understanding.read(text, turn.language)[0] if text else None
        if again is None or not again.slots:
            return None
        slot = self._slot_of(subject)
        return _about(again, subject, slot) if slot in again.slots or "place" in again.slots else again

    def _slot_of(self, subject: str) -> str:
        venue = self._understanding.venue
        return "exhibitor" if subject in venue.exhibitors else "session" if subject in venue.sessions else "place"

    def _asked_back(self, found: Interpretation, turn: _Turn) -> Intent | None:
        """One short question, where one is needed."""
        if len(found.choices) > 1:
            self._memory.question = _Question("which", found, found.choices)
            self._memory.choices = found.choices
            return self._worded(None, turn, self._which(found.choices, turn.language))
        if found.intent == "guide_to" and found.slots and found.confidence < _SURE_ENOUGH:
            self._memory.question = _Question("confirm", found)
            name = self._understanding.replies.name_of(next(iter(found.slots.values())), turn.language)
            return self._worded(None, turn, reply("confirm_place", turn.language, name=name))
        return None

    def _which(self, choices: tuple[str, ...], language: str) -> str:
        booths = self._understanding.venue.booths
        if all(it in booths for it in choices):
            return reply("which_hall", language, booth=choices[0].rpartition("-")[2].upper())
        names = [self._understanding.replies.name_of(it, language) for it in choices]
        return reply("which", language, choices=reply("or", language).join(names))

    def _said(self, found: Interpretation, turn: _Turn) -> Intent:
        """The intent with its answer, remembered."""
        intent = self._understanding.worded(found, turn.text, turn.language, near=turn.near, now=turn.now)
        memory = self._memory
        subject = next((found.slots[slot] for slot in _NAMING if slot in found.slots and slot != "facility"), "")
        memory.subject = intent.target if "facility" in found.slots else subject or memory.subject
        if "facility" in found.slots and memory.subject not in memory.choices:
            memory.choices = self._of_one_kind(intent.target, turn.near)
        if found.intent in _MAY_LEAD and intent.target and not intent.lead:
            memory.question = _Question("lead", found)
        if found.intent in ("cancel", "goodbye"):
            self._memory = _Memory(last_s=memory.last_s, language=memory.language)
        if found.intent == "recommend" and not found.slots:
            venue = self._understanding.venue
            memory.choices = tuple(hall.id for hall in venue.halls.values() if hall.area == "themed")
        return intent

    def _worded(self, found: Interpretation | None, turn: _Turn, words: str) -> Intent:
        return Intent(
            name=found.intent if found else "unknown",
            language=turn.language,
            confidence=found.confidence if found else 0.0,
            text=turn.text,
            reply=words,
        )

    def _not_understood(self, turn: _Turn) -> Intent:
        self._memory.lost += 1
        if self._memory.lost >= _LOST_TURNS:
            self._memory.lost = 0
            self._memory.question = _Question("staff", None)
            return self._worded(None, turn, reply("offer_staff", turn.language))
        if self._memory.subject == "" and pointers(turn.language).substituted(turn.text, "x") is not None:
            return self._worded(None, turn, reply("what_there", turn.language))
        return self._understanding.worded(None, turn.text, turn.language)

    def _language_changed(self, found: Interpretation, turn: _Turn) -> Intent:
        wanted = found.slots.get("language", "")
        if wanted in languages():
            self._memory.language = wanted
            turn = replace(turn, language=wanted)
        return self._said(found, turn)

    def _repeated(self, found: Interpretation, turn: _Turn) -> Intent:
        return self._worded(found, turn, self._memory.reply)

    def _unasked(self, found: Interpretation, turn: _Turn) -> Intent:
        """A yes or no to nothing."""
        return self._worded(found, turn, reply("nothing_pending", turn.language))


class Conversations:
    """The talks of several visitors, each forgotten when its visitor has been silent."""

    def __init__(self, understanding: Understanding, *, timeout_s: float = TIMEOUT_S) -> None:
        self._understanding, self._timeout_s = understanding, timeout_s
        self._talks: dict[str, Conversation] = {}

    def of(self, visitor: str, now_s: float) -> Conversation:
        """The talk with `visitor` (a tracked person, a kiosk's session), a new one if there is none."""
        self._talks = {it: talk for it, talk in self._talks.items() if now_s - talk.last_s <= self._timeout_s}
        if visitor not in self._talks:
            self._talks[visitor] = Conversation(self._understanding, timeout_s=self._timeout_s)
        return self._talks[visitor]

    def __len__(self) -> int:
        return len(self._talks)


def _about(found: Interpretation, subject: str, slot: str) -> Interpretation:
    """`found` with `subject` as what it is about."""
    slots = {name: value for name, value in found.slots.items() if name not in ("place", "exhibitor", "session")}
    return replace(found, slots={**slots, slot: subject}, choices=())


def _asking(found: Interpretation) -> IntentName:
    if "exhibitor" in found.slots:
        return "ask_exhibitor"
    return "ask_programme" if "session" in found.slots else "locate"
