"""An MQTT broker for one machine: mosquitto when it is on the PATH, else amqtt inside this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from fleet.errors import StartError

_log = structlog.get_logger("broker")
START_S = 10.0


@contextlib.asynccontextmanager
async def broker(host: str, port: int, *, embedded: bool | None = None) -> AsyncIterator[asyncio.Future[str]]:
    """Run a broker as long as the context lasts.

    :param embedded: True: amqtt; False: mosquitto; None: what there is.
    :returns: a future that gets a reason if the broker ends by itself.
    :raises StartError: if the port is in use or no broker can be started.
    """
    check_port(host, port, "--bind")
    mosquitto = shutil.which("mosquitto", path=None) or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if embedded is False and mosquitto is None:
        raise StartError("mosquitto is not on the PATH: install it, or use the embedded broker")
    running = _amqtt(host, port) if embedded or mosquitto is None else _mosquitto(mosquitto, host, port)
    async with running as ended:
        yield ended


def check_port(host: str, port: int, option: str) -> None:
    """:raises StartError: if nobody can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            what = "is in use" if "in use" in str(error) else f"cannot be used ({error.strerror or error})"
            raise StartError(f"{host}:{port} {what}: end what listens there, or choose another {option}") from None


@contextlib.asynccontextmanager
async def _mosquitto(program: str, host: str, port: int) -> AsyncIterator[asyncio.Future[str]]:
    with tempfile.TemporaryDirectory(prefix="fairguide-broker-") as folder:
        config = Path(folder) / "mosquitto.conf"
        config.write_text(
            f"listener {port} {host}\nallow_anonymous true\npersistence false\nlog_type error\n"
            "max_queued_messages 10000\nset_tcp_nodelay true\n"
        )
        process = await asyncio.create_subprocess_exec(program, "-c", str(config))
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        watch = asyncio.create_task(_watch(process, ended), name="broker-watch")
        try:
            await _until_listening(host, port, ended)
            _log.info("ready", kind="mosquitto", bind=f"{host}:{port}")
            yield ended
        finally:
            watch.cancel()
            await _end(process)


async def _watch(process: asyncio.subprocess.Process, ended: asyncio.Future[str]) -> None:
    status = await process.wait()
    if not ended.done():
        ended.set_result(f"mosquitto ended with status {status}")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(2):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _until_listening(host: str, port: int, ended: asyncio.Future[str]) -> None:
    async with asyncio.timeout(START_S):
        while True:
            if ended.done():
                raise StartError(f"broker on {host}:{port}: {ended.result()}")
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            return


@contextlib.asynccontextmanager
async def _amqtt(host: str, port: int) -> AsyncIterator[asyncio.Future[str]]:
    try:
        from amqtt.broker import Broker
    except ImportError:
        raise StartError("no MQTT broker: install mosquitto, or pip install amqtt") from None
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.ERROR)
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}", "max_connections": 1000}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    embedded = Broker(config)
    await embedded.start()
    _log.info("ready", kind="amqtt", bind=f"{host}:{port}")
    try:
        yield asyncio.get_running_loop().create_future()
    finally:
        await embedded.shutdown()
