"""What staff should know about this robot's ears, without ROS types."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Health"]


@dataclass(slots=True)
class Health:
    """Counts what went well and remembers the last of each problem."""

    heard: int = 0
    typed: int = 0
    not_understood: int = 0
    bad_blocks: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    """What it is about (a language, "microphone", "audio") -> one line."""

    def report(self, about: str, line: str) -> bool:
        """Note a problem; True if it is new, and so worth a line in the log."""
        new = self.problems.get(about) != line
        self.problems[about] = line
        return new

    @property
    def good(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

    @property
    def summary(self) -> str:
        """One line."""
        return "hears and reads" if self.good else "; ".join(self.problems.values())

    def values(self) -> dict[str, str]:
        """Key -> value, as diagnostics show them."""
        counts = {"heard": self.heard, "typed": self.typed, "not_understood": self.not_understood}
        return {**{key: str(value) for key, value in counts.items()}, "bad_blocks": str(self.bad_blocks)}
