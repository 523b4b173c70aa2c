"""A server with as much to tell as a busy one: many statements, tables and indexes."""

from __future__ import annotations

import psycopg

STATEMENTS = 5000
_TABLES = 200
_INDEXES = 500


def build(dsn: str) -> None:
    """Tables first, then statements; each has its own table and length of its sum."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        for n in range(_TABLES):
            connection.execute(
                f"CREATE TABLE t{n} (id int PRIMARY KEY, a int, b text, c int)".encode()
            )
        for n in range(_INDEXES - _TABLES):
            column = "abc"[n // _TABLES]
            connection.execute(f"CREATE INDEX ON t{n % _TABLES} ({column})".encode())
        connection.execute("SELECT pg_stat_statements_reset()")
    run_all(dsn)


def run_all(dsn: str, *, every: int = 1) -> None:
    """Run each (or every n-th) of the statements once."""
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        for n in range(0, STATEMENTS, every):
            statement = (
                f"SELECT a{' + c' * (n // _TABLES)}, b, c FROM t{n % _TABLES} "
                "WHERE id = 1 AND c > 2 AND b = 'some text' ORDER BY a LIMIT 10"
            )
            connection.execute(statement.encode())
