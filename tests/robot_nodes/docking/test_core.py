"""The order of things, told by hand; and whatever else is told."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.venue import load_venue
from robot_nodes.docking.core import Docking, Phase
from robot_nodes.docking.docks import Dock, dock_around, docks_of
from robot_nodes.docking.effects import Effect, End, Ended, Feedback, Navigate, Stage, StopNavigating, Wish
from robot_nodes.docking.errors import BadDock, UnknownDock
from robot_nodes.navigation.geometry import Pose2D

DOCK = Dock(id="dock-01", pose=Pose2D(0.0, 0.0, 0.0))
FREE = np.array([(5.0, 0.0)])
EXACT = np.diag((0.01**2, 0.01**2, 0.01**2))


class Hand:
    """A base that does what is wished, 20 times a second; frame odom is frame map."""

    def __init__(self, x: float, y: float = 0.0, yaw: float = 0.0, dock: Dock = DOCK) -> None:
        self.docking = Docking({dock.id: dock})
        self.at, self.now, self.effects, self.stuck = Pose2D(x, y, yaw), 100.0, list[Effect](), False

    def step(self, seconds: float = 0.05, until: Callable[[], bool] = lambda: False) -> Wish | None:
        wish: Wish | None = None
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            self.docking.on_scan(self.now, FREE)
            wish = self.docking.odometry(self.now, self.at)
            self.docking.on_pose(self.now, self.at)
            self.effects += self.docking.take_effects()
            if wish is not None:
                self.docking.on_command(wish.twist.v)
                if not self.stuck:
                    self.at = self.at.after(Pose2D(0.05 * wish.twist.v, 0.0, 0.05 * wish.twist.w))
            if until():
                break
        return wish

    @property
    def ended(self) -> Ended | None:
        return next((it for it in self.effects if isinstance(it, Ended)), None)

    @property
    def stages(self) -> list[Stage]:
        return [it.stage for it in self.effects if isinstance(it, Feedback)]


def test_current_on_the_way_in_ends_it() -> None:
    hand = Hand(1.0, 0.05)
    hand.docking.dock(7, DOCK, hand.now)
    hand.step(30.0, until=lambda: hand.at.x < 0.03)
    hand.docking.on_battery(True)
    hand.step()
    assert hand.ended == Ended(7, End.SUCCEEDED)
    assert hand.step() is None
    assert not hand.docking.busy


def test_wheels_that_stall_are_at_the_contacts() -> None:
    hand = Hand(1.0)
    hand.docking.dock(1, DOCK, hand.now)
    hand.step(30.0, until=lambda: hand.at.x < 0.1)
    hand.stuck = True
    hand.step(5.0, until=lambda: hand.docking.phase is Phase.CHARGE)
    assert hand.docking.phase is Phase.CHARGE
    hand.docking.on_battery(True)
    hand.step()
    assert hand.ended == Ended(1, End.SUCCEEDED)


def test_the_staging_pose_is_navigated_to_and_the_answer_waited_for() -> None:
    hand = Hand(6.0, 2.0, 3.0)
    hand.docking.dock(1, DOCK, hand.now)
    assert hand.step(2.0) is None  # the wheels are navigation's
    assert Navigate(Pose2D(1.0, 0.0, 0.0)) in hand.effects
    hand.at = Pose2D(1.1, 0.1, 0.1)
    hand.docking.on_staged(True, "", hand.now)
    assert hand.step() is not None
    assert hand.docking.phase is Phase.LOOK


@pytest.mark.parametrize("why", ["refused", "late"])
def test_no_way_to_the_staging_pose(why: str) -> None:
    hand = Hand(6.0)
    hand.docking.dock(1, DOCK, hand.now, longest_s=3.0)
    hand.step(1.0)
    if why == "refused":
        hand.docking.on_staged(False, "blocked at (3.0, 0.0)", hand.now)
    hand.step(5.0)
    assert hand.ended is not None
    assert hand.ended.code == 903
    assert (StopNavigating() in hand.effects) is True


def test_without_a_localiser_it_is_told_in_time() -> None:
    docking = Docking({DOCK.id: DOCK})
    docking.dock(1, DOCK, 0.0)
    for k in range(100):
        assert docking.odometry(0.05 * k, Pose2D(0.0, 0.0, 0.0)) is None or not docking.busy
    ended = [it for it in docking.take_effects() if isinstance(it, Ended)]
    assert [it.code for it in ended] == [903]


def test_a_pose_that_jumps_away_from_the_dock_ends_it() -> None:
    """What a board of another dock may do to the localiser."""
    hand = Hand(1.0)
    hand.docking.dock(1, DOCK, hand.now)
    hand.step(3.0)
    hand.now += 0.05
    hand.docking.odometry(hand.now, hand.at)
    hand.docking.on_pose(hand.now, Pose2D(36.0, 0.0, 0.0))
    hand.docking.odometry(hand.now + 0.05, hand.at)
    hand.effects += hand.docking.take_effects()
    assert hand.ended is not None
    assert hand.ended.code == 904
    assert "35.0 m" in hand.ended.message or "36" in hand.ended.message


def test_a_robot_that_sees_waits_for_the_marker() -> None:
    hand = Hand(1.0)
    hand.docking.sees = True
    hand.docking.dock(1, DOCK, hand.now)
    hand.step(3.0)
    assert hand.docking.phase is Phase.LOOK
    for _ in range(3):
        hand.step()
        hand.docking.on_marker(hand.now, hand.at, EXACT)
    hand.step()
    assert hand.docking.phase is Phase.APPROACH


def test_leaving_waits_for_the_localiser_whatever_the_markers_show() -> None:
    """They may come first: a standing robot's pose is told twice a second."""
    hand = Hand(0.0)
    hand.docking.undock(1, None, hand.now)
    for _ in range(5):
        hand.now += 0.05
        assert hand.docking.odometry(hand.now, hand.at) is None
        hand.docking.on_marker(hand.now, hand.at, EXACT)
    hand.step(30.0, until=lambda: hand.ended is not None)
    assert hand.ended == Ended(1, End.SUCCEEDED)
    assert hand.at.x == pytest.approx(1.0, abs=0.03)


def test_a_newer_request_takes_the_older_one_s_place() -> None:
    hand = Hand(1.0)
    hand.docking.dock(1, DOCK, hand.now)
    hand.step(1.0)
    hand.docking.undock(2, DOCK, hand.now)
    hand.step(0.1)
    assert hand.ended is not None
    assert (hand.ended.id, hand.ended.code) == (1, 999)
    assert not hand.docking.cancel(1)
    assert hand.docking.cancel(2) is False  # it has ended: the robot does not stand in a dock
    hand.docking.dock(3, DOCK, hand.now)
    assert hand.docking.cancel(3)
    assert hand.step() is None


def test_what_is_asked_is_checked() -> None:
    docking = Docking({DOCK.id: DOCK})
    with pytest.raises(UnknownDock, match="no dock 'dock-99' here: send one such as dock-01"):
        docking.find("dock-99")
    with pytest.raises(BadDock):
        docking.dock(1, Dock(id="x", pose=Pose2D(math.nan, 0.0, 0.0)), 0.0)
    with pytest.raises(BadDock, match="max_staging_time"):
        docking.dock(1, DOCK, 0.0, longest_s=0.0)
    assert not docking.busy


def test_docks_of_a_venue() -> None:
    docks = docks_of(load_venue("hall"))
    dock = docks["dock-02"]
    staging = dock.staging(1.0)
    assert (round(staging.x, 3), round(staging.y, 3)) == (10.6, 2.2)
    assert dock_around(docks, dock.pose, 0.5) == dock
    assert dock_around(docks, dock.staging(0.8), 0.5) is None
    assert dock_around(docks, dock.pose.after(Pose2D(0.0, 0.0, 3.0)), 0.5) is None
    assert dock_around({}, dock.pose, 0.5) is None


number = st.floats(-10, 10) | st.sampled_from([math.nan, math.inf, -math.inf])
pose = st.builds(Pose2D, number, number, number)
told = st.one_of(
    st.tuples(st.just("pose"), pose),
    st.tuples(st.just("marker"), pose),
    st.tuples(st.just("odometry"), pose),
    st.tuples(st.just("battery"), st.booleans()),
    st.tuples(st.just("scan"), st.lists(st.tuples(number, number), max_size=5)),
    st.tuples(st.just("staged"), st.booleans()),
    st.tuples(st.just("command"), number),
    st.tuples(st.just("dock"), st.none()),
    st.tuples(st.just("undock"), st.none()),
    st.tuples(st.just("cancel"), st.none()),
    st.tuples(st.just("wait"), st.floats(-1, 50)),
)


@settings(deadline=None, max_examples=150)
@given(st.booleans(), st.lists(told, max_size=60))
def test_whatever_is_told_each_request_ends_once_and_wishes_are_speeds(
    sees: bool, story: list[tuple[str, object]]
) -> None:
    docking, now, asked = Docking({DOCK.id: DOCK}), 10.0, 0
    docking.sees = sees
    ended: list[int] = []
    for what, value in story:
        now += 0.05
        if isinstance(value, Pose2D):
            if what == "pose":
                docking.on_pose(now, value)
            elif what == "marker":
                docking.on_marker(now, value, EXACT)
            else:
                wish = docking.odometry(now, value)
                assert wish is None or (abs(wish.twist.v) <= 0.15 and abs(wish.twist.w) <= 0.5)
        elif isinstance(value, bool):
            docking.on_battery(value) if what == "battery" else docking.on_staged(value, "", now)
        elif isinstance(value, list):
            docking.on_scan(now, np.array(value).reshape(-1, 2))
        elif isinstance(value, float):
            now += value if what == "wait" else 0.0
            docking.on_command(value)
        elif what == "cancel":
            docking.cancel(asked)
        else:
            asked += 1
            docking.dock(asked, DOCK, now) if what == "dock" else docking.undock(asked, None, now)
        ended += [it.id for it in docking.take_effects() if isinstance(it, Ended)]
    assert ended == list(range(1, asked + (0 if docking.busy else 1)))
