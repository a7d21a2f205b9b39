"""What the bench listens to: the conditions of its scenes, and the sounds that are no command."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the table: how the scenes are made, and how many."""

    name: str
    count: int
    snr_db: float | None = 10.0
    noise: str = "babble"
    distance: float = 5.0
    moving: bool = False
    gain_error_db: float = 0.0
    position_error: float = 0.0
    own_voice_db: float | None = None


@dataclass(frozen=True, slots=True)
class Stranger:
    """Sounds that must not be taken for a command: somebody talking (`talk`), a bed, or a sound beside the robot."""

    kind: str
    count: int
    what: tuple[str, ...] = ()


MAIN = (
    Condition("5 m, 10 dB", 408),
    Condition("5 m, 5 dB", 408, snr_db=5.0),
)
"""What the project's figures are about: every phrase of a 204-phrase domain twice."""

OTHERS = (
    Condition("5 m, no noise", 60, snr_db=None),
    Condition("5 m, 20 dB", 60, snr_db=20.0),
    Condition("5 m, 0 dB", 60, snr_db=0.0),
    Condition("1 m, 10 dB", 60, distance=1.0),
    Condition("3 m, 10 dB", 60, distance=3.0),
    Condition("7 m, 10 dB", 60, distance=7.0),
    Condition("music, 10 dB", 60, noise="music"),
    Condition("announcements, 10 dB", 60, noise="announcements"),
    Condition("robot's motors, 10 dB", 60, noise="motors"),
    Condition("robot speaks, +5 dB over the talker, babble 10 dB", 60, own_voice_db=5.0),
    Condition("talker walks, 10 dB", 60, moving=True),
    Condition("microphone gains off by up to 3 dB, 10 dB", 60, gain_error_db=3.0),
    Condition("microphone places off by 3 mm, 10 dB", 60, position_error=0.003),
)

STRANGERS = (
    Stranger("talk", 220),
    Stranger("bed", 40, ("babble",)),
    Stranger("bed", 40, ("music",)),
    Stranger("bed", 30, ("announcements",)),
    Stranger("sound", 30, ("hum", "motors", "pink", "white")),
    Stranger("sound", 10, ("silence",)),
    Stranger("sound", 30, ("claps", "coughs", "clatter", "steps", "chime")),
)
"""400 sounds; those that talk are recordings without a phrase, in every language the folder has."""


def fewer(condition: Condition, count: int) -> Condition:
    """The same condition with at most so many scenes."""
    return replace(condition, count=min(count, condition.count))


def fewer_strangers(total: int) -> tuple[Stranger, ...]:
    """The same mixture of sounds, in all about `total`."""
    share = total / sum(stranger.count for stranger in STRANGERS)
    return tuple(replace(stranger, count=max(1, round(stranger.count * share))) for stranger in STRANGERS)
