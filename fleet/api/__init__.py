"""REST and WebSocket of the fleet: `app` (the FastAPI application), `stream` (the live feed), `server` (uvicorn)."""

from fleet.api.app import create_app
from fleet.api.server import serve

__all__ = ["create_app", "serve"]
