from __future__ import annotations

import pytest

from maps.venue import Venue, load_venue
from robot_nodes.language import LANGUAGES, Understanding
from robot_nodes.language.domain import domain_phrases


def test_korean_requests_are_expected_with_fitting_particles(hall: Venue) -> None:
    phrases = set(domain_phrases(hall, "ko"))
    assert {
        "문화 서비스 전시관으로 안내해 주세요",
        "화장실이 어디에 있습니까",
        "출구가 어디입니까",
        "멈춰 주세요",
    } <= phrases
    assert "출구이 어디입니까" not in phrases


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_expected_is_understood(hall: Venue, hall_understanding: Understanding, language: str) -> None:
    phrases = domain_phrases(hall, language)
    wrong = [text for text in phrases[:: len(phrases) // 150] if hall_understanding.understand(text).name == "unknown"]
    assert wrong == []


def test_a_limit_costs_names_not_commands(hall: Venue) -> None:
    assert "멈춰 주세요" in domain_phrases(hall, "ko", limit=2000)
    assert len(domain_phrases(hall, "ko", limit=2000)) == 2000


def test_a_recogniser_is_told_each_language_in_its_own_characters() -> None:
    phrases = domain_phrases(load_venue("ciftis2020"), "ja")
    assert any("観光サービス展" in text for text in phrases)
    assert any("両替" in text or "飲食" in text for text in phrases)
    simplified = frozenset("观阳应语发开关过这车东饮飞云设办")
    assert [text for text in phrases if not simplified.isdisjoint(text)] == []
