"""A database of its own for a test on MySQL or MariaDB, and the connections the test opens."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymysql
from pymysql.cursors import Cursor

from tests.live.mysql_server import MysqlServer


@dataclass(frozen=True, slots=True)
class MysqlDatabase:
    name: str
    server: MysqlServer
    _open: ExitStack = field(default_factory=ExitStack)

    @property
    def dsn(self) -> str:
        return self.server.dsn(self.name)

    def connect(self, **options: Any) -> pymysql.Connection[Cursor]:
        """As root, in autocommit mode; closed when the test ends."""
        return self._open.enter_context(self.server.session(database=self.name, **options))

    def close(self) -> None:
        self._open.close()


@contextmanager
def fresh_mysql_database(server: MysqlServer) -> Iterator[MysqlDatabase]:
    name = f"test_{secrets.token_hex(6)}"
    with server.session() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    database = MysqlDatabase(name, server)
    try:
        yield database
    finally:
        database.close()
        _drop(server, name)


def _drop(server: MysqlServer, name: str) -> None:
    """With the connections that use it, or no database: their transactions would be waited for."""
    with server.session(database="mysql") as connection, connection.cursor() as cursor:
        cursor.execute("SET lock_wait_timeout = 10")  # else a lock left by others: a year
        cursor.execute("SHOW PROCESSLIST")
        for thread, user, _, used, *_ in cursor.fetchall():
            if used in (name, None) and user not in ("system user", "event_scheduler"):
                with contextlib.suppress(pymysql.err.OperationalError):  # it has just ended
                    cursor.execute("KILL %s", [thread])
        cursor.execute(f"DROP DATABASE {name}")
