"""Timestamps and header counters for messages being sent."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from fleet.protocol.base import UINT32, Message

M = TypeVar("M", bound=Message)


def utc_timestamp(unix_s: float) -> str:
    """`YYYY-MM-DDTHH:mm:ss.fffZ` (VDA 5050 3.0 section 7.2; 2.1.0 readers accept it)."""
    moment = datetime.fromtimestamp(unix_s, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def unix_time(timestamp: str) -> float:
    """Seconds since 1970 of an ISO 8601 timestamp; one without a zone is taken as UTC.

    :raises ValueError: if it is no timestamp.
    """
    moment = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


class Stamper:
    """Fills protocol headers: a gapless `headerId` for each topic, and the time."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._next: defaultdict[str, int] = defaultdict(int)

    def stamp(self, topic: str, message: M, manufacturer: str, serial_number: str) -> M:
        """A copy of `message` with its header filled for `topic`."""
        header_id = self._next[topic]
        self._next[topic] = (header_id + 1) % UINT32
        return message.model_copy(
            update={
                "header_id": header_id,
                "timestamp": utc_timestamp(self._now()),
                "manufacturer": manufacturer,
                "serial_number": serial_number,
            }
        )
