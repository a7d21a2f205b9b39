"""Talks of several turns."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_nodes.language import INTENTS, Intent, Understanding
from robot_nodes.language.dialogue import TIMEOUT_S, Conversation, Conversations


def _talk(understanding: Understanding, *texts: str, lang: str | None = None) -> list[Intent]:
    talk, clock = Conversation(understanding), count()
    return [talk.turn(text, lang, now_s=float(next(clock))) for text in texts]


@pytest.mark.parametrize(
    ("texts", "name", "slots"),
    [
        (("旷视在哪", "带我去那里"), "guide_to", {"exhibitor": "megvii"}),
        (("where is Megvii", "what does it do"), "ask_exhibitor", {"exhibitor": "megvii"}),
        (("where is the finance hall", "take me there"), "guide_to", {"place": "finance"}),
        (("where is the fintech forum", "when does it start"), "ask_programme", {"session": "professional-forum-3-01"}),
        (("推荐一下", "第二个在哪"), "locate", {"place": "finance"}),
        (("推荐一下", "第二个在哪", "下一个呢"), "locate", {"place": "robots"}),
        (("recommend something", "take me to the last one"), "guide_to", {"place": "sports"}),
    ],
)
def test_it_there_the_second_one_and_the_next(
    large: Understanding, texts: tuple[str, ...], name: str, slots: dict[str, str]
) -> None:
    last = _talk(large, *texts)[-1]
    assert (last.name, dict(last.slots)) == (name, slots)
    assert last.text == texts[-1]


def test_yes_after_an_answer_means_being_led(large: Understanding) -> None:
    asked, agreed = _talk(large, "where is Megvii", "yes please")
    assert not asked.lead
    assert (agreed.name, agreed.lead, agreed.target) == ("guide_to", True, asked.target)


def test_a_facility_one_agrees_to_stays_a_facility(large: Understanding) -> None:
    asked, agreed = _talk(large, "洗手间在哪", "好的")
    assert (agreed.name, dict(agreed.slots), agreed.lead) == ("find_facility", {"facility": "toilet"}, True)
    assert agreed.target == asked.target


def test_no_ends_the_question(large: Understanding) -> None:
    _, declined, after = _talk(large, "where is Megvii", "no", "yes")
    assert (declined.name, declined.target) == ("no", "")
    assert (after.name, after.target) == ("yes", "")


def test_a_booth_number_of_several_halls_is_asked_about_once(large: Understanding) -> None:
    asked, answered = _talk(large, "带我去B11展位", "金融馆")
    assert asked.name == "unknown"
    assert "B11" in asked.reply
    assert (answered.name, dict(answered.slots)) == ("guide_to", {"place": "finance-b11"})


def test_what_has_one_meaning_is_not_asked_about(large: Understanding) -> None:
    assert _talk(large, "take me to Megvii")[0].name == "guide_to"


@pytest.mark.parametrize(("text", "name"), [("stop", "stop"), ("停", "stop"), ("救命", "emergency"), ("멈춰", "stop")])
def test_safety_words_are_heard_in_any_language_at_any_moment(large: Understanding, text: str, name: str) -> None:
    for language in ("zh", "en", "ko"):
        _, safe = _talk(large, "带我去B11展位", text, lang=language)
        assert safe.name == name


def test_staff_are_offered_when_nothing_is_understood(large: Understanding) -> None:
    first, second, third = _talk(large, "blah foo bar", "xyzzy plugh", "yes")
    assert (first.name, second.name) == ("unknown", "unknown")
    assert first.reply != second.reply
    assert third.name == "call_staff"


def test_the_language_asked_for_is_kept(large: Understanding) -> None:
    changed, told = _talk(large, "说英语", "1 2 3")
    assert changed.language == "en"
    assert "English" in changed.reply
    assert told.language == "en"


def test_a_language_the_robot_does_not_speak_is_not_promised(large: Understanding) -> None:
    changed = _talk(large, "do you speak French")[0]
    assert changed.language == "en"
    assert "do not speak French" in changed.reply


def test_silence_ends_the_talk(large: Understanding) -> None:
    talk = Conversation(large)
    talk.turn("where is Megvii", now_s=0.0)
    assert talk.turn("take me there", now_s=TIMEOUT_S + 1.0).name != "guide_to"


def test_the_last_answer_is_repeated(large: Understanding) -> None:
    told, again = _talk(large, "where is Megvii", "say that again please")
    assert again.name == "repeat"
    assert again.reply == told.reply


def test_pointing_at_nothing_is_asked_about(large: Understanding) -> None:
    assert "Which place" in _talk(large, "take me to that place")[0].reply


def test_visitors_do_not_hear_each_other_s_talk(large: Understanding) -> None:
    talks = Conversations(large, timeout_s=30.0)
    talks.of("a", 0.0).turn("where is Megvii", now_s=0.0)
    talks.of("b", 1.0).turn("where is OrionStar", now_s=1.0)
    assert talks.of("a", 2.0).turn("take me there", now_s=2.0).slots == {"exhibitor": "megvii"}
    talks.of("c", 40.0)
    assert len(talks) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["yes", "no", "there", "第二个", "", "🤖", "停", "it", "带我去那里", "推荐一下", "b11展位"])
    )
)
def test_any_talk_is_intents(large: Understanding, texts: list[str]) -> None:
    for intent in _talk(large, *texts):
        assert intent.name in INTENTS
