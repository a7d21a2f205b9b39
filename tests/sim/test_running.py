"""A run without its messages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.running import LISTEN_S, Run, RunOptions, prepare
from sim.visiting import Speech

VOICE = Path(__file__).parent.parent / "data" / "speech" / "ko" / "jf_alpha" / "02.flac"


class Wall:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def run(wall: Wall) -> Run:
    found = prepare(RunOptions(venue="hall", robots={"guide-01": "dock-01"}, speed=0.0))
    found.wall = wall
    found.lockstep.answered("guide-01")
    found.screen("guide-01", "idle", "")
    found.after_tick()
    return found


def pause_after(run: Run, wall: Wall) -> float:
    """Seconds the run wants to wait after 0.1 s of simulated time that took no time at all."""
    run.after_tick()
    return run.after_tick()


def test_uncapped_nothing_waits(run: Run, wall: Wall) -> None:
    assert pause_after(run, wall) == 0.0


def test_while_a_robot_listens_the_world_keeps_to_the_wall(run: Run, wall: Wall) -> None:
    run.say(Speech(robot="guide-01", utterance_id="v1-1", language="ko", text="", sound=str(VOICE)))
    assert pause_after(run, wall) > 0.05
    run.hear("guide-01", "confirm", "v1-1", "네")
    assert pause_after(run, wall) == 0.0


def test_a_robot_that_never_answers_is_not_waited_for_for_ever(run: Run, wall: Wall) -> None:
    run.say(Speech(robot="guide-01", utterance_id="v1-1", language="ko", text="", sound=str(VOICE)))
    wall.now += LISTEN_S + 1.0
    assert pause_after(run, wall) == 0.0


def test_a_recording_is_played_in_blocks_of_a_tenth_of_a_second(run: Run) -> None:
    run.say(Speech(robot="guide-01", utterance_id="v1-1", language="ko", text="", sound=str(VOICE)))
    _, blocks = run.sounding["guide-01"]
    assert {len(block) for block in list(blocks)[:-1]} == {1600}
    assert all(block.dtype == np.int16 for block in blocks)
