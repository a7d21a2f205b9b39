from __future__ import annotations

import string

import pytest

from robot_nodes.language import LANGUAGES
from robot_nodes.language.catalogue import read_phrases
from robot_nodes.language.errors import CatalogueError
from robot_nodes.language.korean import fit_particle, with_particles
from robot_nodes.language.phrases import ACTS, phrase


def test_no_language_lacks_an_entry() -> None:
    english = read_phrases("en")
    missing = [
        f"{language}.yaml: {section}.{key}"
        for language in LANGUAGES
        for section in ("acts", "replies")
        for key in getattr(english, section)
        if key not in getattr(read_phrases(language), section)
    ]
    assert missing == []


def test_all_languages_use_the_same_slots() -> None:
    def slots(variants: tuple[str, ...]) -> set[str]:
        return {name for variant in variants for _, name, _, _ in string.Formatter().parse(variant) if name}

    english = read_phrases("en")
    for language in LANGUAGES:
        phrases = read_phrases(language)
        assert {key: slots(phrases.acts[key]) for key in ACTS} == {key: slots(english.acts[key]) for key in ACTS}
        assert {key: slots(it) for key, it in phrases.replies.items()} == {
            key: slots(it) for key, it in english.replies.items()
        }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_can_be_said_with_nothing_given(act: str, language: str) -> None:
    said = phrase(act, language)
    assert said
    assert "{" not in said


def test_slots_choose_the_wording() -> None:
    assert phrase("arrived", "zh", place="金融服务专题展").startswith("金融服务专题展到了")
    assert phrase("arrived", "zh", place="").startswith("我们到了")
    assert "About 12 metres" in phrase("progress", "en", remaining_m=12.4)
    assert phrase("lead_start", "ko", place="문화 서비스 전시관") == "저를 따라오세요. 문화 서비스 전시관으로 갑니다."


def test_unknown_languages_fall_back_to_english_and_unknown_acts_are_errors() -> None:
    assert phrase("greet", "fr") == phrase("greet", "en")
    with pytest.raises(CatalogueError, match="no acts entry 'dance'"):
        phrase("dance", "zh")


@pytest.mark.parametrize(
    ("text", "fitted"),
    [
        ("물은(는)", "물은"),
        ("출구이(가)", "출구가"),
        ("서울(으)로", "서울로"),
        ("집(으)로", "집으로"),
        ("5G(으)로", "5G로"),
        ("1(으)로", "1로"),
    ],
)
def test_particles(text: str, fitted: str) -> None:
    assert with_particles(text) == fitted


def test_a_template_s_particle_fits_the_name() -> None:
    assert fit_particle("출구", "이 어디예요") == "가 어디예요"
    assert fit_particle("전시관", "로") == "으로"
    assert fit_particle("출구", " 어디예요") == " 어디예요"
