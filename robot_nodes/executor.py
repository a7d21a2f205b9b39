"""A robot's executor: rclpy's classic one, except that it keeps what it waits for from one wait to the next.

rclpy gathers the entities of all nodes, enters each handle and makes a new wait set at every wait, and wraps every
callback in a task. For one robot that was more than half of its CPU time (docs/robot.md). Here the entities are
gathered when one was made or destroyed, and plain callbacks are called.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterable
from contextlib import ExitStack
from typing import Any

from rclpy.executors import SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.subscription import Subscription
from rclpy.task import Future, Task
from rclpy.waitable import NumberOfEntities

MESSAGES_AT_ONCE = 8
"""Of one topic, before the others have their turn."""
FOREVER_NS = -1
RESUME_NS = 20_000_000
"""Longest wait while a coroutine has not ended: what it waits for need not wake us."""


class RobotExecutor(SingleThreadedExecutor):  # type: ignore[misc]  # rclpy has no types
    """Runs callbacks in the thread that calls `spin_until_future_complete`, in the order nodes were added.

    A node's timers come first, then its subscriptions in the order they were made, services, clients, actions.
    Callback groups do not matter: nothing runs at the same time as anything else.
    """

    def __init__(self, **options: Any) -> None:
        self._order: list[Any] = []
        self._entities: _Entities | None = None
        self._changed = True
        self._tasks: list[tuple[Task, Any, Any]] = []
        super().__init__(**options)

    def add_node(self, node: Any) -> bool:
        """As in rclpy."""
        if not super().add_node(node):
            return False
        self._order.append(node)
        self._changed = True
        return True

    def remove_node(self, node: Any) -> None:
        """As in rclpy."""
        if node in self._order:
            self._order.remove(node)
        super().remove_node(node)
        self._changed = True

    def wake(self) -> None:
        """Nodes call this when an entity was made or destroyed."""
        self._changed = True
        super().wake()

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """As in rclpy; not while spinning."""
        self._release()
        self._order = []
        return bool(super().shutdown(timeout_sec))

    def spin_until_future_complete(self, future: Future, timeout_sec: float | None = None) -> None:
        """Run callbacks until `future` is done or this executor was shut down.

        :param timeout_sec: must be None; this executor serves a robot, which runs until it is told to stop.
        :raises Exception: whatever a callback raises; what was ready beside it is run at the next call.
        """
        if timeout_sec is not None:
            raise ValueError("timeout_sec: not supported; end the future instead")
        future.add_done_callback(lambda _: self._guard and self._guard.trigger())
        while self._context.ok() and not future.done() and not self._is_shutdown:
            self._wait_and_run(RESUME_NS if self._run_tasks() else FOREVER_NS)

    def _release(self) -> None:
        entities, self._entities = self._entities, None
        if entities is not None:
            entities.close()

    def _run_tasks(self) -> bool:
        """Start or resume what was put in by `create_task`.

        :returns: whether any of it has not ended.
        """
        while True:
            with self._tasks_lock:
                tasks, self._tasks = self._tasks, []
            if not tasks:
                return False
            unfinished = []
            try:
                while tasks:
                    entry = tasks.pop(0)
                    entry[0]()
                    if not entry[0].done():
                        unfinished.append(entry)
                    elif entry[0].exception() is not None:
                        raise entry[0].exception()
            finally:
                with self._tasks_lock:
                    fresh = bool(self._tasks)
                    self._tasks = unfinished + tasks + self._tasks
            if unfinished and not fresh:
                return True

    def _wait_and_run(self, timeout_ns: int) -> None:
        entities = self._entities
        if entities is None or self._changed:
            self._release()
            self._changed = False  # before looking: another thread may change something while we look
            entities = self._entities = _Entities(self._order, (self._guard, self._sigint_gc), self._context)
        entities.wait(timeout_ns)
        for run, entity in entities.ready():
            run(self, entity)
            if self._changed:
                return  # the next one may be gone; what is still ready is found again

    # one of each kind of entity that is ready

    def _run_timer(self, timer: Any) -> None:
        if timer.handle.is_timer_ready():  # not one that was cancelled meanwhile
            timer.handle.call_timer()
            self._call(timer.callback)

    def _run_subscription(self, subscription: Any) -> None:
        with_info = subscription._callback_type is not Subscription.CallbackType.MessageOnly
        take, kind, raw = subscription.handle.take_message, subscription.msg_type, subscription.raw
        for _ in range(MESSAGES_AT_ONCE):
            taken = take(kind, raw)
            if taken is None:
                return
            self._call(subscription.callback, *(taken if with_info else taken[:1]))

    def _run_service(self, service: Any) -> None:
        self._call(self._take_service(service))

    def _run_client(self, client: Any) -> None:
        self._call(self._take_client(client))

    def _run_guard(self, guard: Any) -> None:
        self._call(guard.callback)

    def _run_waitable(self, waitable: Any) -> None:
        for future in waitable._futures:
            future._set_executor(self)
        self._call(waitable.execute, waitable.take_data())

    def _call(self, callback: Callable[..., Any], *arguments: Any) -> None:
        result = callback(*arguments)
        if inspect.iscoroutine(result):
            self._start(result)

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run it as far as it goes; the rest is a task.

        :raises Exception: what it raised.
        """
        task = Task(coroutine, executor=self)
        task()
        if not task.done():
            with self._tasks_lock:
                self._tasks.append((task, None, None))
        elif task.exception() is not None:
            raise task.exception()


class _Entities:
    """What is waited for, with the wait set it goes into; every handle is held until `close`."""

    def __init__(self, nodes: Iterable[Any], own_guards: Iterable[Any], context: Any) -> None:
        nodes = list(nodes)
        self._held = ExitStack()
        self._held.enter_context(context.handle)
        self._plain = {
            kind: self._hold(kind, (entity for node in nodes for entity in getattr(node, kind + "s")))
            for kind in ("guard", "timer", "subscription", "service", "client")
        }
        self._own = self._hold("guard", own_guards)
        self._waitables = list(self._hold("", (entity for node in nodes for entity in node.waitables)).values())
        size = NumberOfEntities(*(len(self._plain[kind]) for kind in _COUNTED))
        size.num_guard_conditions += len(self._own)
        for waitable in self._waitables:
            size += waitable.get_num_entities()
        self._wait_set = _rclpy.WaitSet(
            size.num_subscriptions,
            size.num_guard_conditions,
            size.num_timers,
            size.num_clients,
            size.num_services,
            size.num_events,
            context.handle,
        )
        self._adders = [
            (getattr(self._wait_set, "add_" + _RCL_NAMES.get(kind, kind)), entity.handle)
            for kind, entities in (*self._plain.items(), ("guard", self._own))
            for entity in entities.values()
        ]

    def _hold(self, kind: str, entities: Iterable[Any]) -> dict[int, Any]:
        """By address; one that is being destroyed is left out. A waitable (no `kind`) is its own handle."""
        held = {}
        for entity in entities:
            handle = entity.handle if kind else entity
            try:
                self._held.enter_context(handle)
            except _rclpy.InvalidHandle:
                continue
            held[handle.pointer if kind else id(handle)] = entity
        return held

    def wait(self, timeout_ns: int) -> None:
        """Until something is ready."""
        self._wait_set.clear_entities()
        for add, handle in self._adders:
            add(handle)
        for waitable in self._waitables:
            waitable.add_to_wait_set(self._wait_set)
        self._wait_set.wait(timeout_ns)

    def ready(self) -> list[tuple[Callable[[Any, Any], None], Any]]:
        """What the last wait found, with what runs it."""
        found = []
        for kind, entities in self._plain.items():
            if entities:
                run = _RUNS[kind]
                for pointer in self._wait_set.get_ready_entities(_RCL_NAMES.get(kind, kind)):
                    if pointer in entities:  # not a guard, timer or service of ours or of an action's
                        found.append((run, entities[pointer]))
        run = RobotExecutor._run_waitable
        found.extend((run, waitable) for waitable in self._waitables if waitable.is_ready(self._wait_set))
        return found

    def close(self) -> None:
        """Let go of the handles."""
        self._held.close()


_COUNTED = ("subscription", "guard", "timer", "client", "service")
_RCL_NAMES = {"guard": "guard_condition"}
_RUNS: dict[str, Callable[[Any, Any], None]] = {
    "guard": RobotExecutor._run_guard,
    "timer": RobotExecutor._run_timer,
    "subscription": RobotExecutor._run_subscription,
    "service": RobotExecutor._run_service,
    "client": RobotExecutor._run_client,
}
