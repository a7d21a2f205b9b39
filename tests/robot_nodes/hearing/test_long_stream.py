"""Hours of sound, faster than they were: memory stays flat, and nothing is heard for ever."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from robot_nodes.hearing.array import load_array
from robot_nodes.hearing.assembly import FRAME_S
from robot_nodes.hearing.ears import Ears, Speech
from robot_nodes.hearing.endpoint import Endpointer, EndpointSettings
from robot_nodes.hearing.frontend import FrontEnd, Processed
from robot_nodes.hearing.live import Reference
from robot_nodes.hearing.polyglot import Polyglot
from robot_nodes.hearing.resample import Resampler
from robot_nodes.hearing.sources import RATE, QueueSource

FRAME = 512
_MINUTE = 60 * RATE
_MINUTES = 30


class QuickFront:
    """A front end that costs nothing: voice is what is loud."""

    def process(self, block: npt.NDArray[np.float32], playback: object = None) -> list[Processed]:
        frames = block[: len(block) // FRAME * FRAME, 0].reshape(-1, FRAME)
        voice = (np.abs(frames).max(axis=1) > 0.01).astype(np.float32)
        return [Processed(frames.reshape(-1), voice, 0.3, -30.0, -60.0, 9.0, "mvdr", ())]

    def flush(self) -> list[Processed]:
        return []


class ForgetfulEar:
    """Understands nothing, and keeps nothing."""

    language, complete, verdict = "ko", False, None

    def __init__(self) -> None:
        self.heard = 0

    def recogniser(self, rate: int) -> Any:
        return self

    def accept(self, samples: npt.NDArray[np.int16]) -> list[Any]:
        self.heard += len(samples)
        return []

    def finish(self) -> None:
        return None


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def hall(kind: str) -> npt.NDArray[np.float32]:
    """A minute of it, shape (n, 1)."""
    sound = np.zeros((_MINUTE, 1), np.float32)
    if kind == "babble":
        sound[:] = 0.1
    elif kind == "talk":
        for start_s in range(0, 60, 5):
            sound[start_s * RATE : start_s * RATE + 2 * RATE] = 0.1
    return sound


@pytest.mark.parametrize(("kind", "most_listened"), [("quiet", 0.0), ("talk", 0.7), ("babble", 0.65)])
def test_hours_leave_no_memory_behind(kind: str, most_listened: float, traced: None) -> None:
    """Half an hour of each, for time's sake; what the real chain takes over hours is in docs/benchmarks-hearing.md."""
    front: Any = QuickFront()
    ear = ForgetfulEar()
    ears: dict[str, Any] = {"ko": ear}
    chain = Ears(front, Polyglot(ears), Endpointer(EndpointSettings(frame_s=FRAME_S)))
    minute = hall(kind)
    speeches = 0
    before = 0
    for number in range(_MINUTES):
        for start in range(0, _MINUTE, 10 * RATE):
            told = chain.hear(minute[start : start + 10 * RATE])
            speeches += sum(isinstance(it, Speech) and not it.partial for it in told)
        if number == 5:
            before = tracemalloc.get_traced_memory()[0]
    grown = tracemalloc.get_traced_memory()[0] - before
    assert grown < 100_000  # eight hours of it are 460 MB of sound for each channel
    assert ear.heard / (_MINUTES * _MINUTE) <= most_listened
    assert chain.heard_s == pytest.approx(_MINUTES * 60, rel=0.01)
    assert (speeches > 0) == (kind != "quiet")


def test_the_real_front_end_keeps_nothing(traced: None) -> None:
    front = FrontEnd(load_array(None, 6))
    ears: dict[str, Any] = {"ko": ForgetfulEar()}
    chain = Ears(front, Polyglot(ears), Endpointer(EndpointSettings(frame_s=FRAME_S)))
    rng = np.random.default_rng(1)
    block = rng.normal(0, 0.01, (RATE, 6)).astype(np.float32)
    taken = []
    for second in range(16):
        chain.hear(block)
        if second in (6, 15):
            taken.append(tracemalloc.get_traced_memory()[0])
    assert taken[1] - taken[0] < 250_000  # of 3.5 MB of sound; levels off after a minute


def test_queues_and_converters_keep_no_more_than_they_may(traced: None) -> None:
    source, reference, resampler = QueueSource(2), Reference(), Resampler(44_100, RATE, 2)
    block = np.zeros(882 * 2, np.int16)
    before = 0
    for number in range(3000):
        source.put(block, 44_100, 2)
        reference.put(np.zeros(160, np.float32))
        resampler.push(np.zeros((441, 2), np.float32))
        if number == 500:
            before = tracemalloc.get_traced_memory()[0]
    assert tracemalloc.get_traced_memory()[0] - before < 100_000
    assert source.trouble.overruns > 2000


def test_what_is_played_is_handed_out_in_step() -> None:
    reference = Reference(most_s=0.1)
    assert reference.take(160) is None
    reference.put(np.arange(100, dtype=np.float32))
    reference.put(np.arange(100, 200, dtype=np.float32))
    first, second = reference.take(160), reference.take(160)
    assert first is not None
    assert second is not None
    assert np.array_equal(first, np.arange(160))
    assert np.array_equal(second[:40], np.arange(160, 200))
    assert not second[40:].any()
    assert reference.take(160) is None
    for value in range(30):
        reference.put(np.full(160, value, np.float32))
    late = reference.take(160)
    assert late is not None
    assert late[0] == 20  # what is more than 0.1 s behind the microphones is dropped
