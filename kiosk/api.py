"""The kiosk over HTTP: what a finger on its page can do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from kiosk.core import Call
from kiosk.errors import OutOfReach, UnknownCall
from kiosk.service import KioskService
from kiosk.ways import words
from maps.errors import NoRoute, UnknownPlace
from maps.view.catalogue import LANGUAGES, catalogue

TEXT = Path(__file__).parent / "text"
Language = Annotated[str, Query(pattern="^(zh|en)$")]


class CallBody(BaseModel):
    """Ask to be led to `place`."""

    place: str = Field(min_length=1, max_length=200)
    language: str = Field(default="zh", pattern="^[a-z]{2}$")


def call_json(call: Call, now: float) -> dict[str, Any]:
    """A call as the HTTP contract shows it."""
    eta_s = call.eta_s(now)
    return {
        "request_id": call.request_id,
        "place": call.place,
        "status": call.status.value,
        "robot": call.robot or None,
        "eta_s": None if eta_s is None else round(eta_s, 1),
        "reason": call.reason or None,
    }


def router(service: KioskService) -> APIRouter:
    """Routes of one kiosk."""
    routes = APIRouter()

    @routes.get("/healthz")
    def healthz() -> dict[str, Any]:
        return {"status": "ok", "kiosk": service.kiosk.id, "broker": "online" if service.connected else "offline"}

    @routes.get("/api/v1/search")
    def search(q: Annotated[str, Query(max_length=200)], lang: Language = "zh") -> list[dict[str, Any]]:
        hits = service.search(q, lang)
        return [{"place": hit.place, "label": hit.label, "kind": hit.kind, "score": hit.score} for hit in hits]

    @routes.get("/api/v1/route")
    def route(place: Annotated[str, Query(max_length=200)]) -> dict[str, Any]:
        try:
            found = service.way(place)
        except (UnknownPlace, NoRoute) as error:
            raise HTTPException(404, str(error)) from None
        told = {f"steps_{lang}": words(found, service.venue, lang, catalogue(TEXT, lang)) for lang in LANGUAGES}
        points = [[round(x, 2), round(y, 2)] for x, y in found.points]
        length, time = round(found.length_m, 1), round(found.time_s, 1)
        return {"place": place, "length_m": length, "time_s": time, "points": points, **told}

    @routes.post("/api/v1/requests", status_code=201)
    async def call(body: CallBody) -> dict[str, Any]:
        try:
            made = service.call(body.place, body.language)
        except UnknownPlace as error:
            raise HTTPException(404, str(error)) from None
        except OutOfReach as error:
            raise HTTPException(503, str(error)) from None
        return call_json(made, service.now())

    @routes.get("/api/v1/requests/{request_id}")
    async def status(request_id: str) -> dict[str, Any]:
        try:
            return call_json(service.desk.get(request_id), service.now())
        except UnknownCall as error:
            raise HTTPException(404, str(error)) from None

    @routes.delete("/api/v1/requests/{request_id}")
    async def cancel(request_id: str) -> dict[str, Any]:
        try:
            return call_json(service.cancel(request_id), service.now())
        except UnknownCall as error:
            raise HTTPException(404, str(error)) from None

    return routes
