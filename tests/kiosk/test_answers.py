"""What a kiosk shows for a question."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from kiosk.answers import Answer, answer
from maps.venue import Venue, load_venue


@dataclass(frozen=True)
class Meant:
    name: str
    slots: dict[str, str] = field(default_factory=dict)
    reply: str = ""
    target: str = ""
    lead: bool = False


@pytest.fixture(scope="module")
def venue() -> Venue:
    return load_venue("ciftis2020")


def nothing() -> list[str]:
    return []


def never() -> list[str]:
    raise AssertionError("there was nothing to search for")


def test_the_place_that_answers_is_shown_with_the_reply(venue):
    meant = Meant("find_facility", {"facility": "toilet"}, "Over there.", target="sports-toilet")
    assert answer(meant, venue, never) == Answer(place="sports-toilet", text="Over there.")


def test_a_hall_named_in_a_question_is_shown(venue):
    assert answer(Meant("locate", {"place": "finance"}, "There."), venue, never).place == "finance"


def test_an_exhibitor_is_shown_at_its_booth_and_a_session_in_its_room(venue):
    shown = answer(Meant("ask_exhibitor", {"exhibitor": "megvii"}, "Vision."), venue, never)
    assert shown.place in venue.exhibitors["megvii"].booths
    session = next(iter(venue.sessions.values()))
    assert answer(Meant("ask_programme", {"session": session.id}, "At ten."), venue, never).place == session.room


def test_a_wish_to_be_led_calls_a_robot(venue):
    assert answer(Meant("guide_to", {"place": "finance"}, lead=True), venue, never).lead
    assert not answer(Meant("guide_to", {"place": "atlantis"}, lead=True), venue, nothing).lead


def test_what_is_not_understood_is_searched_for(venue):
    meant = Meant("unknown", reply="Sorry?")
    assert answer(meant, venue, lambda: ["culture", "finance"]) == Answer(place="culture")
    assert answer(meant, venue, nothing) == Answer(text="Sorry?")


def test_without_the_language_part_words_are_only_searched_for(venue):
    assert answer(None, venue, lambda: ["culture"]) == Answer(place="culture")
    assert answer(None, venue, nothing) == Answer()


def test_an_answer_without_a_place_is_not_searched_for(venue):
    assert answer(Meant("ask_hours", reply="Nine to five."), venue, never) == Answer(text="Nine to five.")


def test_a_language_the_kiosk_has_is_gone_on_in(venue):
    assert answer(Meant("change_language", {"language": "en"}, "All right."), venue, never).language == "en"
    assert answer(Meant("change_language", {"language": "ar"}, "Sorry."), venue, never) == Answer(text="Sorry.")
