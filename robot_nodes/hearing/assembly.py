"""A robot's or a terminal's settings made into sources and ears."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from robot_nodes.hearing.array import MicArray, load_array
from robot_nodes.hearing.capture import Capture
from robot_nodes.hearing.ears import Ears, Judge
from robot_nodes.hearing.endpoint import Endpointer, EndpointSettings
from robot_nodes.hearing.errors import HearingError, MissingModel
from robot_nodes.hearing.frontend import FrontEnd, Stages
from robot_nodes.hearing.models import ModelShelf
from robot_nodes.hearing.polyglot import Polyglot
from robot_nodes.hearing.recogniser import Ear
from robot_nodes.hearing.sources import RATE, Source
from robot_nodes.hearing.udp import UdpSource
from robot_nodes.hearing.vocabulary import PoorVocabulary
from robot_nodes.hearing.voice import FRAME
from robot_nodes.hearing.wakeword import WakeGate

__all__ = ["FRAME_S", "EarSettings", "device_channels", "make_ears", "open_source"]

FRAME_S = FRAME / RATE
_UDP = "udp://"
_log = structlog.get_logger("hearing")

Phrases = Callable[[str], Mapping[str, Hashable]]
"""Of a language: what may be said, and what each phrase asks for."""


@dataclass(frozen=True, slots=True)
class EarSettings:
    """How one robot listens."""

    languages: tuple[str, ...] = ("zh", "en", "ko")
    array: Path | None = None
    """Microphone array; None: the built-in one for the number of channels."""
    push_to_talk: bool = False
    """Only while the button is pressed."""
    wake_names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Language and the robot's names in it; none: it always listens."""
    stages: Stages = field(default_factory=Stages)


def device_channels(array: Path | None, default: int = 1) -> int:
    """How many channels a device must have for an array.

    :raises HearingError: the array file is wrong.
    """
    return max(load_array(array, 64).channels) + 1 if array is not None else default


def open_source(device: str, channels: int) -> Source:
    """`udp://ADDRESS:PORT`, or a PyAudio device (opened when it is first read).

    :raises HearingError: the address is none, or the port is taken.
    """
    if not device.startswith(_UDP):
        return Capture(device, channels)
    host, _, port = device.removeprefix(_UDP).rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65_535:
        raise HearingError(f"{device}: write udp://ADDRESS:PORT, such as udp://127.0.0.1:5004")
    return UdpSource(host.strip("[]"), int(port), channels)


def make_ears(
    settings: EarSettings,
    shelf: ModelShelf,
    phrases: Phrases | None,
    channels: int,
    *,
    judge: Judge | None = None,
    problem: Callable[[HearingError], None] | None = None,
) -> Ears:
    """Load the models and put the chain together; takes seconds.

    :param channels: of the sound that will come.
    :param problem: told of each language that cannot be heard, as long as another one can, and of words that cannot.
    :raises HearingError: none can be heard, or the array does not fit the channels.
    """
    array: MicArray = load_array(settings.array, channels)
    names = dict(settings.wake_names)
    ears: dict[str, Ear] = {}
    failed: MissingModel | None = None
    for language in settings.languages:
        try:
            model = shelf.model(language)
        except MissingModel as error:
            failed = error
            if problem is not None:
                problem(error)
            continue
        expected = phrases(language) if phrases is not None else {}
        called: Mapping[str, Hashable] = {name: name for name in names.get(language, ())}
        ears[language] = Ear(model, language, {**called, **expected} if expected else ())
        if problem is not None and ears[language].vocabulary.line:
            problem(PoorVocabulary(ears[language].vocabulary.line))
    if not ears:
        raise failed or MissingModel("en")
    endpointer = Endpointer(EndpointSettings(frame_s=FRAME_S), open=not settings.push_to_talk)
    wake = WakeGate(names) if names else None
    return Ears(FrontEnd(array, settings.stages), Polyglot(ears), endpointer, judge=judge, wake=wake)
