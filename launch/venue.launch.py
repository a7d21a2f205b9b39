"""The venue's side without robots: MQTT broker, fleet manager with its dashboard, and one kiosk.

    ros2 launch fairguide venue.launch.py venue:=ciftis2020 broker_bind:=0.0.0.0:1883

None of it needs ROS; this file is for sites that start everything with `ros2 launch`. Robots are added
with robot.launch.py, on their own machines.
"""

from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.substitutions import LaunchConfiguration

from launch import LaunchDescription

ARGUMENTS = [
    DeclareLaunchArgument("venue", default_value="hall", description="Venue, by name or path of its plan."),
    DeclareLaunchArgument("broker", default_value="mqtt://127.0.0.1:1883", description="The venue's MQTT broker."),
    DeclareLaunchArgument("broker_bind", default_value="127.0.0.1:1883", description="Where the broker listens."),
    DeclareLaunchArgument("http", default_value="127.0.0.1:8080", description="Where the dashboard listens."),
    DeclareLaunchArgument("store", default_value="sqlite:///fairguide.sqlite", description="The fleet's database."),
    DeclareLaunchArgument("kiosk", default_value="kiosk-01", description="The kiosk to run."),
    DeclareLaunchArgument("kiosk_http", default_value="127.0.0.1:8101", description="Where its page listens."),
]


def process(name: str, *words) -> ExecuteProcess:  # type: ignore[no-untyped-def]
    """`fairguide WORDS...` as a process that launch owns."""
    return ExecuteProcess(cmd=["fairguide", *words], name=name, output="screen")


def generate_launch_description() -> LaunchDescription:
    """Called by `ros2 launch`."""
    venue, broker = LaunchConfiguration("venue"), LaunchConfiguration("broker")
    common = ["--venue", venue, "--broker", broker]
    http, store = LaunchConfiguration("http"), LaunchConfiguration("store")
    kiosk, page = LaunchConfiguration("kiosk"), LaunchConfiguration("kiosk_http")
    return LaunchDescription(
        [
            *ARGUMENTS,
            process("broker", "fleet", "broker", "--bind", LaunchConfiguration("broker_bind")),
            process("fleet", "fleet", "run", *common, "--http", http, "--store", store),
            process("kiosk", "kiosk", *common, "--id", kiosk, "--http", page),
        ]
    )
