"""Who stands where: exhibitors the plan names, then made-up ones for the rest, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from maps.plan import GeneratedIn, Plan, WordIn
from maps.venue import Exhibitor, Names

DOUBLE_STANDS = 0.04
"""Share of made-up exhibitors that take the next booth too."""


def named_exhibitors(plan: Plan, free: dict[str, list[str]]) -> tuple[list[Exhibitor], list[str]]:
    """Exhibitors the plan names, with the first free booths of their hall, and those booths given to them by hand.

    :param free: booth ids per hall; what is taken is removed.
    :returns: the exhibitors, and the ids of those that found no booth.
    """
    by_hand: dict[str, list[str]] = {}
    for booth_id, booth in plan.booths.items():
        if booth.exhibitor is not None:
            by_hand.setdefault(booth.exhibitor, []).append(booth_id)
    found, homeless = [], []
    for exhibitor_id, entry in plan.exhibitors.items():
        booths = by_hand.get(exhibitor_id, [])
        if not booths and entry.hall is not None:
            pool = free.get(entry.hall, [])
            booths, pool[:] = pool[: entry.booths], pool[entry.booths :]
        if not booths:
            homeless.append(exhibitor_id)
        found.append(
            Exhibitor(
                id=exhibitor_id,
                names=dict(entry.names),
                sector=entry.sector,
                booths=tuple(booths),
                description=dict(entry.description or _described(plan, entry.sector)),
            )
        )
    return found, homeless


def made_up(plan: Plan, words: GeneratedIn, free: Mapping[str, list[str]], taken: set[str]) -> Iterator[Exhibitor]:
    """Exhibitors for the free booths of every hall.

    :param taken: names (zh and en) in use; grows.
    """
    count = 0
    for hall_id, booths in free.items():
        random = Random(f"{plan.seed}/{hall_id}")
        sectors = plan.halls[hall_id].sectors or list(plan.sectors)
        pool = list(booths)
        while pool:
            if random.random() > words.let:
                pool.pop(0)
                continue
            sector = random.choice(sectors)
            names = _fresh_name(random, words, sector, taken)
            double = len(pool) > 1 and random.random() < DOUBLE_STANDS
            mine, pool = pool[: 1 + double], pool[1 + double :]
            count += 1
            yield Exhibitor(
                id=f"exhibitor-{count:04d}",
                names=names,
                sector=sector,
                booths=tuple(mine),
                description=_described(plan, sector),
            )


def _fresh_name(random: Random, words: GeneratedIn, sector: str, taken: set[str]) -> Names:
    """A pair of names nobody has; a number is added only when the words run out."""
    business = words.business[sector]
    for attempt in range(10_000):
        zh, en = _joined(random.choice(words.regions), random.choice(words.stems), random.choice(business))
        if attempt > 200:
            zh, en = f"{zh}{attempt}", f"{en} {attempt}"
        if zh not in taken and en not in taken:
            taken.update((zh, en))
            return {"zh": zh, "en": en}
    raise RuntimeError("no fresh exhibitor name in 10,000 tries")


def _joined(region: WordIn, stem: WordIn, business: WordIn) -> tuple[str, str]:
    return f"{region.zh}{stem.zh}{business.zh}", f"{region.en} {stem.en} {business.en}"


def _described(plan: Plan, sector: str) -> Names:
    names = plan.sectors[sector].names
    return {"zh": f"{names['zh']}领域的服务企业", "en": f"A company in {names['en'].lower()}"}
