"""Venues for the tests, loaded once, and a small plan to break."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from maps.loading import problems
from maps.venue import Venue, load_venue

SMALL: dict[str, Any] = {
    "id": "small",
    "map_id": "small-1F",
    "version": "1",
    "names": {"zh": "小馆", "en": "Small hall"},
    "size": [30, 20],
    "corridors": {"ring": {"along": [[3, 3], [27, 3], [27, 17], [3, 17], [3, 3]]}},
    "sectors": {"finance": {"names": {"zh": "金融服务", "en": "Financial services"}}},
    "halls": {
        "finance": {
            "names": {"zh": "金融", "en": "Finance"},
            "area": "themed",
            "rect": [3, 3, 27, 17],
            "walls": False,
            "station": [8, 3],
            "blocks": [{"corner": [9, 6], "size": [4, 4], "columns": 3}],
        }
    },
    "exhibitors": {"bank": {"names": {"zh": "银行", "en": "Bank"}, "sector": "finance", "hall": "finance"}},
    "docks": [{"at": [20, 1], "count": 2, "yaw_deg": 90}],
    "kiosks": {"kiosk-01": {"at": [15, 0.8], "yaw_deg": 90}},
}


@pytest.fixture(scope="session")
def hall() -> Venue:
    return load_venue("hall")


@pytest.fixture(scope="session")
def ciftis() -> Venue:
    return load_venue("ciftis2020")


@pytest.fixture(params=["hall", "ciftis2020"], scope="session")
def venue(request: pytest.FixtureRequest) -> Venue:
    return load_venue(request.param)


@pytest.fixture
def small() -> dict[str, Any]:
    return copy.deepcopy(SMALL)


@pytest.fixture
def complaints(tmp_path: Path) -> Callable[[dict[str, Any] | str], list[str]]:
    """Writes a plan and gives what is wrong with it."""

    def run(plan: dict[str, Any] | str) -> list[str]:
        text = plan if isinstance(plan, str) else yaml.safe_dump(plan, allow_unicode=True, sort_keys=False)
        path = tmp_path / "plan.yaml"
        path.write_text(text, encoding="utf-8")
        return [str(problem) for problem in problems(path)[1]]

    return run
