"""Each kind of error names the file, the key or line, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from maps.errors import PlanError
from maps.venue import load_venue

Plan = dict[str, Any]
Complaints = Callable[[Plan | str], list[str]]


def test_the_small_plan_is_sound(small: Plan, complaints: Complaints) -> None:
    assert complaints(small) == []


def _overlapping_halls(plan: Plan) -> None:
    plan["halls"]["other"] = {**plan["halls"]["finance"], "blocks": []}


def _one_way_dead_end(plan: Plan) -> None:
    plan["corridors"]["spur"] = {"along": [[15, 3], [15, 5]], "one_way": True}


BROKEN: dict[str, tuple[Callable[[Plan], Any], str, str]] = {
    "booth outside hall": (
        lambda p: p["booths"].update(b1={"hall": "finance", "rect": [26, 10, 28, 12]}),
        "booths.b1",
        "lies outside hall finance",
    ),
    "overlapping booths": (
        lambda p: p["booths"].update(b1={"hall": "finance", "rect": [10, 7, 12, 9]}),
        "booths.b1",
        "overlaps booth finance-a01",
    ),
    "booth id made already": (
        lambda p: p["booths"].update({"finance-a01": {"hall": "finance", "rect": [10, 14, 11, 15]}}),
        "booths.finance-a01",
        "duplicate id",
    ),
    "unknown hall": (
        lambda p: p["exhibitors"]["bank"].update(hall="finanse"),
        "exhibitors.bank.hall",
        "did you mean 'finance'",
    ),
    "unknown sector": (
        lambda p: p["exhibitors"]["bank"].update(sector="x"),
        "exhibitors.bank.sector",
        "unknown sector",
    ),
    "unknown exhibitor": (
        lambda p: p["booths"].update(b1={"hall": "finance", "rect": [22, 7, 24, 9], "exhibitor": "bonk"}),
        "booths.b1.exhibitor",
        "did you mean 'bank'",
    ),
    "unknown room": (
        lambda p: p.update(
            programme={
                "days": ["2020-09-05"],
                "sessions": {"s": {"names": {"zh": "会", "en": "S"}, "room": "r", "start": "x", "end": "y"}},
            }
        ),
        "programme.sessions.s.room",
        "unknown room",
    ),
    "bad session time": (
        lambda p: p.update(
            rooms={"r": {"at": [10, 1], "names": {"zh": "厅", "en": "R"}}},
            programme={
                "days": ["2020-09-05"],
                "sessions": {"s": {"names": {"zh": "会", "en": "S"}, "room": "r", "start": "x", "end": "y"}},
            },
        ),
        "programme.sessions.s",
        "needs ISO 8601",
    ),
    "duplicate place id": (lambda p: p["kiosks"].update(finance={"at": [12, 1]}), "kiosks.finance", "duplicate id"),
    "overlapping halls": (_overlapping_halls, "halls.other.rect", "overlaps hall finance"),
    "hall outside venue": (
        lambda p: p["halls"]["finance"].update(rect=[3, 3, 40, 17]),
        "halls.finance.rect",
        "outside",
    ),
    "kiosk outside venue": (lambda p: p["kiosks"]["kiosk-01"].update(at=[15, 90]), "kiosks.kiosk-01.at", "outside"),
    "unreachable station": (
        lambda p: p.update(lanes={"reach": 2.0}),
        "halls.finance.blocks",
        "unreachable station",
    ),
    "one-way dead end": (_one_way_dead_end, "corridors.spur", "one-way dead end"),
    "separate streets": (
        lambda p: p["corridors"].update(island={"along": [[24, 8], [24, 12]]}),
        "corridors",
        "cannot be reached",
    ),
    "lane crosses obstacle": (lambda p: p.update(walls=[[14, 2, 15, 4]]), "corridors.ring", "crosses the obstacle"),
    "lane too near": (lambda p: p.update(walls=[[14, 4.2, 15, 5]]), "corridors.ring", "0.75 m are needed"),
    "slanting corridor": (
        lambda p: p["corridors"].update(slant={"along": [[3, 3], [5, 9]]}),
        "corridors.slant.along.0",
        "parallel to x or y",
    ),
    "dock on a crossing": (lambda p: p["docks"][0].update(at=[3.7, 1]), "docks.0", "free stretch of lane"),
    "rows do not fit": (
        lambda p: p["halls"]["finance"].update(rows={"size": [200, 3]}),
        "halls.finance.rows",
        "rows do not fit",
    ),
    "door to nowhere": (
        lambda p: (
            p["halls"]["finance"].update(
                rect=[6, 6, 24, 14],
                blocks=[],
                station=None,
                walls=True,
                rows={"size": [3, 1], "edge": 3, "cross": 0},
                doors=[{"side": "south", "at": 9, "width": 4}],
            )
            or p.update(corridors={"far": {"along": [[1.5, 2], [1.5, 18]]}})
        ),
        "halls.finance.doors.0",
        "no corridor",
    ),
    "door too wide": (
        lambda p: p["halls"]["finance"].update(doors=[{"side": "west", "at": 2, "width": 6}]),
        "halls.finance.doors.0",
        "does not fit its wall",
    ),
    "homeless exhibitor": (lambda p: p["exhibitors"]["bank"].pop("hall"), "exhibitors.bank", "has no booth"),
    "no streets": (lambda p: p.pop("corridors"), "corridors", "no streets"),
    "wrong type": (lambda p: p.update(size="wide"), "size", "tuple"),
    "unknown key": (lambda p: p.update(colour="red"), "colour", "unknown key"),
    "missing key": (lambda p: p.pop("map_id"), "map_id", "missing"),
    "missing language": (lambda p: p["names"].pop("zh"), "names", "needs a name in 'zh'"),
    "bad id": (lambda p: p["kiosks"].update({"Kiosk 9": {"at": [12, 1]}}), "kiosks.Kiosk 9", "lower case"),
    "turned rectangle": (lambda p: p["halls"]["finance"].update(rect=[27, 3, 3, 17]), "halls.finance.rect", "x0 < x1"),
    "spot without a point": (lambda p: p["kiosks"]["kiosk-01"].pop("at"), "kiosks.kiosk-01", "give either at"),
    "grid too large": (lambda p: p.update(size=[9000, 9000]), "plan", "coarser"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_each_error_names_its_key_and_what_is_wrong(kind: str, small: Plan, complaints: Complaints) -> None:
    break_it, key, message = BROKEN[kind]
    small.setdefault("booths", {})
    break_it(small)
    found = complaints(small)
    assert any(f"plan.yaml: {key}" in line and message in line for line in found), found
    assert all("\n" not in line for line in found)


def test_all_problems_are_listed_with_their_lines(small: Plan, complaints: Complaints) -> None:
    small["exhibitors"]["bank"].update(hall="nowhere", sector="nothing")
    text = yaml.safe_dump(small, allow_unicode=True, sort_keys=False)
    found = complaints(text)
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "hall: nowhere" in row)
    assert len(found) == 2
    assert any(f"exhibitors.bank.hall (line {line})" in problem for problem in found)


def test_load_venue_raises_the_first_problem(small: Plan, complaints: Complaints, tmp_path: Any) -> None:
    small["kiosks"]["kiosk-01"]["at"] = [15, 90]
    first = complaints(small)[0]
    with pytest.raises(PlanError) as caught:
        load_venue(tmp_path / "plan.yaml")
    assert str(caught.value) == first
    assert caught.value.where.startswith("kiosks.kiosk-01.at")


def test_load_venue_says_which_venues_there_are() -> None:
    with pytest.raises(PlanError, match="ciftis2020, hall"):
        load_venue("hal")
