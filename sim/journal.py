"""The day's journal: one JSON object per line, so that another process can follow it while it grows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from sim.errors import SimError


@dataclass(slots=True)
class Journal:
    """Every line: `t` (simulated s), `wall` (Unix s), `visitor` (empty: the world itself), `event`, details."""

    wall: Callable[[], float]
    out: TextIO | None = None

    def note(self, time_s: float, visitor: str, event: str, **details: Any) -> None:
        """Write one line, at once."""
        if self.out is None:
            return
        line = {"t": round(time_s, 3), "wall": round(self.wall(), 3), "visitor": visitor, "event": event, **details}
        self.out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.out.flush()

    def close(self) -> None:
        if self.out is not None:
            self.out.close()
            self.out = None


def open_journal(path: Path | None, wall: Callable[[], float]) -> Journal:
    """A journal that begins anew at `path`; without a path it keeps nothing.

    :raises SimError: if the file cannot be written.
    """
    if path is None:
        return Journal(wall)
    try:
        return Journal(wall, path.open("w", encoding="utf-8"))
    except OSError as error:
        raise SimError(f"{path}: {error.strerror}: choose a journal file that can be written") from None
