"""The vehicle against the rules of VDA 5050 2.1.0; B-numbers are those of shared/vda5050/RULES.md."""

from __future__ import annotations

import pytest

from fleet.protocol.vda5050 import Action, ActionStatus, BlockingType
from fleet.protocol.vda5050 import action as make_action
from robot_nodes.fleet_link.effects import (
    Hold,
    OrderCancelled,
    PublishFactsheet,
    PublishVisualization,
    Relocalise,
    StopAction,
)


def announce(action_id: str, blocking: BlockingType = BlockingType.HARD) -> Action:
    return make_action("announce", action_id, blocking, zh="你好", en="hello")


def test_b3_state_on_events_every_ten_seconds_and_not_too_often(rig):
    before = rig.states_sent
    rig.send(rig.order(2))
    assert rig.states_sent == before + 1
    rig.send(rig.order(2, order_id="other"))  # an error: an event, but too soon after the last state
    assert rig.states_sent == before + 1
    rig.step(0.1)
    assert rig.states_sent == before + 2
    for _ in range(99):
        rig.step(0.1)
    assert rig.states_sent == before + 2
    rig.step(0.2)
    assert rig.states_sent == before + 3


def test_visualization_every_half_second(rig):
    rig.effects.clear()
    for _ in range(50):
        rig.step(0.1)
    assert sum(isinstance(e, PublishVisualization) for e in rig.effects) == 10


def test_b6_malformed_order_is_reported_until_one_is_taken_and_the_running_one_goes_on(rig):
    rig.send(rig.order(2))
    rig.vehicle.on_malformed("uagv/v2/fairguide/guide-01/order", "nodes: Field required", rig.now)
    assert rig.errors == ["validationError"]
    assert rig.ahead == ["n1", "n2"]
    rig.step(60.0)
    assert rig.errors == ["validationError"]
    rig.send(rig.order(3, start=2, update=1))
    assert rig.errors == []


def test_b6_wrong_sequence_is_not_taken_over(rig):
    good = rig.order(2)
    for bad in (
        good.model_copy(update={"edges": good.edges[:1]}),
        good.model_copy(update={"nodes": (good.nodes[0], good.nodes[2], good.nodes[1])}),
        good.model_copy(update={"edges": good.edges[::-1]}),
        good.model_copy(update={"order_id": ""}),
        good.model_copy(update={"nodes": (rig.node(0, released=False), *good.nodes[1:])}),
        good.model_copy(update={"nodes": (good.nodes[0], rig.node(1, released=False), good.nodes[2])}),
        good.model_copy(update={"nodes": (rig.node(0, sequence=1), *good.nodes[1:])}),
        rig.order(2, actions={1: [announce("a")], 2: [announce("a")]}),
    ):
        rig.send(bad)
        assert rig.errors == ["validationError"]
        assert rig.vehicle.order_id == ""
    assert rig.drives == []


def test_b7_outdated_update_is_refused_and_the_order_goes_on(rig):
    rig.send(rig.order(1, 3))
    rig.send(rig.order(2, 3, start=1, update=5))
    rig.send(rig.order(3, start=1, update=4))
    assert rig.errors == ["orderUpdateError"]
    assert rig.goals == ["n1", "n2"]
    assert rig.vehicle.state().order_update_id == 5


def test_b8_the_same_order_again_is_ignored(rig):
    rig.send(rig.order(2, actions={0: [announce("a", BlockingType.NONE)]}))
    rig.send(rig.order(2, actions={0: [announce("a", BlockingType.NONE)]}))
    assert rig.errors == []
    assert rig.started == ["a"]
    assert rig.goals == ["n2"]


def test_b9_another_order_while_one_is_active_is_refused(rig):
    rig.send(rig.order(2))
    rig.send(rig.order(3, order_id="o2"))
    error = rig.vehicle.state().errors[0]
    assert error.error_type == "orderError"
    assert {r.reference_key: r.reference_value for r in error.error_references}["orderId"] == "o2"
    assert rig.vehicle.order_id == "o1"
    rig.arrive()
    rig.send(rig.order(3, start=2, order_id="o2"))
    assert rig.vehicle.order_id == "o2"


def test_b10_update_must_start_at_the_decision_point(rig):
    rig.send(rig.order(2, 4))
    rig.send(rig.order(4, start=1, update=1))
    assert rig.errors == ["orderUpdateError"]
    rig.send(rig.order(4, start=2, update=1))
    assert rig.errors == []
    assert rig.goals == ["n2", "n4"]
    assert rig.ahead == ["n1", "n2", "n3", "n4"]


def test_b10_update_continues_a_completed_order(rig):
    rig.send(rig.order(1))
    rig.arrive()
    assert rig.vehicle.idle
    rig.send(rig.order(3, start=1, update=1))
    assert rig.goals == ["n1", "n3"]


def test_update_may_not_put_new_actions_on_the_decision_point(rig):
    rig.send(rig.order(1, 2))
    rig.send(rig.order(2, start=1, update=1, actions={1: [announce("late")]}))
    assert rig.errors == ["orderUpdateError"]


def test_update_replaces_the_horizon_and_its_waiting_actions(rig):
    rig.send(rig.order(1, 3, actions={3: [announce("gone")]}))
    rig.send(rig.order(2, 2, start=1, update=1, actions={2: [announce("kept")]}))
    assert [a.action_id for a in rig.vehicle.state().action_states] == ["kept"]
    assert rig.ahead == ["n1", "n2"]


def test_b10_horizon_actions_may_come_again_in_every_update(rig):
    arrival = [announce("arrival")]
    rig.send(rig.order(1, 3, actions={3: arrival}))
    rig.send(rig.order(2, 3, start=1, update=1, actions={3: arrival}))
    rig.send(rig.order(3, 3, start=2, update=2, actions={3: arrival}))
    assert rig.errors == []
    assert [a.action_id for a in rig.vehicle.state().action_states] == ["arrival"]


def test_b9_an_update_may_not_use_an_action_of_the_base_again(rig):
    rig.send(rig.order(1, actions={1: [announce("here")]}))
    rig.send(rig.order(2, start=1, update=1, actions={1: [announce("here")], 2: [announce("here")]}))
    assert rig.errors == ["validationError"]


def test_b12_start_node_out_of_range(rig):
    rig.send(rig.order(3, start=1))
    assert rig.errors == ["noRouteError"]
    assert rig.vehicle.idle


def test_a_robot_between_nodes_may_start_from_the_node_it_left(rig):
    rig.send(rig.order(2))
    rig.pose(2.0)
    rig.instant("cancelOrder")
    rig.arrive(arrived=False)
    rig.step()
    rig.send(rig.order(2, order_id="o2"))
    assert rig.errors == []
    assert rig.goals[-1] == "n2"


def test_b13_unknown_action_refuses_the_whole_order_with_references(rig):
    rig.send(rig.order(2, actions={2: [make_action("juggle", "j1", BlockingType.HARD)]}))
    error = rig.vehicle.state().errors[0]
    references = {r.reference_key: r.reference_value for r in error.error_references}
    assert error.error_type == "orderError"
    assert references["actionId"] == "j1"
    assert references["actionType"] == "juggle"
    assert rig.drives == []


def test_b13_an_instant_action_is_no_node_action(rig):
    rig.send(rig.order(1, actions={1: [make_action("startPause", "p", BlockingType.HARD)]}))
    assert rig.errors == ["orderError"]


def test_b14_unknown_map(rig):
    order = rig.order(1)
    position = order.nodes[1].node_position.model_copy(update={"map_id": "mars-1F"})
    nodes = (order.nodes[0], order.nodes[1].model_copy(update={"node_position": position}))
    rig.send(order.model_copy(update={"nodes": nodes}))
    error = rig.vehicle.state().errors[0]
    assert error.error_type == "orderError"
    assert "mars-1F" in (error.error_description or "")


def test_node_without_position_is_refused(rig):
    order = rig.order(1)
    nodes = (order.nodes[0], order.nodes[1].model_copy(update={"node_position": None}))
    rig.send(order.model_copy(update={"nodes": nodes}))
    assert rig.errors == ["orderError"]


def test_b15_first_node_is_not_reported_and_its_actions_run(rig):
    rig.send(rig.order(1, actions={0: [announce("a")]}))
    assert rig.ahead == ["n1"]
    assert rig.vehicle.state().last_node_id == "n0"
    assert rig.started == ["a"]
    assert rig.drives == []  # HARD: first the action
    rig.done("a")
    assert rig.goals == ["n1"]


def test_b15_an_order_of_one_node(rig):
    rig.send(rig.order(0, actions={0: [announce("a")]}))
    assert rig.started == ["a"]
    assert not rig.vehicle.idle
    rig.done("a")
    assert rig.vehicle.idle
    assert rig.drives == []


def test_b16_stops_at_the_decision_point_and_never_enters_the_horizon(rig):
    rig.send(rig.order(2, 5))
    assert [p.node_id for p in rig.drives[0].waypoints] == ["n1", "n2"]
    rig.pose(4.0)
    rig.arrive()
    for _ in range(20):
        rig.step()
    assert rig.goals == ["n2"]
    assert rig.ahead == ["n3", "n4", "n5"]
    assert not rig.vehicle.idle


def test_b16_a_lost_broker_link_changes_nothing(rig):
    rig.send(rig.order(2, 5))
    rig.vehicle.on_link(False, rig.now)
    rig.pose(4.0)
    rig.step()
    rig.arrive()
    assert rig.vehicle.state().last_node_id == "n2"
    assert rig.stops == []


def test_b17_a_passed_node_changes_everything_in_one_state(rig):
    edge = [announce("on-edge", BlockingType.NONE)]
    following = [announce("next-edge", BlockingType.NONE)]
    rig.send(rig.order(3, actions={1: [announce("at-node", BlockingType.NONE)]}, edge_actions={0: edge, 1: following}))
    assert rig.started == ["on-edge"]
    rig.step()
    sent = rig.states_sent
    rig.pose(3.7)
    assert rig.states_sent == sent + 1
    state = rig.vehicle.state()
    assert (state.last_node_id, state.last_node_sequence_id) == ("n1", 2)
    assert [n.node_id for n in state.node_states] == ["n2", "n3"]
    assert [e.edge_id for e in state.edge_states] == ["e1", "e2"]
    assert rig.status("on-edge") is ActionStatus.FINISHED
    assert StopAction("on-edge") in rig.effects
    assert rig.started == ["on-edge", "at-node", "next-edge"]


def test_a_node_driven_past_counts_as_passed(rig):
    rig.send(rig.order(3))
    rig.pose(3.3, 0.4)
    assert rig.ahead[0] == "n1"
    rig.pose(4.6, 0.45)
    assert rig.ahead[0] == "n2"


def test_a_node_on_the_lane_beside_is_not_passed(rig):
    rig.send(rig.order(3))
    rig.pose(5.0, 1.3)
    assert rig.ahead[0] == "n1"


def test_the_last_node_needs_the_drive_to_succeed(rig):
    rig.send(rig.order(1))
    rig.pose(3.9)
    assert rig.ahead == ["n1"]
    rig.arrive()
    assert rig.ahead == []
    assert rig.vehicle.idle


def test_b17_drive_stops_where_an_action_needs_it(rig):
    rig.send(
        rig.order(3, actions={1: [announce("stop-here")]}, edge_actions={2: [announce("soft", BlockingType.SOFT)]})
    )
    assert rig.goals == ["n1"]
    rig.arrive()
    assert rig.started == ["stop-here"]
    rig.done("stop-here")
    assert rig.goals == ["n1", "n2"]
    rig.arrive()
    assert rig.started == ["stop-here", "soft"]
    rig.done("soft")
    assert rig.goals == ["n1", "n2", "n3"]


def test_base_extension_drives_on_without_a_stop(rig):
    rig.send(rig.order(1, 3))
    rig.send(rig.order(3, start=1, update=1))
    assert rig.stops == []
    assert [p.node_id for p in rig.drives[1].waypoints] == ["n1", "n2", "n3"]
    rig.vehicle.on_drive_result(rig.drives[0].drive_id, False, "preempted", rig.now)
    assert rig.errors == []


def test_newbaserequest_near_the_end_of_the_base(rig):
    rig.send(rig.order(2, 4))
    assert rig.vehicle.state().new_base_request is False
    rig.pose(5.5)
    assert rig.vehicle.state().new_base_request is True


def test_b18_blocking_types_timeline(rig):
    kinds = [BlockingType.NONE, BlockingType.SOFT, BlockingType.HARD, BlockingType.NONE]
    rig.send(rig.order(1, actions={0: [announce(f"a{i}", kind) for i, kind in enumerate(kinds)]}))
    assert rig.started == ["a0", "a1"]
    assert rig.drives == []
    rig.done("a0")
    assert rig.started == ["a0", "a1"]
    rig.done("a1")
    assert rig.started == ["a0", "a1", "a2"]
    rig.done("a2")
    assert rig.started == ["a0", "a1", "a2", "a3"]
    assert rig.goals == ["n1"]  # a3 is NONE: driving goes on beside it


def test_b20_pause_keeps_the_order_and_starts_nothing(rig):
    rig.send(rig.order(1, 2))
    rig.instant("startPause", "p1")
    assert Hold(True) in rig.effects
    assert rig.vehicle.state().paused is True
    assert rig.status("p1") is ActionStatus.FINISHED
    rig.send(rig.order(2, start=1, update=1))
    assert rig.goals == ["n1"]
    rig.instant("stopPause", "p2")
    assert Hold(False) in rig.effects
    assert rig.goals == ["n1", "n2"]
    assert rig.vehicle.state().paused is False


def test_b21_cancel_order(rig):
    rig.send(rig.order(2, 3, actions={0: [announce("running", BlockingType.NONE)], 2: [announce("waiting")]}))
    rig.pose(4.0)
    rig.vehicle.on_velocity(0.8, 0.0, rig.now)
    rig.instant("cancelOrder", "c1")
    assert rig.status("waiting") is ActionStatus.FAILED
    assert rig.status("running") is ActionStatus.RUNNING
    assert rig.status("c1") is ActionStatus.RUNNING
    assert rig.stops == [rig.drives[0].drive_id]
    assert StopAction("running") in rig.effects
    rig.arrive(arrived=False)
    rig.vehicle.on_velocity(0.0, 0.0, rig.now)
    assert rig.status("c1") is ActionStatus.RUNNING
    assert rig.ahead
    rig.done("running", success=False)
    assert rig.status("c1") is ActionStatus.FINISHED
    state = rig.vehicle.state()
    assert (state.node_states, state.edge_states) == ((), ())
    assert (state.order_id, state.last_node_id) == ("o1", "n1")
    assert state.idle
    assert OrderCancelled("o1") in rig.effects


def test_b21_a_cancel_ends_though_odometry_never_says_zero(rig):
    rig.send(rig.order(2))
    rig.vehicle.on_velocity(0.5, 0.0, rig.now)
    rig.instant("cancelOrder", "c1")
    rig.arrive(arrived=False)
    assert rig.status("c1") is ActionStatus.RUNNING
    rig.step(3.1)
    assert rig.status("c1") is ActionStatus.FINISHED


def test_b22_nothing_to_cancel(rig):
    rig.instant("cancelOrder", "c1")
    error = rig.vehicle.state().errors[0]
    assert rig.status("c1") is ActionStatus.FAILED
    assert error.error_type == "noOrderToCancel"
    assert error.error_references[0].reference_value == "c1"


def test_b22_update_after_cancel_is_refused(rig):
    rig.send(rig.order(1, 2))
    rig.instant("cancelOrder", "c1")
    rig.arrive(arrived=False)
    rig.send(rig.order(2, start=1, update=1))
    assert rig.errors == ["orderUpdateError"]
    assert rig.vehicle.idle


@pytest.mark.parametrize("kind", ["stateRequest", "factsheetRequest", "startPause", "stopPause", "stopCharging"])
def test_b23_instant_actions_are_reflected(rig, kind):
    rig.instant(kind, "x")
    assert rig.status("x") is ActionStatus.FINISHED


def test_b23_unknown_instant_action(rig):
    rig.instant("selfDestruct", "x")
    assert rig.status("x") is ActionStatus.FAILED
    assert rig.errors == ["instantActionError"]


def test_an_instant_action_is_done_once(rig):
    rig.instant("factsheetRequest", "x")
    rig.instant("factsheetRequest", "x")
    assert sum(isinstance(e, PublishFactsheet) for e in rig.effects) == 1


def test_init_position(rig):
    rig.instant("initPosition", "x", x=4.0, y=0, theta="0.5", mapId="hall-1F", lastNodeId="n1")
    assert Relocalise(4.0, 0.0, 0.5) in rig.effects
    assert rig.vehicle.state().last_node_id == "n1"
    rig.instant("initPosition", "y", x="here", y=0, theta=0, mapId="hall-1F")
    assert rig.status("y") is ActionStatus.FAILED


def test_b24_a_blocked_way_is_an_error_and_the_order_stays(rig):
    rig.send(rig.order(1))
    rig.arrive(arrived=False, description="no way round the wall")
    assert rig.errors == ["navigationError"]
    (problem,) = rig.vehicle.state().errors
    edge = rig.vehicle.state().edge_states[0].edge_id
    assert [(r.reference_key, r.reference_value) for r in problem.error_references] == [
        ("edgeId", edge),
        ("nodeId", "n1"),
    ]
    assert rig.ahead == ["n1"]
    rig.step(1.0)
    assert rig.goals == ["n1"]
    rig.step(1.5)
    assert rig.goals == ["n1", "n1"]
    rig.arrive()
    assert rig.errors == []
    assert rig.vehicle.idle


def test_charging_finishes_when_current_flows(rig):
    rig.send(rig.order(1, actions={1: [make_action("startCharging", "c", BlockingType.HARD)]}))
    rig.arrive()
    assert rig.status("c") is ActionStatus.RUNNING
    rig.vehicle.on_battery(40.0, True, rig.now)
    assert rig.status("c") is ActionStatus.FINISHED
    assert rig.vehicle.state().battery_state.charging


def test_charging_without_current_fails(rig):
    rig.send(rig.order(0, actions={0: [make_action("startCharging", "c", BlockingType.HARD)]}))
    rig.step(31.0)
    assert rig.status("c") is ActionStatus.FAILED


def test_a_robot_that_can_dock_docks_to_charge(rig):
    rig.can_dock = True
    rig.send(rig.order(1, actions={1: [make_action("startCharging", "c", BlockingType.HARD)]}))
    rig.arrive()
    assert rig.started == ["c"]
    rig.step(60.0)
    rig.vehicle.on_battery(40.0, True, rig.now)
    assert rig.status("c") is ActionStatus.RUNNING  # docking itself tells when it has ended
    rig.done("c")
    assert rig.status("c") is ActionStatus.FINISHED


def test_a_robot_that_stands_in_its_dock_need_not_move_to_charge(rig):
    rig.can_dock = True
    rig.vehicle.on_battery(40.0, True, rig.now)
    rig.send(rig.order(0, actions={0: [make_action("startCharging", "c", BlockingType.HARD)]}))
    assert rig.status("c") is ActionStatus.FINISHED
    assert rig.started == []


def test_leaving_the_charger_is_docking_s_where_there_is_current(rig):
    rig.can_dock = True
    rig.instant("stopCharging", "a")
    assert rig.status("a") is ActionStatus.FINISHED
    rig.vehicle.on_battery(40.0, True, rig.now)
    rig.instant("stopCharging", "b")
    assert rig.started == ["b"]
    rig.done("b", success=False)
    assert rig.status("b") is ActionStatus.FAILED


def test_a_cancelled_order_gives_up_docking(rig):
    rig.can_dock = True
    rig.send(rig.order(0, actions={0: [make_action("startCharging", "c", BlockingType.HARD)]}))
    rig.instant("cancelOrder", "x")
    assert [e.action_id for e in rig.effects if isinstance(e, StopAction)] == ["c"]
    rig.done("c", success=False)
    rig.step(5.0)
    assert rig.status("x") is ActionStatus.FINISHED


def test_a_held_robot_is_shown_as_paused(rig):
    rig.vehicle.on_held(True, rig.now)
    assert rig.vehicle.state().paused is True
    rig.vehicle.on_held(False, rig.now)
    assert rig.vehicle.state().paused is False


def test_a_held_robot_drives_on_only_when_it_is_let_go(rig):
    rig.send(rig.order(2))
    rig.vehicle.on_held(True, rig.now)
    rig.arrive(False, "preempted by a newer goal")  # guiding turns it to look for the visitor
    rig.step(5.0)
    assert rig.goals == ["n2"]
    assert rig.vehicle.state().errors == ()
    rig.vehicle.on_held(False, rig.now)
    rig.collect()
    assert rig.goals == ["n2", "n2"]


def test_last_node_at_start_and_after_being_led_elsewhere(rig):
    assert rig.vehicle.state().last_node_id == "n0"
    rig.pose(6.0)
    assert rig.vehicle.state().last_node_id == ""
    rig.pose(8.1)
    assert rig.vehicle.state().last_node_id == "n2"
    rig.send(rig.order(3, start=2))
    assert rig.goals == ["n3"]


def test_two_pauses_do_not_undo_each_other(rig):
    rig.vehicle.on_held(True, rig.now)
    rig.instant("startPause", "p1")
    rig.effects.clear()
    rig.instant("stopPause", "p2")
    assert Hold(False) not in rig.effects
    rig.instant("startPause", "p3")
    rig.effects.clear()
    rig.vehicle.on_held(False, rig.now)
    rig.collect()
    assert Hold(True) in rig.effects
