"""Which network ROS 2 uses: this machine only, unless whoever starts us has decided otherwise.

Nothing here imports ROS: the environment has to stand before `rclpy` is imported.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

LOOPBACK_PROFILE = Path(__file__).with_name("loopback.xml")
FAST_DDS = "rmw_fastrtps_cpp"
BOOTSTRAP_GUARD = "_ROS_WHEELS_BOOTSTRAP_COMPLETE"
"""Set by `ros_wheels_bootstrapper` once it has started Python again with the wheels' library path."""

CHOICES = (
    "FASTRTPS_DEFAULT_PROFILES_FILE",
    "FASTDDS_DEFAULT_PROFILES_FILE",
    "FASTDDS_BUILTIN_TRANSPORTS",
    "CYCLONEDDS_URI",
    "ROS_AUTOMATIC_DISCOVERY_RANGE",
    "ROS_DISCOVERY_SERVER",
    "ROS_LOCALHOST_ONLY",
    "ROS_STATIC_PEERS",
)
"""Variables by which a user chooses a network; one that is set keeps our hands off."""


def ros_defaults(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The variables to add to `environment` so that ROS 2 works and stays on loopback.

    :param prefix: `sys.prefix` of the Python that will run.
    :returns: only variables that `environment` does not set.
    """
    added: dict[str, str] = {}
    if not environment.get("AMENT_PREFIX_PATH"):
        added["AMENT_PREFIX_PATH"] = prefix
    if environment.get("RMW_IMPLEMENTATION", FAST_DDS) == FAST_DDS:
        if "RMW_IMPLEMENTATION" not in environment:
            added["RMW_IMPLEMENTATION"] = FAST_DDS
        if not any(environment.get(name) for name in CHOICES):
            added["FASTRTPS_DEFAULT_PROFILES_FILE"] = str(LOOPBACK_PROFILE)
    return added


def is_stranger(environment: Mapping[str, str], prefix: str) -> bool:
    """Whether `environment` comes from another virtual environment's ROS wheels.

    Such a process has the guard set and the other environment's libraries on its path: type support
    would fail to load. It has to start again with `without_bootstrap`.
    """
    library_path = environment.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return bool(environment.get(BOOTSTRAP_GUARD)) and os.path.join(prefix, "lib") not in library_path


def without_bootstrap(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` for a Python of another virtual environment."""
    return {name: value for name, value in environment.items() if name != BOOTSTRAP_GUARD}
