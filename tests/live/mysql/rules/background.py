"""MySQL and MariaDB sessions that run a statement while the test does something else."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

import pymysql
from pymysql.cursors import Cursor

from tests.live.mysql_database import MysqlDatabase
from tests.live.rules.background import PATIENCE_SECONDS, until

Connection: TypeAlias = "pymysql.Connection[Cursor]"
_STALE_SECONDS = 0.12
_LOCKED = """
    (SELECT COUNT(*) FROM information_schema.processlist
      WHERE id = {pid} AND state LIKE 'Waiting for%%lock%%')
    + (SELECT COUNT(*) FROM information_schema.innodb_trx
        WHERE trx_mysql_thread_id = {pid} AND trx_state = 'LOCK WAIT')
"""


def pid_of(connection: Connection) -> int:
    return int(connection.thread_id())  # type: ignore[no-untyped-call]


class Background:
    """One session in a thread of its own; its end, by an error too, is `done`."""

    def __init__(self, connection: Connection, *statements: str) -> None:
        self._connection = connection
        self.pid = pid_of(connection)
        self.error = 0
        self._thread = threading.Thread(target=self._run, args=statements, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def join(self) -> None:
        self._thread.join(PATIENCE_SECONDS)

    def _run(self, *statements: str) -> None:
        try:
            with self._connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        except (pymysql.Error, OSError) as error:
            self.error = error.args[0] if error.args else -1


class Sessions:
    """Connections and background sessions of one database; all end with the test."""

    def __init__(self, database: MysqlDatabase, ending: ExitStack) -> None:
        self.dsn = database.dsn
        self.database = database
        self.server = database.server
        self._ending = ending
        self.admin = self.open("admin")
        self.do("SET SESSION lock_wait_timeout = 10")  # a test that fails must not hang

    def open(self, name: str = "shop", **given: Any) -> Connection:
        about = {"database": self.database.name, "program_name": name, **given}
        return self._ending.enter_context(self.server.session(**about))

    def run(self, *statements: str) -> Background:
        background = Background(self.open("background"), *statements)
        self._ending.callback(self._end, background)
        return background

    def goes_on(self, connection: Connection, statement: str) -> Background:
        """A session that is open already runs this in the background."""
        return Background(connection, statement)

    def blocked(self, *statements: str) -> Background:
        """In the background, until it waits for a lock."""
        background = self.run(*statements)
        until(lambda: self._waits(background.pid))
        return background

    def idle(self, *statements: str, name: str = "forgetful") -> Connection:
        """In an open transaction, idle for a second."""
        connection = self.open(name)
        with connection.cursor() as cursor:
            for statement in ("BEGIN", *statements):
                cursor.execute(statement)
        self._until_idle(pid_of(connection))
        return connection

    def holding(self, *statements: str) -> Connection:
        """Outside of a transaction, idle for a second."""
        connection = self.open("holder")
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        self._until_idle(pid_of(connection))
        return connection

    def do(self, *statements: str) -> None:
        with self.admin.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def value(self, query: str) -> Any:
        with self.admin.cursor() as cursor:
            cursor.execute(query.replace("%%", "%"))
            row = cursor.fetchone()
        return row[0] if row else None

    def patiently(self, query: str) -> Any:
        """InnoDB's tables of transactions and waits are not read anew for hasty askers."""
        time.sleep(_STALE_SECONDS)
        return self.value(query)

    def state(self, pid: int) -> Any:
        return self.value(f"SELECT state FROM information_schema.processlist WHERE id = {pid}")

    @contextmanager
    def variable(self, name: str, value: object) -> Iterator[None]:
        """A global variable set to `value` for a while."""
        before = self.value(f"SELECT @@GLOBAL.{name}")
        self.do(f"SET GLOBAL {name} = {value}")
        try:
            yield
        finally:
            self.do(f"SET GLOBAL {name} = {before}")

    def metadata_locks(self, *, recorded: bool) -> None:
        """Whether the server records metadata locks that are taken from now on, in this test."""
        where = "WHERE name = 'wait/lock/metadata/sql/mdl'"
        update = "UPDATE performance_schema.setup_instruments SET enabled = "
        before = self.value(f"SELECT enabled FROM performance_schema.setup_instruments {where}")
        # Run when what was opened later is closed: a read lock would stop it.
        self._ending.callback(self.do, f"{update} '{before}' {where}")
        self.do(f"{update} '{'YES' if recorded else 'NO'}' {where}")

    def _waits(self, pid: int) -> bool:
        return bool(self.patiently(f"SELECT {_LOCKED.format(pid=pid)}"))

    def _until_idle(self, pid: int) -> None:
        query = f"SELECT time FROM information_schema.processlist WHERE id = {pid}"
        until(lambda: (self.value(query) or 0) >= 1)

    def _end(self, background: Background) -> None:
        if not background.done:
            with contextlib.suppress(pymysql.Error):
                self.do(f"KILL {background.pid}")
        background.join()


@contextmanager
def sessions(database: MysqlDatabase) -> Iterator[Sessions]:
    with ExitStack() as ending:
        yield Sessions(database, ending)
