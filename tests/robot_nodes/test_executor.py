"""The robot's executor: what rclpy's own does, with nodes that change while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("rclpy")
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import SetBool

from robot_nodes.executor import RobotExecutor

pytestmark = pytest.mark.ros


class Bench:
    """An executor with one node, and how to run it until something has happened."""

    def __init__(self, context: Context) -> None:
        self.node = Node("bench", context=context)
        self.executor = RobotExecutor(context=context)
        self.executor.add_node(self.node)
        self.stop = Future()
        self.calls: list[Any] = []

    def run(self) -> None:
        """Until `stop`, but never for more than ten seconds."""
        watch = threading.Timer(10.0, lambda: self.stop.done() or self.stop.set_result(False))
        watch.start()
        try:
            self.executor.spin_until_future_complete(self.stop)
        finally:
            watch.cancel()

    def end(self) -> None:
        if not self.stop.done():
            self.stop.set_result(True)

    def after(self, seconds: float, callback: Callable[[], Any]) -> Any:
        """Call once."""

        def once() -> Any:
            self.node.destroy_timer(timer)
            return callback()

        timer = self.node.create_timer(seconds, once)
        return timer


@pytest.fixture
def bench(ros_domain: int) -> Iterator[Bench]:
    context = Context()
    rclpy.init(context=context, domain_id=ros_domain)
    made = Bench(context)
    yield made
    made.executor.shutdown()
    made.node.destroy_node()
    context.try_shutdown()


def test_an_entity_made_while_spinning_is_served_and_one_destroyed_is_not(bench: Bench) -> None:
    gone = bench.node.create_timer(0.05, lambda: bench.calls.append("gone"))

    def change() -> None:
        bench.node.destroy_timer(gone)
        bench.after(0.2, lambda: (bench.calls.append("new"), bench.end()))

    bench.after(0.01, change)
    bench.run()
    assert bench.calls == ["new"]


def test_a_task_from_another_thread_wakes_it(bench: Bench) -> None:
    threading.Timer(0.1, lambda: bench.executor.create_task(bench.end)).start()
    bench.run()
    assert bench.stop.result() is True


def test_a_coroutine_goes_on_when_what_it_waits_for_is_done(bench: Bench) -> None:
    answer = Future(executor=bench.executor)

    async def wait_for_it() -> None:
        bench.calls.append(await answer)
        bench.end()

    bench.executor.create_task(wait_for_it)
    bench.after(0.1, lambda: answer.set_result(7))
    bench.run()
    assert bench.calls == [7]


def test_a_service_of_its_own_is_answered(bench: Bench) -> None:
    def serve(request: Any, response: Any) -> Any:
        response.success = bool(request.data)
        return response

    bench.node.create_service(SetBool, "hold", serve)
    client = bench.node.create_client(SetBool, "hold")

    def ask() -> None:
        if not client.service_is_ready():
            bench.after(0.02, ask)
            return
        future = client.call_async(SetBool.Request(data=True))
        future.add_done_callback(lambda done: (bench.calls.append(done.result().success), bench.end()))

    bench.after(0.02, ask)
    bench.run()
    assert bench.calls == [True]


def test_a_callback_that_raises_does_not_end_the_others(bench: Bench) -> None:
    def fail() -> None:
        raise RuntimeError("as told")

    bench.after(0.02, fail)
    bench.after(0.02, bench.end)
    with pytest.raises(RuntimeError, match="as told"):
        bench.run()
    bench.run()
    assert bench.stop.result() is True
