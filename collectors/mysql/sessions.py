"""Sessions beside the InnoDB transactions they are in: what several collectors start from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from collectors.base import Right
from collectors.mysql.needs import Reads, instrumented
from collectors.mysql.session_queries import (
    INSTRUMENTED,
    INSTRUMENTED_ALONE,
    INSTRUMENTED_BUSY,
    INSTRUMENTED_RUNNING,
    LISTED,
    LISTED_ALONE,
    LISTED_BUSY,
    LISTED_RUNNING,
)
from collectors.session import (
    ConnectionLost,
    PermissionDenied,
    QueryTimeout,
    Server,
    SessionError,
    SqlSession,
)
from collectors.variants import Variants

Row = TypeVar("Row")

# So many that wait for rows are a crowd: in one queue each waits for all before it.
CROWD: Final = 100
UNSHOWN: Final = (
    "the server can't show its transactions now; a statement that runs holds text that is not "
    "valid in its character set"
)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session; what is of its transaction is None without. `status` is the server's word."""

    pid: int
    user: str | None
    database: str
    command: str
    status: str
    state_seconds: float | None
    statement_seconds: float | None
    raw: str
    own: bool
    trx: str | None
    trx_state: str | None
    transaction_seconds: float | None
    row_wait_seconds: float | None
    isolation: str | None
    rows_modified: int | None
    rows_locked: int | None

    @property
    def sleeps(self) -> bool:
        return self.command == "Sleep"

    @property
    def logs_in(self) -> bool:
        """Nothing is known of it yet."""
        return self.user in (None, "unauthenticated user")

    @property
    def replicates(self) -> bool:
        return self.user == "system user"

    @property
    def state(self) -> str:
        """In PostgreSQL's words."""
        if not self.sleeps:
            return "active"
        return "idle in transaction" if self.trx else "idle"

    @property
    def waits_for_row(self) -> bool:
        return self.trx_state == "LOCK WAIT"

    @property
    def holds_snapshot(self) -> bool:
        """It may: the server does not say which transactions have a read view.

        With REPEATABLE READ the first plain SELECT makes one that lasts as long as the
        transaction; with READ COMMITTED it lasts as long as the statement.
        """
        if self.isolation == "READ COMMITTED":
            return not self.sleeps
        return self.isolation == "REPEATABLE READ"


@dataclass(frozen=True, slots=True)
class Sessions:
    """`gaps`: what could not be read of them."""

    rows: tuple[OpenSession, ...]
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeesStatements(Right):
    """Where performance_schema is on, MySQL's sessions are read from it."""

    def unmet(self, server: Server) -> str | None:
        if server.engine == "mysql" and instrumented(server):
            return Reads("performance_schema").unmet(server)
        return None


def busy_sessions(db: SqlSession) -> Sessions:
    """Those that run something, or idle inside an InnoDB transaction; not the one that asks."""
    if _in_performance_schema(db.server):
        return _read(db, INSTRUMENTED_BUSY, INSTRUMENTED_RUNNING)
    return _read(db, LISTED_BUSY, LISTED_RUNNING)


def all_sessions(db: SqlSession) -> Sessions:
    """With those that do nothing."""
    if _in_performance_schema(db.server):
        return _read(db, INSTRUMENTED, INSTRUMENTED_ALONE)
    return _read(db, LISTED, LISTED_ALONE)


def running_sessions(db: SqlSession) -> tuple[OpenSession, ...]:
    """Those that run something, without their transactions."""
    instrumented = _in_performance_schema(db.server)
    return _one_each(db.rows(INSTRUMENTED_RUNNING if instrumented else LISTED_RUNNING, OpenSession))


def _read(db: SqlSession, query: Variants, alone: Variants) -> Sessions:
    if (found := with_transactions(db, query, OpenSession)) is not None:
        return Sessions(_one_each(found))
    gap = f"{UNSHOWN}; row locks and idle transactions are not seen"
    return Sessions(_one_each(db.rows(alone, OpenSession)), (gap,))


def with_transactions(db: SqlSession, query: Variants, into: type[Row]) -> tuple[Row, ...] | None:
    """None if MySQL answers nothing of innodb_trx: a text in it does not fit its character set."""
    try:
        return db.rows(query, into)
    except (ConnectionLost, PermissionDenied, QueryTimeout):
        raise
    except SessionError:
        if db.server.engine != "mysql":
            raise
        return None


def _in_performance_schema(server: Server) -> bool:
    """MariaDB's process list knows more, and takes no lock that others need."""
    return server.engine == "mysql" and instrumented(server)


def _one_each(rows: Iterable[OpenSession]) -> tuple[OpenSession, ...]:
    """A statement may read the dictionary in a second transaction, younger than its own."""
    found: dict[int, OpenSession] = {}
    for each in rows:
        before = found.get(each.pid)
        if before is None or (each.transaction_seconds or 0) > (before.transaction_seconds or 0):
            found[each.pid] = each
    return tuple(found.values())
