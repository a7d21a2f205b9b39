"""A visitor's finger on a kiosk's page: the kiosk's own HTTP API, in threads, answers in a queue."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any

from sim.errors import KioskError

POLL_S = 0.25
TIMEOUT_S = 2.0
"""A run must end within three seconds of being asked to, even while a kiosk is silent."""
OVER = frozenset({"leading", "finished", "failed", "rejected", "cancelled"})
"""States after which there is nothing more a waiting visitor would read on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskNews:
    """What the page shows now; status `unreachable` when the kiosk does not answer, `taken` for the request's id."""

    visitor: str
    request: str
    status: str
    robot: str = ""
    reason: str = ""


class KioskClient:
    """One for all kiosks. `press` returns at once; `news` hands out what came in since the last call."""

    def __init__(self, addresses: Mapping[str, str], visitors: int = 32, poll_s: float = POLL_S) -> None:
        """:param addresses: kiosk id -> base URL."""
        self._addresses = {kiosk: url.rstrip("/") for kiosk, url in addresses.items()}
        self._pool = ThreadPoolExecutor(max_workers=max(1, visitors), thread_name_prefix="kiosk")
        self._news: SimpleQueue[KioskNews] = SimpleQueue()
        self._closing = Event()
        self._poll_s = poll_s

    def press(self, visitor: str, kiosk: str, place: str, language: str) -> None:
        """Touch "take me there" on a kiosk's page."""
        self._pool.submit(self._use, visitor, kiosk, place, language)

    def news(self) -> list[KioskNews]:
        found = []
        while True:
            try:
                found.append(self._news.get_nowait())
            except Empty:
                return found

    def close(self) -> None:
        """Stop polling; waits for requests under way."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _use(self, visitor: str, kiosk: str, place: str, language: str) -> None:
        request = ""
        try:
            base = self._base(kiosk)
            taken = _call(f"{base}/api/v1/requests", {"place": place, "language": language})
            request = str(taken.get("request_id", ""))
            if not request:
                raise KioskError(f"{kiosk} gave its request no id")
            self._news.put(KioskNews(visitor=visitor, request=request, status="taken"))
            self._watch(visitor, f"{base}/api/v1/requests/{request}", request)
        except KioskError as error:
            self._news.put(KioskNews(visitor=visitor, request=request, status="unreachable", reason=str(error)))

    def _watch(self, visitor: str, url: str, request: str) -> None:
        """Report every change until nothing more can come; a page that fails twice running is out of reach."""
        last: KioskNews | None = None
        failures = 0
        began = time.monotonic()
        while not self._closing.wait(self._poll_s):
            try:
                page = _call(url)
                failures = 0
            except KioskError:
                failures += 1
                if failures >= 2:
                    raise
                continue
            news = KioskNews(
                visitor=visitor,
                request=request,
                status=str(page.get("status") or "sent"),
                robot=str(page.get("robot") or ""),
                reason=str(page.get("reason") or ""),
            )
            if news != last:
                self._news.put(news)
                last = news
            if news.status in OVER or time.monotonic() - began > 3600.0:
                return

    def _base(self, kiosk: str) -> str:
        try:
            return self._addresses[kiosk]
        except KeyError:
            raise KioskError(f"the day gives no address for {kiosk}: add it under `kiosks`") from None


def _call(url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """GET, or POST `body`, as JSON.

    :raises KioskError: in one line.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise KioskError(f"{url}: HTTP {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise KioskError(f"{url}: {error}") from None
    if not isinstance(found, dict):
        raise KioskError(f"{url}: answered no JSON object")
    return found
