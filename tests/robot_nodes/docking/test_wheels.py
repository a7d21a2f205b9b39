"""Held back, or pushing."""

from robot_nodes.docking.wheels import Wheels
from robot_nodes.navigation.geometry import Pose2D, Twist2D

WISH = Twist2D(-0.1)


def driven(commanded: float | None, moves: float, seconds: float = 2.0, wish: Twist2D = WISH) -> Wheels:
    """For so long, commanded one speed and moving at another."""
    wheels = Wheels(0.8, 0.2)
    for k in range(round(seconds / 0.05)):
        if commanded is not None:
            wheels.commanded(commanded)
        wheels.update(0.05 * k, Pose2D(moves * 0.05 * k, 0.0, 0.0), wish)
    return wheels


def test_driving_is_neither() -> None:
    wheels = driven(-0.1, -0.1)
    assert not wheels.stalled
    assert wheels.held_s == 0.0


def test_wheels_that_turn_in_vain_push_against_something() -> None:
    assert driven(-0.1, -0.005).stalled
    assert not driven(-0.1, -0.005, seconds=0.6).stalled
    assert not driven(-0.1, -0.05).stalled


def test_a_wish_the_monitor_lets_nothing_through_of_is_held() -> None:
    wheels = driven(0.0, 0.0)
    assert 1.8 < wheels.held_s < 2.0
    assert not wheels.stalled
    assert driven(-0.05, -0.05).held_s == 0.0
    assert driven(0.0, 0.0, wish=Twist2D(0.0, 0.4)).held_s == 0.0


def test_nobody_knows_without_cmd_vel() -> None:
    wheels = driven(None, 0.0)
    assert not wheels.stalled
    assert wheels.held_s == 0.0


def test_a_new_motion_begins_anew() -> None:
    wheels = driven(-0.1, 0.0)
    wheels.begin()
    assert not wheels.stalled
    assert wheels.held_s == 0.0
