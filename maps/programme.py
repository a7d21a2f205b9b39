"""The programme: sessions the plan lists, and tracks that expand into sessions without double-booking a room."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from maps.plan import ProgrammeIn, TrackIn
from maps.plan_file import Key
from maps.venue import Session

_SLOT = re.compile(r"^(\d\d:\d\d)-(\d\d:\d\d)$")
Report = Callable[[Key, str], None]


def sessions(programme: ProgrammeIn, report: Report) -> list[Session]:
    """All sessions, in order of the plan.

    :param report: gets the key and text of each problem (bad times, a track with more topics than room-slots).
    """
    found = [
        Session(id=key, names=dict(s.names), room=s.room, start=s.start, end=s.end, kind=s.kind)
        for key, s in programme.sessions.items()
    ]
    _check_days(programme, report)
    used = {(session.room, session.start) for session in found}
    for index, track in enumerate(programme.tracks):
        found.extend(_expanded(programme, index, track, used, report))
    for session in found:
        if not _in_order(session.start, session.end):
            message = f"{session.start} to {session.end}: needs ISO 8601 times with offset, the end after the start"
            report(("programme", "sessions", session.id), message)
    return found


def _expanded(
    programme: ProgrammeIn, index: int, track: TrackIn, used: set[tuple[str, str]], report: Report
) -> Iterator[Session]:
    key: Key = ("programme", "tracks", index)
    slots = []
    for number, slot in enumerate(track.slots):
        match = _SLOT.match(slot)
        if match is None:
            report((*key, "slots", number), f"{slot!r}: write a slot as HH:MM-HH:MM")
            return
        slots.append(match.groups())
    places = (
        (room, f"{day}T{start}:00{programme.offset}", f"{day}T{end}:00{programme.offset}")
        for start, end in slots
        for day in programme.days
        for room in track.rooms
    )
    free = (place for place in places if (place[0], place[1]) not in used)
    for number, topic in enumerate(track.topics, 1):
        place = next(free, None)
        if place is None:
            report(key, f"{len(track.topics)} topics do not fit its rooms, slots and days: add rooms or slots")
            return
        used.add((place[0], place[1]))
        names = {
            "zh": track.title.zh.replace("{topic}", topic.zh),
            "en": track.title.en.replace("{topic}", topic.en),
        }
        session_id = f"{track.kind.replace('_', '-')}-{index + 1}-{number:02d}"
        yield Session(id=session_id, names=names, room=place[0], start=place[1], end=place[2], kind=track.kind)


def _check_days(programme: ProgrammeIn, report: Report) -> None:
    for index, day in enumerate(programme.days):
        try:
            datetime.strptime(day, "%Y-%m-%d")
        except ValueError:
            report(("programme", "days", index), f'{day!r}: write a day as "2020-09-05"')


def _in_order(start: str, end: str) -> bool:
    try:
        first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError:
        return False
    return first.tzinfo is not None and last.tzinfo is not None and first < last
