from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sim.kiosk_client import KioskClient, KioskNews

PAGES = [{"status": "sent"}, {"status": "assigned", "robot": "guide-02"}, {"status": "leading", "robot": "guide-02"}]


@pytest.fixture
def kiosk() -> Iterator[str]:
    """A kiosk's API that moves on one state a look."""
    looks = iter(PAGES)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, page: object) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(page).encode())

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if asked["place"] == "nowhere":
                self._answer(404, {})
            else:
                self._answer(201, {"request_id": "req-1"})

        def do_GET(self) -> None:
            self._answer(200, {"request_id": "req-1", **next(looks)})

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def collect(client: KioskClient, last: str) -> list[KioskNews]:
    found: list[KioskNews] = []
    until = time.monotonic() + 10.0
    while time.monotonic() < until and (not found or found[-1].status != last):
        found += client.news()
        threading.Event().wait(0.01)
    return found


def test_a_press_is_followed_until_the_visitor_is_led(kiosk: str) -> None:
    client = KioskClient({"kiosk-01": kiosk}, poll_s=0.01)
    client.press("v1", "kiosk-01", "culture", "zh")
    news = collect(client, "leading")
    client.close()
    assert [item.status for item in news] == ["taken", "sent", "assigned", "leading"]
    assert news[0].request == "req-1"
    assert news[2].robot == "guide-02"


def test_refusals_and_dead_kiosks_are_unreachable_with_a_reason(kiosk: str) -> None:
    client = KioskClient({"kiosk-01": kiosk, "kiosk-02": "http://127.0.0.1:9"}, poll_s=0.01)
    client.press("v1", "kiosk-01", "nowhere", "zh")
    assert "HTTP 404" in collect(client, "unreachable")[-1].reason
    client.press("v1", "kiosk-02", "culture", "zh")
    assert "refused" in collect(client, "unreachable")[-1].reason
    client.press("v1", "kiosk-03", "culture", "zh")
    assert "no address for kiosk-03" in collect(client, "unreachable")[-1].reason
    client.close()
