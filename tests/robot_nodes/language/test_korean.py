from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_nodes.language.korean import fit_particle, hangul_of, number_words, sound_of, sounds, with_particles


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("문화 서비스", "문하 써비스".replace("하", "화")),  # lax and tense
        ("충전소", "중전소"),  # aspirated and lax
        ("세 개", "새 게"),  # ae and e
        ("왠지", "웬지"),  # wae and we
        ("외국", "왜국"),  # oe and wae
        ("같이", "가치"),  # palatalisation
        ("독립", "동닙"),  # nasalisation on both sides
        ("국물", "궁물"),
        ("전시관으로", "전시과느로"),  # liaison
        ("값이", "갑시"),  # a cluster shared out
        ("좋아요", "조아요"),  # silent h
        ("입학", "이팍"),  # aspiration
        ("연락", "열락"),  # lateralisation
        ("음료수", "음뇨수"),
        ("있다", "잇다"),  # neutralised finals
        ("부엌", "부억"),
        ("희망", "히망"),
        ("가져", "가저"),
        ("5g 전시관", "오지 전시관"),
        ("12대 기업", "십이대 기업"),
        ("atm", "에이티엠"),
    ],
)
def test_what_sounds_alike_has_one_key(one: str, other: str) -> None:
    assert sound_of(one) == sound_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("금융", "교육"), ("관광", "건강"), ("출구", "입구"), ("물", "불"), ("네", "아니"), ("강", "간")]
)
def test_what_sounds_different_has_different_keys(one: str, other: str) -> None:
    assert sound_of(one) != sound_of(other)


@given(st.text(alphabet="금융값않읽닭화장실 5g12ab龘!", max_size=20))
def test_the_parts_are_in_order_and_make_up_the_key(text: str) -> None:
    parts = sounds(text)
    places = [place for place, _ in parts]
    assert "".join(letters for _, letters in parts) == sound_of(text)
    assert places == sorted(places)
    assert all(0 <= place < len(text) and text[place] != " " for place in places)


def test_a_part_stands_at_its_own_syllable() -> None:
    assert [(place, letters) for place, letters in sounds("전시 관으로") if place == 5] == [(5, "lo")]
    assert sounds("금 융")[-1][0] == 2


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("0", "영"),
        ("10", "십"),
        ("12", "십이"),
        ("101", "백일"),
        ("2020", "이천이십"),
        ("37", "삼십칠"),
        ("007", "영영칠"),
        ("20304050", "이천삼십만사천오십"),
        ("123456789", "일이삼사오육칠팔구"),
    ],
)
def test_numbers_are_read(digits: str, words: str) -> None:
    assert number_words(digits) == words


@pytest.mark.parametrize(
    ("syllables", "hangul"),
    [
        ("bei jing", "베이징"),
        ("su zhou", "쑤저우"),
        ("hang zhou", "항저우"),
        ("tian jin", "톈진"),
        ("xing he", "싱허"),
        ("zhi yuan", "즈위안"),
        ("dong fang", "둥팡"),
        ("ming de", "밍더"),
        ("xiang yun", "샹윈"),
        ("jiu zhou", "주저우"),
        ("rui feng", "루이펑"),
        ("? li", "리"),
    ],
)
def test_chinese_names_are_transcribed(syllables: str, hangul: str) -> None:
    assert hangul_of(syllables.split()) == hangul


@pytest.mark.parametrize(
    ("text", "fitted"), [("영어을(를)", "영어를"), ("중국과(와)", "중국과"), ("일본어(으)로", "일본어로")]
)
def test_particles_of_replies(text: str, fitted: str) -> None:
    assert with_particles(text) == fitted


def test_particles_of_templates() -> None:
    assert fit_particle("오리온스타", "과 상담하고 싶어요") == "와 상담하고 싶어요"
    assert fit_particle("", "이 있어요") == "이 있어요"
