"""Sentences to intents."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.venue import Venue, load_venue
from robot_nodes.language import INTENTS, LANGUAGES, Intent, Understanding


@pytest.mark.parametrize(
    ("text", "name", "slots"),
    [
        ("带我去文化服务专题展", "guide_to", {"place": "culture"}),
        ("我想去金融展", "guide_to", {"place": "finance"}),
        ("請帶我去金融服務專題展，謝謝！", "guide_to", {"place": "finance"}),
        ("带我去 5G 展区", "guide_to", {"place": "5g"}),
        ("厕所在哪", "find_facility", {"facility": "toilet"}),
        ("你好，请问洗手间在哪里？", "find_facility", {"facility": "toilet"}),
        ("我饿了", "find_facility", {"facility": "food"}),
        ("机器人展怎么走", "locate", {"place": "robots"}),
        ("停", "stop", {}),
        ("停！！！", "stop", {}),
        ("等一下", "wait", {}),
        ("继续", "resume", {}),
        ("算了，不去了", "cancel", {}),
        ("救命", "emergency", {}),
        ("你好", "greet", {}),
        ("谢谢", "thanks", {}),
        ("再见", "goodbye", {}),
        ("你是谁", "ask_identity", {}),
        ("今天有什么活动", "ask_programme", {}),
        ("take me to the culture exhibition", "guide_to", {"place": "culture"}),
        ("Could you PLEASE take us to the Culture Exhibition?", "guide_to", {"place": "culture"}),
        ("where is the finance exhibition", "locate", {"place": "finance"}),
        ("um, where's the nearest restroom please", "find_facility", {"facility": "toilet"}),
        ("help", "call_staff", {}),
        ("stop", "stop", {}),
        ("hold on", "wait", {}),
        ("never mind", "cancel", {}),
        ("yes", "yes", {}),
        ("no", "no", {}),
        ("can you repeat that", "repeat", {}),
        ("hello", "greet", {}),
        ("I lost my child", "emergency", {}),
        ("문화 서비스 전시관으로 안내해 주세요", "guide_to", {"place": "culture"}),
        ("문화서비스 전시관으로 안내해주세요", "guide_to", {"place": "culture"}),
        ("화장실이 어디에 있습니까", "find_facility", {"facility": "toilet"}),
        ("금융 서비스 전시관은 몇 층에 있습니까", "locate", {"place": "finance"}),
        ("도와주세요 아이를 잃어버렸어요", "emergency", {}),
        ("멈춰 주세요", "stop", {}),
        ("안녕하세요", "greet", {}),
    ],
)
def test_understands(hall_understanding: Understanding, text: str, name: str, slots: dict[str, str]) -> None:
    intent = hall_understanding.understand(text)
    assert intent.name == name
    assert {slot: intent.slots.get(slot) for slot in slots} == slots
    assert intent.confidence >= 0.9


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("带我去今融展", "finance"),
        ("take me to teh cultrue exibition", "culture"),
        ("문화 써비스 전시관으로 안내해 주세요", "culture"),
    ],
)
def test_misheard_names_are_found_by_sound_and_less_sure(
    hall_understanding: Understanding, text: str, place: str
) -> None:
    intent = hall_understanding.understand(text)
    assert (intent.name, intent.slots["place"]) == ("guide_to", place)
    assert 0.5 < intent.confidence < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "不要带我去金融展",
        "don't take me to the finance exhibition",
        "don't stop",
        "别停",
        "is it raining",
        "今天天气怎么样",
    ],
)
def test_what_is_denied_or_foreign_is_not_guessed(hall_understanding: Understanding, text: str) -> None:
    intent = hall_understanding.understand(text)
    assert (intent.name, intent.confidence, dict(intent.slots)) == ("unknown", 0.0, {})
    assert intent.reply


def test_an_unknown_place_is_said_to_be_unknown(hall_understanding: Understanding) -> None:
    intent = hall_understanding.understand("带我去月球")
    assert intent.name == "unknown"
    assert "地图上没有" in intent.reply


def test_a_bare_name_is_a_question_not_an_order(hall_understanding: Understanding) -> None:
    intent = hall_understanding.understand("金融展")
    assert (intent.name, intent.slots["place"]) == ("locate", "finance")
    assert intent.confidence == pytest.approx(0.8)


def test_every_exhibitor_is_found_by_its_own_names(hall: Venue, hall_understanding: Understanding) -> None:
    for exhibitor in hall.exhibitors.values():
        for language, sentence in (("zh", "带我去{}"), ("en", "take me to {}")):
            intent = hall_understanding.understand(sentence.format(exhibitor.names[language]), language)
            assert intent.name == "guide_to"
            assert intent.slots["exhibitor"] == exhibitor.id
            assert intent.slots["place"] in exhibitor.booths


def test_the_nearest_facility_is_meant(hall: Venue, hall_understanding: Understanding) -> None:
    toilets = [facility for facility in hall.facilities.values() if facility.kind == "toilet"]
    assert len(toilets) > 1
    for toilet in toilets:
        intent = hall_understanding.understand("where is the toilet", near=(toilet.x, toilet.y))
        assert intent.slots["place"] == toilet.id


def test_a_session_leads_to_its_room(hall: Venue, hall_understanding: Understanding) -> None:
    session = next(iter(hall.sessions.values()))
    intent = hall_understanding.understand(f"{session.names['zh']}几点开始")
    assert intent.name == "ask_programme"
    assert intent.slots == {"session": session.id, "place": session.room}
    assert session.start[11:16] in intent.reply


def test_sessions_that_are_over_are_not_told(hall: Venue, hall_understanding: Understanding) -> None:
    later = max(datetime.fromisoformat(session.end) for session in hall.sessions.values())
    assert "no programme" in hall_understanding.understand("what's on today", now=later).reply


def test_opening_hours_come_from_the_plan(hall: Venue, hall_understanding: Understanding) -> None:
    assert "09:00-17:00" in hall_understanding.understand("几点关门").reply
    silent = Understanding(dataclasses.replace(hall, facts={}))
    assert "do not know" in silent.understand("when do you close").reply


@pytest.mark.parametrize(
    ("hint", "text", "language"), [("en", "带我去金融展", "zh"), ("zh", "help", "en"), ("ko", "", "ko")]
)
def test_the_script_overrules_the_hint(hall_understanding: Understanding, hint: str, text: str, language: str) -> None:
    assert hall_understanding.understand(text, hint).language == language


@pytest.mark.parametrize(
    "text", ["", "   ", "\0\x1b[31m", "🤖🤖", "。。。", "啊" * 10_000, "a b " * 2_500, "‮", "1 2 3"]
)
def test_nonsense_is_unknown(hall_understanding: Understanding, text: str) -> None:
    intent = hall_understanding.understand(text)
    assert intent.name == "unknown"
    assert intent.text == text


def test_control_characters_inside_a_sentence_do_not_matter(hall_understanding: Understanding) -> None:
    assert hall_understanding.understand("带我\u200b去\u202e文化\ufeff展\r\n").slots["place"] == "culture"


@settings(max_examples=150, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.text(alphabet="带我去厕所在哪停help take me to 화장실 어디 5g鱻qplace '", max_size=40),
    ),
    hint=st.sampled_from([None, "zh", "en", "ko", "fr", ""]),
)
def test_any_text_is_an_intent(hall_understanding: Understanding, text: str, hint: str | None) -> None:
    intent = hall_understanding.understand(text, hint)
    assert isinstance(intent, Intent)
    assert intent.name in INTENTS
    assert intent.language in LANGUAGES
    assert 0.0 <= intent.confidence <= 1.0
    assert intent.text == text


@pytest.mark.slow
def test_two_thousand_exhibitors_fit_the_budget() -> None:
    venue = load_venue("ciftis2020")
    start = time.process_time()
    understanding = Understanding(venue)
    assert time.process_time() - start < 3.0
    sentences = [
        "带我去文化服务专题展",
        "where is the finance exhibition",
        "화장실이 어디에 있습니까",
        "带我去月球",
        "what is this",
    ]
    sentences += [f"我想去{it.names['zh']}" for it in list(venue.exhibitors.values())[::40]]
    times: list[float] = []
    for sentence in sentences:
        begin = time.process_time()
        understanding.understand(sentence)
        times.append(time.process_time() - begin)
    assert sorted(times)[int(0.95 * len(times))] < 0.010


@pytest.mark.parametrize("language", ["zh", "en", "ko"])
def test_a_facility_with_a_name_of_its_own_is_that_one(language: str) -> None:
    venue = load_venue("ciftis2020")
    understanding = Understanding(venue)
    called = Counter(facility.names.get(language) for facility in venue.facilities.values())
    own = [facility for facility in venue.facilities.values() if called[facility.names.get(language)] == 1]
    asked = {"zh": "带我去{}", "en": "take me to {}", "ko": "{} 안내해 주세요"}[language]
    wrong = [
        (facility.id, intent.slots)
        for facility in own[::3]
        for intent in [understanding.understand(asked.format(facility.names[language]), language)]
        if intent.slots.get("place") != facility.id
    ]
    assert own
    assert wrong == []
