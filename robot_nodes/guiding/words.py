"""Reasons, as the end of "Sorry, ...": language -> words. Full sentences are in `language/phrases`."""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {
    "busy": {
        "zh": "我正在为另一位客人服务，请稍等",
        "en": "I am guiding another visitor just now",
        "ko": "지금 다른 손님을 안내하고 있습니다",
        "ja": "ただ今ほかのお客様をご案内しています",
    },
    "refused": {
        "zh": "现在不能带您去那里",
        "en": "I cannot take you there now",
        "ko": "지금은 안내해 드릴 수 없습니다",
        "ja": "今はそちらへご案内できません",
    },
    "no_answer": {
        "zh": "控制中心没有回答，请再说一次",
        "en": "the fleet did not answer, please ask again",
        "ko": "관제 센터가 응답하지 않습니다. 다시 말씀해 주세요",
        "ja": "管制センターから応答がありません。もう一度お願いします",
    },
    "visitor_lost": {
        "zh": "我没有找到您，先回去了",
        "en": "I have lost you and am going back",
        "ko": "손님을 찾지 못해 돌아갑니다",
        "ja": "お客様を見失いましたので、戻ります",
    },
    "blocked": {
        "zh": "路被挡住了",
        "en": "the way is blocked",
        "ko": "길이 막혀 있습니다",
        "ja": "道がふさがっています",
    },
    "slowest": {
        "zh": "我已经走得最慢了，需要的话请说“停一下”",
        "en": 'I cannot go any slower; say "stop" if you would like to rest',
        "ko": "더 천천히 갈 수 없습니다. 쉬고 싶으시면 멈춰 달라고 말씀해 주세요",
        "ja": "これ以上ゆっくりは歩けません。休むときは「止まって」と言ってください",
    },
    "fastest": {
        "zh": "为了安全，我不能走得更快了",
        "en": "for safety I cannot go any faster",
        "ko": "안전을 위해 더 빨리 갈 수 없습니다",
        "ja": "安全のため、これ以上速くは歩けません",
    },
    "offline": {
        "zh": "我现在联系不上工作人员，请找最近的服务台",
        "en": "I cannot reach the staff now, please go to the nearest information desk",
        "ko": "지금은 직원에게 연락할 수 없습니다. 가까운 안내 데스크로 가 주세요",
        "ja": "今はスタッフに連絡できません。お近くの案内所へお越しください",
    },
}


def reason(key: str, language: str) -> str:
    """The words for `key`; English where the language has none."""
    words = REASONS[key]
    return words.get(language, words["en"])
