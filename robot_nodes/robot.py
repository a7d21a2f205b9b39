"""One robot: its nodes in one process, on one executor, from switched on to switched off."""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Callable
from typing import Any

import rclpy
import structlog
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future

from fleet.protocol.link import Broker
from maps.venue import Venue
from robot_nodes.config import RobotConfig
from robot_nodes.docking.node import DockingNode
from robot_nodes.errors import RobotError
from robot_nodes.executor import RobotExecutor
from robot_nodes.fleet_link.node import FleetLinkNode
from robot_nodes.guiding.node import GuidingNode
from robot_nodes.hearing.node import HearingNode
from robot_nodes.language.node import LanguageNode
from robot_nodes.managed import ManagedNode
from robot_nodes.nav2.names import arguments
from robot_nodes.nav2.node import Nav2Node
from robot_nodes.navigation.node import NavigationNode
from robot_nodes.seeing.node import SeeingNode
from robot_nodes.speaking.node import SpeakingNode

_log = structlog.get_logger("robot")
FAILURES = 20
"""Failed callbacks within `FAILURE_WINDOW_S` after which the robot gives up."""
FAILURE_WINDOW_S = 10.0


def run_robot(config: RobotConfig, venue: Venue) -> None:
    """Run until SIGINT or SIGTERM.

    :raises RobotError: a node could not be brought up.
    """
    began = time.monotonic()
    rclpy.init(args=ros_arguments(config), signal_handler_options=SignalHandlerOptions.NO)
    stop = Future()
    # `fleet_link` ticks ten times a second of wall time, so Python sees a signal at once
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.done() or stop.set_result(True))
    executor = RobotExecutor()  # docs/robot.md: what rclpy's own cost
    nodes: list[ManagedNode] = []
    try:
        bring_up(config, venue, nodes)
        for node in nodes:
            executor.add_node(node)
        _log.info(
            "ready",
            serial=config.serial,
            venue=venue.id,
            start=config.start,
            namespace=config.namespace,
            broker=config.broker,
            seconds=round(time.monotonic() - began, 1),
        )
        gc.collect()
        gc.freeze()  # venue, names and fields stay: no collection need look at them again
        spin(executor, stop)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second one must not cut the goodbye short
        switch_off(executor, nodes)
    _log.info("off", serial=config.serial)


def bring_up(config: RobotConfig, venue: Venue, nodes: list[ManagedNode]) -> None:
    """Make, configure and activate each node in turn; they are appended to `nodes` as they come up.

    The first one follows `/clock` if anyone is to, and keeps the clocks of the others.

    :raises RobotError: one would not.
    """
    common = {"namespace": config.namespace}
    speech = {
        "languages": config.languages,
        "device": config.microphone,
        "microphone_array": config.microphone_array,
        "push_to_talk": config.push_to_talk,
        "wake_words": config.wake_words,
    }
    voice = {"wav_dir": config.wav_dir or None, "device": config.loudspeaker, "voices": config.voices}
    link = {"serial": config.serial, "broker": Broker.parse(config.broker)}
    plan: list[tuple[Callable[..., ManagedNode], dict[str, Any]]] = [
        _driver(config, venue),
        (SeeingNode, {"venue": venue}),
        *([(DockingNode, {"venue": venue})] if config.navigation == "own" else []),
        (HearingNode, {"venue": venue, **speech}),
        (LanguageNode, {"venue": venue}),
        (SpeakingNode, voice),
        (GuidingNode, {"venue": venue}),
        (FleetLinkNode, {"venue": venue, **link}),
    ]
    for make, own in plan:
        node = make(**common, **own, use_sim_time=config.sim_time and not nodes)
        if nodes:
            node.follow_clock_of(nodes[0])
        nodes.append(node)
        activate(node)


def ros_arguments(config: RobotConfig) -> list[str]:
    """For `rclpy.init`: with a Nav2 of the robot's own, the names of its actions lead through our bridge."""
    return arguments(config.namespace, config.nav2_namespace) if config.navigation == "nav2" else []


def _driver(config: RobotConfig, venue: Venue) -> tuple[Callable[..., ManagedNode], dict[str, Any]]:
    """What drives: our navigation, or the bridge to the robot's own Nav2."""
    place = {"venue": venue, "start": config.start}
    if config.navigation == "own":
        return NavigationNode, place
    localiser = "" if config.nav2_localiser == "none" else config.nav2_localiser
    return Nav2Node, {**place, "localiser": localiser, "nav2_namespace": config.nav2_namespace}


def activate(node: ManagedNode) -> None:
    """Configure and activate `node`.

    :raises RobotError: it refused; an exception in its transition is told, which rclpy keeps to itself.
    """
    problems: list[BaseException] = []
    for transition, callback in list(node._callbacks.items()):
        node._callbacks[transition] = _remembering(callback, problems)
    for step, trigger in (("configure", node.trigger_configure), ("activate", node.trigger_activate)):
        if trigger() != TransitionCallbackReturn.SUCCESS:
            why = f": {type(problems[-1]).__name__}: {problems[-1]}" if problems else ""
            raise RobotError(f"{node.get_name()} did not {step}{why}")


def _remembering(callback: Callable[[Any], Any], problems: list[BaseException]) -> Callable[[Any], Any]:
    def call(state: Any) -> Any:
        try:
            return callback(state)
        except Exception as error:
            problems.append(error)
            raise

    return call


def spin(executor: Any, stop: Future) -> None:
    """Run callbacks until `stop`; one that raises is told with its traceback, and the robot goes on.

    :raises RobotError: they keep failing, so that going on would help nobody.
    """
    failures: list[float] = []
    while not stop.done():
        try:
            executor.spin_until_future_complete(stop)
        except Exception as error:
            _log.exception("a callback failed")
            now = time.monotonic()
            failures = [*(moment for moment in failures if now - moment < FAILURE_WINDOW_S), now]
            if len(failures) > FAILURES:
                raise RobotError(f"callbacks keep failing, the last with {type(error).__name__}: {error}") from error


def switch_off(executor: Any, nodes: list[ManagedNode]) -> None:
    """Last node first: `fleet_link` says OFFLINE before the robot loses its legs."""
    for node in reversed(nodes):
        try:
            node.trigger_deactivate()
        except Exception:
            _log.exception("deactivating failed", node=node.get_name())
    executor.shutdown()
    for node in reversed(nodes):
        node.destroy_node()
    rclpy.try_shutdown()
