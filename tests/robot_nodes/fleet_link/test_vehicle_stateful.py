"""Whatever the master sends and the road brings: no action twice, never beyond the base, orders end."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from fleet.protocol.vda5050 import Action, ActionStatus, BlockingType
from fleet.protocol.vda5050 import action as make_action
from robot_nodes.fleet_link.effects import StopAction

BLOCKING = st.sampled_from(list(BlockingType))


class AnyMaster(RuleBasedStateMachine):
    def __init__(self, rig_class) -> None:
        super().__init__()
        self.rig = rig_class()
        self.orders = 0
        self.update = 0
        self.action_count = 0
        self.released = 0
        self.first_drive = 0
        self.ended: set[str] = set()
        self.history: dict[str, ActionStatus] = {}

    def _actions(self, kinds: list[BlockingType]) -> list[Action]:
        made = []
        for kind in kinds:
            self.action_count += 1
            made.append(make_action("announce", f"a{self.action_count}", kind, en="hello"))
        return made

    @property
    def _here(self) -> int:
        return round(self.rig.vehicle.pose.x / 4.0)

    @rule(base=st.integers(0, 4), horizon=st.integers(0, 3), kinds=st.lists(BLOCKING, max_size=2), at=st.integers(0, 4))
    def order(self, base, horizon, kinds, at):
        idle = self.rig.vehicle.idle
        self.orders += 1
        start = self._here
        where = start + min(at, base)
        order = self.rig.order(
            start + base,
            start + base + horizon,
            start=start,
            order_id=f"o{self.orders}",
            actions={where: self._actions(kinds)},
        )
        drives = len(self.rig.drives)
        self.rig.send(order)
        if idle and self.rig.vehicle.order_id == order.order_id:
            self.update, self.released, self.ended = 0, start + base, set()
            self.first_drive = drives
        assert (self.rig.vehicle.order_id == order.order_id) == (idle and not self.rig.errors)

    @precondition(lambda self: self.orders > 0)
    @rule(more=st.integers(0, 3), skew=st.sampled_from([0, 0, 0, 1]), kinds=st.lists(BLOCKING, max_size=2))
    def extend(self, more, skew, kinds):
        start = self.released + skew
        before = self.rig.vehicle.state()
        order = self.rig.order(
            start + more,
            start + more + 1,
            start=start,
            order_id=before.order_id or "none",
            update=self.update + 1,
            actions={start + 1: self._actions(kinds)},
        )
        self.rig.send(order)
        after = self.rig.vehicle.state()
        if after.order_id == before.order_id and after.order_update_id == self.update + 1 and not self.rig.errors:
            assert skew == 0
            self.update += 1
            self.released = start + more

    @rule()
    def cancel(self):
        self.action_count += 1
        idle = self.rig.vehicle.idle or self.rig.vehicle.cancelling
        self.rig.instant("cancelOrder", f"c{self.action_count}")
        if idle:
            assert self.rig.status(f"c{self.action_count}") is ActionStatus.FAILED

    @rule(on=st.booleans())
    def pause(self, on):
        self.action_count += 1
        self.rig.instant("startPause" if on else "stopPause", f"p{self.action_count}")

    @precondition(lambda self: self.rig.drives)
    @rule(arrived=st.sampled_from([True, True, True, False]))
    def drive_ends(self, arrived):
        stopped = self.rig.drives[-1].drive_id in self.rig.stops
        self.rig.arrive(arrived and not stopped)

    @precondition(lambda self: self.rig.drives)
    @rule(share=st.floats(0, 1))
    def drive_on(self, share):
        goal = self.rig.drives[-1].waypoints[-1].x
        x = self.rig.vehicle.pose.x
        self.rig.pose(x + share * max(0.0, goal - x))

    @rule(success=st.booleans())
    def action_ends(self, success):
        for action_id in self.rig.started:
            if action_id not in self.ended:
                self.ended.add(action_id)
                self.rig.done(action_id, success)
                break

    @rule(seconds=st.floats(0.05, 5))
    def wait(self, seconds):
        self.rig.step(seconds)

    @invariant()
    def no_action_starts_twice(self):
        assert len(self.rig.started) == len(set(self.rig.started))

    @invariant()
    def drives_end_in_the_base(self):
        for drive in self.rig.drives[self.first_drive :]:
            assert all(point.x <= 4.0 * self.released for point in drive.waypoints)

    @invariant()
    def base_before_horizon_and_edges_match(self):
        state = self.rig.vehicle.state()
        released = [n.released for n in state.node_states]
        assert released == sorted(released, reverse=True)
        assert len(state.node_states) == len(state.edge_states)

    @invariant()
    def states_move_as_the_standard_allows(self):
        for item in self.rig.vehicle.state().action_states:
            before = self.history.get(item.action_id)
            if before in (ActionStatus.FINISHED, ActionStatus.FAILED):
                assert item.action_status is before
            if item.action_status is ActionStatus.WAITING:
                assert before in (None, ActionStatus.WAITING)
            self.history[item.action_id] = item.action_status

    def teardown(self):
        """Left to itself, with the road clear, the base is driven to its end and every action on it ends."""
        rig = self.rig
        rig.instant("stopPause", "last")
        for _ in range(60):
            rig.step(3.0)
            stopped = {e.action_id for e in rig.effects if isinstance(e, StopAction)}
            for action_id in rig.started:
                if action_id in self.history or action_id in stopped:
                    rig.done(action_id)
            if rig.drives:
                rig.arrive(rig.drives[-1].drive_id not in rig.stops)
        state = rig.vehicle.state()
        assert not any(n.released for n in state.node_states)
        assert not rig.vehicle.cancelling
        if not state.node_states:
            assert rig.vehicle.idle


def test_any_master(rig):
    run_state_machine_as_test(
        lambda: AnyMaster(type(rig)), settings=settings(max_examples=80, stateful_step_count=30, deadline=None)
    )
