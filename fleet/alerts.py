"""What staff should look at. An alert is raised by a condition and resolved when the condition is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

KEPT = 500
"""Resolved alerts kept in memory."""


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something wrong now. `key` tells it from others: the same key is the same alert."""

    key: str
    severity: Severity
    text: str
    place: str = ""
    """Robot, site, kiosk or place id it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Times are Unix seconds."""

    id: int
    condition: Condition
    since: float
    resolved_at: float | None = None

    def to_json(self, now: float) -> dict[str, Any]:
        """For the REST interface and the dashboard."""
        return {
            "id": self.id,
            "kind": self.condition.key.split(":", 1)[0],
            "severity": self.condition.severity.value,
            "text": self.condition.text,
            "place": self.condition.place,
            "since": self.since,
            "age_s": round((self.resolved_at or now) - self.since, 1),
            "resolved": self.resolved_at is not None,
        }


@dataclass(slots=True)
class Alerts:
    """All alerts, open ones by key."""

    open: dict[str, Alert] = field(default_factory=dict)
    resolved: list[Alert] = field(default_factory=list)
    _count: int = 0
    _noted: dict[str, tuple[Condition, float]] = field(default_factory=dict)

    def note(self, condition: Condition, until: float) -> None:
        """A single event, shown as open until the given time."""
        self._noted[condition.key] = (condition, until)

    def review(self, conditions: Iterable[Condition], now: float) -> list[Alert]:
        """Raise what is new, resolve what is gone; the alerts that changed."""
        self._noted = {key: noted for key, noted in self._noted.items() if noted[1] > now}
        current = {c.key: c for c in conditions} | {key: c for key, (c, _) in self._noted.items()}
        changed: list[Alert] = []
        for key in [key for key in self.open if key not in current]:
            alert = replace(self.open.pop(key), resolved_at=now)
            self.resolved = [*self.resolved[-KEPT + 1 :], alert]
            changed.append(alert)
        for key, condition in current.items():
            if key not in self.open:
                self._count += 1
                self.open[key] = Alert(id=self._count, condition=condition, since=now)
                changed.append(self.open[key])
        return changed

    def to_json(self, now: float) -> list[dict[str, Any]]:
        """Open ones first, the newest first within each."""
        newest = sorted(self.open.values(), key=lambda a: -a.id) + self.resolved[:-101:-1]
        return [alert.to_json(now) for alert in newest]
