"""A vehicle on a straight lane of nodes n0, n1, ... 4 m apart, and short ways to say what happens to it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from fleet.protocol.vda5050 import Action, ActionStatus, BlockingType, Edge, InstantActions, Node, NodePosition, Order
from fleet.protocol.vda5050 import action as make_action
from robot_nodes.fleet_link.body import Pose
from robot_nodes.fleet_link.effects import Drive, Effect, PublishState, StartAction, StopDriving
from robot_nodes.fleet_link.factsheet import abilities
from robot_nodes.fleet_link.vehicle import Vehicle

SPACING_M = 4.0


def announce(action_id: str, blocking: BlockingType = BlockingType.HARD) -> Action:
    return make_action("announce", action_id, blocking, zh="你好", en="hello")


class Rig:
    """One vehicle, its clock, and the effects it has asked for."""

    def __init__(self) -> None:
        self.now = 100.0
        self.can_dock = False
        self.vehicle = Vehicle(
            abilities("hall-1F"),
            map_id="hall-1F",
            map_version="1",
            node_at=self.node_at,
            docks=lambda: self.can_dock,
        )
        self.effects: list[Effect] = []
        self.pose(0.0)
        self.step(0.2)

    @staticmethod
    def node_at(x: float, y: float) -> str:
        index = round(x / SPACING_M)
        return f"n{index}" if abs(x - index * SPACING_M) < 0.5 and abs(y) < 0.5 else ""

    @staticmethod
    def node(index: int, released: bool = True, actions: Iterable[Action] = (), sequence: int | None = None) -> Node:
        position = NodePosition(x=index * SPACING_M, y=0.0, map_id="hall-1F", allowed_deviation_xy=0.5)
        number = 2 * index if sequence is None else sequence
        return Node(
            node_id=f"n{index}",
            sequence_id=number,
            released=released,
            node_position=position,
            actions=tuple(actions),
        )

    def order(
        self,
        base: int,
        end: int | None = None,
        *,
        start: int = 0,
        order_id: str = "o1",
        update: int = 0,
        actions: dict[int, list[Action]] | None = None,
        edge_actions: dict[int, list[Action]] | None = None,
    ) -> Order:
        """n{start} .. n{end}, released up to n{base}; sequence ids are twice the index."""
        end = base if end is None else end
        nodes = tuple(self.node(i, i <= base, (actions or {}).get(i, ())) for i in range(start, end + 1))
        edges = tuple(
            Edge(
                edge_id=f"e{i}",
                sequence_id=2 * i + 1,
                released=i + 1 <= base,
                start_node_id=f"n{i}",
                end_node_id=f"n{i + 1}",
                actions=tuple((edge_actions or {}).get(i, ())),
            )
            for i in range(start, end)
        )
        return Order(order_id=order_id, order_update_id=update, nodes=nodes, edges=edges)

    def send(self, order: Order) -> None:
        self.vehicle.on_order(order, self.now)
        self.collect()

    def instant(self, kind: str, action_id: str = "i1", **parameters: object) -> None:
        action = make_action(kind, action_id, BlockingType.HARD, **parameters)
        self.vehicle.on_instant_actions(InstantActions(actions=(action,)), self.now)
        self.collect()

    def pose(self, x: float, y: float = 0.0) -> None:
        self.vehicle.on_pose(Pose(x=x, y=y, yaw=0.0), self.now)
        self.collect()

    def step(self, seconds: float = 0.2) -> None:
        self.now += seconds
        self.vehicle.tick(self.now)
        self.collect()

    def arrive(self, arrived: bool = True, description: str = "") -> None:
        """The drive under way ends at its last waypoint."""
        drive = self.drives[-1]
        if arrived:
            self.pose(drive.waypoints[-1].x)
        self.vehicle.on_drive_result(drive.drive_id, arrived, description, self.now)
        self.collect()

    def done(self, action_id: str, success: bool = True) -> None:
        self.vehicle.on_action_result(action_id, success, "", self.now)
        self.collect()

    def collect(self) -> None:
        self.effects += self.vehicle.take_effects()

    @property
    def drives(self) -> list[Drive]:
        return [e for e in self.effects if isinstance(e, Drive)]

    @property
    def stops(self) -> list[int]:
        return [e.drive_id for e in self.effects if isinstance(e, StopDriving)]

    @property
    def started(self) -> list[str]:
        return [e.action.action_id for e in self.effects if isinstance(e, StartAction)]

    @property
    def states_sent(self) -> int:
        return sum(isinstance(e, PublishState) for e in self.effects)

    @property
    def goals(self) -> list[str]:
        return [drive.waypoints[-1].node_id for drive in self.drives]

    @property
    def errors(self) -> list[str]:
        return [e.error_type for e in self.vehicle.state().errors]

    @property
    def ahead(self) -> list[str]:
        return [n.node_id for n in self.vehicle.state().node_states]

    def status(self, action_id: str) -> ActionStatus:
        return {a.action_id: a.action_status for a in self.vehicle.state().action_states}[action_id]


@pytest.fixture
def rig() -> Rig:
    return Rig()
