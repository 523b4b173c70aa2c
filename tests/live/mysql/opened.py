"""dbtriage's own session on a test's server, and small questions to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from agent.targets.mysql import MysqlSession
from agent.targets.mysql_address import MysqlAddress
from agent.targets.secrets import PasswordSource
from collectors.variants import Variants
from tests.live.mysql_server import MysqlServer


@dataclass(frozen=True, slots=True)
class Value:
    value: str | None


def address(server: MysqlServer, user: str = "root", **given: Any) -> MysqlAddress:
    if "password" in given:
        given["password"] = PasswordSource(given["password"])
    return MysqlAddress("live", **{"host": "127.0.0.1", "port": server.port, "user": user, **given})


@contextmanager
def opened(server: MysqlServer, user: str = "root", **given: Any) -> Iterator[MysqlSession]:
    session = address(server, user, **given).connect()
    try:
        yield session
    finally:
        session.close()


def asked(sql: str) -> Variants:
    return Variants({"mysql >= 5.7": sql, "mariadb >= 10.5": sql})


def value(session: MysqlSession, sql: str) -> str:
    """Of the only column of the only row, as text."""
    (found,) = session.rows(asked(sql), Value)
    return str(found.value)


def tell(server: MysqlServer, *statements: str) -> None:
    with server.session() as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def query(server: MysqlServer, statement: str, *, column: int = 0) -> str:
    with server.session() as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return str(row[column]) if row else ""
