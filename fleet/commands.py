"""`fairguide fleet run` and `fairguide fleet broker`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import structlog
import typer

from fleet.errors import FleetError, StartError
from fleet.protocol.base import ProtocolError
from fleet.protocol.link import Broker
from maps.errors import MapsError

app = typer.Typer(no_args_is_help=True, help="The fleet manager and its broker.")
_log = structlog.get_logger("fleet")


@app.command()
def broker(
    bind: Annotated[str, typer.Option(help="Address to listen at, HOST:PORT.")] = "127.0.0.1:1883",
    embedded: Annotated[bool, typer.Option(help="Use the built-in broker even where mosquitto is there.")] = False,
) -> None:
    """Run an MQTT broker for one machine."""
    _run(lambda stop: _broker(bind, embedded, stop))


@app.command()
def run(
    venue: Annotated[str, typer.Option(help="Venue name, or path of a plan.")] = "ciftis2020",
    broker: Annotated[str, typer.Option(help="MQTT broker, mqtt://HOST:PORT.")] = "mqtt://127.0.0.1:1883",
    http: Annotated[str, typer.Option(help="Address of API and dashboard, HOST:PORT.")] = "127.0.0.1:8080",
    store: Annotated[str, typer.Option(help="Database address.")] = "sqlite:///fairguide.db",
) -> None:
    """Run the fleet manager with its API and dashboard."""
    _run(lambda stop: _fleet(venue, broker, http, store, stop))


def address(text: str, option: str) -> tuple[str, int]:
    """Read `HOST:PORT`.

    :raises StartError: if it is not that.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise StartError(f"{option} {text!r}: write HOST:PORT, for example 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def _run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    async def until_signal() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await main(stop)

    try:
        asyncio.run(until_signal())
    except (FleetError, MapsError, ProtocolError) as error:
        typer.echo(f"fairguide fleet: {error}", err=True)
        raise typer.Exit(2) from None


async def _broker(bind: str, embedded: bool, stop: asyncio.Event) -> None:
    from fleet.broker import broker as running

    host, port = address(bind, "--bind")
    async with running(host, port, embedded=embedded or None) as ended:
        waiting = asyncio.create_task(stop.wait(), name="signal")
        either: set[asyncio.Future[Any]] = {waiting, ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if ended.done() and not stop.is_set():
            raise StartError(f"broker on {bind}: {ended.result()}")
        ended.cancel()


async def _fleet(venue_name: str, broker_url: str, http: str, store_url: str, stop: asyncio.Event) -> None:
    from fleet.api import create_app
    from fleet.api.server import listen, serve
    from fleet.manager import Manager
    from fleet.store import Store
    from maps.venue import load_venue

    host, port = address(http, "--http")
    at = Broker.parse(broker_url)
    venue = load_venue(venue_name)
    with contextlib.closing(listen(host, port)) as listener, contextlib.closing(Store(store_url)) as store:
        manager = Manager(venue, at, store)
        web = create_app(manager)
        tasks = [
            asyncio.create_task(manager.run(), name="fleet"),
            asyncio.create_task(serve(web, listener), name="http"),
        ]
        _log.info("ready", venue=venue.id, http=f"http://{host}:{port}", broker=str(at), store=store_url)
        waiting = asyncio.create_task(stop.wait(), name="signal")
        running: set[asyncio.Task[Any]] = {*tasks, waiting}
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, waiting):
            task.cancel()
        await asyncio.gather(*tasks, waiting, return_exceptions=True)
        for task in done - {waiting}:
            task.result()
