"""Who looks like my visitor: what each person around wears, compared with what the visitor wore when taken over.

Every track near enough keeps a running mean of its colours, so that a track that slips from one person to another
changes its looks within a second. The visitor's looks are learnt from their track: provisionally from the hand-over on,
and for good once they have walked along with the robot. A badge outweighs any shirt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.appearance import Colours, brightness, chest, colours, unhidden, unlikeness
from robot_nodes.seeing.badge import Badge, BadgeReader
from robot_nodes.seeing.lens import Lens, Picture
from robot_nodes.seeing.people import Person

SURE = 1.5
"""From this likeness on somebody is confirmed; from minus this, refuted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionSettings:
    """How looks turn into likeness."""

    even: float = 0.42
    """A Bhattacharyya distance that speaks neither for nor against (4 % of either kind lie on the wrong side)."""
    steep: float = 6.0
    """Likeness by distance, at most 1 a look."""
    most_looks: int = 4
    """More looks make no surer: they are not independent."""
    forget: float = 0.25
    """Weight of the newest look in a track's running mean."""
    adapt: float = 0.15
    """And in the visitor's, while they look about as before: light changes from place to place."""
    adapt_within: float = 1.2
    """About: so much of `even`; who takes over a track looks different from one moment to the next."""
    learn_looks: int = 2
    badge: float = 8.0
    """Likeness of who wears the visitor's badge; minus that, of who wears another."""
    badge_every_s: float = 1.0
    badge_reach_m: float = 2.5
    fresh_s: float = 0.5


@dataclass(slots=True)
class Looks:
    """Of one track: the running mean, how many went into it, the badge they wear."""

    mean: Colours
    count: int = 1
    badge: str = ""


@dataclass(slots=True)
class Recognition:
    """Feed it pictures; ask how alike everybody is to the visitor."""

    settings: RecognitionSettings = field(default_factory=RecognitionSettings)
    reader: BadgeReader | None = field(default_factory=BadgeReader)
    _looks: dict[int, Looks] = field(default_factory=dict)
    _visitor: Looks | None = None
    _first: Colours | None = None
    """The visitor's colours as they were learnt for good; `_visitor` follows the light from there."""
    _certain: bool = False
    _read_at: float = -math.inf

    def forget(self) -> None:
        """The visitor is gone, or another one comes."""
        self._visitor, self._first, self._certain = None, None, False

    def picture(self, lens: Lens, picture: Picture, pose: Pose2D, people: Sequence[Person], now: float) -> None:
        """Take one picture.

        :param pose: the robot when it was taken. `people`: all confirmed tracks; hidden ones hide others, too.
        """
        s = self.settings
        mean = brightness(picture)
        ids = {person.id for person in people}
        self._looks = {i: looks for i, looks in self._looks.items() if i in ids}
        for person in people:
            box = chest(lens, pose, person.x, person.y) if person.unseen_s < s.fresh_s else None
            if box is None or not unhidden(lens, pose, person, people):
                continue
            x0, x1, y0, y1 = box
            self._note(person.id, colours(picture[y0:y1, x0:x1], mean))
        if self.reader is not None and abs(now - self._read_at) >= s.badge_every_s:
            self._read_at = now
            self._badges(self.reader.read(picture), lens, pose, people)

    def learn(self, mine: int, certain: bool) -> None:
        """The watch takes this track for the visitor's.

        :param certain: they have walked along with the robot, so their looks are the visitor's from now on.
        """
        looks = self._looks.get(mine)
        if looks is None or looks.count < self.settings.learn_looks:
            return
        if self._certain:
            self._adapt(looks)
            return
        self._visitor, self._certain = Looks(looks.mean.copy(), looks.count, looks.badge), certain
        self._first = looks.mean.copy()

    def likeness(self) -> dict[int, float] | None:
        """Track -> how much speaks for its being the visitor, negative: against; `SURE` and more decides.

        Nothing of who has not been seen; None while the visitor's looks have not been learnt for good.
        """
        mine = self._visitor
        if mine is None or not self._certain:
            return None
        return {track: self._alike(mine, looks) for track, looks in self._looks.items()}

    def _alike(self, mine: Looks, looks: Looks) -> float:
        s = self.settings
        if mine.badge and looks.badge:
            return s.badge if mine.badge == looks.badge else -s.badge
        nearest = unlikeness(mine.mean, looks.mean)
        if self._first is not None:
            nearest = min(nearest, unlikeness(self._first, looks.mean))
        each = max(min(s.steep * (s.even - nearest), 1.0), -1.0)
        return each * min(looks.count, s.most_looks)

    def _note(self, track: int, seen: Colours) -> None:
        looks = self._looks.get(track)
        if looks is None:
            self._looks[track] = Looks(seen)
            return
        looks.count += 1
        share = max(1.0 / looks.count, self.settings.forget)
        looks.mean = (1.0 - share) * looks.mean + share * seen

    def _adapt(self, looks: Looks) -> None:
        """Light and posture change slowly; whoever else's track this may have become does not count."""
        mine, s = self._visitor, self.settings
        if mine is None or unlikeness(mine.mean, looks.mean) > s.adapt_within * s.even:
            return
        mine.mean = (1.0 - s.adapt) * mine.mean + s.adapt * looks.mean
        mine.badge = mine.badge or looks.badge

    def _badges(self, badges: Sequence[Badge], lens: Lens, pose: Pose2D, people: Sequence[Person]) -> None:
        """Each badge belongs to the nearest person whose body covers its column."""
        for badge in badges:
            wearers = []
            for person in people:
                depth, right = lens.ahead(pose, person.x, person.y)
                if 0.3 < depth < self.settings.badge_reach_m and person.unseen_s < self.settings.fresh_s:
                    off = abs(lens.cx + lens.fx * right / depth - badge.column) * depth / lens.fx
                    if off < 0.3:
                        wearers.append((depth, person.id))
            if wearers and (looks := self._looks.get(min(wearers)[1])) is not None:
                looks.badge = badge.identity
