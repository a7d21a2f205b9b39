"""What was measured in one language: as figures, as JSON, and as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from sim.acoustics.tally import Row, Share

GOALS_RIGHT = (97.0, 93.0)
"""Percent right in the two main conditions, which come first in the table."""
GOAL_WRONG = 1.0
GOAL_STRANGERS = 0.5
GOAL_IMPROVEMENT = 40.0
GOAL_REALTIME = 0.25
GOAL_LATENCY_S = 0.350
GOAL_DIRECTION_DEG = 10.0


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows of one language. `ablations` begins with the same scenes through the whole chain."""

    language: str
    domain: int
    rows: list[Row]
    ablations: list[Row]
    bare: Row
    """The same scenes with one microphone and no other stage: what the chain is compared with."""
    strangers: Row
    kinds: list[Row]

    def as_json(self) -> dict[str, Any]:
        """Percentages, degrees, seconds."""
        return {
            "language": self.language,
            "domain": self.domain,
            "rows": [flat(each) for each in self.rows],
            "ablations": [flat(each) for each in self.ablations],
            "out_of_domain": {"all": accepted(self.strangers), "kinds": [accepted(each) for each in self.kinds]},
        }


def flat(row: Row) -> dict[str, Any]:
    """A row with plain numbers."""
    values: dict[str, Any] = {"name": row.name, "n": row.right.n}
    for key in ("right", "wrong", "rejected"):
        share: Share = getattr(row, key)
        low, high = share.interval
        values |= {key: _rounded(share.percent), f"{key}_low": _rounded(low), f"{key}_high": _rounded(high)}
    for key in ("direction_median", "direction_p90", "latency_p50", "latency_p95", "realtime"):
        values[key] = _rounded(getattr(row, key), 3)
    return values


def accepted(row: Row) -> dict[str, Any]:
    """Of sounds that are no command."""
    low, high = row.wrong.interval
    return {
        "name": row.name,
        "n": row.wrong.n,
        "accepted": row.wrong.count,
        "percent": _rounded(row.wrong.percent),
        "low": _rounded(low),
        "high": _rounded(high),
    }


def figures(measured: Measured) -> list[dict[str, Any]]:
    """The project's figures; `met` is None where nothing was counted."""
    found: list[dict[str, Any]] = []
    for row, goal in zip(measured.rows, GOALS_RIGHT, strict=False):
        found.append(_share(f"right phrase, {row.name}", row.right, goal, least=True))
        found.append(_share(f"wrong phrase, {row.name}", row.wrong, GOAL_WRONG))
    noisy = measured.rows[len(GOALS_RIGHT) - 1]
    found.append(_share("out-of-domain sounds accepted", measured.strangers.wrong, GOAL_STRANGERS))
    whole, bare = measured.ablations[0].right.percent, measured.bare.right.percent
    gain = None if whole is None or bare is None else whole - bare
    found += [
        _figure(f"points over one microphone ({measured.bare.name})", gain, "points", GOAL_IMPROVEMENT, least=True),
        _figure(f"CPU over sound, six channels, {noisy.name}", noisy.realtime, "s/s", GOAL_REALTIME),
        _figure(f"true end of speech to result, p95, {noisy.name}", noisy.latency_p95, "s", GOAL_LATENCY_S),
        _figure(f"direction, median error, {noisy.name}", noisy.direction_median, "deg", GOAL_DIRECTION_DEG),
    ]
    return [{**figure, "name": f"{measured.language}: {figure['name']}"} for figure in found]


def table(measured: Measured) -> Table:
    """All rows, with intervals."""
    shown = Table(title=f"{measured.language}, {measured.domain} phrases; 95 % intervals", title_justify="left")
    heads = ("scenes", "n", "right %", "wrong %", "again %", "direction ° p50/p90", "late s p50/p95", "CPU s/s")
    for number, head in enumerate(heads):
        shown.add_column(head, justify="left" if number == 0 else "right")
    for group in (measured.rows, measured.ablations):
        for row in group:
            shown.add_row(*cells(row))
        shown.add_section()
    for row in (measured.strangers, *measured.kinds):
        shown.add_row(f"no command: {row.name}", str(row.wrong.n), "", _with_interval(row.wrong), "", "", "", "")
    return shown


def cells(row: Row) -> Sequence[str]:
    """One row as text."""
    return (
        row.name,
        str(row.right.n),
        _with_interval(row.right),
        _with_interval(row.wrong),
        _with_interval(row.rejected),
        f"{_text(row.direction_median, 1)} / {_text(row.direction_p90, 1)}",
        f"{_text(row.latency_p50, 2)} / {_text(row.latency_p95, 2)}",
        _text(row.realtime, 3),
    )


def _with_interval(share: Share) -> str:
    low, high = share.interval
    return f"{_text(share.percent, 1)} ({low:.1f}-{high:.1f})" if share.n else "-"


def _text(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _share(name: str, share: Share, goal: float, least: bool = False) -> dict[str, Any]:
    low, high = share.interval
    figure = _figure(name, share.percent, "%", goal, least=least)
    return {**figure, "n": share.n, "low": _rounded(low), "high": _rounded(high)}


def _figure(name: str, value: float | None, unit: str, goal: float, least: bool = False) -> dict[str, Any]:
    met = None if value is None else (value >= goal if least else value <= goal)
    return {"name": name, "value": _rounded(value, 3), "unit": unit, "goal": goal, "met": met}


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)
