"""Docking and leaving in the embedded simulator: world, cameras, pilot and docking together."""

import math
from dataclasses import replace

import numpy as np
import pytest

from maps.markers import boards_of
from robot_nodes.docking.docks import Dock
from robot_nodes.docking.effects import End, Ended, Stage
from robot_nodes.docking.settings import DockingSettings
from robot_nodes.navigation.geometry import Pose2D, Twist2D, wrapped
from robot_nodes.navigation.goals import Goal
from sim.camera_boards import Board, tag
from sim.camera_rig import boards_in

from .conftest import Bay, Make, near

DONE = "", 0, End.SUCCEEDED


def told(ended: Ended | None) -> tuple[str, int, End]:
    assert ended is not None, "it did not end"
    return ended.message, ended.code, ended.end


def approach(make_bay: Make, seed: int, camera: str) -> tuple[Bay, Ended | None]:
    """From up to 0.1 m and 5 degrees off the staging pose, believed up to as much off."""
    rng = np.random.default_rng(seed)
    bay = make_bay(f"dock-{rng.integers(1, 9):02d}", seed=seed, camera=camera)
    at = near(bay.dock.staging(1.0), rng)
    bay.put(at, near(at, rng))
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    return bay, bay.run()


@pytest.mark.parametrize(("camera", "seeds"), [("off", 2), ("low", 2)])
def test_docks_with_pose_errors(make_bay: Make, camera: str, seeds: int) -> None:
    for seed in range(seeds):
        bay, ended = approach(make_bay, seed, camera)
        assert told(ended) == DONE
        assert bay.charging
        assert bay.world.collisions == 0
        assert (bay.fixes > 20) == (camera != "off")
        assert bay.navigated == 0


@pytest.mark.slow
def test_thirty_dockings_by_camera(make_bay: Make) -> None:
    tries, metres, degrees = [], [], []
    for seed in range(100, 130):
        bay, ended = approach(make_bay, seed, "low")
        assert told(ended) == DONE
        assert ended is not None
        tries.append(ended.retries + 1)
        metres.append(bay.off[0])
        degrees.append(math.degrees(bay.off[1]))
    print(f"tries {tries}, median {np.median(metres):.4f} m, most {max(metres):.4f} m {max(degrees):.1f} degrees")
    assert np.mean(tries) < 1.2
    assert np.median(metres) < 0.02


def test_from_across_the_hall_it_is_driven_to_the_staging_pose(make_bay: Make) -> None:
    bay = make_bay()
    bay.put(bay.dock.staging(5.0))
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    assert told(bay.run()) == DONE
    assert bay.navigated == 1
    assert list(dict.fromkeys(bay.stages)) == [
        Stage.NONE,
        Stage.NAV_TO_STAGING_POSE,
        Stage.INITIAL_PERCEPTION,
        Stage.CONTROLLING,
        Stage.WAIT_FOR_CHARGE,
    ]


def test_who_may_not_drive_there_says_so(make_bay: Make) -> None:
    bay = make_bay()
    bay.put(bay.dock.staging(5.0))
    bay.docking.dock(1, bay.dock, bay.world.now_s, navigate=False)
    message, code, _ = told(bay.run())
    assert code == 903
    assert message.startswith("5.0 m before dock-01")


def test_a_robot_parked_askew_drives_out_and_in_again(make_bay: Make) -> None:
    """What navigation leaves behind: within its tolerance, but beside the contacts."""
    bay = make_bay()
    bay.put(bay.dock.pose.after(Pose2D(0.05, 0.12, math.radians(7.0))))
    assert not bay.charging
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    ended = bay.run()
    assert told(ended) == DONE
    assert ended is not None
    assert ended.retries == 0
    assert bay.charging


def test_a_docked_robot_is_done_at_once(make_bay: Make) -> None:
    bay = make_bay()
    bay.put(bay.dock.pose)
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    assert told(bay.run(2.0)) == DONE
    assert bay.off[0] < 1e-6


def test_a_taken_dock_is_tried_three_times(make_bay: Make) -> None:
    bay = make_bay(other=True, settings=DockingSettings(blocked_s=3.0))
    drives = bay.world.drives
    drives.x[1], drives.y[1] = bay.dock.pose.x, bay.dock.pose.y
    bay.put(bay.dock.staging(1.3))
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    ended = bay.run()
    message, code, _ = told(ended)
    assert ended is not None
    assert (code, ended.retries, bay.docking.retries) == (905, 2, 2)
    assert "before dock-01: clear it" in message
    assert Stage.RETRY in bay.stages
    assert bay.world.collisions == 0


def test_a_charger_without_current_is_told(make_bay: Make) -> None:
    bay = make_bay(settings=DockingSettings(tries=2))
    bay.current = False
    bay.put(bay.dock.staging(1.0))
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    ended = bay.run()
    message, code, _ = told(ended)
    assert ended is not None
    assert (code, ended.retries) == (906, 1)
    assert "no current" in message
    assert bay.off[0] < 0.06  # it has pressed on a little


def wrong_boards(bay: Bay, by: float | None = None) -> tuple[Board, ...]:
    """The dock's board shows another dock's number, or hangs `by` metres aside."""
    wrong = []
    for board, plan in zip(boards_in(bay.venue), boards_of(bay.venue).values(), strict=True):
        if plan.station != bay.dock.id:
            wrong.append(board)
        elif by is None:
            wrong.append(replace(board, prints=tag(3)))  # dock-04's
        else:
            wrong.append(replace(board, x=board.x + by))
    return tuple(wrong)


def test_another_dock_s_board_is_not_this_dock(make_bay: Make) -> None:
    boards = wrong_boards(make_bay())
    bay = make_bay(camera="low", boards=boards, settings=DockingSettings(tries=2, perceive_s=2.0))
    bay.put(bay.dock.staging(1.0))
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    ended = bay.run(60.0)
    message, code, _ = told(ended)
    assert ended is not None
    assert (code, ended.retries) == (904, 1)
    assert "dock-01" in message
    assert bay.world.collisions == 0
    assert bay.off[0] > 0.5


def test_a_covered_board_leaves_the_map(make_bay: Make) -> None:
    bay = make_bay(camera="low", boards=(), settings=DockingSettings(perceive_s=1.0))
    bay.put(bay.dock.staging(1.0))
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    assert told(bay.run()) == DONE
    assert bay.fixes == 0


def test_leaves_straight_to_the_staging_pose(make_bay: Make) -> None:
    bay = make_bay()
    bay.put(bay.dock.pose)
    bay.docking.undock(2, None, bay.world.now_s)
    assert told(bay.run()) == DONE
    x, y, yaw = bay.world.pose(0)
    assert bay.dock.staging(1.0).distance_to(x, y) < 0.05
    assert abs(wrapped(yaw - bay.dock.pose.yaw)) < 0.05


@pytest.mark.parametrize("backwards", [True, False])
def test_does_not_leave_while_a_person_stands_in_the_way_out(make_bay: Make, backwards: bool) -> None:
    """In front of a robot that docked with its rear, behind one that docked with its front."""
    bay = make_bay(guests=1)
    turned = Pose2D(0.0, 0.0, 0.0 if backwards else math.pi)
    dock = Dock(id="dock-01", pose=bay.dock.pose.after(turned), backwards=backwards)
    bay.put(dock.pose)
    ahead = bay.dock.staging(0.9)
    person = bay.world.crowd.enter(ahead.x, ahead.y, 1.0)
    bay.docking.undock(2, dock, bay.world.now_s)
    began = bay.world.pose(0)
    assert bay.run(8.0) is None
    assert bay.world.pose(0) == began
    bay.world.crowd.leave(person)
    assert told(bay.run()) == DONE
    x, y, yaw = bay.world.pose(0)
    assert dock.staging(1.0).distance_to(x, y) < 0.06
    # Either way it faces the hall in the end.
    assert abs(wrapped(yaw - bay.dock.pose.yaw)) < 0.06
    assert bay.world.collisions == 0


def test_a_way_out_that_stays_blocked_is_told_in_time(make_bay: Make) -> None:
    bay = make_bay(guests=1)
    bay.put(bay.dock.pose)
    ahead = bay.dock.staging(0.9)
    bay.world.crowd.enter(ahead.x, ahead.y, 1.0)
    bay.docking.undock(2, None, bay.world.now_s, longest_s=4.0)
    message, code, _ = told(bay.run(10.0))
    assert code == 905
    assert message == "not out of dock-01 after 4 s: something stands in the way out"


def test_nothing_is_left_that_is_not_stood_in(make_bay: Make) -> None:
    bay = make_bay()
    bay.put(bay.dock.staging(3.0))
    bay.docking.undock(2, None, bay.world.now_s)
    assert told(bay.run(5.0))[1] == 902


@pytest.mark.parametrize("held", ["silence", "pause"])
def test_a_wish_that_is_not_renewed_or_that_is_held_moves_nothing(make_bay: Make, held: str) -> None:
    bay = make_bay()
    bay.put(bay.dock.staging(1.0))
    speeds = []
    for k in range(30):
        if k < 10 or held == "pause":
            bay.pilot.docking(bay.world.now_s, Twist2D(-0.1))
        if k == 10 and held == "pause":
            bay.pilot.navigator.pause(True)
        bay.step()
        speeds.append(float(bay.world.drives.command_v[0]))
    assert speeds[9] == -0.1
    assert speeds[18:] == [0.0] * 12


def test_a_goal_of_navigation_s_goes_first(make_bay: Make) -> None:
    """The pilot has one master at a time: docking stands, and gives up."""
    bay = make_bay(settings=DockingSettings(tries=1, approach_s=3.0))
    bay.put(bay.dock.staging(1.0))
    bay.docking.dock(1, bay.dock, bay.world.now_s)
    bay.run(3.0)
    far = bay.dock.staging(4.0)
    goal = Goal(id=99, poses=(far,), along_lanes=False)
    bay.pilot.navigator.go(goal, bay.pilot.localiser.estimate, bay.world.now_s)
    assert told(bay.run(20.0))[1] == 905
    bay.run(15.0, until=lambda it: not it.pilot.navigator.under_way)
    x, y, _ = bay.world.pose(0)
    assert far.distance_to(x, y) < 0.3
