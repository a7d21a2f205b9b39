"""Korean sentences as people word them: registers, particles, dropped particles, contractions, corrections."""

from __future__ import annotations

import pytest

from maps.venue import Venue
from robot_nodes.language import Understanding
from robot_nodes.language.domain import domain_phrases


@pytest.mark.parametrize(
    ("text", "name", "slots"),
    [
        ("문화관으로 모셔다 주시겠습니까", "guide_to", {"place": "culture"}),
        ("금융관 데려다줘", "guide_to", {"place": "finance"}),
        ("로봇 전시하는 데 보러 가자", "guide_to", {"place": "robots"}),
        ("관광관, 아니 아니 금융관으로 가 주세요", "guide_to", {"place": "finance"}),
        ("로봇관 말고 문화관으로 안내해 주세요", "guide_to", {"place": "culture"}),
        ("디지털 위안화 하는 데로 안내해 줘요", "guide_to", {"place": "finance"}),
        ("finance 전시관으로 데려다 주세요", "guide_to", {"place": "finance"}),
        ("오리온스타 부스로 가고 싶은데요", "guide_to", {"exhibitor": "orionstar"}),
        ("스마트 관광 포럼에 데려다 주세요", "guide_to", {"session": "forum-1-03"}),
        ("5G관이 어느 방향이에요", "locate", {"place": "5g"}),
        ("문화관까지 멀어요?", "locate", {"place": "culture"}),
        ("화장실 좀 쓸 수 있을까요", "find_facility", {"facility": "toilet"}),
        ("휠체어로 들어갈 수 있는 화장실 있나요", "find_facility", {"facility": "accessible_toilet"}),
        ("폰 배터리가 없어요", "find_facility", {"facility": "charging"}),
        ("문화관 안에 화장실 있어요", "find_facility", {"facility": "toilet", "place": "culture"}),
        ("지갑을 잃어버렸어요", "find_facility", {"facility": "lost_and_found"}),
        ("메그비는 뭐 하는 회사예요", "ask_exhibitor", {"exhibitor": "megvii"}),
        ("메그비 부스 어디에 있어요", "ask_exhibitor", {"exhibitor": "megvii"}),
        ("오늘 무슨 포럼이 있어요", "ask_programme", {}),
        ("지금 볼 수 있는 공연 있어요", "ask_now_next", {}),
        ("여기 몇 시까지 열어요", "ask_hours", {}),
        ("택시 좀 불러 주세요", "ask_transport", {"facility": "taxi"}),
        ("공항 가는 버스 있어요", "ask_transport", {}),
        ("여기 마스크 벗어도 되나요", "ask_epidemic_rules", {}),
        ("어디부터 보면 좋을까요", "recommend", {}),
        ("오리온스타하고 사업 상담하고 싶습니다", "negotiate", {"exhibitor": "orionstar"}),
        ("직원 좀 불러 주세요", "call_staff", {}),
        ("사람이 쓰러졌어요", "emergency", {}),
        ("우리 애가 없어졌어요", "lost_person", {}),
        ("그만 가", "stop", {}),
        ("화장실 다녀올 테니까 기다려 줘", "wait", {}),
        ("이제 출발해도 돼요", "resume", {}),
        ("너무 빨라서 못 따라가겠어요", "slower", {}),
        ("시간 없으니까 좀 서둘러 주세요", "faster", {}),
        ("한 번만 더 말해 줄래", "repeat", {}),
        ("소리가 작아서 안 들려요", "louder", {}),
        ("볼륨 줄여", "quieter", {}),
        ("불어로 해 줘", "change_language", {"language": "fr"}),
        ("됐어, 안 갈래", "cancel", {}),
        ("응 맞아", "yes", {}),
        ("아니야 그거 말고", "no", {}),
        ("반가워 로봇", "greet", {}),
        ("도와줘서 고마워", "thanks", {}),
        ("다음에 또 봐", "goodbye", {}),
        ("넌 누구니", "ask_identity", {}),
        ("노래 한 곡 불러 봐", "smalltalk", {}),
    ],
)
def test_is_understood(hall_understanding: Understanding, text: str, name: str, slots: dict[str, str]) -> None:
    intent = hall_understanding.understand(text, "ko")
    assert (intent.name, dict(intent.slots), intent.language) == (name, slots, "ko")


@pytest.mark.parametrize(
    ("text", "name", "slots"),
    [
        ("문하 써비스 전시간으로 안내해 주세요", "guide_to", {"place": "culture"}),
        ("문화 서비쓰 전시관으로 암내해 주세요", "guide_to", {"place": "culture"}),
        ("화장시리 어디에 이써요", "find_facility", {"facility": "toilet"}),
        ("천천이 가 주세요", "slower", {}),
    ],
)
def test_is_understood_though_misheard(
    hall_understanding: Understanding, text: str, name: str, slots: dict[str, str]
) -> None:
    intent = hall_understanding.understand(text, "ko")
    assert (intent.name, dict(intent.slots)) == (name, slots)


@pytest.mark.parametrize(
    "text",
    [
        "어제 금융관 사람 너무 많아서 들어가지도 못했어",
        "화장실 줄이 삼십 분이나 됐다니까",
        "친구가 로봇 회사에 취직했어",
        "나 지금 회의 중이야 이따 전화할게",
        "요즘 은행 금리가 너무 낮아",
        "아침에 지하철에 사람이 엄청 많더라고",
        "그 사람 말이 너무 빨라서 하나도 못 알아듣겠더라",
        "다음 소식입니다 정부는 오늘 새로운 정책을 발표했습니다",
    ],
)
def test_chatter_is_not_for_the_robot(hall_understanding: Understanding, text: str) -> None:
    assert hall_understanding.understand(text, "ko").name == "unknown"


@pytest.mark.parametrize("text", ["금융관에 안 갈래", "문화관으로 데려가지 마세요"])
def test_who_does_not_want_to_go_is_not_led(hall_understanding: Understanding, text: str) -> None:
    intent = hall_understanding.understand(text, "ko")
    assert intent.name in ("cancel", "unknown")
    assert not intent.lead


def test_the_recogniser_s_phrases_are_written_as_spoken(hall: Venue) -> None:
    phrases = domain_phrases(hall, "ko")
    assert [text for text in phrases if any(mark in text for mark in "?!.,()|{}[]<>")] == []
    assert {"지하철은 어디서 타요", "천천히 가 주세요", "방역 수칙이 뭐예요", "일본어로 말해 주세요"} <= set(phrases)


def test_replies_have_the_right_particles(hall_understanding: Understanding) -> None:
    assert hall_understanding.understand("일본어로 말해 주세요", "ko").reply == "네, 일본어로 말하겠습니다."
    assert "화장실은" in hall_understanding.understand("화장실이 어디예요", "ko", near=(1.0, 30.0)).reply
