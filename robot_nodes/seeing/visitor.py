"""Which of the people around is my visitor, and is that person still with me?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.company import Company, ahead
from robot_nodes.seeing.people import Person
from robot_nodes.seeing.recognition import SURE
from robot_nodes.seeing.visitor_settings import VisitorSettings


class Presence(IntEnum):
    """Numbers as in fairguide_msgs/VisitorStatus."""

    NONE = 0
    WITH_ME = 1
    FALLING_BEHIND = 2
    LOST = 3
    RETURNED = 4


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of the visitor.

    :ivar distance: metres from the robot; NaN where unknown. `x`, `y`: frame map, NaN where unknown.
    """

    presence: Presence
    distance: float = math.nan
    x: float = math.nan
    y: float = math.nan


NOBODY = Sighting(Presence.NONE)
_LEADING = frozenset({"leading", "waiting", "offline_leading", "paused"})
_MEETING = frozenset({"meeting"})
_ARRIVED = "arrived"
"""Whoever was led here is watched until they go."""
_NO_TRACK = -1
_FRESH_S = 0.5
"""Who was seen within this is seen now."""
_HIDES_S = 0.15
"""Who was not seen in the last scan is hidden."""


class VisitorWatch:
    """Follows one visitor from `leading` until the guide is done."""

    def __init__(self, settings: VisitorSettings | None = None, docks: Sequence[tuple[float, float]] = ()) -> None:
        """:param docks: where robots stand, frame map: who is there is none."""
        self._settings = settings or VisitorSettings()
        self._docks = tuple(docks)
        self._company = Company()
        self._leading = False
        self._mine: Person | None = None
        self._proven = False
        self._lost = False
        self._since = 0.0
        self._seen_at = 0.0
        self._returned_at = -math.inf
        self._certain = False
        self._likeness: Mapping[int, float] = {}
        self._judged = False
        self._good = (math.nan, math.nan, -math.inf)
        self._verified = True
        self._leaves_since = math.inf
        self._disputed = (_NO_TRACK, math.inf)
        self._overruled = False
        self._elsewhere: frozenset[int] = frozenset()
        self._met_mine: dict[int, float] = {}
        """Track -> when it was last so near to mine that the two may have been mixed up."""
        self._walked_m = 0.0
        """Metres that mine has walked with the robot, under whatever number."""
        self._gone_since = math.inf

    @property
    def overruled(self) -> bool:
        """Whether the last look took somebody against what the camera says: it must learn anew."""
        return self._overruled

    @property
    def leading(self) -> bool:
        """Whether somebody is being led."""
        return self._leading

    @property
    def mine(self) -> int | None:
        """The track taken for the visitor's and seen now."""
        mine = self._mine
        return mine.id if mine is not None and mine.id != _NO_TRACK and mine.unseen_s < _FRESH_S else None

    @property
    def certain(self) -> bool:
        """Whether that one has walked with the robot for so long that no other can be meant."""
        return self._certain

    def update(
        self,
        guide_state: str,
        pose: Pose2D,
        people: Sequence[Person],
        now: float,
        likeness: Mapping[int, float] | None = None,
    ) -> Sighting:
        """One look around.

        :param guide_state: `state` of GuideStatus.
        :param people: confirmed tracks, frame map.
        :param likeness: what the camera says for each track's being the visitor (`Recognition.likeness`); nothing of
            who it has not judged, None where no camera knows the visitor.
        """
        self._likeness, self._judged = likeness or {}, likeness is not None
        self._company.update(pose, people, now)
        if guide_state in _MEETING:
            self._leading = False
            return self._met(pose, people)
        if guide_state not in _LEADING and not (self._leading and guide_state == _ARRIVED):
            self._leading = False
            self._mine = None
            return NOBODY
        if not self._leading:
            self._leading, self._lost, self._since, self._mine = True, False, now, None
            self._returned_at, self._certain, self._verified = -math.inf, False, True
            self._company.begin()
            self._walked_m, self._gone_since = 0.0, math.inf
            self._leaves_since, self._elsewhere, self._met_mine = math.inf, frozenset(), {}
        return self._lead(pose, people, now)

    def _met(self, pose: Pose2D, people: Sequence[Person]) -> Sighting:
        seen = [person for person in people if person.unseen_s < 1.0 and not self._docked(person)]
        nearest = min(seen, key=lambda person: pose.distance_to(person.x, person.y), default=None)
        if nearest is None or pose.distance_to(nearest.x, nearest.y) > self._settings.meet_m:
            return NOBODY
        return _sighting(Presence.WITH_ME, pose, nearest)

    def _lead(self, pose: Pose2D, people: Sequence[Person], now: float) -> Sighting:
        fresh = [person for person in people if person.unseen_s < _FRESH_S and not self._docked(person)]
        self._follow(people, now)
        self._overrule(fresh, now)
        fresh = [person for person in fresh if not self._refuted(person.id)]
        self._doubt(now)
        if self._proven and self.mine is not None and not self._lost:
            self._elsewhere = frozenset(person.id for person in fresh) - {self.mine}
        self._mingle(pose, fresh, now)
        self._recognise(pose, fresh, now)
        self._prefer(pose, fresh, now)
        self._reconsider(pose, fresh, now)
        if self._lost:
            self._recover(pose, fresh, now)
        if self._mine is None:
            return self._search(pose, fresh, now)
        return self._told(pose, self._mine, now)

    def _told(self, pose: Pose2D, mine: Person, now: float) -> Sighting:
        s = self._settings
        distance, hidden = pose.distance_to(mine.x, mine.y), now - self._seen_at
        if distance > s.far_m or hidden > s.hidden_lost_s:
            self._lost = True
            if hidden > s.hidden_lost_s:
                self._mine = None
            return Sighting(Presence.LOST, distance)
        if self._lost and distance <= s.near_m and hidden < _FRESH_S:
            self._take(mine, now)
        if self._lost:
            return _sighting(Presence.LOST, pose, mine)
        if now - self._returned_at < s.returned_s:
            return _sighting(Presence.RETURNED, pose, mine)
        behind = distance > s.near_m or hidden > s.hidden_behind_s or self._leaves(pose, mine, now)
        return _sighting(Presence.FALLING_BEHIND if behind else Presence.WITH_ME, pose, mine)

    def _leaves(self, pose: Pose2D, mine: Person, now: float) -> bool:
        """Whether they have been walking away from the robot for a while."""
        s = self._settings
        dx, dy = mine.x - pose.x, mine.y - pose.y
        away = math.hypot(dx, dy)
        if away < s.leaves_m or mine.vx * dx + mine.vy * dy < s.leaves_speed * away:
            self._leaves_since = math.inf
        else:
            self._leaves_since = min(self._leaves_since, now)
        return now - self._leaves_since >= s.leaves_s

    def _take(self, person: Person, now: float) -> None:
        """This is my visitor, seen just now."""
        if self._mine is None or person.id != self._mine.id:
            self._proven = False
        self._mine, self._seen_at = person, now - person.unseen_s
        self._good = (person.x, person.y, self._seen_at)
        if self._lost:
            self._lost, self._returned_at, self._certain = False, now, False
            self._walked_m = self._company.whole_m(person)
            self._verified = not self._judged or self._confirmed(person.id)

    def _refuted(self, track: int) -> bool:
        return self._likeness.get(track, 0.0) <= -SURE

    def _confirmed(self, track: int) -> bool:
        return self._likeness.get(track, 0.0) >= SURE

    def _doubt(self, now: float) -> None:
        """A track that wears something else has slipped from the visitor to a stranger, or was never theirs."""
        mine = self._mine
        if mine is None:
            return
        if self._confirmed(mine.id):
            self._verified = True
        if not self._refuted(mine.id):
            if self._likeness.get(mine.id, 0.0) >= 0.0 and mine.unseen_s < _FRESH_S:
                self._good = (mine.x, mine.y, now)
            return
        if not self._verified:
            self._mine, self._lost = None, True
            return
        x, y, at = self._good
        self._mine, self._seen_at = Person(_NO_TRACK, x, y, 0.0, 0.0, now - at), at

    def _overrule(self, fresh: Sequence[Person], now: float) -> None:
        """Legs that keep following, or wait by a waiting robot, outweigh a shirt: light can make it look like another,
        and what was learnt can have been another's."""
        s, company = self._settings, self._company
        self._overruled = False
        waiting = [it for it in fresh if self._lost and self._refuted(it.id) and company.stands_s(it) >= s.elsewhere_s]
        followers = [it for it in fresh if self._refuted(it.id) and company.along_m(it) >= s.disputed_m]
        best = max(followers, key=company.along_m, default=None)
        if best is None or best.id != self._disputed[0]:
            self._disputed = (_NO_TRACK, math.inf) if best is None else (best.id, now)
        chosen = best if best is not None and now - self._disputed[1] >= s.disputed_s else None
        chosen = chosen or max(waiting, key=company.stands_s, default=None)
        if chosen is not None:
            self._likeness = {}
            self._take(chosen, now)
            self._overruled = True

    def _recognise(self, pose: Pose2D, fresh: Sequence[Person], now: float) -> None:
        """Who looks like the visitor is, where the one taken so far is out of sight or does not."""
        mine = self.mine
        if mine is not None and self._likeness.get(mine, 0.0) >= 0.0 and not self._lost:
            return
        alike = [person for person in fresh if self._confirmed(person.id)]
        if self._lost:  # half a hall wears black: who comes back also comes to the robot
            alike = [person for person in alike if self._company.by_s(person) >= self._settings.alike_s]
        if not alike:
            return
        chosen = min(alike, key=lambda it: self._cost(pose, it) - self._likeness[it.id])
        self._take(chosen, now)

    def _follow(self, people: Sequence[Person], now: float) -> None:
        """Keep the track, or take the one that begins where it ended.

        Somebody who was seen elsewhere while mine was in sight cannot be mine.
        """
        mine, s = self._mine, self._settings
        if mine is None:
            return
        same = next((person for person in people if person.id == mine.id), None)
        if same is not None:
            self._mine, self._seen_at = same, now - same.unseen_s
            if same.unseen_s < _FRESH_S:
                return
        hidden = now - self._seen_at
        reach = min(s.jump_m + s.jump_speed * hidden, s.jump_most_m)
        new = [p for p in people if p.unseen_s < _FRESH_S and self._company.born(p) > self._seen_at]
        near = min(new, key=lambda p: math.hypot(p.x - mine.x, p.y - mine.y), default=None)
        if near is not None and hidden > _FRESH_S and math.hypot(near.x - mine.x, near.y - mine.y) < reach:
            self._mine, self._seen_at = near, now
            self._company.credit(near, self._walked_m)
        elif same is None:
            self._mine = Person(mine.id, mine.x, mine.y, 0.0, 0.0, hidden)

    def _docked(self, person: Person) -> bool:
        return any(math.hypot(person.x - x, person.y - y) < self._settings.dock_m for x, y in self._docks)

    def _mingle(self, pose: Pose2D, fresh: Sequence[Person], now: float) -> None:
        """Note who comes so near to mine that their tracks may change owners, and since when mine has been gone."""
        mine, s = self._mine, self._settings
        if mine is None:
            return
        self._walked_m = max(self._walked_m, self._company.whole_m(mine))
        near = pose.distance_to(mine.x, mine.y) <= s.near_m and not self._leaves(pose, mine, now)
        self._gone_since = math.inf if near else min(self._gone_since, now)
        self._met_mine = {track: at for track, at in self._met_mine.items() if now - at < s.mixed_s}
        for person in fresh:
            reach = s.mixes_m * (2.0 if max(mine.unseen_s, person.unseen_s) > _HIDES_S else 1.0)
            if person.id != mine.id and math.hypot(person.x - mine.x, person.y - mine.y) < reach:
                self._met_mine[person.id] = now

    def _may_be_mine(self, person: Person, now: float) -> bool:
        """Whether they can be the one who has followed for long.

        Nobody can who was seen apart from them all along, unless they have walked as far with the robot; who was so
        near that tracks may have been mixed up, when mine has gone and they still follow.
        """
        if not self._certain or self._company.born(person) > self._seen_at - _FRESH_S:
            return True
        if self._company.whole_m(person) >= self._walked_m - self._settings.follows_m:
            return True
        return person.id in self._met_mine and now - self._gone_since >= self._settings.gone_s

    def _prefer(self, pose: Pose2D, fresh: Sequence[Person], now: float) -> None:
        """Whoever has kept walking with the robot is the visitor, whomever it took for that so far."""
        s, company = self._settings, self._company
        mine, mine_m = self._mine, 0.0
        near = mine is not None and pose.distance_to(mine.x, mine.y) <= s.near_m
        if mine is not None:
            mine_m = company.walked_m(mine)
            self._proven = self._proven or mine_m >= s.follows_m
            self._certain = self._certain or mine_m >= s.instead_m
        able = [it for it in fresh if (mine is not None and it.id == mine.id) or self._may_be_mine(it, now)]
        best = max(able, key=company.along_m, default=None)
        if best is None or (mine is not None and best.id == mine.id):
            return
        if near and mine is not None:
            close = pose.distance_to(mine.x, mine.y) <= s.close_m
            enough = max(s.instead_m if self._proven or close else s.follows_m, 3.0 * mine_m + s.surer_m)
        else:
            enough = s.follows_m if self._proven else s.begins_m
        if company.along_m(best) >= enough:
            self._take(best, now)

    def _reconsider(self, pose: Pose2D, fresh: Sequence[Person], now: float) -> None:
        """Whoever was near at the start and walks off without ever having followed was only passing."""
        s, mine = self._settings, self._mine
        if self._lost or self._proven or self._certain or mine is None:
            return
        near = pose.distance_to(mine.x, mine.y) <= s.near_m and now - self._seen_at <= s.hidden_behind_s
        if near and not self._leaves(pose, mine, now):
            return
        there = [it for it in fresh if it.id != mine.id and self._company.by_s(it) >= s.comes_s]
        if there:
            self._take(min(there, key=lambda p: self._cost(pose, p)), now)

    def _recover(self, pose: Pose2D, fresh: Sequence[Person], now: float) -> None:
        """Lost: whoever comes to the waiting robot and stays is taken; rather somebody behind it."""
        s, company = self._settings, self._company

        def waits(person: Person) -> bool:
            if person.id in self._elsewhere:
                return company.by_s(person) >= s.elsewhere_s and now - self._seen_at >= s.elsewhere_s
            if company.came(person):
                return company.stands_s(person) >= s.comes_s + s.unjudged_s * self._judged
            # Where a camera knows the visitor, who has been standing there all along is not them.
            patience = s.stands_s if _behind(pose, person) else 2.0 * s.stands_s
            return not self._judged and company.by_s(person) >= patience

        there = [person for person in fresh if waits(person)]
        if there:
            self._take(min(there, key=lambda p: self._cost(pose, p)), now)

    def _search(self, pose: Pose2D, fresh: Sequence[Person], now: float) -> Sighting:
        """Nobody is mine: at the start the nearest is."""
        s, waited = self._settings, now - self._since
        near = [person for person in fresh if pose.distance_to(person.x, person.y) < s.adopt_m]
        if near and not self._lost and waited < s.adopt_for_s:
            chosen = min(near, key=lambda p: self._cost(pose, p) + s.passes_s * math.hypot(p.vx, p.vy))
            self._take(chosen, now)
            return _sighting(Presence.WITH_ME, pose, chosen)
        if waited > s.hidden_lost_s:
            self._lost = True
        return Sighting(Presence.LOST if self._lost else Presence(2 if waited > s.hidden_behind_s else 1))

    def _cost(self, pose: Pose2D, person: Person) -> float:
        return pose.distance_to(person.x, person.y) - self._settings.rear_bonus_m * _behind(pose, person)


def _behind(pose: Pose2D, person: Person) -> bool:
    return not ahead(pose, person, 0.5 * math.pi)


def _sighting(presence: Presence, pose: Pose2D, person: Person) -> Sighting:
    return Sighting(presence, pose.distance_to(person.x, person.y), person.x, person.y)
