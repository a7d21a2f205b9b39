"""One guide robot, on a machine with ROS 2 installed.

    ros2 launch fairguide robot.launch.py serial:=guide-01 start:=dock-01 broker:=mqtt://192.168.1.10:1883

The robot's base driver and lidar publish `odom`, `scan` and `tf` in the namespace of the serial
(`guide-01` is `/guide_01`) and listen to `cmd_vel` there.
"""

from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.conditions import IfCondition, UnlessCondition
from launch.substitutions import LaunchConfiguration

from launch import LaunchDescription

ARGUMENTS = [
    DeclareLaunchArgument("venue", default_value="hall", description="Venue, by name or path of its plan."),
    DeclareLaunchArgument("serial", default_value="guide-01", description="The robot's serial number."),
    DeclareLaunchArgument("start", default_value="dock-01", description="Station where it stands now."),
    DeclareLaunchArgument("broker", default_value="mqtt://127.0.0.1:1883", description="The venue's MQTT broker."),
    DeclareLaunchArgument("sim_time", default_value="false", description="Follow /clock."),
    DeclareLaunchArgument(
        "network",
        default_value="SUBNET",
        description="ROS_AUTOMATIC_DISCOVERY_RANGE: SUBNET, LOCALHOST, OFF or SYSTEM_DEFAULT.",
    ),
]


def robot(*more: str, condition) -> ExecuteProcess:  # type: ignore[no-untyped-def]
    """The command `fairguide robot` with the launch arguments."""
    names = ("venue", "serial", "start", "broker")
    options = [word for name in names for word in (f"--{name}", LaunchConfiguration(name))]
    return ExecuteProcess(
        cmd=["fairguide", "robot", *options, *more],
        name="robot",
        output="screen",
        additional_env={"ROS_AUTOMATIC_DISCOVERY_RANGE": LaunchConfiguration("network")},
        condition=condition,
    )


def generate_launch_description() -> LaunchDescription:
    """Called by `ros2 launch`."""
    simulated = LaunchConfiguration("sim_time")
    return LaunchDescription(
        [
            *ARGUMENTS,
            robot(condition=UnlessCondition(simulated)),
            robot("--sim-time", condition=IfCondition(simulated)),
        ]
    )
