"""A task's life: only the transitions it has, and every end says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.tasks import Task, TaskError, TaskKind, TaskState

STEPS = {
    "assigned": lambda t: t.assigned("guide-01", "nearest", 2.0),
    "started": lambda t: t.started(3.0),
    "requeued": lambda t: t.requeued("lost", 4.0, 1.0),
    "finished": lambda t: t.finished(5.0),
    "failed": lambda t: t.failed("", 5.0),
    "cancelled": lambda t: t.cancelled("", 5.0),
}
ALLOWED = {
    TaskState.QUEUED: {"assigned", "failed", "cancelled"},
    TaskState.ASSIGNED: {"started", "requeued", "failed", "cancelled"},
    TaskState.ACTIVE: {"requeued", "finished", "failed", "cancelled"},
    TaskState.FINISHED: set(),
    TaskState.FAILED: set(),
    TaskState.CANCELLED: set(),
}


def make_task() -> Task:
    return Task(id="t", kind=TaskKind.GUIDE, place="culture", requested_at=1.0)


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=20))
def test_only_the_transitions_of_its_life(steps: list[str]) -> None:
    task = make_task()
    for step in steps:
        if step in ALLOWED[task.state]:
            task = STEPS[step](task)
            assert bool(task.robot) == (task.state is not TaskState.QUEUED or False) or task.state.ended
        else:
            with pytest.raises(TaskError, match="task t is"):
                STEPS[step](task)
        assert task.state.ended == (task.ended_at is not None)
        if task.state in (TaskState.FAILED, TaskState.CANCELLED):
            assert task.reason


def test_requeued_waits_and_counts() -> None:
    task = make_task().assigned("guide-01", "nearest", 2.0).requeued("refused", 10.0, 4.0)
    assert (task.attempts, task.not_before, task.robot) == (1, 14.0, "")


def test_survives_the_store_form() -> None:
    task = make_task().assigned("guide-01", "nearest", 2.0)
    assert Task.from_dict(task.to_dict()) == task
