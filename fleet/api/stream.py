"""The live feed: one snapshot, then what changed, at most five times a second."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from fastapi import WebSocket

from fleet.manager import Manager

TICK_S = 0.2


async def stream(socket: WebSocket, manager: Manager) -> None:
    """Feed one client until it goes.

    :raises WebSocketDisconnect: when it has gone.
    """
    shown = _sections(manager)
    await socket.send_json({"type": "snapshot", "venue": manager.venue.id, **shown})
    gone = asyncio.create_task(_until_gone(socket), name="stream-reader")
    try:
        while not gone.done():
            await asyncio.wait({gone}, timeout=TICK_S)
            now = _sections(manager)
            changed = {name: items for name, items in now.items() if _steady(items) != _steady(shown[name])}
            if changed and not gone.done():
                await socket.send_json({"type": "tick", **changed})
                shown = now
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


def _sections(manager: Manager) -> dict[str, list[dict[str, Any]]]:
    return {
        "robots": manager.robots_json(),
        "tasks": manager.tasks_json(),
        "sites": manager.sites_json(),
        "kiosks": manager.kiosks_json(),
        "alerts": manager.alerts_json(),
    }


def _steady(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the ages, which change although nothing happens."""
    return [{key: value for key, value in item.items() if key not in ("seen_s", "age_s")} for item in items]


async def _until_gone(socket: WebSocket) -> None:
    """What a client sends is ignored; reading notices when it goes."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
