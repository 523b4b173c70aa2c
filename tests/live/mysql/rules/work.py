"""Work for a MySQL or MariaDB server, for as long as a look lasts."""

from __future__ import annotations

import contextlib
import time

import pymysql

from tests.live.mysql_database import MysqlDatabase


def repeat(
    database: MysqlDatabase, *statements: str, seconds: float = 1.2, first: str = ""
) -> None:
    """The statements one after the other in one session, again and again; they may fail."""
    with database.server.session(database=database.name) as connection:
        cursor = connection.cursor()
        if first:
            cursor.execute(first)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for statement in statements:
                with contextlib.suppress(pymysql.err.Error):
                    cursor.execute(statement)
                    cursor.fetchall()


def tell(database: MysqlDatabase, *statements: str) -> list[tuple[object, ...]]:
    """Run these one after the other in one session; answers what the last one gave."""
    with database.server.session(database=database.name) as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())
