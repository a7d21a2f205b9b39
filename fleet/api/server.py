"""uvicorn in the manager's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from fleet.errors import StartError


class _Server(uvicorn.Server):
    """Signals belong to the command, not to the web server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at the address, so that a port in use is known before anything starts.

    :raises StartError: if it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        what = "is in use" if "in use" in str(error) else f"cannot be used ({error.strerror or error})"
        raise StartError(f"{host}:{port} {what}: end what listens there, or choose another --http") from None
    listener.setblocking(False)
    return listener


async def serve(app: FastAPI, listener: socket.socket) -> None:
    """Serve until cancelled; open connections get a second to end, the application its shutdown."""
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="uvicorn")
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=2.0)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        raise
    finally:
        listener.close()
