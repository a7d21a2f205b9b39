"""A scripted day: who comes when, speaks what language, wants to go where, and asks how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from maps.venue import Place, Venue
from sim.errors import DayError

SENTENCES: Mapping[str, tuple[str, ...]] = {
    "zh": ("带我去{name}", "请带我去{name}", "我想去{name}"),
    "en": ("take me to {name}", "please take me to {name}", "I want to go to {name}"),
    "ko": ("{name} 안내해 주세요", "{name}까지 데려다 주세요"),
}
"""What visitors say, by language."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VisitorPlan(_Entry):
    """One visitor."""

    id: str = Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")
    at_s: float = Field(ge=0.0, allow_inf_nan=False)
    """When they come, simulated seconds since the day began."""
    language: Literal["zh", "en", "ko"] = "zh"
    place: str
    """Id of the place they want to go to."""
    by: Literal["robot", "kiosk"] = "robot"
    text: str = Field(default="", max_length=500)
    """What they say to a robot; empty: the plain sentence of their language."""
    sound: str | None = None
    """Recording to play instead of typing `text`: 16 kHz mono, beside the day's file unless absolute."""
    kiosk: str | None = None
    robot: str | None = None
    """Serial of the robot to ask first; others when it is busy."""
    pace: float = Field(default=1.1, ge=0.5, le=1.6)
    """Walking speed, m/s."""
    dawdles: tuple[tuple[float, float], ...] = ()
    """(seconds after the guiding began, seconds they stop for)."""

    @model_validator(mode="after")
    def _kiosk_named(self) -> Self:
        if self.by == "kiosk" and not self.kiosk:
            raise ValueError("kiosk: name the kiosk this visitor uses")
        return self


class Day(_Entry):
    """A day's script; JSON on disk."""

    venue: str
    seed: int = 0
    kiosks: dict[str, str] = {}
    """Kiosk id -> base URL of its API."""
    visitors: tuple[VisitorPlan, ...]

    @classmethod
    def load(cls, path: Path, venue: Venue) -> Day:
        """Read and check a day.

        :raises DayError: the first problem: file, entry, key, and what to do.
        """
        try:
            day = cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise DayError(f"{path}: {error.strerror}: give a day's JSON file") from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole file"
            raise DayError(f"{path}: {where}: {first['msg']}: correct this entry") from None
        day.check(venue, str(path))
        return day.resolved(path.parent)

    def check(self, venue: Venue, where: str) -> None:
        """:raises DayError: if the script does not fit the venue."""
        if self.venue not in (venue.id, venue.map_id):
            raise DayError(
                f"{where}: venue: the day is for {self.venue}, not {venue.id}: choose the other venue or day"
            )
        for plan in self.visitors:
            if plan.place not in venue.places:
                raise DayError(
                    f"{where}: visitor {plan.id}: place: {venue.id} has no place {plan.place!r}: correct the id"
                )
            if plan.by == "kiosk" and plan.kiosk not in venue.kiosks:
                raise DayError(
                    f"{where}: visitor {plan.id}: kiosk: {venue.id} has no kiosk {plan.kiosk!r}: correct the id"
                )
        for name, times in Counter(plan.id for plan in self.visitors).items():
            if times > 1:
                raise DayError(f"{where}: visitor {name}: appears {times} times: give every visitor an id of their own")

    def resolved(self, folder: Path) -> Day:
        """With recordings found from the day's folder.

        :raises DayError: if one is not there.
        """
        plans = []
        for plan in self.visitors:
            if plan.sound is not None:
                sound = folder / plan.sound
                if not sound.is_file():
                    raise DayError(f"{sound}: no such recording: correct `sound` of visitor {plan.id}")
                plan = plan.model_copy(update={"sound": str(sound)})
            plans.append(plan)
        return self.model_copy(update={"visitors": tuple(plans)})

    def to_json(self) -> str:
        return self.model_dump_json(indent=1)

    @classmethod
    def generate(
        cls,
        venue: Venue,
        n: int,
        seed: int,
        languages: Sequence[str] = ("zh", "en"),
        kiosks: Mapping[str, str] | Collection[str] = (),
        robots: Sequence[str] = (),
        *,
        spread_s: float | None = None,
        kiosk_share: float = 0.4,
    ) -> Day:
        """A day of `n` visitors, the same for the same arguments.

        :param kiosks: ids, or id -> base URL of its API; without any, everybody asks a robot.
        :param robots: serials; without any, everybody uses a kiosk.
        :param spread_s: they come within so many seconds; 20 s each when None.
        :raises DayError: if there is nobody to ask, no such language, or no such kiosk.
        """
        addresses = dict(kiosks) if isinstance(kiosks, Mapping) else {}
        kiosk_ids = sorted(kiosks)
        unknown = [language for language in languages if language not in SENTENCES]
        if unknown or not languages:
            raise DayError(f"languages {list(languages)}: choose from {', '.join(SENTENCES)}")
        if not kiosk_ids and not robots:
            raise DayError("a day needs robots or kiosks to ask: name at least one")
        rng = np.random.default_rng(np.random.SeedSequence([seed, 0xDA7]))
        span = 20.0 * n if spread_s is None else spread_s
        times = np.sort(rng.uniform(0.0, span, n))
        share = kiosk_share if kiosk_ids and robots else float(bool(kiosk_ids))
        wanted = _destinations(venue)
        plans = [_visitor(k, float(times[k]), wanted, languages, kiosk_ids, share, rng) for k in range(n)]
        day = cls(venue=venue.id, seed=seed, kiosks=addresses, visitors=tuple(plans))
        day.check(venue, "generated day")
        return day


def sentence(plan: VisitorPlan, place: Place) -> str:
    """What this visitor says."""
    return plan.text or SENTENCES[plan.language][0].format(name=name_of(place, plan.language))


def name_of(place: Place, language: str) -> str:
    """A place's name in a language, English where it has none."""
    return place.names.get(language) or place.names["en"]


def _destinations(venue: Venue) -> list[list[Place]]:
    """Places worth asking for, by kind; only those whose name, in every language, is theirs alone."""
    names = Counter(name.casefold() for place in venue.places.values() for name in set(place.names.values()))
    groups: dict[str, list[Place]] = {}
    for place in venue.places.values():
        known = place.kind in ("hall", "room", "facility") or (
            place.kind == "booth" and venue.booths[place.id].exhibitor is not None
        )
        if known and all(names[name.casefold()] == 1 for name in set(place.names.values())):
            groups.setdefault(place.kind, []).append(place)
    if not groups:
        raise DayError(f"{venue.id}: no hall, booth or facility has a name of its own: nobody could ask for it")
    return list(groups.values())


def _visitor(
    k: int,
    at_s: float,
    wanted: list[list[Place]],
    languages: Sequence[str],
    kiosks: Sequence[str],
    kiosk_share: float,
    rng: np.random.Generator,
) -> VisitorPlan:
    group = wanted[int(rng.integers(len(wanted)))]
    place = group[int(rng.integers(len(group)))]
    language = str(languages[k % len(languages)])
    phrases = SENTENCES[language]
    uses_kiosk = bool(rng.random() < kiosk_share)
    text = phrases[int(rng.integers(len(phrases)))].format(name=name_of(place, language))
    stops = tuple((float(rng.uniform(5, 40)), float(rng.uniform(3, 8))) for _ in range(int(rng.integers(0, 3))))
    return VisitorPlan.model_validate(
        {
            "id": f"v{k + 1:03d}",
            "at_s": round(at_s, 1),
            "language": language,
            "place": place.id,
            "by": "kiosk" if uses_kiosk else "robot",
            "text": text,
            "kiosk": kiosks[int(rng.integers(len(kiosks)))] if uses_kiosk else None,
            "pace": round(float(rng.uniform(0.8, 1.3)), 2),
            "dawdles": tuple((round(a, 1), round(b, 1)) for a, b in sorted(stops)),
        }
    )
