"""A call for a robot, from the finger on the screen to the booth. Pure: time comes in, messages go out.

    sent -> accepted -> assigned -> approaching -> arrived -> leading -> finished
    sent -> rejected;  any that has not ended -> failed | cancelled

Notices may come twice, late or out of order (MQTT QoS 1): a call only moves on, except that a robot that was lost is
replaced by another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from fleet.protocol.clock import utc_timestamp
from fleet.protocol.venue import Notice, NoticeKind, RequestKind, VisitorRequest
from kiosk.errors import UnknownCall

NO_ANSWER_S = 30.0
"""After that long without any answer the fleet is not there; the visitor is told."""
KEPT = 500
"""Calls remembered after they ended."""


class Status(StrEnum):
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ASSIGNED = "assigned"
    APPROACHING = "approaching"
    ARRIVED = "arrived"
    LEADING = "leading"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (Status.REJECTED, Status.FINISHED, Status.FAILED, Status.CANCELLED)


STAGES = (Status.SENT, Status.ACCEPTED, Status.ASSIGNED, Status.APPROACHING, Status.ARRIVED, Status.LEADING)
"""The way of a call that goes well, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One visitor's wish to be led to `place`. Times are Unix seconds."""

    request_id: str
    place: str
    language: str
    sent_at: float
    status: Status = Status.SENT
    robot: str = ""
    eta_at: float | None = None
    """When the robot is expected here."""
    reason: str = ""
    changed_at: float = 0.0

    def eta_s(self, now: float) -> float | None:
        """Seconds until the robot is here, never negative; None where nobody knows."""
        if self.eta_at is None or self.status not in (Status.ASSIGNED, Status.APPROACHING):
            return None
        return max(0.0, self.eta_at - now)

    def heard(self, notice: Notice, now: float) -> Call:
        """The call after `notice`; unchanged where the notice brings nothing new."""
        status = _status(notice.kind)
        if status is None or self.status.ended:
            return self
        another = bool(notice.robot) and bool(self.robot) and notice.robot != self.robot
        if not status.ended and not another and _stage(status) < _stage(self.status):
            return self
        eta_at = self.eta_at if notice.eta_s is None else now + notice.eta_s
        changed = replace(
            self, status=status, robot=notice.robot or self.robot, eta_at=eta_at, reason=notice.reason or self.reason
        )
        return self if changed == self else replace(changed, changed_at=now)

    def ended(self, status: Status, reason: str, now: float) -> Call:
        """The call over, for `reason`; a call that is over already stays as it is."""
        return self if self.status.ended else replace(self, status=status, reason=reason, changed_at=now)


class Desk:
    """All calls of one kiosk."""

    def __init__(self, kiosk_place: str) -> None:
        """:param kiosk_place: place id of the kiosk, where the visitor waits."""
        self._origin = kiosk_place
        self._calls: dict[str, Call] = {}
        self.made = 0

    def call(self, request_id: str, place: str, language: str, now: float) -> VisitorRequest:
        """Begin a call; send what this returns. The same `request_id` again changes nothing."""
        if request_id not in self._calls:
            self.made += 1
            self._calls[request_id] = Call(
                request_id=request_id, place=place, language=language, sent_at=now, changed_at=now
            )
            self._forget_old()
        call = self._calls[request_id]
        return VisitorRequest(
            request_id=request_id,
            kind=RequestKind.GUIDE,
            timestamp=utc_timestamp(call.sent_at),
            place=call.place,
            origin=self._origin,
            language=call.language,
        )

    def cancel(self, request_id: str, reason: str, now: float, status: Status = Status.CANCELLED) -> VisitorRequest:
        """Give up a call; send what this returns.

        :raises UnknownCall: if there is no such call.
        """
        self._calls[request_id] = self.get(request_id).ended(status, reason, now)
        return VisitorRequest(
            request_id=f"{request_id}-cancel"[:64],
            kind=RequestKind.CANCEL,
            timestamp=utc_timestamp(now),
            origin=self._origin,
            cancels=request_id,
        )

    def hear(self, notice: Notice, now: float) -> Call | None:
        """What became of the call the notice is about; None where it is none of ours."""
        call = self._calls.get(notice.request_id)
        if call is None:
            return None
        self._calls[notice.request_id] = call = call.heard(notice, now)
        return call

    def unanswered(self, now: float) -> list[str]:
        """Calls the fleet has left without any answer for too long."""
        return [
            call.request_id
            for call in self._calls.values()
            if call.status is Status.SENT and now - call.sent_at > NO_ANSWER_S
        ]

    def get(self, request_id: str) -> Call:
        """:raises UnknownCall: if there is no such call."""
        try:
            return self._calls[request_id]
        except KeyError:
            raise UnknownCall(f"no request {request_id!r} at this kiosk: ask for a robot first") from None

    def open_calls(self) -> list[Call]:
        """Calls that have not ended, oldest first."""
        return [call for call in self._calls.values() if not call.status.ended]

    def _forget_old(self) -> None:
        ended = [key for key, call in self._calls.items() if call.status.ended]
        for key in ended[: max(0, len(ended) - KEPT)]:
            del self._calls[key]


def _status(kind: NoticeKind) -> Status | None:
    return None if kind is NoticeKind.ANNOUNCEMENT else Status(kind.value)


def _stage(status: Status) -> int:
    return STAGES.index(status)
