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
        ("I lost my child", "lost_person", {}),
        ("문화 서비스 전시관으로 안내해 주세요", "guide_to", {"place": "culture"}),
        ("문화서비스 전시관으로 안내해주세요", "guide_to", {"place": "culture"}),
        ("화장실이 어디에 있습니까", "find_facility", {"facility": "toilet"}),
        ("금융 서비스 전시관은 몇 층에 있습니까", "locate", {"place": "finance"}),
        ("도와주세요 아이를 잃어버렸어요", "lost_person", {}),
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
        "don't stop",
        "别停",
    ],
)
def test_what_is_denied_or_foreign_is_not_guessed(hall_understanding: Understanding, text: str) -> None:
    intent = hall_understanding.understand(text)
    assert (intent.name, intent.confidence, dict(intent.slots)) == ("unknown", 0.0, {})
    assert intent.reply


@pytest.mark.parametrize("text", ["不要带我去金融展", "don't take me to the finance exhibition", "我不想去文化展了"])
def test_nobody_is_led_where_they_do_not_want_to_go(hall_understanding: Understanding, text: str) -> None:
    intent = hall_understanding.understand(text)
    assert (intent.name, dict(intent.slots), intent.lead) == ("cancel", {}, False)


def test_an_unknown_place_is_said_to_be_unknown(hall_understanding: Understanding) -> None:
    intent = hall_understanding.understand("带我去月球")
    assert intent.name == "unknown"
    assert "地图上没有" in intent.reply


@pytest.mark.parametrize(
    ("text", "name", "slots"),
    [
        ("旷视在哪", "ask_exhibitor", {"exhibitor": "megvii"}),
        ("what does Megvii do", "ask_exhibitor", {"exhibitor": "megvii"}),
        ("take me to the metro", "ask_transport", {"facility": "metro"}),
        ("在哪打车", "ask_transport", {"facility": "taxi"}),
        ("is there a bus to the airport", "ask_transport", {}),
        ("带我去最近的洗手间", "find_facility", {"facility": "toilet"}),
        ("文化展里面有厕所吗", "find_facility", {"facility": "toilet", "place": "culture"}),
        ("what's worth seeing in the finance hall", "recommend", {"place": "finance"}),
        ("带我去看滑雪", "guide_to", {"place": "winter"}),
        ("take me to see the digital yuan", "guide_to", {"place": "finance"}),
        ("几点关门", "ask_hours", {}),
        ("do I have to wear a mask", "ask_epidemic_rules", {}),
        ("说英语", "change_language", {"language": "en"}),
        ("do you speak French", "change_language", {"language": "fr"}),
        ("我的孩子不见了", "lost_person", {}),
        ("钱包丢了", "find_facility", {"facility": "lost_and_found"}),
        ("what's on right now", "ask_now_next", {}),
        ("我想跟猎户星空谈合作", "negotiate", {"exhibitor": "orionstar"}),
        ("slow down", "slower", {}),
        ("快一点", "faster", {}),
        ("I can't hear you", "louder", {}),
        ("小点声", "quieter", {}),
        ("tell me a joke", "smalltalk", {}),
    ],
)
def test_which_intent_is_which(large: Understanding, text: str, name: str, slots: dict[str, str]) -> None:
    intent = large.understand(text)
    assert (intent.name, dict(intent.slots)) == (name, slots)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("带我去文化展，不对不对，是教育展", "education"),
        ("去文化展，啊不，金融展，带我去", "finance"),
        ("take me to tourism, no wait, I mean finance", "finance"),
        ("不是去金融展，带我去文化展", "culture"),
        ("take me from the finance hall to the culture hall", "culture"),
    ],
)
def test_the_last_destination_of_a_correction_counts(large: Understanding, text: str, place: str) -> None:
    intent = large.understand(text)
    assert (intent.name, dict(intent.slots)) == ("guide_to", {"place": place})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("去去去那个那个金融展带我去", "finance"),
        ("带我去 finance 展区", "finance"),
        ("帶我去公共衛生防疫專區", "health"),
        ("到五G展区去，带路", "5g"),
        ("take me to the five G hall", "5g"),
        ("带我去金融馆B11展位", "finance-b11"),
        ("带我去金融馆B十一展位", "finance-b11"),
        ("带我去金融馆b幺幺展位", "finance-b11"),
        ("take me to booth B eleven in the finance hall", "finance-b11"),
        ("take me to booth b one one in the finance hall", "finance-b11"),
        ("带窝去金融服务砖题展", "finance"),
    ],
)
def test_ways_of_saying_a_place(large: Understanding, text: str, place: str) -> None:
    intent = large.understand(text)
    assert (intent.name, dict(intent.slots)) == ("guide_to", {"place": place})


@pytest.mark.parametrize(
    "text",
    [
        "昨天金融展人太多了，我都没挤进去",
        "上次去厕所排了半个小时的队",
        "他说他们公司明年也要来参展",
        "The finance hall was packed yesterday",
        "She said the robots are going to take our jobs",
        "We took the subway this morning and it was so crowded",
    ],
)
def test_what_is_told_of_something_else_is_no_command(large: Understanding, text: str) -> None:
    assert large.understand(text).name == "unknown"


def test_a_facility_of_a_hall_is_the_one_in_it(large: Understanding) -> None:
    intent = large.understand("toilet in the sports hall", near=(0.0, 0.0))
    assert dict(intent.slots) == {"facility": "toilet", "place": "sports"}
    assert large.venue.facilities[intent.target].hall == "sports"
    assert large.venue.facilities[intent.target].kind == "toilet"


def test_who_wants_to_be_led_is_told_apart(large: Understanding) -> None:
    asked, led = large.understand("where is the toilet"), large.understand("take me to the toilet")
    assert (asked.lead, led.lead) == (False, True)
    assert asked.target == led.target != ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_intent_that_informs_has_an_answer(large: Understanding, language: str) -> None:
    said = {
        "zh": ["现在有什么活动", "几点关门", "要戴口罩吗", "有什么推荐", "我想谈合作", "去机场怎么走",
               "猎户星空是做什么的", "有哪些参展商", "我家孩子不见了", "慢一点", "大声点", "换语言", "讲个笑话"],
        "en": ["what's on now", "when do you close", "do I need a mask", "any recommendations",
               "I want to talk business", "how do I get to the airport", "what does OrionStar do",
               "which companies are exhibiting",
               "my son is missing", "slower", "louder", "change the language", "tell me a joke"],
    }  # fmt: skip
    answers = [large.understand(text, language) for text in said[language]]
    assert [intent.text for intent in answers if not intent.reply] == []
    assert "unknown" not in {intent.name for intent in answers}


def test_what_the_organiser_has_not_confirmed_is_said_to_be_so(large: Understanding, hall: Venue) -> None:
    assert "has not confirmed" in large.understand("when do you close").reply
    assert "may have changed" in large.understand("do I need a mask").reply
    silent = Understanding(dataclasses.replace(hall, facts={}))
    assert "do not know" in silent.understand("do I need a mask").reply


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
            assert dict(intent.slots) == {"exhibitor": exhibitor.id}
            assert intent.target in exhibitor.booths


def test_the_nearest_facility_is_meant(hall: Venue, hall_understanding: Understanding) -> None:
    toilets = [facility for facility in hall.facilities.values() if facility.kind == "toilet"]
    assert len(toilets) > 1
    for toilet in toilets:
        intent = hall_understanding.understand("where is the toilet", near=(toilet.x, toilet.y))
        assert intent.target == toilet.id


def test_a_session_leads_to_its_room(hall: Venue, hall_understanding: Understanding) -> None:
    session = next(iter(hall.sessions.values()))
    intent = hall_understanding.understand(f"{session.names['zh']}几点开始")
    assert intent.name == "ask_programme"
    assert intent.slots == {"session": session.id}
    assert intent.target == session.room
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
    assert time.process_time() - start < 15.0
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
    assert sorted(times)[int(0.95 * len(times))] < 0.008


@pytest.mark.parametrize("language", ["zh", "en", "ko"])
def test_a_facility_with_a_name_of_its_own_is_that_one(large: Understanding, language: str) -> None:
    venue, understanding = large.venue, large
    called = Counter(facility.names.get(language) for facility in venue.facilities.values())
    own = [facility for facility in venue.facilities.values() if called[facility.names.get(language)] == 1]
    asked = {"zh": "带我去{}", "en": "take me to {}", "ko": "{} 안내해 주세요"}[language]
    wrong = [
        (facility.id, intent.slots)
        for facility in own[::3]
        for intent in [understanding.understand(asked.format(facility.names[language]), language)]
        if intent.target != facility.id
    ]
    assert own
    assert wrong == []
