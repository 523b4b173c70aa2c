"""Sessions of a database that hold locks and wait for each other, while the test looks."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from tests.live.mysql_database import fresh_mysql_database
from tests.live.mysql_server import MysqlServer

PATIENCE_SECONDS = 20.0
# What innodb_trx shows is kept until nobody has looked for a tenth of a second.
PAUSE_SECONDS = 0.15
PROGRAM = "shop"


def until(true: Callable[[], bool]) -> None:
    """Poll; fail after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(PAUSE_SECONDS)


def pid_of(connection: Connection[Cursor]) -> int:
    return int(connection.thread_id())  # type: ignore[no-untyped-call]


class Standoff:
    """Made by `standoff`; every session and transaction in it ends with its context."""

    def __init__(self, server: MysqlServer, database: str, ending: ExitStack) -> None:
        self.server = server
        self.database = database
        self._ending = ending
        self.admin = ending.enter_context(server.session())
        self.do("CREATE TABLE t (id int PRIMARY KEY, v int)")
        self.do("INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)")

    def do(self, statement: str) -> None:
        self.admin.select_db(self.database)
        with self.admin.cursor() as cursor:
            cursor.execute(statement)

    def open(self, *statements: str, **options: Any) -> Connection[Cursor]:
        """A client that runs these one after the other, then idles."""
        given = {"database": self.database, "program_name": PROGRAM, **options}
        connection = self._ending.enter_context(self.server.session(**given))
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        return connection

    def idle(self, *statements: str) -> int:
        """In a transaction; answers with its connection id."""
        return pid_of(self.open(*statements, autocommit=False))

    def runs(self, statement: str | bytes, *before: str, **options: Any) -> int:
        """In the background."""
        connection = self.open(*before, autocommit=False, **options)
        return self.continues(connection, statement)

    def continues(self, connection: Connection[Cursor], statement: str | bytes) -> int:
        """What it is told next, in the background."""
        thread = threading.Thread(target=_run, args=(connection, statement), daemon=True)
        thread.start()
        self._ending.callback(self._stop, pid_of(connection), thread)
        return pid_of(connection)

    def blocked(self, statement: str, *before: str) -> int:
        """In the background, until it waits for a lock."""
        pid = self.runs(statement, *before)
        until(lambda: self._waits(pid))
        return pid

    def shown(self, condition: str) -> int:
        """How many lines of the process list are so."""
        with self.admin.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM information_schema.processlist p LEFT JOIN "
                f"information_schema.innodb_trx x ON x.trx_mysql_thread_id = p.id WHERE {condition}"
            )
            ((count,),) = cursor.fetchall()
        return int(count)

    def _waits(self, pid: int) -> bool:
        waits = "p.state LIKE 'Waiting for %' OR p.state = 'User lock' OR x.trx_state = 'LOCK WAIT'"
        return self.shown(f"p.id = {pid} AND ({waits})") > 0

    def _stop(self, pid: int, thread: threading.Thread) -> None:
        with contextlib.suppress(pymysql.err.OperationalError):  # it has ended
            self.do(f"KILL {pid}")
        thread.join(PATIENCE_SECONDS)


def _run(connection: Connection[Cursor], statement: str | bytes) -> None:
    with contextlib.suppress(pymysql.err.MySQLError, OSError, AttributeError):
        connection.query(statement)  # bytes go as they are


@contextmanager
def standoff(server: MysqlServer) -> Iterator[Standoff]:
    with fresh_mysql_database(server) as database, ExitStack() as ending:
        yield Standoff(server, database.name, ending)
