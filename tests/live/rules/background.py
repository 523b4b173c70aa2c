"""Sessions that run a statement while the test does something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from psycopg.rows import TupleRow

PATIENCE_SECONDS = 20.0


class Background:
    """One session in a thread of its own; its end, by an error too, is `done`."""

    def __init__(self, dsn: str, *statements: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True, application_name="background")
        self._thread = threading.Thread(target=self._run, args=statements, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        return self._connection.info.backend_pid

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def close(self) -> None:
        if not self.done:
            self._connection.cancel_safe(timeout=5)
        self._thread.join(PATIENCE_SECONDS)
        self._connection.close()

    def _run(self, *statements: str) -> None:
        try:
            for statement in statements:
                self._connection.execute(statement.encode())
        except psycopg.Error:
            return


class Sessions:
    """Connections and background sessions of one database; all end with the test."""

    def __init__(self, dsn: str, ending: ExitStack) -> None:
        self.dsn = dsn
        self._ending = ending
        self.admin = self.open("admin")

    def open(self, name: str) -> psycopg.Connection[TupleRow]:
        connection = psycopg.connect(self.dsn, autocommit=True, application_name=name)
        self._ending.callback(connection.close)
        return connection

    def run(self, *statements: str) -> Background:
        background = Background(self.dsn, *statements)
        self._ending.callback(background.close)
        return background

    def blocked(self, *statements: str) -> Background:
        """In the background, until it waits for a lock."""
        background = self.run(*statements)
        until(lambda: self.count(f"pid = {background.pid} AND wait_event_type = 'Lock'") == 1)
        return background

    def idle(self, *statements: str, name: str = "forgetful") -> psycopg.Connection[TupleRow]:
        """In an open transaction, idle for a second."""
        connection = self.open(name)
        for statement in ("BEGIN", *statements):
            connection.execute(statement.encode())
        idle = f"pid = {connection.info.backend_pid} AND now() - state_change > '1.1s'"
        until(lambda: self.count(idle) == 1)
        return connection

    def do(self, statement: str) -> None:
        self.admin.execute(statement.encode())

    def count(self, condition: str, source: str = "pg_stat_activity") -> int:
        query = f"SELECT count(*) FROM {source} WHERE {condition}"
        row = self.admin.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def sessions(dsn: str) -> Iterator[Sessions]:
    with ExitStack() as ending:
        yield Sessions(dsn, ending)


def until(true: Callable[[], bool]) -> None:
    """Poll; fail after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def some_samples() -> None:
    """Long enough for a rule to believe the load it saw."""
    for _ in range(7):
        time.sleep(0.5)
