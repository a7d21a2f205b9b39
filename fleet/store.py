"""What must survive a restart: tasks, orders, the journal. SQLAlchemy; SQLite in WAL mode by default.

Writes run one after the other in a thread of their own, each batch one transaction, so the manager's loop never
waits for the disk and never sends what is not yet durable (it awaits `write` before it publishes).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from fleet.errors import StartError, StoreError
from fleet.picture import Event, Outcome, SavedOrder
from fleet.tasks import Task

_metadata = MetaData()
_tasks = Table(
    "tasks",
    _metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("place", String(128), nullable=False),
    Column("requested_at", Float, nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("origin", String(128), nullable=False),
    Column("only_robot", String(64), nullable=False),
    Column("robot", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("request_id", String(64), nullable=False, index=True),
    Column("asker", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("assigned_at", Float),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("reason", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Float, nullable=False),
)
_orders = Table(
    "orders",
    _metadata,
    Column("order_id", String(64), primary_key=True),
    Column("task_id", String(64), nullable=False, index=True),
    Column("robot", String(64), nullable=False),
    Column("update_id", Integer, nullable=False),
    Column("released", Integer, nullable=False),
    Column("itinerary", JSON, nullable=False),
)
_events = Table(
    "events",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("robot", String(64), nullable=False),
    Column("task", String(64), nullable=False),
)
ENDED_LOADED = 1000
"""Ended tasks read at the start, newest first: their request ids still answer duplicates."""


class Store:
    """The durable side of the picture."""

    def __init__(self, url: str) -> None:
        """Open or make the database.

        :param url: an SQLAlchemy address, `sqlite:///FILE` for one machine.
        :raises StartError: if it cannot be opened or written.
        """
        self.url = url
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        try:
            self._engine = _engine(url)
            _metadata.create_all(self._engine)
            with self._engine.begin() as connection:  # a read-only file shows only when written to
                connection.execute(delete(_events).where(_events.c.id < 0))
        except (SQLAlchemyError, ArgumentError, OSError, ImportError) as error:
            self._thread.shutdown()
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StartError(
                f"store {url}: {reason}; give a file this user may write: --store sqlite:///FILE"
            ) from None

    def load(self) -> tuple[list[Task], list[SavedOrder], list[Event]]:
        """All open tasks, the latest ended ones, open tasks' orders, and the end of the journal."""
        ended = ("finished", "failed", "cancelled")
        with self._engine.connect() as connection:
            open_rows = connection.execute(select(_tasks).where(_tasks.c.state.not_in(ended))).mappings().all()
            past = select(_tasks).where(_tasks.c.state.in_(ended)).order_by(_tasks.c.requested_at.desc())
            past_rows = connection.execute(past.limit(ENDED_LOADED)).mappings().all()
            ids = [row["id"] for row in open_rows]
            orders = connection.execute(select(_orders).where(_orders.c.task_id.in_(ids))).mappings().all()
            journal = connection.execute(select(_events).order_by(_events.c.id.desc()).limit(200)).mappings().all()
        tasks = [Task.from_dict(dict(row)) for row in (*past_rows, *open_rows)]
        events = [Event(**{k: v for k, v in row.items() if k != "id"}) for row in reversed(journal)]
        return tasks, [SavedOrder(**row) for row in orders], events

    async def write(self, outcome: Outcome) -> None:
        """Make an outcome durable: all of it or nothing.

        :raises StoreError: if the database did not take it.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, outcome)

    def _write(self, outcome: Outcome) -> None:
        try:
            with self._engine.begin() as connection:
                _replace(connection, _tasks, "id", [task.to_dict() for task in outcome.tasks.values()])
                orders = [{n: getattr(o, n) for n in o.__dataclass_fields__} for o in outcome.orders.values()]
                _replace(connection, _orders, "order_id", orders)
                ended = [task.id for task in outcome.tasks.values() if not task.open]
                if ended:
                    connection.execute(delete(_orders).where(_orders.c.task_id.in_(ended)))
                if outcome.events:
                    rows = [{n: getattr(e, n) for n in e.__dataclass_fields__} for e in outcome.events]
                    connection.execute(insert(_events), rows)
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StoreError(f"store {self.url}: {reason}; free or repair it, the fleet keeps trying") from None

    def close(self) -> None:
        """Finish what is under way and close."""
        self._thread.shutdown(wait=True)
        self._engine.dispose()


def _replace(connection: Connection, table: Table, key: str, rows: list[dict[str, Any]]) -> None:
    """Delete and insert: an upsert that every SQL database understands."""
    if rows:
        connection.execute(delete(table).where(table.c[key].in_([row[key] for row in rows])))
        connection.execute(insert(table), rows)


def _engine(url: str) -> Engine:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(address)
    engine = create_engine(address, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: Mapping[str, Any]) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a commit outlives a power cut
    cursor.execute("PRAGMA busy_timeout=2000")
    cursor.close()
