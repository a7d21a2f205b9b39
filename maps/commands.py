"""`fairguide map`: check a venue's plan, export the venue."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from maps.errors import PlanError
from maps.loading import problems
from maps.plan import find_plan
from maps.venue import Venue, load_venue

app = typer.Typer(name="map", help="Check and export venues.", no_args_is_help=True)

VenueArgument = Annotated[str, typer.Argument(help="hall, ciftis2020, or a plan's file or folder", show_default=False)]


class Format(StrEnum):
    """What `export` writes."""

    ros = "ros"
    geojson = "geojson"


@app.command()
def check(venue: VenueArgument) -> None:
    """Check a plan: a summary, or every problem it has."""
    try:
        found, wrong = problems(find_plan(venue))
    except PlanError as error:
        found, wrong = None, [error]
    if found is None:
        for problem in wrong:
            typer.echo(str(problem), err=True)
        typer.echo(f"{len(wrong)} problem{'s' if len(wrong) != 1 else ''}: not usable", err=True)
        raise typer.Exit(1)
    Console().print(summary(found))


@app.command()
def export(
    venue: VenueArgument,
    directory: Annotated[Path, typer.Argument(help="folder to write into; made if missing", show_default=False)],
    to: Annotated[Format, typer.Option(help="ros: map_server map, poses, route graph; geojson: the last two only")],
) -> None:
    """Write a venue in another format."""
    from maps.formats import geojson, ros

    try:
        loaded = load_venue(venue)
        save = ros.save if to is Format.ros else geojson.save
        for path in save(loaded, directory):
            typer.echo(str(path))
    except PlanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"{directory}: {error.strerror}: choose a folder that can be written", err=True)
        raise typer.Exit(1) from None


def summary(venue: Venue) -> Table:
    """A table of what a venue holds."""
    table = Table(title=f"{venue.names['zh']} / {venue.names['en']} ({venue.map_id} {venue.version})")
    table.add_column("what")
    table.add_column("how many", justify="right")
    for what, count in counts(venue).items():
        table.add_row(what, f"{count:,}")
    return table


def counts(venue: Venue) -> dict[str, int]:
    """How many of each kind a venue holds; the area in m2."""
    return {
        "area m2": round(venue.width_m * venue.height_m),
        "halls": len(venue.halls),
        "booths": len(venue.booths),
        "exhibitors": len(venue.exhibitors),
        "sectors": len(venue.sectors),
        "facilities": len(venue.facilities),
        "kiosks": len(venue.kiosks),
        "docks": len(venue.chargers),
        "5G sites": len(venue.sites),
        "rooms": len(venue.rooms),
        "sessions": len(venue.sessions),
        "stations": len(venue.stations),
        "lane nodes": len(venue.lanes.nodes),
        "lanes": len(venue.lanes.lanes),
    }
