"""Talks of several turns."""

from __future__ import annotations

import math
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
        (("메그비 어디 있어요", "거기로 안내해 주세요"), "guide_to", {"exhibitor": "megvii"}),
        (("메그비 어디 있어요", "거긴 뭐 하는 회사예요"), "ask_exhibitor", {"exhibitor": "megvii"}),
        (("금융 전시관 어디예요", "그리로 데려다 줘"), "guide_to", {"place": "finance"}),
        (
            ("핀테크 포럼은 어디서 해요", "그건 몇 시에 시작해요"),
            "ask_programme",
            {"session": "professional-forum-3-01"},
        ),
        (("추천해 주세요", "두 번째는 어디예요"), "locate", {"place": "finance"}),
        (("추천해 주세요", "두 번째로 안내해 주세요", "다음 거는요"), "locate", {"place": "robots"}),
        (("추천해 주세요", "마지막으로 데려다 줘"), "guide_to", {"place": "sports"}),
        (("メグビーはどこですか", "そこへ案内してください"), "guide_to", {"exhibitor": "megvii"}),
        (("メグビーはどこですか", "それは何の会社ですか"), "ask_exhibitor", {"exhibitor": "megvii"}),
        (("金融館はどこ", "そこに連れて行って"), "guide_to", {"place": "finance"}),
        (
            ("フィンテックのフォーラムはどこですか", "それは何時に始まりますか"),
            "ask_programme",
            {"session": "professional-forum-3-01"},
        ),
        (("おすすめは何ですか", "二つ目はどこですか"), "locate", {"place": "finance"}),
        (("おすすめは何ですか", "二番目に連れて行って", "次は"), "locate", {"place": "robots"}),
        (("おすすめは何ですか", "最後のところに連れて行って"), "guide_to", {"place": "sports"}),
    ],
)
def test_it_there_the_second_one_and_the_next(
    large: Understanding, texts: tuple[str, ...], name: str, slots: dict[str, str]
) -> None:
    last = _talk(large, *texts)[-1]
    assert (last.name, dict(last.slots)) == (name, slots)
    assert last.text == texts[-1]


@pytest.mark.parametrize(
    ("asked", "another"),
    [
        ("洗手间在哪", "还有别的吗"),
        ("洗手间在哪", "换一个洗手间"),
        ("where is the toilet", "is there another one"),
        ("where is the toilet", "is there another toilet"),
        ("화장실 어디예요", "다른 화장실은 없어요"),
        ("화장실 어디예요", "다른 데는요"),
        ("トイレはどこですか", "他のトイレはありますか"),
        ("トイレはどこですか", "別のところは"),
    ],
)
def test_another_facility_is_the_next_nearest(large: Understanding, asked: str, another: str) -> None:
    near = (20.0, 30.0)
    talk = Conversation(large)
    first = talk.turn(asked, now_s=0.0, near=near)
    second = talk.turn(another, now_s=1.0, near=near)
    places = [it for it in large.venue.facilities.values() if it.kind == "toilet"]
    nearest = sorted(places, key=lambda it: math.dist((it.x, it.y), near))
    assert (second.name, dict(second.slots)) == ("find_facility", {"facility": "toilet"})
    assert [first.target, second.target] == [it.id for it in nearest[:2]]


@pytest.mark.parametrize(
    ("asked", "taken"),
    [("旷视在哪", "带我过去"), ("메그비 어디 있어요", "데려다 주세요"), ("メグビーはどこですか", "連れてって")],
)
def test_being_taken_nowhere_in_particular_is_there(large: Understanding, asked: str, taken: str) -> None:
    _, lost, led = _talk(large, asked, "blah foo bar", taken)
    assert lost.name == "unknown"
    assert (led.name, dict(led.slots), led.lead) == ("guide_to", {"exhibitor": "megvii"}, True)


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        ("旷视在哪", "好的"),
        ("where is Megvii", "yes please"),
        ("메그비 어디 있어요", "네"),
        ("メグビーはどこですか", "はい"),
    ],
)
def test_yes_after_an_answer_means_being_led(large: Understanding, asked: str, agreed: str) -> None:
    told, led = _talk(large, asked, agreed)
    assert not told.lead
    assert (led.name, led.lead, led.target) == ("guide_to", True, told.target)


def test_a_facility_one_agrees_to_stays_a_facility(large: Understanding) -> None:
    asked, agreed = _talk(large, "洗手间在哪", "好的")
    assert (agreed.name, dict(agreed.slots), agreed.lead) == ("find_facility", {"facility": "toilet"}, True)
    assert agreed.target == asked.target


@pytest.mark.parametrize(
    "texts",
    [
        ("旷视在哪", "不用了", "好的"),
        ("where is Megvii", "no", "yes"),
        ("메그비 어디 있어요", "아니요", "네"),
        ("メグビーはどこですか", "いいえ", "はい"),
    ],
)
def test_no_ends_the_question(large: Understanding, texts: tuple[str, ...]) -> None:
    _, declined, after = _talk(large, *texts)
    assert (declined.name, declined.target) == ("no", "")
    assert (after.name, after.target) == ("yes", "")


@pytest.mark.parametrize(
    "texts",
    [
        ("带我去B11展位", "金融馆"),
        ("take me to booth B11", "the finance hall"),
        ("B11 부스로 안내해 주세요", "금융 전시관이요"),
        ("B11ブースに案内して", "金融館です"),
    ],
)
def test_a_booth_number_of_several_halls_is_asked_about_once(large: Understanding, texts: tuple[str, str]) -> None:
    asked, answered = _talk(large, *texts)
    assert asked.name == "unknown"
    assert "B11" in asked.reply
    assert (answered.name, dict(answered.slots)) == ("guide_to", {"place": "finance-b11"})


def test_what_has_one_meaning_is_not_asked_about(large: Understanding) -> None:
    assert _talk(large, "take me to Megvii")[0].name == "guide_to"


@pytest.mark.parametrize(
    "texts",
    [
        ("带我去体育馆", "不对，去文化馆"),
        ("take me to the sports hall", "no, take me to the culture hall"),
        ("스포츠관으로 가자", "아니 문화관으로 가 줘"),
        ("スポーツ館に行きたい", "いや、文化館に行きたい"),
    ],
)
def test_the_next_turn_may_correct_the_last(large: Understanding, texts: tuple[str, str]) -> None:
    first, second = _talk(large, *texts)
    assert (dict(first.slots), dict(second.slots)) == ({"place": "sports"}, {"place": "culture"})
    assert (second.name, second.lead) == ("guide_to", True)


@pytest.mark.parametrize(
    ("text", "name"),
    [("stop", "stop"), ("停", "stop"), ("救命", "emergency"), ("멈춰", "stop"), ("止まって", "stop")],
)
def test_safety_words_are_heard_in_any_language_at_any_moment(large: Understanding, text: str, name: str) -> None:
    for language in ("zh", "en", "ko", "ja"):
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


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("旷视在哪", "带我去那里"),
        ("where is Megvii", "take me there"),
        ("메그비 어디 있어요", "거기로 안내해 주세요"),
        ("メグビーはどこですか", "そこへ案内してください"),
    ],
)
def test_silence_ends_the_talk(large: Understanding, asked: str, there: str) -> None:
    talk = Conversation(large)
    talk.turn(asked, now_s=0.0)
    assert talk.turn(there, now_s=TIMEOUT_S - 1.0).slots == {"exhibitor": "megvii"}
    assert talk.turn(there, now_s=2 * TIMEOUT_S).slots == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0\x1b[31m\x07",
        "🤖🤖🙏",
        "啊" * 10_000,
        "there " * 2_000,
        "거기 " * 3_000,
        "そこ" * 5_000,
        "‮",
        "그건それ它it",
    ],
)
def test_noise_is_no_answer_and_forgets_nothing(large: Understanding, text: str) -> None:
    told, noise, led = _talk(large, "where is Megvii", text, "take me there")
    assert noise.name in INTENTS
    assert not noise.lead
    assert noise.text == text
    assert (led.name, led.target) == ("guide_to", told.target)


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
