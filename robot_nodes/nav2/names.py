"""Who listens to whom while the robot's own Nav2 drives.

Guiding and fleet_link ask for drives by the names of Nav2's actions. With `navigation: nav2` these names lead to the
bridge, which offers what Nav2 has not (a pause that keeps the goal, patience while Nav2 starts anew), and the bridge
asks Nav2. ROS has no remapping of an action as a whole; its five parts are remapped one by one.
"""

from __future__ import annotations

__all__ = ["ACTIONS", "NODE", "POSE", "arguments", "in_space"]

NODE = "nav2_bridge"
ACTIONS = ("navigate_to_pose", "navigate_through_poses")
POSE = f"{NODE}/pose"
"""Where the robot is, as often as our own localiser says it: `amcl_pose` carried on by the odometry."""
_PARTS = ("send_goal", "cancel_goal", "get_result", "feedback", "status")
_DOCKING = ("dock_robot", "undock_robot")
_DRIVING = ("guiding", "fleet_link")
_PLACED = ("seeing", "hearing", "language", "guiding", "fleet_link")
"""Nodes that read `amcl_pose`."""
_TOLD = ("initialpose", "speed_limit", "marker_pose")
_DRIVERS = (
    "scan", "odom", "battery_state", "camera/image_raw", "camera/camera_info", "rear_camera/image_raw",
    "rear_camera/camera_info",
)  # fmt: skip
"""What the robot's own drivers publish beside its Nav2."""


def in_space(space: str, name: str) -> str:
    """The absolute name of `name` in a namespace such as `/guide_01` or `/`."""
    return f"{space.rstrip('/')}/{name}"


def arguments(namespace: str, nav2_namespace: str = "") -> list[str]:
    """ROS arguments (`rclpy.init`) for the process of a robot whose Nav2 drives.

    :param namespace: the robot's.
    :param nav2_namespace: Nav2's, with the robot's drivers, where it is another one; `/` for none.
    """
    rules = [
        f"{node}:{action}/_action/{part}:={NODE}/{action}/_action/{part}"
        for node in _DRIVING
        for action in ACTIONS
        for part in _PARTS
    ]
    rules += [f"{node}:amcl_pose:={POSE}" for node in _PLACED]
    if nav2_namespace and nav2_namespace.rstrip("/") != namespace.rstrip("/"):
        names = (*_TOLD, *_DRIVERS, *(f"{action}/_action/{part}" for action in _DOCKING for part in _PARTS))
        rules += [f"{name}:={in_space(nav2_namespace, name)}" for name in names]
    return ["--ros-args", *(part for rule in rules for part in ("-r", rule))]
