"""Recordings, and the Korean ear, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from maps.venue import load_venue
from robot_nodes.hearing import MissingModel, ModelShelf
from robot_nodes.hearing.recogniser import Ear
from robot_nodes.language.domain import domain_phrases


@pytest.fixture(scope="session")
def recordings() -> Path:
    return Path(__file__).parents[2] / "data" / "speech" / "ko"


@pytest.fixture(scope="session")
def korean_ear() -> Ear:
    try:
        model = ModelShelf().model("ko")
    except MissingModel as missing:
        pytest.skip(str(missing))
    return Ear(model, "ko", domain_phrases(load_venue("hall"), "ko"))
