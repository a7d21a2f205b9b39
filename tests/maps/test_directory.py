"""Search in any language, with pinyin and slips."""

from __future__ import annotations

import time

import pytest

from maps.directory import Directory
from maps.venue import Venue


@pytest.fixture(scope="module")
def fair(ciftis: Venue) -> Directory:
    return Directory(ciftis)


@pytest.mark.parametrize(
    ("query", "place", "kind"),
    [
        ("文化", "culture", "hall"),
        ("文化服务专题展", "culture", "hall"),
        ("Culture services", "culture", "hall"),
        ("CULTURE", "culture", "hall"),
        ("wenhuafuwu", "culture", "hall"),
        ("whfw", "culture", "hall"),
        ("금융", "finance", "hall"),
        ("financ", "finance", "hall"),
        ("finanse services", "finance", "hall"),
        ("旷视科技", "robots-a01", "exhibitor"),
        ("megvi", "robots-a01", "exhibitor"),
        ("kuangshikeji", "robots-a01", "exhibitor"),
        ("猎户", "robots-a03", "exhibitor"),
        ("orion star", "robots-a03", "exhibitor"),
        ("5G", "5g", "hall"),
        ("５ｇ", "5g", "hall"),
        ("kiosk-03", "kiosk-03", "kiosk"),
    ],
)
def test_finds(fair: Directory, query: str, place: str, kind: str) -> None:
    hit = fair.search(query)[0]
    assert (hit.place, hit.kind) == (place, kind)
    assert 0 < hit.score <= 100


@pytest.mark.parametrize("query", ["厕所", "toilet", "restroom", "화장실", "weishengjian"])
def test_facilities_are_found_by_other_words(fair: Directory, query: str) -> None:
    hits = fair.search(query)
    assert "toilet" in hits[0].place
    assert hits[0].kind == "facility"


@pytest.mark.parametrize("query", ["", "   ", "!?", "zzzzqqqq"])
def test_nothing_meant_nothing_found(fair: Directory, query: str) -> None:
    assert fair.search(query) == []


def test_labels_follow_the_language(fair: Directory) -> None:
    assert fair.search("culture", lang="zh")[0].label == "文化服务专题展"
    assert fair.search("文化", lang="en")[0].label == "Culture services"
    assert fair.search("文化", lang="ko")[0].label == "문화 서비스 전시관"
    assert fair.search("文化")[0].label == "文化服务专题展"


def test_limit_scores_and_places(fair: Directory, ciftis: Venue) -> None:
    hits = fair.search("北京", limit=7)
    assert len(hits) == 7
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.place in ciftis.places for hit in hits)
    assert fair.search("北京", limit=0) == []


def test_an_answer_takes_milliseconds(fair: Directory) -> None:
    queries = ["文化", "megvi", "beijing xinghe", "wenhua", "x" * 500]
    began = time.process_time()
    for query in queries:
        fair.search(query)
    assert (time.process_time() - began) / len(queries) < 0.03
