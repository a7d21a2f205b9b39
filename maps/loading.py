"""From a plan's path to its venue: read, expand, check."""

from __future__ import annotations

from pathlib import Path

from maps.errors import PlanError
from maps.expand import expand
from maps.plan import read_plan
from maps.venue import Venue


def problems(path: Path) -> tuple[Venue | None, list[PlanError]]:
    """Read, expand and check a plan: the venue if it is sound, and everything that is wrong with it."""
    try:
        plan, data, found = read_plan(path)
    except PlanError as error:
        return None, [error]
    if plan is None:
        return None, found
    venue, found = expand(plan, data)
    return (None if found else venue), found


def checked_venue(path: Path) -> Venue:
    """The venue of a plan.

    :raises PlanError: the first problem; `fairguide map check` shows all.
    """
    venue, found = problems(path)
    if found:
        raise found[0]
    if venue is None:
        raise PlanError(str(path), "", "holds no venue")
    return venue
