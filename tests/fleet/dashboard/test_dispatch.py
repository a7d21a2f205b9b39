"""The form's request, and its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fleet.dashboard
from fleet.dashboard.dispatch import ICONS, task_request
from fleet.dashboard.page import short_names
from fleet.tasks import Source, TaskState
from maps.venue import load_venue
from maps.view.catalogue import LANGUAGES, catalogue

ROOM = Path(fleet.dashboard.__file__).parent
WORDS = catalogue(ROOM / "text", "en")


def test_only_a_guided_visitor_waits_somewhere() -> None:
    guide = task_request("guide", "culture", "", "kiosk-01", "zh")
    go_to = task_request("goTo", "culture", "guide-01", "kiosk-01", "zh")
    assert (guide.origin, guide.robot, guide.source) == ("kiosk-01", "", Source.STAFF)
    assert (go_to.origin, go_to.robot) == ("", "guide-01")


def test_an_unknown_kind_is_no_request() -> None:
    with pytest.raises(ValueError, match="fly"):
        task_request("fly", "culture", "", "", "zh")


def test_catalogues_have_the_same_words() -> None:
    words = {language: catalogue(ROOM / "text", language) for language in LANGUAGES}
    assert words["zh"].keys() == words["en"].keys()


def test_the_lists_find_all_their_words() -> None:
    script = (ROOM / "fleet_panel.js").read_text(encoding="utf-8")
    assert set(re.findall(r"\bt\.([a-z_]+)", script)) <= WORDS.keys()
    assert {f"task_{state}" for state in TaskState} <= WORDS.keys()
    assert {f"link_{link}" for link in ("online", "offline", "broken", "stale", "unknown")} <= WORDS.keys()
    assert {f"robot_{state}" for state in ("idle", "driving", "paused", "acting", "error")} <= WORDS.keys()
    assert {f"kind_{kind}" for kind in ICONS} <= WORDS.keys()


def test_names_sent_to_the_browser_leave_booths_out() -> None:
    venue = load_venue("ciftis2020")
    names = short_names(venue, "zh")
    assert set(venue.halls) <= names.keys()
    assert not set(venue.booths) & names.keys()
