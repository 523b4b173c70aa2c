"""A database of its own for a test, and the connections the test opens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from agent.demo.server import PostgresServer


@dataclass(frozen=True, slots=True)
class Database:
    name: str
    dsn: str
    server: PostgresServer
    _open: ExitStack = field(default_factory=ExitStack)

    def connect(self, **options: Any) -> psycopg.Connection[TupleRow]:
        """In autocommit mode; closed when the test ends."""
        connection = psycopg.connect(self.dsn, autocommit=True, **options)
        self._open.callback(connection.close)
        return connection

    def close(self) -> None:
        self._open.close()


@contextmanager
def fresh_database(server: PostgresServer, *extensions: str) -> Iterator[Database]:
    name = f"test_{secrets.token_hex(6)}"
    _tell(server, f"CREATE DATABASE {name}")
    database = Database(name, server.dsn(name), server)
    try:
        with psycopg.connect(database.dsn, autocommit=True) as connection:
            for extension in extensions:
                connection.execute(f"CREATE EXTENSION {extension}".encode())
        yield database
    finally:
        database.close()
        _tell(server, f"DROP DATABASE {name} WITH (FORCE)")


def _tell(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(statement.encode())
