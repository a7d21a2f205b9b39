from __future__ import annotations

from sim.lockstep import GIVE_UP, Lockstep


def test_waits_only_for_robots_that_have_answered() -> None:
    lockstep = Lockstep(["a", "b"])
    lockstep.asked()
    assert not lockstep.waiting
    lockstep.answered("a")
    assert not lockstep.complete
    lockstep.asked()
    assert lockstep.waiting
    lockstep.answered("a")
    assert not lockstep.waiting
    lockstep.answered("b")
    assert lockstep.complete


def test_late_answers_are_counted_and_the_dead_are_given_up() -> None:
    lockstep = Lockstep(["a", "b"])
    lockstep.answered("a")
    lockstep.answered("b")
    for _ in range(GIVE_UP):
        lockstep.asked()
        lockstep.answered("b")
        assert lockstep.gave_up() == ("a",)
    lockstep.asked()
    lockstep.answered("b")
    assert not lockstep.waiting
    assert lockstep.timeouts == GIVE_UP
    lockstep.answered("a")
    lockstep.asked()
    lockstep.answered("b")
    assert lockstep.waiting
