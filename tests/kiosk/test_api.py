"""The kiosk's HTTP interface."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kiosk.api import router
from kiosk.service import KioskService

Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(service: KioskService) -> Ask:
    """`ask("GET", "/healthz")`, without a network."""
    app = FastAPI()
    app.include_router(router(service))

    async def answer(method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://kiosk") as client:
            return await client.request(method, path, **more)

    return lambda method, path, **more: asyncio.run(answer(method, path, **more))


def test_health_says_whether_robots_can_be_called(ask: Ask) -> None:
    assert ask("GET", "/healthz").json() == {"status": "ok", "kiosk": "kiosk-01", "broker": "offline"}


def test_search(ask: Ask) -> None:
    hits = ask("GET", "/api/v1/search", params={"q": "文化", "lang": "zh"}).json()
    assert hits[0]["place"] == "culture"
    assert ask("GET", "/api/v1/search", params={"q": "x", "lang": "tlh"}).status_code == 422


def test_route(ask: Ask) -> None:
    route = ask("GET", "/api/v1/route", params={"place": "culture"}).json()
    assert route["place"] == "culture"
    assert route["length_m"] > 5
    assert len(route["points"]) >= 2
    assert len(route["steps_zh"]) == len(route["steps_en"])


def test_an_unknown_place_is_not_found(ask: Ask) -> None:
    answer = ask("GET", "/api/v1/route", params={"place": "cultur"})
    assert answer.status_code == 404
    assert "culture" in answer.json()["detail"]
    assert ask("POST", "/api/v1/requests", json={"place": "atlantis"}).status_code == 404


def test_without_a_broker_a_call_is_refused(ask: Ask) -> None:
    answer = ask("POST", "/api/v1/requests", json={"place": "culture", "language": "zh"})
    assert answer.status_code == 503
    assert "cannot be called just now" in answer.json()["detail"]


def test_a_call_and_its_end(ask: Ask, service: KioskService) -> None:
    service.link.connected = True
    made = ask("POST", "/api/v1/requests", json={"place": "culture", "language": "en"})
    assert made.status_code == 201
    request_id = made.json()["request_id"]
    assert ask("GET", f"/api/v1/requests/{request_id}").json()["status"] == "sent"
    assert ask("DELETE", f"/api/v1/requests/{request_id}").json()["status"] == "cancelled"
    assert ask("GET", "/api/v1/requests/none").status_code == 404


@pytest.mark.parametrize("body", [{}, {"place": ""}, {"place": "culture", "language": "english"}])
def test_a_malformed_call_is_refused(ask: Ask, body: dict[str, str]) -> None:
    assert ask("POST", "/api/v1/requests", json=body).status_code == 422
