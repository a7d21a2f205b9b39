"""`fairguide kiosk`: bad starts, and a clean end."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from kiosk.commands import address
from kiosk.errors import StartError


def test_addresses() -> None:
    assert address("127.0.0.1:8101") == ("127.0.0.1", 8101)
    assert address("[::1]:80") == ("::1", 80)
    for wrong in ("8101", "host:", "host:0", "host:70000", ":80"):
        with pytest.raises(StartError, match="HOST:PORT"):
            address(wrong)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--id", "kiosk-99"], "kiosk 'kiosk-99' is not in venue hall"),
        (["--broker", "http://x"], "write mqtt://HOST:PORT"),
        (["--http", "nowhere"], "write HOST:PORT"),
        (["--venue", "atlantis"], "atlantis"),
    ],
)
def test_a_bad_start_is_one_line(cli: Callable[..., Any], arguments: list[str], said: str) -> None:
    process = cli("kiosk", *arguments)
    assert process.wait() == 2
    assert said in process.output
    assert len(process.output.strip().splitlines()) == 1


def test_a_port_in_use_is_one_line(cli: Callable[..., Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = cli("kiosk", "--http", f"127.0.0.1:{port}")
        assert process.wait() == 2
    assert f"cannot serve on 127.0.0.1:{port}" in process.output
    assert len(process.output.strip().splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_a_broker_it_runs_and_ends_cleanly(
    cli: Callable[..., Any], tcp_port: int, number: signal.Signals
) -> None:
    process = cli("kiosk", "--broker", "mqtt://127.0.0.1:9", "--http", f"127.0.0.1:{tcp_port}")
    process.wait_for("kiosk page:")
    transport = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{tcp_port}") as client:
        assert client.get("/healthz").json()["broker"] == "offline"
        assert client.get("/docs").status_code == 200
    assert process.stop(number, within_s=3.0) == 0
    assert "Traceback" not in process.output
