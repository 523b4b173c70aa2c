"""How the tests of this folder change a server and ask it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg

from collectors.base import Collector
from collectors.postgres.postgres_table import PostgresTable
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Column, Index
from tests.live.database import Database

Row = TypeVar("Row")
PATIENCE_SECONDS = 20.0


def tell(database: Database, *statements: str) -> None:
    """Each in a transaction of its own; closing the connection hands over its statistics."""
    with database.connect() as connection:
        run(connection, *statements)


def run(connection: psycopg.Connection[Any], *statements: str) -> None:
    for statement in statements:
        connection.execute(statement.encode())


def one(database: Database, query: str) -> Any:
    with database.connect() as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


def within(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < until, "did not come about"


def settled(
    ask: Collector[SqlSession, Row], db: SqlSession, done: Callable[[tuple[Row, ...]], bool]
) -> Snapshot[Row]:
    """The first answer that has the statistics a test waits for: they come late by nature."""
    answers: list[Snapshot[Row]] = []

    def arrived() -> bool:
        answers.append(ask(db))
        return done(answers[-1].rows)

    within(arrived)
    return answers[-1]


def by_table(snapshot: Snapshot[PostgresTable]) -> dict[str, PostgresTable]:
    return {table.table: table for table in snapshot.rows}


def by_index(snapshot: Snapshot[Index]) -> dict[str, Index]:
    return {index.index: index for index in snapshot.rows}


def by_column(snapshot: Snapshot[Column]) -> dict[str, Column]:
    return {f"{column.table}.{column.column}": column for column in snapshot.rows}
