"""What survives a restart."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from fleet.errors import StartError
from fleet.picture import Event, Outcome, SavedOrder
from fleet.store import Store
from fleet.tasks import Task, TaskKind


async def test_tasks_orders_and_journal_come_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fleet.db'}"
    task = Task(id="t", kind=TaskKind.GO_TO, place="culture", requested_at=1.0, request_id="q")
    order = SavedOrder(order_id="o", task_id="t", robot="r", update_id=2, released=3, itinerary={"nodes": ["a"]})
    event = Event(at=1.0, kind="requested", text="x")
    with contextlib.closing(Store(url)) as store:
        await store.write(Outcome({"t": task}, {"o": order}, [event]))
    with contextlib.closing(Store(url)) as store:
        assert store.load() == ([task], [order], [event])
        ended = task.cancelled("enough", 2.0)
        await store.write(Outcome({"t": ended}))
        assert store.load() == ([ended], [], [event])


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "nonsense", "other://x"])
def test_a_store_that_cannot_be_opened_is_one_line(url: str) -> None:
    with pytest.raises(StartError, match="give a file this user may write") as caught:
        Store(url)
    assert "\n" not in str(caught.value)
