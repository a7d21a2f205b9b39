"""Japanese sentences as people word them: registers, contractions, kana and kanji, corrections."""

from __future__ import annotations

import pytest

from maps.venue import Venue
from robot_nodes.language import Understanding
from robot_nodes.language.domain import domain_phrases


@pytest.mark.parametrize(
    ("text", "name", "slots"),
    [
        ("文化サービス展までご案内いただけますか", "guide_to", {"place": "culture"}),
        ("金融館に連れてって", "guide_to", {"place": "finance"}),
        ("ロボットを見に行こう", "guide_to", {"place": "robots"}),
        ("観光、いや違う、金融館に案内して", "guide_to", {"place": "finance"}),
        ("ロボット館じゃなくて文化館に案内してください", "guide_to", {"place": "culture"}),
        ("デジタル人民元をやってるところへ案内してくれ", "guide_to", {"place": "finance"}),
        ("ファイブジーの展示まで一緒に来てくれない", "guide_to", {"place": "5g"}),
        ("financeの展示まで連れて行ってください", "guide_to", {"place": "finance"}),
        ("オリオンスターのブースまでお願いします", "guide_to", {"exhibitor": "orionstar"}),
        ("スマート観光フォーラムに連れて行ってください", "guide_to", {"session": "forum-1-03"}),
        ("5G館ってどっちの方向", "locate", {"place": "5g"}),
        ("ここから文化館まで遠い？", "locate", {"place": "culture"}),
        ("トイレはどこですか", "find_facility", {"facility": "toilet"}),
        ("といれはどこ", "find_facility", {"facility": "toilet"}),
        ("車椅子で入れるお手洗いはありますか", "find_facility", {"facility": "accessible_toilet"}),
        ("スマホの充電できるとこない？", "find_facility", {"facility": "charging"}),
        ("文化館の中にトイレある？", "find_facility", {"facility": "toilet", "place": "culture"}),
        ("財布を落としてしまいました", "find_facility", {"facility": "lost_and_found"}),
        ("メグビーって何の会社？", "ask_exhibitor", {"exhibitor": "megvii"}),
        ("メグビーのブースはどこにありますか", "ask_exhibitor", {"exhibitor": "megvii"}),
        ("今日はどんなフォーラムがありますか", "ask_programme", {}),
        ("次のイベントは何", "ask_now_next", {}),
        ("ここは何時まで開いてますか", "ask_hours", {}),
        ("タクシーを呼んでください", "ask_transport", {"facility": "taxi"}),
        ("空港行きのバスはありますか", "ask_transport", {}),
        ("マスクは必ずつけないとだめですか", "ask_epidemic_rules", {}),
        ("どこから見るのがおすすめ？", "recommend", {}),
        ("オリオンスターと商談したいのですが", "negotiate", {"exhibitor": "orionstar"}),
        ("係の人を呼んでください", "call_staff", {}),
        ("人が倒れています！", "emergency", {}),
        ("息子が迷子になりました", "lost_person", {}),
        ("止まれ", "stop", {}),
        ("トイレに行ってくるから待っててね", "wait", {}),
        ("もう行っていいよ", "resume", {}),
        ("速すぎてついていけません", "slower", {}),
        ("もう少し早く歩いてくれない", "faster", {}),
        ("もう一回だけ言ってくれる", "repeat", {}),
        ("声が小さくて聞こえない", "louder", {}),
        ("音量を下げて", "quieter", {}),
        ("フランス語でお願い", "change_language", {"language": "fr"}),
        ("やっぱり行くのやめた", "cancel", {}),
        ("はい、そうしてください", "yes", {}),
        ("いや、それじゃない", "no", {}),
        ("はじめましてロボットさん", "greet", {}),
        ("どうもありがとうございました", "thanks", {}),
        ("またね", "goodbye", {}),
        ("あなたは何者ですか", "ask_identity", {}),
        ("何か面白い話して", "smalltalk", {}),
    ],
)
def test_is_understood(hall_understanding: Understanding, text: str, name: str, slots: dict[str, str]) -> None:
    intent = hall_understanding.understand(text, "ja")
    assert (intent.name, dict(intent.slots), intent.language) == (name, slots, "ja")


@pytest.mark.parametrize(
    ("text", "name", "slots"),
    [
        ("きんゆう館まで案内してください", "guide_to", {"place": "finance"}),
        ("文化サーピス展はとこですか", "locate", {"place": "culture"}),
        ("エレペータはとこですか", "find_facility", {"facility": "elevator"}),
        ("もっとゆくり歩いて", "slower", {}),
    ],
)
def test_is_understood_though_misheard(
    hall_understanding: Understanding, text: str, name: str, slots: dict[str, str]
) -> None:
    intent = hall_understanding.understand(text, "ja")
    assert (intent.name, dict(intent.slots)) == (name, slots)


@pytest.mark.parametrize(
    "text",
    [
        "昨日の金融展は人が多くて入れなかったよ",
        "もしもし、今会社にいるから後でかけ直すね",
        "友達がロボットの会社に就職した",
        "女子トイレ三十分も並んだんだから",
        "最近銀行の金利が低すぎる",
        "今朝の地下鉄すごく混んでたよね",
        "去年の冬は一回もスキーに行けなかった",
        "続いてはニュースをお伝えします",
    ],
)
def test_chatter_is_not_for_the_robot(hall_understanding: Understanding, text: str) -> None:
    assert hall_understanding.understand(text, "ja").name == "unknown"


@pytest.mark.parametrize("text", ["金融館には行かないで", "文化館に連れて行かないでください"])
def test_who_does_not_want_to_go_is_not_led(hall_understanding: Understanding, text: str) -> None:
    assert not hall_understanding.understand(text, "ja").lead


def test_kana_make_a_sentence_japanese_without_a_hint(hall_understanding: Understanding) -> None:
    assert hall_understanding.understand("金融館はどこですか").language == "ja"


def test_the_recogniser_s_phrases_are_written_as_spoken(hall: Venue) -> None:
    phrases = domain_phrases(hall, "ja")
    assert [text for text in phrases if any(mark in text for mark in "?!.,()|{}[]<>、。？")] == []
    assert "止まって" in phrases
