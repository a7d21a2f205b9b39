"""What all nodes of a robot share: a managed node without the parts that cost and that nobody uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer, GoalResponse
from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter

TYPE_DESCRIPTIONS = "start_type_description_service"


class ManagedNode(LifecycleNode):  # type: ignore[misc]  # rclpy has no types
    """A lifecycle node whose settings are given to its constructor.

    It has no parameter and no type description service (seven endpoints in every wait and in every robot's discovery),
    does not log to `/rosout` (fairguide logs through structlog), and does not watch for QoS events (two more
    things to wait for, for every topic). The lifecycle services are there.
    """

    def __init__(self, name: str, *, namespace: str, use_sim_time: bool) -> None:
        super().__init__(
            name,
            namespace=namespace,
            enable_rosout=False,
            start_parameter_services=False,
            parameter_overrides=[
                Parameter("use_sim_time", Parameter.Type.BOOL, use_sim_time),
                Parameter(TYPE_DESCRIPTIONS, Parameter.Type.BOOL, False),
            ],
        )

    def follow_clock_of(self, other: LifecycleNode) -> None:
        """Have `other` keep this node's clock: one subscription of `/clock` in a process is enough."""
        other._time_source.attach_clock(self.get_clock())

    def serve_action(
        self,
        action: Any,
        name: str,
        *,
        takes: Callable[[], bool],
        accepted: Callable[[Any], None],
        cancel: Callable[[Any], Any],
    ) -> ActionServer:
        """An action whose goals are handed to `accepted` as handles and executed by whoever ends them
        (`navigation.requests.Requests`).

        :param takes: whether a goal is accepted just now.
        """
        return ActionServer(
            self,
            action,
            name,
            lambda handle: action.Result(),
            goal_callback=lambda request: GoalResponse.ACCEPT if takes() else GoalResponse.REJECT,
            handle_accepted_callback=accepted,
            cancel_callback=cancel,
        )

    def create_publisher(self, *args: Any, **options: Any) -> Any:
        """As in rclpy; no QoS events unless asked for."""
        options.setdefault("event_callbacks", PublisherEventCallbacks(use_default_callbacks=False))
        return super().create_publisher(*args, **options)

    def create_lifecycle_publisher(self, *args: Any, **options: Any) -> Any:
        """As in rclpy; no QoS events unless asked for."""
        options.setdefault("event_callbacks", PublisherEventCallbacks(use_default_callbacks=False))
        return super().create_lifecycle_publisher(*args, **options)

    def create_subscription(self, *args: Any, **options: Any) -> Any:
        """As in rclpy; no QoS events unless asked for."""
        options.setdefault("event_callbacks", SubscriptionEventCallbacks(use_default_callbacks=False))
        return super().create_subscription(*args, **options)
