"""The still layer, the words and the language of the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import maps.view
from maps.venue import load_venue
from maps.view.catalogue import LANGUAGES, catalogue, preferred_language
from maps.view.element import published
from maps.view.scene import booth_label, named, scene
from maps.view.theme import FONT_STACK, theme_css

ROOM = Path(maps.view.__file__).parent


@pytest.mark.parametrize("name", ["hall", "ciftis2020"])
def test_the_scene_holds_the_whole_venue(name: str) -> None:
    venue = load_venue(name)
    drawn = scene(venue, "zh")
    assert (drawn["width"], drawn["height"]) == (venue.width_m, venue.height_m)
    assert [hall[0] for hall in drawn["halls"]] == list(venue.halls)
    assert [booth[0] for booth in drawn["booths"]] == list(venue.booths)
    assert len(drawn["walls"]) == 4 * len(venue.walls)
    assert len(drawn["lanes"]) == 4 * len(venue.lanes.lanes)
    marks = [mark[0] for mark in drawn["marks"]]
    assert set(marks) == {*venue.kiosks, *venue.facilities, *venue.rooms, *venue.sites, *venue.chargers}
    assert all(mark in venue.places for mark in marks)


def test_every_booth_points_to_its_hall_and_keeps_its_place() -> None:
    venue = load_venue("hall")
    drawn = scene(venue, "en")
    for booth_id, label, exhibitor, hall, *corners in drawn["booths"]:
        booth = venue.booths[booth_id]
        assert drawn["halls"][hall][0] == booth.hall
        assert corners == pytest.approx([booth.x0, booth.y0, booth.x1, booth.y1], abs=0.005)
        assert label == booth_label(booth)
        assert not booth.exhibitor or exhibitor == venue.exhibitors[booth.exhibitor].names["en"]


def test_two_thousand_booths_are_small() -> None:
    drawn = scene(load_venue("ciftis2020"), "zh")
    assert len(drawn["booths"]) > 2000
    assert len(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")).encode()) < 500_000


def test_names_follow_the_language_and_fall_back() -> None:
    assert named({"zh": "序厅", "en": "Prologue"}, "zh") == "序厅"
    assert named({"zh": "序厅", "en": "Prologue"}, "ko") == "Prologue"
    assert named({"zh": "序厅"}, "en") == "序厅"


def test_a_published_scene_keeps_its_address() -> None:
    venue = load_venue("hall")
    assert published(venue, "zh") == published(venue, "zh")
    assert published(venue, "zh") != published(venue, "en")


@pytest.mark.parametrize("folder", [ROOM / "text"])
def test_catalogues_have_the_same_words(folder: Path) -> None:
    words = {language: catalogue(folder, language) for language in LANGUAGES}
    assert words["zh"].keys() == words["en"].keys()
    assert all(text.strip() for text in words["zh"].values())


def test_the_legend_finds_all_its_words() -> None:
    script = (ROOM / "venue_map.js").read_text(encoding="utf-8")
    words = yaml.safe_load((ROOM / "text" / "en.yaml").read_text(encoding="utf-8"))
    for key in ("driving", "acting", "idle", "charging", "paused", "error", "lost", "kiosk", "charger", "site", "room"):
        assert f'"{key}"' in script
        assert key in words


def test_the_browser_decides_unless_the_address_does() -> None:
    assert preferred_language("en", "zh-CN,zh;q=0.9") == "en"
    assert preferred_language(None, "fr-FR, en-GB;q=0.8, zh;q=0.5") == "en"
    assert preferred_language(None, "zh-CN,en;q=0.8") == "zh"
    assert preferred_language("xx", None) == "zh"


@given(asked=st.none() | st.text(), accepted=st.none() | st.text())
def test_any_header_gives_a_language_we_have(asked: str | None, accepted: str | None) -> None:
    assert preferred_language(asked, accepted) in LANGUAGES


def test_fonts_fall_back_to_chinese_ones() -> None:
    assert FONT_STACK.index("Noto Sans SC") < FONT_STACK.index("sans-serif")
    assert "Microsoft YaHei" in FONT_STACK
    assert FONT_STACK in theme_css()
