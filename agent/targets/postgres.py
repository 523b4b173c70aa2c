"""PostgreSQL through psycopg: read-only, bounded in time, under our own application name."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg

from agent.targets.deadlines import DEADLINES, cut
from agent.targets.postgres_errors import errors
from agent.targets.rows import builder
from collectors.postgres import facts
from collectors.session import Server, SessionError
from collectors.variants import Variants, Version

Row = TypeVar("Row")
Kept = TypeVar("Kept")

# At the end: PostgreSQL 18 keeps no leading comment in pg_stat_statements.
MARK = " /* dbtriage */"
_ANSWER_SECONDS = 8.0
_LEAVE_SECONDS = 0.5
_CLOCK_SECONDS = 300.0
_ANY: Mapping[str, Version] = {"postgres": (9,)}
_SCHEMA_OF = re.compile(r"@extschema:(\w+)@")


class PostgresSession:
    """One connection as collectors see it; made by `connect`, which refuses an unsafe one."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        server: Server,
        kept: dict[type, Any],
        clock: float,
        schemas: Mapping[str, str],
    ) -> None:
        self.server = server
        self.spent_seconds = 0.0
        self._connection = connection
        self._kept = kept
        self._schemas = schemas
        self._offset = clock - time.monotonic()
        self._clock_read = time.monotonic()

    def now(self) -> float:
        if time.monotonic() - self._clock_read > _CLOCK_SECONDS:
            (found,) = self.rows(facts.IDENTITY, facts.Identity)
            self._clock_read = time.monotonic()
            self._offset = found.clock - self._clock_read
        return time.monotonic() + self._offset

    def keep(self, kind: type[Kept]) -> Kept:
        if kind not in self._kept:
            self._kept[kind] = kind()
        return self._kept[kind]  # type: ignore[no-any-return]

    def rows(self, query: Variants, into: type[Row], **params: object) -> tuple[Row, ...]:
        sql = query.pick(self.server.versions)
        if sql is None:
            raise SessionError(query.unmet(self.server.versions))
        started = time.perf_counter()
        try:
            return _fetch(
                self._connection, self.placed(sql, percent="%%" if params else "%"), into, params
            )
        finally:
            self.spent_seconds += time.perf_counter() - started

    def placed(self, sql: str, *, percent: str = "%") -> str:
        """With the schema of an extension for `@extschema:name@`, as its own scripts write it."""
        return _SCHEMA_OF.sub(lambda m: self._schemas[m[1]].replace("%", percent), sql)

    @contextmanager
    def transaction(self) -> Iterator[Callable[[str], Sequence[tuple[Any, ...]]]]:
        """A read-only transaction that is always rolled back; for the planner."""
        started = time.perf_counter()
        with (
            errors(),
            DEADLINES.within(self._connection.fileno(), _ANSWER_SECONDS),
            self._connection.transaction(force_rollback=True),
            self._connection.cursor() as cur,
        ):

            def run(sql: str) -> Sequence[tuple[Any, ...]]:
                cur.execute((sql + MARK).encode(), prepare=False)
                return cur.fetchall() if cur.description else []

            try:
                yield run
            finally:
                self.spent_seconds += time.perf_counter() - started

    def databases(self) -> tuple[facts.Listed, ...]:
        """Those that accept connections, templates left out."""
        return self.rows(facts.DATABASES, facts.Listed)

    def cut(self) -> None:
        """From another thread: a question under way ends as a lost connection."""
        with suppress(psycopg.OperationalError):
            cut(self._connection.fileno())

    def close(self) -> None:
        self._connection.close()

    def leave(self) -> None:
        """Close, and wait a moment for the server to let go: the next one must not be one more."""
        with (
            suppress(OSError, psycopg.OperationalError),
            socket.socket(fileno=os.dup(self._connection.fileno())) as seen,
        ):
            self._connection.close()
            seen.settimeout(_LEAVE_SECONDS)
            while seen.recv(4096):
                pass
        self._connection.close()


def ask(connection: psycopg.Connection[Any], query: Variants, into: type[Row]) -> tuple[Row, ...]:
    """Ask before the session is made: only what every version answers."""
    sql = query.pick(_ANY)
    assert sql is not None, "facts are asked before the version is known"  # noqa: S101
    return _fetch(connection, sql, into, {})


def _fetch(
    connection: psycopg.Connection[Any], sql: str, into: type[Row], params: Mapping[str, object]
) -> tuple[Row, ...]:
    with bounded(connection):
        cursor = connection.execute((sql.rstrip() + MARK).encode(), params or None)
        wanted: Any = into
        build = builder(wanted, tuple(c.name for c in cursor.description or ()))
        return tuple(build(values) for values in cursor)


@contextmanager
def bounded(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Errors are ours, and an answer that does not come in time cuts the connection."""
    with errors(), DEADLINES.within(connection.fileno(), _ANSWER_SECONDS):
        yield
