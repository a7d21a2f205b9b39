"""`fairguide kiosk`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fastapi import FastAPI

GRACE_S = 1
"""How long open pages may hold up the end."""


def kiosk(
    venue: Annotated[str, typer.Option(help="Venue name or plan file.")] = "hall",
    kiosk_id: Annotated[str, typer.Option("--id", help="Which kiosk of the venue this is.")] = "kiosk-01",
    broker: Annotated[str, typer.Option(help="MQTT broker.")] = "mqtt://127.0.0.1:1883",
    http: Annotated[str, typer.Option(help="Where to serve the page.")] = "127.0.0.1:8101",
) -> None:
    """Run one information kiosk: a touch page, search, ways, and calls for robots."""
    from fleet.protocol.base import ProtocolError
    from kiosk.errors import KioskError
    from maps.errors import MapsError

    try:
        host, port = address(http)
        app = _application(venue, kiosk_id, broker)
        _check_free(host, port)
    except (KioskError, MapsError, ProtocolError) as error:
        typer.echo(f"fairguide kiosk: {error}", err=True)
        raise typer.Exit(2) from None
    _serve(app, host, port)


def address(text: str) -> tuple[str, int]:
    """Read HOST:PORT.

    :raises StartError: if it is no address.
    """
    from kiosk.errors import StartError

    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise StartError(f"--http {text!r}: write HOST:PORT, for example 127.0.0.1:8101")
    return host.strip("[]"), int(port)


def _application(venue: str, kiosk_id: str, broker: str) -> FastAPI:
    import time

    from fleet.protocol.link import Broker
    from kiosk.app import build
    from kiosk.service import KioskService
    from maps.venue import load_venue

    where = Broker.parse(broker)
    return build(KioskService(load_venue(venue), kiosk_id, where, time.time))


def _check_free(host: str, port: int) -> None:
    """:raises StartError: if the port is taken."""
    import socket

    from kiosk.errors import StartError

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise StartError(f"cannot serve on {host}:{port}: {reason}; choose another --http") from None


def _serve(app: FastAPI, host: str, port: int) -> None:
    import signal

    import uvicorn

    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=GRACE_S, lifespan="on"
    )
    server = uvicorn.Server(config)

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn raises the signal again after a clean end; with these in place the exit status is 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    typer.echo(f"kiosk page: http://{host}:{port}", err=True)
    server.run()
