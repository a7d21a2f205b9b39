"""Whether Nav2 is there: what its lifecycle services say, and when they last said it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LOCALISER", "NAVIGATOR", "Health"]

NAVIGATOR = "bt_navigator"
LOCALISER = "amcl"
ACTIVE = "active"
STALE_S = 3.0
"""Without an answer for so long the server counts as gone; it is asked twice a second."""


@dataclass(slots=True)
class Health:
    """Last answers of `<server>/get_state`.

    :ivar servers: those that must be active.
    """

    servers: tuple[str, ...]
    _states: dict[str, tuple[str, float]]

    @classmethod
    def of(cls, localiser: str) -> Health:
        """:param localiser: name of the localiser's lifecycle node; empty where there is none."""
        return cls((localiser, NAVIGATOR) if localiser else (NAVIGATOR,), {})

    def note(self, server: str, state: str, now: float) -> None:
        """An answer: a lifecycle label such as `active`."""
        self._states[server] = (state, now)

    def state(self, server: str, now: float) -> str:
        """The label, or empty where nobody answers."""
        label, at = self._states.get(server, ("", 0.0))
        return label if now - at <= STALE_S else ""

    def active(self, server: str, now: float) -> bool:
        """Whether that server works."""
        return self.state(server, now) == ACTIVE

    def ready(self, now: float) -> bool:
        """Whether all servers are active."""
        return all(self.active(server, now) for server in self.servers)

    def complaint(self, now: float) -> str:
        """What is missing, for one line; empty when nothing is."""
        for server in self.servers:
            label = self.state(server, now)
            if not label:
                return f"{server} does not answer"
            if label != ACTIVE:
                return f"{server} is {label}"
        return ""
