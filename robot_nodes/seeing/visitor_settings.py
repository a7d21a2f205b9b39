"""How far and how long a visitor may be away, and what makes somebody the visitor."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VisitorSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorSettings:
    """Distances in metres, times in seconds."""

    meet_m: float = 2.5
    """A person this near is met."""
    adopt_m: float = 3.0
    """At the start the nearest person within this is the visitor, until somebody else is seen to follow."""
    adopt_for_s: float = 8.0
    """How long the start lasts: whoever comes within `adopt_m` is still taken."""
    near_m: float = 3.5
    leaves_m: float = 1.6
    """Who is this far and walks away at `leaves_speed` for `leaves_s` is leaving: nobody who follows does."""
    leaves_speed: float = 0.5
    leaves_s: float = 0.5
    far_m: float = 8.0
    hidden_behind_s: float = 1.5
    hidden_lost_s: float = 6.0
    jump_m: float = 1.2
    """A track that begins this near to where mine was last seen is the same person."""
    jump_speed: float = 1.4
    """m/s that reach grows by while hidden."""
    jump_most_m: float = 2.5
    follows_m: float = 1.0
    """Who has walked this far with the robot follows it."""
    begins_m: float = 0.4
    """The same, once the one taken so far, who never followed, has fallen behind."""
    surer_m: float = 0.7
    """Somebody else must have walked this much farther with the robot than mine three times over to be taken instead:
    who has asked needs a moment to set out, and somebody always walks the same way."""
    instead_m: float = 2.5
    """And at least this far, while one who has followed before is still near (in front, say, after a turn)."""
    close_m: float = 1.9
    """... or is this close: who has just asked sets out when the robot is some way ahead."""
    mixes_m: float = 0.6
    """Two tracks can have been mixed up only where they came this near to one another; twice that, where one hid."""
    mixed_s: float = 30.0
    """How long that is remembered."""
    gone_s: float = 3.0
    """Who may have been mixed up with mine is taken when mine has been gone for so long and they still follow."""
    comes_s: float = 0.8
    """After the visitor was lost: who has come to the robot and stood there for so long is taken for the visitor."""
    stands_s: float = 3.0
    """The same for who stands behind it and was not seen to come; elsewhere twice as long."""
    elsewhere_s: float = 15.0
    """The same for who was seen beside a visitor who had followed: it cannot be them, unless tracks were mixed up."""
    alike_s: float = 0.3
    """The same for who looks like the visitor."""
    unjudged_s: float = 4.0
    """So much longer they are watched where a camera knows the visitor, but has not judged them."""
    disputed_m: float = 3.0
    disputed_s: float = 4.0
    """Who has followed for so far is the visitor whatever the camera says, if they are still there after this."""
    returned_s: float = 2.0
    dock_m: float = 0.4
    """Who is this near to a dock is a robot."""
    rear_bonus_m: float = 1.0
    """Someone behind the robot counts as this much nearer: visitors follow."""
    passes_s: float = 1.5
    """Who moves counts as this much farther, metres per m/s: who has just asked stands still."""
