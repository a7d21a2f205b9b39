"""The REST interface. Handlers translate and call; they hold no logic. Errors are RFC 9457 problem documents."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from fleet import views
from fleet.api.stream import stream
from fleet.errors import FleetError, NotFound, Rejected, StoreError
from fleet.manager import Manager
from fleet.metrics import metrics_text
from fleet.tasks import Source, TaskRequest
from maps.errors import MapsError

Json = dict[str, Any]
PROBLEM = "application/problem+json"


class TaskBody(BaseModel):
    """What staff send to make a task."""

    model_config = ConfigDict(extra="forbid")
    kind: Annotated[str, Field(examples=["goTo", "guide", "charge", "home"])]
    place: Annotated[str, Field(max_length=128, examples=["culture"])] = ""
    origin: Annotated[str, Field(max_length=128)] = ""
    robot: Annotated[str, Field(max_length=64)] = ""
    language: Annotated[str, Field(max_length=16)] = "zh"
    request_id: Annotated[str, Field(max_length=64)] = ""


def create_app(manager: Manager) -> FastAPI:
    """The application for one manager; the dashboard is mounted last, if this installation has it."""
    app = FastAPI(title="fairguide fleet", version="1", docs_url="/docs")
    app.include_router(_reading(manager), prefix="/api/v1", tags=["picture"])
    app.include_router(_asking(manager), prefix="/api/v1", tags=["asking"])
    app.include_router(_health(manager), tags=["health"])
    _handle_errors(app)

    @app.websocket("/api/v1/stream")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            await stream(socket, manager)

    try:
        from fleet.dashboard import mount
    except ModuleNotFoundError as error:
        if error.name not in ("fleet.dashboard", "nicegui"):
            raise
    else:
        mount(app, manager)
    return app


def _reading(manager: Manager) -> APIRouter:
    routes = APIRouter()
    venue = views.venue_json(manager.venue)

    @routes.get("/venue")
    async def get_venue() -> Json:
        return venue

    @routes.get("/robots")
    async def get_robots() -> list[Json]:
        return manager.robots_json()

    @routes.get("/robots/{serial}")
    async def get_robot(serial: str) -> Json:
        return _one(manager.robots_json(), "serial", serial, "robot", "robots")

    @routes.get("/tasks")
    async def get_tasks() -> list[Json]:
        return manager.tasks_json()

    @routes.get("/tasks/{task_id}")
    async def get_task(task_id: str) -> Json:
        task = manager.picture.tasks.get(task_id)
        if task is None:
            raise NotFound(f"no task {task_id!r}: see /api/v1/tasks")
        return views.task_json(manager.venue, task)

    @routes.get("/sites")
    async def get_sites() -> list[Json]:
        return manager.sites_json()

    @routes.get("/sites/{site_id}")
    async def get_site(site_id: str) -> Json:
        return _one(manager.sites_json(), "id", site_id, "site", "sites")

    @routes.get("/kiosks")
    async def get_kiosks() -> list[Json]:
        return manager.kiosks_json()

    @routes.get("/alerts")
    async def get_alerts(resolved: bool = False) -> list[Json]:
        return manager.alerts_json(resolved)

    @routes.get("/events")
    async def get_events(limit: Annotated[int, Query(ge=1, le=500)] = 200) -> list[Json]:
        return manager.events_json(limit)

    return routes


def _asking(manager: Manager) -> APIRouter:
    routes = APIRouter()

    @routes.post("/tasks", status_code=201)
    async def post_task(body: TaskBody, response: Response) -> Json:
        request = TaskRequest(source=Source.STAFF, **body.model_dump())
        task = await manager.submit(request)
        response.headers["Location"] = f"/api/v1/tasks/{task.id}"
        return views.task_json(manager.venue, task)

    @routes.delete("/tasks/{task_id}")
    async def delete_task(task_id: str) -> Json:
        return views.task_json(manager.venue, await manager.cancel(task_id))

    @routes.post("/robots/{serial}/pause", status_code=202)
    async def pause(serial: str) -> Json:
        await manager.pause(serial)
        return {"serial": serial, "sent": "startPause"}

    @routes.post("/robots/{serial}/resume", status_code=202)
    async def resume(serial: str) -> Json:
        await manager.resume(serial)
        return {"serial": serial, "sent": "stopPause"}

    @routes.post("/alerts/{alert_id}/resolve", status_code=202)
    async def resolve(alert_id: int) -> Json:
        await manager.staff_came(alert_id)
        return {"id": alert_id}

    return routes


def _health(manager: Manager) -> APIRouter:
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> Json:
        return {"status": "ok", "venue": manager.venue.id}

    @routes.get("/readyz")
    async def readyz(response: Response) -> Json:
        problems = manager.problems
        response.status_code = 503 if problems else 200
        return {"ready": not problems, "problems": problems}

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(metrics_text(manager), media_type="text/plain; version=0.0.4; charset=utf-8")

    return routes


def _one(items: list[Json], key: str, value: str, what: str, where: str) -> Json:
    for item in items:
        if item[key] == value:
            return item
    raise NotFound(f"no {what} {value!r}: see /api/v1/{where}")


def _handle_errors(app: FastAPI) -> None:
    async def problem(request: Request, error: Exception) -> JSONResponse:
        status, detail = _status_and_detail(error)
        body = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status, "detail": detail}
        if isinstance(error, Rejected):
            body |= {"reason": error.reason, "suggestion": error.suggestion}
        return JSONResponse(body, status_code=status, media_type=PROBLEM)

    for kind in (FleetError, MapsError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, problem)


_TITLES = {404: "Not found", 405: "Method not allowed", 409: "Not now", 422: "Not usable", 503: "Not available"}


def _status_and_detail(error: Exception) -> tuple[int, str]:
    if isinstance(error, NotFound):
        return 404, str(error)
    if isinstance(error, Rejected):
        return error.status, str(error)
    if isinstance(error, StoreError):
        return 503, str(error)
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        return 422, f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
    return 422, str(error)
