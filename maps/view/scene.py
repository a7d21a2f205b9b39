"""A venue's still layer for the browser: in centimetres, packed in arrays: 2,000 booths stay small."""

from __future__ import annotations

from typing import Any

from maps.venue import Booth, Venue

Scene = dict[str, Any]


def scene(venue: Venue, language: str) -> Scene:
    """What `venue` looks like, named in `language` ("zh" or "en"; any other falls back to English).

    :returns: JSON-ready: `width`, `height` (metres); `halls` [[id, name, x0, y0, x1, y1, area]]; `booths`
        [[id, label, exhibitor's name, index into halls, x0, y0, x1, y1]]; `walls` flat [x0, y0, x1, y1, ...];
        `lanes` flat [start x, start y, end x, end y, ...]; `marks` [[place id, kind, name, x, y]].
    """
    halls = list(venue.halls.values())
    index = {hall.id: number for number, hall in enumerate(halls)}
    return {
        "id": venue.id,
        "version": venue.version,
        "language": language,
        "name": named(venue.names, language),
        "width": venue.width_m,
        "height": venue.height_m,
        "halls": [[h.id, named(h.names, language), *_cm(h.x0, h.y0, h.x1, h.y1), h.area] for h in halls],
        "booths": [_booth(venue, booth, index, language) for booth in venue.booths.values()],
        "walls": [value for wall in venue.walls for value in _cm(*wall)],
        "lanes": _lanes(venue),
        "marks": _marks(venue, language),
    }


def named(names: Any, language: str) -> str:
    """The name in `language`, or the English one, or any."""
    return str(names.get(language) or names.get("en") or next(iter(names.values()), ""))


def booth_label(booth: Booth) -> str:
    """What stands on the booth's sign: its id without the hall in front of it, in capitals."""
    text = booth.id.removeprefix(booth.hall).lstrip("-_") or booth.id
    return text.upper()


def _booth(venue: Venue, booth: Booth, index: dict[str, int], language: str) -> list[Any]:
    exhibitor = venue.exhibitors.get(booth.exhibitor) if booth.exhibitor else None
    name = named(exhibitor.names, language) if exhibitor else ""
    corners = _cm(booth.x0, booth.y0, booth.x1, booth.y1)
    return [booth.id, booth_label(booth), name, index.get(booth.hall, -1), *corners]


def _lanes(venue: Venue) -> list[float]:
    nodes = venue.lanes.nodes
    flat: list[float] = []
    for lane in venue.lanes.lanes.values():
        start, end = nodes[lane.start], nodes[lane.end]
        flat += _cm(start.x, start.y, end.x, end.y)
    return flat


def _marks(venue: Venue, language: str) -> list[list[Any]]:
    """Kiosks first: where two icons would overlap the browser keeps the first."""
    marks: list[list[Any]] = []
    for kiosk in venue.kiosks.values():
        marks.append([kiosk.id, "kiosk", named(kiosk.names, language), *_cm(kiosk.x, kiosk.y)])
    for facility in venue.facilities.values():
        marks.append([facility.id, facility.kind, named(facility.names, language), *_cm(facility.x, facility.y)])
    for room in venue.rooms.values():
        marks.append([room.id, "room", named(room.names, language), *_cm(room.x, room.y)])
    for site in venue.sites.values():
        marks.append([site.id, "site", named(site.names, language), *_cm(site.x, site.y)])
    for dock in venue.chargers.values():
        marks.append([dock.id, "charger", dock.id, *_cm(dock.x, dock.y)])
    return marks


def _cm(*metres: float) -> list[float]:
    return [round(value, 2) for value in metres]
